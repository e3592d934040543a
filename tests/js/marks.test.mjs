import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BadFile, later, madeMark, preferred, readFile, readMark, shareLinks, turned, writeFile, writeMark,
} from '../../coolpapers/static/coolpapers/js/marks.js';
import { Memory, PassingStorage, StorageFull } from '../../coolpapers/static/coolpapers/js/memory.js';
import { cloud, profile, ranked, scores, wordsOf } from '../../coolpapers/static/coolpapers/js/likes.js';

const NOW = 1_800_000_000_000;
const mark = (key, flags = 's', at = NOW - 5000, more = {}) => ({ key, flags, at, title: '', words: '', ...more });

/** A storage that takes so many characters, as browsers count them. */
class Full extends PassingStorage {
  constructor(room) { super(); this.room = room; }

  setItem(name, value) {
    const others = [...this].filter(([one]) => one !== name).reduce((sum, [one, text]) => sum + one.length + text.length, 0);
    if (others + name.length + value.length > this.room) throw new DOMException('full', 'QuotaExceededError');
    super.setItem(name, value);
  }
}

const memoryOf = (storage = new PassingStorage()) => {
  let now = NOW;
  return new Memory(storage, true, () => (now += 1000));
};

test('a mark is the same after it was written and read', () => {
  for (const one of [mark('2406.00001', 'sr', NOW - 1, { title: 'A "title" <b>\u{1f600}', words: 'a,b' }), mark('x@ACL', ''), mark('hep-th/9901001', 'r')]) {
    assert.deepEqual(readMark(one.key, writeMark(one), NOW), one);
  }
  assert.ok(writeMark(mark('2406.00001', 'r')).length <= 10);
});

test('what is no mark is none', () => {
  for (const bad of [{ key: '' }, { key: 'a b' }, { key: 'a,b' }, { key: 'x'.repeat(301) }, { key: 5 }, { flags: 'q' }, { flags: 'ssss' },
    { flags: null }, { at: -1 }, { at: 1.5 }, { at: '1' }, { at: NaN }, { at: 2 ** 60 }]) {
    assert.equal(madeMark({ ...mark('2406.00001'), ...bad }, NOW), null, JSON.stringify(bad));
  }
  assert.equal(readMark('2406.00001', 'not a mark', NOW), null);
  assert.equal(madeMark(mark('2406.00001', 's', NOW + 1e9), NOW).at, NOW, 'a time to come is now');
});

test('the later mark wins, in whatever order they meet', () => {
  const marks = [mark('a', 's', 5), mark('a', '', 7), mark('a', 'r', 6), mark('a', 'x', 7), mark('a', 'r', 7)];
  for (const one of marks) {
    for (const other of marks) {
      assert.deepEqual(later(one, other), later(other, one));
      for (const third of marks) assert.deepEqual(later(later(one, other), third), later(one, later(other, third)));
    }
  }
  assert.equal(later(null, marks[0]), marks[0]);
  assert.equal(later(mark('a', 's', 5), mark('a', '', 7)).flags, '', 'a tombstone is a mark');
});

test('not interested and starred exclude each other, and a change is later than what it changes', () => {
  assert.equal(turned(mark('a', 's'), 'x', true, NOW).flags, 'rx');
  assert.equal(turned(mark('a', 'rx'), 's', true, NOW).flags, 'sr');
  assert.equal(turned(mark('a', 'sr'), 's', false, NOW).flags, 'r');
  assert.equal(turned(mark('a', 's', NOW + 10), 'r', true, NOW).at, NOW + 11);
});

test('l11 a file is read, and what is wrong in it is counted or refused', () => {
  const marks = [mark('2406.00001', 's', NOW - 9, { title: 'T' }), mark('x@ACL', '')];
  const read = readFile(writeFile(marks, 'graphs', NOW), NOW);
  assert.deepEqual(read, { marks, words: 'graphs', refused: 0 });
  const reason = (text) => { try { readFile(text, NOW); return null; } catch (error) { assert.ok(error instanceof BadFile); return error.message; } };
  const file = (rest) => JSON.stringify({ format: 'coolpapers-reading', version: 1, marks: [], ...rest });
  assert.equal(reason('{'), 'json');
  assert.equal(reason('null'), 'foreign');
  assert.equal(reason('[1]'), 'foreign');
  assert.equal(reason(file({ format: 'x' })), 'foreign');
  assert.equal(reason(file({ marks: {} })), 'foreign');
  assert.equal(reason(file({ version: 2 })), 'version');
  assert.equal(reason(file({ marks: Array(200_001).fill(0) })), 'many');
  assert.equal(reason('x'.repeat(30_000_001)), 'big');
  const hostile = [['javascript:alert(1)//', 's', 5], ['__proto__', 's', 5], [{ toString: 1 }, 's', 5], 'x', null, ['a\u0000b', 's', 5],
    ['2406.00001', 's', 5, '<img src=x onerror=alert(1)>\u0007'.repeat(100), { a: 1 }], ['2406.00001', 'r', 4]];
  const odd = readFile(file({ marks: hostile, words: { length: 9 } }), NOW);
  assert.equal(odd.refused, 4);
  assert.equal(odd.words, '');
  assert.ok(odd.marks.every(({ title, words }) => title.length <= 300 && words === ''));
  assert.equal(odd.marks.find(({ key }) => key === '2406.00001').flags, 's', 'of two rows of one paper the later one');
  assert.equal({}.polluted, undefined);
});

