// The options page: the server, how papers open, which menus there are, extras, keys, and "try an address".

import { addressOf, readServer, tried } from './choose.js';
import { applyExtras, giveBack, keepExtra, placesOf, readExtras, rightsOf } from './extras.js';
import { readSettings, saveSettings } from './settings.js';
import { readWords } from './words.js';

let say = await readWords((await readSettings()).language);
const form = document.getElementById('form');
const server = document.getElementById('server');
const told = document.getElementById('server-told');
const saved = document.getElementById('saved');

function showWords() {
  for (const element of document.querySelectorAll('[data-say]')) element.textContent = say(element.dataset.say);
  document.documentElement.lang = say('language');
  document.title = say('name');
}

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
  form.elements.suggest.checked = settings.suggest;
  form.elements.language.value = settings.language;
}

async function showExtras() {
  const on = await readExtras();
  for (const choice of document.querySelectorAll('#extras input')) choice.checked = on[choice.name].includes(choice.value);
}

function makeExtras() {
  for (const set of document.querySelectorAll('#extras fieldset')) {
    for (const name of placesOf(set.dataset.kind)) {
      const choice = Object.assign(document.createElement('input'), { type: 'checkbox', name: set.dataset.kind, value: name });
      const words = document.createElement('span');
      words.dataset.say = `place_${name}`;
      const label = document.createElement('label');
      label.append(choice, ' ', words);
      set.append(label);
      choice.addEventListener('change', () => changeExtra(choice));
    }
  }
}

/** Ask the browser for what the extra needs, which it only takes in the moment of a click; or give it back. */
async function changeExtra({ name: kind, value: name, checked }) {
  const allowed = checked && await chrome.permissions.request(rightsOf(name)).catch(() => false);
  document.getElementById('extras-told').textContent = checked && !allowed ? say('refused') : '';
  await keepExtra(kind, name, allowed);
  await applyExtras();
  if (!allowed) await giveBack(name);
  await showExtras();
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
  const language = form.elements.language.value;
  const suggest = form.elements.suggest.checked;
  const set = { open: form.elements.open.value, menus, suggest, language };
  await saveSettings(server.disabled ? set : { ...set, server: read });
  server.value = read;
  say = await readWords(language);
  showWords();
  await showKeys();
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

makeExtras();
showWords();
await show();
await showKeys();
await showExtras();
form.dataset.ready = 'yes';
