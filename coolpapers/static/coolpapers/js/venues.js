// The index of venues while somebody types a name: what does not have it in a name is hidden, as the server does.

import { fill, ngettext } from './said.js';

const form = document.querySelector('form.filter');

function show() {
  const typed = form.elements.name.value.trim().toLowerCase();
  const venues = [...document.querySelectorAll('.venue')];
  for (const venue of venues) venue.hidden = !venue.dataset.names.includes(typed);
  const shown = venues.filter((venue) => !venue.hidden).length;
  const count = venues.length;
  const words = typed
    ? ngettext('{shown} of {count} venue', '{shown} of {count} venues', count)
    : ngettext('{count} venue', '{count} venues', count);
  form.querySelector('[role="status"]').textContent = fill(words, { shown, count });
  document.querySelector('#none').hidden = shown > 0;
}

if (form) form.addEventListener('input', show);
