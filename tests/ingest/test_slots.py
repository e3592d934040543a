"""When jobs are due (ingest.slots)."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.slots import SCHEDULE, at, due_slots, hourly, newest_slot

START = datetime(2026, 6, 15, tzinfo=UTC)
YEARS = st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))


def test_a_day_has_each_slot_once() -> None:
    slots = list(due_slots("pull-feeds", START, START + timedelta(days=1)))
    assert [f"{slot:%m-%d %H:%M}" for slot in slots] == [
        *("06-15 04:10", "06-15 05:10", "06-15 08:10", "06-15 14:10", "06-15 20:10")
    ]


def test_a_slot_belongs_to_the_time_that_ends_with_it() -> None:
    slot = datetime(2026, 6, 15, 4, 10, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert list(due_slots("pull-feeds", slot - second, slot)) == [slot]
    assert list(due_slots("pull-feeds", slot, slot + second)) == []


@given(first=YEARS, steps=st.lists(st.timedeltas(timedelta(), timedelta(days=3)), min_size=1, max_size=8))
def test_however_often_one_looks_no_slot_is_missed_or_comes_twice(first: datetime, steps: list[timedelta]) -> None:
    looks = [first]
    for step in steps:
        looks.append(looks[-1] + step)
    for job in ("pull-feeds", "pull-papers"):
        seen = [slot for a, b in pairwise(looks) for slot in due_slots(job, a, b)]
        assert seen == list(due_slots(job, looks[0], looks[-1]))
        assert seen == sorted(set(seen))


def test_feeds_are_pulled_soon_after_new_yorks_midnight_in_summer_and_winter() -> None:
    from zoneinfo import ZoneInfo

    for day in (date(2026, 1, 15), date(2026, 7, 15)):
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
        assert list(due_slots("pull-feeds", midnight, midnight + timedelta(minutes=15)))


def test_after_a_long_sleep_there_is_the_newest_slot_and_none_that_is_two_days_old() -> None:
    assert newest_slot("forget-old", START - timedelta(days=4_000), START) == datetime(2026, 6, 14, 1, 15, tzinfo=UTC)
    assert newest_slot("nothing", START - timedelta(days=9), START) is None


def test_jobs_of_the_schedule_have_times_in_utc() -> None:
    assert all(moment.tzinfo is UTC for times in SCHEDULE.values() for moment in times)
    assert len(hourly(5)) == 24
    with pytest.raises(ValueError, match="hour"):
        at("24:10")
