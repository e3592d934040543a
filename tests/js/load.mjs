// A module of the site for Node, which takes a .js file for CommonJS unless told otherwise.

import { readFile } from 'node:fs/promises';

export async function load(name) {
  const text = await readFile(new URL(`../../coolpapers/static/coolpapers/js/${name}`, import.meta.url));
  return import(`data:text/javascript;base64,${text.toString('base64')}`);
}
