// The extras, each off until it is asked for: which hosts it needs, and which script it puts on their pages.

/** The hosts of each place. */
export const HOSTS = {
  arxiv: ['*://*.arxiv.org/*'],
  openreview: ['*://openreview.net/*'],
  acl: ['*://aclanthology.org/*'],
  scholar: ['*://scholar.google.com/*'],
};

/**
 * `links` puts a link beside each paper; `redirects` opens a paper's page on the site instead. Rules of the browser's own
 * (declarativeNetRequest) would redirect before anything is asked for, and PDF files too, but no browser lets them be a
 * right that is asked for later.
 */
const SCRIPTS = {
  links: { file: 'links.js', places: ['arxiv', 'openreview', 'acl', 'scholar'], runAt: 'document_idle' },
  redirects: { file: 'redirect.js', places: ['arxiv', 'openreview', 'acl'], runAt: 'document_start' },
};

export const KINDS = Object.keys(SCRIPTS);
export const placesOf = (kind) => SCRIPTS[kind].places;

/** What the extra needs to be allowed. */
export const rightsOf = (name) => ({ permissions: ['scripting'], origins: HOSTS[name] });

/** For each kind the places for which it is asked for on this device, and allowed. */
export async function readExtras() {
  const kept = await chrome.storage.local.get(KINDS);
  const on = {};
  for (const kind of KINDS) {
    on[kind] = [];
    for (const name of placesOf(kind)) {
      if (kept[kind]?.[name] && await chrome.permissions.contains(rightsOf(name))) on[kind].push(name);
    }
  }
  return on;
}

export async function keepExtra(kind, name, on) {
  const kept = await chrome.storage.local.get(kind);
  await chrome.storage.local.set({ [kind]: { ...kept[kind], [name]: on } });
}

/** Give back the rights of this place that no extra needs any more. */
export async function giveBack(name) {
  const used = Object.values(await readExtras()).flat();
  const { permissions, origins } = rightsOf(name);
  await chrome.permissions.remove({ permissions: used.length ? [] : permissions, origins: used.includes(name) ? [] : origins });
}

/** Make the browser do what is asked for and allowed, and nothing else; one time after the other, whoever calls. */
export function applyExtras() {
  return navigator.locks.request('extras', async () => {
    // Not by looking for the functions: those of a right that was given back are there, and fail.
    if (!await chrome.permissions.contains({ permissions: ['scripting'] })) return;
    const on = await readExtras();
    const scripts = KINDS.filter((kind) => on[kind].length).map((kind) => ({
      id: kind,
      js: [SCRIPTS[kind].file],
      matches: on[kind].flatMap((name) => HOSTS[name]),
      runAt: SCRIPTS[kind].runAt,
    }));
    // What stays is never taken away in between: a page that opens in that moment would go without.
    const registered = (await chrome.scripting.getRegisteredContentScripts()).map(({ id }) => id);
    const gone = registered.filter((id) => !scripts.some((script) => script.id === id));
    if (gone.length) await chrome.scripting.unregisterContentScripts({ ids: gone });
    const kept = scripts.filter(({ id }) => registered.includes(id));
    if (kept.length) await chrome.scripting.updateContentScripts(kept);
    const fresh = scripts.filter(({ id }) => !registered.includes(id));
    if (fresh.length) await chrome.scripting.registerContentScripts(fresh);
  });
}
