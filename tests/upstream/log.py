"""What was asked of the fake arXiv: every request with its begin and end, in the clock's time and in real time.

`gaps()` and `most_at_once()` say what a harvester's manners were: seconds of the clock between begins, and how many
requests were ever under way together.
"""

import json
import threading
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise


@dataclass
class Entry:
    """`open` counts connections when it began, itself included; `active` those with a request under way. One that the
    other side has closed does not count."""

    number: int
    service: str
    path: str
    user_agent: str
    began: datetime
    real_began: float
    open: int
    active: int
    ended: datetime | None = None
    real_ended: float | None = None
    status: int = 0
    size: int = 0
    fault: str = ""


class RequestLog:
    """Safe for the server's threads."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.lock = threading.Lock()

    def begin(self, service: str, path: str, now: datetime, user_agent: str, open_: int, active: int) -> Entry:
        with self.lock:
            number = self.entries[-1].number + 1 if self.entries else 0
            entry = Entry(number, service, path, user_agent, now, time.monotonic(), open_, active)
            self.entries.append(entry)
        return entry

    def end(self, entry: Entry, now: datetime, status: int, size: int, fault: str) -> None:
        """Once: said again, it changes nothing."""
        with self.lock:
            if entry.ended is None:
                entry.ended, entry.real_ended = now, time.monotonic()
                entry.status, entry.size, entry.fault = status, size, fault

    def clear(self) -> None:
        with self.lock:
            self.entries.clear()

    def gaps(self) -> list[float]:
        """Seconds of the clock between the begins of requests."""
        with self.lock:
            begins = [entry.began for entry in self.entries]
        return [(later - earlier).total_seconds() for earlier, later in pairwise(begins)]

    def most_at_once(self) -> int:
        with self.lock:
            return max((max(entry.open, entry.active) for entry in self.entries), default=0)

    def as_json(self, since: int = 0) -> str:
        with self.lock:
            rows = [asdict(entry) for entry in self.entries if entry.number >= since]
        return json.dumps(rows, default=str)
