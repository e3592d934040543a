// Suggestions in the address bar: what is asked, when, and how titles are written.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';

import { suggestFor, suggestionsOf } from '../../extension/suggest.js';

globalThis.chrome = { runtime: { getURL: () => 'chrome-extension://x/' } };

/** A site that counts what it is asked. */
async function site(answer) {
  const asked = [];
  const server = http.createServer((request, response) => {
    asked.push(request.url);
    answer(response);
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  return { asked, url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

test('a title with markup is text', () => {
  const found = ['x', ['<b>&</b>'], ['Ada'], ['https://papers.example.org/arxiv/1706.03762']];
  assert.deepEqual(suggestionsOf(found, true), [{ content: found[3][0], description: '&lt;b&gt;&amp;&lt;/b&gt; · Ada' }]);
  assert.equal(suggestionsOf(found, false)[0].description, '<b>&</b> · Ada');
});

test('only the last of what is typed is asked, and nothing shorter than three', async () => {
  const here = await site((response) => response.end(JSON.stringify(['atten', ['T'], [''], ['u']])));
  const answers = await Promise.all(['at', 'att', 'atte', 'atten'].map((text) => suggestFor(text, here.url)));
  assert.deepEqual(answers, [[], [], [], [{ content: 'u', description: 'T' }]]);
  assert.deepEqual(here.asked, ['/search/suggest?query=atten']);
  here.close();
});

test('a site that fails or is not there suggests nothing', async () => {
  const here = await site((response) => { response.statusCode = 503; response.end('<html>'); });
  assert.deepEqual(await suggestFor('attention', here.url), []);
  here.close();
  assert.deepEqual(await suggestFor('attention', 'http://127.0.0.1:9/'), []);
});
