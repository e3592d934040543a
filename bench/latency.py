"""`python -m bench.latency ARXIV QUESTIONS`: what a search costs over HTTP, by words alone and by words and meaning.

ARXIV: a folder of arXiv records, all loaded and indexed in a temporary place. QUESTIONS: judged questions with vectors
(`search_eval` has its form): every paper gets a noisy copy of one of those vectors (cosine .80–.95 to it), since to
encode the papers takes hours; what a search costs does not depend on what the vectors say. Two sites run after each
other, without meaning and with it. Searches asked once are two words of a title each, and whole questions; every one of
them is encoded. --data keeps the loaded papers in a folder, for the next run.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

from bench.scale import (
    QUERIES,
    ROOT,
    Site,
    environment,
    new_searches,
    one_client_of_many,
    quantiles,
    read_rows,
    resident,
    run,
    say,
    timings,
)  # fmt: skip

FILL = """
import django; django.setup()
import json, sys
from pathlib import Path
import numpy as np
from coolpapers.models import Paper
from search import vectors
from search.embeddings import current_recipe
from search.engines import get_engine
table = np.load(sorted(Path(sys.argv[1]).glob("vectors.*.npy"))[0]).astype(np.float32)
table /= np.linalg.norm(table, axis=1, keepdims=True)
ids = list(Paper.objects.order_by("pk").values_list("pk", flat=True))
draw = np.random.default_rng(11)
def batches():
    for start in range(0, len(ids), 20_000):
        part = ids[start : start + 20_000]
        noise = draw.standard_normal((len(part), table.shape[1])).astype(np.float32)
        noise /= np.linalg.norm(noise, axis=1, keepdims=True)
        near = draw.uniform(0.8, 0.95, (len(part), 1)).astype(np.float32)
        copies = table[draw.integers(len(table), size=len(part))]
        noise -= (noise * copies).sum(axis=1, keepdims=True) * copies
        noise /= np.linalg.norm(noise, axis=1, keepdims=True)
        yield vectors.packed(part, near * copies + np.sqrt(1 - near**2) * noise, current_recipe())
print(get_engine().vectors.rebuild(current_recipe(), batches(), mark=0, timeout=10))
"""


def prepare(data: Path, arxiv: Path, questions: Path) -> None:
    """Papers, index and vectors, where they are not there yet."""
    if (data / "papers.sqlite3").exists():
        return
    run(data, "migrate")
    run(data, "collectstatic", "--noinput")
    run(data, "load_records", *map(str, sorted(arxiv.glob("*.jsonl.xz"))))
    run(data, "search_index", "rebuild")
    command = [sys.executable, "-c", FILL, str(questions.resolve())]
    held = subprocess.run(command, cwd=ROOT, env=environment(data), capture_output=True, text=True, check=True)
    say("papers with a vector", held.stdout.strip())


def asked(texts: list[str]) -> list[str]:
    return [f"/search?highlight=1&query={urllib.parse.quote_plus(text)}" for text in texts]


def measure(data: Path, port: int, seconds: float, papers: list[str], words: list[str], questions: list[str]) -> None:
    site = Site(data, port)
    try:
        if os.environ["EMBEDDING_MODEL"] != "off":
            warm(port)
        timings(port, papers, 1)
        say("paper page, to compare machines by", quantiles(timings(port, papers, 4)))
        known = asked(list(QUERIES))
        timings(port, known, 2)
        say("twelve searches again and again", quantiles(timings(port, known, 20)))
        say(f"{len(words)} searches of two words, each once", quantiles(timings(port, words, 1)))
        say(f"{len(questions)} questions, each once", quantiles(timings(port, questions, 1)))
        everything = known + words + questions
        with multiprocessing.Pool(8) as pool:
            mixed = [random.sample(everything, 24) for _ in range(8)]  # few enough to end in time
            many = pool.map(one_client_of_many, [(port, mixed[seed], seconds, seed) for seed in range(8)])
        taken = [value for values in many for value in values]
        say(f"8 clients for {seconds:.0f} s: {len(taken) / seconds:.0f} pages/s, no error", quantiles(taken))
        say("memory of the web processes", f"{resident(site.pids()):.0f} MB")
    finally:
        site.stop()


def warm(port: int) -> None:
    """Until both processes have loaded the model: the first searches of each are answered by words."""
    for number in range(120):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        late = 0
        for again in range(8):
            connection.request("GET", asked([f"warming up {number} {again}"])[0])
            page = connection.getresponse().read().decode()
            late += "Ranked by words alone" in page
            connection.close()
        if not late:
            return
        time.sleep(0.5)
    raise SystemExit("the model is not loaded")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("arxiv", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--data", type=Path, help="the folder to keep the loaded papers in")
    parser.add_argument("--seconds", type=float, default=30, help="of eight clients")
    parser.add_argument("--port", type=int, default=8766)
    options = parser.parse_args()
    data = options.data or Path(tempfile.mkdtemp(prefix="coolpapers-latency-"))
    data.mkdir(exist_ok=True)
    try:
        prepare(data, options.arxiv, options.questions)
        random.seed(4)
        rows = random.sample(list(read_rows(options.arxiv)), 300)
        titles, papers = [row["title"] for row in rows], [f"/arxiv/{row['id']}" for row in rows[:60]]
        texts = [
            json.loads(line)["text"]
            for path in sorted(options.questions.glob("*queries.jsonl"))
            for line in path.open(encoding="utf-8")
        ]
        words, questions = new_searches(titles), asked(random.sample(texts, 200))
        for model in ("off", ""):
            os.environ["EMBEDDING_MODEL"] = model
            print("\nby words alone" if model else "\nby words and meaning")
            measure(data, options.port, options.seconds, papers, words, questions)
    finally:
        if not options.data:
            shutil.rmtree(data)


if __name__ == "__main__":
    main()
