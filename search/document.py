"""A paper as the engines hold it, read from the store.

Input: ids of papers. Output: `Document`s, in three queries a batch, whatever its size; a paper that is gone gives none.
Whatever an index is made from is named in `SCHEMA`: change one and every index says that it must be rebuilt.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import QuerySet

from coolpapers.models import Alias, Paper, PaperCategory
from search import titles
from search.titles import title_key

BATCH = 1_000  # papers read at once: about 3 MB
VERSION = 1  # raise it when a field below means something else
NO_DAYS = (0, (1 << 63) - 1)  # in no range of dates, not even an open one
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Document:
    """A paper. `aliases` are its other keys, `work` the number of the work that it is a copy of; 0: it has none.

    `announced` is the earliest day in any of its categories, a known day before an estimated one.
    """

    paper_id: int
    revision: int
    key: str
    branch: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    venue: str
    edition: str
    group: str
    doi: str
    submitted: datetime | None
    announced: date | None
    ordinal: int
    withdrawn: bool
    aliases: tuple[str, ...] = ()
    work: int = 0

    @property
    def one_of(self) -> int:
        """What the copies of a work have in common, and no other paper has."""
        return 2 * self.work + 1 if self.work else 2 * self.paper_id

    @property
    def title_key(self) -> str:
        return title_key(self.title)

    # Newest first must be a total order, or a paper stands on two pages and another on none. So what the engines sort
    # by are numbers below 2^63 in which the place in time (`ordinal`, 38 bits) breaks ties; papers that are equal in
    # all of it, as those of two venues can be, are ordered by their ids.
    @property
    def by_date(self) -> int:
        """Place in time."""
        return min(max(self.ordinal, 0), (1 << 38) - 1)

    @property
    def by_submitted(self) -> int:
        """Second of submission, then place in time (of which 31 bits suffice within a second); unknown last."""
        if self.submitted is None:
            return self.by_date
        return (_second(self.submitted) << 31) | (self.by_date & 0x7FFFFFFF)

    @property
    def by_announced(self) -> int:
        """Day of announcement, then place in time; unknown last."""
        return ((_day(self.announced) if self.announced else 0) << 38) | self.by_date

    @property
    def days(self) -> tuple[int, int]:
        """The first and the last day that its date can be, as `date.toordinal` counts; NO_DAYS where it is unknown.

        The day of submission (UTC), else of announcement; of a venue's paper the year of the edition, all of it.
        """
        if self.edition:
            year = int(self.edition.removeprefix(f"{self.venue}.")[:4])
            return date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        day = self.submitted.date() if self.submitted else self.announced
        return (day.toordinal(), day.toordinal()) if day else NO_DAYS

    @property
    def year(self) -> int:
        """The year that its date lies in; 0 where it is unknown."""
        days = self.days
        return date.fromordinal(days[0]).year if days != NO_DAYS else 0

    @property
    def places(self) -> tuple[str, ...]:
        """What `venue:` finds it by: ACL, ACL.2018, ACL.2018 - Long Papers; and FAST, FAST.2026, FAST.2026 - Fall, as
        search.fields reads FAST.2026-Fall."""
        year, _, label = self.edition.removeprefix(f"{self.venue}.").partition("-")
        named = [self.venue, f"{self.venue}.{year}"] if self.edition else []
        for part in filter(None, (label, self.group)):
            named.append(f"{named[-1]} - {part}")
        return tuple(named)


def _second(instant: datetime) -> int:
    """Seconds since 1970, in 32 bits; shifted, also the least of them comes after the unknown ones' 38 bits."""
    return min(max(int(instant.timestamp()), 1 << 8), (1 << 32) - 1)


def _day(day: date) -> int:
    """Days since 1970, at least 1."""
    return max(day.toordinal() - _EPOCH, 1)


def submitted_within(first: date | None, last: date | None) -> tuple[int, int]:
    """The least and the greatest `by_submitted` of papers submitted in these days (UTC); of unknown ones none."""
    start = _second(datetime.combine(first or date.min, time.min, UTC))
    end = _second(datetime.combine(last or date.max, time.max, UTC))
    return start << 31, (end << 31) | 0x7FFFFFFF


def announced_within(first: date | None, last: date | None) -> tuple[int, int]:
    """The least and the greatest `by_announced` of papers announced on these days; of unknown ones none."""
    start, end = _day(first or date.min), _day(last or date.max)
    return start << 38, (end << 38) | ((1 << 38) - 1)


SCHEMA = hashlib.blake2b(
    repr((VERSION, titles.VERSION, [(field.name, str(field.type)) for field in fields(Document)])).encode(),
    digest_size=8,
).hexdigest()

_COLUMNS = (
    "pk revision key branch title abstract authors doi submitted ordinal withdrawn work_id "
    "group__name group__edition__year group__edition__label group__edition__venue__code"
).split()


def load_documents(ids: Sequence[int]) -> list[Document]:
    """The documents of those papers that are still there, by rising id."""
    rows = PaperCategory.objects.filter(paper__in=ids)
    return _documents(Paper.objects.filter(pk__in=ids), rows, Alias.objects.filter(paper__in=ids))


def all_documents(batch: int = BATCH) -> Iterator[list[Document]]:
    """Every paper's document, by rising id, in batches; each batch is read when it is asked for."""
    last = 0
    while ids := list(Paper.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:batch]):
        first, last = ids[0], ids[-1]
        rows = PaperCategory.objects.filter(paper__gte=first, paper__lte=last)
        aliases = Alias.objects.filter(paper__gte=first, paper__lte=last)
        yield _documents(Paper.objects.filter(pk__range=(first, last)), rows, aliases)


def _documents(
    papers: "QuerySet[Paper]", category_rows: "QuerySet[PaperCategory]", alias_rows: "QuerySet[Alias]"
) -> list[Document]:
    categories: dict[int, list[str]] = {}
    days: dict[int, tuple[bool, date]] = {}
    ordered = category_rows.order_by("paper", "place").values_list("paper_id", "category_id", "day", "approximate")
    for paper_id, code, day, approximate in ordered.iterator():
        categories.setdefault(paper_id, []).append(code)
        if day is not None:
            days[paper_id] = min(days.get(paper_id, (approximate, day)), (approximate, day))
    aliases: dict[int, list[str]] = {}
    for paper_id, key in alias_rows.order_by("key").values_list("paper_id", "key"):
        aliases.setdefault(paper_id, []).append(key)
    return [
        _document(row, categories.get(row[0], ()), days.get(row[0]), aliases.get(row[0], ()))
        for row in papers.order_by("pk").values_list(*_COLUMNS)
    ]


def _document(
    row: tuple[Any, ...], categories: Iterable[str], day: tuple[bool, date] | None, aliases: Iterable[str]
) -> Document:
    pk, revision, key, branch, title, abstract, authors, doi, submitted, ordinal, withdrawn, work, *place = row
    group, year, label, venue = place
    return Document(
        paper_id=pk,
        revision=revision,
        key=key,
        branch=branch,
        title=title,
        abstract=abstract,
        authors=tuple(authors),
        categories=tuple(categories),
        venue=venue or "",
        edition=f"{venue}.{year}{f'-{label}' if label else ''}" if venue else "",
        group=group or "",
        doi=doi,
        submitted=submitted,
        announced=day[1] if day else None,
        ordinal=ordinal,
        withdrawn=withdrawn,
        aliases=tuple(aliases),
        work=work or 0,
    )
