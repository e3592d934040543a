"""What time it is for everything that depends on the hour: the governor, the schedule, runs, the ledger.

Without CLOCK_FILE it is the machine's time. With it, all processes share one settable clock, a file: it stands until
somebody moves it, and who would sleep moves it on instead. Simulations of weeks pass in minutes that way, and everybody
sees the same instant.
"""

import fcntl
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from django.conf import settings


class Clock(Protocol):
    """Instants are aware, in UTC."""

    def now(self) -> datetime: ...

    def sleep(self, seconds: float) -> None: ...


class RealClock:
    """The machine's."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))


class FileClock:
    """An instant in a file, in ISO form."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def now(self) -> datetime:
        return datetime.fromisoformat(self.path.read_text())

    def set(self, instant: datetime) -> None:
        """Any instant, also an earlier one."""
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._write(instant)

    def sleep(self, seconds: float) -> None:
        """Move the clock to when this would be over, unless others have meanwhile."""
        until = self.now() + timedelta(seconds=max(0.0, seconds))
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self.now() < until:
                self._write(until)

    def _write(self, instant: datetime) -> None:
        """Whole or not at all: others read without the lock."""
        new = self.path.with_suffix(f".{os.getpid()}")
        new.write_text(instant.astimezone(UTC).isoformat())
        new.replace(self.path)


def get_clock() -> Clock:
    return FileClock(Path(settings.CLOCK_FILE)) if settings.CLOCK_FILE else RealClock()
