"""The life of a run in the database: asked for, taken, kept alive, and ended in one of four ways.

A run is the durable record; messages only wake workers. Guarantees: one holder at a time, by one conditional UPDATE,
however often a message comes; whoever lost its lease can write nothing more to the run (LeaseLost), so that a page and
its cursor, saved in one transaction, belong to the holder; a run whose process was killed is taken again, from its
cursor, when its lease is over; nothing is tried without end (RETRY). All instants are those of coolpapers.clock, and a
clock that was put back makes nobody wait until it has caught up.
"""

import logging
import os
import random
import socket
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from coolpapers.clock import get_clock
from ingest.incidents import end_incident, open_incident
from ingest.models import Run, RunState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Retry:
    """So many attempts without progress, and how long to wait after each. A cursor that moves on starts anew."""

    attempts: int
    waits: Sequence[timedelta]

    def wait(self, attempt: int) -> timedelta:
        """After the attempt (from 1); up to a fifth longer, so that two sites part. None after progress."""
        if attempt < 1:
            return timedelta()
        wait = self.waits[min(attempt, len(self.waits)) - 1]
        return wait * (1 + random.random() / 5)  # noqa: S311 (no secret)


RETRY = Retry(attempts=8, waits=[timedelta(minutes=m) for m in (1, 2, 5, 15, 30, 60, 120)])
LEASE = timedelta(minutes=6)  # arXiv's turn is waited for, a page is read and stored in less; then `beat` prolongs it
FARTHEST = timedelta(days=2)  # no wait is longer: a later instant is from a clock that was wrong
SAVED = ("cursor", "new", "changed", "same", "bad", "requests", "notes", "report")  # what a job changes in its run
NOTES = 50


class LeaseLost(Exception):
    """Somebody else holds the run by now, or it is over: write nothing more, and leave quietly."""


class Hopeless(Exception):
    """For jobs: no further attempt would help. `reason` is public."""

    final = True

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def own_name() -> str:
    """A holder: this process, this time."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


# --- Asking ------------------------------------------------------------------------------------------------------
def ask(job: str, arguments: Mapping[str, Any], slot: datetime | None = None) -> Run:
    """A new run that is due now; for a slot the one that there is, since a slot of a job exists once."""
    now = get_clock().now()
    asked = {"arguments": dict(arguments), "asked": now, "not_before": now}
    if slot is None:
        return Run.objects.create(job=job, **asked)
    return Run.objects.get_or_create(job=job, slot=slot, defaults=asked)[0]


def due_runs(jobs: Sequence[str]) -> QuerySet[Run]:
    """Runs of these jobs that can be taken now, the longest due first."""
    return Run.objects.filter(_takeable(get_clock().now()), job__in=jobs).order_by("not_before", "pk")


def held_runs(jobs: Sequence[str]) -> QuerySet[Run]:
    """Runs of these jobs that somebody holds."""
    return Run.objects.filter(state=RunState.RUNNING, job__in=jobs).exclude(_takeable(get_clock().now()))


def _takeable(now: datetime) -> Q:
    due = Q(not_before__lte=now) | Q(not_before__gt=now + FARTHEST)
    lost = Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * LEASE) | Q(lease_until=None)
    return Q(state=RunState.DUE) & due | Q(state=RunState.RUNNING) & lost


# --- Holding -----------------------------------------------------------------------------------------------------
def take(run_id: int, holder: str) -> Run | None:
    """The run, held by `holder` for LEASE; None where it is not due, held by somebody, over or gone."""
    now = get_clock().now()
    taken = Run.objects.filter(_takeable(now), pk=run_id).update(
        state=RunState.RUNNING, holder=holder, lease_until=now + LEASE, started=now, attempt=F("attempt") + 1
    )
    if not taken:
        return None
    run = Run.objects.get(pk=run_id)
    if run.attempt <= RETRY.attempts:
        return run
    fail(run, "Whoever tried it did not live to tell how it went.")  # each attempt took its process with it
    return None


def beat(run: Run) -> None:
    """Prolong the lease and save cursor, counts and notes; for use inside the transaction that stores the page."""
    now = get_clock().now()
    moved = run.cursor != Run.objects.values_list("cursor", flat=True).get(pk=run.pk)
    progress: dict[str, Any] = {"attempt": 0} if moved else {}
    run.notes = run.notes[:NOTES]
    _write(run, lease_until=now + LEASE, **{name: getattr(run, name) for name in SAVED}, **progress)
    if told := _told.get():
        told(run)


_told: ContextVar[Callable[[Run], object] | None] = ContextVar("told", default=None)


@contextmanager
def watched(told: Callable[[Run], object]) -> Iterator[None]:
    """Inside, `told` hears of each beat, such as to draw a progress bar."""
    token = _told.set(told)
    try:
        yield
    finally:
        _told.reset(token)


# --- Ending ------------------------------------------------------------------------------------------------------
@transaction.atomic
def finish(run: Run) -> None:
    """Done; incidents that told of the job's failure, or of what stopped it, are over."""
    values = {name: getattr(run, name) for name in SAVED} | {"error": ""}
    _write(run, state=RunState.DONE, ended=get_clock().now(), holder="", lease_until=None, **values)
    end_incident(subject=failure_of(run))
    end_incident(subject=stop_of(run))


