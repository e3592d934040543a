// What a reader likes, told from the papers that are starred and from preference words, and how much a paper is like it.
// Pure, and worked out in the browser alone: no profile leaves it.

const TITLE = 3; // a word in a title says as much as this many in an abstract
const PREFERRED = 4; // a word that the reader wrote down, beside one of every starred paper
const PROFILE = 80; // words
const COMMON = new Set(
  'about above after again all also among and any approach are based been being between both but can case data does during each efficient effective existing first for framework from general given has have how however improve improved improving into its learning less like many may method methods model models more most much near need new non not novel number off one only other our out over paper papers perform performance problem problems propose proposed result results same several show shows simple since some state study such system systems task tasks than that the their them then there these they this three through time toward towards two under understanding use used using via was well were what when where which while who why will with within without work yet you your'
    .split(' '),
);

/** Words of a text that may tell something, in lower case. */
export function wordsOf(text) {
  const words = text.toLowerCase().match(/\p{L}[\p{L}\p{N}]*(?:-[\p{L}\p{N}]+)*/gu) ?? [];
  return words.filter((word) => word.length > 2 && word.length <= 40 && !COMMON.has(word));
}

/** [{ word, count, size }] of the words in most titles, in the order of the alphabet; sizes are 1 to 5. */
export function cloud(titles, most = 50) {
  const counts = new Map();
  for (const title of titles) for (const word of new Set(wordsOf(title))) counts.set(word, (counts.get(word) ?? 0) + 1);
  const top = [...counts].sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1)).slice(0, most);
  const [highest, lowest] = [top[0]?.[1] ?? 1, top.at(-1)?.[1] ?? 1];
  return top
    .map(([word, count]) => ({ word, count, size: 1 + Math.round((4 * (count - lowest)) / Math.max(highest - lowest, 1)) }))
    .sort((one, other) => (one.word < other.word ? -1 : 1));
}

/** Word → weight: 1 for a word of every starred paper, more for a preferred one; below 0 for one written as -word. */
export function profile(starred, preferred) {
  const counts = new Map();
  for (const { title, words } of starred) {
    for (const word of new Set(wordsOf(`${title} ${words}`))) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const top = [...counts].sort((one, other) => other[1] - one[1]).slice(0, PROFILE);
  const weights = new Map(top.map(([word, count]) => [word, count / starred.length]));
  for (const line of preferred.split('\n').map((text) => text.trim().toLowerCase()).filter(Boolean)) {
    if (line.startsWith('-') && line.length > 1) weights.set(line.slice(1), -PREFERRED);
    else weights.set(line, PREFERRED);
  }
  return weights;
}

const finders = new Map();

function has(text, word) {
  if (!text.includes(word)) return false;
  if (!finders.has(word)) finders.set(word, new RegExp(`(?<![\\p{L}\\p{N}])${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`, 'u'));
  return finders.get(word).test(text);
}

/** For each paper { title, abstract } what it is worth, and the words that say so, the weightiest first. A word that
 * most of these papers have tells little. */
export function scores(papers, weights) {
  const texts = papers.map(({ title, abstract }) => [title.toLowerCase(), abstract.toLowerCase()]);
  const found = papers.map(() => []);
  for (const [word, weight] of weights) {
    const hits = texts.map(([title, abstract]) => (has(title, word) ? TITLE : 0) + (has(abstract, word) ? 1 : 0));
    const holding = hits.filter(Boolean).length;
    const rare = Math.log(1 + papers.length / (1 + holding));
    hits.forEach((hit, place) => hit && found[place].push([word, hit * weight * rare]));
  }
  return found.map((words) => ({
    score: words.reduce((sum, [, worth]) => sum + worth, 0),
    words: words.sort((one, other) => Math.abs(other[1]) - Math.abs(one[1])).map(([word]) => word),
  }));
}

/** Places of the papers, the best first; what is worth the same keeps its order. */
export const ranked = (found) => found.map((_, place) => place).sort((a, b) => found[b].score - found[a].score || a - b);
