// [Copy] on every card: title, authors, abstract and address, as text with formulas in their TeX source.

import { gettext } from './said.js';

/** The text of an element, each formula as the source it was made from. */
function textOf(element) {
  if (!element) return '';
  const copy = element.cloneNode(true);
  for (const formula of copy.querySelectorAll('math[alttext]')) formula.replaceWith(formula.getAttribute('alttext'));
  return copy.textContent.replace(/\s+/g, ' ').trim();
}

function paperText(card) {
  const title = card.querySelector('.title-link');
  const authors = [...card.querySelectorAll('.author')].map(textOf).join(', ');
  return [textOf(title), authors, textOf(card.querySelector('.summary')), title.href].filter(Boolean).join('\n\n');
}

async function copy(button) {
  button.dataset.words ??= button.textContent;
  let said = gettext('[Copied]');
  try {
    await navigator.clipboard.writeText(paperText(button.closest('.paper')));
  } catch {
    said = gettext('[Copying is not allowed here]');
  }
  button.textContent = said;
  setTimeout(() => { button.textContent = button.dataset.words; }, 1500);
}

document.addEventListener('click', (event) => {
  const button = event.target.closest?.('.title-copy');
  if (button) copy(button);
});
