// The options page: the server, how papers open, which menus there are, keys, and "try an address".

import { addressOf, readServer, tried } from './choose.js';
import { readSettings, saveSettings } from './settings.js';

const say = (name, ...values) => chrome.i18n.getMessage(name, values);
const form = document.getElementById('form');
const server = document.getElementById('server');
const told = document.getElementById('server-told');
const saved = document.getElementById('saved');

for (const element of document.querySelectorAll('[data-say]')) element.textContent = say(element.dataset.say);
document.documentElement.lang = say('language');
document.title = say('name');

/** Whether the server's address can be used; says what is wrong with one that can't. */
function checkServer() {
  const read = readServer(server.value);
  told.textContent = read ? '' : say('server_wrong');
  server.setAttribute('aria-invalid', String(!read));
  return read;
}

async function show() {
  const settings = await readSettings();
  server.value = settings.server;
  server.disabled = settings.managed;
  if (settings.managed) told.textContent = say('server_managed');
  for (const choice of form.querySelectorAll('[name=open]')) choice.checked = choice.value === settings.open;
  for (const choice of form.querySelectorAll('[name=menus]')) choice.checked = settings.menus[choice.value];
}

async function showKeys() {
  const rows = (await chrome.commands.getAll()).map(({ name, shortcut, description }) => {
    const row = document.createElement('li');
    const what = name === '_execute_action' ? say('open_page') : description;
    row.textContent = `${what}: ${shortcut || say('no_key')}`;
    return row;
  });
  document.getElementById('keys').replaceChildren(...rows);
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const read = checkServer();
  if (!read) {
    server.focus();
    return;
  }
  const menus = Object.fromEntries([...form.querySelectorAll('[name=menus]')].map(({ value, checked }) => [value, checked]));
  await saveSettings({ ...(server.disabled ? {} : { server: read }), open: form.elements.open.value, menus });
  server.value = read;
  saved.textContent = say('saved');
  setTimeout(() => { saved.textContent = ''; }, 3000);
});
server.addEventListener('change', checkServer);
server.addEventListener('input', () => { if (told.textContent) checkServer(); });

document.getElementById('try').addEventListener('input', (event) => {
  const here = readServer(server.value);
  const text = event.target.value;
  const result = document.getElementById('tried');
  result.replaceChildren();
  if (!text.trim() || !here) return;
  const { path } = tried(text, here);
  if (!path) {
    result.textContent = say('tried_nothing');
    return;
  }
  const link = document.createElement('a');
  link.href = addressOf(here, path);
  link.textContent = path;
  result.append(link);
});

await show();
await showKeys();
form.dataset.ready = 'yes';
