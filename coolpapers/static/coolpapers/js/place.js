// Back and reload find the paper that was being read where it was. A browser keeps a distance in pixels, and the heights
// of papers that were never in view are only estimated: so the paper at the top of the view is kept in the history.

const PAUSE = 250; // milliseconds after the last scroll
const TRIES = 12; // frames in which heights may still change
let waiting = 0;

/** The first paper of the view, and how far its top is below the view's. */
function atTop() {
  for (let y = 60; y < innerHeight; y += 60) {
    const card = document.elementFromPoint(innerWidth / 2, y)?.closest('.paper');
    if (card) return { id: card.id, top: card.getBoundingClientRect().top };
  }
  return null;
}

function remember() {
  clearTimeout(waiting);
  const place = scrollY < 100 ? null : atTop();
  try {
    history.replaceState({ ...history.state, place }, '');
  } catch {
    // too many in a short time (Safari): the next one will do
  }
}

function restore(place, tries) {
  const card = document.getElementById(place.id);
  if (!card) return;
  const off = card.getBoundingClientRect().top - place.top;
  if (Math.abs(off) > 1) scrollBy({ top: off, behavior: 'instant' });
  if (tries) requestAnimationFrame(() => restore(place, tries - 1));
}

const [visit] = performance.getEntriesByType('navigation');
const place = history.state?.place;
if (place && ['back_forward', 'reload'].includes(visit?.type)) {
  history.scrollRestoration = 'manual';
  restore(place, TRIES);
}
addEventListener('scroll', () => {
  clearTimeout(waiting);
  waiting = setTimeout(remember, PAUSE);
}, { passive: true });
addEventListener('pagehide', remember);
document.addEventListener('click', (event) => event.target.closest?.('a') && remember(), { capture: true });
