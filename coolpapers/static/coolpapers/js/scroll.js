// The list goes on as one scrolls: the next page is fetched by its link and its papers are added. Without this, and
// from LIMIT papers on, the links of the pager lead on.

import { fill, gettext } from './said.js';

const LIMIT = 1000; // papers on one page, as the server has it
const PART = 25; // papers of a page whose address does not say
const MOST = { usual: 50, filtering: 100 }; // papers fetched at once
// How far below the view the pager is when the next part is fetched: the room that the list keeps for it, 150 % (css), and
// a page or two of papers.
const AHEAD = '350% 0px';
const papers = document.querySelector('.papers');
const pager = document.querySelector('#pager');
const told = document.querySelector('#told');
const items = document.querySelector('#app-bar .items');

const nextLink = () => pager.querySelector('a[rel="next"]');
const shown = () => papers.querySelectorAll(':scope > .paper').length;
let busy = false;

/** The address of the next part: as the link has it, but no more than is fetched at once. */
function nextPart() {
  const url = new URL(nextLink().href);
  const most = papers.hasAttribute('data-filtering') ? MOST.filtering : MOST.usual;
  const asked = Number(url.searchParams.get('show') ?? PART);
  const wanted = papers.hasAttribute('data-filtering') ? most : Math.min(asked, most);
  url.searchParams.set('show', Math.min(wanted, LIMIT - shown()));
  const language = new URLSearchParams(location.search).get('lang');
  if (language) url.searchParams.set('lang', language); // what is added is written as what is there
  return url;
}

async function load() {
  if (busy || !nextLink() || shown() >= LIMIT) return;
  busy = true;
  papers.ariaBusy = 'true';
  papers.setAttribute('data-more', '');
  try {
    const answer = await fetch(nextPart(), { headers: { Accept: 'text/html' } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    add(new DOMParser().parseFromString(await answer.text(), 'text/html'));
    busy = false;
    observer.unobserve(pager); // observed anew it is looked at again, and may still be in sight
    observer.observe(pager);
  } catch {
    fail();
  }
  papers.ariaBusy = 'false';
}

function add(page) {
  const cards = [];
  const rest = document.createDocumentFragment();
  let twice = false; // a list that grew meanwhile shows a paper again
  for (const node of page.querySelectorAll('.papers > *')) {
    const isCard = node.matches('.paper');
    if (isCard) twice = document.getElementById(node.id) !== null;
    if (twice) continue;
    rest.append(document.adoptNode(node));
    if (isCard) cards.push(node);
  }
  papers.append(rest);
  const known = new Set(cards.map((card) => `#${card.id}`));
  for (const item of page.querySelectorAll('#app-bar .items p')) {
    if (known.has(item.firstElementChild.getAttribute('href'))) items.append(document.adoptNode(item));
  }
  goOn(page);
  papers.dispatchEvent(new CustomEvent('cards:added', { bubbles: true, detail: cards }));
}

/** The pager, the live region and the address say what is shown now. */
function goOn(page) {
  const next = page.querySelector('#pager a[rel="next"]');
  if (next) nextLink().replaceWith(document.adoptNode(next));
  else {
    nextLink().remove();
    pager.querySelector('.all')?.remove();
  }
  papers.toggleAttribute('data-more', Boolean(next) && shown() < LIMIT);
  const [range, newer] = [pager.querySelector('.range'), page.querySelector('#pager .range')];
  Object.assign(range.dataset, { ...newer?.dataset, first: range.dataset.first });
  range.textContent = fill(gettext('{first}–{last} of {total}'), range.dataset);
  told.textContent = fill(told.dataset.shown, { shown: String(shown()), total: range.dataset.total });
  const here = new URL(location.href);
  here.searchParams.set('show', shown());
  history.replaceState(history.state, '', here);
}

function fail() {
  const again = document.createElement('button');
  again.type = 'button';
  again.textContent = told.dataset.again;
  again.addEventListener('click', () => {
    told.classList.remove('failed');
    told.textContent = '';
    busy = false;
    load();
  });
  papers.removeAttribute('data-more');
  told.classList.add('failed');
  told.replaceChildren(`${told.dataset.failed} `, again);
}

const observer = new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting)) load();
}, { rootMargin: AHEAD });
if (pager) {
  papers.role = 'feed';
  papers.toggleAttribute('data-more', nextLink() !== null && shown() < LIMIT);
  observer.observe(pager);
}
