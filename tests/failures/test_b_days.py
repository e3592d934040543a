"""List B, what harvesting brings onto the days: floods of touched records, gaps, silence, records out of order."""

from datetime import UTC, date, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coolpapers.clock import FileClock
from coolpapers.models import IndexDue, Paper, PaperCategory, Version
from ingest.ledger import check_ledger
from ingest.listings import apply_listings, listed_but_not_held
from ingest.models import Incident, LedgerLine
from ingest.record import Announced, PaperRecord, RecordVersion
from ingest.store import save_batch, save_records
from tests.coolpapers.test_lists import get, keys
from tests.library import arxiv_record
from tests.listings import feed, keep, tell

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY, WEDNESDAY = date(2026, 6, 15), date(2026, 6, 16), date(2026, 6, 17)


@pytest.fixture
def clock(settings: Any, tmp_path: Path) -> FileClock:
    settings.CLOCK_FILE = str(tmp_path / "clock")
    return FileClock(tmp_path / "clock")


def record(key: str, **changes: Any) -> PaperRecord:
    return arxiv_record(key, **({"announced": (), "modified": MONDAY} | changes))


# --- B7 ---
def test_b7_bulk_touch_changes_no_revision_and_nothing_for_the_index() -> None:
    names = [f"2606.{number:05d}" for number in range(1, 501)]
    save_records(records=[record(name) for name in names])
    IndexDue.objects.all().delete()
    before = list(Paper.objects.order_by("pk").values("pk", "revision", "changed", "record_hash", "title"))
    with CaptureQueriesContext(connection) as captured:
        report = save_records(records=[record(name, modified=TUESDAY) for name in names])
    assert (report.new, report.changed, report.same) == (0, 0, 500)
    assert list(Paper.objects.order_by("pk").values("pk", "revision", "changed", "record_hash", "title")) == before
    assert not IndexDue.objects.exists()
    assert set(Paper.objects.values_list("modified", flat=True)) == {TUESDAY}
    assert len(captured) < 10  # for all 500


def test_b7_touched_papers_are_not_new_today(client: Client) -> None:
    known = (Announced(MONDAY, "new", "observed"),)
    save_records(records=[record("2606.00001", announced=known)])
    save_records(records=[record("2606.00001", announced=known, modified=WEDNESDAY)])
    assert keys(get(client, "/arxiv/cs.CL?date=2026-06-17")) == []
    assert keys(get(client, "/arxiv/cs.CL")) == ["2606.00001"]


def test_b7_touch_is_remembered_against_what_is_older() -> None:
    save_batch(records=[record("2606.00001")])
    save_batch(records=[record("2606.00001", modified=WEDNESDAY)])
    assert save_batch(records=[record("2606.00001", modified=TUESDAY, title="Late, and old")]).same == 1
    assert Paper.objects.get().title == "Paper 2606.00001"


# --- B10 ---
def test_b10_day_of_which_the_api_lacks_ten_is_partial_and_heals(client: Client, clock: FileClock) -> None:
    clock.set(datetime(2026, 6, 16, 6, 31, tzinfo=UTC))
    names = [f"2606.{number:05d}" for number in range(1, 133)]
    keep(feed("cs", TUESDAY, *((name, "new", "cs.CL") for name in names)))
    save_records(records=[record(name) for name in names[:122]])
    apply_listings(TUESDAY)
    report = check_ledger(TUESDAY)
    assert (report.expected, report.held, report.gaps) == (132, 122, ("cs.CL",))
    assert "122 of 132: 10 are being fetched" in get(client, "/arxiv/cs.CL")
    assert Incident.objects.get(ended=None).subject == "gap 2026-06-16"
    missing = listed_but_not_held(TUESDAY)
    assert missing == names[122:]
    save_records(records=[record(name) for name in missing])
    IndexDue.objects.all().delete()
    check_ledger(TUESDAY)
    html = get(client, "/arxiv/cs.CL")
    assert "Total: 132" in html
    assert "132 of 132 <small>checked" in html
    assert "2026-06-16 06:31 UTC</time>" in html
    assert not Incident.objects.filter(ended=None).exists()


# --- B11 ---
@pytest.mark.parametrize("day", ["2026-06-20", "2026-06-21", "2026-06-22", "2026-01-20"])
def test_b11_no_listing_on_a_weekend_or_after_a_holiday_is_right(clock: FileClock, client: Client, day: str) -> None:
    clock.set(datetime.fromisoformat(f"{day}T23:00:00+00:00"))
    keep(feed("cs", date.fromisoformat(day)))
    assert not check_ledger(date.fromisoformat(day)).silent
    assert not Incident.objects.exists()
    assert not LedgerLine.objects.exists()
    assert "No announcement: arXiv lists nothing on" in get(client, f"/arxiv/cs.CL?date={day}")


