// My papers: what this browser keeps, as lists, words and a file.

import { BadFile, pathOf, preferred, readFile, shareLinks, writeFile } from './marks.js';
import { cloud } from './likes.js';
import { mark, tried } from './keep.js';
import { fill, gettext, ngettext, sentences, written } from './said.js';
import { memory } from './shelf.js';
import { say } from './notice.js';

const OFF = { s: gettext('Unstar'), r: gettext('Not read'), x: gettext('Bring back') };
const BAD = {
  big: gettext('This file is too large to be one of ours.'),
  json: gettext('This file can\'t be read: it is no JSON.'),
  foreign: gettext('This file is not an export of My papers.'),
  version: gettext('This file was written by a newer version of this site: update the site first.'),
  many: gettext('This file has more papers than a browser keeps.'),
};
const PART = 100; // rows shown at once
const SHELVES = { '#starred': 's', '#read': 'r', '#aside': 'x' };
const $ = (selector) => document.querySelector(selector);
const labelled = (label, value) => fill(gettext('{label}: {value}'), { label, value });
let shown = PART;

// --- Lists ---
const flagShown = () => SHELVES[location.hash] ?? 's';

function show() {
  const all = memory.all();
  const flag = flagShown();
  const here = all.filter((one) => one.flags.includes(flag));
  for (const link of document.querySelectorAll('.shelves a')) {
    link.querySelector('small').textContent = written(all.filter((one) => one.flags.includes(link.dataset.flag)).length);
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
  small.textContent = `${title ? `${key} · ` : ''}${written(new Date(at), { dateStyle: 'medium' })}`;
  button.textContent = OFF[flag];
  button.setAttribute('aria-label', labelled(OFF[flag], title || key));
  button.addEventListener('click', () => { mark(key, flag, false); $('#shelf').focus(); });
  return made;
}

function more(left) {
  if (left <= 0) return [];
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = fill(gettext('Show {count} more'), { count: Math.min(left, PART) });
  button.addEventListener('click', () => {
    const place = shown;
    shown += PART;
    show();
    $('#shelf').children[place]?.querySelector('a').focus();
  });
  return [button];
}

function showLinks(here) {
  const links = shareLinks(here.map(({ key }) => key));
  const count = links.length;
  const open = gettext('Open these as a list to share');
  const made = links.map((path, place) => {
    const link = document.createElement('a');
    link.href = path;
    link.textContent = count === 1 ? open : fill(gettext('part {number} of {count}'), { number: place + 1, count });
    return link;
  });
  $('#links').replaceChildren(...made.flatMap((link) => [link, ' ']));
  if (count > 1) $('#links').prepend(labelled(open, ''));
  const told = gettext('The address names the papers: whoever gets it, and this site, can see which.');
  if (count) $('#links').append(Object.assign(document.createElement('small'), { textContent: told }));
}

function showCloud(starred) {
  const words = cloud(starred.map(({ title }) => title));
  $('#no-cloud').hidden = words.length > 0;
  $('#cloud').replaceChildren(...words.map(({ word, count, size }) => {
    const [item, button] = [document.createElement('li'), document.createElement('button')];
    Object.assign(button, { type: 'button', className: `size-${size}`, textContent: word, title: written(count) });
    button.addEventListener('click', () => {
      prefer(word);
      [...$('#cloud').children].find((one) => one.textContent === word)?.firstChild.focus(); // it was made anew
    });
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

const prefer = (word) => keepWords(preferred(`${memory.words()}\n${word}`), fill(gettext('{word} is among your words.'), { word }));

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
    tell(BAD[error.message]);
    say(BAD[error.message]);
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
  const told = toldOf(before.length, marks.length - before.length, refused);
  tell(told);
  say(told, () => {
    if (tried(() => { memory.restore(before); memory.setWords(wordsBefore); })) tell(gettext('As it was before.'));
    show();
  });
}

function toldOf(taken, kept, refused) {
  return sentences(
    fill(ngettext('{count} paper of the file is taken in.', '{count} papers of the file are taken in.', taken), { count: taken }),
    fill(ngettext('{count} was newer here or the same.', '{count} were newer here or the same.', kept), { count: kept }),
    fill(ngettext('{count} row could not be read.', '{count} rows could not be read.', refused), { count: refused }),
  );
}

function tell(text) {
  $('#carried').hidden = false;
  $('#carried').textContent = text;
}

function clear() {
  let gone = null;
  if (!tried(() => { gone = memory.clear(); })) return;
  show();
  say(gettext('Everything is cleared.'), () => {
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
  else say(gettext('This browser keeps nothing for this site: the choice ends with this page.'));
}

$('#mine').hidden = false;
$('#passing').hidden = memory.lasting;
$('#count').checked = memory.choice('count') !== 'no';
$('#count').addEventListener('change', ({ target }) => tried(() => memory.choose('count', target.checked ? 'yes' : 'no')));
for (const box of boxes) box.addEventListener('change', chooseHidden);
addEventListener('storage', showHidden);
$('#words').addEventListener('submit', (event) => {
  event.preventDefault();
  keepWords(event.target.elements.words.value, gettext('Your words are kept.'));
  event.target.elements.words.value = memory.words();
});
$('#export').addEventListener('click', exportFile);
$('#import').addEventListener('change', (event) => importFile(event.target));
$('#clear').addEventListener('click', clear);
addEventListener('hashchange', () => { shown = PART; show(); });
memory.watch(show);
showHidden();
show();
