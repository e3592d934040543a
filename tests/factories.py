"""Papers for tests, made straight in the store with a default for everything."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from django.utils import timezone

from coolpapers.identifiers import arxiv_ordinal, parse_arxiv_id
from coolpapers.models import (
    Announcement,
    Branch,
    Category,
    Edition,
    Evidence,
    Group,
    Kind,
    Paper,
    PaperCategory,
    Venue,
)

_numbers = count(1)


def make_paper(
    *,
    key: str | None = None,
    categories: Sequence[str] = ("cs.LG",),
    day: date | None = None,
    evidence: Evidence = Evidence.OBSERVED,
    kind: Kind = Kind.NEW,
    venue: str = "",
    year: int = 2024,
    label: str = "",
    group: str = "",
    **fields: Any,
) -> Paper:
    """An arXiv paper, or with `venue` (or a key with @) a venue's; the first category is the primary one.

    `day` announces it in all its categories. `fields` are the paper's own: title, abstract, authors, submitted, …
    """
    number = next(_numbers)
    of_venue = bool(venue) or "@" in (key or "")
    if key is None:
        key = f"{year}.test-long.{number}@ACL" if of_venue else f"2401.{number:05d}"
    values: dict[str, Any] = {
        "title": f"Paper {number}",
        "abstract": "",
        "authors": ["Ada Lovelace", "Alan Turing"],
        "ordinal": year * 10**8 + number if of_venue else _ordinal(key, number),
        "submitted": None if of_venue else datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
        "record_hash": "",
        "added": timezone.now(),
        "changed": timezone.now(),
    } | fields
    if of_venue:
        place = make_group(venue=venue or "ACL", year=year, label=label, name=group)
        return Paper.objects.create(key=key, branch=Branch.VENUE, group=place, **values)
    paper = Paper.objects.create(key=key, branch=Branch.ARXIV, **values)
    announce(paper, categories, day=day, evidence=evidence, kind=kind)
    return paper


def make_group(*, venue: str = "ACL", year: int = 2024, label: str = "", name: str = "") -> Group:
    """The group of that name in the edition, made with both where they are new."""
    home, _ = Venue.objects.get_or_create(code=venue)
    added = {"added": timezone.now()}
    edition, _ = Edition.objects.get_or_create(venue=home, year=year, label=label, defaults=added)
    return Group.objects.get_or_create(edition=edition, name=name)[0]


def announce(
    paper: Paper,
    categories: Sequence[str],
    *,
    day: date | None = None,
    evidence: Evidence = Evidence.OBSERVED,
    kind: Kind = Kind.NEW,
) -> None:
    """Put the paper in these categories too, announced on `day` where that is known."""
    if day is not None:
        Announcement.objects.create(paper=paper, day=day, kind=kind, evidence=evidence)
    for place, code in enumerate(categories, start=paper.category_rows.count()):
        category, _ = Category.objects.get_or_create(code=code, defaults={"name": code})
        PaperCategory.objects.create(
            paper=paper,
            category=category,
            place=place,
            day=None if kind is Kind.REPLACE else day,
            approximate=evidence is Evidence.ESTIMATED,
            submitted=paper.submitted,
            ordinal=paper.ordinal,
        )


def _ordinal(key: str, number: int) -> int:
    return arxiv_ordinal(key) if parse_arxiv_id(key) else 202401 * 10**6 + number
