import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { fold, isEmpty, matches, parseTerms, spans } = await load('match.js');
const paper = {
  title: fold('Schrödinger Bridges for Diffusion'),
  abstract: fold('We study $O(n^2)$ kernels.'),
  authors: fold('Erwin Łukasz, 李明, Ørsted'),
};
const all = { include: [], exclude: [], all: false, fields: ['title', 'abstract', 'authors'] };
const finds = (filter) => matches(paper, { ...all, ...filter });

test('case and accents make no difference', () => {
  for (const word of ['schrodinger', 'SCHRÖDINGER', 'Schro\u0308dinger', 'lukasz', 'orsted', '李']) {
    assert.equal(finds({ include: parseTerms(word) }), true, word);
  }
  assert.equal(finds({ include: parseTerms('schroedinger') }), false);
});

test('letters of formulas are plain letters', () => {
  assert.equal(fold('𝑂(𝑛²)'), 'o(n2)');
});

test('one term a line, each once, signs and spaces as they are', () => {
  assert.deepEqual(parseTerms(' Diffusion \n\n c++  code\ndiffusion\r\n'), ['diffusion', 'c++ code']);
  assert.deepEqual(parseTerms(''), []);
});

test('any of the terms, or all of them', () => {
  assert.equal(finds({ include: ['diffusion', 'graph'] }), true);
  assert.equal(finds({ include: ['diffusion', 'graph'], all: true }), false);
  assert.equal(finds({ include: ['diffusion', 'kernels'], all: true }), true);
});

test('what is excluded is out whatever else it has', () => {
  assert.equal(finds({ include: ['diffusion'], exclude: ['kernels'] }), false);
  assert.equal(finds({ exclude: ['kernels'] }), false);
  assert.equal(finds({ exclude: ['graph'] }), true);
});

test('only the chosen fields are looked at', () => {
  assert.equal(finds({ include: ['kernels'], fields: ['title', 'authors'] }), false);
  assert.equal(finds({ include: ['kernels'], fields: ['abstract'] }), true);
  assert.equal(finds({ include: ['kernels'], fields: [] }), false);
});

test('a filter without terms is empty and finds everything', () => {
  assert.equal(isEmpty(all), true);
  assert.equal(isEmpty({ ...all, exclude: ['x'] }), false);
  assert.equal(finds({}), true);
});

test('spans are of the text as it is written', () => {
  const text = 'Schrödinger, schro\u0308dinger and ßchrodinger 𝑂(𝑛)';
  const cut = (terms) => spans(text, terms).map(([from, to]) => text.slice(from, to));
  assert.deepEqual(cut(['schrodinger']), ['Schrödinger', 'schro\u0308dinger', 'ßchrodinger']);
  assert.deepEqual(cut(['o(n)']), ['𝑂(𝑛)']);
});

test('spans that touch or overlap are one', () => {
  assert.deepEqual(spans('abcabc', ['ab', 'bc']), [[0, 6]]);
  assert.deepEqual(spans('aaa', ['a']), [[0, 3]]);
  assert.deepEqual(spans('graph', ['x']), []);
});

test('random texts: a span holds its term, and there is one exactly where there is a match', () => {
  let seed = 7;
  const next = (limit) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % limit; };
  const letters = [...'abé𝑛ßŁ ü\u0301æ'];
  const word = (length) => Array.from({ length }, () => letters[next(letters.length)]).join('');
  for (let round = 0; round < 3000; round += 1) {
    const text = word(12);
    const [term] = parseTerms(word(1 + next(2)));
    if (!term) continue;
    const found = spans(text, [term]);
    assert.equal(found.length > 0, fold(text).includes(term), JSON.stringify([text, term]));
    for (const [from, to] of found) assert.ok(fold(text.slice(from, to)).includes(term), JSON.stringify([text, term]));
  }
});

test('a thousand papers are matched within a few milliseconds', () => {
  const many = Array.from({ length: 1000 }, (_, n) => ({ ...paper, abstract: fold(`${n} `.repeat(400)) }));
  const start = process.cpuUsage();
  const found = many.filter((one) => matches(one, { ...all, include: ['999 9', 'nothing'], exclude: ['absent'] }));
  const { user } = process.cpuUsage(start);
  assert.equal(found.length, 1);
  assert.ok(user < 50_000, `${user} microseconds`);
});
