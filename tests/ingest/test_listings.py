"""Feeds are kept as received, and tell papers their days, before or after the papers come."""

import gzip
from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as checks
from hypothesis import strategies as st

from coolpapers.models import Announcement, IndexDue, Paper, PaperCategory
from ingest.listings import apply_listings, keep_feed, listed_but_not_held
from ingest.models import Feed, Listed
from ingest.record import Announced
from ingest.store import save_records
from tests.library import arxiv_record
from tests.listings import Feed as FeedRead
from tests.listings import days_of, feed, keep, tell

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY, FRIDAY = date(2026, 6, 15), date(2026, 6, 16), date(2026, 6, 19)
KEY = "2606.10001"
NEW = feed("cs", MONDAY, (KEY, "new", "cs.CL"))
CROSS = feed("cs", FRIDAY, (KEY, "cross", "cs.CL cs.AI"))
COMPUTED = (Announced(date(2026, 5, 20), "new", "computed"),)


def record(key: str = KEY, **changes: Any) -> Any:
    return arxiv_record(key, **({"announced": COMPUTED, "categories": ("cs.CL", "cs.AI")} | changes))


def days(key: str = KEY) -> dict[str, date | None]:
    return dict(PaperCategory.objects.filter(paper__key=key).values_list("category_id", "day"))


def told() -> list[tuple[Any, ...]]:
    """All that is kept of listings and made of them, but for ids and revisions."""
    rows = PaperCategory.objects.values_list("paper__key", "category_id", "place", "day", "approximate")
    announced = Announcement.objects.values_list("paper__key", "day", "kind", "evidence", "scope")
    listed = Listed.objects.values_list("day", "feed", "key", "kind", "version", "categories")
    return [sorted(rows, key=str), sorted(announced, key=str), sorted(listed, key=str)]  # type: ignore[list-item]


# --- Feeds ---
def test_feed_is_kept_as_received() -> None:
    received = datetime(2026, 6, 15, 4, 30, tzinfo=UTC)
    assert keep_feed(NEW, body=b"<feed/>", received=received) == 1
    row = Feed.objects.get()
    assert gzip.decompress(row.body) == b"<feed/>"
    assert (row.name, row.day, row.received, row.entries, row.truncated) == ("cs", MONDAY, received, 1, False)
    assert list(Listed.objects.values_list("key", "kind", "categories")) == [(KEY, "new", "cs.CL")]


def test_feed_twice_is_one() -> None:
    assert [keep(NEW), keep(NEW)] == [1, 0]
    assert (Feed.objects.count(), Listed.objects.count()) == (1, 1)


def test_later_feed_of_the_day_adds_what_is_new() -> None:
    keep(NEW)
    assert keep(feed("cs", MONDAY, (KEY, "new", "cs.CL cs.AI"), ("2606.10002", "new", "cs.LG"))) == 1
    assert Feed.objects.count() == 2
    assert Listed.objects.get(key=KEY).categories == "cs.CL cs.AI"


def test_empty_feed_without_a_day_is_of_the_day_in_new_york() -> None:
    assert keep_feed(feed("cs", None), body=b"", received=datetime(2026, 6, 15, 3, 59, tzinfo=UTC)) == 0
    assert Feed.objects.get().day == date(2026, 6, 14)


def test_categories_are_kept_as_this_site_calls_them() -> None:
    keep(feed("cs", MONDAY, (KEY, "new", "math.NA cs.NA q-fin.EC 68T50")))
    assert Listed.objects.get().categories == "math.NA econ.GN"


# --- Days ---
def test_cross_listed_paper_is_on_the_page_of_each_day() -> None:
    save_records(records=[record()])
    tell(NEW, CROSS)
    assert days() == {"cs.CL": MONDAY, "cs.AI": FRIDAY}


def test_observed_day_takes_the_computed_one_away() -> None:
    save_records(records=[record()])
    assert set(days().values()) == {COMPUTED[0].day}
    tell(NEW)
    assert list(Announcement.objects.values_list("evidence", flat=True)) == ["observed"]
    assert days() == {"cs.CL": MONDAY, "cs.AI": None}  # added later; on which day is not known
    save_records(records=[record(title="A later record, whose day is computed again")])
    assert days() == {"cs.CL": MONDAY, "cs.AI": None}


def test_paper_that_comes_after_its_listing_gets_the_day_at_once() -> None:
    keep(NEW, CROSS)
    save_records(records=[record()])
    assert days() == {"cs.CL": MONDAY, "cs.AI": FRIDAY}


def test_record_that_is_known_already_gets_the_day_too() -> None:
    save_records(records=[record()])
    keep(NEW, CROSS)
    assert save_records(records=[record()]).changed == 1
    assert days() == {"cs.CL": MONDAY, "cs.AI": FRIDAY}
    assert save_records(records=[record()]).same == 1


