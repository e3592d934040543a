"""`python -m bench.elastic_vectors URL VECTORS.npy [--questions FILE.jsonl …] [--count N]`: ways to index vectors.

Each way of Elasticsearch's `index_options` gets the same vectors, those of the file and noisy copies as in
bench.nearest, in an index of vectors alone on the node at URL. Prints vectors written a second, megabytes on disk,
recall of the nearest 200 against all float32 vectors, and milliseconds of one client for the nearest 200.
"""

import argparse
import os
import statistics
import time
from pathlib import Path
from typing import Any

import django
import numpy as np
from elasticsearch import Elasticsearch
from elasticsearch.helpers import parallel_bulk

from bench.nearest import LIMIT, encoded, filled_up

INDEX = "bench-vectors"
CANDIDATES = (200, 400, 800)
WAYS: dict[str, dict[str, Any]] = {
    "bytes, hnsw, m 16, ef 100": {"element_type": "byte", "index_options": {"type": "hnsw"}},
    "bytes, hnsw, m 16, ef 200": {"element_type": "byte", "index_options": {"type": "hnsw", "ef_construction": 200}},
    "bytes, hnsw, m 32, ef 100": {"element_type": "byte", "index_options": {"type": "hnsw", "m": 32}},
    "bytes, flat": {"element_type": "byte", "index_options": {"type": "flat"}},
    "floats, int8_hnsw": {"index_options": {"type": "int8_hnsw"}},
    "floats, bbq_hnsw": {"index_options": {"type": "bbq_hnsw"}},
}


def measure(client: Elasticsearch, way: dict[str, Any], vectors: Any, questions: Any, truth: Any) -> None:
    as_bytes = way.get("element_type") == "byte"
    scales = 127 / np.abs(vectors).max(axis=1, keepdims=True)
    client.options(ignore_status=404).indices.delete(index=INDEX)
    field = {"type": "dense_vector", "dims": vectors.shape[1], "similarity": "cosine", **way}
    client.indices.create(
        index=INDEX,
        settings={"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": -1},
        mappings={"dynamic": "strict", "properties": {"vector": field}},
    )

    def actions() -> Any:
        for row, vector in enumerate(vectors):
            value = np.rint(vector * scales[row]).astype(np.int8).tobytes().hex() if as_bytes else vector.tolist()
            yield {"_index": INDEX, "_id": str(row), "vector": value}

    start = time.perf_counter()
    for _ in parallel_bulk(client, actions(), thread_count=2, chunk_size=500):
        pass
    client.indices.refresh(index=INDEX)
    taken = time.perf_counter() - start
    client.indices.flush(index=INDEX)
    size = client.indices.stats(index=INDEX, metric="store")["_all"]["total"]["store"]["size_in_bytes"]
    print(f"  {len(vectors) / taken:6.0f} vectors/s  {size / 2**20:6.0f} MB", end="")
    for candidates in CANDIDATES:
        hits, times = 0, []
        for number, question in enumerate([*questions[:20], *questions]):
            most = np.abs(question).max()
            asked = np.rint(question * (127 / most)).astype(np.int8).tolist() if as_bytes else question.tolist()
            knn = {"field": "vector", "query_vector": asked, "k": LIMIT, "num_candidates": candidates}
            start = time.perf_counter()
            found = client.search(index=INDEX, knn=knn, size=LIMIT, source=False)
            if number >= 20:
                times.append((time.perf_counter() - start) * 1_000)
                hits += len({int(hit["_id"]) for hit in found["hits"]["hits"]} & truth[number - 20])
        recall = hits / (LIMIT * len(questions))
        print(f"   {candidates}: {recall:6.2%} {statistics.median(times):5.1f} ms", end="")
    print(flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--questions", type=Path, nargs="*", default=[])
    parser.add_argument("--count", type=int, default=0, help="default: as many as the file has")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coolpapers.settings")
    django.setup()
    table = np.load(options.vectors).astype(np.float32)
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    vectors = np.concatenate(list(filled_up(table, options.count or len(table))))
    questions = encoded(options.questions, table)
    truth = [set(np.argpartition(-(vectors @ question), LIMIT)[:LIMIT].tolist()) for question in questions]
    client = Elasticsearch(options.url, request_timeout=120)
    print(f"{len(vectors):,} vectors, {len(questions)} questions, num_candidates: recall, median")
    try:
        for name, way in WAYS.items():
            print(name)
            measure(client, way, vectors, questions, truth)
    finally:
        client.options(ignore_status=404).indices.delete(index=INDEX)


if __name__ == "__main__":
    main()
