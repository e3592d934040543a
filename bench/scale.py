"""`make bench DATA=../shared/data/arxiv`: the site with all papers of a folder, and with a million.

Prints, for each size: papers a second and peak memory of `load_records` and `search_index rebuild`; the time inside our
search over the same query straight to tantivy; pages over HTTP, one client and eight; disk and memory of the site.
The million are the same papers under new keys, their days shifted by whole years of 52 weeks: a day keeps its size.
Everything is written to a temporary folder and removed in the end.
"""

import argparse
import http.client
import json
import lzma
import multiprocessing
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
QUERIES = (
    "attention", "graph neural network", "diffusion model image", "quantum error correction", '"large language model"',
    "dark matter halo", "reinforcement learning -robot", "topological insulator", "vaswani", "black hole entropy",
    "speech recognition", "convex optimization gradient",
)  # fmt: skip
PAGES = (
    "/arxiv/cs.CV",
    "/arxiv/cs.CL?date=2026-06-16",
    "/arxiv/cs.LG?date=2026-04-28",
    "/arxiv/cs.AI?date=2025-09-18&skip=25",
)


# --- Records -----------------------------------------------------------------------------------------------------
def read_rows(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.jsonl.xz")):
        with lzma.open(path, "rt") as lines:
            yield from map(json.loads, lines)


def shifted(row: dict[str, Any], years: int, numbers: Counter[str]) -> dict[str, Any]:
    """The same paper under a key of its own, `years` times 52 weeks earlier."""
    row = dict(row)
    days = []
    for field in ("announced", "created", "updated"):
        if field in row:
            day = date.fromisoformat(row[field]) - timedelta(weeks=52 * years)
            row[field] = str(max(day, date(1986, 1, 2)))
            days.append(day)
    month = (
        days[0]
        if days and days[0] >= date(2015, 1, 1)
        else date(2015 + sum(numbers.values()) % 4, sum(numbers.values()) % 12 + 1, 1)
    )
    key = f"{month:%y%m}"
    numbers[key] += 1
    row["id"] = f"{key}.{30_000 + numbers[key]}"
    return row


def write_copies(folder: Path, path: Path, wanted: int) -> None:
    """As many shifted papers as `wanted`, as JSON lines."""
    numbers: Counter[str] = Counter()
    with path.open("w") as file:
        years = 1
        while wanted > 0:
            for row in read_rows(folder):
                if wanted <= 0:
                    return
                file.write(json.dumps(shifted(row, years, numbers)) + "\n")
                wanted -= 1
            years += 1


# --- Commands ----------------------------------------------------------------------------------------------------
def environment(data: Path, **settings: str) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if name not in {"SEARCH_URL", "DATABASE_URL", "REDIS_URL"}
    }
    unlimited = {f"{kind}_PER_MINUTE": "0" for kind in ("SEARCHES", "FEEDS", "LISTS")}  # all of it is one address
    return kept | unlimited | {"DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "coolpapers.settings"} | settings


def run(data: Path, *command: str, **settings: str) -> tuple[float, float]:
    """Seconds and peak memory (MB) of a management command."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=environment(data, **settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"manage.py {' '.join(command)} failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def say(what: str, figure: str) -> None:
    print(f"{what:<58} {figure}", flush=True)


# --- Pages -------------------------------------------------------------------------------------------------------
def timings(port: int, paths: list[str], rounds: int) -> list[float]:
    """Milliseconds of each request of one client that keeps its connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    taken = []
    for path in paths * rounds:
        start = time.perf_counter()
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        answer.read()
        taken.append((time.perf_counter() - start) * 1000)
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
    return taken


def quantiles(taken: list[float]) -> str:
    ordered = sorted(taken)
    return f"p50 {statistics.median(ordered):6.1f} ms   p95 {ordered[int(len(ordered) * 0.95)]:6.1f} ms"


def one_client_of_many(arguments: tuple[int, list[str], float, int]) -> list[float]:
    port, paths, seconds, seed = arguments
    random.seed(seed)
    taken: list[float] = []
    stop = time.monotonic() + seconds
    while time.monotonic() < stop:
        taken += timings(port, random.sample(paths, len(paths)), 1)
    return taken


def resident(pids: list[int]) -> float:
    """MB of memory that these processes hold, what they share counted once."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


class Site:
    """gunicorn as `make run` starts it, without the worker."""

    def __init__(self, data: Path, port: int, **settings: str) -> None:
        self.port = port
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "coolpapers.wsgi",
            "--bind",
            f"127.0.0.1:{port}",
            "--workers",
            "2",
            "--threads",
            "4",
        ]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment(data, **settings), stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                timings(port, ["/"], 1)
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the site did not start")

    def pids(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def new_searches(titles: list[str]) -> list[str]:
    """A search for two neighbouring longer words of each title: pages whose cards no process has made yet."""
    pairs = ([word for word in title.split() if len(word) > 3 and word.isalpha()][:2] for title in titles)
    return [f"/search?highlight=1&query={'+'.join(pair)}" for pair in pairs if len(pair) == 2]


def measure_site(data: Path, port: int, rows: list[dict[str, Any]], seconds: float) -> None:
    site = Site(data, port)
    try:
        kinds = {
            "search page of 25 cards": [f"/search?highlight=1&query={query.replace(' ', '+')}" for query in QUERIES],
            "day page of 25 cards": list(PAGES),
            "paper page": [f"/arxiv/{row['id']}" for row in rows[:60]],
            "related papers of 60, by words": [f"/arxiv/{row['id']}/related" for row in rows[:60]],
        }
        for name, paths in kinds.items():
            timings(port, paths, 2)
            say(f"{name}, one client", quantiles(timings(port, paths, max(1, 240 // len(paths)))))
        asked_once = new_searches([row["title"] for row in rows[60:]])
        say(f"{len(asked_once)} searches, each for the first time", quantiles(timings(port, asked_once, 1)))
        everything = [path for paths in kinds.values() for path in paths]
        with multiprocessing.Pool(8) as pool:
            # First until both processes remember what they may: memory then shows what is lost for good.
            pool.map(one_client_of_many, [(port, everything, seconds / 4, seed) for seed in range(8)])
            before = resident(site.pids())
            many = pool.map(one_client_of_many, [(port, everything, seconds, seed) for seed in range(8)])
        taken = [value for values in many for value in values]
        say(f"8 clients for {seconds:.0f} s: {len(taken) / seconds:.0f} pages/s, no error", quantiles(taken))
        say("memory of the web processes, before and after", f"{before:.0f} → {resident(site.pids()):.0f} MB")
    finally:
        site.stop()


def measure_ratio(data: Path) -> None:
    """Our search over tantivy's own, same query, same process."""
    code = (
        "import django, time, statistics; django.setup()\n"
        "from search import pipeline; from search.engines import get_engine\n"
        "from search.engines.lowering import Lowering\nfrom search.engines.tantivy_queries import TantivyQueries\n"
        "from search.query import parse_query\nfrom bench.scale import QUERIES\n"
        "engine = get_engine(); ratios = []; ours = []\n"
        "for round in range(6):\n"
        "  for text in QUERIES:\n"
        "    bare = engine._searcher(); lowered = Lowering(parse_query(text), TantivyQueries(bare)).whole()\n"
        "    a = time.perf_counter(); pipeline.run(parse_query(text), sort='relevance', offset=0, limit=25)\n"
        "    b = time.perf_counter(); bare.search(lowered, 25)\n"
        "    c = time.perf_counter()\n"
        "    ratios.append((b - a) / (c - b)) if round else None; ours.append((b - a) * 1000) if round else None\n"
        "print(f'{statistics.median(ours):.2f} ms, {statistics.median(ratios):.2f} times tantivy')\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(data), capture_output=True, text=True, check=True
    )
    say("search in process, median", printed.stdout.strip())


def folder_size(data: Path) -> str:
    database = sum(path.stat().st_size for path in data.glob("papers.sqlite3*"))
    index = sum(path.stat().st_size for path in (data / "index").rglob("*") if path.is_file())
    return f"{database / 2**20:.0f} MB database, {index / 2**20:.0f} MB index"


def measure(data: Path, files: list[Path], count: int, port: int, rows: list[dict[str, Any]], seconds: float) -> int:
    """Load, index and visit the site; how many papers it then holds (some records are of one paper)."""
    taken, peak = run(data, "load_records", *map(str, files))
    say("load_records", f"{count / taken:,.0f} papers/s, {peak:.0f} MB at most")
    papers = int(
        subprocess.run(
            [
                sys.executable,
                "-c",
                "import django; django.setup(); from coolpapers.models import Paper; print(Paper.objects.count())",
            ],
            cwd=ROOT,
            env=environment(data),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
    taken, peak = run(data, "search_index", "rebuild")
    say(f"search_index rebuild of {papers:,} papers", f"{papers / taken:,.0f} papers/s, {peak:.0f} MB at most")
    say("disk", folder_size(data))
    measure_ratio(data)
    measure_site(data, port, rows, seconds)
    return papers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="with *.jsonl.xz of arXiv records")
    parser.add_argument("--million", action="store_true", help="also with a million papers")
    parser.add_argument("--seconds", type=float, default=60, help="of eight clients")
    parser.add_argument("--port", type=int, default=8765)
    options = parser.parse_args()
    data = Path(tempfile.mkdtemp(prefix="coolpapers-bench-"))
    try:
        run(data, "migrate")
        run(data, "collectstatic", "--noinput")
        # One at a time: a process that held them all would lend its size to those it starts.
        random.seed(4)
        rows: list[dict[str, Any]] = []
        count = 0
        for row in read_rows(options.folder):
            count += 1
            if len(rows) < 300:
                rows.append(row)
            elif (place := random.randrange(count)) < 300:
                rows[place] = row
        print(f"\n{count:,} papers")
        papers = measure(data, sorted(options.folder.glob("*.jsonl.xz")), count, options.port, rows, options.seconds)
        if options.million:
            copies = data / "copies.jsonl"
            write_copies(options.folder, copies, 1_000_000 - papers)
            print("\n1,000,000 papers")
            measure(data, [copies], 1_000_000 - papers, options.port, rows, options.seconds)
    finally:
        shutil.rmtree(data)


if __name__ == "__main__":
    main()
