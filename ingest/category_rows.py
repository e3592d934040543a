"""A paper's announcements and its rows in categories, brought up to what is told of it.

Guarantee: what stands there afterwards is a function of all that was ever told (ingest.days), whatever the order; rows
that are right already are not written again. A few queries for any number of papers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from coolpapers.bulk import insert_rows
from coolpapers.models import Announcement, PaperCategory
from ingest.days import day_in, known
from ingest.record import Announced

_Row = tuple[str, int, bool, date | None, datetime | None, int]  # category, place, approximate, day, …


@dataclass(frozen=True, slots=True)
class Placed:
    """A paper, with what is told of its announcements now; `categories` None: those that it has."""

    pk: int
    categories: tuple[str, ...] | None
    submitted: datetime | None
    ordinal: int
    told: tuple[Announced, ...]


def insert_listings(papers: Iterable[Placed]) -> None:
    """Announcements and rows of papers that have none yet."""
    told = [(paper, known(paper.told)) for paper in papers]
    _insert_announcements((paper.pk, announced) for paper, announced in told)
    _insert_rows((paper.pk, _rows(paper, paper.categories or (), announced)) for paper, announced in told)


def update_listings(papers: Sequence[Placed]) -> set[int]:
    """Bring up announcements and rows of papers that may have some; the ids of those in which something changed."""
    ids = [paper.pk for paper in papers]
    held, rows = _held_announcements(ids), _held_rows(ids)
    announced: dict[int, tuple[Announced, ...]] = {}
    placed: dict[int, list[_Row]] = {}
    for paper in papers:
        before, rows_before = held.get(paper.pk, ()), rows.get(paper.pk, [])
        wanted = known((*before, *paper.told))
        categories = tuple(row[0] for row in rows_before) if paper.categories is None else paper.categories
        if set(wanted) != set(before):
            announced[paper.pk] = wanted
        if (rows_wanted := _rows(paper, categories, wanted)) != rows_before:
            placed[paper.pk] = rows_wanted
    Announcement.objects.filter(paper__in=list(announced)).delete()
    _insert_announcements(announced.items())
    PaperCategory.objects.filter(paper__in=list(placed)).delete()
    _insert_rows(placed.items())
    return announced.keys() | placed.keys()


def _rows(paper: Placed, categories: Sequence[str], announced: Sequence[Announced]) -> list[_Row]:
    """The paper's rows but for its id, with the day that day pages read."""
    return [
        (code, place, *day_in(code, announced), paper.submitted, paper.ordinal) for place, code in enumerate(categories)
    ]


def _held_announcements(ids: Sequence[int]) -> dict[int, tuple[Announced, ...]]:
    held: dict[int, tuple[Announced, ...]] = {}
    found = Announcement.objects.filter(paper__in=ids).order_by("paper", "day", "kind")
    for pk, day, kind, evidence, scope in found.values_list("paper_id", "day", "kind", "evidence", "scope"):
        held[pk] = (*held.get(pk, ()), Announced(day, kind, evidence, tuple(scope.split())))
    return held


def _held_rows(ids: Sequence[int]) -> dict[int, list[_Row]]:
    held: dict[int, list[_Row]] = {}
    found = PaperCategory.objects.filter(paper__in=ids).order_by("paper", "place")
    for pk, *row in found.values_list("paper_id", "category_id", "place", "approximate", "day", "submitted", "ordinal"):
        held.setdefault(pk, []).append(tuple(row))  # type: ignore[arg-type]
    return held


def _insert_announcements(papers: Iterable[tuple[int, Sequence[Announced]]]) -> None:
    insert_rows(
        Announcement,
        ("paper", "day", "kind", "evidence", "scope"),
        ((pk, a.day, a.kind, a.evidence, " ".join(a.scope)) for pk, announced in papers for a in announced),
    )


def _insert_rows(papers: Iterable[tuple[int, Sequence[_Row]]]) -> None:
    insert_rows(
        PaperCategory,
        ("paper", "category", "place", "approximate", "day", "submitted", "ordinal"),
        ((pk, *row) for pk, rows in papers for row in rows),
    )
