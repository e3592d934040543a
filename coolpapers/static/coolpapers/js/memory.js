// The reader's marks, words and choices in a storage like localStorage: one item a paper, so that two tabs never
// overwrite each other's marks, a page reads only the papers it shows, and an event names the paper that changed.
// docs/decisions/0023 says why not IndexedDB.

import { later, preferred, readMark, turned, writeMark } from './marks.js';

const MARK = 'mark:'; // + key
const DIRTY = 'sync:'; // + key: marked here since the last sync
const WORDS = 'words';

export class StorageFull extends Error {}

/** A storage that lasts as long as the page, where the browser gives none. */
export class PassingStorage extends Map {
  getItem(name) { return this.get(name) ?? null; }

  setItem(name, value) { this.set(name, String(value)); }

  removeItem(name) { this.delete(name); }

  names() { return [...this.keys()]; }
}

export class Memory {
  /** `lasting`: false where the browser keeps nothing. */
  constructor(storage, lasting, now = Date.now) {
    Object.assign(this, { storage, lasting, now, watchers: new Set() });
  }

  // --- Marks ---
  markOf(key) {
    const text = this.storage.getItem(MARK + key);
    return text === null ? null : readMark(key, text, this.now());
  }

  /** All marks that say something; with `gone` also those that were taken off. */
  all({ gone = false } = {}) {
    const marks = this.names(MARK).map((key) => this.markOf(key));
    return marks.filter((mark) => mark && (gone || mark.flags)).sort((one, other) => other.at - one.at);
  }

  /** Set or take off one flag; `about` tells title and words of a paper that had no mark. Returns the mark before. */
  turn(key, flag, on, about = {}) {
    const before = this.markOf(key);
    const known = { title: '', words: '', ...before, key };
    const told = { title: known.title || (about.title ?? ''), words: known.words || (about.words ?? '') };
    this.keep([turned({ flags: '', at: 0, ...known, ...told }, flag, on, this.now())]);
    return before;
  }

  /** Keep these marks as they are; a paper without flags forgets its title. Throws StorageFull, then none is kept. */
  keep(marks, { dirty = true } = {}) {
    const before = marks.map(({ key }) => [key, this.storage.getItem(MARK + key)]);
    try {
      for (const mark of marks) {
        const kept = mark.flags ? mark : { ...mark, title: '', words: '' };
        this.write(MARK + mark.key, writeMark(kept));
        if (dirty && this.choice('sync')) this.write(DIRTY + mark.key, '1');
      }
    } catch (error) {
      for (const [key, text] of before) this.put(key, text);
      throw error;
    }
    this.tell(marks.map(({ key }) => key));
  }

  put(key, text) {
    if (text === null) this.storage.removeItem(MARK + key);
    else this.storage.setItem(MARK + key, text);
  }

  /** Take in marks of a file or of another device: of each paper the later one. Returns the marks before, for `restore`. */
  merge(marks, options) {
    const won = marks.filter((mark) => {
      const mine = this.markOf(mark.key);
      return later(mine, mark) === mark && writeMark(mark) !== (mine && writeMark(mine));
    });
    const before = won.map(({ key }) => [key, this.markOf(key)]);
    this.keep(won, options);
    return before;
  }

  /** Undo: the marks as they were, made now, so that they win on other devices, too. */
  restore(before) {
    this.keep(before.map(([key, mark]) => ({
      title: '', words: '', flags: '', ...mark, key, at: Math.max(this.now(), (this.markOf(key)?.at ?? 0) + 1),
    })));
  }

  /** Take all marks and words off. Returns what `restore` and `setWords` need. */
  clear() {
    const marks = this.all();
    const words = this.words();
    this.restore(marks.map(({ key }) => [key, null]));
    this.setWords('');
    return { before: marks.map((mark) => [mark.key, mark]), words };
  }

  // --- What is to be sent to the account ---
  dirty() { return this.names(DIRTY); }

  clean(key) { this.storage.removeItem(DIRTY + key); }

  soil() { for (const { key } of this.all({ gone: true })) this.write(DIRTY + key, '1'); }

  // --- Words and choices ---
  words() { return this.storage.getItem(WORDS) ?? ''; }

  wordsAt() { return Number(this.choice('words-at') ?? 0); }

  setWords(text, at = this.now()) {
    this.write(WORDS, preferred(text));
    this.choose('words-at', String(at));
  }

  choice(name) { return this.storage.getItem(`choice:${name}`); }

  choose(name, value) {
    if (value === null) this.storage.removeItem(`choice:${name}`);
    else this.write(`choice:${name}`, value);
  }

  // --- Storage ---
  names(start) {
    const names = this.storage.names?.() ?? Object.keys(this.storage);
    return names.filter((name) => name.startsWith(start)).map((name) => name.slice(start.length));
  }

  /** Where it is full, titles of papers that are only read make room: their marks stay. */
  write(name, value) {
    try {
      this.storage.setItem(name, value);
    } catch {
      if (!this.makeRoom()) throw new StorageFull();
      try {
        this.storage.setItem(name, value);
      } catch {
        throw new StorageFull();
      }
    }
  }

  makeRoom() {
    const titled = this.all().filter((mark) => mark.flags === 'r' && (mark.title || mark.words));
    for (const mark of titled) this.storage.setItem(MARK + mark.key, writeMark({ ...mark, title: '', words: '' }));
    return titled.length > 0;
  }

  // --- Changes, here and in other tabs ---
  /** `watcher` is given the keys that changed, or null where it may be any. */
  watch(watcher) { this.watchers.add(watcher); }

  tell(keys) { for (const watcher of this.watchers) watcher(keys); }

  /** What a `storage` event says of another tab. */
  hear(name) {
    if (name === null || name === WORDS) this.tell(null);
    else if (name.startsWith(MARK)) this.tell([name.slice(MARK.length)]);
  }
}
