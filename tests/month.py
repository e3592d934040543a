"""`python -m tests.month`: weeks of arXiv, harvested by the site's own processes, with and without faults.

Two sites harvest the same fake arXiv. The plain one does its runs in one process, without a fault. The other has real
Celery workers, beat and Redis, every third answer is wrong, and workers and Redis are killed by SIGKILL ten times.
In the end both must hold the same papers, announcements, ledger and index, and arXiv's own log must show no two
requests at once and none sooner than 3 s after the one before. All share one clock, which is moved on when nothing is
left to do at its hour.
"""

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from coolpapers.clock import FileClock
from tests.upstream.schedule import at
from tests.upstream.server import FakeArxiv
from tests.upstream.story import Plot

ROOT = Path(__file__).resolve().parents[1]
# What may come in place of an answer; those that damage what later answers do not mend are left out.
FAULTS = [
    "429",
    "429-seconds",
    "429-date",
    "503",
    "503-seconds",
    "503-date",
    "maintenance",
    "truncated",
    "wrong-charset",
]
FAULTS += [
    "reset",
    "cut-off",
    "error-entry",
    "empty-page",
    "short-page",
    "expired-token",
    "duplicate-record",
    "older-after-newer",
]
PATIENCE = 120.0  # seconds of the machine's clock for what is due at one hour
LOOKED = 0.1
WATCHED_HOURS = ("02:55", "04:12", "05:15", "06:55", "08:45", "12:55", "14:45", "18:55", "20:45")  # UTC


def plot_of(days: int, papers_a_day: int, seed: int) -> Plot:
    """From the last week of October on: the end of summer time and two holidays are in it."""
    return Plot(
        seed=seed, first=date(2026, 10, 26), days=days, papers_a_day=papers_a_day, background=300, texts="sample"
    )


@dataclass
class Told:
    """What a month came to."""

    state: dict[str, str] = field(default_factory=dict)
    requests: int = 0
    closest: float = 0.0
    at_once: int = 0
    kills: int = 0
    seconds: float = 0.0
    gaps: int = 0


# --- One site, in a process of its own ------------------------------------------------------------------------------
def harvest(data: Path, plot: Plot, *, faults: bool, kills: int) -> Told:
    """A month in `data`; with faults by Celery's processes, else here."""
    started = time.monotonic()
    clock = FileClock(data / "clock")
    clock.set(at(plot.first, 12))
    with ExitStack() as stack:
        arxiv = stack.enter_context(FakeArxiv(plot, clock_file=clock.path, oai_page=200))
        os.environ.update(_environment(data, arxiv))
        _set_up()
        told = Told()
        workers = stack.enter_context(Workers(data)) if faults else None
        if faults:
            arxiv.faults.set(FAULTS, every=3, seed=plot.seed)
        days = random.Random(plot.seed).sample(range(2, plot.days), k=kills)
        for moment in _hours(plot):
            _go_on(clock, moment, workers)
            if workers and moment.hour == 14 and (moment.date() - plot.first).days in days:
                told.kills += workers.kill()
        arxiv.faults.clear()
        for _ in range(2):  # two more turns without faults: what is missing is asked for again
            _go_on(clock, clock.now() + timedelta(hours=7), workers)
        _check_all()
        told.state, told.gaps = _snapshot()
        told.requests = len(arxiv.log.entries)
        told.closest, told.at_once = min(arxiv.log.gaps(), default=0.0), arxiv.log.most_at_once()
    told.seconds = time.monotonic() - started
    return told


def _environment(data: Path, arxiv: FakeArxiv) -> dict[str, str]:
    own = {"DATA_DIR": str(data), "ARXIV": "1", "EMBEDDING_MODEL": "off", "LOG_LEVEL": "WARNING", "SEARCH_URL": ""}
    own |= {
        "CLOCK_FILE": str(data / "clock"),
        "DJANGO_SETTINGS_MODULE": "coolpapers.settings",
        "TEST_TICK_SECONDS": "0.5",
    }
    return own | arxiv.settings


