"""When this arXiv mails: the published rules, written down a second time so that ours can be tested against them.

Pure. All wall-clock times are New York's. A submission before 14:00 goes into that day's mailing; mailings leave at
20:00 from Sunday to Thursday, but not on a holiday that is taken; a mailing carries the date of the day after it, which
is a weekday. Feeds change at 00:00 of that date.
Source: https://info.arxiv.org/help/availability.html
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
FRIDAY, SATURDAY, SUNDAY = 4, 5, 6

# Days on which arXiv said it would not mail.
PUBLISHED = frozenset(
    date.fromisoformat(day)
    for day in (
        "2026-01-01 2026-01-19 2026-06-19 2026-07-03 2026-09-07 2026-11-26 2026-12-25 2026-12-29 2026-12-31"
    ).split()
)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """That wall-clock time in New York, as an instant in UTC."""
    return datetime.combine(day, time(hour, minute), NEW_YORK).astimezone(UTC)


def eastern_date(instant: datetime) -> date:
    return instant.astimezone(NEW_YORK).date()


@dataclass(frozen=True)
class Schedule:
    """`published` is what arXiv says of its holidays, `taken` the days on which it really does not mail."""

    published: frozenset[date] = PUBLISHED
    taken: frozenset[date] = PUBLISHED

    def mails_on(self, day: date) -> bool:
        return day.weekday() not in (FRIDAY, SATURDAY) and day not in self.taken

    def cutoff(self, mailing: date) -> datetime:
        """What comes before this instant is in the mailing: Sunday's closes on Friday."""
        return at(mailing - timedelta(days=2) if mailing.weekday() == SUNDAY else mailing, 14)

    def mailing_of(self, submitted: datetime) -> date:
        """The day whose mailing takes what was submitted, or released by a moderator, at that instant."""
        day = eastern_date(submitted)
        while not (self.mails_on(day) and submitted < self.cutoff(day)):
            day += timedelta(days=1)
        return day

    def listing_of(self, submitted: datetime) -> date:
        """The date of the listing in which that is."""
        return self.mailing_of(submitted) + timedelta(days=1)

    def has_listing(self, day: date) -> bool:
        return self.mails_on(day - timedelta(days=1))
