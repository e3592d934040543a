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
document.body.append(box);

let timer = 0;
let back = null;
let before = null; // what had the focus before a button here

function hide() {
  if (box.contains(document.activeElement) && before?.isConnected) before.focus({ preventScroll: true });
  back = null;
  box.className = 'away'; // and no more: a region that is not there yet is not listened to
  undo.hidden = true;
  close.hidden = true;
  words.textContent = '';
}

/** Say it; `undoing` is what Undo does. */
export function say(text, undoing = null) {
  clearTimeout(timer);
  box.className = '';
  words.textContent = text;
  back = undoing;
  undo.hidden = !back;
  close.hidden = false;
  timer = setTimeout(function wait() {
    if (box.matches(':hover, :focus-within')) timer = setTimeout(wait, 1000);
    else hide();
  }, SECONDS * 1000);
}

/** What Undo does, while it is offered. */
export function takeBack() {
  const undoing = back;
  if (!undoing) return;
  hide();
  undoing();
}

box.addEventListener('focusin', (event) => { if (!box.contains(event.relatedTarget)) before = event.relatedTarget; });
undo.addEventListener('click', takeBack);
close.addEventListener('click', hide);
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') hide(); });
hide();