def _set_up() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("search_index", "rebuild", verbosity=0)


def _hours(plot: Plot) -> Iterator[datetime]:
    """When something is to be done, to the end of the month."""
    for number in range(plot.days):
        day = plot.first + timedelta(days=number)
        for text in WATCHED_HOURS:
            yield datetime.fromisoformat(f"{day}T{text}:00+00:00").astimezone(UTC)


def _go_on(clock: FileClock, moment: datetime, workers: Any) -> None:
    """Move the clock to that moment, by way of all that falls due before, and have everything done that is due."""
    while True:
        _finish_what_is_due(clock, workers)
        now, waiting = clock.now(), _next_due()
        if waiting is not None and now < waiting <= moment:
            clock.set(waiting)
        elif now < moment:
            clock.set(moment)
        else:
            return


def _next_due() -> datetime | None:
    from ingest.models import Run, RunState

    return Run.objects.filter(state=RunState.DUE).order_by("not_before").values_list("not_before", flat=True).first()


def _finish_what_is_due(clock: FileClock, workers: Any) -> None:
    from ingest import jobs
    from ingest.tasks import ask_for_wanted
    from search.tasks import sweep_index

    if workers is None:
        sweep_index()
        jobs.ask_for_slots()
        ask_for_wanted()
        while due := jobs.runs_to_wake():
            for run, _queue in due:
                jobs.perform(run.pk)
        sweep_index()
        return
    until = time.monotonic() + PATIENCE
    while not _is_idle(clock):
        assert time.monotonic() < until, f"not done within {PATIENCE} s: {_unfinished()}"
        workers.look_after()
        time.sleep(LOOKED)


def _is_idle(clock: FileClock) -> bool:
    """Every slot until now is asked for and through, or waits for a later hour; nothing is due for the index."""
    from coolpapers.models import IndexDue
    from ingest.jobs import JOBS
    from ingest.models import Run, RunState
    from ingest.slots import newest_slot

    now = clock.now()
    open_runs = Run.objects.filter(state__in=(RunState.DUE, RunState.RUNNING))
    waiting = set(open_runs.filter(state=RunState.DUE, not_before__gt=now).values_list("job", flat=True))
    if open_runs.exclude(state=RunState.DUE, not_before__gt=now).exists() or IndexDue.objects.exists():
        return False
    for name in JOBS:
        slot = newest_slot(name, now - timedelta(days=1), now)
        if slot and name not in waiting and not Run.objects.filter(job=name, slot__gte=slot).exists():
            return False
    return True


def _unfinished() -> list[str]:
    from coolpapers.models import IndexDue
    from ingest.models import Run, RunState

    open_runs = Run.objects.filter(state__in=(RunState.DUE, RunState.RUNNING))
    return [f"{run} {run.state} {run.not_before} {run.error[-200:]}" for run in open_runs] + [
        f"{IndexDue.objects.count()} due for the index"
    ]


# --- Its processes ---------------------------------------------------------------------------------------------------
class Workers:
    """Both of Celery's workers with beat, and Redis; what is killed is started again, as a supervisor does."""

    def __init__(self, data: Path) -> None:
        from tests.programs import find_or_install
        from tests.redis import Redis

        program, reason = find_or_install("redis")
        assert program is not None, reason
        self.redis = Redis(program)
        os.environ["REDIS_URL"] = self.redis.url
        self.data = data
        self.random = random.Random(5)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Workers":
        self.look_after()
        return self

    def __exit__(self, *error: object) -> None:
        for process in self.processes.values():
            _kill(process)
        self.redis.stop()

    def look_after(self) -> None:
        from coolpapers.management.commands.serve import HARVESTER_COMMAND, WORKER_COMMAND

        commands = {"worker": [*WORKER_COMMAND, "--schedule", str(self.data / "beat")], "harvester": HARVESTER_COMMAND}
        for name, command in commands.items():
            process = self.processes.get(name)
            if process is None or process.poll() is not None:
                words = ["tests.ingest.celery_app" if word == "coolpapers.celery" else word for word in command]
                with (self.data / f"{name}.log").open("ab") as log:
                    self.processes[name] = subprocess.Popen(
                        words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                    )

    def kill(self) -> int:
        """A worker, or Redis, at whatever it is doing."""
        name = self.random.choice(["worker", "harvester", "redis"])
        if name == "redis":
            self.redis.kill()
            time.sleep(self.random.random())
            self.redis.start()
        else:
            _kill(self.processes[name])
        return 1


