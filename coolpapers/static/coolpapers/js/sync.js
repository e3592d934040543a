// Sync with the account of a reader who signed in and chose it: what was marked here goes there, what was marked elsewhere
// comes here, of each paper the later one. Begun by My papers; then at most once in EVERY, as pages are opened.

import { MOST, madeMark, preferred } from './marks.js';
import { memory } from './shelf.js';

const EVERY = 5 * 60_000; // milliseconds
const PART = 1000; // marks sent at once

export async function account() {
  const answer = await fetch('/reading/account', { headers: { Accept: 'application/json' } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

const isSame = (one, other) => one.key === other?.key && one.at === other.at && one.flags === other.flags;

/** Send and take in until there is nothing left; throws where the account can't be reached, and loses nothing then. */
export async function synchronize({ user, token }) {
  if (memory.choice('sync') !== String(user)) { // another account, or the first time: all that is here goes there
    memory.choose('sync', String(user));
    memory.choose('sync-since', '0');
    memory.soil();
  }
  let more = true;
  while (more) {
    const sent = memory.dirty().slice(0, PART).map((key) => memory.markOf(key)).filter(Boolean);
    const since = Number(memory.choice('sync-since') ?? 0);
    const answer = await fetch('/reading/sync', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-CSRFToken': token },
      body: JSON.stringify({
        since, words: memory.words(), words_at: memory.wordsAt(),
        marks: sent.map(({ key, flags, at, title, words }) => [key, flags, at, title, words]),
      }),
    });
    if (!answer.ok) throw new Error(`${answer.status}`);
    more = take(await answer.json(), sent) || memory.dirty().length > 0;
  }
  memory.choose('synced', String(Date.now()));
}

/** Take in the answer; true where the account has more. */
function take({ marks, changes, words, words_at: wordsAt, more }, sent) {
  const now = Date.now();
  const made = marks.map(([key, flags, at, title, told]) => madeMark({ key, flags, at, title, words: told }, now)).filter(Boolean);
  memory.merge(made, { dirty: false });
  for (const mark of sent) if (isSame(mark, memory.markOf(mark.key)) || made.some((one) => isSame(one, memory.markOf(mark.key)))) memory.clean(mark.key);
  if (wordsAt > memory.wordsAt()) {
    memory.setWords(preferred(words.slice(0, MOST.preferred)), wordsAt);
    memory.tell(null);
  }
  memory.choose('sync-since', String(changes));
  return more;
}

export const isDue = () => memory.choice('sync') !== null && Date.now() - Number(memory.choice('synced') ?? 0) > EVERY;

/** On pages: quietly, and not again and again where it fails. */
export async function syncWhenDue() {
  if (!isDue()) return;
  memory.choose('synced', String(Date.now()));
  try {
    const told = await account();
    if (told.user !== null && String(told.user) === memory.choice('sync')) await synchronize(told);
  } catch {
    // the next page tries again
  }
}


if (!document.querySelector('#account')) syncWhenDue(); // My papers does it by itself
