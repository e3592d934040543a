// The index of venues while somebody types a name: what does not have it in a name is hidden, as the server does.

const form = document.querySelector('form.filter');

function show() {
  const typed = form.elements.name.value.trim().toLowerCase();
  const venues = [...document.querySelectorAll('.venue')];
  for (const venue of venues) venue.hidden = !venue.dataset.names.includes(typed);
  const shown = venues.filter((venue) => !venue.hidden).length;
  const status = form.querySelector('[role="status"]');
  status.textContent = typed ? status.dataset.found.replace('{shown}', shown) : status.dataset.all;
  document.querySelector('#none').hidden = shown > 0;
}

if (form) form.addEventListener('input', show);
