// What a click, a key or a typed text means: which page of the site to open, or why none. Pure.

import { identifyUrl, resolveText, resolveUrl } from './identify.js';

export const WORDS = 1000;  // characters of a text that are searched for

/** The server's address as it is kept, with a slash at its end, or null: https, or http to this machine; no password. */
export function readServer(text) {
  let url;
  try {
    url = new URL(text.trim());
  } catch {
    return null;
  }
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.username || url.password || !(url.protocol === 'https:' || (url.protocol === 'http:' && here))) return null;
  return `${url.origin}${url.pathname.replace(/\/*$/, '/')}`;
}

/** A path of the site as an address below the server's. */
export const addressOf = (server, path) => server.replace(/\/$/, '') + path;

/** The search for a text's words. */
export function searchPath(text) {
  const words = [...text.replace(/\s+/g, ' ').trim()].slice(0, WORDS).join('').toWellFormed();
  return `/search?highlight=1&query=${encodeURIComponent(words)}`;
}

/**
 * Where a click leads: {path} a paper or a search, or {none} why nothing is opened: 'link' (the link is no paper), 'here'
 * (the site itself), 'page' (no paper).
 *
 * A link that is a paper comes first, then selected words, always: never the page's paper instead of what was clicked.
 */
export function chosen(info, server, today = new Date()) {
  const link = info.linkUrl ?? '';
  const selected = (info.selectionText ?? '').trim();
  const linked = link ? resolveUrl(link, today, server) : null;
  if (linked) return { path: linked };
  if (selected) return { path: resolveText(selected, today, server) ?? searchPath(selected) };
  if (link) return { none: 'link' };
  for (const url of [info.frameUrl, info.pageUrl, info.srcUrl]) {
    if (!url) continue;
    if (isOnServer(url, server)) return { none: 'here' };
    const path = resolveUrl(url, today, server);
    if (path) return { path };
  }
  return { none: 'page' };
}

/** Where a text typed by somebody leads: an address, identifiers, or words. */
export function typed(text, server, today = new Date()) {
  return resolveUrl(text.trim(), today, server) ?? resolveText(text, today, server) ?? searchPath(text);
}

/** What "try an address" says of one: the path, and what kind of thing it is. */
export function tried(text, server, today = new Date()) {
  const target = identifyUrl(text.trim(), today, server);
  return { path: resolveUrl(text.trim(), today, server) ?? resolveText(text, today, server), kind: target?.kind ?? null };
}

function isOnServer(url, server) {
  try {
    return new URL(url).href.startsWith(server);
  } catch {
    return false;
  }
}
