// [PDF] opens the paper below its title and folds it away again, where its place lets it be framed and there is room.
//
// The frame has no `sandbox`: Chromium's viewer shows nothing in a sandboxed frame, whatever it allows (156: an error
// page with every token set, docs/decisions/0022). What holds a frame instead: the policy's frame-src, which names the
// places; the place's own origin; no referrer; no permission; and no load before the reader's click.

import { fill } from './said.js';

const template = document.querySelector('#pdf-frame');
const hosts = new Set(template.dataset.hosts.split(' '));
const roomy = matchMedia('(min-width: 48rem) and (hover: hover)');

function opensHere(link, event) {
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  const url = new URL(link.href);
  return plain && roomy.matches && navigator.pdfViewerEnabled !== false && url.protocol === 'https:' && hosts.has(url.host);
}

function unfold(link, card) {
  const part = template.content.firstElementChild.cloneNode(true);
  const frame = part.querySelector('iframe');
  part.querySelector('a').href = link.href;
  frame.title = fill(frame.title, { title: card.querySelector('.title-link').textContent });
  frame.src = link.href;
  part.querySelector('button').addEventListener('click', () => {
    fold(link, part);
    link.focus();
  });
  card.querySelector('.title').after(part);
  card.toggleAttribute('data-open', true);
  link.setAttribute('aria-expanded', 'true');
}

function fold(link, part) {
  part.closest('.paper').toggleAttribute('data-open', false);
  part.remove();
  link.setAttribute('aria-expanded', 'false');
}

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('.title-pdf');
  if (!link || !opensHere(link, event)) return;
  event.preventDefault();
  const card = link.closest('.paper');
  const part = card.querySelector('.pdf-frame');
  if (part) fold(link, part);
  else unfold(link, card);
});
