"""Real Celery workers and beats beside the tests, with a database, a broker and a clock of their own.

The tests ask for runs and read what became of them in the SQLite file, as another program would.
"""

import atexit
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from celery import Celery

from coolpapers.clock import FileClock
from coolpapers.management.commands.serve import HARVESTER_COMMAND, WORKER_COMMAND
from tests.ingest.clocks import NOON
from tests.instance import ROOT, environment, wait_for

APP = "tests.ingest.celery_app"


@cache
def migrated() -> Path:
    """An empty database with its tables, made once."""
    folder = Path(tempfile.mkdtemp(prefix="coolpapers-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    run_manage(environment(DATA_DIR=str(folder)), "migrate", "--verbosity=0").communicate(timeout=120)
    return folder / "papers.sqlite3"


def run_manage(settings: Mapping[str, str], *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", APP, *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
    return subprocess.Popen(command, cwd=ROOT, env=dict(settings), text=True, **pipes)  # type: ignore[call-overload,no-any-return]


def read_lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


class Site:
    """A data folder, and the processes that work in it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.file = folder, folder / "pages"
        self.clock = FileClock(folder / "clock")
        self.clock.set(NOON)
        shutil.copy(migrated(), folder / "papers.sqlite3")
        own = {"DATA_DIR": str(folder), "CLOCK_FILE": str(folder / "clock"), "SEARCH_URL": "null://"}
        self.settings = environment(**own, **settings)
        self.broker = settings.get("REDIS_URL") or f"sqla+sqlite:///{folder / 'broker.sqlite3'}"
        self.processes: list[subprocess.Popen[bytes]] = []

    # --- Processes ---------------------------------------------------------------------------------------------
    def manage(self, *words: str) -> "subprocess.Popen[str]":
        return run_manage(self.settings, *words)

    def start(self, command: list[str], log: str) -> "subprocess.Popen[bytes]":
        command = [APP if word == "coolpapers.celery" else word for word in command]
        with (self.folder / log).open("ab") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.settings, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def start_harvester(self) -> "subprocess.Popen[bytes]":
        """As `make run` starts it; returns when it is ready."""
        seen = self.said("harvester.log").count(" ready.")
        process = self.start(HARVESTER_COMMAND, "harvester.log")
        wait_for("the harvester is ready", lambda: self.said("harvester.log").count(" ready.") > seen, 40)
        return process

    def harvester(self) -> "subprocess.Popen[bytes]":
        return next(process for process in self.processes if "harvester@%h" in list(process.args))  # type: ignore[arg-type]

    def wait_for(self, what: str, is_so: Callable[[], object], seconds: float) -> None:
        """While a harvester that ended is started again, as `make run` and Docker do."""

        def supervised() -> object:
            if self.harvester().poll() is not None:
                self.processes.remove(self.harvester())
                self.start_harvester()
            return is_so()

        wait_for(what, supervised, seconds)

    def start_worker(self, *, beat: bool = True) -> "subprocess.Popen[bytes]":
        """The other one, with beat: slots become runs, and due runs are sent to their queues."""
        schedule = ["--schedule", str(self.folder / f"beat-{len(self.processes)}")]
        command = [*WORKER_COMMAND, *schedule] if beat else [word for word in WORKER_COMMAND if word != "--beat"]
        return self.start(command, "worker.log")

    def start_beat(self) -> "subprocess.Popen[bytes]":
        schedule = ["--schedule", str(self.folder / f"beat-{len(self.processes)}")]
        pid = ["--pidfile", ""]
        return self.start([sys.executable, "-m", "celery", "--app", APP, "beat", *schedule, *pid], "beat.log")

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        """With all that it started, at once."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def clean_up(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                self.kill(process)

    def said(self, log: str) -> str:
        path = self.folder / log
        return path.read_text(errors="replace") if path.exists() else ""

    # --- Runs --------------------------------------------------------------------------------------------------
    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / "papers.sqlite3", timeout=30)) as database, database:
            return database.execute(sql, values).fetchall()

    def ask(self, job: str, arguments: Mapping[str, Any], at: datetime | None = None) -> int:
        """A run that is due."""
        now = (at or self.clock.now()).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        columns = {"job": job, "arguments": json.dumps(arguments), "state": "due", "asked": now, "not_before": now}
        columns |= dict.fromkeys(("attempt", "new", "changed", "same", "bad", "requests"), 0)
        columns |= {"holder": "", "cursor": "{}", "notes": "[]", "error": ""}
        marks = ", ".join("?" * len(columns))
        sql = f"INSERT INTO ingest_run ({', '.join(columns)}) VALUES ({marks}) RETURNING id"
        return int(self.query(sql, *columns.values())[0][0])

    def pages(self, job: str = "test-pages", *, pages: int, seconds: float = 0.0) -> int:
        return self.ask(job, {"pages": pages, "seconds": seconds, "file": str(self.file)})

    def run(self, run_id: int) -> dict[str, Any]:
        names = ("state", "attempt", "new", "requests", "error", "holder")
        return dict(
            zip(names, self.query(f"SELECT {', '.join(names)} FROM ingest_run WHERE id = ?", run_id)[0], strict=True)
        )

    def state(self, run_id: int) -> str:
        return str(self.run(run_id)["state"])

    # --- Messages ----------------------------------------------------------------------------------------------
    def send(self, run_id: Any, *, task: str = "ingest.tasks.perform", queue: str = "arxiv", **options: Any) -> None:
        """A message, whatever the database says."""
        with Celery(broker=self.broker, set_as_current=False) as app:
            app.send_task(task, (run_id,), queue=queue, ignore_result=True, **options)
