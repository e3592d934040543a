// Titles for what is typed in the address bar, from the site's /search/suggest: only where that was allowed, and only when
// somebody stops typing for a moment.

import { addressOf } from './choose.js';

const PAUSE = 150;  // milliseconds
const SHORTEST = 3;  // characters
let newest = 0;

const inMarkup = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** Chrome reads a suggestion as markup, Firefox as text. */
export function suggestionsOf([, titles, about, urls], markup) {
  const written = markup ? inMarkup : (text) => text;
  return urls.map((url, place) => ({
    content: url,
    description: written([titles[place], about[place]].filter(Boolean).join(' · ')),
  }));
}

export async function suggestFor(text, server) {
  const own = ++newest;
  const asked = text.trim();
  if (asked.length < SHORTEST) return [];
  await new Promise((done) => { setTimeout(done, PAUSE); });
  if (own !== newest) return [];
  try {
    const answer = await fetch(addressOf(server, `/search/suggest?query=${encodeURIComponent(asked)}`), { credentials: 'omit' });
    const found = answer.ok ? await answer.json() : [asked, [], [], []];
    return own === newest ? suggestionsOf(found, chrome.runtime.getURL('').startsWith('chrome')) : [];
  } catch {
    return [];  // the site can't be reached: what is typed can still be opened
  }
}
