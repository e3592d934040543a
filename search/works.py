"""Copies of one work in what two rankings found, each of which has it once: the first stays.

An engine folds the copies that words find (search.engines.base); those that only meaning finds are known by the store.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from coolpapers.models import Paper
from search.ranking import Found

_STORED = ContextVar("stored", default=True)


@contextmanager
def of_the_store(stored: bool) -> Iterator[None]:
    """Inside, whether papers are the store's. Those of another corpus, which is measured, have numbers of their own."""
    token = _STORED.set(stored)
    try:
        yield
    finally:
        _STORED.reset(token)


def each_work_once(found: Sequence[Found]) -> tuple[tuple[Found, ...], set[int]]:
    """The papers without later copies of a work, and the ids of those left out."""
    works = Paper.objects.works_with_copies([one.paper_id for one in found]) if _STORED.get() else {}
    if not works:
        return tuple(found), set()
    first: dict[int, int] = {}
    for one in found:
        if one.paper_id in works:
            first.setdefault(works[one.paper_id], one.paper_id)
    twice = works.keys() - first.values()
    return tuple(one for one in found if one.paper_id not in twice), twice


def with_copies(paper_ids: Collection[int]) -> set[int]:
    """The papers and all other copies of their works."""
    works = Paper.objects.works_among(list(paper_ids)) if paper_ids and _STORED.get() else ()
    copies = Paper.objects.filter(work__in=works).values_list("pk", flat=True) if works else ()
    return {*paper_ids, *copies}
