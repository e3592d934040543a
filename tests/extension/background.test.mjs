// The extension's script in the background, with a browser made by hand that refuses what browsers refuse.
import assert from 'node:assert/strict';
import { test } from 'node:test';

const SERVER = 'https://papers.example.org/';
const ABS = 'https://arxiv.org/abs/1706.03762';

class Event {
  listeners = [];
  addListener(listener) { this.listeners.push(listener); }
  dispatch(...told) { return Promise.all(this.listeners.map((listener) => listener(...told))); }
}

function area(held) {
  return {
    held,
    get: async (asked) => (typeof asked === 'string' || Array.isArray(asked)
      ? Object.fromEntries([asked].flat().filter((name) => name in held).map((name) => [name, held[name]]))
      : { ...asked, ...held }),
    set: async (changes) => Object.assign(held, changes),
    remove: async (name) => { delete held[name]; },
  };
}

/** A browser whose tabs of saved groups can't be changed. */
function browser() {
  const menus = [];
  const opened = [];
  const said = [];
  return {
    menus, opened, said,
    runtime: { onInstalled: new Event(), onStartup: new Event(), onMessage: new Event(), getURL: (path) => `chrome-extension://x/${path}` },
    storage: { sync: area({ server: SERVER }), local: area({}), managed: area({}), onChanged: new Event() },
    permissions: { onAdded: new Event(), onRemoved: new Event(), contains: async () => false },
    contextMenus: {
      onClicked: new Event(),
      removeAll: async () => { menus.length = 0; },
      create: (item, done) => {
        assert.ok(!menus.some(({ id }) => id === item.id), 'Cannot create item with duplicate id');
        assert.equal(item.onclick, undefined, 'which a worker that sleeps may not have');
        menus.push(item);
        done?.();
      },
    },
    action: {
      onClicked: new Event(),
      setBadgeBackgroundColor: async () => {},
      setBadgeText: async ({ text, tabId }) => { said.push([tabId, text]); },
      setTitle: async () => {},
    },
    commands: { onCommand: new Event() },
    omnibox: { setDefaultSuggestion: () => {}, onInputChanged: new Event(), onInputEntered: new Event() },
    i18n: { getMessage: (name) => name },
    tabs: {
      create: async (what) => { opened.push(what); },
      update: async () => { throw new Error('Saved groups are not editable'); },
    },
  };
}

const soon = () => new Promise((done) => { setTimeout(done, 20); });
const tab = { id: 7, index: 3, windowId: 2, url: ABS };
globalThis.chrome = browser();
await import('../../extension/background.js');

test('fault 6: menus are made when it is installed, updated or started, one of each, never when it wakes', async () => {
  await soon();
  assert.deepEqual(chrome.menus, [], 'the script alone, as at each wake, makes none');
  await Promise.all([chrome.runtime.onInstalled.dispatch(), chrome.runtime.onStartup.dispatch()]);
  await soon();
  assert.deepEqual(chrome.menus.map(({ id, contexts }) => [id, contexts]), [['open', ['page', 'frame', 'link', 'selection']]]);
});

test('n3: every listener is there when the script has been read, so that what wakes it is heard', () => {
  const { runtime, contextMenus, action, commands, omnibox, storage, permissions } = chrome;
  for (const event of [runtime.onInstalled, runtime.onStartup, runtime.onMessage, contextMenus.onClicked, action.onClicked,
    commands.onCommand, omnibox.onInputChanged, omnibox.onInputEntered, storage.onChanged, permissions.onAdded, permissions.onRemoved]) {
    assert.equal(event.listeners.length, 1);
  }
});

test('fault 7: a tab of a saved group is not changed: a new one is opened beside it, in its window', async () => {
  chrome.opened.length = 0;
  await chrome.contextMenus.onClicked.dispatch({ menuItemId: 'open', pageUrl: ABS }, tab);
  assert.deepEqual(chrome.opened, [{ url: `${SERVER}arxiv/1706.03762`, active: true, index: 4, openerTabId: 7, windowId: 2 }]);
});

test('n1: from a private window, and from the PDF viewer, whose tab has no number', async () => {
  chrome.opened.length = 0;
  await chrome.contextMenus.onClicked.dispatch({ menuItemId: 'open', linkUrl: ABS }, { ...tab, windowId: 9, incognito: true });
  await chrome.contextMenus.onClicked.dispatch({ menuItemId: 'open', pageUrl: ABS }, { id: -1, index: -1, windowId: -1 });
  assert.equal(chrome.opened[0].windowId, 9);
  assert.deepEqual(chrome.opened[1], { url: `${SERVER}arxiv/1706.03762`, active: true });
});

test('fault 2, n2: a link without a paper and without words says so on the badge, and nothing fails', async () => {
  chrome.opened.length = 0;
  chrome.said.length = 0;
  chrome.contextMenus.onClicked.dispatch({ menuItemId: 'open', linkUrl: 'https://example.org/', pageUrl: ABS }, tab);
  await soon();
  assert.deepEqual([chrome.opened, chrome.said], [[], [[7, '?']]]);
});

test('another program, or a page, is told nothing', async () => {
  const [listen] = chrome.runtime.onMessage.listeners;
  assert.equal(listen({ hrefs: [ABS] }, { id: 'other' }, assert.fail), false);
  assert.equal(listen({ hrefs: 'x' }, { tab }, assert.fail), false);
  const answer = await new Promise((done) => { assert.equal(listen({ hrefs: [ABS, 'javascript:alert(1)', 7, null] }, { tab }, done), true); });
  assert.deepEqual(answer.papers, [{ path: '/arxiv/1706.03762', url: `${SERVER}arxiv/1706.03762` }, null, null, null]);
});

test("a lab's server wins over the user's, and an address that is none is not used", async () => {
  const { readSettings } = await import('../../extension/settings.js');
  assert.deepEqual([(await readSettings()).server, (await readSettings()).managed], [SERVER, false]);
  chrome.storage.managed.held.server = 'https://lab.example.org/papers';
  assert.deepEqual([(await readSettings()).server, (await readSettings()).managed], ['https://lab.example.org/papers/', true]);
  chrome.storage.managed.held.server = 'http://lab.example.org/';
  assert.deepEqual([(await readSettings()).server, (await readSettings()).managed], [SERVER, false]);
  delete chrome.storage.managed.held.server;
});
