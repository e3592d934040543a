"""Submission → listing day: the table of arXiv's schedule, on both sides of the cut-off and of the clock changes."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.schedule import computed_day, estimated_day, listing_day


@pytest.mark.parametrize(
    ("submitted", "day"),
    [
        # a summer week: 14:00 in New York is 18:00 UTC
        ("2024-05-06T17:59:59", "2024-05-07"),  # Monday before 14:00 → mailed Monday, the day Tuesday
        ("2024-05-06T18:00:00", "2024-05-08"),
        ("2024-05-07T18:00:00", "2024-05-09"),
        ("2024-05-08T18:00:00", "2024-05-10"),
        ("2024-05-09T17:00:00", "2024-05-10"),
        ("2024-05-09T18:00:00", "2024-05-13"),  # Thursday after 14:00 → mailed Sunday, the day Monday
        ("2024-05-10T17:59:59", "2024-05-13"),
        ("2024-05-10T18:00:00", "2024-05-14"),  # Friday after 14:00 → mailed Monday, the day Tuesday
        ("2024-05-11T12:00:00", "2024-05-14"),
        ("2024-05-12T23:59:59", "2024-05-14"),
        # winter: 19:00 UTC; the clocks of New York change on 2024-03-10 and 2024-11-03
        ("2024-01-08T18:30:00", "2024-01-09"),
        ("2024-03-08T18:30:00", "2024-03-11"),
        ("2024-03-11T18:30:00", "2024-03-13"),
        ("2024-11-01T18:30:00", "2024-11-05"),
        ("2024-11-04T18:30:00", "2024-11-05"),
        ("2017-06-12T17:57:34", "2017-06-13"),  # 1706.03762
    ],
)
def test_listing_day_of_an_instant(submitted: str, day: str) -> None:
    instant = datetime.fromisoformat(submitted).replace(tzinfo=UTC)
    assert str(computed_day(instant)) == day
    shanghai = instant.astimezone(timezone(timedelta(hours=8)))
    assert str(computed_day(shanghai)) == day


@pytest.mark.parametrize(
    ("submitted", "day"),
    [
        (date(2024, 5, 6), date(2024, 5, 7)),
        (date(2024, 5, 9), date(2024, 5, 10)),
        (date(2024, 5, 10), date(2024, 5, 13)),
        (date(2024, 5, 11), date(2024, 5, 14)),
        (date(2024, 5, 12), date(2024, 5, 14)),
    ],
)
def test_listing_day_of_a_day(submitted: date, day: date) -> None:
    assert estimated_day(submitted) == day


@given(st.datetimes(datetime(1991, 8, 14), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_listing_day_is_a_weekday_within_five_days(submitted: datetime) -> None:
    day = computed_day(submitted)
    assert day.weekday() < 5
    assert timedelta(0) < day - submitted.date() + timedelta(days=1) <= timedelta(days=6)


@given(st.dates(date(1991, 8, 14), date(2100, 1, 1)))
def test_what_was_seen_on_a_weekend_belongs_to_friday(day: date) -> None:
    listed = listing_day(day)
    assert listed.weekday() < 5
    assert timedelta(0) <= day - listed <= timedelta(days=2)
