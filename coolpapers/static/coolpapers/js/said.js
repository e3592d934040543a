// What scripts say, in the page's language. A page that is not English loads a catalog before all modules, which makes
// `django`; without one the words are those that stand here. makemessages finds them where gettext and ngettext are called,
// so both are called with the words themselves, and not inside of a template.

export const gettext = (text) => globalThis.django?.gettext(text) ?? text;

export const ngettext = (one, many, count) => globalThis.django?.ngettext(one, many, count) ?? (count === 1 ? one : many);

/** A number or a date as the page's language writes it; a text as it is. */
export const written = (value, options) => value.toLocaleString(document.documentElement.lang, options);

/** The text with values, written, at the places of their {names}. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => written(values[name]));

// Translators: two sentences, one after the other
const joined = (one, other) => fill(gettext('{one} {other}'), { one, other });

/** Sentences as one text: not every language has spaces between them. Empty ones are left out. */
export const sentences = (...said) => said.filter(Boolean).reduce(joined);
