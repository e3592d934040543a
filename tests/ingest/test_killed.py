"""`load_records` killed anywhere: the next run completes it, and nothing is there twice or half."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from tests.instance import ROOT, environment

PAPERS = 8_000
KEY = "(SELECT key FROM coolpapers_paper p WHERE p.id = paper_id)"
TABLES = {
    "coolpapers_paper": "key, title, abstract, authors, ordinal, revision, record_hash",
    "coolpapers_papercategory": f"{KEY}, category_id, place, day, ordinal",
    "coolpapers_announcement": f"{KEY}, day, kind, evidence",
    "coolpapers_indexdue": f"{KEY}, revision",
}


def manage(data: Path, *command: str) -> "subprocess.Popen[bytes]":
    data.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), *command],
        env=environment(DATA_DIR=str(data)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def rows(data: Path) -> dict[str, list[tuple[object, ...]]]:
    """What every table holds, in an order of its own."""
    with sqlite3.connect(data / "papers.sqlite3") as database:
        return {
            name: sorted(database.execute(f"SELECT {columns} FROM {name}"), key=repr)
            for name, columns in TABLES.items()
        }


def count(data: Path) -> int:
    try:
        with sqlite3.connect(f"file:{data / 'papers.sqlite3'}?mode=ro", uri=True, timeout=5) as database:
            return int(database.execute("SELECT count(*) FROM coolpapers_paper").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def test_killed_load_is_completed_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_text(
        "\n".join(
            json.dumps({
                "id": f"2601.{n:05d}", "title": f"Paper {n}", "abstract": "Words. " * 60, "authors": ["A", "B"],
                "categories": ["cs.CL", "cs.LG"], "announced": f"2026-01-{5 + n % 5:02d}",
            })
            for n in range(1, PAPERS + 1)
        )
    )  # fmt: skip
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for data in (whole, killed):
        assert manage(data, "migrate").wait() == 0
    assert manage(whole, "load_records", str(path)).wait() == 0
    chance = random.Random(7)
    kills = 0
    for goal in (0.05, 0.3, 0.6, 0.9):
        loading = manage(killed, "load_records", str(path))
        deadline = time.monotonic() + 60
        while count(killed) < goal * PAPERS and loading.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.1))  # anywhere within the next batch
        if loading.poll() is None:
            os.kill(loading.pid, signal.SIGKILL)
            kills += 1
        loading.wait()
    assert kills >= 2
    assert manage(killed, "load_records", str(path)).wait() == 0
    assert rows(killed) == rows(whole)
    assert len(rows(killed)["coolpapers_paper"]) == PAPERS
