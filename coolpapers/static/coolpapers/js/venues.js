// The index of venues while somebody types a name: what does not have it in a name is hidden, as the server does.

import { fill } from './said.js';

const form = document.querySelector('form.filter');

function show() {
  const typed = form.elements.name.value.trim().toLowerCase();
  const venues = [...document.querySelectorAll('.venue')];
  for (const venue of venues) venue.hidden = !venue.dataset.names.includes(typed);
  const shown = venues.filter((venue) => !venue.hidden).length;
  const status = form.querySelector('[role="status"]');
  status.textContent = typed ? fill(status.dataset.found, { shown }) : status.dataset.all;
  document.querySelector('#none').hidden = shown > 0;
}

if (form) form.addEventListener('input', show);
