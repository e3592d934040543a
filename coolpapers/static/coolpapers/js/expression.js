// Pure: the address of a list of categories with one more, or without one. As coolpapers/taxonomy.py spells expressions:
// `cs.AI+cs.LG-cs.CY`, both sides in alphabetical order, letters' case apart.

function sorted(codes) {
  const key = (code) => code.toLowerCase();
  return [...new Set(codes)].sort((one, other) => (key(one) < key(other) ? -1 : Number(key(one) > key(other))));
}

/** The path of the list, or null where it would be the same list, or hold nothing. */
export function combined(include, exclude, code, sign) {
  const others = (codes) => codes.filter((other) => other !== code);
  if (sign === '+') {
    if (include.includes(code) || !include.length) return null;
    return path([...include, code], others(exclude));
  }
  if (exclude.includes(code) || (include.length && !others(include).length)) return null;
  return path(others(include), [...exclude, code]);
}

function path(include, exclude) {
  return `/arxiv/${sorted(include).join('+')}${sorted(exclude).map((code) => `-${code}`).join('')}`;
}

/** What the address says beside its place in the list: the day, its kind, the order. */
export function kept(search) {
  const params = new URLSearchParams(search);
  for (const name of ['show', 'skip']) params.delete(name);
  const text = params.toString();
  return text && `?${text}`;
}
