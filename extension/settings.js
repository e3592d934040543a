// What the user, or their lab, has set. A lab's server (managed storage) wins.

import { readServer } from './choose.js';
import { LANGUAGES } from './words.js';

export const DEFAULTS = {
  server: 'http://127.0.0.1:8000/',
  open: 'new',  // new, background or same
  menus: { page: true, link: true, selection: true },
  suggest: false,  // while somebody types in the address bar
  language: '',  // the browser's
};

/** What the user has set. */
export async function readOwn() {
  const kept = await chrome.storage.sync.get(DEFAULTS);
  return {
    server: readServer(kept.server) ?? DEFAULTS.server,
    open: ['new', 'background', 'same'].includes(kept.open) ? kept.open : DEFAULTS.open,
    menus: { ...DEFAULTS.menus, ...kept.menus },
    suggest: kept.suggest === true,
    language: LANGUAGES.includes(kept.language) ? kept.language : DEFAULTS.language,
  };
}

/** All settings; `managed`: the server is the lab's. A browser that has just started takes seconds to know that. */
export async function readSettings() {
  const [own, lab] = await Promise.all([readOwn(), managedServer()]);
  return { ...own, server: lab ?? own.server, managed: lab !== null };
}

export const saveSettings = (changes) => chrome.storage.sync.set(changes);

async function managedServer() {
  try {
    const { server } = await chrome.storage.managed.get('server');
    return server ? readServer(server) : null;
  } catch {
    return null;  // Firefox has no managed storage where nobody manages it
  }
}
