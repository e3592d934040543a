"""B and I: several processes ask one arXiv, once with turns in a file, once in a real Redis.

The file is shared by processes of one machine. With Redis each process has a folder of its own, as on machines of its
own: only Redis holds them together.
"""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from coolpapers.clock import FileClock, RealClock
from ingest.governor import Governor, Turn
from ingest.manners import State
from ingest.models import Request
from ingest.outcomes import TryLater
from ingest.turns import BothTurns, Busy, FileTurns, RedisTurns, Turns, Ungoverned
from tests.faults import FaultServer, gaps, reply
from tests.instance import ROOT, environment, wait_for
from tests.programs import give_up
from tests.redis import Redis, running_redis
from tests.services import Unavailable

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
ADMIN = """
import sys
from ingest.fetch import fetch
print("ready", flush=True)
sys.stdin.readline()
for _ in range({times}):
    print(fetch("{url}", service="{service}").status, flush=True)
"""
Asker = "subprocess.Popen[str]"


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    try:
        with running_redis() as server:
            yield server
    except Unavailable as error:
        give_up(str(error))


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a database for the processes."""
    folder = tmp_path_factory.mktemp("tables")
    url = f"sqlite:///{folder / 'papers.sqlite3'}"
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    settings = environment(DATA_DIR=str(folder), DATABASE_URL=url, SEARCH_URL="null://")
    subprocess.run(command, cwd=ROOT, env=settings, check=True)
    return url


class Place:
    """Where a test's processes take turns."""

    def __init__(self, name: str, folder: Path, server: FaultServer, tables: str, redis: Redis | None) -> None:
        self.name, self.folder, self.server, self.tables, self.redis = name, folder, server, tables, redis
        self.processes = ExitStack()

    def turns(self) -> Turns:
        """Of this process, which is one of them."""
        return RedisTurns(self.redis.url) if self.redis else FileTurns(self.folder / "all")

    def settings(self, name: str, *, real: bool) -> dict[str, str]:
        data = self.folder / (name if self.redis else "all")
        data.mkdir(exist_ok=True)
        return environment(
            DATA_DIR=str(data),
            DATABASE_URL=self.tables,
            REDIS_URL=self.redis.url if self.redis else "",
            SEARCH_URL="null://",
            EMBEDDING_MODEL="off",
            CLOCK_FILE="" if real else str(self.folder / "clock"),
            ARXIV_API_URL=f"{self.server.url}/api/query",
            ARXIV_OAI_URL=f"{self.server.url}/oai",
            ARXIV_RSS_URL=self.server.url,
        )

    def start(self, name: str, *command: str, real: bool = False) -> Asker:
        """A process that is ready to ask."""
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.settings(name, real=real),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.enter_context(process)
        self.processes.callback(process.kill)
        return process

    def worker(self, name: str, service: str, path: str, times: int, interval: float = 3, real: bool = False) -> Asker:
        url = self.server.url + path
        return self.start(name, "-m", "tests.asker", service, url, str(times), str(interval), real=real)

    def admin(self, name: str, service: str, path: str, times: int) -> Asker:
        code = ADMIN.format(times=times, url=self.server.url + path, service=service)
        return self.start(name, "manage.py", "shell", "--verbosity", "0", "-c", code)


