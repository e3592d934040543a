// "For you": the papers of this page by preference words and by what is like the starred ones. Worked out here, from what
// is on this device; the address says only that it was asked for, in a part that is not sent (#for-you).

import { profile, ranked, scores } from './likes.js';
import { memory } from './shelf.js';
import { fill, gettext } from './said.js';
import { say } from './notice.js';
import { aboutOf, cards } from './starring.js';

const HASH = '#for-you';
const link = document.querySelector('#for-you');
const papers = document.querySelector('.papers');
let own = null; // the cards in the list's own order, while they are in another one

function order() {
  const starred = memory.all().filter((mark) => mark.flags.includes('s'));
  const weights = profile(starred, memory.words());
  if (!weights.size) {
    say(gettext('Star some papers, or write preference words on My papers: then lists can be put in your order.'));
    return;
  }
  restore();
  own = [...papers.children];
  const all = cards();
  const texts = all.map((card) => ({ title: aboutOf(card).title, abstract: card.querySelector('.summary')?.textContent ?? '' }));
  const found = scores(texts, weights);
  const below = all.map(belowOf);
  for (const place of ranked(found)) papers.append(all[place], ...below[place], ...notes(found[place]));
  link.setAttribute('aria-current', 'true');
  say(gettext('The papers that are most like yours come first.'));
}

/** What stands between a card and the next one. */
function belowOf(card) {
  const below = [];
  for (let next = card.nextElementSibling; next && !next.matches('.paper'); next = next.nextElementSibling) below.push(next);
  return below;
}

/** Below a card, which of the reader's words stand in it. */
function notes({ score, words }) {
  if (score <= 0) return [];
  const note = document.createElement('p');
  note.className = 'why';
  // Translators: between words of a paper
  const comma = gettext(', ');
  note.textContent = fill(gettext('For you: {words}'), { words: words.slice(0, 5).join(comma) });
  return [note];
}

function restore() {
  if (!own) return;
  for (const note of papers.querySelectorAll(':scope > .why')) if (!own.includes(note)) note.remove();
  papers.append(...own);
  own = null;
  link.removeAttribute('aria-current');
}

function follow() {
  if (location.hash === HASH) order();
  else restore();
}

if (link) {
  link.addEventListener('click', (event) => {
    if (!own) return;
    event.preventDefault(); // a second click goes back
    history.replaceState(history.state, '', location.pathname + location.search);
    restore();
  });
  addEventListener('hashchange', follow);
  follow();
}
