"""`manage.py pull`: what it takes, how it ends, and that a run which was stopped goes on."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from coolpapers.clock import FileClock
from ingest import jobs, runs
from ingest.models import Run
from tests.ingest.clocks import NOON, standing_clock
from tests.ingest.jobs import registered
from tests.ingest.workers import Site, read_lines
from tests.instance import wait_for

pytestmark = pytest.mark.django_db
NAMES = ("pull_day", "pull_oai", "pull_papers")


@pytest.fixture
def clock(settings: Any, tmp_path: Path) -> FileClock:
    return standing_clock(settings, tmp_path)


@pytest.fixture(autouse=True)
def _jobs() -> Iterator[None]:
    with registered(**dict.fromkeys(NAMES, lambda run: None)):
        yield


def pull(*words: str) -> str:
    """What it says."""
    said = StringIO()
    call_command("pull", "arxiv", *words, stdout=said, stderr=said, verbosity=1)
    return said.getvalue()


@pytest.mark.parametrize(
    ("words", "job", "arguments"),
    [
        (["--day", "2026-06-12"], "pull-day", {"day": "2026-06-12"}),
        (["--from", "2026-06-01"], "pull-oai", {"from": "2026-06-01", "set": ""}),
        (["--from", "2026-06-01", "--set", "cs:cs:AI"], "pull-oai", {"from": "2026-06-01", "set": "cs:cs:AI"}),
        (
            ["--id", "2606.00001v2", "arXiv:hep-th/9901001", "https://arxiv.org/abs/2606.00001", "1406.02661"],
            "pull-papers",
            {"keys": ["2606.00001", "hep-th/9901001", "1406.2661"]},
        ),
    ],
)
def test_it_makes_a_run_and_performs_it(clock: FileClock, words: list[str], job: str, arguments: Any) -> None:
    said = pull(*words)
    run = Run.objects.get()
    assert (run.job, run.arguments, run.state, run.slot) == (job, arguments, "done", None)
    assert f"Run {run.pk} is done: 0 new, 0 changed, 0 already here, 0 bad; 0 requests." in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "is required"),
        (["--day", "2026-02-30"], "is no day"),
        (["--day", "2026-06-16"], "is not between 1991-08-14 and today"),
        (["--from", "1890-01-01"], "is not between"),
        (["--day", "2026-06-12", "--from", "2026-06-12"], "not allowed with"),
        (["--day", "2026-06-12", "--set", "cs"], "--set goes with --from"),
        (["--from", "2026-06-12", "--set", "cs AI; drop"], "is no set"),
        (["--id", "10.1145/3292500.3330701"], "is no identifier"),
        (["--run", "99"], "Run 99 is over, or there is none."),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(clock: FileClock, words: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        pull(*words)
    assert not Run.objects.exists()


def test_it_waits_as_long_as_it_is_told_and_says_why(clock: FileClock, capsys: pytest.CaptureFixture[str]) -> None:
    class Later(Exception):
        until, reason = NOON + timedelta(hours=2), "arXiv answered 503."

    def job(run: Run) -> None:
        if clock.now() < Later.until:
            raise Later
        run.new = 12

    with registered(pull_day=job):
        said = pull("--day", "2026-06-12")
    assert "arXiv answered 503. Tried again at 2026-06-15 14:00:00 UTC." in capsys.readouterr().err
    assert clock.now() >= NOON + timedelta(hours=2)
    assert "12 new" in said


def test_a_run_that_fails_ends_with_its_reason(clock: FileClock) -> None:
    def job(run: Run) -> None:
        raise runs.Hopeless("arXiv knows no such set.")

    with registered(pull_oai=job), pytest.raises(CommandError, match=r"Run \d+ failed: arXiv knows no such set."):
        pull("--from", "2026-06-12", "--set", "cs")


def test_ctrl_c_leaves_the_run_resumable(clock: FileClock) -> None:
    interrupts = [KeyboardInterrupt]

    def job(run: Run) -> None:
        if interrupts:
            run.cursor, run.new = {"page": 1}, 100
            runs.beat(run)
            raise interrupts.pop()
        assert run.cursor == {"page": 1}

    with registered(pull_oai=job):
        with pytest.raises(SystemExit) as ended:
            pull("--from", "2026-06-12")
        assert ended.value.code == 130
        run = Run.objects.get()
        assert jobs.runs_to_wake() == [], "the workers leave alone what somebody stopped"
        assert "100 new" in pull("--run", str(run.pk))
        clock.set(NOON + timedelta(days=2))
        assert jobs.runs_to_wake() == []


def test_help_names_every_way() -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "pull", "arxiv", "--help"], capture_output=True, text=True, check=True
    )
    for option in ("--day", "--from", "--set", "--id", "--run"):
        assert option in run.stdout


def test_a_real_ctrl_c_stops_a_real_process_with_130_and_another_one_goes_on(tmp_path: Path) -> None:
    site = Site(tmp_path)
    run_id = site.ask("test-pages", {"pages": 40, "seconds": 0.1, "file": str(site.file)})
    process = site.manage("pull", "arxiv", "--run", str(run_id))
    try:
        wait_for("some pages", lambda: len(read_lines(site.file)) > 3, 20)
        os.kill(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert f"`manage.py pull arxiv --run {run_id}` goes on from here." in said
    again = site.manage("pull", "arxiv", "--run", str(run_id))
    told, _ = again.communicate(timeout=30)
    assert again.returncode == 0
    assert "400 new" in told
    pages = read_lines(site.file)
    assert [f"page {n}" for n in range(40)] == list(dict.fromkeys(pages))
    assert len(pages) <= 41, "only the page under way is done again"
