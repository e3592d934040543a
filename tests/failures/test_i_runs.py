"""List I, Celery, beat and the database: what the code promises by itself. Real workers are in test_i_workers.py and
test_i_redis.py."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from coolpapers.broker import queue_depths
from coolpapers.celery import app
from coolpapers.clock import FileClock
from ingest import jobs, runs, tasks
from ingest.models import Run, RunState
from ingest.runs import LEASE, RETRY, ask, take
from ingest.slots import SCHEDULE, due_slots
from tests.ingest.clocks import NOON, standing_clock
from tests.ingest.jobs import registered

ON_POSTGRES = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="threads share its tables in memory; test_i_workers.py has processes instead"
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def clock(settings: Any, tmp_path: Path) -> FileClock:
    settings.ARXIV = True
    return standing_clock(settings, tmp_path)


@pytest.fixture(autouse=True)
def _jobs() -> Iterator[None]:
    """Those of the schedule, each of which does nothing."""
    with registered(**{name.replace("-", "_"): lambda run: None for name in SCHEDULE}):
        yield


@pytest.fixture
def broker(tmp_path: Path, settings: Any) -> Iterator[None]:
    """Messages go to a file of this test's."""
    url = f"sqla+sqlite:///{tmp_path / 'broker.sqlite3'}"
    settings.CELERY_BROKER_URL = url
    before = app.conf.broker_url, app.conf.broker_transport_options
    with app.pool.acquire():
        pass
    app.conf.broker_url = app.conf.broker_write_url = url
    app.set_current()
    app._pool = None  # type: ignore[attr-defined]
    app.amqp._producer_pool = None
    yield
    app.conf.broker_url = app.conf.broker_write_url = before[0]
    app._pool = None  # type: ignore[attr-defined]
    app.amqp._producer_pool = None


def perform_all() -> None:
    for run, _queue in jobs.runs_to_wake():
        jobs.perform(run.pk)


@pytest.mark.django_db
def test_i1_the_same_task_twice_has_one_effect(clock: FileClock, tmp_path: Path) -> None:
    run = ask("test-pages", {"pages": 2, "file": str(tmp_path / "file")})
    for _ in range(3):
        tasks.perform(run.pk)
    assert (tmp_path / "file").read_text() == "page 0\npage 1\n"
    run.refresh_from_db()
    assert (run.attempt, run.new) == (0, 20)


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
def test_i1_of_many_who_take_a_run_at_once_one_gets_it(clock: FileClock) -> None:
    run = ask("test-pages", {})

    def try_it(number: int) -> bool:
        try:
            return take(run.pk, f"holder {number}") is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(try_it, range(12)))
    assert got.count(True) == 1
    run.refresh_from_db()
    assert run.holder == f"holder {got.index(True)}"


