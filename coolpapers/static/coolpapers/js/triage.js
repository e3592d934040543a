// A list by the keys: j k o s r x u and ?. They do nothing while somebody types or composes, and can be switched off.

import { memory } from './shelf.js';
import { takeBack } from './notice.js';
import { cards, toggle } from './starring.js';
import { isTaken, isTyping } from './typing.js';

const help = document.querySelector('#keys');
const sw = help.querySelector('[name="keys"]');
const shown = () => cards().filter((card) => card.checkVisibility?.() ?? card.offsetParent !== null);
let current = null;

function choose(card) {
  if (!card) return;
  current?.classList.remove('current');
  current?.removeAttribute('aria-current');
  current = card;
  card.classList.add('current');
  card.setAttribute('aria-current', 'true');
}

/** Go to the card; its focus lets a screen reader read it, and Tab go on from there. */
function go(card) {
  if (!card) return;
  choose(card);
  card.tabIndex = -1;
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: 'start', behavior: 'instant' });
}

function step(by) {
  const all = shown();
  const place = current && all.includes(current) ? all.indexOf(current) : null;
  if (place === null) go(all.find((card) => card.getBoundingClientRect().bottom > 60) ?? all[0]);
  else go(all[place + by]);
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  o: () => current?.querySelector('.title-link').click(),
  s: () => current && toggle(current, 's'),
  r: () => current && toggle(current, 'r'),
  x: () => {
    if (!current) return;
    const next = shown()[shown().indexOf(current) + 1];
    if (toggle(current, 'x') && current.classList.contains('unwanted')) go(next);
  },
  u: takeBack,
};

document.addEventListener('keydown', (event) => {
  if (isTaken(event) || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
  if (event.repeat && !'jk'.includes(event.key)) return;
  if (event.key === '?') help.showModal();
  else if (memory.choice('keys') !== 'no' && Object.hasOwn(KEYS, event.key)) KEYS[event.key]();
  else return;
  event.preventDefault();
});
document.addEventListener('card:reached', (event) => choose(event.target));
document.addEventListener('focusin', (event) => choose(event.target.closest?.('.papers > .paper')));
sw.checked = memory.choice('keys') !== 'no';
sw.addEventListener('change', () => memory.choose('keys', sw.checked ? null : 'no'));
for (const opener of document.querySelectorAll('.open-keys')) {
  opener.addEventListener('click', () => help.showModal());
}
