// "et al." unfolds the other authors where it stands, and folds them again. They come from the paper's own page, which
// the link leads to without this: a paper may have 3,000.

const template = document.querySelector('#others');
const plain = (event) => event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

async function fetchOthers(link) {
  const answer = await fetch(link.href, { headers: { Accept: 'text/html' } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const authors = [...page.querySelectorAll('.paper details.metainfo a.author')];
  if (!authors.length) throw new Error('no authors');
  const others = document.createElement('span');
  others.className = 'others';
  others.append(...authors.flatMap((author, place) => [...(place ? [', '] : []), document.adoptNode(author)]));
  return others;
}

function swap(others, fold, link, open) {
  for (const part of [others, fold]) part.hidden = !open;
  link.hidden = open;
  (open ? fold : link).focus({ preventScroll: true });
}

async function unfold(link) {
  if (link.dataset.asked) return;
  link.dataset.asked = 'yes';
  try {
    const others = await fetchOthers(link);
    const fold = template.content.firstElementChild.cloneNode(true);
    link.after(others, ' ', fold);
    fold.addEventListener('click', () => swap(others, fold, link, false));
    link.addEventListener('click', (event) => {
      if (!plain(event)) return;
      event.preventDefault();
      swap(others, fold, link, true);
    });
    swap(others, fold, link, true);
    link.closest('.paper').dispatchEvent(new CustomEvent('card:changed', { bubbles: true }));
  } catch {
    location.assign(link.href);
  }
}

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('.authors a.more');
  if (!link || !plain(event)) return;
  event.preventDefault();
  unfold(link);
});
