"""The fake arXiv as a server: its clock, its log, its feeds by the day, and the program others start."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from coolpapers.clock import FileClock
from tests.upstream.__main__ import read_fault
from tests.upstream.feeds import LIMIT
from tests.upstream.fixtures import SMALL
from tests.upstream.schedule import at
from tests.upstream.server import FakeArxiv
from tests.upstream.story import Plot, build_world

ROOT = Path(__file__).resolve().parents[2]


def kinds(arxiv: FakeArxiv, names: str, form: str = "atom") -> list[str]:
    text = requests.get(f"{arxiv.address}/{form}/{names}", timeout=10).text
    return re.findall("announce_type>([a-z-]+)<", text)


def test_feeds_change_at_midnight_in_new_york_and_are_empty_without_a_listing(fake_arxiv: FakeArxiv) -> None:
    shown = {}
    for hours in range(0, 24 * 21, 6):
        instant = at(SMALL.first, 0) + timedelta(hours=hours + 0.5)
        fake_arxiv.set_clock(instant)
        shown[instant] = bool(kinds(fake_arxiv, "cs+math+physics+stat+eess"))
    for instant, full in shown.items():
        day = fake_arxiv.world.feed_day(instant)
        assert full == fake_arxiv.world.schedule.has_listing(day), day
    fake_arxiv.set_clock(at(date(2026, 3, 10), 0) - timedelta(seconds=1))
    before = kinds(fake_arxiv, "cs")
    fake_arxiv.set_clock(at(date(2026, 3, 10), 0))
    assert kinds(fake_arxiv, "cs") != before


def test_b12_the_feed_of_a_category_is_the_truth_of_its_day(fake_arxiv: FakeArxiv) -> None:
    fake_arxiv.set_clock(at(date(2026, 3, 13), 6))
    truth = requests.get(f"{fake_arxiv.address}/_truth?day=2026-03-13", timeout=10).json()
    assert len(truth["categories"]) > 20
    for form in ("atom", "rss"):
        for code in list(truth["categories"])[:15]:
            found = kinds(fake_arxiv, code, form)
            assert {kind: found.count(kind) for kind in set(found)} == truth["categories"][code]
    assert kinds(fake_arxiv, "q-fin.CP") == [] or "q-fin.CP" in truth["categories"]


def test_an_unknown_category_is_refused(fake_arxiv: FakeArxiv) -> None:
    assert requests.get(f"{fake_arxiv.address}/atom/cs.AI+nope", timeout=10).status_code == 400
    assert requests.get(f"{fake_arxiv.address}/nothing", timeout=10).status_code == 404


def test_a_feed_never_has_more_than_2000_entries_and_then_lacks_new_papers(tmp_path: Path) -> None:
    plot = Plot(days=3, papers_a_day=1500, background=20, holidays=(), unpublished=(), bulk=(), texts="sample")
    day = date(2026, 3, 3)
    world = build_world.__wrapped__(plot)
    clock = FileClock(tmp_path / "clock")
    clock.path.write_text(at(day, 9).isoformat())
    with FakeArxiv(world=world, clock_file=clock.path) as arxiv:
        new = sum(line.action == "new" for line in world.announcements[day])
        assert new > LIMIT
        found = kinds(arxiv, "cs+physics+math+eess+stat+q-bio+q-fin+econ+quant-ph+cond-mat+astro-ph")
        assert len(found) == LIMIT
        assert found.count("new") < new


def test_the_log_tells_of_requests_in_both_times(fake_arxiv: FakeArxiv) -> None:
    clock = fake_arxiv.clock
    for seconds in (3, 3.5, 10):
        requests.get(
            fake_arxiv.settings["ARXIV_API_URL"] + "?id_list=1234.5678", headers={"User-Agent": "us"}, timeout=10
        )
        clock.sleep(seconds)
    requests.get(f"{fake_arxiv.address}/atom/cs", timeout=10)
    assert fake_arxiv.log.gaps() == [3, 3.5, 10]
    assert fake_arxiv.log.most_at_once() == 1
    rows = requests.get(f"{fake_arxiv.address}/_log", timeout=10).json()
    assert [row["service"] for row in rows] == ["api", "api", "api", "rss"]
    assert [row["user_agent"] for row in rows][:3] == ["us"] * 3
    assert all(row["status"] == 200 and row["size"] and row["ended"] == row["began"] for row in rows)
    assert len(requests.get(f"{fake_arxiv.address}/_log?since=2", timeout=10).json()) == 2
    requests.delete(f"{fake_arxiv.address}/_log", timeout=10)
    assert fake_arxiv.log.entries == []


def test_b1_two_requests_or_connections_at_once_are_seen(fake_arxiv: FakeArxiv) -> None:
    fake_arxiv.faults.set("hang", "api", seconds=20)
    slow = threading.Thread(target=lambda: give_up_on(fake_arxiv, "/api/query?id_list=1"))
    slow.start()
    while not fake_arxiv.log.entries:
        pass
    ask(fake_arxiv, "/atom/cs", 10)
    slow.join()
    assert [entry.active for entry in fake_arxiv.log.entries] == [1, 2]
    assert fake_arxiv.log.most_at_once() == 2
    fake_arxiv.log.clear()
    idle = http.client.HTTPConnection("127.0.0.1", fake_arxiv.server.server_address[1], timeout=10)
    idle.request("GET", "/atom/cs")
    idle.getresponse().read()
    ask(fake_arxiv, "/atom/cs", 10)
    idle.close()
    ask(fake_arxiv, "/atom/cs", 10)
    assert [entry.active for entry in fake_arxiv.log.entries] == [1, 1, 1]
    assert [entry.open for entry in fake_arxiv.log.entries] == [1, 2, 1]


def give_up_on(arxiv: FakeArxiv, path: str) -> None:
    with pytest.raises(TimeoutError):
        ask(arxiv, path, 0.5)


def ask(arxiv: FakeArxiv, path: str, timeout: float) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", arxiv.server.server_address[1], timeout=timeout)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


def test_many_requests_one_after_the_other_are_never_two_at_once(fake_arxiv: FakeArxiv) -> None:
    for _ in range(150):
        ask(fake_arxiv, "/atom/cs.CV", 10)
    assert fake_arxiv.log.most_at_once() == 1


def test_the_clock_is_set_over_http(fake_arxiv: FakeArxiv) -> None:
    address = f"{fake_arxiv.address}/_clock"
    requests.post(address, json={"now": "2026-03-09T04:00:00+00:00"}, timeout=10)
    requests.post(address, json={"seconds": 90}, timeout=10)
    assert requests.get(address, timeout=10).json() == {"now": "2026-03-09T04:01:30+00:00"}
    assert fake_arxiv.clock.now() == datetime.fromisoformat("2026-03-09T04:01:30+00:00")
    assert requests.post(address, json={}, timeout=10).status_code == 400


def test_a_fault_is_written_in_a_line() -> None:
    assert read_fault("503-seconds@oai,every=3,seconds=20") == {
        "faults": ["503-seconds"],
        "service": "oai",
        "every": 3,
        "seconds": 20,
    }
    assert read_fault("429|truncated,chance=0.1") == {"faults": ["429", "truncated"], "service": "", "chance": 0.1}


def test_the_program_prints_its_settings_and_serves_until_it_is_ended(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.upstream", "--from", "2026-03-01", "--days", "5", "--papers-a-day", "10"]
    command += [
        "--background",
        "50",
        "--texts",
        "sample",
        "--clock",
        str(tmp_path / "clock"),
        "--fault",
        "429@rss,next=1",
    ]
    program = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | {"ARXIV": "0"})
    try:
        assert program.stdout is not None
        lines = [program.stdout.readline().strip() for _ in range(4)]
        told = dict(re.match("export ([A-Z_]+)=(.+)", line).groups() for line in lines)  # type: ignore[union-attr]
        assert set(told) == {"ARXIV_API_URL", "ARXIV_OAI_URL", "ARXIV_RSS_URL", "CLOCK_FILE"}
        assert Path(told["CLOCK_FILE"]).read_text() == "2026-03-01T17:00:00+00:00"
        assert requests.get(told["ARXIV_RSS_URL"] + "/atom/cs", timeout=10).status_code == 429
        assert "<Identify>" in requests.get(told["ARXIV_OAI_URL"] + "?verb=Identify", timeout=10).text
        about = requests.get(f"http://{urlsplit(told['ARXIV_API_URL']).netloc}/_world", timeout=10).json()
        assert about["papers"] > 80
        json.dumps(about)
    finally:
        program.send_signal(signal.SIGTERM)
        program.communicate(timeout=20)
    assert program.returncode == 0
