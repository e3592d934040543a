"""The one way to a request to arXiv, or to a host of venues: a turn, which all processes take one after the other.

Input: `ingest.turns` (whose turn it is, what all know), coolpapers.clock. Guarantees: while a turn lasts nobody else
has one; it begins INTERVAL seconds after the last one began and not in a pause; what its answer asked for holds for
all from then on. Where the state can't be kept, nobody gets a turn.
"""

import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from coolpapers.clock import Clock, get_clock
from ingest.manners import INTERVAL, Cause, Pause, State
from ingest.outcomes import FetchError, Refused, TryLater
from ingest.turns import Busy, Turns, Ungoverned, get_turns

IN_LINE = 60.0  # seconds of the machine's clock that one waits for others at most
PATIENCE = 10.0  # seconds of coolpapers.clock that a pause may last for us to wait; else it is `TryLater` at once
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Standing:
    """Whether arXiv is asked now. `until` is None when it is; `refused`: it answered 403, which a person should see."""

    until: datetime | None = None
    reason: str = ""
    refused: bool = False


class Governor:
    """`interval` is shorter only in tests that wait by the real clock."""

    def __init__(self, turns: Turns, clock: Clock, interval: float = INTERVAL) -> None:
        self.turns, self.clock, self.interval = turns, clock, interval

    @contextmanager
    def turn(
        self, service: str, *, patience: float = PATIENCE, in_line: float = IN_LINE, lease: float = 120.0
    ) -> Iterator["Turn"]:
        """Alone inside, at an instant when `service` may be asked.

        `lease`: seconds that the turn takes at most. Raises `TryLater` or `Refused` where it is not our turn in time.
        """
        self._sit_out(service, patience)
        line = self.turns.hold(timeout=in_line, lease=lease + self.interval)
        with self._translated(), line:
            state, now = self._known(), self.clock.now()
            if pause := state.pause_for(service, now):
                raise stopped(pause)
            if wait := min(self.interval, state.seconds_to_start(now, self.interval)):
                self.clock.sleep(wait)  # once: a clock that is put back meanwhile makes it no longer
            start = self.clock.now()
            state = state.started(start)
            self.turns.write(state)
            yield Turn(self, service, start, state)

    def standing(self) -> Standing:
        """For pages and metrics: read without a turn."""
        now, state = self.clock.now(), self.turns.read() or State()
        pauses = [pause for pause in state.seen_at(now).pauses.values() if now < pause.until and pause.for_all]
        if not pauses:
            return Standing()
        last = max(pauses, key=lambda pause: pause.until)
        return Standing(last.until, last.reason, last.cause is Cause.REFUSED)

    def _sit_out(self, service: str, patience: float) -> None:
        """Wait for the end of a short pause, without a turn, since others may have to wait less."""
        state, now = self.turns.read() or State(), self.clock.now()
        if state.seen_at(now) is not state:
            return  # the clock was put back: who has the turn puts that right
        if pause := state.pause_for(service, now):
            wait = (pause.until - now).total_seconds()
            if wait > patience:
                raise stopped(pause)
            self.clock.sleep(wait)

    def _known(self) -> State:
        """The state, as of now. Where nothing is known, somebody may have asked a moment ago."""
        now = self.clock.now()
        state = self.turns.read() or State(last_start=now)
        seen = state.seen_at(now)
        if seen is not state:
            log.warning("The clock was put back: pauses begin anew.")
            self.turns.write(seen)
        return seen

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Whose turn it is can't be known, or it was others' for too long."""
        try:
            yield
        except Busy as error:
            raise TryLater(self._in(self.interval), str(error)) from None
        except Ungoverned as error:
            log.error("Nothing is asked: %s", error)
            raise TryLater(self._in(60), str(error)) from error

    def _in(self, seconds: float) -> datetime:
        return self.clock.now() + timedelta(seconds=seconds)


class Turn:
    """A turn that is ours, since `start`. One of the two methods says how it went."""

    def __init__(self, governor: Governor, service: str, start: datetime, state: State) -> None:
        self.governor, self.service, self.start, self.state = governor, service, start, state

    def went_well(self) -> None:
        if self.service in self.state.pauses:
            self._keep(self.state.answered(self.service))

    def must_pause(self, cause: Cause, reason: str, asked: float | None = None) -> Pause:
        """Nobody asks for a while; `asked`: the seconds that the answer named."""
        now, chance = self.governor.clock.now(), random.random()  # noqa: S311 (no secret)
        state = self.state.paused(self.service, now, cause, reason, asked=asked, chance=chance)
        self._keep(state)
        return state.pauses[self.service]

    def _keep(self, state: State) -> None:
        """The answer is here already, and is not lost because Redis or the disk is."""
        self.state = state
        try:
            self.governor.turns.write(state)
        except Ungoverned as error:
            log.error("What was answered is not known to others: %s", error)


def stopped(pause: Pause) -> FetchError:
    """The error for who would ask in a pause."""
    kind = Refused if pause.cause is Cause.REFUSED else TryLater
    return kind(pause.until, pause.reason)


def get_governor() -> Governor:
    """That of the settings."""
    return Governor(get_turns(), get_clock())
