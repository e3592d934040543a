"""What the worker does for harvesting. Arguments are primitive; a task done twice, or not, does no harm.

The run in the database is the record, a message only wakes somebody. So nothing is retried here: `tick` comes again in
20 s, asks for the slots that are due and sends word of every run that can be taken.
"""

import logging

from celery import shared_task
from django.conf import settings
from django.db import DatabaseError, transaction

from coolpapers import broker
from ingest import editions, jobs, ledger, runs, wanted
from ingest.models import Run, RunState

# The visibility timeout of Redis is an hour (settings.CELERY_BROKER_OPTIONS): no task lives that long.
SOFT_SECONDS, HARD_SECONDS = 1_500, 1_680
WAKE_SECONDS = 60  # a message that waited longer is dropped: the run is still due, and word of it is sent again
log = logging.getLogger(__name__)


def wake(run: Run, queue: str) -> None:
    """Send word of a due run when the transaction is committed, and none of one that is rolled back."""
    # As delay_on_commit, but robust: a broker that is down costs a line in the log, and `tick` comes again
    transaction.on_commit(lambda: perform.apply_async((run.pk,), queue=queue, expires=WAKE_SECONDS), robust=True)


def wake_all() -> None:
    """Send word of all that can be taken."""
    for run, queue in jobs.runs_to_wake():
        wake(run, queue)


def ask_for_wanted() -> None:
    """A run for the papers that readers wait for, where there is none. Two at once do no harm: the later finds none."""
    if not wanted.waiting(1) or not settings.ARXIV:
        return
    if not Run.objects.filter(job="pull-wanted", state__in=(RunState.DUE, RunState.RUNNING)).exists():
        wake(runs.ask("pull-wanted", {}), jobs.JOBS["pull-wanted"].queue)


@shared_task(name="ingest.tasks.tick")  # type: ignore[untyped-decorator]  # Celery has no types
def tick() -> None:
    """Make due slots into runs, and send every due run to its queue."""
    try:
        jobs.ask_for_slots()
        ask_for_wanted()
        editions.ask_for_due()
        wake_all()
        ledger.follow_index()
    except DatabaseError as error:
        log.warning("The schedule is late, the database fails: %s", error)
    broker.forget_taken()


@shared_task(  # type: ignore[untyped-decorator]
    name="ingest.tasks.perform", soft_time_limit=SOFT_SECONDS, time_limit=HARD_SECONDS
)
def perform(run_id: int) -> None:
    """One attempt of a run, if it is to be had; then word of what can be taken next."""
    if jobs.perform(run_id) is not None:
        wake_all()
