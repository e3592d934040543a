"""Three weeks of the fake arXiv, feeds and OAI-PMH read as they are sent: days and ledger are those of its world."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from django.db.models import Sum

from coolpapers.models import PaperCategory
from coolpapers.taxonomy import ARCHIVES
from ingest.ledger import check_ledger
from ingest.listings import announced_on, apply_listings, keep_feed
from ingest.models import LedgerLine
from ingest.record import PaperRecord
from ingest.sources.arxiv_feed import parse_feed
from ingest.sources.arxiv_oai import parse_page
from ingest.store import save_records
from tests.upstream.feeds import feed
from tests.upstream.fixtures import SMALL
from tests.upstream.oai import Oai
from tests.upstream.schedule import at
from tests.upstream.story import build_world
from tests.upstream.world import World, canonical

pytestmark = pytest.mark.django_db
FEEDS = [code for code, archive in ARCHIVES.items() if archive.active]


def records(oai: Oai, now: datetime) -> Iterator[PaperRecord]:
    """All records of that instant."""
    asked = {"verb": ["ListRecords"], "metadataPrefix": ["arXivRaw"]}
    while True:
        page = parse_page(oai.answer(asked, now).encode())
        assert not page.bad
        yield from page.records
        if not page.token:
            return
        asked = {"verb": ["ListRecords"], "resumptionToken": [page.token]}


def days_of(world: World) -> list[date]:
    return [world.first + timedelta(days=number) for number in range((world.last - world.first).days + 1)]


def hear(world: World, day: date) -> None:
    now = at(day, 4, 0)
    for name in FEEDS:
        status, body = feed(world, "atom", name, now)
        assert status == 200
        keep_feed(parse_feed(body.encode()), body=body.encode(), received=now)
    apply_listings(day)


def announced(world: World) -> tuple[dict[tuple[str, str], date], set[str]]:
    """(paper, category) → the day on which the world first announced it there; the papers that were new."""
    first: dict[tuple[str, str], date] = {}
    new: set[str] = set()
    for day in days_of(world):
        for line in world.announcements.get(day, ()):
            if line.action != "replace":
                first |= {(line.state.key, c): day for c in canonical(line.scope) if (line.state.key, c) not in first}
            if line.action == "new":
                new.add(line.state.key)
    return first, new


@pytest.mark.parametrize("feeds_first", [True, False])
def test_days_and_ledger_are_those_of_the_world(feeds_first: bool) -> None:
    world = build_world(SMALL)
    end = at(world.last, 23, 0)
    if not feeds_first:
        save_records(records=records(Oai(world, 1000), end))
    for day in days_of(world):
        hear(world, day)
    if feeds_first:
        save_records(records=records(Oai(world, 1000), end))
    first, new = announced(world)
    rows = PaperCategory.objects.filter(paper__key__in=new).values_list("paper__key", "category_id", "day")
    assert {(key, code): day for key, code, day in rows if day} == {p: day for p, day in first.items() if p[0] in new}
    for day in days_of(world):
        report = check_ledger(day)
        assert (report.gaps, report.whole, report.held) == ((), True, report.expected)
        assert bool(report.expected) == bool(world.announcements.get(day))
        counted = {(key, code) for code, keys in announced_on(day).items() for key in keys}
        truth = {place for place, listed in first.items() if listed == day}
        assert truth <= counted
        # A feed does not say which category is the new one: of papers from before the first feed others count too.
        assert {key for key, _code in counted - truth}.isdisjoint(new)
        lines = LedgerLine.objects.filter(day=day).aggregate(expected=Sum("expected"))
        assert (lines["expected"] or 0) == len(counted)
