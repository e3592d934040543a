// A reader's marks on the cards of this page: buttons, what opening a paper does, and what other tabs change.

import { memory } from './shelf.js';
import { mark, tried } from './keep.js';

/** The key of a card's paper, which its address ends with. */
export function keyOf(card) {
  const path = decodeURIComponent(new URL(card.querySelector('.title-link').href).pathname);
  return path.replace(/^\/(arxiv|venue)\//, '');
}

/** What a mark remembers of a paper. */
export function aboutOf(card) {
  const title = card.querySelector('.title-link').cloneNode(true);
  for (const formula of title.querySelectorAll('math[alttext]')) formula.replaceWith(formula.getAttribute('alttext'));
  return { title: title.textContent.replace(/\s+/g, ' ').trim(), words: card.getAttribute('keywords') ?? '' };
}

export const cards = () => [...document.querySelectorAll('.papers > .paper')];

/** What a screen reader says of a card: an article by its title, and its place in the list. */
function describe(card) {
  const title = `title-${card.id}`;
  const [number, total] = card.querySelector('.title a').title.split('/');
  card.role = 'article';
  card.setAttribute('aria-labelledby', title);
  card.ariaPosInSet = number;
  card.ariaSetSize = total;
  if (!card.matches('.withdrawn')) card.querySelector('.title').setAttribute('aria-labelledby', title); // without its buttons
}

const CLASSES = { s: 'starred', r: 'seen', x: 'unwanted' };

export function show(card) {
  const flags = memory.markOf(keyOf(card))?.flags ?? '';
  for (const [flag, name] of Object.entries(CLASSES)) {
    card.classList.toggle(name, flags.includes(flag));
    const button = card.querySelector(`.mark[data-flag="${flag}"]`);
    button?.setAttribute('aria-pressed', String(flags.includes(flag)));
    button?.setAttribute('aria-describedby', `title-${card.id}`);
  }
}

/** Turn a flag of a card's paper around. */
export function toggle(card, flag) {
  const key = keyOf(card);
  return mark(key, flag, !(memory.markOf(key)?.flags ?? '').includes(flag), aboutOf(card));
}

function opened(event) {
  const link = event.target.closest?.('.title-link, .title-pdf');
  const card = link?.closest('.paper');
  if (!card || (event.type === 'auxclick' && event.button !== 1)) return;
  if (!(memory.markOf(keyOf(card))?.flags ?? '').includes('r')) tried(() => memory.turn(keyOf(card), 'r', true, aboutOf(card)));
}

function add(all) {
  all.forEach(show);
  requestAnimationFrame(() => setTimeout(() => all.forEach(describe)));  // no paint waits for what is not seen
}

add(cards());
document.documentElement.classList.add('ready');
document.addEventListener('cards:added', (event) => add(event.detail));
memory.watch((keys) => cards().filter((card) => !keys || keys.includes(keyOf(card))).forEach(show));
document.addEventListener('click', (event) => {
  const button = event.target.closest?.('.mark');
  if (button) toggle(button.closest('.paper'), button.dataset.flag);
  else opened(event);
});
document.addEventListener('auxclick', opened);
document.addEventListener('stars:counted', ({ detail: { key, stars } }) => {
  for (const card of cards().filter((one) => keyOf(one) === key)) {
    const count = card.querySelector('.stars');
    if (count) count.textContent = stars || '';
  }
});
