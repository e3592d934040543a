"""List C, what speaks of days: when a submission is listed, and on which pages a paper stands."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from coolpapers.models import Announcement, PaperCategory
from ingest.days import day_in
from ingest.ledger import check_ledger
from ingest.record import Announced, record_from_json
from ingest.schedule import EASTERN, computed_day, newest_listing
from ingest.store import save_records
from tests.coolpapers.test_feeds import ATOM, feed, ids
from tests.coolpapers.test_lists import get, keys
from tests.library import arxiv_record
from tests.listings import feed as listing
from tests.listings import keep, tell

MONDAY, TUESDAY, WEDNESDAY = date(2026, 6, 15), date(2026, 6, 16), date(2026, 6, 17)
ZONES = ["UTC", "Asia/Shanghai", "America/New_York"]

# Submitted, on New York's clock → the date of the listing. arXiv's cut-off is 14:00.
TABLE = [
    ("2026-02-02 13:59:59", "2026-02-03"),  # Monday
    ("2026-02-02 14:00:00", "2026-02-04"),
    ("2026-02-03 16:00:00", "2026-02-05"),
    ("2026-02-04 23:59:59", "2026-02-06"),
    ("2026-02-05 13:00:00", "2026-02-06"),  # Thursday
    ("2026-02-05 15:00:00", "2026-02-09"),
    ("2026-02-06 13:59:00", "2026-02-09"),  # Friday
    ("2026-02-06 14:00:00", "2026-02-10"),
    ("2026-02-07 12:00:00", "2026-02-10"),  # Saturday
    ("2026-02-08 23:00:00", "2026-02-10"),
]
# The same around 2026-03-08 and 2026-11-01, when New York's clocks change.
CHANGES = [
    ("2026-03-05 15:00:00", "2026-03-09"),
    ("2026-03-06 13:59:59", "2026-03-09"),
    ("2026-03-06 14:00:00", "2026-03-10"),
    ("2026-03-08 03:00:00", "2026-03-10"),
    ("2026-03-09 13:59:59", "2026-03-10"),
    ("2026-03-09 14:00:00", "2026-03-11"),
    ("2026-10-30 13:59:59", "2026-11-02"),
    ("2026-10-30 14:00:00", "2026-11-03"),
    ("2026-11-01 01:30:00", "2026-11-03"),
    ("2026-11-02 13:59:59", "2026-11-03"),
    ("2026-11-02 14:00:00", "2026-11-04"),
]


@pytest.fixture(params=ZONES)
def server_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.parametrize(("submitted", "day"), TABLE)
def test_c1_listing_of_a_submission(submitted: str, day: str) -> None:
    assert str(computed_day(datetime.fromisoformat(submitted).replace(tzinfo=EASTERN))) == day


def test_c2_neither_the_clocks_change_nor_the_servers_zone_moves_a_day(server_zone: str) -> None:
    for submitted, day in TABLE + CHANGES:
        instant = datetime.fromisoformat(submitted).replace(tzinfo=EASTERN)
        assert str(computed_day(instant)) == day, submitted
        assert str(computed_day(instant.astimezone(UTC))) == day, submitted
        assert str(computed_day(instant.astimezone())) == day, submitted


@pytest.mark.django_db
def test_c3_paper_held_in_moderation_is_on_its_announcement_day_alone(client: Client) -> None:
    submitted = datetime(2026, 5, 23, 9, tzinfo=UTC)
    announced = (Announced(computed_day(submitted), "new", "computed"),)
    held = arxiv_record("2606.00001", submitted=submitted, announced=announced, categories=("cs.CL", "cs.AI"))
    save_records(records=[held])
    tell(listing("cs", TUESDAY, ("2606.00001", "new", "cs.CL cs.AI")))
    save_records(records=[held, arxiv_record("2606.00001", submitted=submitted, announced=announced, title="Again")])
    assert set(PaperCategory.objects.values_list("day", flat=True)) == {TUESDAY}
    html = get(client, "/arxiv/cs.CL?date=2026-06-16")
    assert keys(html) == ["2606.00001"]
    assert '<strong>Submitted</strong>: <span class="date-data">2026-05-23 09:00:00 UTC</span>' in html
    assert '<strong>Announced</strong>: <span class="date-more">2026-06-16</span>' in html
    for day in ("2026-05-25", "2026-05-26", "2026-05-27", "2026-06-15", "2026-06-17"):
        assert keys(get(client, f"/arxiv/cs.CL?date={day}")) == []


@pytest.mark.django_db
def test_c4_day_is_the_date_of_arxivs_listing(client: Client, server_zone: str) -> None:
    """The mailing of Sunday, 20:00 in New York, is Monday's listing, when it is Monday in UTC and in China."""
    mailed = datetime(2026, 6, 14, 20, tzinfo=EASTERN)
    assert newest_listing(mailed) == MONDAY
    assert newest_listing(mailed.astimezone()) == MONDAY
    save_records(records=[arxiv_record("2606.00001", announced=())])
    tell(listing("cs", MONDAY, ("2606.00001", "new", "cs.CL")))
    html = get(client, "/arxiv/cs.CL")
    assert "The date of arXiv's listing" in html
    assert 'href="/arxiv/cs.CL?date=2026-06-15">2026-06-15</a>, Monday' in html


