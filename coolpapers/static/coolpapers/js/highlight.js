// Marks words in the papers that are in view, without touching the page's elements (CSS Custom Highlight).

import { spans } from './match.js';
import { inView } from './view.js';

const can = Boolean(globalThis.CSS?.highlights && globalThis.Highlight);
const BEYOND = 300; // pixels below the view in which words are marked, too
const MOST = 2000; // marks: a single letter is everywhere
let terms = [];
let selectors = [];
let waiting = false;

/** Mark these folded terms in the parts of papers that the selectors name; no terms, no marks. */
export function highlight(wanted, parts) {
  if (!can) return;
  [terms, selectors] = [wanted, parts];
  paintSoon();
}

function paintSoon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => setTimeout(() => { // when what was typed is drawn
    waiting = false;
    paint();
  }));
}

function paint() {
  const ranges = terms.length ? inView(BEYOND).flatMap((card) => rangesIn(card)).slice(0, MOST) : [];
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

addEventListener('scroll', () => terms.length && paintSoon(), { passive: true });
