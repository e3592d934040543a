import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { load } from './load.mjs';

const { fill, gettext, ngettext, sentences, written } = await load('said.js');
const CATALOG = { Close: '关闭', '{one} {other}': '{one}{other}', '{count} venue': ['{count} 个会议'] };

beforeEach(() => { globalThis.document = { documentElement: { lang: 'en' } }; });
afterEach(() => { delete globalThis.django; });

function speakChinese() {
  document.documentElement.lang = 'zh-Hans';
  globalThis.django = {
    gettext: (text) => CATALOG[text] ?? text,
    ngettext: (one, many, count) => CATALOG[one]?.[0] ?? (count === 1 ? one : many),
  };
}

test('without a catalog the words are English, one and many apart', () => {
  assert.equal(gettext('Close'), 'Close');
  assert.deepEqual([0, 1, 2].map((count) => ngettext('paper', 'papers', count)), ['papers', 'paper', 'papers']);
  assert.equal(sentences('Starred.', '', 'Others see it.'), 'Starred. Others see it.');
});

test('with a catalog they are its words, and what it lacks stays English', () => {
  speakChinese();
  assert.equal(gettext('Close'), '关闭');
  assert.equal(gettext('Undo'), 'Undo');
  assert.equal(fill(ngettext('{count} venue', '{count} venues', 1), { count: 1 }), '1 个会议');
  assert.equal(sentences('已收藏。', null, '他人能看到。'), '已收藏。他人能看到。');
});

test('numbers and dates are written as the language does, texts as they are', () => {
  const day = new Date(2026, 3, 28);
  assert.equal(fill('{count} of {name}', { count: 12345, name: "$& {count} 007" }), '12,345 of $& {count} 007');
  assert.equal(written(day, { dateStyle: 'medium' }), 'Apr 28, 2026');
  speakChinese();
  assert.equal(written(day, { dateStyle: 'medium' }), '2026年4月28日');
});
