"""Jobs that tests put into the registry, also of worker processes (tests/ingest/celery.py): each does a little, slowly.

What they did stands in the run itself, and in a file that its arguments name.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ingest import jobs, runs
from ingest.jobs import Job
from ingest.models import Run


def note(run: Run, text: str) -> None:
    """One line in the file of the run, in one write."""
    with Path(run.arguments["file"]).open("a") as file:
        file.write(f"{text}\n")


def count_pages(run: Run) -> None:
    """`pages` pages of `seconds` each, from the cursor on; the line of a page is written just before it is saved."""
    for page in range(run.cursor.get("page", 0), run.arguments["pages"]):
        time.sleep(run.arguments.get("seconds", 0))
        run.cursor, run.new, run.requests = {"page": page + 1}, run.new + 10, run.requests + 1
        note(run, f"page {page}")
        runs.beat(run)


def hang(run: Run) -> None:
    """As a parser that never ends."""
    note(run, "hangs")
    while True:
        time.sleep(0.01)


JOBS = {
    "test-pages": Job(count_pages),
    "test-venue": Job(count_pages, queue=jobs.VENUES),
    "test-plain": Job(count_pages, queue=jobs.PLAIN),
    "test-hang": Job(hang),
}


@contextmanager
def registered(**more: Any) -> Iterator[None]:
    """With these jobs and no others: `name=function`, where `_` stands for `-`, or what is in JOBS."""
    before = dict(jobs.JOBS)
    jobs.JOBS.clear()
    jobs.JOBS.update(JOBS)
    for name, job in more.items():
        jobs.JOBS[name.replace("_", "-")] = job if isinstance(job, Job) else Job(job)
    try:
        yield
    finally:
        jobs.JOBS.clear()
        jobs.JOBS.update(before)
