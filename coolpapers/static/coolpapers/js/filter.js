// Filtering the papers of a page while one types: Ctrl/Cmd+F or `/` opens it, a second Ctrl+F is the browser's own;
// Ctrl/Cmd+Enter goes to the next match, with Shift to the one before.

import { highlight } from './highlight.js';
import { fold, isEmpty, matches, parseTerms } from './match.js';
import { fill, gettext, ngettext } from './said.js';
import { isTaken, isTyping } from './typing.js';

const FIELDS = { title: '.title-link', abstract: '.summary', authors: '.author' };
const BOXES = ['title', 'abstract', 'authors', 'only', 'highlight'];
const papers = document.querySelector('.papers');
const form = document.querySelector('#filter');
const opener = document.querySelector('#open-filter');
const said = form.querySelector('output');

const PAUSE = 250; // milliseconds after the last key, until the history knows
const texts = new WeakMap(); // of each paper, folded, by field
let cards = [...papers.querySelectorAll('.paper')];
let hits = []; // the papers that match, where something is asked for
let at = null; // the one of them that was gone to
let waiting = 0;
let before = null; // what had the focus when the filter was opened

function textsOf(card) {
  let known = texts.get(card);
  if (!known) {
    known = {};
    for (const [field, selector] of Object.entries(FIELDS)) {
      known[field] = fold([...card.querySelectorAll(selector)].map((part) => part.textContent).join(', '));
    }
    texts.set(card, known);
  }
  return known;
}

/** What the form says. */
function read() {
  const { include, exclude, mode, only, highlight: marked } = form.elements;
  return {
    include: parseTerms(include.value),
    exclude: parseTerms(exclude.value),
    all: mode.value === 'all',
    fields: Object.keys(FIELDS).filter((field) => form.elements[field].checked),
    only: only.checked,
    marked: marked.checked,
  };
}

/** When the key that was typed is drawn, and once for all that were typed until then. */
function applySoon() {
  if (form.ariaBusy === 'true') return;
  form.ariaBusy = 'true';
  requestAnimationFrame(() => setTimeout(apply));
}

/** Show what the filter says, all where it is closed. */
function apply() {
  form.ariaBusy = 'false';
  const filter = read();
  const active = !form.hidden && !isEmpty(filter);
  hits = [];
  for (const card of cards) {
    const hit = !active || matches(textsOf(card), filter);
    if (active && hit) hits.push(card);
    const out = !hit && filter.only;
    if (out !== card.hasAttribute('data-out')) card.toggleAttribute('data-out', out);
  }
  papers.toggleAttribute('data-filtering', active && filter.only);
  if (!hits.includes(at)) at = null;
  tell(active);
  highlight(active && filter.marked ? filter.include : [], filter.fields.map((field) => FIELDS[field]));
}

function tell(active) {
  const count = cards.length;
  if (at) said.textContent = fill(gettext('{place} of {matches}'), { place: hits.indexOf(at) + 1, matches: hits.length });
  else {
    const words = active ? gettext('{found} of {count} match') : ngettext('{count} paper on this page', '{count} papers on this page', count);
    said.textContent = fill(words, { found: hits.length, count });
  }
  for (const step of form.querySelectorAll('.step')) step.disabled = !hits.length;
}

/** To the next match, or the one before, and round at the ends; the first time from what is in view. */
function jump(by) {
  if (form.ariaBusy === 'true') apply(); // typed just now
  if (!hits.length) return;
  const seen = hits.findIndex((card) => card.getBoundingClientRect().bottom > 60);
  const place = at ? hits.indexOf(at) + by : Math.max(seen, 0) + Math.min(by, 0);
  at = hits.at(place % hits.length);
  at.dispatchEvent(new CustomEvent('card:reached', { bubbles: true }));
  at.scrollIntoView({ block: 'start', behavior: 'instant' });
  tell(true);
}

/** In the page's entry of the history, so that Back finds it as it was left. */
function remember() {
  clearTimeout(waiting);
  const { include, exclude, mode } = form.elements;
  const boxes = BOXES.filter((name) => form.elements[name].checked);
  const filter = { open: !form.hidden, include: include.value, exclude: exclude.value, mode: mode.value, boxes };
  try {
    history.replaceState({ ...history.state, filter }, '');
  } catch {
    // too many in a short time (Safari): the next one will do
  }
}

function recall() {
  const filter = history.state?.filter;
  if (!filter) return;
  for (const name of ['include', 'exclude', 'mode']) form.elements[name].value = filter[name];
  for (const name of BOXES) form.elements[name].checked = filter.boxes.includes(name);
  if (filter.open) show(true);
}

function show(open) {
  form.hidden = !open;
  opener.setAttribute('aria-expanded', String(open));
  apply();
}

function open() {
  if (form.hidden) {
    before = document.activeElement;
    show(true);
    remember();
    warm();
  }
  form.elements.include.focus({ preventScroll: true });
}

function close() {
  show(false);
  remember();
  (before?.isConnected && before !== document.body ? before : opener).focus({ preventScroll: true });
}

/** Read the papers before the first key needs them, without holding anything up. */
function warm() {
  const unread = cards.filter((card) => !texts.has(card));
  const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 50, { timeRemaining: () => 8 }));
  const work = (deadline) => {
    while (unread.length && deadline.timeRemaining() > 2) textsOf(unread.pop());
    if (unread.length) idle(work);
  };
  idle(work);
}

function onKey(event) {
  if (isTaken(event)) return;
  const command = event.ctrlKey || event.metaKey;
  if (event.key === 'Escape' && !form.hidden) close();
  else if (command && event.key === 'Enter' && form.contains(event.target)) jump(event.shiftKey ? -1 : 1);
  else if (command && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'f') {
    if (form.contains(document.activeElement)) return; // the browser's own
    open();
  } else if (event.key === '/' && !command && !event.altKey && !isTyping(event)) open();
  else return;
  event.preventDefault();
}

function onReset(event) {
  event.preventDefault(); // keeps what to show and where to look
  form.elements.include.value = '';
  form.elements.exclude.value = '';
  apply();
  remember();
  form.elements.include.focus();
}

opener.addEventListener('click', () => (form.hidden ? open() : close()));
form.querySelector('.close').addEventListener('click', close);
for (const step of form.querySelectorAll('.step')) step.addEventListener('click', () => jump(Number(step.value)));
form.addEventListener('reset', onReset);
form.addEventListener('submit', (event) => event.preventDefault());
form.addEventListener('input', () => {
  applySoon();
  clearTimeout(waiting);
  waiting = setTimeout(remember, PAUSE);
});
addEventListener('pagehide', remember);
document.addEventListener('keydown', onKey);
papers.addEventListener('cards:added', (event) => {
  cards = [...cards, ...event.detail];
  apply();
  if (!form.hidden) warm();
});
papers.addEventListener('card:changed', (event) => {
  texts.delete(event.target);
  apply();
});
recall();
