"""?sort=word,word: papers that have words which the reader prefers come first, on any list; and ?sort=1: those that
have most stars.

Guarantees: nothing of the reader is kept, the words are in the address alone; the cost is bounded: the first WINDOW
papers of a list are looked at, and those behind them stay where they are. A word counts once for a paper, in its title
TITLE times as much as in its abstract; papers that are worth the same keep the list's own order.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet

from coolpapers.memory import memory
from coolpapers.models import Paper
from coolpapers.pages.options import SHOW_LIMIT, ListOptions
from search import pipeline
from search.query import Query

WINDOW = 5_000  # papers: the largest edition has 4,500. Reading and ranking so many takes 0.2 s, then it is remembered
REMEMBERED = 300  # seconds
TITLE = 3
WHOLE = 3  # letters: so short a word is looked for as a whole, a longer one also as the beginning of another


def part_of(ids: QuerySet[Any, int] | Sequence[int], options: ListOptions) -> list[int]:
    """The part of the list that the options ask for, preferred papers first where they name words."""
    first, end = options.skip, options.skip + options.show
    if options.sort == "stars" and (starred := Paper.objects.most_starred_of(ids, WINDOW)):
        there = set(starred)
        return [*starred, *(i for i in ids[: end + len(starred)] if i not in there)][first:end]
    if not options.prefer:
        return list(ids[first:end])
    window = list(ids[:WINDOW])
    part = ranked(window, options.prefer)[first:end]
    if len(part) < options.show and len(window) == WINDOW:
        part += list(ids[max(first, WINDOW) : end])
    return part


def search_part(query: Query, options: ListOptions, sort: str) -> pipeline.SearchPage:
    """The part of what a query finds, by `sort` where the options say none; preferred or starred papers first among as
    many as one page shows."""
    if not (options.prefer or options.sort == "stars"):
        return pipeline.run(query, sort=options.sort or sort, offset=options.skip, limit=options.show)
    found = pipeline.run(query, sort=sort, offset=0, limit=SHOW_LIMIT)
    hits = {hit.paper_id: hit for hit in found.hits}
    order = ranked(list(hits), options.prefer) if options.prefer else part_of(list(hits), ListOptions.whole("stars"))
    part = [hits[paper_id] for paper_id in order[options.skip : options.skip + options.show]]
    if (missing := options.show - len(part)) and found.total > SHOW_LIMIT:
        behind = pipeline.run(query, sort=sort, offset=max(options.skip, SHOW_LIMIT), limit=missing)
        part += [hit for hit in behind.hits if hit.paper_id not in hits]
    return replace(found, hits=tuple(part))


def ranked(ids: Sequence[int], words: Sequence[str]) -> list[int]:
    """The papers by what they are worth for these words; as they were where that is the same."""
    name = f"preferred {','.join(words)} {','.join(map(str, ids))}"
    return memory.recall(name, REMEMBERED, lambda: _ranked(ids, words))


def _ranked(ids: Sequence[int], words: Sequence[str]) -> list[int]:
    looks = [_finder(word) for word in words]
    worth = {
        paper_id: sum(TITLE * look(title) + look(abstract) for look in looks)
        for paper_id, title, abstract in (
            (pk, _folded(title), _folded(abstract)) for pk, title, abstract in Paper.objects.texts_of(ids)
        )
    }
    return sorted(ids, key=lambda paper_id: -worth.get(paper_id, 0))


def _folded(text: str) -> str:
    """Lower case, without accents."""
    if not text.isascii():
        text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return text.lower()


def _finder(word: str) -> Callable[[str], bool]:
    """Whether a folded text has the word. Looking for the letters first spares most texts the slower pattern."""
    letters = _folded(word)
    begins = r"\b" if letters[:1].isalnum() else ""
    ends = r"\b" if len(letters) <= WHOLE and letters[-1:].isalnum() else ""
    pattern = re.compile(f"{begins}{re.escape(letters)}{ends}")
    return lambda text: letters in text and pattern.search(text) is not None
