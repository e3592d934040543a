"""List B through the jobs: a harvest of the fake arXiv as the schedule does it, with one thing wrong at a time."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import F
from django.test import Client

from coolpapers.clock import FileClock
from coolpapers.models import Announcement, IndexDue, Paper, PaperCategory
from coolpapers.taxonomy import ARCHIVES
from ingest import fetch, jobs, runs
from ingest.listings import announced_on
from ingest.models import Feed, Incident, LedgerLine, Run, RunState
from ingest.outcomes import FetchError
from tests.upstream.fixtures import SMALL
from tests.upstream.schedule import at
from tests.upstream.server import FakeArxiv
from tests.upstream.world import World

pytestmark = pytest.mark.django_db
FEEDS = sum(archive.active for archive in ARCHIVES.values())


def do(job: str, slot: bool = False, **arguments: Any) -> Run:
    """One run of the job, tried once."""
    clock_now = runs.get_clock().now()
    run = jobs.perform(runs.ask(job, arguments, clock_now if slot else None).pk)
    assert run is not None
    return run


def do_on(run: Run, clock: FileClock) -> Run:
    """The same, at the hour for which it was put off."""
    clock.set(max(clock.now(), run.not_before))
    again = jobs.perform(run.pk)
    assert again is not None
    return again


def listing_day(clock: FileClock, world: World, number: int = 0) -> date:
    """A day of the world with a listing, at 5 in the morning of New York."""
    day = sorted(day for day, lines in world.announcements.items() if lines)[number]
    clock.set(at(day, 5))
    return day


def paths(arxiv: FakeArxiv, service: str) -> list[str]:
    return [entry.path for entry in arxiv.log.entries if entry.service == service]


def rows() -> list[tuple[Any, ...]]:
    return sorted(Paper.objects.values_list("key", "version", "title", "revision"))


# --- OAI-PMH -----------------------------------------------------------------------------------------------------
def test_b3_a_token_that_expired_begins_the_list_again(arxiv: FakeArxiv, clock: FileClock) -> None:
    listing_day(clock, arxiv.world, 8)
    whole = do("pull-oai", **{"from": "2026-03-01"})
    assert whole.state == RunState.DONE
    expected, pages = rows(), whole.requests
    assert pages > 2
    Paper.objects.all().delete()
    arxiv.faults.set("expired-token", next=1)
    again = do("pull-oai", **{"from": "2026-03-01"})
    assert (again.state, again.requests) == (RunState.DONE, pages + 2)
    assert [row[:3] for row in rows()] == [row[:3] for row in expected]


def test_b5_a_harvest_that_was_cut_off_goes_on_at_its_page(arxiv: FakeArxiv, clock: FileClock) -> None:
    listing_day(clock, arxiv.world, 8)
    arxiv.faults.set("reset", "oai", every=3)
    run = do("pull-oai", **{"from": "2026-03-01"})
    assert (run.state, run.new) == (RunState.DUE, 200)  # two pages of a hundred are here
    first = paths(arxiv, "oai")
    arxiv.faults.clear()
    run = do_on(run, clock)
    assert run.state == RunState.DONE
    assert paths(arxiv, "oai")[len(first)] == first[-1]  # the page that did not come, and not the first one
    once = rows()
    assert do("pull-oai", **{"from": "2026-03-01"}).changed == 0
    assert rows() == once


def test_b6_the_next_harvest_begins_at_arxivs_date_of_the_first_answer(
    arxiv: FakeArxiv, clock: FileClock, settings: Any, tmp_path: Path
) -> None:
    listing_day(clock, arxiv.world, 3)
    skewed = FileClock(tmp_path / "ours")  # our clock is a day ahead of arXiv's
    skewed.set(clock.now() + timedelta(days=1))
    settings.CLOCK_FILE = str(skewed.path)
    do("pull-oai", slot=True)
    arxiv.log.clear()
    clock.set(clock.now() + timedelta(hours=20))
    skewed.set(skewed.now() + timedelta(hours=20))
    do("pull-oai", slot=True)
    first = paths(arxiv, "oai")[0]
    answered = (clock.now() - timedelta(hours=20)).date()
    assert f"from={answered}" in first
    assert not any("until" in path for path in paths(arxiv, "oai"))
    assert "metadataPrefix=arXivRaw" in first


def test_b7_touched_papers_are_not_indexed_again(arxiv: FakeArxiv, clock: FileClock) -> None:
    (touch,) = SMALL.bulk or ()
    clock.set(at(touch - timedelta(days=1), 5))
    do("pull-oai", **{"from": "2005-09-16"})
    IndexDue.objects.all().delete()
    clock.set(at(touch + timedelta(days=2), 5))
    run = do("pull-oai", **{"from": str(touch)})
    assert run.same > 100
    assert IndexDue.objects.count() == run.new + run.changed


# --- Feeds and the ledger --------------------------------------------------------------------------------------------
def test_b10_what_the_api_does_not_give_yet_is_a_gap_until_it_does(
    client: Client, arxiv: FakeArxiv, clock: FileClock
) -> None:
    day = listing_day(clock, arxiv.world, 4)
    arxiv.faults.set("lag", every=1, share=0.4)
    do("pull-feeds")
    do("pull-oai", **{"from": "2026-03-01"})
    do("pull-papers")
    do("check-ledger")
    gaps = LedgerLine.objects.filter(day=day, held__lt=F("expected"))
    assert gaps.exists()
    assert Incident.objects.get(subject=f"gap {day}").ended is None
    line = gaps.first()
    assert line is not None
    assert f"{line.held} of {line.expected}" in client.get(f"/arxiv/{line.category_id}?date={day}").content.decode()
    arxiv.faults.clear()
    clock.sleep(3600)
    do("pull-papers")
    do("check-ledger")
    assert not gaps.exists()
    assert Incident.objects.get(subject=f"gap {day}").ended is not None


def test_b10_a_cut_feed_is_asked_again_by_category(arxiv: FakeArxiv, clock: FileClock) -> None:
    day = listing_day(clock, arxiv.world, 4)
    arxiv.faults.set("feed-truncated", "rss", next=1)
    run = do("pull-feeds")
    assert run.state == RunState.DONE
    asked = [re.sub(r".*/", "", path) for path in paths(arxiv, "rss")]
    assert asked[0] == "cs"
    assert set(ARCHIVES["cs"].categories) <= set(asked)
    assert Feed.objects.get(name="cs", day=day).truncated
    assert not LedgerLine.objects.filter(day=day, whole=False).exists()


def test_b11_a_day_costs_one_request_for_each_archive_and_then_none(arxiv: FakeArxiv, clock: FileClock) -> None:
    day = listing_day(clock, arxiv.world, 4)
    assert do("pull-feeds").requests == FEEDS
    assert do("pull-feeds").requests == 0
    assert Announcement.objects.filter(day=day).count() == 0  # nothing is held yet
    assert announced_on(day)
    clock.set(at(day, 5) + timedelta(days=(5 - day.weekday()) % 7))  # Saturday
    assert do("pull-feeds").requests == 0


def test_b11_a_holiday_costs_one_request_and_an_untaken_one_is_seen(arxiv: FakeArxiv, clock: FileClock) -> None:
    world = arxiv.world
    weekdays = [world.first + timedelta(days=n) for n in range(20)]
    silent = next(d for d in weekdays[3:] if d.weekday() < 5 and not world.announcements.get(d))
    clock.set(at(silent, 5))
    assert do("pull-feeds").requests <= FEEDS
    assert not LedgerLine.objects.filter(day=silent, expected__gt=0).exists()


def test_b12_day_has_only_what_was_announced_on_it(arxiv: FakeArxiv, clock: FileClock) -> None:
    for number in (3, 4, 7):  # the metadata of the fifth come a day late
        day = listing_day(clock, arxiv.world, number)
        do("pull-feeds")
        do("pull-oai", **{"from": "2026-03-01"})
        for code, keys in announced_on(day).items():
            here = PaperCategory.objects.filter(category=code, day=day, approximate=False)
            assert set(here.values_list("paper__key", flat=True)) >= keys
            assert set(here.values_list("paper__key", flat=True)) <= keys | set(
                Announcement.objects.filter(day=day, evidence="computed").values_list("paper__key", flat=True)
            )


# --- What is not fetched ---------------------------------------------------------------------------------------------
def test_b18_pdfs_are_linked_and_never_asked_for(client: Client, arxiv: FakeArxiv, clock: FileClock) -> None:
    listing_day(clock, arxiv.world, 4)
    do("pull-oai", **{"from": "2026-03-01"})
    paper = Paper.objects.filter(withdrawn=False).first()
    assert paper is not None
    assert f'href="https://arxiv.org/pdf/{paper.key}' in client.get(f"/arxiv/{paper.key}").content.decode()
    assert not any("pdf" in entry.path for entry in arxiv.log.entries)
    with pytest.raises((ValueError, FetchError)):
        fetch.fetch(f"https://arxiv.org/pdf/{paper.key}", service="api")


# --- By hand -----------------------------------------------------------------------------------------------------
def test_papers_are_pulled_by_a_query_of_arxivs_own(arxiv: FakeArxiv, clock: FileClock) -> None:
    listing_day(clock, arxiv.world, 6)
    call_command("pull", "arxiv", "--search", "cat:cs.CL", verbosity=0)
    assert Paper.objects.exists()
    assert not Paper.objects.exclude(category_rows__category="cs.CL").exists()
    run = do("pull-search", query="submittedDate:[")
    assert (run.state, "does not take this query" in run.error) == (RunState.FAILED, True)


# --- A day by hand --------------------------------------------------------------------------------------------------
def test_a_past_day_is_pulled_by_its_stored_announcement(arxiv: FakeArxiv, clock: FileClock) -> None:
    day = listing_day(clock, arxiv.world, 4)
    do("pull-feeds")
    clock.set(at(day, 5) + timedelta(days=3))
    run = do("pull-day", day=str(day))
    assert (run.state, paths(arxiv, "oai")) == (RunState.DONE, [])
    assert not LedgerLine.objects.filter(day=day, held__lt=F("expected")).exists()
    assert Paper.objects.exists()


def test_a_past_day_that_nobody_observed_has_computed_days_and_says_so(arxiv: FakeArxiv, clock: FileClock) -> None:
    day = listing_day(clock, arxiv.world, 4)
    clock.set(at(day, 5) + timedelta(days=3))
    run = do("pull-day", day=str(day))
    assert run.state == RunState.DONE
    assert any("computed from submission" in note for note in run.notes)
    assert set(Announcement.objects.values_list("evidence", flat=True)) == {"computed"}
    assert not LedgerLine.objects.filter(day=day).exists()
