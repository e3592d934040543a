"""How asking the outside can end when it gives no answer: what `ingest.fetch` raises.

Each says in its text what happened, and the ones that hold for a while say until when.
"""

from datetime import datetime


class FetchError(Exception):
    """There is no answer that could be read."""


class TryLater(FetchError):
    """Nothing is wrong with the request: ask again, but not before `until` (of coolpapers.clock)."""

    def __init__(self, until: datetime, reason: str) -> None:
        super().__init__(f"{reason} Ask again from {until:%Y-%m-%d %H:%M:%S} UTC on.")
        self.until, self.reason = until, reason


class Refused(FetchError):
    """We are not welcome (403): stop, and tell the operator. Nobody asks before `until`, and it grows."""

    alarming = True

    def __init__(self, until: datetime, reason: str) -> None:
        super().__init__(f"{reason} Nothing is asked before {until:%Y-%m-%d %H:%M} UTC.")
        self.until, self.reason = until, reason


class TooLarge(FetchError):
    """More bytes than were allowed, packed or unpacked: the rest was not read."""


class BadAnswer(FetchError):
    """An answer that asking again won't make better: `status` and the first bytes of `body` tell more."""

    def __init__(self, reason: str, *, status: int | None = None, body: bytes = b"") -> None:
        super().__init__(reason)
        self.reason, self.status, self.body = reason, status, body[:10_000]