test('an address names the papers, of both branches too, and no server refuses it for its length', () => {
  assert.deepEqual(shareLinks(['2406.00001', 'hep-th/9901001']), ['/arxiv/2406.00001,hep-th/9901001']);
  assert.deepEqual(shareLinks(['a@ACL']), ['/venue/a@ACL']);
  assert.deepEqual(shareLinks(['2406.00001', 'a b#?@ACL']), ['/papers/2406.00001,a%20b%23%3F@ACL']);
  assert.deepEqual(shareLinks([]), []);
  const keys = Array.from({ length: 2000 }, (_, number) => `2406.${String(number).padStart(5, '0')}`);
  const links = shareLinks(keys);
  assert.ok(links.every((link) => link.length <= 3501 && link.split(',').length <= 1000));
  assert.deepEqual(links.flatMap((link) => link.slice('/arxiv/'.length).split(',')), keys);
});

test('o5 marks are kept one a paper, and merged by the later one, with a way back', () => {
  const memory = memoryOf();
  memory.turn('a', 's', true, { title: 'First', words: 'w' });
  memory.turn('b', 'r', true, { title: 'Second' });
  const before = memory.turn('a', 's', false);
  assert.equal(before.flags, 's');
  assert.deepEqual(memory.all().map(({ key }) => key), ['b']);
  assert.deepEqual(memory.all({ gone: true }).map(({ key, title }) => [key, title]), [['a', ''], ['b', 'Second']]);
  memory.restore([['a', before]]);
  assert.equal(memory.markOf('a').title, 'First');
  const undo = memory.merge([mark('a', 'x', 5), mark('b', 'x', NOW + 60_000), mark('c', 's', NOW)]);
  assert.equal(memory.markOf('a').flags, 's', 'older than what is here');
  assert.deepEqual([memory.markOf('b').flags, memory.markOf('c').flags], ['x', 's']);
  memory.restore(undo);
  assert.deepEqual([memory.markOf('b').flags, memory.markOf('c').flags], ['r', '']);
  const gone = memory.clear();
  assert.deepEqual([memory.all(), memory.words()], [[], '']);
  memory.restore(gone.before);
  assert.deepEqual(memory.all().map(({ key }) => key).sort(), ['a', 'b']);
});

test('o5 a full storage keeps what it has, makes room of titles, and says when it can not', () => {
  const memory = memoryOf(new Full(420));
  for (const number of [1, 2, 3]) memory.turn(`240${number}.00001`, 'r', true, { title: 'A title that takes its room '.repeat(3) });
  memory.turn('2409.00001', 's', true, { title: 'A star with a long title, too '.repeat(4) });
  assert.deepEqual(memory.all().map(({ flags, title }) => [flags, title.length > 0]), [['s', true], ['r', false], ['r', false], ['r', false]]);
  const held = [...memory.storage];
  assert.throws(() => memory.turn('2410.00001', 's', true, { title: 'T'.repeat(300), words: 'w'.repeat(300) }), StorageFull);
  const many = Array.from({ length: 50 }, (_, number) => mark(`2411.${number}`, 's', NOW, { title: 'T'.repeat(90) }));
  assert.throws(() => memory.merge(many), StorageFull);
  assert.deepEqual([...memory.storage], held, 'all of an import or none of it');
});

test('what another tab changes is told by its key', () => {
  const memory = memoryOf();
  const heard = [];
  memory.watch((keys) => heard.push(keys));
  memory.hear('mark:2406.00001');
  memory.hear('words');
  memory.hear(null);
  memory.hear('theme');
  assert.deepEqual(heard, [['2406.00001'], null, null]);
});

test('only what was marked since the sync was chosen is to be sent', () => {
  const memory = memoryOf();
  memory.turn('a', 's', true);
  assert.deepEqual(memory.dirty(), []);
  memory.choose('sync', '1');
  memory.soil();
  memory.turn('b', 'r', true);
  memory.merge([mark('c')], { dirty: false });
  assert.deepEqual(memory.dirty().sort(), ['a', 'b']);
  memory.clean('a');
  assert.deepEqual(memory.dirty(), ['b']);
});

test('preference words are lines, each once', () => {
  assert.equal(preferred(' graphs, trees\n\ngraphs\n-images\u0007'), 'graphs\ntrees\n-images');
  assert.equal(preferred(null), '');
  assert.ok(preferred(Array.from({ length: 500 }, (_, n) => `w${n}`).join('\n')).split('\n').length <= 100);
});

test('words tell something, and the cloud counts titles', () => {
  assert.deepEqual(wordsOf('The Graph-based method for Schrödinger bridges in 3D'), ['graph-based', 'schrödinger', 'bridges']);
  const words = cloud(['Graph graph trees', 'Graph networks', 'Protein networks', 'constructor']);
  assert.deepEqual(words.map(({ word, count }) => [word, count]),
    [['constructor', 1], ['graph', 2], ['networks', 2], ['protein', 1], ['trees', 1]]);
  assert.deepEqual([...new Set(words.map(({ size }) => size))].sort(), [1, 5]);
  assert.deepEqual(cloud([]), []);
});

test('what is like the stars comes first, a preferred word before it, an unwanted one last, the rest as it was', () => {
  const papers = ['Cooking', 'Protein folding', 'Image synthesis', 'Graph theory', 'Proteins'].map((title) => ({ title, abstract: '' }));
  const weights = profile([mark('a', 's', 5, { title: 'Protein design', words: 'folding' })], 'graph\n-image');
  const found = scores(papers, weights);
  assert.deepEqual(ranked(found), [3, 1, 4, 0, 2]);
  assert.deepEqual(found[1].words.sort(), ['folding', 'protein']);
  assert.equal(profile([], '').size, 0);
  assert.deepEqual(scores([{ title: 'C++ (a', abstract: '' }], new Map([['c++ (', 1]]))[0].words, ['c++ (']);
});