@pytest.mark.django_db
class TestC5:
    """A replacement of an old paper, and a cross-list of last week's, both today."""

    @pytest.fixture(autouse=True)
    def today(self, db: None) -> None:
        old = Announced(date(2019, 7, 2), "new", "observed", ("cs.CL",))
        week = Announced(date(2026, 6, 9), "new", "observed", ("cs.CL",))
        records = [
            arxiv_record("1907.00001", announced=(old,), version=3),
            arxiv_record("2606.00001", announced=(week,), categories=("cs.CL", "cs.AI")),
            arxiv_record("2606.00002", announced=()),
        ]
        save_records(records=records)
        entries = [("1907.00001", "replace", "cs.CL"), ("2606.00001", "cross", "cs.CL cs.AI")]
        tell(listing("cs", TUESDAY, *entries, ("2606.00002", "new", "cs.CL")))
        check_ledger(TUESDAY)

    def test_c5_replacement_is_not_new(self, client: Client) -> None:
        html = get(client, "/arxiv/cs.CL")
        assert keys(html) == ["2606.00002"]
        assert ids(feed(client, "/arxiv/cs.CL/feed")) == ["http://testserver/arxiv/2606.00002"]
        assert 'href="/arxiv/cs.CL?date=2026-06-16&amp;kind=replace" rel="nofollow">Replaced 1</a>' in html

    def test_c5_replacement_is_among_the_replaced(self, client: Client) -> None:
        for address in (
            "/arxiv/cs.CL?kind=replace",
            "/arxiv/cs.CL?date=2026-06-16&kind=replace",
            "/arxiv/cs?kind=replace",
        ):
            html = get(client, address)
            assert keys(html) == ["1907.00001"]
            assert "Total: 1" in html
            assert '<strong>Replaced</strong>: <span class="date-more">2026-06-16</span>' in html
        assert keys(get(client, "/arxiv/cs.CL?date=2026-06-15&kind=replace")) == []
        assert keys(get(client, "/arxiv/cs-cs.CL?date=2026-06-16&kind=replace")) == []

    def test_c5_feed_of_the_replaced(self, client: Client) -> None:
        root = feed(client, "/arxiv/cs.CL/feed?date=2026-06-16&kind=replace")
        assert ids(root) == ["http://testserver/arxiv/1907.00001"]
        assert root.findtext(ATOM + "title") == "cs.CL 2026-06-16, replaced"
        html = get(client, "/arxiv/cs.CL?date=2026-06-16&kind=replace")
        assert 'href="/arxiv/cs.CL/feed?date=2026-06-16&amp;kind=replace"' in html

    def test_c5_cross_list_is_listed_as_cross(self, client: Client) -> None:
        html = get(client, "/arxiv/cs.AI?date=2026-06-16")
        assert keys(html) == ["2606.00001"]
        assert "(cross-listed to cs.AI)" in html
        assert keys(get(client, "/arxiv/cs.CL?date=2026-06-09")) == ["2606.00001"]

    @pytest.mark.parametrize("kind", ["new", "replaced", "' OR 1"])
    def test_c5_other_kinds_are_a_400(self, client: Client, kind: str) -> None:
        assert client.get("/arxiv/cs.CL", {"kind": kind}).status_code == 400


@pytest.mark.django_db
def test_c6_month_of_the_identifier_is_not_that_of_the_submission(client: Client) -> None:
    row = {"id": "1201.0001", "title": "Early", "categories": ["cs.CL"], "submitted": "2011-12-30T20:00:00Z"}
    save_records(records=[record_from_json(row)])
    (announced,) = Announcement.objects.all()
    assert (announced.day, announced.evidence) == (date(2012, 1, 3), "computed")  # Friday after 14:00
    html = get(client, "/arxiv/cs.CL?date=2012-01-03")
    assert "2011-12-30 20:00:00 UTC" in html
    tell(listing("cs", date(2012, 1, 2), ("1201.0001", "new", "cs.CL")))
    assert keys(get(client, "/arxiv/cs.CL?date=2012-01-02")) == ["1201.0001"]


@pytest.mark.parametrize("day", ["1991-08-14", "2024-02-29"])
def test_c7_old_days_and_leap_days_are_days(day: str) -> None:
    told = (Announced(date.fromisoformat(day), "new", "observed"),)
    assert day_in("hep-th", told) == (False, date.fromisoformat(day))
    assert computed_day(datetime.fromisoformat(f"{day}T12:00:00+00:00")) > date.fromisoformat(day)


@pytest.mark.django_db
def test_c9_revision_before_the_submission_breaks_no_order(client: Client) -> None:
    """As arXiv's API told for some weeks of November 2025."""
    told: dict[str, Any] = {"announced": (), "submitted": datetime(2026, 6, 12, 9, tzinfo=UTC)}
    odd = arxiv_record("2606.00001", **told, revised=datetime(2026, 6, 10, 9, tzinfo=UTC), version=1)
    save_records(records=[odd, arxiv_record("2606.00002", **told, version=1)])
    keep(listing("cs", MONDAY, ("2606.00001", "new", "cs.CL"), ("2606.00002", "new", "cs.CL")))
    save_records(records=[odd, odd])
    tell(listing("cs", MONDAY, ("2606.00001", "new", "cs.CL"), ("2606.00002", "new", "cs.CL")))
    for sort in ("0", "submitted", "announced"):
        assert keys(get(client, f"/arxiv/cs.CL?sort={sort}")) == ["2606.00002", "2606.00001"]
    assert ids(feed(client, "/arxiv/cs.CL/feed")) == [f"http://testserver/arxiv/2606.0000{n}" for n in (2, 1)]
    assert save_records(records=[arxiv_record("2606.00001", **told, version=2, title="Second")]).changed == 1
