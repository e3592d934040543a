"""Papers that readers ask for and that are not held: fetched through the one governor, once for all who wait.

Guarantees: a page only writes down what it wants; however many ids are asked for by however many readers, they cost
one request at a time, of up to a hundred ids; what arXiv does not have is remembered and not asked for again for a
while; no more than so many wait at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from coolpapers.bulk import insert_rows
from coolpapers.clock import get_clock
from coolpapers.identifiers import arxiv_ordinal
from ingest.models import Wanted, WantedState
from ingest.schedule import EASTERN

AT_ONCE = 100  # ids in one request
WAITING_LIMIT = 1_000  # ids that wait; more are not taken
ABSENT_FOR = timedelta(days=1)
NEW_ABSENT_FOR = timedelta(hours=1)  # an id of this month may be announced any day


def want(keys: Sequence[str]) -> dict[str, Wanted]:
    """Write down that these papers are wanted; how it stands with each. Those that are no id yet, or too many, lack."""
    now = get_clock().now()
    rows = {row.key: row for row in Wanted.objects.filter(key__in=keys)}
    again = [row for row in rows.values() if row.state == WantedState.ABSENT and row.until and row.until <= now]
    new = [key for key in dict.fromkeys(keys) if key not in rows and _can_exist(key, now)]
    room = WAITING_LIMIT - Wanted.objects.filter(state=WantedState.WAITING).count() if new or again else 0
    if again and room > 0:
        ids = [row.pk for row in again[:room]]
        Wanted.objects.filter(pk__in=ids).update(state=WantedState.WAITING, asked=now, until=None)
        room -= len(ids)
    if new and room > 0:
        values = ((key, WantedState.WAITING, now) for key in new[:room])
        insert_rows(Wanted, ("key", "state", "asked"), values, ignore_conflicts=True)
    if again or new:
        rows = {row.key: row for row in Wanted.objects.filter(key__in=keys)}
    return rows


def _can_exist(key: str, now: datetime) -> bool:
    """No id is of a month that has not begun yet."""
    return _month(key) <= _this_month(now + timedelta(days=1))


def _month(key: str) -> int:
    return arxiv_ordinal(key) // 10**6


def _this_month(now: datetime) -> int:
    """As `_month` has it; arXiv counts months in Eastern time."""
    there = now.astimezone(EASTERN)
    return there.year * 100 + there.month


def waiting(limit: int = AT_ONCE) -> list[str]:
    """The keys that have waited longest."""
    rows = Wanted.objects.filter(state=WantedState.WAITING).order_by("asked", "pk")
    return list(rows.values_list("key", flat=True)[:limit])


@transaction.atomic
def settle(*, found: Sequence[str], missing: Sequence[str]) -> None:
    """Wait no longer for those that are held now, nor for those that arXiv does not have."""
    Wanted.objects.filter(key__in=found).delete()
    now = get_clock().now()
    recent = {key for key in missing if _month(key) == _this_month(now)}
    old = set(missing) - recent
    for keys, lasting in ((recent, NEW_ABSENT_FOR), (old, ABSENT_FOR)):
        Wanted.objects.filter(key__in=keys).update(state=WantedState.ABSENT, until=now + lasting)
