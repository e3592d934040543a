// + and − beside a subject, while it has the pointer or the focus, or was tapped once: the same list with that category,
// or without it. One pair for the whole page, put where it is wanted: cards are the same on all lists.

import { combined, kept } from './expression.js';
import { fill } from './said.js';

const template = document.querySelector('#combine');
const papers = document.querySelector('.papers');
const codes = (text) => text.split(' ').filter(Boolean);
const pair = template.content.firstElementChild.cloneNode(true);
const signs = [[pair.querySelector('.add'), '+'], [pair.querySelector('.take'), '-']];
const words = new Map(signs.map(([sign]) => [sign, sign.title]));
let pointer = 'mouse';

const subjectAt = (target) => target.closest?.('.subjects > a[href^="/arxiv/"]');

/** The pair beside a subject, with what of it leads anywhere. */
function show(subject) {
  const code = decodeURIComponent(subject.getAttribute('href').slice('/arxiv/'.length));
  for (const [sign, name] of signs) {
    const path = combined(codes(template.dataset.include), codes(template.dataset.exclude), code, name);
    sign.hidden = path === null;
    sign.href = `${path}${kept(location.search)}`;
    sign.title = fill(words.get(sign), { code });
    sign.setAttribute('aria-label', sign.title);
  }
  if (signs.every(([sign]) => sign.hidden)) pair.remove();
  else if (subject.nextSibling !== pair) {
    pair.style.translate = '';
    subject.after(pair);
    const over = pair.getBoundingClientRect().right - subject.closest('.paper').getBoundingClientRect().right;
    if (over > 0) pair.style.translate = `${-over}px 1.4em`; // at the end of a line: below it
  }
}

function follow(event) {
  const subject = subjectAt(event.target);
  if (subject) show(subject);
  else if (!pair.contains(event.target) && !pair.contains(document.activeElement)) pair.remove();
}

if (template.dataset.include !== undefined) {
  document.addEventListener('pointerdown', (event) => { pointer = event.pointerType; }, { capture: true });
  papers.addEventListener('pointerover', (event) => event.pointerType !== 'touch' && follow(event));
  document.addEventListener('focusin', (event) => {
    if (event.target.matches(':focus-visible') || !subjectAt(event.target)) follow(event);
  });
  document.addEventListener('click', (event) => {
    if (pointer !== 'touch') return;
    const subject = subjectAt(event.target);
    if (subject && subject.nextSibling !== pair) {
      show(subject);
      if (pair.isConnected) event.preventDefault(); // the second tap follows the link
    } else if (!subject) follow(event);
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && pair.isConnected && !pair.contains(document.activeElement)) pair.remove();
  });
}
