"""Where a query's words stand in a text, and the part of the text that shows them best.

Pure. Words match as the index matches them (search.analysis: folded, stemmed), those of one phrase side by side, and
`word*` whatever begins so. A formula is never cut: a match inside one is the whole formula, and a part that would end
inside one ends before or after it. Positions are characters of the text as it stands.
"""

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from coolpapers.tex import Segment, split_math
from search.analysis import plain_words, spelled_out, spellings, stem_of, stems, words_beginning, words_of

LENGTH = 240  # characters: three lines of a card
_UNSPACED = "\u2e80"  # from here on scripts that need no space to be cut


class _Match(NamedTuple):
    start: int
    end: int
    word: int  # which of the wanted words


class Snippet(NamedTuple):
    """A part of a text, "…" where it is cut, and what of it matches."""

    text: str
    marks: list[tuple[int, int]]


def matches(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """(start, end) of all that matches one of the words or phrases: in order, no two touching."""
    return _spans(_found(text, tuple(words)))


def _spans(found: Sequence[_Match]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for start, end, _ in found:
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def snippet(text: str, words: Sequence[str], length: int = LENGTH) -> Snippet:
    """The `length` characters, or a few less, that show most of the words.

    Longer only where one formula is longer.
    """
    if len(text) <= length:
        return Snippet(text, matches(text, words))
    formulas = _formulas(text)
    found = _found(text, tuple(words))
    anchor = _densest(found, length)
    start = _cut_before(text, anchor.start - length // 4, anchor.start, formulas)
    end = _cut_after(text, start + length, anchor.end, formulas)
    part = text[start:end].strip()
    first = start + len(text[start:end]) - len(text[start:end].lstrip())
    before, after = "…" if start else "", ""
    if end < len(text):
        part, after = part.rstrip(".,;: "), "…"
    inside = [match for match in found if first <= match.start and match.end <= first + len(part)]
    shift = len(before) - first
    return Snippet(f"{before}{part}{after}", [(left + shift, right + shift) for left, right in _spans(inside)])


def _formulas(text: str) -> list[Segment]:
    return [part for part in split_math(text) if part.math] if "$" in text or "\\" in text else []


@lru_cache(maxsize=16)
def _found(text: str, words: tuple[str, ...]) -> list[_Match]:
    """Kept for the moment: an abstract is marked whole and cut to its part, one after the other."""
    return _find(text, words, _formulas(text))


class _Wanted(NamedTuple):
    """The words as they are looked for: first stem → words that begin so, with all their stems; beginnings of words."""

    by_first: dict[str, list[tuple[int, tuple[str, ...]]]]
    beginnings: list[tuple[int, str]]
    starts: tuple[str, ...]


@lru_cache(maxsize=64)
def _wanted(words: tuple[str, ...]) -> _Wanted:
    """Kept for the moment: the words of one query are looked for in all that its page shows."""
    by_first: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
    beginnings: list[tuple[int, str]] = []
    for number, word in enumerate(words):
        if word.endswith("*"):
            beginnings += [(number, part) for part in plain_words(word)[:1]]
            continue
        for spelling in spellings(word):
            if parts := stems(spelling):
                by_first.setdefault(parts[0], []).append((number, parts))
    return _Wanted(by_first, beginnings, (*by_first, *(part for _, part in beginnings)))


def _find(text: str, words: tuple[str, ...], formulas: Sequence[Segment]) -> list[_Match]:
    """All matches by their start; one inside a formula is the whole formula."""
    by_first, beginnings, starts = _wanted(words)
    if not starts:
        return []
    found: list[_Match] = []
    for start, end, stem in words_beginning(text, starts):
        if beginnings and (as_written := plain_words(text[start:end])):
            found += [_Match(start, end, number) for number, part in beginnings if as_written[0].startswith(part)]
        for number, parts in by_first.get(stem, ()):
            if len(parts) == 1:
                found.append(_Match(start, end, number))
            elif (end_of_phrase := _phrase_end(text, start, parts)) is not None:
                found.append(_Match(start, end_of_phrase, number))
    return sorted(_widened(match, formulas) for match in found) if formulas else found


def _phrase_end(text: str, start: int, parts: tuple[str, ...]) -> int | None:
    """Where the words that begin at `start` end, if they are these."""
    told = list(islice(words_of(text, start), len(parts)))
    fits = len(told) == len(parts) and all(
        part == stem or part == stem_of(spelled_out(text[begin:end]))
        for part, (begin, end, stem) in zip(parts, told, strict=True)
    )
    return told[-1][1] if fits else None


def _widened(match: _Match, formulas: Sequence[Segment]) -> _Match:
    """The match with the whole of the formulas that it begins and ends in."""
    first, last = _formula_around(match.start + 1, formulas), _formula_around(match.end - 1, formulas)
    return _Match(first.start if first else match.start, last.end if last else match.end, match.word)


def _formula_around(position: int, formulas: Sequence[Segment]) -> Segment | None:
    """The formula that a cut at `position` would break."""
    place = bisect_left(formulas, position, key=lambda formula: formula.start) - 1
    return formulas[place] if place >= 0 and position < formulas[place].end else None


def _densest(found: Sequence[_Match], length: int) -> _Match:
    """The match that the part with the most different words begins with, the earliest of equals."""
    best, most = _Match(0, 0, 0), 0
    inside: dict[int, int] = {}
    last = 0
    for first in found:
        while last < len(found) and found[last].end <= first.start + length * 3 // 4:
            inside[found[last].word] = inside.get(found[last].word, 0) + 1
            last += 1
        different = sum(count > 0 for count in inside.values())
        if max(different, 1) > most:
            best, most = first, max(different, 1)
        if inside.get(first.word):
            inside[first.word] -= 1
    return best


def _may_cut(text: str, position: int, formulas: Sequence[Segment]) -> bool:
    """Whether `position` stands between two words and in no formula."""
    between = text[position].isspace() or text[position - 1].isspace() or text[position] >= _UNSPACED
    return between and _formula_around(position, formulas) is None


def _cut_before(text: str, wish: int, limit: int, formulas: Sequence[Segment]) -> int:
    """The first place to cut from `wish` to `limit`."""
    if wish <= 0:
        return 0
    return next((place for place in range(wish, limit) if _may_cut(text, place, formulas)), limit)


def _cut_after(text: str, wish: int, limit: int, formulas: Sequence[Segment]) -> int:
    """The last place to cut from `limit` to `wish`; else around the formula that is in the way, else at `wish`."""
    if max(wish, limit) >= len(text):
        return len(text)
    if place := next((place for place in range(wish, limit, -1) if _may_cut(text, place, formulas)), 0):
        return place
    cut = _formula_around(wish, formulas)
    if cut is None:
        return max(wish, limit)
    return cut.start if cut.start > limit else max(cut.end, limit)
