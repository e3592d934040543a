// Pure: which papers a reader's words find, and where the words stand. Letters' case and accents make no difference.

const SPELLED = { ø: 'o', ł: 'l', đ: 'd', ß: 'ss', æ: 'ae', œ: 'oe', ı: 'i', ð: 'd', þ: 'th', ħ: 'h' };
const ASCII = /^[\0-\x7f]*$/;
const MARKS = /[\u0300-\u036f]+/g;

/** Lower case without accents; mathematical letters as plain ones. */
export function fold(text) {
  if (ASCII.test(text)) return text.toLowerCase();
  const plain = text.normalize('NFKD').replace(MARKS, '').toLowerCase();
  return plain.replace(/[øłđßæœıðþħ]/g, (letter) => SPELLED[letter]);
}

/** One term a line, folded, each once. */
export function parseTerms(text) {
  const lines = text.split('\n').map((line) => fold(line).trim().replace(/\s+/g, ' '));
  return [...new Set(lines.filter(Boolean))];
}

export function isEmpty(filter) {
  return !filter.include.length && !filter.exclude.length;
}

/** Whether a paper, folded texts by field, is one of a filter's: {include, exclude, all, fields}. */
export function matches(paper, { include, exclude, all, fields }) {
  const has = (term) => fields.some((field) => paper[field].includes(term));
  if (exclude.some(has)) return false;
  if (!include.length) return true;
  return all ? include.every(has) : include.some(has);
}

/** [start, end) of every place in a text where one of the terms stands, in order and apart. */
export function spans(text, terms) {
  const { folded, starts, ends } = foldWithPlaces(text);
  const found = [];
  for (const term of terms) {
    for (let at = folded.indexOf(term); at >= 0; at = folded.indexOf(term, at + term.length)) {
      found.push([starts[at], ends[at + term.length - 1]]);
    }
  }
  return joined(found.sort((one, other) => one[0] - other[0]));
}

/** The folded text, and for each of its letters where the letter of the text starts and ends that it comes from. */
function foldWithPlaces(text) {
  let folded = '';
  const [starts, ends] = [[], []];
  let at = 0;
  for (const letter of text) {
    const plain = fold(letter);
    const end = at + letter.length;
    if (!plain && ends.length) ends[ends.length - 1] = end; // an accent of the letter before it
    for (let n = 0; n < plain.length; n += 1) {
      starts.push(at);
      ends.push(end);
    }
    folded += plain;
    at = end;
  }
  return { folded, starts, ends };
}

function joined(found) {
  const apart = [];
  for (const [start, end] of found) {
    const last = apart.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else apart.push([start, end]);
  }
  return apart;
}