@transaction.atomic
def try_later(run: Run, until: datetime, reason: str, *, error: str = "") -> bool:
    """Due again from `until` on, and not before RETRY's wait; False where that was the last attempt (`fail`).

    The cursor stays what `beat` saved last. `error` is what the admin shows instead of the public `reason`.
    """
    now = get_clock().now()
    attempt = Run.objects.values_list("attempt", flat=True).get(pk=run.pk)
    if attempt >= RETRY.attempts:
        fail(run, reason, error=error)
        return False
    again = min(max(until, now + RETRY.wait(attempt)), now + FARTHEST)
    _write(run, state=RunState.DUE, not_before=again, holder="", lease_until=None, error=error or reason)
    return True


@transaction.atomic
def fail(run: Run, reason: str, *, error: str = "") -> None:
    """The dead end: recorded with an open incident, and never taken again."""
    now = get_clock().now()
    _write(run, state=RunState.FAILED, ended=now, holder="", lease_until=None, error=error or reason)
    if not run.asked_by:  # else somebody looks at the run
        open_incident(subject=failure_of(run), text=f"{_title(run)} did not succeed: {reason}")
    log.error("Run %s (%s) failed: %s", run.pk, run, error or reason)


def cancel(run: Run) -> bool:
    """Over, without a result: whoever holds it can write nothing more to it. False where it was over already."""
    unended = Run.objects.filter(pk=run.pk, state__in=(RunState.DUE, RunState.RUNNING))
    return bool(unended.update(state=RunState.CANCELLED, ended=get_clock().now(), holder="", lease_until=None))


def give_back(run: Run) -> None:
    """Due now, as if the attempt had not been: for whoever is asked to stop."""
    now = get_clock().now()
    _write(run, state=RunState.DUE, not_before=now, holder="", lease_until=None, attempt=max(0, run.attempt - 1))


def put_off(run: Run, until: datetime) -> bool:
    """A run that nobody holds is due at that instant instead; False where somebody holds it."""
    return bool(Run.objects.filter(pk=run.pk, state=RunState.DUE).update(not_before=until))


def hurry(run: Run) -> bool:
    """Due now, whatever it waits for but arXiv's turn."""
    return put_off(run, get_clock().now())


def failure_of(run: Run) -> str:
    """The subject of the incident that tells of failed runs of that job, or of that edition."""
    return f"failed {_title(run)}"


def stop_of(run: Run) -> str:
    """The subject of the incident that tells what stops a job, such as arXiv's 403, before its attempts are over."""
    return f"stopped {_title(run)}"


def tell_stop(run: Run, reason: str) -> None:
    """Open that incident; where somebody asked for the run, it is told there."""
    if not run.asked_by:
        open_incident(subject=stop_of(run), text=f"{_title(run)} has to wait: {reason}")


def _title(run: Run) -> str:
    return f"{run.job} {run.edition}" if run.edition else run.job


def _write(run: Run, **values: Any) -> None:
    """To the run that is still ours, in the database and here."""
    mine = Run.objects.filter(pk=run.pk, state=RunState.RUNNING, holder=run.holder)
    if not mine.update(**values):
        raise LeaseLost(f"Run {run.pk} ({run}) is not ours any more.")
    for name, value in values.items():
        setattr(run, name, value)