def test_b11_empty_feed_on_a_tuesday_is_an_incident_until_the_next_listing(clock: FileClock) -> None:
    clock.set(datetime(2026, 6, 16, 12, tzinfo=UTC))
    keep(feed("cs", TUESDAY))
    assert check_ledger(TUESDAY).silent
    incident = Incident.objects.get()
    assert (incident.subject, incident.ended) == ("silent 2026-06-16", None)
    assert "the feeds that came are empty" in incident.text
    clock.set(datetime(2026, 6, 17, 12, tzinfo=UTC))
    tell(feed("cs", WEDNESDAY))
    assert check_ledger(WEDNESDAY).silent
    tell(feed("cs", WEDNESDAY, ("2606.00001", "new", "cs.CL")))
    save_records(records=[record("2606.00001")])
    check_ledger(WEDNESDAY)
    assert not Incident.objects.filter(ended=None).exists()


def test_b11_holiday_that_was_not_taken_is_a_day_like_any(clock: FileClock, client: Client) -> None:
    clock.set(datetime(2026, 1, 20, 12, tzinfo=UTC))
    save_records(records=[record("2601.00001")])
    tell(feed("cs", date(2026, 1, 20), ("2601.00001", "new", "cs.CL")))
    assert check_ledger(date(2026, 1, 20)).held == 1
    assert keys(get(client, "/arxiv/cs.CL?date=2026-01-20")) == ["2601.00001"]
    assert not Incident.objects.exists()


# --- B12 ---
def test_b12_day_of_three_papers_holds_three(client: Client) -> None:
    save_records(records=[record(f"2606.{number:05d}") for number in range(1, 31)])
    tell(feed("cs", MONDAY, *((f"2606.{number:05d}", "new", "cs.CL") for number in range(1, 28))))
    tell(feed("cs", TUESDAY, *((f"2606.{number:05d}", "new", "cs.CL") for number in range(28, 31))))
    assert keys(get(client, "/arxiv/cs.CL")) == ["2606.00030", "2606.00029", "2606.00028"]


def test_b12_category_without_an_announcement_says_so_and_leads_to_its_last_day(client: Client) -> None:
    save_records(records=[record("2606.00001"), record("2606.00002", categories=("cs.LG",))])
    tell(feed("cs", MONDAY, ("2606.00001", "new", "cs.CL")), feed("cs", TUESDAY, ("2606.00002", "new", "cs.LG")))
    check_ledger(TUESDAY)
    html = get(client, "/arxiv/cs.CL?date=2026-06-16")
    assert keys(html) == []
    assert "No announcement in cs.CL on 2026-06-16." in html
    assert '<a href="/arxiv/cs.CL?date=2026-06-15">2026-06-15</a> is the day before that has papers' in html
    assert keys(get(client, "/arxiv/cs.CL")) == ["2606.00001"]


# --- B15 ---
V1 = datetime(2026, 6, 1, tzinfo=UTC)
STATES = [
    record("2606.00001", version=1, modified=date(2026, 6, 2), title="First", versions=(RecordVersion(1, V1),)),
    record("2606.00001", version=2, modified=date(2026, 6, 8), title="Second", categories=("cs.CL", "cs.AI")),
    record("2606.00001", version=2, modified=date(2026, 6, 9), title="Second, mended"),
]


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("together", [True, False])
def test_b15_older_record_after_a_newer_one_regresses_nothing(order: tuple[int, ...], together: bool) -> None:
    """Of one page or of several."""
    records = [STATES[number] for number in order]
    save_records(records=records, batch=3 if together else 1)
    paper = Paper.objects.get()
    assert (paper.title, paper.version, paper.modified) == ("Second, mended", 2, date(2026, 6, 9))
    assert list(PaperCategory.objects.values_list("category_id", flat=True)) == ["cs.CL"]
    assert list(Version.objects.values_list("number", flat=True)) == [1]
    assert save_records(records=[STATES[2]]).same == 1


def test_b15_record_twice_in_a_page_is_one_paper() -> None:
    assert save_batch(records=[STATES[0], STATES[0]]).new == 1
    assert Paper.objects.get().revision == 1


def test_b15_without_versions_the_day_of_revision_tells() -> None:
    newer = record("2606.00001", modified=None, revised=datetime(2026, 6, 9, tzinfo=UTC), title="Newer")
    older = record("2606.00001", modified=None, revised=datetime(2026, 6, 5, tzinfo=UTC), title="Older", version=2)
    save_batch(records=[newer])
    save_batch(records=[older])
    assert Paper.objects.get().title == "Newer"


def test_b15_older_record_still_tells_the_instant_of_submission() -> None:
    day = datetime(2026, 6, 1, tzinfo=UTC)
    save_batch(records=[record("2606.00001", submitted=day, submitted_day_only=True, modified=WEDNESDAY)])
    instant = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
    save_batch(records=[record("2606.00001", submitted=instant, modified=MONDAY, title="Older")])
    paper = Paper.objects.get()
    assert (paper.submitted, paper.submitted_day_only, paper.title) == (instant, False, "Paper 2606.00001")
    assert list(PaperCategory.objects.values_list("submitted", flat=True)) == [instant]
