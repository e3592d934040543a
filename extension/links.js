// On pages that the user allowed: a link to the site beside each paper's. It asks the extension which links are papers',
// and knows nothing of how a page is made; where nothing fits, nothing happens.
(() => {
  const MARK = 'cool-papers-link';
  const MOST = 2000;  // links asked for at once
  const TRIES = 5;  // without an answer
  const PAUSE = 200;  // milliseconds after a page changed
  const known = new Map();  // link → {path, url}, or null: no paper
  let label = '';
  let waiting = false;
  let failures = 0;  // one after the other

  const isPapers = (anchor) => known.get(anchor.href)?.path;
  const anchors = () => [...document.querySelectorAll(`a[href]:not(.${MARK})`)].filter((anchor) => !anchor.closest('nav, footer'));

  /** Ask for the links that are new. */
  async function learn(found) {
    const fresh = [...new Set(found.map(({ href }) => href))].filter((href) => !known.has(href));
    for (let start = 0; start < fresh.length; start += MOST) {
      const hrefs = fresh.slice(start, start + MOST);
      const answer = await chrome.runtime.sendMessage({ hrefs });
      label = answer.label;
      hrefs.forEach((href, place) => known.set(href, answer.papers[place]));
    }
  }

  /** One link for each paper: beside that in a heading, else beside the first. */
  function chooseOnes(found) {
    const chosen = new Map();
    for (const anchor of found) {
      const path = isPapers(anchor);
      if (!path) continue;
      const other = chosen.get(path);
      if (!other || (!other.closest('h1, h2, h3, h4') && anchor.closest('h1, h2, h3, h4'))) chosen.set(path, anchor);
    }
    return chosen;
  }

  function put(anchor, path) {
    const mark = document.createElement('a');
    mark.className = MARK;
    mark.dataset.path = path;
    mark.href = known.get(anchor.href).url;
    mark.target = '_blank';
    mark.rel = 'noopener noreferrer';
    mark.textContent = `[${label}]`;
    Object.assign(mark.style, { marginInlineStart: '.4em', fontSize: '.85em', whiteSpace: 'nowrap' });
    anchor.after(mark);
  }

  async function look() {
    const found = anchors();
    await learn(found);
    const chosen = chooseOnes(found);
    for (const mark of document.querySelectorAll(`a.${MARK}`)) {
      const anchor = chosen.get(mark.dataset.path);
      if (anchor && anchor === mark.previousElementSibling) chosen.delete(mark.dataset.path);
      else mark.remove();  // a page that made itself anew left it behind
    }
    for (const [path, anchor] of chosen) put(anchor, path);
  }

  const watcher = new MutationObserver(lookSoon);

  function lookSoon() {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      look().then(() => { failures = 0; }, tryAgain);
    }, PAUSE);
  }

  /** The extension's own script may be waking or going to sleep; one that was updated or taken away never answers. */
  function tryAgain() {
    failures += 1;
    if (chrome.runtime?.id && failures < TRIES) setTimeout(lookSoon, failures * PAUSE);
    else watcher.disconnect();
  }

  watcher.observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ['href'] });
  lookSoon();
})();
