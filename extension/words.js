// What the extension says, in the browser's language or in the one that was chosen.

export const LANGUAGES = ['en', 'zh_CN'];

/** A function from a message's name to its text. The browser gives messages in its own language only. */
export async function readWords(language) {
  if (!LANGUAGES.includes(language)) return (name) => chrome.i18n.getMessage(name);
  const answer = await fetch(chrome.runtime.getURL(`_locales/${language}/messages.json`));
  const messages = await answer.json();
  return (name) => messages[name]?.message ?? '';
}
