// To the top and to the bottom of what is shown, at once and without an entry in the history.

document.querySelector('#scroll-btn').addEventListener('click', (event) => {
  const link = event.target.closest('a');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const up = link.getAttribute('href') === '#main';
  scrollTo({ top: up ? 0 : document.documentElement.scrollHeight, behavior: 'instant' });
});
