// This page's memory: localStorage, or what lasts as long as the page where the browser keeps nothing for this site.

import { Memory, PassingStorage } from './memory.js';

function openMemory() {
  try {
    const storage = window.localStorage; // throws where cookies are blocked
    storage.getItem('words');
    return new Memory(storage, true);
  } catch {
    return new Memory(new PassingStorage(), false);
  }
}

export const memory = openMemory();
window.addEventListener('storage', (event) => {
  if (memory.lasting && (event.storageArea === null || event.storageArea === memory.storage)) memory.hear(event.key);
});
