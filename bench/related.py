"""`python -m bench.related FOLDER…`: how good related papers are, by words alone, by vectors alone, and by both.

Input: folders of judged queries (search.evaluation). Where a query names its paper (`query_doc`), that paper's related
ones are judged by the query's grades; else the answers of one question are related to each other. Output: nDCG@10 and
recall@20 of each set, and milliseconds at the median. A folder's corpus is encoded unless it brings its vectors.
"""

# ruff: noqa: E402 (Django is set up before what needs it is imported)
import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coolpapers.settings")
django.setup()

from tqdm import tqdm

from search import vectors
from search.document import Document
from search.embeddings import Recipe, current_recipe, get_encoder
from search.engines.base import EngineUnavailable
from search.engines.embedded import EmbeddedEngine
from search.evaluation import JudgedSet, Part, documents_of, encode, evaluate, read_rows, read_sets, vectors_of
from search.related import Mode, alike

MODES: tuple[Mode, ...] = ("words", "vectors", "both")
WAIT = 10.0  # seconds; nobody else writes to the temporary index


def judged_papers(folder: Path, part: Part) -> Iterator[JudgedSet]:
    """The folder's sets as papers and the papers that are related to each."""
    named = {
        row["id"]: row["query_doc"]
        for path in [*folder.glob("*queries.jsonl"), *folder.glob("*queries.jsonl.gz")]
        for row in read_rows(path)
        if "query_doc" in row
    }
    for judged in read_sets(folder, part):
        if named:
            yield JudgedSet(judged.name, {query: named[query] for query in judged.queries}, judged.grades)
        else:
            grades = of_one_question(judged)
            yield JudgedSet(judged.name, {paper: paper for paper in grades}, grades)


def of_one_question(judged: JudgedSet) -> dict[str, dict[str, int]]:
    """For each answer the other answers of its questions."""
    grades: dict[str, dict[str, int]] = {}
    for query in judged.queries:
        answers = judged.grades.get(query, {})
        for paper in answers:
            others = {other: 1 for other in answers if other != paper}
            if others:
                grades.setdefault(paper, {}).update(others)
    return grades


def hold(engine: EmbeddedEngine, folder: Path, documents: Sequence[Document], recipe: Recipe) -> None:
    """Index the corpus and its vectors."""
    engine.rebuild(documents, timeout=WAIT)
    table = vectors_of(folder, recipe, len(documents))
    if table is None:
        with tqdm(total=len(documents), unit=" papers", desc=f"Encoding {folder}") as bar:
            table = encode(get_encoder(), documents, bar.update)
    held = vectors.packed([document.paper_id for document in documents], table, recipe)
    engine.vectors.rebuild(recipe, [held], mark=0, timeout=WAIT)


def related_to(
    engine: EmbeddedEngine, documents: Sequence[Document], number_of: dict[str, int], mode: Mode, key: str
) -> list[str]:
    paper = documents[number_of[key] - 1]
    found, degraded = alike(engine, paper.paper_id, paper.title, paper.abstract, without=[paper.paper_id], mode=mode)
    if degraded:
        raise EngineUnavailable(degraded)
    return [documents[one.paper_id - 1].key for one in found]


def measure(folder: Path, part: Part, recipe: Recipe) -> None:
    documents, ids = documents_of(folder)
    number_of = {key: number for number, key in enumerate(ids, 1)}
    with tempfile.TemporaryDirectory(prefix="coolpapers-related-") as place:
        engine = EmbeddedEngine(Path(place))
        hold(engine, folder, documents, recipe)
        for judged in judged_papers(folder, part):
            for mode in MODES:
                figures = evaluate(judged, partial(related_to, engine, documents, number_of, mode), lambda: None)
                shown = "   ".join(f"{name} {figures[name]:.4f}" for name in ("ndcg@10", "recall@20"))
                print(f"{judged.name:<14} {len(judged.queries):>5} papers   {mode:<8} {shown}   {figures['ms']:.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--part", choices=("all", "even", "odd"), default="all", help="queries by crc32 of their id")
    options = parser.parse_args()
    recipe = current_recipe()
    if recipe is None:
        raise SystemExit("EMBEDDING_MODEL is off: there are no vectors to measure.")
    for folder in options.folders:
        measure(folder, options.part, recipe)


if __name__ == "__main__":
    main()
