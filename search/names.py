"""How authors' names are compared: a printed name → the keys that an index holds, and how well a key fits a name.

Pure. A key is a name folded, its family name first: "J. Smith" is `smith_j`, "Jean-Pierre van der Bérg"
`berg_jean-pierre_van_der`. A name that can be read in more than one way has a key for each: `vanderberg_jean-pierre`.
What is typed makes keys by the same rules, and all that is compared lies under one family name.

A printed name fits what is asked where the first given names agree and the others follow in order; one is the other's
initial, or they are the same. All that is asked must be printed, at least as an initial; more may be.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from enum import IntEnum
from functools import lru_cache

from search.analysis import plain_words, spellings

VERSION = 1  # raise it when a key comes out otherwise: the index is then rebuilt


class Fit(IntEnum):
    """How a printed name fits one that is asked for, the better the higher."""

    ABBREVIATED = 1  # an initial stands for what was asked for: John Smith, and J. Smith is printed
    FULL = 2  # all that was asked for is printed: J Smith, and John A. Smith is
    EXACT = 3  # that and nothing else


# What belongs to the family name behind it: "Berghe" and "Vandenberghe" both find van den Berghe.
PARTICLES = frozenset(
    "af al av ben bin da das de degli del della den der di do dos du el ibn la las le les los mc st te ten ter van "
    "vom von zu zum zur".split()
)
SUFFIXES = frozenset("jr sr ii iii iv".split())
BODIES = frozenset("collaboration collaborations consortium group team".split())
_BEFORE_BODIES = frozenset("for the on behalf of".split())
_SPECIAL = PARTICLES | SUFFIXES | BODIES

_APOSTROPHE = "'\u2019\u2018\u02bc\u02bb\u0060\u00b4\u2032"
_HYPHENS = re.compile("[\u2010-\u2015\u2212\ufe63\uff0d]")
_INSIDE = re.compile(rf"(?<=[^\W_])[{_APOSTROPHE}](?=[^\W_])")  # O'Neil
_T = re.compile(rf"(?<!\w)[{_APOSTROPHE}]t\s+")  # 't Hooft
_DOT_BEFORE_HYPHEN = re.compile(r"\.(?=-)")
_AFTER_INITIAL = re.compile(r"(?<=\b\w\.)(?=\w)")  # J.Smith
_PARTS = re.compile("[-_]")
_JOINS = str.maketrans("", "", "-_")
_UNSPACED = "\u2e80"  # from here on scripts whose names need no space

_LETTERS = rf"[^\W\d_]+(?:[.\-\u2010{_APOSTROPHE}]+[^\W\d_]+)*\.?"
_WORDS = rf"{_LETTERS}(?:\s+{_LETTERS}){{0,4}}"
_SUFFIX = r"(?i:jr|sr|ii|iii|iv)\.?"
_LISTED = re.compile(rf"([^,_]+),([^,_]+)(?:,\s*({_SUFFIX}\s*))?")  # Smith, J and Smith, J, Jr.
_JOINED = re.compile(
    rf"((?:(?=[^_]{{2}}){_LETTERS}_)+)([^\W\d_](?:_[^\W\d_])*)(?:_[0-9]+)?"
)  # smith_j_1, as arXiv has it
_BARE_LISTED = re.compile(rf"{_WORDS},\s*{_WORDS}(?:,\s*{_SUFFIX})?")
_BARE = re.compile(rf"{_LETTERS}(?:\s+{_LETTERS}){{1,4}}")
_OPERATORS = frozenset(("AND", "OR", "NOT", "ANDNOT"))


def printed_name(text: str) -> str:
    """A name in the order that papers have it: `Smith, J` and `smith_j` are J Smith; anything else as it is."""
    text = _AFTER_INITIAL.sub(" ", text.strip())
    if match := _JOINED.fullmatch(text):
        text = f"{match[2]} {match[1]}".replace("_", " ")
    elif match := _LISTED.fullmatch(text):
        behind = match[2].strip().lower().rstrip(".") in SUFFIXES  # John Smith, Jr.
        text = f"{match[1]} {match[2]}" if behind else f"{match[2]} {match[1]} {match[3] or ''}"
    return " ".join(text.split())


def bare_name(text: str) -> str:
    """A text that may be a name, typed without a field, as `printed_name`; "" for any other text.

    An initial without a dot must be a capital, and "A" and "I" are words: "a song" names nobody.
    """
    text = _AFTER_INITIAL.sub(" ", text.strip())
    if _JOINED.fullmatch(text) or _BARE_LISTED.fullmatch(text):
        return printed_name(text)
    words = text.split()
    if not _BARE.fullmatch(text) or not _OPERATORS.isdisjoint(words) or len(words[-1].rstrip(".")) == 1:
        return ""
    if words[0] in ("A", "I") or any(len(word) == 1 and word.islower() for word in words):
        return ""
    return printed_name(text)


def has_initial(name: str) -> bool:
    """Whether one of its words is a letter: what looks like no word of a name, and stands for many."""
    return any(len(word) == 1 and word.isalpha() and word < _UNSPACED for word in _words(name))


def listed_by_initial(name: str) -> str:
    """A printed name as a wider search takes it: John A. Smith is `Smith, J`; as it is where that would be no name."""
    words = name.replace('"', " ").split()
    while len(words) > 1 and words[-1].lower().rstrip(".") in SUFFIXES:
        words.pop()
    last = words[-1].rstrip(".") if words else ""
    if len(words) < 2 or len(last) == 1 or last >= _UNSPACED or last.lower() in BODIES:
        return " ".join(words)
    return f"{words[-1]}, {words[0].lstrip(_APOSTROPHE)[:1]}"


def name_keys(name: str) -> tuple[str, ...]:
    """The keys of a printed name, the likeliest reading first; none of a text without a letter or digit."""
    if name.isascii():  # 91 names in a hundred, in 1 µs: an index has a million of them to do
        words = name.lower().replace(".", " ").split()
        if "".join(words).isalpha() and len(words[-1]) > 1 and _SPECIAL.isdisjoint(words):
            return ("_".join((words[-1], *words[:-1])),)
    return _keys_by_rule(name)


@lru_cache(maxsize=65_536)
def _keys_by_rule(name: str) -> tuple[str, ...]:
    keys = (
        key
        for spelling in spellings(name)
        for variant in dict.fromkeys((spelling, _T.sub("t", spelling)))
        for words in _by_script(_words(variant))
        for reading in _orders(words)
        for key in _readings(reading)
    )
    return tuple(dict.fromkeys(keys))


def _words(name: str) -> list[str]:
    """The words of a name, folded, in order; hyphens stay in them, apostrophes join them."""
    text = _HYPHENS.sub("-", unicodedata.normalize("NFC", name))
    text = _DOT_BEFORE_HYPHEN.sub("", _INSIDE.sub("", text))
    found: list[str] = []
    for piece in text.replace(".", " ").split():
        parts = [words for part in piece.split("-") if (words := _folded(part))]
        if all(len(words) == 1 for words in parts):
            found.append("-".join(words[0] for words in parts))
        else:  # signs inside, or characters that are words each
            found += [word for words in parts for word in words]
    return [word for word in found if word]


@lru_cache(maxsize=65_536)
def _folded(part: str) -> tuple[str, ...]:
    return (part.lower(),) if part.isascii() and part.isalnum() else plain_words(part)


def _by_script(words: Sequence[str]) -> Iterator[list[str]]:
    """Words in letters, and then the whole name in characters that need no space (王 伟 is 王伟)."""
    if lettered := [word for word in words if word < _UNSPACED]:
        yield lettered
    if characters := "".join(word for word in words if word >= _UNSPACED):
        yield [characters]


def _orders(words: list[str]) -> Iterator[list[str]]:
    """The words with the family name last. Initials behind it (Smith J, Hanumanthappa J.) come before it."""
    if words[-1] in BODIES:
        while len(words) > 2 and words[0] in _BEFORE_BODIES:
            words = words[1:]
    last = len(words)
    while last and len(words[last - 1]) == 1 and words[last - 1].isalpha():
        last -= 1
    if 0 < last < len(words):
        yield [*words[last:], *words[:last]]
    yield words


def _readings(words: Sequence[str]) -> Iterator[str]:
    """Keys of a name whose family name is last, but for Jr. and III, which stand behind the given names."""
    parts = [part for word in words for part in (word.split("-") if word.endswith(("-jr", "-sr")) else (word,))]
    names = [part for place, part in enumerate(parts) if not place or part not in SUFFIXES]
    suffixes = [part for part in parts[1:] if part in SUFFIXES]
    family, given = names[-1], names[:-1]
    yield "_".join((family.replace("-", ""), *given, *suffixes))
    if "-" in family:
        *others, last = family.split("-")
        yield "_".join((last, *given, *others, *suffixes))
    particle = next((place for place, word in enumerate(names) if place and word in PARTICLES), len(names) - 1)
    if particle < len(names) - 1:
        yield "_".join(("".join(names[particle:]).replace("-", ""), *names[:particle], *suffixes))


def key_as_printed(key: str) -> str:
    """A key in the order of a printed name."""
    family, *rest = key.split("_")
    return " ".join((*rest, family))


def shortened(key: str) -> str:
    """The first given name and the family name of a key, as printed."""
    family, *rest = key.split("_")
    return " ".join((*rest[:1], family))


def beginning(key: str) -> str:
    """What all keys begin with that fit it; "" where it has no given name to be looked for by."""
    family, _, rest = key.partition("_")
    return f"{family}_{rest[0]}" if rest else ""


def fit(asked: str, key: str) -> Fit | None:
    """How the printed name of a key fits the one that is asked for, both as keys; None where it does not."""
    family, _, wanted = asked.partition("_")
    other, _, printed = key.partition("_")
    if family != other:
        return None
    if wanted == printed:
        return Fit.EXACT
    if wanted.translate(_JOINS) == printed.translate(_JOINS):
        return Fit.FULL  # Hsin-Yi and Hsinyi, J.K. and JK
    found = _follow(wanted.split("_"), printed.split("_"))
    if found is None and len(parts := _PARTS.split(wanted)) > 1:
        return _follow(parts, _PARTS.split(printed))  # J P, and Jean-Pierre is printed
    return found


def _follow(wanted: Sequence[str], printed: Sequence[str]) -> Fit | None:
    """Whether all that is wanted is printed in that order, from the first one on."""
    found, at = Fit.FULL, 0
    for place, word in enumerate(wanted):
        compared = None
        while at < len(printed) and compared is None:
            compared = _compare(word, printed[at])
            at += 1
            if compared is None and place == 0:
                return None
        if compared is None:
            return None
        found = min(found, compared)
    return found


def _compare(wanted: str, printed: str) -> Fit | None:
    if wanted == printed:
        return Fit.FULL
    if printed in SUFFIXES or wanted in SUFFIXES:
        return None
    if len(wanted) == 1 and printed.startswith(wanted):
        return Fit.FULL
    if len(printed) == 1 and wanted.startswith(printed):
        return Fit.ABBREVIATED
    if "-" in wanted and wanted.count("-") == printed.count("-"):
        parts = list(map(_compare, wanted.split("-"), printed.split("-")))
        return None if None in parts else min(part for part in parts if part)
    return None
