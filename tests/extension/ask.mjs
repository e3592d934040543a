// Reads lines of JSON, [what, text, base], and answers each with a line: the path, or null. For tests/extension/test_twins.py.
import { createInterface } from 'node:readline';

import { resolveText, resolveUrl } from '../../extension/identify.js';

const today = new Date(process.argv[2]);
const answers = { url: resolveUrl, text: resolveText };
for await (const line of createInterface({ input: process.stdin })) {
  const [what, text, base] = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(answers[what](text, today, base))}\n`);
}
