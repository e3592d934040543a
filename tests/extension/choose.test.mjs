// What a click means, and which servers are allowed: every fault of papers.cool's own extension has a test here.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addressOf, chosen, readServer, searchPath, tried, typed } from '../../extension/choose.js';

const HERE = 'https://papers.example.org/lab/';
const TODAY = new Date('2026-11-23T12:00:00');
const click = (info) => chosen(info, HERE, TODAY);
const ABS = 'https://arxiv.org/abs/1706.03762v5';

test('a link that is a paper comes before words and pages', () => {
  assert.deepEqual(click({ linkUrl: ABS, selectionText: 'words', pageUrl: 'https://arxiv.org/abs/2401.00001' }), { path: '/arxiv/1706.03762' });
});

test('fault 1: identifiers of OpenReview keep their hyphens and underscores', () => {
  assert.deepEqual(click({ linkUrl: 'https://openreview.net/forum?id=LcF-EEt8cCC' }), { path: '/venue/LcF-EEt8cCC@OpenReview' });
  assert.deepEqual(click({ selectionText: 'https://openreview.net/pdf?id=r_l-b3RcF7' }), { path: '/venue/r_l-b3RcF7@OpenReview' });
});

test('fault 2: a link that is no paper, without words, is told and opens nothing', () => {
  assert.deepEqual(click({ linkUrl: 'https://example.org/', pageUrl: 'https://example.org/' }), { none: 'link' });
});

test('fault 3: words and links on a paper\'s page never open that page\'s paper', () => {
  assert.deepEqual(click({ selectionText: 'attention is all', pageUrl: ABS }), { path: '/search?highlight=1&query=attention%20is%20all' });
  assert.deepEqual(click({ linkUrl: 'https://arxiv.org/list/cs.AI/recent', pageUrl: ABS }), { none: 'link' });
});

test('fault 4: numbers that only look like identifiers are words', () => {
  for (const text of ['10.1109/5.771073', '2451435.4353', 'https://www.google.com/search?q=1706.03762']) {
    const { path } = click({ selectionText: text });
    assert.ok(path.startsWith('/search?'), path);
  }
});

test('fault 5: old identifiers, DOIs, mirrors and PDFs are papers; volumes and events are not', () => {
  assert.deepEqual(click({ linkUrl: 'https://arxiv.org/abs/hep-th/9901001v2' }), { path: '/arxiv/hep-th/9901001' });
  assert.deepEqual(click({ linkUrl: 'https://doi.org/10.18653/v1/P18-1001' }), { path: '/venue/P18-1001@ACL' });
  assert.deepEqual(click({ linkUrl: 'https://www.alphaxiv.org/zh/overview/2310.06625v4' }), { path: '/arxiv/2310.06625' });
  assert.deepEqual(click({ linkUrl: 'https://proceedings.mlr.press/v139/sun21c/sun21c.pdf' }), { path: '/venue/sun21c@v139@PMLR' });
  assert.deepEqual(click({ linkUrl: 'https://aclanthology.org/events/acl-2024/' }), { none: 'link' });
});

test('several identifiers of one selection are opened together, fifty at most', () => {
  const many = Array.from({ length: 200 }, (_, n) => `arXiv:2401.${String(n + 1).padStart(5, '0')}`).join(', ');
  const { path } = click({ selectionText: many });
  assert.equal(path.split(',').length, 50);
});

test('in the PDF viewer the page is what is read, whatever the frame says', () => {
  const viewer = 'chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/index.html';
  assert.deepEqual(click({ frameUrl: viewer, pageUrl: 'https://arxiv.org/pdf/2301.00003v2', srcUrl: `${viewer}#x` }), { path: '/arxiv/2301.00003' });
});

test('a click on the site itself says so', () => {
  assert.deepEqual(click({ pageUrl: `${HERE}arxiv/1706.03762` }), { none: 'here' });
  assert.deepEqual(click({ pageUrl: 'https://example.org/' }), { none: 'page' });
  assert.deepEqual(click({}), { none: 'page' });
});

test('words are encoded, folded and cut', () => {
  assert.equal(searchPath(' a  &b=\n"c"#d '), '/search?highlight=1&query=a%20%26b%3D%20%22c%22%23d');
  assert.ok(searchPath('漢'.repeat(5000)).length < 10_000);
  assert.ok(searchPath('\ud800').endsWith('%EF%BF%BD'));
});

test('what is typed is an address, identifiers or words', () => {
  assert.equal(typed('1706.03762', HERE, TODAY), '/arxiv/1706.03762');
  assert.equal(typed(' arxiv.org/abs/1706.03762 ', HERE, TODAY), '/arxiv/1706.03762');
  assert.equal(typed('graph networks', HERE, TODAY), '/search?highlight=1&query=graph%20networks');
  assert.equal(tried('no paper', HERE, TODAY).path, null);
});

test('a server is https, or http to this machine, and may have a path', () => {
  assert.equal(readServer(' https://papers.example.org/lab '), HERE);
  assert.equal(readServer('http://127.0.0.1:8000'), 'http://127.0.0.1:8000/');
  assert.equal(readServer('http://localhost:8000/x?q#h'), 'http://localhost:8000/x/');
  const wrong = ['http://papers.example.org/', 'http://127.0.0.1.evil.example/', 'https://user:pass@papers.example.org/', 'javascript:alert(1)',
    'data:text/html,x', 'file:///etc/passwd', 'papers.example.org', '', 'https://', 'ftp://localhost/'];
  for (const text of wrong) assert.equal(readServer(text), null, text);
});

test('addresses are below the server\'s', () => {
  assert.equal(addressOf(HERE, '/arxiv/1706.03762'), 'https://papers.example.org/lab/arxiv/1706.03762');
  assert.deepEqual(click({ linkUrl: `${HERE}arxiv/1706.03762` }), { path: '/arxiv/1706.03762' });
});
