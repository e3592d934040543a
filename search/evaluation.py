"""How good a ranking is: judged sets of a folder, and the figures of a run over one of them.

Input: folders with `corpus.jsonl.gz` (id, title, abstract, perhaps authors), `*queries.jsonl[.gz]` (id, text) and
`*qrels.tsv` (query-id, corpus-id, score; a header); `<name>.queries.*` goes with `<name>.qrels.tsv`. Vectors may lie
beside them, a row a line: `vectors.*.npy` of the corpus, `<name>.query-vectors.*.npy` of the queries. Output: for each
set nDCG@10, recall@20, recall@100 and MRR, means over the queries that have a relevant document, and milliseconds at
the median.
"""

import csv
import gzip
import json
import math
import statistics
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from search.document import Document
from search.embed import BATCH
from search.embeddings import Encoder, EncoderUnavailable, Floats, Recipe

Part = Literal["all", "even", "odd"]  # by crc32 of a query's id: one half to tune on, the other to report
DEPTH = 100  # results asked for


class BadFolder(Exception):
    """The folder holds no judged queries in the form above; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Queries by id, and for each the grades (above 0) of the documents that answer it."""

    name: str
    queries: Mapping[str, str]
    grades: Mapping[str, Mapping[str, int]]


# --- Reading -----------------------------------------------------------------------------------------------------
def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines, packed or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def read_sets(folder: Path, part: Part = "all") -> list[JudgedSet]:
    """The judged sets of a folder; raises BadFolder. One that is `queries.jsonl` alone has the folder's name."""
    if not (folder / "corpus.jsonl.gz").is_file():
        raise BadFolder(f"{folder} holds no corpus.jsonl.gz.")
    found = []
    for path in sorted([*folder.glob("*queries.jsonl"), *folder.glob("*queries.jsonl.gz")]):
        name = path.name.partition("queries.jsonl")[0]
        judged = folder / f"{name}qrels.tsv"
        if not judged.is_file():
            raise BadFolder(f"{path.name} of {folder} has no {judged.name} beside it.")
        queries = {row["id"]: row["text"] for row in read_rows(path) if _is_in(part, row["id"])}
        found.append(JudgedSet(name.rstrip(".") or folder.resolve().name, queries, _read_grades(judged)))
    if not found:
        raise BadFolder(f"{folder} holds no queries.jsonl.")
    return found


def _is_in(part: Part, query_id: str) -> bool:
    return part == "all" or zlib.crc32(query_id.encode()) % 2 == (part == "odd")


