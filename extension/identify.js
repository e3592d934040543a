// Any identifier, address or free text → the papers it names, as paths on the site: the twin of coolpapers/identifiers.py
// and coolpapers/sites.py, over the same rules (sites.js). Pure and total: any string gives a path or null.

import * as sites from './sites.js';

const NOTHING = null;

// --- What Python's strings do ----------------------------------------------------------------------------------------
const compiled = new Map();

/** A pattern that has to match the whole text. */
function whole(source, flags = '') {
  const name = `${flags}/${source}`;
  if (!compiled.has(name)) compiled.set(name, new RegExp(`^(?:${source})$`, flags));
  return compiled.get(name);
}

const named = (name) => whole(sites.PATTERNS[name].source, sites.PATTERNS[name].flags);
const anywhere = (name) => new RegExp(sites.PATTERNS[name].source, `g${sites.PATTERNS[name].flags}`);
const codePoints = (text) => (text.length ? [...text] : []);
const isAscii = (text) => /^[\x00-\x7f]*$/.test(text);

/** What a function said of the last few texts: a page or a selection asks for the same hosts again and again. */
function remembered(find) {
  const held = new Map();
  return (text) => {
    if (!held.has(text)) {
      if (held.size > 200) held.clear();
      held.set(text, find(text));
    }
    return held.get(text);
  };
}

/** The first `count` characters, counted as Python does: a pair of surrogates is one. */
function firstOf(text, count) {
  if (text.length <= count) return text;
  return codePoints(text.slice(0, 2 * count)).slice(0, count).join('');
}

const isLonger = (text, count) => text.length > count && firstOf(text, count) !== text;

const SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*';
const STRIPPED = new RegExp(`^${SPACE}([^]*?)${SPACE}$`);
const strip = (text) => STRIPPED.exec(text)[1];

/** Percent-encoded, but for letters, digits, `_.-~` and `safe`. */
function quote(text, safe = '') {
  const encoded = encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return encoded.replace(/%[0-9A-F]{2}/g, (escape) => {
    const sign = String.fromCharCode(parseInt(escape.slice(1), 16));
    return safe.includes(sign) ? sign : escape;
  });
}

/** `{0}@{1}` filled with groups, and `{q}` with `q`. */
const filled = (form, groups, q = '') =>
  form.replace(/\{(q|[0-9])\}/g, (_, name) => (name === 'q' ? q : groups[Number(name)] ?? 'None'));

// --- Reading an address ----------------------------------------------------------------------------------------------
/** Percent escapes that are valid UTF-8 decoded; all others left as they are. */
function decode(text) {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}