@pytest.mark.parametrize("steps", list(permutations(["record", "new", "cross", "cross again", "replaced"])))
def test_order_of_arrival_does_not_matter(steps: tuple[str, ...]) -> None:
    feeds = {
        "new": NEW,
        "cross": CROSS,
        "cross again": CROSS,
        "replaced": feed("cs", TUESDAY, (KEY, "replace", "cs.CL")),
    }
    for step in steps:
        if step == "record":
            save_records(records=[record()])
        else:
            tell(feeds[step])
    assert days() == {"cs.CL": MONDAY, "cs.AI": FRIDAY}
    assert sorted(Announcement.objects.values_list("day", "kind", "scope")) == [
        (MONDAY, "new", "cs.CL"),
        (TUESDAY, "replace", "cs.CL"),
        (FRIDAY, "cross", "cs.AI"),
    ]


entries = st.tuples(
    st.sampled_from([KEY, "2606.10002"]),
    st.sampled_from(["new", "cross", "replace", "replace-cross"]),
    st.sampled_from(["cs.CL", "cs.CL cs.AI", "stat.ML cs.CL", "cs.AI stat.ML cs.CL"]),
)
feeds_read = st.builds(
    lambda name, day, rows: feed(name, day, *rows),
    st.sampled_from(["cs", "stat", "cs.AI"]),
    st.dates(MONDAY, FRIDAY),
    st.lists(entries, max_size=4),
)
records = st.builds(
    lambda key, announced, modified: record(key, announced=announced, modified=modified),
    st.sampled_from([KEY, "2606.10002"]),
    st.sampled_from([COMPUTED, (), (Announced(date(2026, 5, 18), "new", "estimated"),)]),
    st.dates(MONDAY, FRIDAY),
)


@checks(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(feeds_read | records, min_size=1, max_size=6), st.randoms())
def test_any_order_of_feeds_and_records_gives_the_same_rows(db: None, arrivals: list[Any], random: Any) -> None:
    other = [*arrivals, random.choice(arrivals)]
    random.shuffle(other)
    outcomes = []
    for order in (arrivals, other):
        for model in (Paper, Listed, Feed):
            model.objects.all().delete()
        for step in order:
            if isinstance(step, FeedRead):
                tell(step)
            else:
                save_records(records=[step])
        outcomes.append(told())
    assert outcomes[0] == outcomes[1]


# --- Applying ---
def test_changed_papers_are_due_for_the_index_and_others_are_not() -> None:
    save_records(records=[record(), record("2606.10002")])
    IndexDue.objects.all().delete()
    keep(NEW)
    report = apply_listings(MONDAY)
    assert (report.changed, report.same) == (1, 0)
    paper = Paper.objects.get(key=KEY)
    assert paper.revision == 2
    assert [(due.paper_id, due.revision) for due in IndexDue.objects.all()] == [(paper.pk, 2)]
    again = apply_listings(MONDAY)
    assert (again.changed, again.same) == (0, 1)
    assert Paper.objects.get(key=KEY).revision == 2


def test_listing_can_be_applied_to_some_papers() -> None:
    save_records(records=[record(), record("2606.10002")])
    keep(feed("cs", MONDAY, (KEY, "new", "cs.CL cs.AI"), ("2606.10002", "new", "cs.CL cs.AI")))
    assert apply_listings(MONDAY, [KEY]).changed == 1
    assert set(days("2606.10002").values()) == {COMPUTED[0].day}


def test_queries_do_not_grow_with_the_listing() -> None:
    def queries(first: int, count: int) -> int:
        names = [f"2606.{number:05d}" for number in range(first, first + count)]
        save_records(records=[record(name) for name in names])
        one = feed("cs", TUESDAY, *((name, "new", "cs.CL cs.AI") for name in names))
        with CaptureQueriesContext(connection) as captured:
            tell(one)
        return len(captured)

    assert queries(1, 5) == queries(100, 200)


def test_listed_papers_that_are_not_held_are_named() -> None:
    save_records(records=[record(categories=("cs.CL",))])
    tell(feed("cs", MONDAY, (KEY, "new", "cs.CL"), ("2606.10002", "new", "cs.CL"), ("1907.00001", "replace", "cs.CL")))
    assert listed_but_not_held(MONDAY) == ["2606.10002"]
    tell(feed("cs", FRIDAY, (KEY, "cross", "cs.CL cs.AI")))
    assert listed_but_not_held(FRIDAY) == [KEY]  # held, but not yet in cs.AI
    save_records(records=[record(modified=FRIDAY)])
    assert listed_but_not_held(FRIDAY) == []


def test_paper_that_is_in_the_category_no_more_is_not_missed() -> None:
    tell(feed("cs", MONDAY, (KEY, "new", "cs.CL cs.AI")))
    save_records(records=[record(categories=("cs.CL",), modified=MONDAY)])
    assert listed_but_not_held(MONDAY) == []


def test_days_of_feeds_are_told_apart() -> None:
    assert days_of([NEW, CROSS, feed("cs", None)]) == [MONDAY, FRIDAY]
