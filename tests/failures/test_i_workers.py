"""List I with real workers and beats on the broker that is a file: killed, crowded, given nonsense."""

import json
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.runs import LEASE
from tests.ingest.workers import Site, read_lines
from tests.instance import wait_for

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
    pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy"),  # Celery's transport asks SQLAlchemy for it
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for all tests here, with both workers and beat as `make run` starts them."""
    site = Site(tmp_path_factory.mktemp("site"), ARXIV="0")
    try:
        site.start_harvester()
        site.start_worker()
        yield site
    finally:
        site.clean_up()


@pytest.fixture
def pages(site: Site, tmp_path: Path) -> Path:
    """The file of this test's pages."""
    site.file = tmp_path / "pages"
    return site.file


def is_done(site: Site, *run_ids: int) -> bool:
    return all(site.state(run_id) == "done" for run_id in run_ids)


def test_i1_a_task_delivered_often_at_once_has_one_effect(site: Site, pages: Path) -> None:
    run_id = site.pages(pages=5, seconds=0.2)
    for _ in range(8):
        site.send(run_id)
    wait_for("the run is done", lambda: is_done(site, run_id), 60)
    assert read_lines(pages) == [f"page {n}" for n in range(5)]
    assert site.run(run_id)["new"] == 50


def test_i2_a_worker_killed_in_the_middle_goes_on_from_the_cursor(site: Site, pages: Path) -> None:
    run_id = site.pages(pages=30, seconds=0.1)
    wait_for("some pages", lambda: len(read_lines(pages)) > 3, 60)
    site.kill(site.harvester())
    held, done = site.run(run_id), len(read_lines(pages))
    assert held["state"] == "running", "the row says who held it"
    site.clock.set(site.clock.now() + LEASE + timedelta(seconds=1))
    site.wait_for("the run is done", lambda: is_done(site, run_id), 90)
    written = read_lines(pages)
    assert list(dict.fromkeys(written)) == [f"page {n}" for n in range(30)]
    assert len(written) in {30, 31}, "only the page under way is done again"
    assert written.index("page 29") > done - 1
    assert site.run(run_id)["new"] == 300


def test_i8_a_slow_venue_keeps_nobody_waiting_and_a_hung_job_is_cut(site: Site, pages: Path) -> None:
    venues = [site.pages("test-venue", pages=3_000, seconds=0.1) for _ in range(3)]
    wait_for("a venue is under way", lambda: len(read_lines(pages)) > 1, 60)
    arxiv, plain = site.pages(pages=1), site.pages("test-plain", pages=1)
    wait_for("arXiv and the index's queue are served", lambda: is_done(site, arxiv, plain), 60)
    assert Counter(site.state(run_id) for run_id in venues) == {"running": 1, "due": 2}
    hung = site.ask("test-hang", {"file": str(pages)})
    site.send(hung, soft_time_limit=1, time_limit=10)
    wait_for("it is cut off", lambda: site.run(hung)["error"] != "", 60)
    told = site.run(hung)
    assert (told["state"], told["attempt"]) == ("due", 1)
    assert told["error"] == "it was cut off by the time limit."
    site.query("UPDATE ingest_run SET state = 'failed' WHERE id IN (?, ?, ?, ?)", hung, *venues)


def test_i6_poison_blocks_nothing(site: Site, pages: Path) -> None:
    site.send(1, task="ingest.tasks.of_the_next_version")
    site.send({"no": "number"})
    site.send("'; DROP TABLE ingest_run; --")
    site.send(10**30)
    site.send(None)
    with closing(sqlite3.connect(site.folder / "broker.sqlite3", timeout=30)) as file, file:
        (queue,) = file.execute("SELECT id FROM kombu_queue WHERE name = 'arxiv'").fetchone()
        for payload in ("no json", '{"body": "x"}'):
            values = (payload, queue)
            file.execute("INSERT INTO kombu_message (visible, payload, version, queue_id) VALUES (1, ?, 1, ?)", values)
    run_id = site.pages(pages=1)
    site.send(run_id)

    # A message that is no message at all ends the worker that read it.
    site.wait_for("the run behind it is done", lambda: is_done(site, run_id), 90)


def test_i6_messages_that_are_too_old_and_thousands_of_others_are_got_over(site: Site, pages: Path) -> None:
    run_id = site.pages(pages=1)
    site.query("UPDATE ingest_run SET state = 'failed' WHERE id = ?", run_id)
    site.send(run_id, expires=0.01)
    broker = site.folder / "broker.sqlite3"
    with closing(sqlite3.connect(broker, timeout=30)) as file, file:
        (payload, queue) = file.execute("SELECT payload, queue_id FROM kombu_message ORDER BY id DESC").fetchone()
        assert json.loads(payload)["headers"]["expires"]
        rows = [(payload, queue)] * 1_000
        file.executemany("INSERT INTO kombu_message (visible, payload, version, queue_id) VALUES (1, ?, 1, ?)", rows)
    last = site.pages(pages=1)
    wait_for("the last run is done", lambda: is_done(site, last), 120)

    def left() -> int:
        with closing(sqlite3.connect(broker, timeout=30)) as file:
            return int(file.execute("SELECT count(*) FROM kombu_message").fetchone()[0])

    wait_for("messages that were delivered leave the file", lambda: left() < 20, 120)
