"""List I: two beats, none, and workers that are asked to stop, as real processes on the broker that is a file."""

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.ingest.clocks import NOON
from tests.ingest.workers import Site, read_lines
from tests.instance import wait_for

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
    pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy"),  # Celery's transport asks SQLAlchemy for it
]


def test_i4_two_beats_ask_for_each_slot_once(tmp_path: Path) -> None:
    site = Site(tmp_path, ARXIV="0", TEST_TICK_SECONDS="0.7")
    try:
        for _ in range(2):
            site.start_worker()  # each with a beat

        def slots() -> list[tuple[object, ...]]:
            return site.query("SELECT slot, state FROM ingest_run WHERE job = 'forget-old' ORDER BY slot")

        for day in range(3):
            site.clock.set(NOON + timedelta(days=day))
            wait_for("the slot is run", lambda day=day: [s for _, s in slots()] == ["done"] * (day + 1), 30)  # type: ignore[misc]
        assert len({slot for slot, _ in slots()}) == 3
    finally:
        site.clean_up()


def test_i4_where_beat_is_dead_the_pages_say_so(tmp_path: Path) -> None:
    site = Site(tmp_path, ARXIV="0")
    read = (
        "from django.test import Client; print(Client(headers={'host': 'localhost'}).get('/health').content.decode())"
    )
    first, _ = site.manage("shell", "--no-imports", "--command", read).communicate(timeout=30)
    assert '"forget-old is late."' in first


@pytest.mark.parametrize("numbers", [[signal.SIGTERM], [signal.SIGTERM, signal.SIGQUIT]], ids=["gently", "firmly"])
def test_i2_a_worker_that_is_stopped_leaves_its_run_to_the_next_at_once(
    tmp_path: Path, numbers: list[signal.Signals]
) -> None:
    site = Site(tmp_path, ARXIV="0")
    try:
        harvester = site.start_harvester()
        run_id = site.pages(pages=30, seconds=0.1)
        site.send(run_id)
        wait_for("some pages", lambda: len(read_lines(site.file)) > 2, 20)
        for number in numbers:
            os.kill(harvester.pid, number)
            wait_for("the signal is seen", lambda: len(read_lines(site.file)) > 6, 5)
        harvester.wait(20)
        state = site.run(run_id)
        assert (state["state"], state["attempt"]) == (("done", 0) if len(numbers) == 1 else ("due", 0))
    finally:
        site.clean_up()