/** What may not stand in an address percent-encoded; valid escapes and all else left as they are. */
const encodeRest = (text) =>
  text.replace(/%(?![0-9A-Fa-f]{2})|[\ud800-\udbff][\udc00-\udfff]|[^!-~]|["<>\\^`{|}]/g, (sign) => quote(sign));

class Address {
  constructor(scheme, host, port, rawPath, query) {
    Object.assign(this, { scheme, host, port, rawPath, query });
  }

  /** The undecoded path with `.` and `..` resolved, doubled slashes and the last one dropped. */
  get cleanPath() {
    const kept = [];
    for (const segment of this.rawPath.split('/')) {
      const plain = segment.toLowerCase().replaceAll('%2e', '.');
      if (plain === '..') kept.pop();
      else if (plain !== '' && plain !== '.') kept.push(segment);
    }
    return `/${kept.join('/')}`;
  }

  /** The decoded path, slashes tidied; empty for the root. */
  get path() {
    return decode(this.cleanPath).replace(/\/+/g, '/').replace(/\/$/, '');
  }

  /** The first non-empty value of a parameter, decoded but for plus signs; else empty. */
  param(name) {
    for (const pair of this.query.split('&')) {
      const at = pair.indexOf('=');
      if (at >= 0 && at < pair.length - 1 && decode(pair.slice(0, at)) === name) return decode(pair.slice(at + 1));
    }
    return '';
  }
}

const SCHEMELESS = /^(?:\/\/|[a-z0-9][a-z0-9.-]*\.[a-z]{2,}(?::[0-9]+)?(?:\/|$|(?=\n$)))/i;
const CONTROLS = new RegExp('^[\\x00-\\x20]*([^]*?)[\\x00-\\x20]*$');

/** An http, https, ftp or browser extension's address as browsers read it, or null. The scheme may be missing. */
function parseAddress(given) {
  let text = firstOf(given, sites.MAX_URL + 1).replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (found) =>
    found.length === 2 ? found : '\ufffd');
  text = CONTROLS.exec(text.replace(/[\t\r\n]/g, ''))[1];
  if (!text || isLonger(text, sites.MAX_URL)) return NOTHING;
  if (SCHEMELESS.test(text)) text = `https://${text.replace(/^\/+/, '')}`;
  const match = named('ADDRESS').exec(text);
  if (!match) return NOTHING;
  const scheme = match[1].toLowerCase();
  const parts = named('AUTHORITY').exec(match[2].replaceAll('\\', '/').replace(/^\/+/, ''));
  if (!parts || !(sites.WEB_SCHEMES.includes(scheme) || named('EXTENSION_SCHEME').test(scheme))) return NOTHING;
  if (isLonger(parts[1], sites.MAX_HOST) || Number(parts[2] || 0) > 65535) return NOTHING;
  const host = decode(parts[1]).normalize('NFKC').toLowerCase().replace(/\.$/, '').replace(/^www\./, '');
  const port = ['http:80', 'https:443'].includes(`${scheme}:${parts[2] ?? ''}`) ? '' : parts[2] || '';
  return new Address(scheme, host, port, parts[3] || '/', match[3] || '');
}

const isOn = (hosts, host) => {
  const at = host.indexOf('.');
  return hosts.includes(host) || hosts.includes(`*.${at < 0 ? '' : host.slice(at + 1)}`);
};

/** The web address inside at most three wrappers; a wrapper that holds none stands for itself. */
function unwrap(text) {
  let address = parseAddress(text);
  for (let layer = 0; layer < sites.MAX_LAYERS; layer += 1) {
    const inner = address ? inside(address) : NOTHING;
    if (inner === NOTHING) break;
    address = parseAddress(inner);
  }
  return address && sites.WEB_SCHEMES.includes(address.scheme) ? address : NOTHING;
}

/** The text of the wrapped address, or null where nothing is wrapped. */
function inside(address) {
  if (named('EXTENSION_SCHEME').test(address.scheme)) {
    return address.param('file') || fromScheme(`${address.rawPath}?${address.query}`);
  }
  if (address.host.endsWith('.translate.goog')) return untranslated(address);
  for (const wrapper of wrappersOn(address.host)) {
    const match = whole(wrapper.path, 'i').exec(address.rawPath);
    if (!match) continue;
    if (!wrapper.params.length) {
      const rest = match[1] + (address.query ? `?${address.query}` : '');
      return /^https?%3A/i.test(rest) ? decode(rest) : rest;
    }
    for (const name of wrapper.params) {
      const found = absolute(address.param(name), wrapper.base64);
      if (found !== NOTHING) return found;
    }
    return NOTHING;
  }
  return NOTHING;
}

const wrappersOn = remembered((host) => sites.WRAPPERS.filter((wrapper) => whole(wrapper.hosts).test(host)));

/** A parameter's value where it is an absolute address; Bing writes `a1` and the address in base64url. */
function absolute(given, inBase64) {
  let value = given;
  if (inBase64) {
    const digits = value.replace(/^a1/, '').replace(/=+$/, '');
    if (!value.startsWith('a1') || !/^[A-Za-z0-9_-]+$/.test(digits) || digits.length % 4 === 1) return NOTHING;
    const bytes = Uint8Array.from(atob(digits.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0));
    value = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  }
  return /^ *(?:(?:https?|ftp):\/|\/\/|[a-z-]*extension:)/i.test(value) ? value : NOTHING;
}

/** What follows from the first `http://` or `https://` on, which may be percent-encoded. */
function fromScheme(text) {
  const match = /https?(:|%3A)(?:\/|%2F){1,2}[^]*/i.exec(text);
  if (!match) return NOTHING;
  return match[1] === ':' ? match[0] : decode(match[0].split('&', 1)[0]);
}

/** Google's translating proxy writes `-` for a dot and `--` for a hyphen, and adds parameters named `_x_tr_…`. */
function untranslated(address) {
  const label = address.host.slice(0, -'.translate.goog'.length);
  const host = label.split('--').map((part) => part.replaceAll('-', '.')).join('-');
  const query = address.query.split('&').filter((pair) => !pair.startsWith('_x_tr_')).join('&');
  return `https://${host}${address.rawPath}${query ? `?${query}` : ''}`;
}

// --- One identifier --------------------------------------------------------------------------------------------------
/** One whole identifier of arXiv in canonical form, or null. */
function parseArxivId(given, today, prefixed = false) {
  if (isLonger(given, sites.MAX_ID)) return NOTHING;
  let text = given.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  let vouched = prefixed;
  if (text.slice(0, 6).toLowerCase() === 'arxiv:') {
    text = text.slice(6);
    vouched = true;
  }
  const bare = text.replace(/(?:\.pdf|\.ps\.gz|\.ps|\.html)(?=\n?$)/i, '');
  const number = named('NEW_ID').exec(bare);
  if (number) return newId(number, today, vouched);
  const old = named('OLD_ID').exec(bare);
  return old ? oldId(old) : NOTHING;
}

function newId([, year, month, digits], today, prefixed) {
  const months = Number(year) * 12 + Number(month);
  const inRange = months >= 7 * 12 + 4 && months <= (today.getFullYear() - 2000) * 12 + today.getMonth() + 2;
  const number = Number(digits);
  const width = Number(year) < 15 ? 4 : 5;
  const fits = width === 4 ? number > 0 && number < 10 ** 4 : number > 0;
  if (!inRange || !fits || (digits.length === 6 && !prefixed)) return NOTHING;
  return `${year}${month}.${String(number).padStart(width, '0')}`;
}

function oldId([, given, year, month, number]) {
  const archive = given.toLowerCase();
  const months = (Number(year) + (Number(year) >= 91 ? 1900 : 2000)) * 12 + Number(month);
  const inRange = months >= 1991 * 12 + 7 && months <= 2007 * 12 + 3;
  if (!inRange || number === '000' || !whole(sites.OLD_ARCHIVE).test(archive)) return NOTHING;
  return `${archive}/${year}${month}${number}`;
}

const SOURCES = new Map(Object.keys(sites.KEY_FORMS).map((name) => [name.toLowerCase(), name]));
const NAMES = new Map(sites.NAMES.map((name) => [name.toLowerCase(), name]));

/** One key of a venue's paper in canonical form, as used in `/venue/<key>`, or null. */
function parseVenueKey(text) {
  if (isLonger(text, sites.MAX_KEY)) return NOTHING;
  const at = text.lastIndexOf('@');
  let local = at < 0 ? '' : text.slice(0, at);
  let source = text.slice(at + 1);
  const edition = named('EDITION').exec(source);
  if (edition) {
    const venue = NAMES.get(edition[1].toLowerCase()) ?? edition[1];
    return formed(sites.FALLBACK_ID, local) === NOTHING ? NOTHING : `${local}@${venue}.${edition[2]}`;
  }
  if (named('ISCA_EDITION').test(source.toLowerCase())) [local, source] = [text, 'ISCA'];
  const name = SOURCES.get(source.toLowerCase()) ?? '';
  for (const form of sites.KEY_FORMS[name] ?? []) {
    const found = formed(form, local);
    if (found !== NOTHING) return `${found}@${name}`;
  }
  return NOTHING;
}

/** `local` in the canonical spelling of this form. */
function formed(form, local) {
  if (form.case && !isAscii(local)) return NOTHING;
  const cased = form.case === 'lower' ? local.toLowerCase() : form.case === 'upper' ? local.toUpperCase() : local;
  const match = whole(form.pattern).exec(cased);
  if (!match) return NOTHING;
  const found = form.key ? filled(form.key, match.slice(1)) : cased;
  if (!form.named) return found;
  const at = found.indexOf('@');
  if (at < 0) return found;
  const name = found.slice(at + 1);
  return `${found.slice(0, at)}@${NAMES.get(name.toLowerCase()) ?? name}`;
}

// --- One address -----------------------------------------------------------------------------------------------------
/** The path of a target, percent-encoded but for the `@`, `,` and `/` of keys. */
function pathOf(target) {
  if (!target) return NOTHING;
  if (target.kind === 'path') return target.keys[0];
  if (target.kind === 'doi') return `/search?query=${quote(target.keys[0])}`;
  return `/${target.kind}/${quote(target.keys.join(','), '@,/')}`;
}

/** The papers of these, each once; null unless all are valid. */
function targetOf(kind, given, parse) {
  const keys = given.map(parse);
  return keys.includes(NOTHING) ? NOTHING : { kind, keys: [...new Set(keys)] };
}

const arxivTarget = (ids, today) => targetOf('arxiv', ids, (id) => parseArxivId(id, today, true));
const venueTarget = (keys) => targetOf('venue', keys, parseVenueKey);

const RULES = [
  ...sites.ARXIV_RULES.map((rule) => [rule, arxivTarget]),
  ...sites.VENUE_RULES.map((rule) => [rule, venueTarget]),
];
const rulesOf = remembered((host) => RULES.filter(([rule]) => isOn(rule.hosts, host)));

/** What an address leads to: unwrapped, then judged by the rules of its host, then as a DOI. */
export function identifyUrl(url, today = new Date(), base = NOTHING) {
  const address = unwrap(url);
  if (!address) return NOTHING;
  const own = onThisSite(address, base);
  if (own) return identifyOwn(own, today);
  const { host, path } = address;
  if (sites.DOI_HOSTS.includes(host)) return identifyDoi(decode(address.rawPath).replace(/^\/+|\/+$/g, ''), today);
  for (const [rule, identify] of rulesOf(host)) {
    const match = whole(rule.path, 'i').exec(path);
    if (match) {
      const asked = rule.query.map((name) => address.param(name)).find(Boolean) ?? '';
      return identify([filled(rule.key, match.slice(1), asked)], today);
    }
  }
  return NOTHING;
}

/** A DOI → the paper it names where it tells by itself, else the DOI to search for; null where it is no DOI. */
function identifyDoi(doi, today) {
  if (!whole(sites.DOI).test(doi)) return NOTHING;
  const arxiv = whole(sites.DOI_ARXIV, 'i').exec(doi);
  if (arxiv) return arxivTarget([arxiv[1]], today);
  for (const [pattern, key] of sites.DOI_RULES) {
    const match = whole(pattern, 'i').exec(doi);
    const target = match ? venueTarget([filled(key, match.slice(1))]) : NOTHING;
    if (target) return target;
  }
  return { kind: 'doi', keys: [doi] };
}

/** The address with its path as seen from the site's root, if it is one of papers.cool or below `base`. */
function onThisSite(address, base) {
  if (address.host === sites.OWN_HOST) return address;
  const own = base ? parseAddress(base) : NOTHING;
  if (!own || own.host !== address.host || own.port !== address.port) return NOTHING;
  const root = own.cleanPath.replace(/\/+$/, '');
  const path = address.cleanPath;
  const below = path.startsWith(root) ? path.slice(root.length) : path;
  if (!below.startsWith('/') || !path.startsWith(own.cleanPath)) return NOTHING;
  return new Address(address.scheme, address.host, address.port, below, address.query);
}

/** Papers in canonical form; other pages of the two branches as they are, path and query. */
function identifyOwn(address, today) {
  const [, branch, rest] = /^[^]?([^/]*)(?:\/([^]*))?$/.exec(address.path) ?? [];
  if (!['arxiv', 'venue'].includes(branch) || !rest) return NOTHING;
  const identify = branch === 'arxiv' ? (ids) => arxivTarget(ids, today) : venueTarget;
  if (rest === 'kimi') return identify([address.param('paper')]);
  const target = identify(rest.split(','));
  if (target) return target;
  if (/[\x00-\x1f\x7f\\]|(?:^|\/)\.\.?(?:\/|$)/.test(rest)) return NOTHING;
  const kept = encodeRest(address.cleanPath);
  return { kind: 'path', keys: [address.query ? `${kept}?${encodeRest(address.query)}` : kept] };
}

// --- Free text -------------------------------------------------------------------------------------------------------
/** The papers that a text names, at most 50, the surest evidence first. */
export function identifyText(given, today = new Date(), base = NOTHING) {
  let text = readable(given);
  if (text.includes('@')) {
    const keys = venueTarget(text.split(',').map(strip));
    if (keys) return joined([keys]);
  }
  const alone = named('OLD_ACL_ALONE').exec(text);
  const found = [];
  text = takeAddresses('URL_IN_TEXT', text, found, (url) => identifyUrl(url, today, base));
  text = takeAddresses('BARE_IN_TEXT', text, found, (url) => identifyUrl(`https://${url}`, today, base));
  text = takeAddresses('DOI_IN_TEXT', text, found, (doi) => identifyDoi(doi, today));
  for (const [, prefix, number] of text.matchAll(anywhere('ARXIV_IN_TEXT'))) {
    const id = parseArxivId(number, today, Boolean(prefix));
    if (id && (prefix || number.includes('/') || id === number)) found.push({ kind: 'arxiv', keys: [id] });
  }
  const items = alone ? [alone[1]] : [...text.matchAll(anywhere('ACL_IN_TEXT'))].map((match) => match[1]);
  for (const item of items) {
    const target = venueTarget([`${item}@ACL`]);
    if (target) found.push(target);
  }
  return joined(found);
}

/** At most 5,000 characters in compatibility form; a word torn by the cut is left out rather than misread. */
function readable(given) {
  const spaced = cut(given).replace(anywhere('FULL_WIDTH'), (mark) => ` ${String.fromCharCode(mark.charCodeAt(0) - 0xfee0)} `);
  const signs = codePoints(spaced);
  let text = '';
  for (let at = 0; at < signs.length; at += 500) text += signs.slice(at, at + 500).join('').normalize('NFKC');
  return cut(text.replace(anywhere('INVISIBLE'), '').replace(anywhere('HYPHENS'), '-'));
}

function cut(text) {
  if (!isLonger(text, sites.MAX_TEXT)) return text;
  const part = firstOf(text, sites.MAX_TEXT);
  let end = part.length;
  while (end && sites.WORD.includes(part[end - 1])) end -= 1;
  return part.slice(0, end);
}

/** The text without what the pattern finds; what it leads to is added to `found`. */
function takeAddresses(name, text, found, identify) {
  const alone = named(name);
  return text.replace(anywhere(name), (all, host) => {
    if (typeof host === 'string' && named('CATEGORY').test(host)) return all;
    const address = withoutClosing(all);
    const target = identify(address);
    if (target) {
      found.push(target);
      return ' ';
    }
    const parts = address.split(/[,;()]+/);
    const targets = parts.length > 1 ? parts.map((part) => (alone.test(part) ? identify(part) : NOTHING)) : [NOTHING];
    found.push(...targets.filter(Boolean));
    if (!targets[0]) return ' ';
    return ` ${parts.filter((_, place) => !targets[place]).join(' ')} `;
  });
}

/** The address without the sentence's punctuation at its end and without brackets that it did not open. */
function withoutClosing(address) {
  let surplus = address.split(')').length - address.split('(').length;
  let end = address.length;
  while (end && (".,;:!?'*".includes(address[end - 1]) || (address[end - 1] === ')' && surplus > 0))) {
    end -= 1;
    if (address[end] === ')') surplus -= 1;
  }
  return address.slice(0, end);
}

/** One page of all papers of the kind that was found first, each once; without papers the first of the rest. */
function joined(found) {
  const papers = found.filter((target) => ['arxiv', 'venue'].includes(target.kind));
  if (!papers.length) return found[0] ?? NOTHING;
  const { kind } = papers[0];
  const keys = new Set(papers.filter((target) => target.kind === kind).flatMap((target) => target.keys));
  return { kind, keys: [...keys].slice(0, sites.MAX_PAPERS) };
}

// --- What others call ------------------------------------------------------------------------------------------------
/** Any address → a path on the site, or null where it is no paper (nor a list page of papers.cool). */
export const resolveUrl = (url, today, base) => pathOf(identifyUrl(url, today, base));

/** Free text, such as a selection → a path on the site, or null where it names no paper. */
export const resolveText = (text, today, base) => pathOf(identifyText(text, today, base));
