"""What one process writes another one finds: through the worker, or by the sweep where the message was lost."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from tests.instance import ROOT, Instance, environment, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
NOBODY = "redis://127.0.0.1:9/0"  # a broker that is not there


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    instance = Instance(tmp_path_factory.mktemp("jobs") / "data", FEEDS_PER_MINUTE="0")
    try:
        yield instance.wait_until_ready()
    finally:
        instance.clean_up()


def load_paper(site: Instance, key: str, word: str, **settings: str) -> None:
    """`manage.py load_records` beside the running site, with a paper that has the word."""
    path = site.data / f"{key}.jsonl"
    path.write_text(json.dumps({"id": key, "title": f"On {word}", "authors": ["A"], "categories": ["cs.CL"]}))
    command = [sys.executable, str(ROOT / "manage.py"), "load_records", str(path)]
    subprocess.run(command, env=environment(DATA_DIR=str(site.data), **settings), check=True, capture_output=True)


def found(site: Instance, word: str) -> bool:
    with urllib.request.urlopen(f"{site.url}/search/feed?query={word}", timeout=10) as answer:
        return f"On {word}" in answer.read().decode()


def test_new_paper_is_found_without_a_restart_and_without_its_message(site: Instance) -> None:
    assert not found(site, "quetzalcoatl")
    load_paper(site, "2601.00001", "quetzalcoatl")
    wait_for("the worker indexes what was loaded", lambda: found(site, "quetzalcoatl"), 15)

    load_paper(site, "2601.00002", "xolotl", REDIS_URL=NOBODY)  # the message is lost, the paper is stored
    wait_for("the sweep repairs it within a minute", lambda: found(site, "xolotl"), 60)


def test_killed_worker_loses_nothing(site: Instance) -> None:
    for pid in site.processes("celery"):
        os.kill(pid, signal.SIGKILL)
    load_paper(site, "2601.00003", "tlaloc")
    wait_for("the worker comes back and indexes", lambda: found(site, "tlaloc"), 90)
