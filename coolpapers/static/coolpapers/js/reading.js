// My papers: what this browser keeps, as lists, words and a file.

import { BadFile, pathOf, preferred, readFile, shareLinks, writeFile } from './marks.js';
import { cloud } from './likes.js';
import { mark, tried } from './keep.js';
import { memory } from './shelf.js';
import { say } from './notice.js';

const SAID = {
  off: { s: 'Unstar', r: 'Not read', x: 'Bring back' },
  more: 'Show {count} more',
  open: 'Open these as a list to share',
  part: 'part {number} of {count}',
  link: 'The address names the papers: whoever gets it, and this site, can see which.',
  words: 'Your words are kept.',
  added: '{word} is among your words.',
  imported: '{papers} papers of the file are taken in; {kept} were newer here or the same. {refused} rows could not be read.',
  undone: 'As it was before.',
  cleared: 'Everything is cleared.',
  unkept: 'This browser keeps nothing for this site: the choice ends with this page.',
  bad: {
    big: 'This file is too large to be one of ours.',
    json: 'This file can\'t be read: it is no JSON.',
    foreign: 'This file is not an export of My papers.',
    version: 'This file was written by a newer version of this site: update the site first.',
    many: 'This file has more papers than a browser keeps.',
  },
};
const PART = 100; // rows shown at once
const SHELVES = { '#starred': 's', '#read': 'r', '#aside': 'x' };
const $ = (selector) => document.querySelector(selector);
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
let shown = PART;

// --- Lists ---
const flagShown = () => SHELVES[location.hash] ?? 's';

function show() {
  const all = memory.all();
  const flag = flagShown();
  const here = all.filter((one) => one.flags.includes(flag));
  for (const link of document.querySelectorAll('.shelves a')) {
    link.querySelector('small').textContent = all.filter((one) => one.flags.includes(link.dataset.flag)).length;
    if (link.dataset.flag === flag) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  $('#shelf').replaceChildren(...here.slice(0, shown).map((one) => row(one, flag)), ...more(here.length - shown));
  $('#nothing').hidden = here.length > 0;
  $('#nothing').textContent = $('#nothing').dataset[flag];
  showLinks(here);
  showCloud(all.filter((one) => one.flags.includes('s')));
  if (document.activeElement !== $('#words textarea')) $('#words textarea').value = memory.words();
}

function row({ key, title, at }, flag) {
  const made = $('#row').content.firstElementChild.cloneNode(true);
  const [link, small, button] = made.children;
  link.href = pathOf(key);
  link.textContent = title || key;
  small.textContent = `${title ? `${key} · ` : ''}${new Date(at).toISOString().slice(0, 10)}`;
  button.textContent = SAID.off[flag];
  button.setAttribute('aria-label', `${SAID.off[flag]}: ${title || key}`);
  button.addEventListener('click', () => { mark(key, flag, false); $('#shelf').focus(); });
  return made;
}

function more(left) {
  if (left <= 0) return [];
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = filled(SAID.more, { count: Math.min(left, PART) });
  button.addEventListener('click', () => { shown += PART; show(); });
  return [button];
}

function showLinks(here) {
  const links = shareLinks(here.map(({ key }) => key));
  const made = links.map((path, place) => {
    const link = document.createElement('a');
    link.href = path;
    link.textContent = links.length === 1 ? SAID.open : filled(SAID.part, { number: place + 1, count: links.length });
    return link;
  });
  $('#links').replaceChildren(...made.flatMap((link) => [link, ' ']));
  if (links.length > 1) $('#links').prepend(`${SAID.open}: `);
  if (links.length) $('#links').append(Object.assign(document.createElement('small'), { textContent: SAID.link }));
}

function showCloud(starred) {
  const words = cloud(starred.map(({ title }) => title));
  $('#no-cloud').hidden = words.length > 0;
  $('#cloud').replaceChildren(...words.map(({ word, count, size }) => {
    const [item, button] = [document.createElement('li'), document.createElement('button')];
    Object.assign(button, { type: 'button', className: `size-${size}`, textContent: word, title: String(count) });
    button.addEventListener('click', () => prefer(word));
    item.append(button);
    return item;
  }));
}

// --- Words ---
function keepWords(text, told) {
  const before = memory.words();
  if (!tried(() => memory.setWords(text))) return;
  memory.tell(null);
  say(told, () => { tried(() => memory.setWords(before)); memory.tell(null); });
}

const prefer = (word) => keepWords(preferred(`${memory.words()}\n${word}`), filled(SAID.added, { word }));

// --- Files ---
function exportFile() {
  const text = writeFile(memory.all({ gone: true }), memory.words(), Date.now());
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = `cool-papers-${new Date().toISOString().slice(0, 10)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function importFile(input) {
  const file = input.files[0];
  if (!file) return;
  try {
    if (file.size > 100_000_000) throw new BadFile('big');
    takeIn(readFile(await file.text(), Date.now()));
  } catch (error) {
    if (!(error instanceof BadFile)) throw error;
    tell(SAID.bad[error.message]);
  } finally {
    input.value = '';
  }
}

function takeIn({ marks, words, refused }) {
  const wordsBefore = memory.words();
  let before = [];
  if (!tried(() => { before = memory.merge(marks); })) return;
  if (!tried(() => memory.setWords(`${wordsBefore}\n${words}`))) return;
  show();
  const told = filled(SAID.imported, { papers: before.length, kept: marks.length - before.length, refused });
  tell(told);
  say(told, () => {
    if (tried(() => { memory.restore(before); memory.setWords(wordsBefore); })) tell(SAID.undone);
    show();
  });
}

function tell(text) {
  $('#carried').hidden = false;
  $('#carried').textContent = text;
}

function clear() {
  let gone = null;
  if (!tried(() => { gone = memory.clear(); })) return;
  show();
  say(SAID.cleared, () => {
    tried(() => { memory.restore(gone.before); memory.setWords(gone.words); });
    show();
  });
}

// --- What is hidden ---
const boxes = [...document.querySelectorAll('.hide input')];

function showHidden() {
  const hidden = (memory.choice('hide') ?? '').split(' ');
  for (const box of boxes) box.checked = hidden.includes(box.value);
}

function chooseHidden() {
  const hidden = boxes.filter((box) => box.checked).map((box) => box.value).join(' ');
  if (!tried(() => memory.choose('hide', hidden || null))) showHidden();
  else if (memory.lasting) document.documentElement.dataset.hide = hidden;
  else say(SAID.unkept);
}

$('#mine').hidden = false;
$('#passing').hidden = memory.lasting;
$('#count').checked = memory.choice('count') !== 'no';
$('#count').addEventListener('change', ({ target }) => tried(() => memory.choose('count', target.checked ? 'yes' : 'no')));
for (const box of boxes) box.addEventListener('change', chooseHidden);
addEventListener('storage', showHidden);
$('#words').addEventListener('submit', (event) => {
  event.preventDefault();
  keepWords(event.target.elements.words.value, SAID.words);
  event.target.elements.words.value = memory.words();
});
$('#export').addEventListener('click', exportFile);
$('#import').addEventListener('change', (event) => importFile(event.target));
$('#clear').addEventListener('click', clear);
addEventListener('hashchange', () => { shown = PART; show(); });
memory.watch(show);
showHidden();
show();
