"""arXiv's listings: feeds as they were received, what they tell, and that of the papers that are held.

Guarantees: a feed is kept as received, and read into rows that any order of feeds, or a feed twice, leaves the same;
applying a listing again changes nothing. What a listing announces is counted from feeds alone, never from what is held.
"""

import gzip
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Protocol

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from coolpapers.bulk import insert_rows, update_rows
from coolpapers.models import REPLACED, Paper, PaperCategory
from coolpapers.taxonomy import canonical_category
from ingest.category_rows import Placed, update_listings
from ingest.days import MAKES_DAY, scope_of
from ingest.models import Feed, Listed
from ingest.record import Announced
from ingest.saved import SaveReport, tell_index
from ingest.schedule import EASTERN

BATCH = 1_000  # keys asked for at once
_CATEGORIES_LIMIT = 400  # characters of Listed.categories


class Entry(Protocol):
    """A paper in a feed: a canonical key, and categories with the primary one first."""

    @property
    def key(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def categories(self) -> tuple[str, ...]: ...


class Announcements(Protocol):
    """A feed as it was read (ingest.sources.arxiv_feed)."""

    @property
    def name(self) -> str: ...
    @property
    def day(self) -> date | None: ...
    @property
    def entries(self) -> Sequence[Entry]: ...
    @property
    def truncated(self) -> bool: ...


# --- Keeping feeds -----------------------------------------------------------------------------------------------
@transaction.atomic
def keep_feed(feed: Announcements, *, body: bytes, received: datetime) -> int:
    """Keep a feed as received, with its entries as rows; how many of them are new. The same body twice is one feed,
    received when it came last.

    An empty feed that names no day is of the day on which it was received, in New York.
    """
    day = feed.day or received.astimezone(EASTERN).date()
    Feed.objects.update_or_create(
        name=feed.name,
        day=day,
        digest=hashlib.blake2b(body, digest_size=16).hexdigest(),
        defaults={
            "received": received,
            "entries": len(feed.entries),
            "truncated": feed.truncated,
            "body": gzip.compress(body, mtime=0),
        },
    )
    return _keep_entries(feed.name, day, feed.entries)


def _keep_entries(name: str, day: date, entries: Iterable[Entry]) -> int:
    """Rows of the entries. Where two feeds of that name and day differ about one, the longer list of categories stays:
    which came first does not matter."""
    told: dict[tuple[str, str], tuple[int, str]] = {}
    for entry in entries:
        place, row = (entry.key, entry.kind), (entry.version, _categories_text(entry.categories))
        told[place] = _fuller(told.get(place, row), row)
    rows = Listed.objects.filter(day=day, feed=name)
    held = {
        (key, kind): (pk, (version, categories))
        for pk, key, kind, version, categories in rows.values_list("pk", "key", "kind", "version", "categories")
    }
    new = [(day, name, *place, *row) for place, row in told.items() if place not in held]
    insert_rows(Listed, ("day", "feed", "key", "kind", "version", "categories"), new, ignore_conflicts=True)
    fuller = [(pk, before, _fuller(before, told.get(place, before))) for place, (pk, before) in held.items()]
    update_rows(Listed, ("version", "categories"), ((pk, *row) for pk, before, row in fuller if row != before))
    return len(new)


def _fuller(one: tuple[int, str], other: tuple[int, str]) -> tuple[int, str]:
    return max(one[0], other[0]), max(one[1], other[1], key=lambda text: (len(text), text))


def _categories_text(categories: Iterable[str]) -> str:
    codes = dict.fromkeys(code for category in categories if (code := canonical_category(category)))
    text = " ".join(codes)
    return text if len(text) <= _CATEGORIES_LIMIT else text[:_CATEGORIES_LIMIT].rpartition(" ")[0]


# --- What they tell ----------------------------------------------------------------------------------------------
def told_in_feeds(keys: Iterable[str], day: date | None = None) -> dict[str, list[Announced]]:
    """What feeds told of these papers, of one day or of all."""
    told: dict[str, list[Announced]] = {}
    for part in _parts(keys):
        rows = Listed.objects.filter(key__in=part)
        rows = rows.filter(day=day) if day else rows
        for key, listed_on, kind, feed, categories in rows.values_list("key", "day", "kind", "feed", "categories"):
            if scope := scope_of(feed, kind, categories.split()):
                told.setdefault(key, []).append(Announced(listed_on, kind, "observed", scope))
    return told


def announced_on(day: date) -> dict[str, set[str]]:
    """Category → keys of the papers that the day's feeds announce in it: new and cross-listed, without those that an
    earlier day's feeds announced there already."""
    announced: dict[str, set[str]] = {}
    keys = set()
    for code, key in _announced_in(Q(day=day)):
        announced.setdefault(code, set()).add(key)
        keys.add(key)
    for part in _parts(keys):
        for code, key in _announced_in(Q(key__in=part, day__lt=day)):
            announced.get(code, set()).discard(key)
    return announced


def _announced_in(which: Q) -> Iterator[tuple[str, str]]:
    """(category, key) of what rows of feeds announce."""
    rows = Listed.objects.filter(which, kind__in=MAKES_DAY)
    for feed, key, kind, categories in rows.values_list("feed", "key", "kind", "categories"):
        for code in scope_of(feed, kind, categories.split()):
            yield code, key


def replaced_on(day: date) -> dict[str, set[str]]:
    """Category → keys of its papers of which the day's feeds tell a new version."""
    replaced: dict[str, set[str]] = {}
    rows = Listed.objects.filter(day=day, kind__in=REPLACED)
    for key, categories in rows.values_list("key", "categories"):
        for code in categories.split():
            replaced.setdefault(code, set()).add(key)
    return replaced


def held_of(day: date, announced: Mapping[str, set[str]]) -> dict[tuple[str, str], int]:
    """(category, key) → id, for those of the announced papers that are held and stand on the day in the category.

    Also for those of which a record at least as new as the day tells that they are in the category no more: nothing of
    them is missing.
    """
    rows = PaperCategory.objects.filter(category__in=list(announced), day=day)
    held = {
        (code, key): pk
        for code, key, pk in rows.values_list("category_id", "paper__key", "paper_id")
        if key in announced[code]
    }
    missing = {(code, key) for code, keys in announced.items() for key in keys if (code, key) not in held}
    for part in _parts({key for _code, key in missing}):
        papers = Paper.objects.filter(key__in=part, modified__gte=day)
        newer = dict(papers.values_list("key", "pk"))
        standing = set(
            PaperCategory.objects.filter(paper__in=list(newer.values())).values_list("category_id", "paper__key")
        )
        held |= {place: newer[place[1]] for place in missing - standing if place[1] in newer}
    return held


def listed_but_not_held(day: date) -> list[str]:
    """Keys of the papers that the day's feeds announce and that are not held, or not in each of the categories where
    they were announced."""
    announced = announced_on(day)
    held = held_of(day, announced)
    return sorted({key for code, keys in announced.items() for key in keys if (code, key) not in held})


# --- Applying them -----------------------------------------------------------------------------------------------
def apply_listings(day: date, keys: Iterable[str] | None = None) -> SaveReport:
    """Tell the papers that are held what the day's feeds announce of them, all or those of these keys."""
    listed = Listed.objects.filter(day=day).values_list("key", flat=True).distinct() if keys is None else keys
    report = SaveReport()
    for part in _parts(listed):
        report += _apply(told_in_feeds(part, day))
    return report


@transaction.atomic
def _apply(told: Mapping[str, Sequence[Announced]]) -> SaveReport:
    papers = Paper.objects.filter(key__in=list(told)).values_list("pk", "key", "submitted", "ordinal")
    placed = [Placed(pk, None, submitted, ordinal, tuple(told[key])) for pk, key, submitted, ordinal in papers]
    changed = list(update_listings(placed))
    Paper.objects.filter(pk__in=changed).update(revision=F("revision") + 1, changed=timezone.now())
    tell_index(Paper.objects.filter(pk__in=changed).values_list("pk", "revision"))
    return SaveReport(0, len(changed), len(placed) - len(changed))


def _parts(keys: Iterable[str]) -> Iterator[list[str]]:
    """The keys, each once, as many at a time as are asked for at once."""
    stream = iter(dict.fromkeys(keys))
    while part := list(islice(stream, BATCH)):
        yield part
