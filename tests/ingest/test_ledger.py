"""The ledger counts what feeds announced, what is held of it, and what the index shows."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from coolpapers.clock import FileClock
from coolpapers.models import IndexDue
from ingest.ledger import check_ledger
from ingest.models import Incident, LedgerLine
from ingest.store import save_records
from tests.library import arxiv_record
from tests.listings import feed, keep, tell

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY, FRIDAY = date(2026, 6, 15), date(2026, 6, 16), date(2026, 6, 19)
EARLY = datetime(2026, 6, 16, 6, tzinfo=UTC)  # 02:00 in New York
ONE, TWO, THREE = "2606.00001", "2606.00002", "2606.00003"
LISTING = feed(
    "cs", TUESDAY, (ONE, "new", "cs.CL cs.LG"), (TWO, "new", "cs.LG"), (THREE, "cross", "stat.ML cs.LG"),
    ("1907.00001", "replace", "cs.CL cs.LG"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def clock(settings: Any, tmp_path: Path) -> FileClock:
    settings.CLOCK_FILE = str(tmp_path / "clock")
    clock = FileClock(tmp_path / "clock")
    clock.set(EARLY)
    return clock


def hold(*keys: str, categories: str = "cs.LG", **changes: Any) -> None:
    save_records(
        records=[arxiv_record(key, announced=(), categories=tuple(categories.split()), **changes) for key in keys]
    )


def lines(day: date = TUESDAY) -> dict[str, tuple[int, int, int]]:
    """Expected, held and indexed of the categories in which something was announced."""
    rows = LedgerLine.objects.filter(day=day, expected__gt=0)
    return {code: (e, h, i) for code, e, h, i in rows.values_list("category_id", "expected", "held", "indexed")}


def open_incidents() -> list[str]:
    return sorted(Incident.objects.filter(ended=None).values_list("subject", flat=True))


def test_line_counts_what_was_announced_held_and_indexed() -> None:
    hold(ONE, categories="cs.CL cs.LG")
    hold(TWO)
    IndexDue.objects.all().delete()
    tell(LISTING)
    report = check_ledger(TUESDAY)
    assert lines() == {"cs.CL": (1, 1, 0), "cs.LG": (3, 2, 0)}
    assert (report.expected, report.held, report.indexed, report.gaps) == (3, 2, 0, ("cs.LG",))
    IndexDue.objects.all().delete()
    check_ledger(TUESDAY)
    assert lines() == {"cs.CL": (1, 1, 1), "cs.LG": (3, 2, 2)}


def test_expected_never_comes_from_what_is_held() -> None:
    hold(ONE, TWO)
    assert check_ledger(TUESDAY).expected == 0
    assert not LedgerLine.objects.exists()


def test_category_in_which_nothing_was_announced_has_a_line_where_a_feed_told_of_it() -> None:
    tell(LISTING)
    check_ledger(TUESDAY)
    assert LedgerLine.objects.get(category="cs.AR").expected == 0
    assert not LedgerLine.objects.filter(category="hep-th").exists()


def test_replacements_are_counted_apart() -> None:
    tell(LISTING)
    check_ledger(TUESDAY)
    assert dict(LedgerLine.objects.filter(replaced__gt=0).values_list("category_id", "replaced")) == {
        "cs.CL": 1,
        "cs.LG": 1,
    }


def test_gap_is_an_incident_until_it_is_healed(clock: FileClock) -> None:
    hold(ONE, categories="cs.CL cs.LG")
    tell(LISTING)
    check_ledger(TUESDAY)
    (incident,) = Incident.objects.all()
    assert (incident.subject, incident.began, incident.ended) == ("gap 2026-06-16", EARLY, None)
    assert "2 of 3 papers that arXiv announced on 2026-06-16 are not held yet: cs.LG 1 of 3." in incident.text
    hold(TWO)
    check_ledger(TUESDAY)
    assert "1 of 3 papers" in Incident.objects.get().text
    hold(THREE, categories="stat.ML cs.LG")
    clock.set(EARLY + timedelta(hours=1))
    report = check_ledger(TUESDAY)
    assert (report.held, report.gaps) == (3, ())
    assert Incident.objects.get().ended == EARLY + timedelta(hours=1)
    assert set(LedgerLine.objects.values_list("checked", flat=True)) == {EARLY + timedelta(hours=1)}


def test_checking_again_opens_no_second_incident() -> None:
    tell(LISTING)
    check_ledger(TUESDAY)
    check_ledger(TUESDAY)
    assert Incident.objects.count() == 1


def test_paper_is_expected_on_the_first_day_that_announced_it() -> None:
    hold(ONE, categories="cs.CL cs.LG")
    later = feed("cs", FRIDAY, (ONE, "cross", "cs.CL cs.LG"), (TWO, "cross", "stat.ML cs.LG"))
    tell(later)
    check_ledger(FRIDAY)
    assert lines(FRIDAY)["cs.LG"] == (2, 1, 0)
    tell(LISTING)  # the feed of an earlier day, late
    check_ledger(TUESDAY)
    assert lines() == {"cs.CL": (1, 1, 0), "cs.LG": (3, 1, 0)}
    assert lines(FRIDAY) == {}  # and the later day was counted again


def test_truncated_feed_is_not_the_whole_announcement_until_its_categories_came() -> None:
    tell(feed("cs", TUESDAY, (ONE, "new", "cs.CL cs.LG"), truncated=True))
    assert not check_ledger(TUESDAY).whole
    assert not LedgerLine.objects.filter(whole=True).exists()
    tell(feed("cs.LG", TUESDAY, (ONE, "cross", "cs.CL cs.LG"), (TWO, "new", "cs.LG")))
    check_ledger(TUESDAY)
    assert list(LedgerLine.objects.filter(whole=True).values_list("category_id", "expected")) == [("cs.LG", 2)]


def test_category_whose_own_feed_did_not_come_is_not_whole() -> None:
    tell(feed("cs", TUESDAY, (ONE, "new", "cs.LG stat.ML")))
    check_ledger(TUESDAY)
    assert LedgerLine.objects.get(category="cs.LG").whole
    assert not LedgerLine.objects.get(category="stat.ML").whole


# --- Silence ---
def test_weekday_without_any_feed_is_an_incident_in_the_morning(clock: FileClock) -> None:
    assert not check_ledger(TUESDAY).silent  # it is 02:00 in New York
    assert open_incidents() == []
    clock.set(EARLY + timedelta(hours=4))
    assert check_ledger(TUESDAY).silent
    assert open_incidents() == ["silent 2026-06-16"]
    assert "no feed of it was received" in Incident.objects.get().text


def test_silence_ends_with_the_listing_or_a_later_one(clock: FileClock) -> None:
    for day in (MONDAY, TUESDAY):
        clock.set(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        check_ledger(day)
    assert open_incidents() == ["silent 2026-06-15", "silent 2026-06-16"]
    tell(LISTING)
    check_ledger(TUESDAY)
    assert open_incidents() == ["gap 2026-06-16"]
    check_ledger(MONDAY)
    assert open_incidents() == ["gap 2026-06-16"]


def test_day_that_has_not_come_is_not_missed() -> None:
    assert not check_ledger(FRIDAY).silent


def test_kept_feed_counts_before_papers_are_told() -> None:
    keep(LISTING)
    assert check_ledger(TUESDAY).expected == 3
