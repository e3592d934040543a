// Marks words in the papers that are near the view, without touching the page's elements (CSS Custom Highlight).

import { spans } from './match.js';

const can = Boolean(globalThis.CSS?.highlights && globalThis.Highlight);
const near = new Set();
let terms = [];
let selectors = [];
let waiting = false;

const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) near[isIntersecting ? 'add' : 'delete'](target);
  paintSoon();
}, { rootMargin: '300px' });
const observed = new WeakSet();

/** Mark these folded terms in the parts of the cards that the selectors name; no terms, no marks. */
export function highlight(cards, wanted, parts) {
  if (!can) return;
  [terms, selectors] = [wanted, parts];
  if (terms.length) {
    for (const card of cards) {
      if (observed.has(card)) continue;
      observed.add(card);
      observer.observe(card);
    }
  }
  paintSoon();
}

function paintSoon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    paint();
  });
}

function paint() {
  const ranges = terms.length ? [...near].flatMap((card) => rangesIn(card)) : [];
  if (ranges.length) CSS.highlights.set('filter', new Highlight(...ranges));
  else CSS.highlights.delete('filter');
}

function rangesIn(card) {
  return selectors.flatMap((selector) => [...card.querySelectorAll(selector)]).flatMap((part) => rangesOf(part));
}

/** Ranges of the terms in an element, also where one goes over the edge of a text node. */
function rangesOf(part) {
  const nodes = [];
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  let text = '';
  while (walker.nextNode()) {
    nodes.push([walker.currentNode, text.length]);
    text += walker.currentNode.data;
  }
  const point = (place, end) => {
    const [node, start] = nodes.findLast(([, from]) => (end ? from < place : from <= place));
    return [node, place - start];
  };
  return spans(text, terms).map(([from, to]) => {
    const range = new Range();
    range.setStart(...point(from, false));
    range.setEnd(...point(to, true));
    return range;
  });
}
