"""When each job is due, in UTC: SCHEDULE is the one table, `due_slots` what it means between two instants.

Pure. UTC has no summer time and its leap days are days, so each slot comes exactly once; that arXiv keeps New York's
time is why some slots are there twice. arXiv changes its feeds at 00:00 in New York (04:00 or 05:00 UTC) from Monday to
Friday, and tells the metadata of new papers at about 22:30 there (02:30 or 03:30 UTC), at times hours later.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

_DAY = timedelta(days=1)


def at(*times: str) -> tuple[time, ...]:
    """`HH:MM` of every day."""
    return tuple(sorted(time.fromisoformat(text).replace(tzinfo=UTC) for text in times))


def hourly(minute: int) -> tuple[time, ...]:
    """That minute of each hour."""
    return tuple(time(hour, minute, tzinfo=UTC) for hour in range(24))


SCHEDULE: dict[str, tuple[time, ...]] = {
    "pull-feeds": at("04:10", "05:10", "08:10", "14:10", "20:10"),  # the later ones find what came late
    "pull-oai": at("02:50", "03:50", "06:50", "12:50", "18:50"),
    "pull-papers": hourly(25),  # what was announced and is not held
    "check-ledger": hourly(40),
    "forget-old": at("01:15"),
    "link-works": at("01:35"),
}


def due_slots(job: str, since: datetime, until: datetime) -> Iterator[datetime]:
    """The job's slots after `since` up to and with `until`, in order. Instants are aware."""
    day = since.astimezone(UTC).date()
    while day <= until.astimezone(UTC).date():
        for moment in SCHEDULE.get(job, ()):
            slot = datetime.combine(day, moment)
            if since < slot <= until:
                yield slot
        day += _DAY


def newest_slot(job: str, since: datetime, until: datetime) -> datetime | None:
    """The last of them. A machine that slept for a month does not make up for each slot: none is looked for that is
    over two days old."""
    return max(due_slots(job, max(since, until - 2 * _DAY), until), default=None)
