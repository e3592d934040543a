"""When arXiv lists what is submitted, by its published schedule.

Pure. A submission before 14:00 Eastern time on a weekday goes into the mailing of that day's 20:00 (Friday's into
Sunday's), and a listing carries the date of the weekday that follows: Monday's mailing is the day Tuesday, Sunday's is
Monday.
Source: https://info.arxiv.org/help/availability.html. Holidays and moderation are not known here; a day from this
schedule is therefore marked as computed or estimated, never as observed.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
CUTOFF = time(14)
_DAY = timedelta(days=1)


def _weekday_from(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() > 4 else day


def estimated_day(submitted: date) -> date:
    """The listing of most papers submitted on that day: those that came before the cut-off."""
    return _weekday_from(_weekday_from(submitted) + _DAY)


def computed_day(submitted: datetime) -> date:
    """The listing of a paper submitted at that instant (any zone)."""
    eastern = submitted.astimezone(EASTERN)
    return estimated_day(eastern.date() + _DAY if eastern.time() >= CUTOFF else eastern.date())


def listing_day(day: date) -> date:
    """arXiv lists on weekdays: what was seen on a weekend belongs to the Friday before."""
    return day - timedelta(days=max(0, day.weekday() - 4))
