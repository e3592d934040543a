"""What is new in a list since its last digest.

Input: a list and where its subscription stands. Output: `News`, and where it stands then; nothing is written. An arXiv
paper is new in the list on the first day known (observed or computed, never estimated) that it has there. All days of a
window are looked at again each time, and what was told is left out, so that a paper that arrives late is told as well,
and none twice. Venue papers are announced by nobody: those are new that this site took in since. Withdrawn papers are
not told of.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Exists, Max, Min, OuterRef, Q
from django.utils import timezone

from coolpapers.clock import get_clock
from coolpapers.digests.lists import DigestList
from coolpapers.digests.models import Every
from coolpapers.models import REPLACED, Announcement, Branch, Category, Edition, Evidence, Paper, PaperCategory
from coolpapers.taxonomy import CATEGORIES, CategoryExpression
from search import pipeline
from search.narrowing import narrowed
from search.nodes import Dated, InVenue, Node, any_of
from search.query import Query, parse_query

# How long a paper may arrive after its day and still be told. Twice as long as the digests are apart, or more.
WINDOWS = {Every.DAY: timedelta(days=7), Every.WEEK: timedelta(days=14)}
HORIZON = timedelta(minutes=10)  # younger papers may stand in a transaction that is not through: they wait
HITS = 1_000  # of a search are looked at
EDITIONS = 12  # named in one search


class SearchAway(Exception):
    """The engine does not answer now."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a subscription stands: papers after `since` and with ids above `seen` are new, but those `told`."""

    since: date
    seen: int
    told: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class News:
    """Ids of what is new, the newest first; the days that they are of, where they have any; and where it stands now."""

    papers: tuple[int, ...]
    then: Place
    first: date | None = None
    last: date | None = None


@dataclass
class _Found:
    """Papers of the window by their first known day in the list, and venue papers."""

    days: dict[int, date] = field(default_factory=dict)
    of_venues: list[int] = field(default_factory=list)


def place_now(wanted: DigestList, every: str) -> Place:
    """Where a subscription begins: all that the list holds now is known. A paper of these days that is still to come is
    new, so a day that arrives in parts is told whole."""
    newest = Category.objects.newest_day(CATEGORIES) or get_clock().now().date()
    seen = Paper.objects.aggregate(last=Max("pk"))["last"] or 0
    try:
        return find_news(wanted, Place(newest - WINDOWS[Every(every)], seen), every).then
    except SearchAway:
        return Place(newest, seen)


def find_news(wanted: DigestList, place: Place, every: str) -> News:
    """What of the list was not told yet. Raises SearchAway."""
    seen = _seen(place.seen)
    found = _Found()
    if wanted.expression is not None:
        found.days = _of_expression(wanted.expression, place.since)
    elif wanted.search is not None:
        found = _of_search(wanted.search, place, seen)
    else:
        found.of_venues = _of_editions(_editions(wanted), place.seen, seen)
    candidates = [*found.days, *found.of_venues]
    dropped = set(Paper.objects.filter(pk__in=candidates, withdrawn=True).values_list("pk", flat=True))
    new = [pk for pk in candidates if pk not in place.told and pk not in dropped]
    days = [found.days[pk] for pk in new if pk in found.days]
    newest = max(found.days.values(), default=place.since)
    since = max(place.since, newest - WINDOWS[Every(every)])
    then = Place(since, seen, frozenset(pk for pk, day in found.days.items() if day > since))
    return News(tuple(new), then, min(days, default=None), max(days, default=None))


def _seen(seen: int) -> int:
    """The greatest id up to which no paper is younger than HORIZON, by the machine's clock, as they were added.

    One walk of the primary key from `seen` on.
    """
    later = Paper.objects.filter(pk__gt=seen)
    young = later.filter(added__gt=timezone.now() - HORIZON).aggregate(first=Min("pk"))["first"]
    last = later.aggregate(last=Max("pk"))["last"]
    return max(seen, young - 1 if young else last or 0)


# --- Categories --------------------------------------------------------------------------------------------------
def _of_expression(expression: CategoryExpression, since: date) -> dict[int, date]:
    """Papers whose first known day in the expression is after `since`, the newest first."""
    rows = PaperCategory.objects.in_expression(expression).filter(day__gt=since, approximate=False)
    if not expression.is_single:
        codes = expression.possible_codes
        earlier = PaperCategory.objects.filter(paper=OuterRef("paper"), category__in=codes, approximate=False)
        rows = rows.filter(~Exists(earlier.filter(day__lte=since)))
    first = rows.values("paper_id", "ordinal").annotate(first=Min("day")).order_by("-first", "-ordinal")
    return dict(first.values_list("paper_id", "first"))


# --- Venues ------------------------------------------------------------------------------------------------------
def _editions(wanted: DigestList) -> list[Edition]:
    if wanted.edition is not None:
        return [wanted.edition]
    return list(Edition.objects.of_venue(wanted.venue)) if wanted.venue is not None else []


def _of_editions(editions: Sequence[Edition], seen: int, until: int) -> list[int]:
    """Papers of these editions that came in between, in the order of the newest edition's proceedings."""
    rows = Paper.objects.filter(group__edition__in=editions, pk__gt=seen, pk__lte=until)
    return list(rows.order_by("-ordinal").values_list("pk", flat=True))


def _growing_editions(seen: int, until: int) -> list[str]:
    """Names of the editions that any paper came in for."""
    papers = Paper.objects.filter(pk__gt=seen, pk__lte=until, branch=Branch.VENUE)
    editions = Edition.objects.filter(pk__in=set(papers.values_list("group__edition", flat=True)))
    return [str(edition) for edition in editions.select_related("venue")]


# --- Searches ----------------------------------------------------------------------------------------------------
def _of_search(query: Query, place: Place, seen: int) -> _Found:
    found = _Found()
    if query.branch != Branch.VENUE:
        since = Dated(place.since + timedelta(days=1), None, "announced")
        found.days = _first_days(_hits(query, since, Branch.ARXIV), place.since)
    if query.branch != Branch.ARXIV:
        names = _growing_editions(place.seen, seen)
        for part in _parts(names):
            venues = any_of(InVenue(name) for name in part)
            assert venues is not None
            found.of_venues += [pk for pk in _hits(query, venues, Branch.VENUE) if place.seen < pk <= seen]
    return found


def _parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[at : at + EDITIONS] for at in range(0, len(names), EDITIONS))


def _hits(query: Query, within: Node, branch: str) -> list[int]:
    """Papers that match the query as it is typed: what search offers instead, or beside, is nobody's wish here."""
    text = narrowed(query, within)
    if text is None:
        return []
    found = pipeline.run(parse_query(text, branch=branch), sort="announced", offset=0, limit=HITS)
    if found.failed:
        raise SearchAway
    return [] if found.answered is None or found.corrected is not None else list(found.paper_ids)


def _first_days(ids: Sequence[int], since: date) -> dict[int, date]:
    """Those of the papers whose first known announcement is after `since`, with its day, in their order."""
    known = Announcement.objects.filter(paper__in=ids).exclude(Q(kind__in=REPLACED) | Q(evidence=Evidence.ESTIMATED))
    days = dict(known.order_by().values("paper_id").annotate(first=Min("day")).values_list("paper_id", "first"))
    return {pk: days[pk] for pk in ids if pk in days and days[pk] > since}