def begin(*processes: Asker) -> None:
    """All at once."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def told(process: Asker) -> list[str]:
    """What it told until its end."""
    said, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return said.splitlines()


@pytest.fixture
def clock(tmp_path: Path) -> FileClock:
    clock = FileClock(tmp_path / "clock")
    clock.set(NOON)
    return clock


@pytest.fixture(params=["file", "redis"])
def place(request: pytest.FixtureRequest, tmp_path: Path, clock: FileClock, tables: str) -> Iterator[Place]:
    redis = request.getfixturevalue("redis") if request.param == "redis" else None
    (tmp_path / "all").mkdir()
    if redis:
        redis.kill()
        redis.start()
    with FaultServer(clock) as server:
        for path in ("/oai", "/api/query", "/atom/cs"):
            server.answer(path, reply())
        place = Place(request.param, tmp_path, server, tables, redis)
        with place.processes:
            yield place


# --- B1 ----------------------------------------------------------------------------------------------------------
def test_b1_two_workers_and_an_admin_run_never_ask_at_once_nor_within_three_seconds(place: Place) -> None:
    processes = [
        place.worker("one", "oai", "/oai", 12),
        place.worker("two", "rss", "/atom/cs", 12),
        place.admin("admin", "api", "/api/query", 12),
    ]
    begin(*processes)
    assert [told(process) for process in processes] == [["200"] * 12] * 3

    assert len(place.server.asked) == 36
    assert set(gaps(place.server.asked)) == {3.0}
    assert {one.others for one in place.server.asked} == {0}
    order = [one.path for one in place.server.asked]
    assert sum(one != other for one, other in pairwise(order)) > 2, "they did not run beside each other"


def test_b1_each_request_is_written_down_whoever_made_it(place: Place, tables: str) -> None:
    processes = [place.worker("one", "oai", "/oai", 2), place.admin("admin", "api", "/api/query", 2)]
    begin(*processes)
    for process in processes:
        told(process)
    assert sorted(service for service, _ in rows(tables, place.server)) == ["api", "api", "oai", "oai"]


def rows(tables: str, server: FaultServer) -> list[tuple[str, datetime]]:
    """Service and start of the requests that processes wrote down."""
    with closing(sqlite3.connect(tables.removeprefix("sqlite:///"))) as store:
        query = f"SELECT service, at FROM {Request._meta.db_table} WHERE url LIKE ? ORDER BY at"
        found = store.execute(query, [f"{server.url}%"]).fetchall()
    return [(service, datetime.fromisoformat(at)) for service, at in found]


def test_i6_an_answer_is_not_lost_because_it_cannot_be_written_down(place: Place, tmp_path: Path) -> None:
    place.tables = f"sqlite:///{tmp_path / 'without-tables.sqlite3'}"
    process = place.worker("one", "oai", "/oai", 2)
    begin(process)
    assert told(process) == ["200", "200"]
    assert gaps(place.server.asked) == [3.0]


def test_b1_by_the_machines_clock(place: Place, tables: str) -> None:
    processes = [place.worker(name, "oai", "/oai", 4, interval=0.3, real=True) for name in ("one", "two", "three")]
    begin(*processes)
    for process in processes:
        told(process)
    starts = [at for _, at in rows(tables, place.server)]
    assert len(starts) == 12
    assert min((later - earlier).total_seconds() for earlier, later in pairwise(starts)) >= 0.3
    seconds = sorted(one.second for one in place.server.asked)  # as they came, after what the network took
    assert min(later - earlier for earlier, later in pairwise(seconds)) > 0.1
    assert {one.others for one in place.server.asked} == {0}


def test_b2_a_pause_holds_for_a_process_that_did_not_hear_of_it(place: Place) -> None:
    place.server.answer("/oai", reply(b"", 503, Retry_After="120"), reply())
    first, second = place.worker("one", "oai", "/oai", 1), place.worker("two", "rss", "/atom/cs", 1)
    begin(first)
    (said,) = told(first)
    assert said == "TryLater: arXiv asks to wait (503). Ask again from 2026-06-15 12:02:03 UTC on."
    begin(second)
    assert told(second) == [said]
    assert len(place.server.asked) == 1


def test_b2_a_403_is_remembered_by_a_process_that_starts_later(place: Place) -> None:
    place.server.answer("/oai", reply(b"", 403))
    for name, service, path in (("one", "oai", "/oai"), ("two", "api", "/api/query")):
        process = place.worker(name, service, path, 1)
        begin(process)
        (said,) = told(process)
        assert said.startswith("Refused: arXiv refuses us (403)")
    assert len(place.server.asked) == 1


# --- Killed ------------------------------------------------------------------------------------------------------
def test_a_process_killed_in_its_turn_holds_nobody_up(place: Place, clock: FileClock) -> None:
    place.server.answer("/atom/cs", [b"HTTP/1.1 200 OK\r\n\r\n<feed>", 60.0])
    killed = place.worker("one", "rss", "/atom/cs", 1)
    waiting = place.worker("two", "oai", "/oai", 1)
    begin(killed)
    wait_for("it asks", lambda: place.server.asked)
    begin(waiting)
    with pytest.raises(TryLater, match="Other processes are asking"), short_turn(place.turns(), clock):
        pass
    assert len(place.server.asked) == 1

    killed.kill()
    wait_for("the one that waited asks, long before the lease is over", lambda: len(place.server.asked) == 2, 10)
    assert told(waiting) == ["200"]
    assert gaps(place.server.asked) == [3.0]
    assert place.server.asked[1].others == 0


def short_turn(turns: Turns, clock: FileClock) -> AbstractContextManager[Turn]:
    return Governor(turns, clock).turn("api", in_line=0.3)


# --- The two places, and both ------------------------------------------------------------------------------------
def test_a_turn_is_one_processs_at_a_time(place: Place) -> None:
    mine, yours = place.turns(), place.turns()
    with mine.hold(timeout=0, lease=60), pytest.raises(Busy), yours.hold(timeout=0.1, lease=60):
        pass
    with yours.hold(timeout=0, lease=60):
        pass


def test_a_turn_ends_though_something_breaks_in_it(place: Place) -> None:
    with pytest.raises(KeyError), place.turns().hold(timeout=0, lease=60):
        raise KeyError
    with place.turns().hold(timeout=0, lease=60):
        pass


def test_what_is_written_in_a_turn_is_read_by_all(place: Place) -> None:
    assert place.turns().read() is None
    state = State().started(NOON)
    with (turns := place.turns()).hold(timeout=0, lease=60):
        turns.write(state)
    assert place.turns().read() == state


def test_a_lease_that_is_over_frees_the_turn_in_redis(redis: Redis) -> None:
    mine, yours = RedisTurns(redis.url), RedisTurns(redis.url)
    with mine.hold(timeout=0, lease=0.2):
        with yours.hold(timeout=5, lease=60):
            assert_busy(RedisTurns(redis.url))
        with yours.hold(timeout=0, lease=60):
            pass  # giving back what is not ours any more leaves the next one's alone
    with yours.hold(timeout=0, lease=60):
        pass


def assert_busy(turns: Turns) -> None:
    with pytest.raises(Busy), turns.hold(timeout=0, lease=60):
        pass


def test_a_redis_that_was_killed_loses_neither_turn_nor_pause_on_one_machine(redis: Redis, tmp_path: Path) -> None:
    def both() -> BothTurns:
        return BothTurns(FileTurns(tmp_path), RedisTurns(redis.url))

    state = State(revision=7).started(NOON)
    mine = both()
    with mine.hold(timeout=0, lease=60):
        mine.write(state)
        redis.kill()
        assert_busy(both())
        with pytest.raises(Ungoverned):
            mine.write(state)
        redis.start()
        assert_busy(both())
        assert both().read() == state
    with both().hold(timeout=0, lease=60):
        pass
    redis.kill()
    with pytest.raises(Ungoverned), both().hold(timeout=0, lease=60):
        pass
    assert both().read() == state
    redis.start()


def test_the_newer_of_two_states_holds(redis: Redis, tmp_path: Path) -> None:
    near, far = FileTurns(tmp_path), RedisTurns(redis.url)
    old, new = State(revision=3), State(revision=4)
    for first, second in ((old, new), (new, old)):
        near.write(first)
        with far.hold(timeout=0, lease=60):
            far.write(second)
        assert BothTurns(near, far).read() == new


# --- I9 ----------------------------------------------------------------------------------------------------------
class PutBack:
    """A clock that is put back by a day while somebody sleeps by it."""

    def __init__(self) -> None:
        self.instant, self.slept = NOON, list[float]()

    def now(self) -> datetime:
        return self.instant

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.instant += timedelta(seconds=seconds) - timedelta(days=1)


def test_i9_a_clock_put_back_while_we_wait_makes_the_wait_no_longer(place: Place) -> None:
    clock = PutBack()
    governor = Governor(place.turns(), clock)
    for _ in range(3):
        with governor.turn("oai"):
            pass
    assert clock.slept == [3.0, 3.0, 3.0]


def test_i9_a_real_wait_is_three_seconds_at_most(tmp_path: Path) -> None:
    turns = FileTurns(tmp_path)
    now = RealClock().now()
    for last in (now + timedelta(days=9), now - timedelta(days=9), now):
        state = State(last_start=last).seen_at(now)
        assert 0 <= state.seconds_to_start(now) <= 3
    assert turns.read() is None
