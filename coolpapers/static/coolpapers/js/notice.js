// What was just done, said to eyes and to screen readers, with a way back. It stays until the next one, until it is closed,
// or for SECONDS while nobody points at it.

import { gettext } from './said.js';

const SECONDS = 12;

const box = document.createElement('div');
box.id = 'notice';
const words = document.createElement('span');
words.setAttribute('role', 'status');
const undo = document.createElement('button');
const close = document.createElement('button');
for (const button of [undo, close]) button.type = 'button';
undo.textContent = gettext('Undo');
close.textContent = '✕';
close.setAttribute('aria-label', gettext('Close'));
box.append(words, undo, close);
box.hidden = true;
document.body.append(box);

let timer = 0;
let takeBack = null;

function hide() {
  box.hidden = true;
  words.textContent = '';
}

/** Say it; `back` is what Undo does. */
export function say(text, back = null) {
  clearTimeout(timer);
  box.hidden = false;
  words.textContent = text;
  takeBack = back;
  undo.hidden = !back;
  timer = setTimeout(function wait() {
    if (box.matches(':hover, :focus-within')) timer = setTimeout(wait, 1000);
    else hide();
  }, SECONDS * 1000);
}

undo.addEventListener('click', () => {
  const back = takeBack;
  hide();
  back?.();
});
close.addEventListener('click', hide);
document.addEventListener('keydown', (event) => { if (event.key === 'Escape' && !box.hidden) hide(); });
