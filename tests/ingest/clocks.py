"""A clock that tests set."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coolpapers.clock import FileClock

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
SetClock = Callable[[datetime], None]


def standing_clock(settings: Any, folder: Path, instant: datetime = NOON) -> FileClock:
    """One for this test and all processes that it starts with CLOCK_FILE."""
    settings.CLOCK_FILE = str(folder / "clock")
    clock = FileClock(folder / "clock")
    clock.set(instant)
    return clock
