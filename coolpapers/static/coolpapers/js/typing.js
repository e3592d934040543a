// Whose a key is: the page's, or that of what has the focus.

/** Whether another part, an input method or a dialog has the key. */
export function isTaken(event) {
  return event.defaultPrevented || event.isComposing || event.keyCode === 229 || document.querySelector('dialog[open]') !== null;
}

const PRESSED = ['checkbox', 'radio', 'button', 'submit', 'reset', 'file']; // they take Space, Enter and arrows, no letter

/** Whether letters go into what has the focus, or choose in it. */
export function isTyping(event) {
  const target = event.composedPath()[0];
  if (target.isContentEditable || target.matches?.('textarea, select')) return true;
  return Boolean(target.matches?.('input')) && !PRESSED.includes(target.type);
}
