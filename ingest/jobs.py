"""The jobs that runs name, and `perform`: one attempt of one run, and what each outcome means.

A job is a function that does one attempt: it goes on from `run.cursor`, and saves each page with `runs.beat(run)` in
the transaction that stores it. How it ends decides:

- it returns: done.
- an error with `until` (ingest.outcomes.TryLater and Refused): due again from then on.
- an error with a true `final` (runs.Hopeless): failed at once.
- any other error: due again after runs.RETRY's wait, and failed after so many attempts.
- asked to stop (Ctrl-C): due at once; killed: due when its lease is over.

An error with a true `alarming` opens an incident at once. `reason` of an error is public, its traceback is not.
"""

import logging
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import QuerySet

from coolpapers.clock import get_clock
from ingest import editions, pull, runs
from ingest.models import Request, Run, RunState, Upload
from ingest.slots import newest_slot
from ingest.visited import forget_old_visits

T = TypeVar("T")
log = logging.getLogger(__name__)
ARXIV, VENUES, PLAIN = "arxiv", "venues", "celery"  # queues: the first two are the harvesting worker's
ONE_AT_A_TIME = {VENUES}  # so that of that worker's two processes one is always left for arXiv
DATABASE_WAITS = (1.0, 3.0, 9.0)  # seconds of the machine's clock


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt, the queue it waits in, and how old its newest success may be before that is an alarm (None: it has
    no slots, somebody asks for it)."""

    attempt: Callable[[Run], None]
    queue: str = ARXIV
    fresh: timedelta | None = timedelta(hours=26)

    @property
    def off(self) -> bool:
        """Not by the schedule: ARXIV=0. Whoever asks for a run gets it all the same."""
        return self.queue == ARXIV and not settings.ARXIV


# --- Housekeeping ------------------------------------------------------------------------------------------------
KEPT = {name: timedelta(days=days) for name, days in {"requests": 35, "uploads": 35, "done": 90, "failed": 365}.items()}
BATCH = 1_000


def forget_old(run: Run) -> None:
    """Delete requests, runs and what they got that nobody asks for any more; each job's newest run stays."""
    now = get_clock().now()
    newest = {name: Run.objects.filter(job=name, state=RunState.DONE).values("pk")[:1] for name in JOBS}
    kept = [pk for rows in newest.values() for pk in rows.values_list("pk", flat=True)]
    old: list[QuerySet[Any]] = [
        Request.objects.filter(at__lt=now - KEPT["requests"]),
        Run.objects.filter(state=RunState.DONE, ended__lt=now - KEPT["done"]).exclude(pk__in=kept),
        Run.objects.filter(state__in=(RunState.FAILED, RunState.CANCELLED), ended__lt=now - KEPT["failed"]),
        Upload.objects.filter(at__lt=now - KEPT["uploads"]),
    ]
    run.changed += forget_old_visits()
    for rows in old:
        while batch := list(rows.values_list("pk", flat=True)[:BATCH]):
            rows.filter(pk__in=batch).delete()
            run.changed += len(batch)
            runs.beat(run)


JOBS: dict[str, Job] = {
    "pull-feeds": Job(pull.pull_feeds, fresh=timedelta(hours=14)),
    "pull-oai": Job(pull.pull_oai, fresh=timedelta(hours=14)),
    "pull-papers": Job(pull.pull_papers, fresh=timedelta(hours=4)),
    "pull-wanted": Job(pull.pull_wanted, fresh=None),
    "pull-search": Job(pull.pull_search, fresh=None),
    "pull-day": Job(pull.pull_day, fresh=None),
    "pull-venue": Job(editions.pull_venue, queue=VENUES, fresh=None),
    "link-works": Job(editions.link_all, queue=PLAIN, fresh=timedelta(hours=50)),
    "check-ledger": Job(pull.check_ledgers, fresh=timedelta(hours=4)),
    "forget-old": Job(forget_old, queue=PLAIN, fresh=timedelta(hours=26)),
}


# --- The schedule's slots, and who is to be woken ----------------------------------------------------------------
def ask_for_slots() -> list[Run]:
    """The newest slot of each job that nobody asked for yet, as a run. Two at once make one run.

    While the job's last slot is not through there is no new one: an outage ends in one run a job, not in a storm.
    """
    now, asked = get_clock().now(), []
    for name in [name for name, job in JOBS.items() if not job.off]:
        slots = Run.objects.filter(job=name, slot__isnull=False)
        if slots.filter(state__in=(RunState.DUE, RunState.RUNNING), slot__lte=now).exists():
            continue
        known = slots.filter(slot__lte=now).order_by("-slot").values_list("slot", flat=True).first()
        if slot := newest_slot(name, known or now - timedelta(days=1), now):
            asked.append(runs.ask(name, {}, slot))
    return asked


def runs_to_wake() -> list[tuple[Run, str]]:
    """Due runs and their queues. A job that this version does not know is left to one that does."""
    found: list[tuple[Run, str]] = []
    for queue in dict.fromkeys(job.queue for job in JOBS.values()):
        names = [name for name, job in JOBS.items() if job.queue == queue]
        due = runs.due_runs([name for name in names if not JOBS[name].off])
        due |= runs.due_runs(names).filter(slot=None)
        if queue in ONE_AT_A_TIME:
            due = due.none() if runs.held_runs(names).exists() else due[:1]
        found += [(run, queue) for run in due]
    return found


class CutOff(Exception):
    """It took longer than a task may, and goes on from its cursor."""

    reason = "it was cut off by the time limit."


# --- One attempt -------------------------------------------------------------------------------------------------
def perform(run_id: int) -> Run | None:
    """Take the run and do one attempt; the run as it is then, or None where it was not to be had."""
    name = Run.objects.filter(pk=run_id).values_list("job", flat=True).first()
    job = JOBS.get(name or "")
    run = runs.take(run_id, runs.own_name()) if job else None
    if job is None or run is None:
        log.info("Run %s is not taken.", run_id)
        return None
    try:
        job.attempt(run)
        insist(lambda: runs.finish(run))
    except runs.LeaseLost as error:
        log.warning("%s", error)
    except Exception as error:
        _settle(run, error)
    except BaseException:
        runs.give_back(run)
        raise
    return Run.objects.filter(pk=run_id).first()


def _settle(run: Run, error: Exception) -> None:
    """What an error of the job means for its run."""
    if isinstance(error, SoftTimeLimitExceeded):
        error = CutOff()
    reason = str(getattr(error, "reason", "")) or f"something unexpected happened ({type(error).__name__})."
    told = reason if hasattr(error, "reason") else "".join(traceback.format_exception(error))[-4000:]
    until = getattr(error, "until", None) or get_clock().now()
    log.warning("Run %s (%s): %s", run.pk, run, told)
    if getattr(error, "alarming", False):
        insist(lambda: runs.tell_stop(run, reason))
    try:
        if getattr(error, "final", False):
            insist(lambda: runs.fail(run, reason, error=told))
        else:
            insist(lambda: runs.try_later(run, until, reason, error=told))
    except runs.LeaseLost as lost:
        log.warning("%s", lost)


def insist(change: Callable[[], T], waits: Sequence[float] = DATABASE_WAITS) -> T:
    """Again where the database is away for a moment; who gives up leaves the run to its lease."""
    for seconds in waits:
        try:
            return change()
        except (OperationalError, InterfaceError) as error:
            log.warning("The database fails, asked again in %.0f s: %s", seconds, error)
            if not connection.in_atomic_block:
                connection.close()
            time.sleep(seconds)
    return change()
