// Changes to the memory with their words and their way back; a storage that is full or blocked is told, and nothing breaks.

import { branchOf } from './marks.js';
import { memory } from './shelf.js';
import { StorageFull } from './memory.js';
import { gettext, sentences } from './said.js';
import { say } from './notice.js';

const SAID = {
  s: [gettext('Starred.'), gettext('Not starred any more.')],
  r: [gettext('Read.'), gettext('Not read.')],
  x: [gettext('Not interested: folded away.'), gettext('Of interest again.')],
};

/** Do what may fill the storage; false, and told, where it did. */
export function tried(change) {
  try {
    change();
    return true;
  } catch (error) {
    if (!(error instanceof StorageFull)) throw error;
    say(gettext('The browser\'s storage for this site is full: this is not kept. Export your papers on My papers, then clear what you do not need.'));
    return false;
  }
}

/** Set or take off a mark, say it, and offer to take it back. */
export function mark(key, flag, on, about, after = () => {}) {
  let before = null;
  if (!tried(() => { before = memory.turn(key, flag, on, about); })) return false;
  const starredBefore = before?.flags.includes('s') ?? false;
  const starredNow = memory.markOf(key).flags.includes('s');
  if (starredBefore !== starredNow) report(key, starredNow);
  say(words(flag, on), () => {
    if (tried(() => memory.restore([[key, before]])) && starredBefore !== starredNow) report(key, starredBefore);
    after();
  });
  return true;
}

function words(flag, on) {
  const said = SAID[flag][on ? 0 : 1];
  if (!memory.lasting) return sentences(said, gettext('This browser keeps nothing for this site: it is forgotten when this page is closed.'));
  if (flag !== 's' || !on || memory.choice('count') || memory.choice('told')) return said;
  memory.choose('told', '1');
  return sentences(said, gettext('Others see the number of stars, without your name; My papers has a switch against it.'));
}

/** Count the star for others, or take it back, unless the reader wants none counted; away from the net it is not. */
export async function report(key, starred) {
  if (memory.choice('count') === 'no') return;
  const query = new URLSearchParams({ key: starred ? 'star' : 'unstar', paper: key });
  try {
    const answer = await fetch(`/${branchOf(key)}/star?${query}`, { method: 'POST', keepalive: true });
    if (!answer.ok) return;
    const { stars } = await answer.json();
    document.dispatchEvent(new CustomEvent('stars:counted', { detail: { key, stars } }));
  } catch {
    // the star is on this device all the same
  }
}
