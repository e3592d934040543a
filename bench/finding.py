"""`python -m bench.finding ARXIV QUESTIONS`: how often a title is found again, typed whole, in part, or with a slip.

ARXIV: a folder of arXiv records; titles of theirs are looked for by words. QUESTIONS: a folder of judged questions with
vectors (`search_eval` has its form); titles of its corpus are looked for by words and meaning, as the site does. Each
is indexed in a temporary place. Titles of four words or more and slips are drawn by --seed; --missed lists what was not
among the first ten.
"""

import argparse
import os
import random
import re
import string
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coolpapers.settings")

import django

django.setup()

from bench.scale import read_rows, say  # noqa: E402
from search import pipeline, vectors  # noqa: E402
from search.document import Document  # noqa: E402
from search.embeddings import current_recipe  # noqa: E402
from search.engines.embedded import EmbeddedEngine  # noqa: E402
from search.evaluation import document_of, documents_of, vectors_of  # noqa: E402
from search.query import parse_query  # noqa: E402
from search.ranking import Mode  # noqa: E402

LETTERS = string.ascii_lowercase


def whole(title: str, draw: random.Random) -> str:
    return title


def in_part(title: str, draw: random.Random) -> str:
    """Without two of its words."""
    words = title.split()
    for _ in range(2):
        words.pop(draw.randrange(len(words)))
    return " ".join(words)


def with_a_slip(title: str, draw: random.Random) -> str:
    """With one letter of a word of four or more replaced, put in, left out, or swapped with the next."""
    places = list(re.finditer(r"[A-Za-z]{4,}", title))
    if not places:
        return title
    word = draw.choice(places)
    at = draw.randrange(word.start() + 1, word.end() - 1)
    other = draw.choice(LETTERS)
    slips = (
        title[:at] + other + title[at + 1 :],
        title[:at] + other + title[at:],
        title[:at] + title[at + 1 :],
        title[:at] + title[at + 1] + title[at] + title[at + 2 :],
    )
    return next((slip for slip in draw.sample(slips, len(slips)) if slip != title), title)


def measure(engine: EmbeddedEngine, documents: Sequence[Document], mode: Mode, options: argparse.Namespace) -> None:
    draw = random.Random(options.seed)
    chosen = draw.sample([one for one in documents if len(one.title.split()) >= 4], options.count)
    for name, spoil in (("whole", whole), ("two words dropped", in_part), ("one slip", with_a_slip)):
        report(engine, [(spoil(one.title, draw), one.paper_id) for one in chosen], mode, name, options.missed)


def report(engine: EmbeddedEngine, asked: Sequence[tuple[str, int]], mode: Mode, name: str, show_missed: bool) -> None:
    first = ten = 0
    taken = []
    missed = []
    for text, wanted in asked:
        start = time.perf_counter()
        page = pipeline.run(
            parse_query(text), sort="relevance", offset=0, limit=10, engine=engine, mode=mode, texts=dict,
            deadline_ms=60_000,
        )  # fmt: skip
        taken.append((time.perf_counter() - start) * 1000)
        assert page.degraded is None, page.degraded
        first += page.paper_ids[:1] == (wanted,)
        ten += wanted in page.paper_ids
        if wanted not in page.paper_ids:
            missed.append(text)
    taken.sort()
    shares = f"first {first / len(asked):6.1%}, in the first ten {ten / len(asked):6.1%}"
    say(f"{name}, {mode}", f"{shares}, {taken[len(taken) // 2]:.1f} ms at the median")
    if show_missed:
        for text in missed:
            print("   missed:", text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("arxiv", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--missed", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="coolpapers-finding-") as place:
        documents = {row["id"]: document_of(number, row) for number, row in enumerate(read_rows(options.arxiv), 1)}
        engine = EmbeddedEngine(Path(place) / "arxiv")
        print(f"{engine.rebuild(documents.values(), timeout=10):,} papers")
        measure(engine, list(documents.values()), "lexical", options)
        held, _ = documents_of(options.questions)
        engine = EmbeddedEngine(Path(place) / "questions")
        print(f"{engine.rebuild(held, timeout=10):,} papers with vectors")
        recipe = current_recipe()
        assert recipe is not None
        table = vectors_of(options.questions, recipe, len(held))
        assert table is not None, "the folder has no vectors"
        packed = vectors.packed([one.paper_id for one in held], table, recipe)
        engine.vectors.rebuild(recipe, [packed], mark=0, timeout=10)
        for mode in ("lexical", "reranked"):
            measure(engine, held, mode, options)


if __name__ == "__main__":
    main()
