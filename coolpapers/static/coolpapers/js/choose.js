// The home page's choice: each box of three states is one button, and the choice is remembered on this device.
// Without this the boxes are lists of three, and the address keeps the choice.

import { fill, gettext, sentences } from './said.js';

const KEPT = 'coolpapers.choice';
const SIGNS = ['', '+', '−'];  // hide, show, exclude
const KEYS = { '0': 0, Delete: 0, Backspace: 0, '+': 1, '=': 1, '-': 2 };

const form = document.querySelector('#choose');
const boxes = [...form.querySelectorAll('select.box')];
const said = form.querySelector('.chosen-what');
const open = document.querySelector('.open-choice');
let blocked = false;

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? 'null');
  } catch {
    return null;
  }
}

function keep() {
  const chosen = boxes.filter((box) => box.value).map((box) => [box.name, box.value]);
  try {
    localStorage.setItem(KEPT, JSON.stringify(chosen));
    blocked = false;
  } catch {
    blocked = true;
  }
}

/** What a box shows, by name and value; names that are not on the page any more are left out. */
function restore(chosen) {
  const wanted = new Set(Array.isArray(chosen) ? chosen.map(([name, value]) => `${name} ${value}`) : []);
  for (const box of boxes) {
    box.selectedIndex = Math.max(0, [...box.options].findIndex((one) => one.value && wanted.has(`${box.name} ${one.value}`)));
  }
}

function say() {
  const shown = boxes.filter((box) => box.selectedIndex === 1).map((box) => box.value);
  const left = boxes.filter((box) => box.selectedIndex === 2).map((box) => box.value.slice(1));
  const words = [shown.join(' + ') || form.dataset.all, ...left].join(' − ');
  said.textContent = sentences(shown.length + left.length ? words : form.dataset.none, blocked && form.dataset.blocked);
  for (const part of [form, open]) part.classList.toggle('some', shown.length + left.length > 0);
}

function draw(box) {
  const button = box.nextElementSibling;
  const state = box.options[box.selectedIndex].text;
  button.textContent = SIGNS[box.selectedIndex];
  button.dataset.state = String(box.selectedIndex);
  button.title = state;
  button.setAttribute('aria-label', fill(gettext('{label}: {value}'), { label: box.getAttribute('aria-label'), value: state }));
}

function drawAll() {
  boxes.forEach(draw);
  say();
}

function set(box, index) {
  box.selectedIndex = index;
  keep();
  draw(box);
  say();
}

/** A button instead of the list, which stays what the form sends. */
function addButton(box) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'box';
  button.addEventListener('click', () => set(box, (box.selectedIndex + 1) % 3));
  button.addEventListener('keydown', (event) => {
    if (!(event.key in KEYS) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    set(box, KEYS[event.key]);
  });
  box.hidden = true;
  box.after(button);
}

/** The address then names what is chosen and no more. */
function sendLess() {
  for (const field of form.elements) if (field.name && field.name !== 'of') field.disabled = field.value === '';
}

function sendAll() {
  for (const field of form.elements) field.disabled = false;
}

boxes.forEach(addButton);
if (/[?&][cv]=/.test(location.search)) keep();
else restore(read());
drawAll();

form.addEventListener('submit', sendLess);
window.addEventListener('pageshow', (event) => {
  sendAll();
  if (event.persisted) drawAll();
});
window.addEventListener('storage', (event) => {
  if (event.key !== KEPT) return;
  restore(read());
  drawAll();
});
form.querySelector('.clear').addEventListener('click', (event) => {
  event.preventDefault();
  restore([]);
  keep();
  drawAll();
  if (location.search) history.replaceState(null, '', '/');
});
