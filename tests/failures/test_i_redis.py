"""List I with real workers on a real Redis: visibility timeout, restarts, memory that ran out."""

import os
import signal
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.runs import LEASE
from tests.ingest.workers import Site, read_lines
from tests.instance import wait_for
from tests.programs import require_program
from tests.redis import Redis

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    redis = Redis(require_program("redis"))
    try:
        yield redis
    finally:
        redis.stop()


@pytest.fixture(scope="module")
def site(redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Both workers and beat, with a visibility timeout of 2 s."""
    folder = tmp_path_factory.mktemp("site")
    site = Site(folder, ARXIV="0", REDIS_URL=redis.url, TEST_VISIBILITY_SECONDS="2")
    try:
        site.start_harvester()
        site.start_worker()
        yield site
    finally:
        site.clean_up()


@pytest.fixture
def pages(site: Site, tmp_path: Path) -> Path:
    site.file = tmp_path / "pages"
    return site.file


def is_done(site: Site, run_id: int) -> bool:
    return site.state(run_id) == "done"


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_i3_a_run_longer_than_the_visibility_timeout_is_done_once(site: Site, pages: Path) -> None:
    run_id = site.pages(pages=35, seconds=0.2)
    wait_for("the run is done", lambda: is_done(site, run_id), 25)
    assert read_lines(pages) == [f"page {n}" for n in range(35)]
    assert site.run(run_id)["new"] == 350


def test_i2_a_process_that_runs_out_of_memory_loses_nothing(site: Site, pages: Path) -> None:
    """The kernel kills the process that does the work, not the worker above it."""
    run_id = site.pages(pages=30, seconds=0.1)
    wait_for("some pages", lambda: len(read_lines(pages)) > 3, 20)
    holder = int(str(site.run(run_id)["holder"]).split(":")[1])
    assert holder in children_of(site.harvester().pid)
    os.kill(holder, signal.SIGKILL)
    assert site.state(run_id) == "running"
    site.clock.set(site.clock.now() + LEASE + timedelta(seconds=1))
    wait_for("the run is done", lambda: is_done(site, run_id), 30)
    assert list(dict.fromkeys(read_lines(pages))) == [f"page {n}" for n in range(30)]
    assert site.run(run_id)["new"] == 300


def test_i6_redis_killed_and_empty_again_loses_no_run(site: Site, redis: Redis, pages: Path) -> None:
    redis.kill()
    first = site.pages(pages=2)
    redis.start()
    second = site.pages(pages=2)
    site.wait_for("both runs are done", lambda: is_done(site, first) and is_done(site, second), 30)
    assert sorted(read_lines(pages)) == ["page 0", "page 0", "page 1", "page 1"]


def test_i6_a_process_and_redis_killed_at_once_lose_no_run(site: Site, redis: Redis, pages: Path) -> None:
    """Celery's worker ends over it (it gives a message back to a connection that is gone), and is started again."""
    run_id = site.pages(pages=10, seconds=0.1)
    wait_for("some pages", lambda: len(read_lines(pages)) > 1, 20)
    os.kill(int(str(site.run(run_id)["holder"]).split(":")[1]), signal.SIGKILL)
    redis.kill()
    redis.start()
    site.clock.set(site.clock.now() + LEASE + timedelta(seconds=1))
    site.wait_for("the run is done", lambda: is_done(site, run_id), 40)
    assert site.run(run_id)["new"] == 100


def test_i10_new_columns_come_while_a_worker_of_this_version_is_at_work(site: Site, pages: Path) -> None:
    """What the next version's migrations may do beside it: columns with a default of the database's, and indexes."""
    run_id = site.pages(pages=20, seconds=0.1)
    wait_for("some pages", lambda: len(read_lines(pages)) > 2, 20)
    site.query("ALTER TABLE ingest_run ADD COLUMN of_the_next_version integer NOT NULL DEFAULT 7")
    site.query("CREATE INDEX run_of_the_next_version ON ingest_run (of_the_next_version)")
    after = site.pages(pages=1)
    wait_for("both runs are done", lambda: is_done(site, run_id) and is_done(site, after), 20)
    site.clock.set(site.clock.now() + timedelta(days=1))
    wait_for(
        "the schedule goes on",
        lambda: site.query("SELECT 1 FROM ingest_run WHERE slot > ? AND state = 'done'", "2026-06-16"),
        20,
    )


def test_who_pulls_what_a_worker_has_watches_it(site: Site, pages: Path) -> None:
    run_id = site.pages(pages=100, seconds=0.1)
    wait_for("a worker has it", lambda: len(read_lines(pages)) > 1, 20)
    process = site.manage("pull", "arxiv", "--run", str(run_id))
    told, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "1,000 new" in told
    assert len(read_lines(pages)) == 100
