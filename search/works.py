"""Copies of one work in a list of results: the first stays.

A link that was made or undone since the papers were indexed counts at once: works are looked up in the store.
"""

from collections.abc import Sequence

from coolpapers.models import Paper
from search.ranking import Found


def each_work_once(found: Sequence[Found]) -> tuple[tuple[Found, ...], set[int], set[int]]:
    """The papers without later copies of a work; the ids of those left out; and the ids of all other copies of those
    that stay, which are not in the list."""
    works = Paper.objects.works_with_copies([one.paper_id for one in found])
    if not works:
        return tuple(found), set(), set()
    seen: set[int] = set()
    kept: list[Found] = []
    twice: set[int] = set()
    for one in found:
        work = works.get(one.paper_id)
        if work is not None and work in seen:
            twice.add(one.paper_id)
            continue
        if work is not None:
            seen.add(work)
        kept.append(one)
    copies = set(Paper.objects.filter(work__in=seen).values_list("pk", flat=True)) - works.keys()
    return tuple(kept), twice, copies
