"""Makes the files of this folder: a part of a larger judged set, small enough to lie in the repository.

    python tests/data/judged/make_judged.py LARGER_FOLDER

Input: a folder in the form of search.evaluation with the set `litsearch` and the vectors of its corpus. Output, the
same from the same: QUERIES of the half that constants are tuned on (crc32 of their ids is even), their answers, the
papers that are nearest to them without answering, and others at random up to DOCUMENTS. The queries' vectors are made
by the model in the box, which needs torch; documents' vectors become signed bytes.
"""

import csv
import gzip
import json
import os
import random
import sys
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "coolpapers.settings"
os.environ.pop("EMBEDDING_MODEL", None)
HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2]))

import django  # noqa: E402
import numpy as np  # noqa: E402

django.setup()

from search.embeddings import current_recipe, get_encoder  # noqa: E402
from search.evaluation import read_rows, read_sets, vectors_of  # noqa: E402

QUERIES = 40
DOCUMENTS = 600
NEAR = 7  # a question: hard ones, or everything would be found by anything
MODEL = "all-MiniLM-L6-v2"


def main(folder: Path) -> None:
    judged = next(one for one in read_sets(folder, "even") if one.name == "litsearch")
    corpus = list(read_rows(folder / "corpus.jsonl.gz"))
    place = {row["id"]: number for number, row in enumerate(corpus)}
    queries = [(key, text) for key, text in sorted(judged.queries.items()) if key in judged.grades]
    queries = sorted(random.Random(1).sample(queries, QUERIES))
    vectors = vectors_of(folder, current_recipe(), len(corpus))
    asked = np.stack([get_encoder().encode_query(text) for _, text in queries])

    chosen = {place[one] for key, _ in queries for one in judged.grades[key]}
    for row in asked @ vectors.T:
        chosen.update(np.argsort(-row, kind="stable")[:NEAR].tolist())
    rest = [number for number in range(len(corpus)) if number not in chosen]
    chosen.update(random.Random(2).sample(rest, DOCUMENTS - len(chosen)))
    write(HERE, queries, judged.grades, [corpus[number] for number in sorted(chosen)])
    np.save(HERE / f"vectors.{MODEL}.npy", as_bytes(vectors[sorted(chosen)]))
    np.save(HERE / f"query-vectors.{MODEL}.npy", asked.astype(np.float16))


def write(folder: Path, queries: list, grades: dict, corpus: list) -> None:
    with (folder / "queries.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"id": key, "text": text}, ensure_ascii=False) + "\n" for key, text in queries)
    with (folder / "qrels.tsv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(("query-id", "corpus-id", "score"))
        table.writerows((key, one, grade) for key, _ in queries for one, grade in grades[key].items())
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in corpus)
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress(lines.encode(), mtime=0))


def as_bytes(vectors: np.ndarray) -> np.ndarray:
    """Each row times what makes its largest number 127; search.evaluation brings it back to length 1."""
    return np.rint(vectors * (127 / np.abs(vectors).max(axis=1, keepdims=True))).astype(np.int8)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
