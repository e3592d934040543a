// Marks as values: what a reader thinks of papers, how it is written in the browser's storage and in a file, and which of
// two wins. Pure. A mark is { key, flags, at, title, words }: flags of s (starred), r (read) and x (not interested), ''
// where all were taken off (a tombstone, which keeps another device from bringing them back), and milliseconds since 1970.

export const FLAGS = 'srx';
export const MOST = { key: 300, title: 300, words: 300, preferred: 5000, marks: 200_000, bytes: 30_000_000 };
const FORMAT = 'coolpapers-reading';
const VERSION = 1;
const ADDRESS = 3500; // characters of a path: servers refuse lines of more than 4,094
const PAPERS = 1000; // papers of one address

// What no text has a use for; also what would end a field of a stored mark.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]/gu;

const cleaned = (text, most) => (typeof text === 'string' ? text.replace(CONTROL, ' ').trim().slice(0, most) : '');
const ordered = (flags) => [...FLAGS].filter((flag) => flags.includes(flag)).join('');

/** The mark that these values make, or null where they make none; a time that has not come is now. */
export function madeMark({ key, flags, at, title = '', words = '' }, now) {
  if (typeof key !== 'string' || !/^[^\s\u0000-\u001f\u007f-\u009f,]{1,300}$/u.test(key)) return null;
  if (typeof flags !== 'string' || !/^[srx]{0,3}$/.test(flags) || !Number.isSafeInteger(at) || at < 0) return null;
  return { key, flags: ordered(flags), at: Math.min(at, now), title: cleaned(title, MOST.title), words: cleaned(words, MOST.words) };
}

/** As it is stored: some 10 characters for what is only read. */
export function writeMark({ flags, at, title, words }) {
  const fields = [at.toString(36), flags, title, words];
  while (fields.at(-1) === '') fields.pop();
  return fields.join('\t');
}

export function readMark(key, text, now) {
  const [at, flags = '', title = '', words = ''] = text.split('\t');
  return madeMark({ key, flags, at: /^[0-9a-z]{1,10}$/.test(at) ? parseInt(at, 36) : NaN, title, words }, now);
}

/** The later of two marks of one paper; of one instant the one with more flags, on every device the same. */
export function later(one, other) {
  if (!one || !other) return one ?? other;
  if (one.at !== other.at) return one.at > other.at ? one : other;
  return one.flags.length > other.flags.length || (one.flags.length === other.flags.length && one.flags >= other.flags)
    ? one : other;
}

/** A mark with one flag set or taken off. Not interested means looked at; what is starred is of interest. */
export function turned(mark, flag, on, now) {
  const flags = new Set(mark?.flags ?? '');
  if (on) flags.add(flag);
  else flags.delete(flag);
  if (on && flag === 'x') flags.add('r').delete('s');
  if (on && flag === 's') flags.delete('x');
  return { ...mark, flags: ordered([...flags].join('')), at: Math.max(now, (mark?.at ?? 0) + 1) };
}

// --- Files ---
export class BadFile extends Error {} // its message is one of: big, json, foreign, version, many

export function writeFile(marks, words, now) {
  const rows = marks.map(({ key, flags, at, title, words: told }) => [key, flags, at, title, told]);
  return JSON.stringify({ format: FORMAT, version: VERSION, written: new Date(now).toISOString(), words, marks: rows });
}

/** { marks, words, refused } of a file's text; rows that make no mark are counted, and nothing else of the file is used. */
export function readFile(text, now) {
  if (text.length > MOST.bytes) throw new BadFile('big');
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    throw new BadFile('json');
  }
  if (data?.format !== FORMAT || !Array.isArray(data.marks)) throw new BadFile('foreign');
  if (data.version !== VERSION) throw new BadFile('version');
  if (data.marks.length > MOST.marks) throw new BadFile('many');
  const marks = new Map();
  let refused = 0;
  for (const row of data.marks) {
    const [key, flags, at, title, words] = Array.isArray(row) ? row : [];
    const mark = madeMark({ key, flags, at, title, words }, now);
    if (mark) marks.set(mark.key, later(marks.get(mark.key), mark));
    else refused += 1;
  }
  return { marks: [...marks.values()], words: preferred(data.words), refused };
}

/** Preference words as they are kept: one a line, each once. */
export function preferred(text) {
  if (typeof text !== 'string') return '';
  const lines = text.slice(0, MOST.preferred).split(/[\n,]/u).map((line) => cleaned(line, 50)).filter(Boolean);
  return [...new Set(lines)].slice(0, 100).join('\n');
}

// --- Addresses ---
/** Paths that list these papers: one where they fit, else several. Papers of one branch have its own address. */
export function shareLinks(keys) {
  const branches = new Set(keys.map(branchOf));
  const start = branches.size === 1 ? `/${[...branches][0]}/` : '/papers/';
  const links = [];
  let parts = [];
  let length = 0;
  for (const key of keys) {
    const part = encodeURIComponent(key).replace(/%(40|2F)/g, decodeURIComponent);
    if (parts.length && (parts.length === PAPERS || start.length + length + part.length > ADDRESS)) {
      links.push(start + parts.join(','));
      [parts, length] = [[], 0];
    }
    parts.push(part);
    length += part.length + 1;
  }
  return parts.length ? [...links, start + parts.join(',')] : links;
}

export const branchOf = (key) => (key.includes('@') ? 'venue' : 'arxiv');
export const pathOf = (key) => `/${branchOf(key)}/${encodeURIComponent(key).replace(/%(40|2F)/g, decodeURIComponent)}`;
