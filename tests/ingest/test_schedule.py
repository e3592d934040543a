"""Submission → listing day: the table of arXiv's schedule, on both sides of the cut-off and of the clock changes."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.schedule import computed_day, estimated_day, expected_listing, listing_day, newest_listing


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


# --- Holidays ---
def test_weekday_after_a_holiday_has_no_listing() -> None:
    # as arXiv's listings of 2025 and 2026 were
    missing = ["2025-06-20", "2025-07-07", "2025-09-02", "2025-11-28", "2025-12-26", "2025-12-31", "2026-01-02"]
    for day in [*missing, "2026-01-20", "2026-06-22"]:
        assert not expected_listing(date.fromisoformat(day)), day
    for day in ["2026-01-19", "2026-06-19", "2026-06-23", "2025-12-30", "2024-01-16"]:
        assert expected_listing(date.fromisoformat(day)), day
    assert not expected_listing(date(2026, 6, 20))  # a Saturday


@pytest.mark.parametrize(
    ("submitted", "day"),
    [
        ("2026-01-16T20:00:00", "2026-01-21"),  # Friday after 14:00, would be Tuesday's: Martin Luther King's day
        ("2026-06-18T20:00:00", "2026-06-23"),  # Thursday after 14:00, would be Monday's: Juneteenth on Friday
        ("2026-12-24T20:00:00", "2026-12-29"),
        ("2026-12-31T15:00:00", "2027-01-04"),  # New Year's Eve and a weekend
    ],
)
def test_what_a_holiday_holds_up_is_in_the_next_listing(submitted: str, day: str) -> None:
    assert str(computed_day(datetime.fromisoformat(submitted).replace(tzinfo=UTC))) == day


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-06-15T23:59:00", "2026-06-15"),  # Monday, 19:59 in New York
        ("2026-06-16T00:00:00", "2026-06-16"),  # mailed
        ("2026-06-20T12:00:00", "2026-06-19"),  # Saturday
        ("2026-06-22T12:00:00", "2026-06-19"),  # the Monday after a holiday
        ("2026-01-06T00:30:00", "2026-01-05"),  # in winter 19:30
        ("2026-01-06T01:00:00", "2026-01-06"),
    ],
)
def test_newest_listing_is_the_one_that_was_mailed_last(now: str, day: str) -> None:
    assert str(newest_listing(datetime.fromisoformat(now).replace(tzinfo=UTC))) == day


@given(st.datetimes(datetime(2023, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)))
def test_computed_day_has_a_listing_and_was_not_mailed_before_the_submission(submitted: datetime) -> None:
    day = computed_day(submitted)
    assert expected_listing(day)
    assert newest_listing(submitted) < day
