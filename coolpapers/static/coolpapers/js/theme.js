// Light or dark as the reader chose it, else as the system has it; and what the reader hides of papers (chosen on My papers,
// css: data-hide). Not a module: it runs before the first paint.
// It also says that there are scripts, so that what needs one has its room from the first paint on (css: data-js).
// The key and its values are those of Django's admin, so that one choice holds for both.
(() => {
  const KEY = 'theme';
  const THEMES = ['auto', 'light', 'dark'];
  const HIDE = 'choice:hide'; // as memory.js names it
  let chosen = 'auto'; // also where nothing can be stored

  function recall() {
    try {
      const stored = localStorage.getItem(KEY);
      if (THEMES.includes(stored)) chosen = stored;
    } catch {
      // storage is blocked: the choice holds for this page
    }
  }

  function wear() {
    if (chosen === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
  }

  function hide() {
    try {
      document.documentElement.dataset.hide = localStorage.getItem(HIDE) ?? '';
    } catch {
      // storage is blocked: what the page hides stays as it is
    }
  }

  /** The system's, then the other one, then the same one chosen: each press of the first two shows. */
  function next() {
    const other = matchMedia('(prefers-color-scheme: dark)').matches ? 'light' : 'dark';
    const order = ['auto', other, other === 'dark' ? 'light' : 'dark'];
    return order[(order.indexOf(chosen) + 1) % order.length];
  }

  function name(button) {
    button.title = button.dataset.label.replace('{theme}', button.dataset[chosen]);
    button.setAttribute('aria-label', button.title);
  }

  document.documentElement.dataset.js = '';
  recall();
  wear();
  hide();
  addEventListener('storage', ({ key }) => { if (key === null || key === HIDE) hide(); });
  addEventListener('pageshow', ({ persisted }) => { if (persisted) hide(); });
  document.addEventListener('DOMContentLoaded', () => {
    const button = document.querySelector('button#theme');
    if (!button) return;
    name(button);
    button.addEventListener('click', () => {
      chosen = next();
      try {
        localStorage.setItem(KEY, chosen);
      } catch {
        // as above
      }
      wear();
      name(button);
    });
    addEventListener('storage', (event) => {
      if (event.key !== KEY) return;
      recall();
      wear();
      name(button);
    });
  });
})();
