"""When arXiv lists what is submitted, by its published schedule.

Pure. A submission before 14:00 Eastern time on a weekday goes into the mailing of that day's 20:00 (Friday's into
Sunday's), and a listing carries the date of the weekday that follows: Monday's mailing is the day Tuesday, Sunday's is
Monday. A holiday has no mailing, so the weekday after it has no listing, and what would have stood in it stands in the
next one. The zone of the machine does not matter.
Source: https://info.arxiv.org/help/availability.html. Moderation is not known here, nor a holiday that is taken without
notice or not taken after all; a day from this schedule is therefore marked as computed or estimated, never as observed.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
CUTOFF = time(14)
MAILING = time(20)
_DAY = timedelta(days=1)

# Days without a mailing, as arXiv published them; of a year that is not here no holiday is known. Left out is
# 2024-01-15, which was published and not taken. The last two of 2025 were not on the page that we know: they are the
# listings that were missing then.
HOLIDAYS = frozenset(
    date.fromisoformat(f"{year}-{day}")
    for year, days in {
        2023: "01-16 06-14 06-19 07-04 09-04 11-23 12-25 12-27",
        2024: "05-22 06-19 07-04 09-02 11-28 12-25 12-26 12-31",
        2025: "01-01 01-20 06-19 07-06 09-01 11-27 12-25 12-30",
        2026: "01-01 01-19 06-19 07-03 09-07 11-26 12-25 12-29 12-31",
    }.items()
    for day in days.split()
)


def _weekday_from(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() > 4 else day


_WITHOUT_LISTING = frozenset(_weekday_from(holiday + _DAY) for holiday in HOLIDAYS)


def expected_listing(day: date) -> bool:
    """Whether arXiv is to have a listing of that date: a weekday that does not follow a holiday."""
    return day.weekday() < 5 and day not in _WITHOUT_LISTING


def _listing_from(day: date) -> date:
    """The day itself, or the next one with a listing."""
    while not expected_listing(day):
        day += _DAY
    return day


def estimated_day(submitted: date) -> date:
    """The listing of most papers submitted on that day: those that came before the cut-off."""
    return _listing_from(_weekday_from(submitted) + _DAY)


def computed_day(submitted: datetime) -> date:
    """The listing of a paper submitted at that instant (any zone)."""
    eastern = submitted.astimezone(EASTERN)
    return estimated_day(eastern.date() + _DAY if eastern.time() >= CUTOFF else eastern.date())


def newest_listing(now: datetime) -> date:
    """The newest listing that has been mailed, at 20:00 Eastern time of the evening before its date, or is to have."""
    eastern = now.astimezone(EASTERN)
    day = eastern.date() + _DAY if eastern.time() >= MAILING else eastern.date()
    while not expected_listing(day):
        day -= _DAY
    return day


def listing_day(day: date) -> date:
    """arXiv lists on weekdays: what was seen on a weekend belongs to the Friday before."""
    return day - timedelta(days=max(0, day.weekday() - 4))
