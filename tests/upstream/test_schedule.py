"""The fake arXiv's own announcement rules, on instants at their edges."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.upstream.schedule import PUBLISHED, Schedule, at

USUAL = Schedule(frozenset(), frozenset())


@pytest.mark.parametrize(
    ("submitted", "listed"),
    [
        ("2026-06-15 13:59:59", "2026-06-16"),  # Monday before the cut-off: Monday's mailing, the day Tuesday
        ("2026-06-15 14:00:00", "2026-06-17"),
        ("2026-06-18 13:59:59", "2026-06-19"),  # Thursday
        ("2026-06-18 14:00:00", "2026-06-22"),  # Thursday afternoon: Sunday's mailing, the day Monday
        ("2026-06-19 13:59:59", "2026-06-22"),  # Friday before the cut-off too
        ("2026-06-19 14:00:00", "2026-06-23"),  # Friday afternoon to Monday: the day Tuesday
        ("2026-06-20 09:00:00", "2026-06-23"),
        ("2026-06-21 20:30:00", "2026-06-23"),
        ("2026-06-22 13:59:59", "2026-06-23"),
        ("2026-12-30 15:00:00", "2027-01-01"),
    ],
)
def test_c1_a_submission_is_listed_on_the_day_of_the_published_table(submitted: str, listed: str) -> None:
    local = datetime.fromisoformat(submitted)
    instant = at(local.date(), local.hour, local.minute) + timedelta(seconds=local.second)
    assert str(USUAL.listing_of(instant)) == listed


@pytest.mark.parametrize(
    ("instant", "listed"),
    [
        ("2026-03-06T18:59:59", "2026-03-09"),  # Friday in winter: 14:00 is 19:00 UTC
        ("2026-03-06T19:00:00", "2026-03-10"),
        ("2026-03-09T17:59:59", "2026-03-10"),  # Monday after the clocks went forward: 18:00 UTC
        ("2026-03-09T18:00:00", "2026-03-11"),
        ("2026-10-30T17:59:59", "2026-11-02"),  # Friday in summer
        ("2026-10-30T18:00:00", "2026-11-03"),
        ("2026-11-02T18:59:59", "2026-11-03"),  # Monday after they went back
        ("2026-11-02T19:00:00", "2026-11-04"),
    ],
)
def test_c2_the_cut_off_follows_new_yorks_clock(instant: str, listed: str) -> None:
    assert str(USUAL.listing_of(datetime.fromisoformat(instant).replace(tzinfo=UTC))) == listed


def test_a_holiday_that_is_taken_removes_the_listing_of_the_day_after() -> None:
    arxiv = Schedule()
    assert arxiv.has_listing(date(2026, 1, 19))
    assert not arxiv.has_listing(date(2026, 1, 20))
    assert arxiv.listing_of(at(date(2026, 1, 19), 10)) == date(2026, 1, 21)


def test_a_holiday_that_is_not_taken_removes_nothing() -> None:
    kind = Schedule(PUBLISHED, frozenset())
    assert kind.has_listing(date(2026, 1, 20))
    assert kind.listing_of(at(date(2026, 1, 19), 10)) == date(2026, 1, 20)


def test_listings_are_of_weekdays() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    assert {day.weekday() for day in days if USUAL.has_listing(day)} == {0, 1, 2, 3, 4}
    assert sum(map(USUAL.has_listing, days)) == sum(day.weekday() < 5 for day in days)