def _kill(process: "subprocess.Popen[bytes]") -> None:
    import signal

    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


# --- What came of it --------------------------------------------------------------------------------------------------
def _check_all() -> None:
    """The ledger of the whole month, also of days that the schedule looks after no more."""
    from ingest.ledger import check_ledger
    from ingest.models import Listed

    for day in Listed.objects.order_by("day").values_list("day", flat=True).distinct():
        check_ledger(day)


def _snapshot() -> tuple[dict[str, str], int]:
    """Digests of all that must not depend on faults, by table, and how many lines of the ledger have gaps."""
    from django.db.models import F

    from coolpapers.models import Announcement, Paper, PaperCategory, Version
    from ingest.models import LedgerLine, Listed
    from search.engines import get_engine

    facts = (
        "key",
        "title",
        "abstract",
        "authors",
        "comments",
        "doi",
        "journal_ref",
        "version",
        "withdrawn",
        "submitted",
    )
    keys = dict(Paper.objects.values_list("pk", "key"))
    tables = {
        "papers": Paper.objects.values_list(*facts, "withdrawn_reason", "revised", "licence"),
        "categories": PaperCategory.objects.values_list("paper__key", "category_id", "place", "day", "approximate"),
        "announcements": Announcement.objects.values_list("paper__key", "day", "kind", "evidence", "scope"),
        "versions": Version.objects.values_list("paper__key", "number", "submitted", "withdrawn"),
        "listed": Listed.objects.values_list("day", "feed", "key", "version", "kind", "categories"),
        "ledger": LedgerLine.objects.values_list("day", "category_id", "expected", "held", "indexed", "whole"),
        "index": [keys[pk] for pk, _revision in get_engine().revisions()],
    }
    digests = {}
    for name, rows in tables.items():
        lines = sorted(repr(row) for row in rows)
        text = "\n".join(lines)
        digests[name] = f"{len(lines)} {hashlib.sha256(text.encode()).hexdigest()[:16]}"
        (Path(os.environ["DATA_DIR"]) / f"{name}.txt").write_text(text)
    return digests, LedgerLine.objects.exclude(held=F("expected")).count()


# --- The command ------------------------------------------------------------------------------------------------------
def run_in_process(data: Path, options: list[str]) -> Told:
    """One of the two sites; its words go to ours."""
    command = [sys.executable, "-m", "tests.month", "--only", str(data), *options]
    run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return Told(**json.loads(run.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=31)
    parser.add_argument("--papers", type=int, default=25, help="submissions a day")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--only", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--faults", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    plot = plot_of(options.days, options.papers, options.seed)
    if options.only:
        told = harvest(options.only, plot, faults=options.faults, kills=options.kills if options.faults else 0)
        sys.stdout.write(json.dumps(told.__dict__) + "\n")
        return
    shared = [f"--{name}={getattr(options, name)}" for name in ("days", "papers", "seed", "kills")]
    with tempfile.TemporaryDirectory(prefix="coolpapers-month-") as folder:
        plain, faulty = Path(folder, "plain"), Path(folder, "faulty")
        for place in (plain, faulty):
            place.mkdir()
        one = run_in_process(plain, shared)
        other = run_in_process(faulty, [*shared, "--faults"])
    for name, told in (("plain", one), ("faulty", other)):
        sys.stdout.write(f"{name}: {told}\n")
    wrong = [name for name in one.state if one.state[name] != other.state.get(name)]
    sys.exit(f"These differ: {', '.join(wrong)}" if wrong else 0)


if __name__ == "__main__":
    main()