def _read_grades(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if (grade := int(row["score"])) > 0:
                grades.setdefault(row["query-id"], {})[row["corpus-id"]] = grade
    return grades


def documents_of(folder: Path) -> tuple[list[Document], list[str]]:
    """The corpus as documents, numbered from 1 in its order, and their ids in that order."""
    rows = list(read_rows(folder / "corpus.jsonl.gz"))
    return [document_of(number, row) for number, row in enumerate(rows, start=1)], [str(row["id"]) for row in rows]


def vectors_of(folder: Path, recipe: Recipe, count: int) -> Floats | None:
    """The corpus's vectors as the folder brings them (`vectors.*.npy`, a row a line); None where it brings none.

    Raises BadFolder where they are not of so many rows and dimensions. Which model made them only their maker knows.
    """
    found = sorted(folder.glob("vectors.*.npy"))
    if not found:
        return None
    return _table(found[0], count, recipe)


def _table(path: Path, count: int, recipe: Recipe) -> Floats:
    """The file's rows, of whatever numbers, as vectors of length 1."""
    table = np.load(path, allow_pickle=False)
    if table.shape != (count, recipe.dimensions):
        raise BadFolder(f"{path.name} holds {table.shape}, and needed are ({count}, {recipe.dimensions}).")
    floats = np.asarray(table, np.float32)
    return np.asarray(floats / np.maximum(np.linalg.norm(floats, axis=1, keepdims=True), 1e-12), np.float32)


def recorded_encoder(folder: Path, recipe: Recipe) -> Encoder | None:
    """An encoder of the folder's queries by their recorded vectors, which needs no model; None without them for all."""
    rows: dict[str, Floats] = {}
    for path in sorted([*folder.glob("*queries.jsonl"), *folder.glob("*queries.jsonl.gz")]):
        found = sorted(folder.glob(f"{path.name.partition('queries.jsonl')[0]}query-vectors.*.npy"))
        if not found:
            return None
        texts = [str(row["text"]).strip() for row in read_rows(path)]
        rows |= zip(texts, _table(found[0], len(texts), recipe), strict=True)
    return RecordedEncoder(recipe, rows) if rows else None


class RecordedEncoder:
    """Vectors that another run made of these texts."""

    def __init__(self, recipe: Recipe, rows: Mapping[str, Floats]) -> None:
        self.recipe = recipe
        self._rows = rows

    def encode_documents(self, texts: Sequence[str]) -> Floats:
        vectors = [self.encode_query(text) for text in texts]
        return np.stack(vectors) if vectors else np.zeros((0, self.recipe.dimensions), np.float32)

    def encode_query(self, text: str) -> Floats:
        if text not in self._rows:
            raise EncoderUnavailable(f"No vector is recorded of “{text}”.")
        return self._rows[text].copy()


def encode(encoder: Encoder, documents: Sequence[Document], done: Callable[[int], object]) -> Floats:
    """Every document's vector, in batches of like length; `done` is told how many more there are."""
    texts = [encoder.recipe.text_of(document.title, document.abstract) for document in documents]
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    table = np.zeros((len(texts), encoder.recipe.dimensions), np.float32)
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        table[part] = encoder.encode_documents([texts[place] for place in part])
        done(len(part))
    return table


def document_of(number: int, row: Mapping[str, Any]) -> Document:
    return Document(
        paper_id=number,
        revision=1,
        key=str(row["id"]),
        branch="arxiv",
        title=row.get("title") or "",
        abstract=row.get("abstract") or "",
        authors=tuple(row.get("authors") or ()),
        categories=(),
        venue="",
        edition="",
        group="",
        doi="",
        submitted=None,
        announced=None,
        ordinal=number,
        withdrawn=False,
    )


# --- Figures -----------------------------------------------------------------------------------------------------
def ndcg(found: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """Discounted gain of the first `depth` over the best that could be, with the grade itself as gain.

    Järvelin and Kekäläinen 2002, as trec_eval has it: with two to the grade a set of grades 1–4 would count its best
    alone.
    """
    gained = sum(grades.get(one, 0) / math.log2(place + 1) for place, one in enumerate(found[:depth], start=1))
    best = sorted(grades.values(), reverse=True)[:depth]
    return gained / sum(grade / math.log2(place + 1) for place, grade in enumerate(best, start=1))


def recall(found: Sequence[str], grades: Mapping[str, int], depth: int) -> float:
    """The share of the relevant documents that is among the first `depth`."""
    return len(grades.keys() & set(found[:depth])) / len(grades)


def reciprocal_rank(found: Sequence[str], grades: Mapping[str, int]) -> float:
    """One over the place of the first relevant document; 0 where none was found."""
    return next((1 / place for place, one in enumerate(found, start=1) if one in grades), 0.0)


def evaluate(judged: JudgedSet, search: Callable[[str], Sequence[str]], done: Callable[[], object]) -> dict[str, float]:
    """The figures of `search` (text → ids, best first, at most DEPTH) over the set; `done` is told of each query."""
    rows: list[tuple[float, ...]] = []
    for query_id, text in judged.queries.items():
        if grades := judged.grades.get(query_id):
            start = time.perf_counter()
            found = search(text)
            taken = (time.perf_counter() - start) * 1_000
            recalls = recall(found, grades, 20), recall(found, grades, 100)
            rows.append((ndcg(found, grades), *recalls, reciprocal_rank(found, grades), taken))
        done()
    if not rows:
        raise BadFolder(f"No query of {judged.name} has a relevant document.")
    *means, taken_ms = zip(*rows, strict=True)
    names = ("ndcg@10", "recall@20", "recall@100", "mrr")
    figures = {name: round(statistics.fmean(values), 4) for name, values in zip(names, means, strict=True)}
    return figures | {"ms": round(statistics.median(taken_ms), 2)}