@pytest.mark.django_db
def test_i2_a_run_that_kills_whoever_tries_it_ends_as_failed(clock: FileClock) -> None:
    run = ask("test-pages", {})
    for _ in range(RETRY.attempts):
        assert take(run.pk, "killed") is not None
        clock.set(clock.now() + LEASE + timedelta(seconds=1))
    assert jobs.perform(run.pk) is None
    run.refresh_from_db()
    assert (run.state, run.error) == ("failed", "Whoever tried it did not live to tell how it went.")


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
def test_i4_many_beats_at_once_ask_for_each_slot_once(clock: FileClock) -> None:
    def tick(_number: int) -> None:
        try:
            jobs.ask_for_slots()
        finally:
            connection.close()

    for _ in range(3):
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(tick, range(8)))
        perform_all()
        clock.set(clock.now() + DAY)
    counts = Counter(Run.objects.values_list("job", "slot"))
    assert set(counts.values()) == {1}
    assert Counter(job for job, _slot in counts) == dict.fromkeys(SCHEDULE, 3)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "day", ["2026-03-08", "2026-11-01", "2028-02-29", "2026-12-31", "2026-03-29"], ids=lambda day: str(day)
)
def test_i5_each_slot_of_the_table_is_run_exactly_once(clock: FileClock, day: str) -> None:
    """Both changes of New York's clock, Europe's, a leap day and New Year, looked at every ten minutes."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(minutes=1)
    end = start + DAY + 2 * HOUR
    clock.set(start)
    jobs.ask_for_slots()
    perform_all()
    while clock.now() < end:
        clock.set(clock.now() + timedelta(minutes=10))
        jobs.ask_for_slots()
        perform_all()
    for job in SCHEDULE:
        done = list(
            Run.objects.filter(job=job, slot__gt=start, state="done").order_by("slot").values_list("slot", flat=True)
        )
        assert done == list(due_slots(job, start, clock.now())), job


@pytest.mark.django_db
def test_i4_after_a_long_sleep_each_job_is_run_once(clock: FileClock) -> None:
    jobs.ask_for_slots()
    perform_all()
    before = Run.objects.count()
    clock.set(NOON + 30 * DAY)
    for _ in range(5):
        jobs.ask_for_slots()
        perform_all()
    assert Run.objects.count() - before == len(SCHEDULE)


@pytest.mark.django_db
def test_i6_an_outage_of_a_day_ends_in_one_run_a_job(clock: FileClock) -> None:
    class Away(Exception):
        reason = "arXiv can't be reached."

        @property
        def until(self) -> datetime:
            return clock.now() + HOUR

    def job(run: Run) -> None:
        if clock.now() < NOON + 6 * HOUR:
            raise Away

    with registered(pull_papers=job):
        while clock.now() < NOON + 8 * HOUR:
            jobs.ask_for_slots()
            perform_all()
            clock.set(clock.now() + timedelta(minutes=5))
    assert Run.objects.filter(state="done", asked__lt=NOON + 6 * HOUR).count() == 1
    assert Run.objects.exclude(state="done").count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")  # Celery's transport asks SQLAlchemy for it
def test_i7_what_is_asked_in_a_transaction_that_is_rolled_back_is_not_sent(clock: FileClock, broker: None) -> None:
    with transaction.atomic():
        tasks.wake(ask("test-pages", {}), jobs.ARXIV)
        transaction.set_rollback(True)
    assert not Run.objects.exists()
    assert queue_depths() == {"celery": 0, "arxiv": 0, "venues": 0}
    with transaction.atomic():
        tasks.wake(ask("test-venue", {}), jobs.VENUES)
        assert queue_depths()["venues"] == 0, "not before the commit"
    assert queue_depths() == {"celery": 0, "arxiv": 0, "venues": 1}


@pytest.mark.django_db
def test_i8_venues_are_woken_one_at_a_time_and_arxiv_beside_them(clock: FileClock) -> None:
    venues = [ask("test-venue", {}) for _ in range(3)]
    arxiv = [ask("test-pages", {}) for _ in range(3)]
    woken = {(run.pk, queue) for run, queue in jobs.runs_to_wake()}
    assert woken == {(venues[0].pk, "venues"), *((run.pk, "arxiv") for run in arxiv)}
    assert take(venues[0].pk, "somebody") is not None
    assert {queue for _run, queue in jobs.runs_to_wake()} == {"arxiv"}
    clock.set(NOON + LEASE + HOUR)
    assert (venues[0].pk, "venues") in {(run.pk, queue) for run, queue in jobs.runs_to_wake()}, "it was killed"


@pytest.mark.django_db
@pytest.mark.parametrize("back", [timedelta(minutes=30), HOUR, 3 * DAY, 400 * DAY])
def test_i9_a_clock_that_is_put_back_makes_no_storm_and_stops_nothing(clock: FileClock, back: timedelta) -> None:
    jobs.ask_for_slots()
    perform_all()
    held = take(ask("test-pages", {}).pk, "killed")
    waiting = ask("test-plain", {})
    Run.objects.filter(pk=waiting.pk).update(not_before=clock.now() + 10 * HOUR)
    assert held is not None
    before = Run.objects.count()
    clock.set(NOON - back)
    due = {run.pk for run, _queue in jobs.runs_to_wake()}
    assert held.pk in due, "whoever held it is dead, whatever the clock says"
    for _ in range(12):
        jobs.ask_for_slots()
        for run, _queue in jobs.runs_to_wake():
            if run.job in SCHEDULE:
                jobs.perform(run.pk)
        clock.set(clock.now() + timedelta(minutes=5))
    assert Run.objects.count() - before <= 2 * len(SCHEDULE)  # the newest slot of the other day, and an hourly one
    if back > 2 * DAY:
        assert waiting.pk in due, "nobody waits until the clock has caught up"


@pytest.mark.django_db
def test_i10_what_a_newer_version_asked_for_is_left_to_its_workers(clock: FileClock) -> None:
    run = ask("job-of-the-next-version", {})
    tasks.perform(run.pk)
    tasks.tick()
    run.refresh_from_db()
    assert (run.state, run.attempt) == (RunState.DUE, 0)


def test_i3_no_task_lives_as_long_as_the_visibility_timeout(settings: Any) -> None:
    assert tasks.SOFT_SECONDS < tasks.HARD_SECONDS < app.conf.task_time_limit < 3600
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    for name, task in app.tasks.items():
        if not name.startswith("celery."):
            assert (task.time_limit or app.conf.task_time_limit) < 3600


def test_i8_a_page_may_take_less_than_a_lease() -> None:
    assert timedelta(minutes=1) < runs.LEASE < timedelta(seconds=tasks.SOFT_SECONDS)
