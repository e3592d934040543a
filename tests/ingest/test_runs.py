"""The life of a run: `ask`, `take`, `perform` and what they leave in the database, by a clock that tests set."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from coolpapers.clock import FileClock
from ingest import jobs, runs
from ingest.models import Incident, Request, Run
from ingest.runs import LEASE, RETRY, Hopeless, LeaseLost, ask, beat, take
from tests.ingest.clocks import NOON, standing_clock
from tests.ingest.jobs import registered

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock(settings: Any, tmp_path: Path) -> FileClock:
    return standing_clock(settings, tmp_path)


@pytest.fixture(autouse=True)
def _jobs() -> Iterator[None]:
    with registered():
        yield


def attempt(run: Run) -> Run:
    """One attempt; the run afterwards."""
    jobs.perform(run.pk)
    run.refresh_from_db()
    return run


class Outcome:
    """A job that ends as it is told."""

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = list(errors)

    def __call__(self, run: Run) -> None:
        error = self.errors.pop(0) if len(self.errors) > 1 else self.errors[0]
        if error is not None:
            raise error


class Later(Exception):
    """As fetch raises it."""

    def __init__(self, until: datetime, reason: str) -> None:
        self.until, self.reason = until, reason


def test_a_run_is_done_with_its_counts(clock: FileClock, tmp_path: Path) -> None:
    run = attempt(ask("test-pages", {"pages": 3, "file": str(tmp_path / "file")}))
    assert (run.state, run.new, run.requests, run.cursor) == ("done", 30, 3, {"page": 3})
    assert (run.started, run.ended, run.holder, run.lease_until, run.error) == (NOON, NOON, "", None, "")
    assert jobs.perform(run.pk) is None, "it is over"


def test_a_run_that_is_held_is_not_taken_until_its_lease_is_over(clock: FileClock) -> None:
    run = ask("test-pages", {})
    assert take(run.pk, "a") is not None
    clock.set(NOON + LEASE)
    assert take(run.pk, "b") is None
    clock.set(NOON + LEASE + MINUTE)
    assert take(run.pk, "b") is not None


def test_who_lost_the_lease_writes_nothing_more(clock: FileClock) -> None:
    run = ask("test-pages", {})
    slow = take(run.pk, "a")
    assert slow is not None
    clock.set(NOON + LEASE + MINUTE)
    assert take(run.pk, "b") is not None
    slow.cursor, slow.new = {"page": 9}, 90
    for write in (beat, runs.finish, lambda run: runs.fail(run, "x"), runs.give_back):
        with pytest.raises(LeaseLost):
            write(slow)
    run.refresh_from_db()
    assert (run.state, run.holder, run.cursor, run.new) == ("running", "b", {}, 0)
    assert not Incident.objects.exists()


def test_beat_prolongs_the_lease_and_tells_who_watches(clock: FileClock) -> None:
    run = take(ask("test-pages", {}).pk, "a")
    assert run is not None
    seen: list[int] = []
    with runs.watched(lambda run: seen.append(run.new)):
        for minute in range(1, 11):
            clock.set(NOON + minute * MINUTE)
            run.new += 1
            beat(run)
    assert seen == list(range(1, 11))
    assert take(run.pk, "b") is None


def test_what_says_when_is_tried_again_then(clock: FileClock) -> None:
    until = NOON + 30 * MINUTE
    with registered(test_job=Outcome(Later(until, "arXiv answered 503."), None)):
        run = attempt(ask("test-job", {}))
        assert (run.state, run.not_before, run.error) == ("due", until, "arXiv answered 503.")
        clock.set(until - MINUTE)
        assert jobs.perform(run.pk) is None
        clock.set(until)
        assert attempt(run).state == "done"
    assert run.error == ""


def test_what_stops_us_is_told_at_once_and_is_over_with_the_next_success(clock: FileClock) -> None:
    refused = Later(NOON + 60 * MINUTE, "arXiv refuses us (403).")
    refused.alarming = True  # type: ignore[attr-defined]
    with registered(test_job=Outcome(refused, refused, None)):
        run = attempt(ask("test-job", {}))
        assert Incident.objects.get(ended=None).text == "test-job has to wait: arXiv refuses us (403)."
        clock.set(run.not_before)
        run = attempt(run)
        assert Incident.objects.count() == 1
        clock.set(run.not_before)
        assert attempt(run).state == "done"
    assert not Incident.objects.filter(ended=None).exists()


def test_an_error_is_retried_with_a_cap_then_recorded_and_the_next_success_ends_the_incident(clock: FileClock) -> None:
    with registered(test_job=Outcome(ValueError("secret of the house"))):
        run, waits = ask("test-job", {}), []
        for _ in range(RETRY.attempts - 1):
            run = attempt(run)
            assert run.state == "due"
            waits.append(run.not_before - clock.now())
            clock.set(run.not_before)
        run = attempt(run)
    assert waits == sorted(waits)
    assert all(least <= wait <= least * 1.2 for least, wait in zip(RETRY.waits, waits, strict=True))
    assert run.state == "failed"
    assert "ValueError: secret of the house" in run.error
    incident = Incident.objects.get(ended=None)
    assert incident.text == "test-job did not succeed: something unexpected happened (ValueError)."
    with registered(test_job=Outcome(None)):
        assert attempt(ask("test-job", {})).state == "done"
    assert not Incident.objects.filter(ended=None).exists()


def test_progress_starts_the_attempts_anew(clock: FileClock) -> None:
    def one_page(run: Run) -> None:
        run.cursor = {"page": run.cursor.get("page", 0) + 1}
        beat(run)
        if run.cursor["page"] < 30:
            raise Later(clock.now() + timedelta(seconds=3), "slow")

    with registered(test_job=one_page):
        run = ask("test-job", {})
        while attempt(run).state == "due":
            clock.set(run.not_before)
    assert (run.state, run.cursor) == ("done", {"page": 30})
    assert clock.now() - NOON < 2 * MINUTE


def test_what_is_hopeless_fails_at_once(clock: FileClock) -> None:
    with registered(test_job=Outcome(Hopeless("there is no such set."))):
        run = attempt(ask("test-job", {}))
    assert (run.state, run.attempt, run.error) == ("failed", 1, "there is no such set.")


def test_a_page_that_fails_half_way_leaves_the_cursor_where_it_was(clock: FileClock) -> None:
    from django.db import transaction

    def half(run: Run) -> None:
        with transaction.atomic():
            run.cursor, run.new = {"page": 1}, 10
            beat(run)
            raise ValueError

    with registered(test_job=half):
        run = attempt(ask("test-job", {}))
    assert (run.state, run.cursor, run.new, run.attempt) == ("due", {}, 0, 1)


def test_who_is_asked_to_stop_gives_the_run_back(clock: FileClock) -> None:
    def stop(run: Run) -> None:
        run.cursor = {"page": 1}
        beat(run)
        raise KeyboardInterrupt

    with registered(test_job=stop), pytest.raises(KeyboardInterrupt):
        jobs.perform(ask("test-job", {}).pk)
    run = Run.objects.get()
    assert (run.state, run.attempt, run.cursor) == ("due", 0, {"page": 1})


def test_a_job_of_another_version_is_left_to_it(clock: FileClock) -> None:
    run = ask("from-the-future", {})
    assert jobs.perform(run.pk) is None
    assert jobs.runs_to_wake() == []
    assert attempt(run).state == "due"


def test_i6_a_database_that_is_away_for_a_moment_is_asked_again() -> None:
    answers: list[Exception | int] = [OperationalError("gone"), OperationalError("gone"), 7]

    def ask_it() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert jobs.insist(ask_it, (0.0, 0.0)) == 7
    answers[:] = [OperationalError("gone")] * 4
    with pytest.raises(OperationalError):
        jobs.insist(ask_it, (0.0, 0.0))
    assert len(answers) == 1, "there is a cap"


def test_old_requests_and_runs_are_forgotten_but_the_newest_of_each_job(clock: FileClock) -> None:
    with registered(forget_old=jobs.Job(jobs.forget_old, queue=jobs.PLAIN), test_job=Outcome(None)):
        old, older = (attempt(ask("test-job", {})) for _ in "ab")
        Request.objects.create(at=NOON, service="oai", url="x")
        clock.set(NOON + timedelta(days=100))
        Request.objects.create(at=clock.now(), service="oai", url="y")
        run = attempt(ask("forget-old", {}))
    assert (run.state, run.changed) == ("done", 2)
    assert set(Run.objects.filter(job="test-job").values_list("pk", flat=True)) == {max(old.pk, older.pk)}
    assert Request.objects.get().url == "y"
