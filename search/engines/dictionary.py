"""The words that an index holds, as a dictionary of spellings.

Titles are held as they are written, and names; words of abstracts alone are known, but never proposed. One slip is
looked up letter by letter (embedded, 650 look-ups of a word of twelve letters take 0.8 ms); two slips are looked for
among the words that begin alike, and only where one leads nowhere.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from search.analysis import plain_words, stem_of
from search.engines.base import Spellings
from search.engines.fields import FIELDS, TEXTS
from search.nodes import TextField
from search.spelling import LONGEST, SAME_START, SHORTEST_FOR_TWO, is_within_two, one_slip


class Dictionary(Protocol):
    """What an index knows of words. `written_field` has titles as they are written."""

    written_field: str

    def papers_with(self, terms: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], int]: ...

    def alike(self, field: str, word: str, start: str) -> Iterable[str]:
        """At least those words of a field that begin so and are two slips away from the word."""


def spellings(index: Dictionary, word: str, field: TextField, limit: int) -> Spellings:
    """How many papers have the word, and what it may have been, the most frequent first."""
    plain = next(iter(plain_words(word)), "")
    forms = {"plain": plain, "stemmed": stem_of(plain)}
    papers = max(index.papers_with([(name, forms[TEXTS[name]]) for name in FIELDS[field]]).values(), default=0)
    if not limit or len(plain) > LONGEST:
        return Spellings(papers)
    held = dict.fromkeys("authors" if TEXTS[name] == "plain" else index.written_field for name in FIELDS[field])
    near = _counted(index, list(held), one_slip(plain))
    if not near and len(plain) >= SHORTEST_FOR_TWO:
        alike = {other for name in held for other in index.alike(name, plain, plain[:SAME_START])}
        near = _counted(index, list(held), {other for other in alike if is_within_two(plain, other)} - {plain})
    return Spellings(papers, tuple(sorted(near.items(), key=lambda one: (-one[1], one[0]))[:limit]))


def _counted(index: Dictionary, names: list[str], words: set[str]) -> dict[str, int]:
    """Those words that papers have in one of the fields, with how many in that where most have it."""
    counts = index.papers_with((name, word) for word in words for name in names)
    found: dict[str, int] = {}
    for (_, word), count in counts.items():
        found[word] = max(found.get(word, 0), count)
    return {word: count for word, count in found.items() if count}
