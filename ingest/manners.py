"""How long to wait before arXiv is asked again: one state for all processes, and what each answer makes of it.

Pure. arXiv asks for one connection and three seconds between requests, over API, OAI-PMH and RSS together
(https://info.arxiv.org/help/api/tou.html). Guarantees of what is here:

- Requests start INTERVAL seconds apart, whatever the clock does. A clock that was put back costs one such wait, and a
  pause begins anew with the length it had; it never lasts until the clock has caught up.
- What arXiv asks for (Retry-After; 429 and 503 without it; 403) holds for all services, what merely fails for its own.
- The same answer again makes the wait longer: only a good answer of that service ends the row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

INTERVAL = 3.0  # seconds between two starts
HOUR, DAY = 3_600.0, 86_400.0
BUDGET = 6  # of refusals in a row that only slow us down; the next ones count as a stop


class Cause(StrEnum):
    """Why nobody asks for a while."""

    SLOW = "slow"  # 429, 503: arXiv wants fewer requests, or none for now
    REFUSED = "refused"  # 403
    FAILED = "failed"  # no connection, an answer cut off, a page about maintenance
    GARBLED = "garbled"  # whole, with bytes that are no letters


@dataclass(frozen=True)
class Pause:
    """From `since` to `until`, after the `streak`th such answer in a row."""

    cause: Cause
    streak: int
    since: datetime
    until: datetime
    reason: str

    @property
    def for_all(self) -> bool:
        """Whether other services wait, too: where arXiv asked for it."""
        return self.cause in {Cause.SLOW, Cause.REFUSED}

    def seen_at(self, now: datetime) -> "Pause":
        """Itself, or, where the clock was put back to before it began, a new one of its length."""
        return self if now >= self.since else replace(self, since=now, until=now + (self.until - self.since))


def pause_seconds(cause: Cause, streak: int, *, asked: float | None, chance: float) -> float:
    """How long to wait after the `streak`th such answer in a row; `asked` is its Retry-After in seconds.

    `chance` (0 to 1) lengthens what nobody asked for by up to a half, so that two sites part. What arXiv asks for is
    done to the second at first; where that does not help, our own longer wait holds. No wait is longer than a day.
    """
    if cause is Cause.REFUSED:
        own = min(DAY, HOUR * 2.0 ** min(streak - 1, 10))
    elif cause is not Cause.SLOW:
        own = min(900.0, 10.0 * 2.0 ** min(streak - 1, 10))
    elif streak <= BUDGET:
        own = 30.0 * 2.0 ** (streak - 1)
    else:
        own = min(DAY, HOUR * 2.0 ** min(streak - BUDGET - 1, 10))
    own *= 1 + chance / 2
    if asked is None:
        return min(DAY, own)
    return min(DAY, max(asked, INTERVAL if streak == 1 and cause is not Cause.REFUSED else own))


@dataclass(frozen=True)
class State:
    """What all processes know together. `revision` grows with every change: of two states the higher is newer."""

    revision: int = 0
    last_start: datetime | None = None
    pauses: Mapping[str, Pause] = field(default_factory=dict)  # by service, also those that are over: the row goes on

    def seen_at(self, now: datetime) -> "State":
        """Itself, or what is left of it where the clock was put back; then it has to be kept."""
        last = min(self.last_start, now) if self.last_start else None
        pauses = {service: pause.seen_at(now) for service, pause in self.pauses.items()}
        if last == self.last_start and pauses == self.pauses:
            return self
        return State(self.revision + 1, last, pauses)

    def pause_for(self, service: str, now: datetime) -> Pause | None:
        """The pause that `service` has to keep now: of several the one that ends last."""
        holding = [
            pause for name, pause in self.pauses.items() if now < pause.until and (pause.for_all or name == service)
        ]
        return max(holding, key=lambda pause: pause.until, default=None)

    def seconds_to_start(self, now: datetime, interval: float = INTERVAL) -> float:
        """What is left of the time between two starts; `now` is not before the last one (`seen_at`)."""
        if self.last_start is None:
            return 0.0
        return max(0.0, interval - (now - self.last_start).total_seconds())

    def started(self, now: datetime) -> "State":
        return State(self.revision + 1, now, self.pauses)

    def answered(self, service: str) -> "State":
        """After a good answer: the row of bad ones is over."""
        pauses = {name: pause for name, pause in self.pauses.items() if name != service}
        return State(self.revision + 1, self.last_start, pauses)

    def streak(self, service: str, cause: Cause) -> int:
        """How many such answers in a row there were."""
        pause = self.pauses.get(service)
        return pause.streak if pause and pause.cause is cause else 0

    def paused(
        self, service: str, now: datetime, cause: Cause, reason: str, *, asked: float | None, chance: float
    ) -> "State":
        """After an answer that makes us wait."""
        streak = self.streak(service, cause) + 1
        seconds = pause_seconds(cause, streak, asked=asked, chance=chance)
        pause = Pause(cause, streak, now, now + timedelta(seconds=seconds), reason)
        return State(self.revision + 1, self.last_start, {**self.pauses, service: pause})


def to_json(state: State) -> dict[str, Any]:
    """Plain values, for a file or Redis."""
    return {
        "revision": state.revision,
        "last_start": state.last_start and state.last_start.isoformat(),
        "pauses": {
            service: [pause.cause, pause.streak, pause.since.isoformat(), pause.until.isoformat(), pause.reason]
            for service, pause in state.pauses.items()
        },
    }


def from_json(found: dict[str, Any]) -> State:
    """ValueError, KeyError, TypeError: it is not what `to_json` gives."""
    read = datetime.fromisoformat
    pauses = {
        service: Pause(Cause(cause), int(streak), read(since), read(until), reason)
        for service, (cause, streak, since, until, reason) in found["pauses"].items()
    }
    return State(int(found["revision"]), read(found["last_start"]) if found["last_start"] else None, pauses)
