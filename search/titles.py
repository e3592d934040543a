"""A title's normal form: two ways to type one title give one key.

Pure. Input: any text. Output: its letters and digits alone, accents folded, lower case, without spaces ("Pre-training"
and "pretraining" are one), TeX as it reads ("$\\alpha$", "α" and "alpha" are one). A minus that would exclude a word
("bert -transformer") stays as "-": that query is not the title "BERT Transformer".
"""

import re
import unicodedata

from coolpapers.tex import to_unicode

VERSION = 1  # raise it when a key changes: the index is then rebuilt

_EXCLUDING = re.compile(r"(?:(?<=\s)|^)-(?=[^\s-])")
_MARK = "\ue000"  # stands for an excluding minus while punctuation is dropped
_DROPPED = re.compile(f"[^\\w{_MARK}]+|_+")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_GREEK = {
    letter: unicodedata.name(letter).split()[-1].lower().replace("lamda", "lambda")
    for letter in map(chr, [*range(0x391, 0x3AA), *range(0x3B1, 0x3CA)])
    if unicodedata.name(letter, "")
}
_GREEK_NAMES = frozenset(_GREEK.values())
# Letters that Unicode does not take apart into a base and an accent.
_LETTERS = str.maketrans(
    {"ø": "o", "œ": "oe", "æ": "ae", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n"} | _GREEK
)
# Operators are set as their own letters; every other command is a style or a sign and reads as nothing.
_OPERATORS = frozenset(
    "arg cos cosh cot deg det dim exp gcd hom inf ker lim ln log max min mod sin sinh sup tan tanh Pr LaTeX TeX".split()
)


def title_key(text: str) -> str:
    """Any text → its key; "" where it has no letter or digit."""
    if "\\" in text or "$" in text:
        text = _COMMAND.sub(_command_as_read, to_unicode(text))
    text = _EXCLUDING.sub(_MARK, text)
    text = text.lower() if text.isascii() else unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    key = _DROPPED.sub("", text).replace(_MARK, "-")
    return key if key.strip("-") else ""


def _command_as_read(match: re.Match[str]) -> str:
    name = match[1]
    if name == "ell":
        return "l"
    plain = name.removeprefix("var").lower()
    if plain in _GREEK_NAMES:
        return plain
    return name if name in _OPERATORS else ""
