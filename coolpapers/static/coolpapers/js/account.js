// The account's part of My papers: sign in, sync, stop, sign out. Nothing goes to the account before "Sync" is chosen.

import { fill, sentences } from './said.js';
import { memory } from './shelf.js';
import { account, synchronize } from './sync.js';

const $ = (selector) => document.querySelector(selector);
const line = $('#account');
const said = line.dataset;
let known = null;

const syncs = () => known !== null && memory.choice('sync') === String(known.user);

function show(more = '') {
  const state = more || (syncs() ? said.on : said.off);
  line.textContent = known ? sentences(fill(said.in, { name: known.name }), state) : more || said.out;
  $('#sign-in').hidden = known !== null || more === said.away;
  $('#sync-on').hidden = !known || syncs();
  for (const name of ['#sync-now', '#sync-off']) $(name).hidden = !syncs();
  $('#sign-out').hidden = !known;
}

async function sync() {
  try {
    known = await account();
    await synchronize(known);
    show(said.done);
  } catch {
    show(said.failed);
  }
}

$('#sync-on').addEventListener('click', sync);
$('#sync-now').addEventListener('click', sync);
$('#sync-off').addEventListener('click', () => {
  memory.choose('sync', null);
  for (const key of memory.dirty()) memory.clean(key);
  show();
});
try {
  const told = await account();
  if (told.user !== null) known = told;
  $('#sign-out [name="csrfmiddlewaretoken"]').value = told.token ?? '';
  show();
  if (syncs()) await sync();
} catch {
  show(said.away);
}
