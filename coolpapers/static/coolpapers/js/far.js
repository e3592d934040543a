// A paper that was in view and is far from it again gives back what it was drawn with: browsers keep that, and a list of
// 1,000 that was scrolled through takes 100 MB more. Its text and its height stay, as of papers that were never in view.

const KEPT = 50; // papers that were in view last: one scrolls back to them
const PART = 20; // papers at once
const papers = document.querySelector('.papers');
const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 200));
const far = new Set(); // in the order in which they left
let waiting = false;

function forgetSoon() {
  if (waiting || far.size <= KEPT) return;
  waiting = true;
  idle(forget);
}

/** Without boxes for a moment in which nothing is laid out or painted: the browser makes new ones when they are needed. */
function forget() {
  waiting = false;
  const part = [...far].slice(0, Math.min(PART, far.size - KEPT));
  for (const card of part) far.delete(card);
  const boxed = part.filter((card) => !card.matches('[hidden], [data-open], :focus-within'));
  for (const card of boxed) card.hidden = true;
  void getComputedStyle(papers).color;
  for (const card of boxed) card.hidden = false;
  forgetSoon();
}

papers.addEventListener('contentvisibilityautostatechange', ({ target, skipped }) => {
  far.delete(target);
  if (skipped) far.add(target);
  forgetSoon();
});
