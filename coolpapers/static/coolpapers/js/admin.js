// The admin: only the chosen source's fields are shown, and a run's page follows the run. Both work without this, too.

const EVERY = 1000;  // milliseconds between two looks at a run

/** Show the fields of the chosen source alone. */
function followSource(chosen) {
  const show = () => {
    for (const part of document.querySelectorAll('fieldset.source')) {
      part.hidden = !part.classList.contains(`source-${chosen.value}`);
    }
  };
  chosen.addEventListener('change', show);
  show();
}

/** Bring the run's part of the page up to date until the run is over. */
async function followRun(part) {
  try {
    const answer = await fetch(part.dataset.follow, { headers: { Accept: 'text/html' } });
    if (answer.ok && !answer.redirected) part.innerHTML = await answer.text();
  } catch {
    // the site is away for a moment: look again
  }
  if (part.querySelector('[data-over="yes"]')) return;
  setTimeout(followRun, EVERY, part);
}

document.addEventListener('DOMContentLoaded', () => {
  const chosen = document.querySelector('select#id_source');
  if (chosen) followSource(chosen);
  const part = document.querySelector('[data-follow]');
  if (part) setTimeout(followRun, EVERY, part);
});
