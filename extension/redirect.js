// On pages that the user allowed: a paper's page is opened on the site instead. The page is replaced, so that Back leads
// to where one came from.
(async () => {
  const { type, TYPE_NAVIGATE } = performance.navigation;  // its successor is not there yet this early in Firefox
  if (window.top !== window || type !== TYPE_NAVIGATE) return;  // Back, forward and reload stay
  const from = document.referrer ? new URL(document.referrer).hostname : '';
  // The site's own links to the source say nothing of where they are, and open a new tab.
  if (!from && history.length === 1) return;
  const { papers: [paper] } = await chrome.runtime.sendMessage({ hrefs: [location.href] });
  if (!paper) return;
  const site = new URL(paper.url).hostname;
  if (from === site || from === location.hostname) return;
  location.replace(paper.url);
})().catch(() => {});  // the extension was updated or taken away meanwhile
