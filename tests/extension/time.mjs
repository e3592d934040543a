// Reads a list of texts as JSON; prints the milliseconds of the slowest answer, the best of three, and how its text begins.
import { resolveText, resolveUrl } from '../../extension/identify.js';

let given = '';
for await (const part of process.stdin) given += part;
let slowest = [0, ''];
for (const text of JSON.parse(given)) {
  for (const resolve of [resolveUrl, resolveText]) {
    const taken = [1, 2, 3].map(() => {
      const began = performance.now();
      resolve(text);
      return performance.now() - began;
    });
    const best = Math.min(...taken);
    if (best > slowest[0]) slowest = [best, text.slice(0, 40)];
  }
}
console.log(JSON.stringify(slowest));
