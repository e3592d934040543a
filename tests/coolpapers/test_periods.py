"""Weeks, months and other periods of a list of categories, through their addresses."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coolpapers.models import PaperCategory
from coolpapers.pages.periods import Period, period_of
from coolpapers.taxonomy import parse_expression
from ingest.record import Announced
from ingest.store import save_records
from tests.coolpapers.test_lists import get, keys, plans_of_sqlite
from tests.library import MONDAY, THURSDAY, TUESDAY, arxiv_record

pytestmark = pytest.mark.django_db
CL = "/arxiv/cs.CL"


def test_week_holds_its_days_newest_first(client: Client, library: None) -> None:
    html = get(client, f"{CL}?week=2026-W25&show=100")
    assert keys(html)[:3] == ["2606.10002", "2606.10001", "2603.00003"]
    assert len(keys(html)) == 33
    assert "Total: 33" in html
    assert "2026-W25" in html
    assert "15–21 Jun 2026" in html


@pytest.mark.parametrize("said", ["month=2026-06", "from=2026-06-15&to=2026-06-16", "from=2026-06&to=2026-06"])
def test_month_and_range_hold_their_days(client: Client, library: None, said: str) -> None:
    assert "Total: 33" in get(client, f"{CL}?{said}")


def test_other_days_are_left_out(client: Client, library: None) -> None:
    assert "Total: 0" in get(client, f"{CL}?week=2026-W24")
    assert "Total: 30" in get(client, f"{CL}?from=2026-06-10&to=2026-06-15")


def test_a_paper_of_two_days_stands_once_by_the_newest(client: Client, db: None) -> None:
    announced = (Announced(MONDAY, "new", "observed", ("cs.CL",)), Announced(THURSDAY, "cross", "observed", ("cs.LG",)))
    both = arxiv_record("2606.00001", categories=("cs.CL", "cs.LG"), announced=announced)
    save_records(records=[both, arxiv_record("2606.00002")])
    html = get(client, "/arxiv/cs.CL+cs.LG?week=2026-W25")
    assert keys(html) == ["2606.00001", "2606.00002"]
    assert "Total: 2" in html
    assert keys(get(client, f"{CL}?week=2026-W25")) == ["2606.00002", "2606.00001"]


def test_differences_hold_in_a_period(client: Client, library: None) -> None:
    assert keys(get(client, "/arxiv/cs.CL-cs.CY-cs.LG?from=2026-06-16&to=2026-06-18")) == ["2603.00003"]


def test_pages_of_a_period_hold_every_paper_once_and_keep_it(client: Client, library: None) -> None:
    seen, address = [], f"{CL}?month=2026-06&sort=submitted&show=10"
    while address:
        html = get(client, address)
        seen += keys(html)
        following = re.search(r'<a rel="next" href="([^"]+skip[^"]+)"', html)
        address = following[1].replace("&amp;", "&") if following else ""
        assert not address or {"month=2026-06", "sort=submitted", "show=10"} <= set(address.split("?")[1].split("&"))
    assert len(seen) == len(set(seen)) == 33


def test_feed_of_a_period_has_its_papers(client: Client, library: None) -> None:
    assert f'href="{CL}/feed?week=2026-W25"' in get(client, f"{CL}?week=2026-W25")
    assert get(client, f"{CL}/feed?week=2026-W25").count("<entry>") == 33


def test_periods_lead_to_their_neighbours(client: Client, library: None) -> None:
    assert re.findall(r'<a rel="(?:prev|next)" href="([^"]+)"', get(client, f"{CL}?week=2026-W01")) == [
        f"{CL}?week=2025-W52",
        f"{CL}?week=2026-W02",
    ]
    assert 'href="/arxiv/cs.CL?month=2026-05"' in get(client, f"{CL}?month=2026-06")
    week_before = 'href="/arxiv/cs.CL?from=2026-06-08&amp;to=2026-06-14"'
    assert week_before in get(client, f"{CL}?from=2026-06-15&to=2026-06-21")


@pytest.mark.parametrize(
    ("asked", "address"),
    [("of=week", "week=2026-W25"), ("of=month", "month=2026-06"), ("of=day", "date=2026-06-15")],
)
def test_a_form_without_script_leads_from_a_day_to_its_period(
    client: Client, library: None, asked: str, address: str
) -> None:
    response = client.get(f"{CL}?date=2026-06-15&{asked}&show=50")
    assert response.status_code == 301
    assert set(response.headers["Location"].removeprefix(f"{CL}?").split("&")) == {address, "show=50"}
    assert 'name="of" value="week"' in get(client, CL)


def test_spelling_of_a_combination_redirects_with_its_period(client: Client, library: None) -> None:
    response = client.get("/arxiv/cs.LG,cs.CL?month=2026-06")
    assert response.headers["Location"] == "/arxiv/cs.CL+cs.LG?month=2026-06"


def test_empty_period_says_so(client: Client, library: None) -> None:
    assert "No paper in cs.CL is known to have been announced 1–7 Jun 2020." in get(
        client, f"{CL}?from=2020-06-01&to=2020-06-07"
    )


@pytest.mark.parametrize(
    ("query", "told"),
    [("week=2026-W54", "is not a week"), ("week=0000-W01", "is not a week"), ("week=9999-W53", "is not a week"),
     ("week=today", "is not a week"), ("week=2999-W01", "has not come yet"), ("week=1990-W01", "before arXiv began"),
     ("month=2026-13", "no 2026-13"), ("month=2026", "is not a month"), ("month=2999-01", "has not come yet"),
     ("from=2026-06-16&to=2026-06-15", "is after"), ("from=x&to=2026-06-15", "is not a date"),
     ("from=2020&to=2024", "at most 366 days"), ("from=1991-08-14", "at most 366 days"),
     ("week=2026-W25&month=2026-06", "Say one of"), ("date=2026-06-15&week=2026-W25", "Say one of"),
     ("date=2026-06-15&of=year", "is not known here")],
)  # fmt: skip
def test_c8_a_period_that_makes_no_sense_is_a_400_with_a_sentence(
    client: Client, library: None, query: str, told: str
) -> None:
    assert told in get(client, f"{CL}?{query}", 400)


@pytest.mark.parametrize(
    ("said", "days"),
    [("from=2024-02&to=2024-02", ("2024-02-01", "2024-02-29")), ("to=2024-02-03", ("2024-02-03", "2024-02-03")),
     ("from=2024&to=2024", ("2024-01-01", "2024-12-31"))],
)  # fmt: skip
def test_c8_a_part_of_a_date_stands_for_all_of_it(
    client: Client, library: None, said: str, days: tuple[str, str]
) -> None:
    assert f"from={days[0]}&amp;to={days[1]}" in get(client, f"{CL}?{said}")


@pytest.mark.parametrize("kind", ["week", "month"])
def test_neighbours_of_weeks_and_months_meet(kind: str) -> None:
    day = date(2015, 1, 1)
    while day < date(2026, 6, 1):
        period = period_of(day, kind)
        assert period.first <= day <= period.last
        assert period.after is not None
        assert period.after.first == period.last + timedelta(days=1)
        assert period.after.before == period
        day += timedelta(days=5)


def test_a_range_is_followed_by_one_of_its_length() -> None:
    assert Period(date(2026, 6, 1), date(2026, 6, 10)).before == Period(date(2026, 5, 22), date(2026, 5, 31))


@plans_of_sqlite
@pytest.mark.parametrize("expression", ["cs.CL", "cs.CL+cs.LG", "cs", "-cs.CL"])
def test_period_of_any_combination_is_found_in_the_index(library: None, expression: str) -> None:
    rows = PaperCategory.objects.in_expression(parse_expression(expression)).announced_within(MONDAY, TUESDAY)
    with CaptureQueriesContext(connection) as captured:
        rows.count_day()
    explained = connection.cursor().execute(f"EXPLAIN QUERY PLAN {captured[0]['sql']}").fetchall()
    for plan in (rows.paper_ids("day", once=False).explain(), str(explained)):
        assert "USING INDEX category_day (category_id=? AND day>? AND day<?)" in plan
        assert "SCAN coolpapers" not in plan


def test_l10_queries_of_a_period_do_not_grow(client: Client, library: None, django_assert_max_num_queries: Any) -> None:
    for show in (2, 25):
        with django_assert_max_num_queries(7):
            get(client, f"/arxiv/cs.CL+cs.LG?month=2026-06&show={show}")


@pytest.mark.parametrize("said", ["week=2026-W25", "month=2026-06", "from=2026-06-15&to=2026-06-16"])
def test_l6_periods_are_limited_as_days_are(client: Client, library: None, settings: Any, said: str) -> None:
    settings.LIMITS = {"lists": 2}
    assert [client.get(f"{CL}?{said}").status_code for _ in range(3)] == [200, 200, 429]
    assert client.get(CL).status_code == 200
