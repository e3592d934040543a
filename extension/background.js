// Menus, the button, keys and the address bar. All listeners are added at once, so that an event that wakes this script
// finds them; menus are made when the extension is installed, updated or set anew, and stay while it sleeps.

import { addressOf, chosen, typed } from './choose.js';
import { applyExtras } from './extras.js';
import { resolveUrl } from './identify.js';
import { readOwn, readSettings } from './settings.js';
import { suggestFor } from './suggest.js';
import { readWords } from './words.js';

const BADGE = 4000;  // milliseconds
const MENUS = { page: ['page', 'frame'], link: ['link'], selection: ['selection'] };
const MOST = 2000;  // links of a page, asked for at once

chrome.runtime.onInstalled.addListener(setUp);
chrome.runtime.onStartup.addListener(setUp);
chrome.storage.onChanged.addListener(setUp);
chrome.permissions.onAdded.addListener(setUp);
chrome.permissions.onRemoved.addListener(setUp);
chrome.contextMenus.onClicked.addListener((info, tab) => follow(info, tab));
chrome.action.onClicked.addListener((tab) => follow({ pageUrl: tab.url }, tab));
chrome.commands.onCommand.addListener((name, tab) => {
  if (name === 'open-in-background') follow({ pageUrl: tab?.url }, tab, 'background');
});
chrome.omnibox.setDefaultSuggestion({ description: chrome.i18n.getMessage('typed') });
chrome.omnibox.onInputChanged.addListener(async (text, suggest) => {
  const { server, suggest: allowed } = await readSettings();
  if (allowed) suggest(await suggestFor(text, server));
});
chrome.omnibox.onInputEntered.addListener(async (text, disposition) => {
  const { server } = await readSettings();
  const how = { currentTab: 'same', newBackgroundTab: 'background' }[disposition] ?? 'new';
  await open(addressOf(server, typed(text, server)), undefined, how);
});
chrome.runtime.onMessage.addListener((message, sender, answer) => {
  if (!sender.tab || !Array.isArray(message?.hrefs)) return false;
  papersOf(message.hrefs).then(answer);
  return true;  // the answer comes later
});

let settingUp = Promise.resolve();

/** Menus and extras as they are set, one time after the other. */
function setUp() {
  settingUp = settingUp.then(async () => {
    await makeMenus(await readOwn());
    await applyExtras();
  }).catch((error) => console.warn('Not set up:', error));
  return settingUp;
}

async function makeMenus({ menus, language }) {
  const say = await readWords(language);
  await chrome.contextMenus.removeAll();
  const contexts = Object.keys(MENUS).filter((name) => menus[name]).flatMap((name) => MENUS[name]);
  if (contexts.length) chrome.contextMenus.create({ id: 'open', title: say('menu'), contexts }, () => chrome.runtime.lastError);
  await chrome.action.setTitle({ title: say('open_page') });
}

/** Open what was clicked, or say on the badge why nothing is. */
async function follow(info, tab, how) {
  const settings = await readSettings();
  const { path, none } = chosen(info, settings.server);
  if (none) return tell(none, tab, await readWords(settings.language));
  return open(addressOf(settings.server, path), tab, how ?? settings.open);
}

/** In a new tab, which works in saved tab groups too; in the same one where that was asked for and can be. */
async function open(url, tab, how) {
  if (how === 'same') return chrome.tabs.update(tab?.id, { url });
  const known = tab?.id >= 0;  // not in the PDF viewer's own frame, and not from the address bar
  const beside = known ? { index: tab.index + 1, openerTabId: tab.id, windowId: tab.windowId } : {};
  return chrome.tabs.create({ url, active: how !== 'background', ...beside });
}

/** A badge for some seconds, with the reason as the button's title. */
async function tell(none, tab, say) {
  const tabId = tab?.id >= 0 ? tab.id : undefined;
  await chrome.action.setBadgeBackgroundColor({ color: '#9a3412', tabId });
  await chrome.action.setBadgeText({ text: none === 'here' ? '✓' : '?', tabId });
  await chrome.action.setTitle({ title: say(`none_${none}`), tabId });
  await new Promise((done) => { setTimeout(done, BADGE); });
  await chrome.action.setBadgeText({ text: '', tabId }).catch(() => {});  // the tab may be closed by now
  await chrome.action.setTitle({ title: say('open_page'), tabId }).catch(() => {});
}

/** Which of a page's links are papers: for each its path and address on the site, or null. */
async function papersOf(hrefs) {
  const { server, language } = await readSettings();
  const say = await readWords(language);
  const papers = hrefs.slice(0, MOST).map((href) => {
    const path = typeof href === 'string' ? resolveUrl(href, new Date(), server) : null;
    return path && { path, url: addressOf(server, path) };
  });
  return { papers, label: say('short') };
}
