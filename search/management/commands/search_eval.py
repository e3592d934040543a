"""`manage.py search_eval FOLDER…`: how good search is, on judged queries."""

import json
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from search import pipeline, vectors
from search.document import Document
from search.embeddings import Encoder, EncoderUnavailable, current_recipe, encoding_by, get_encoder
from search.engines import engine_at
from search.engines.base import Engine, EngineUnavailable
from search.evaluation import (
    DEPTH,
    BadFolder,
    JudgedSet,
    Part,
    documents_of,
    encode,
    evaluate,
    read_sets,
    recorded_encoder,
    vectors_of,
)
from search.query import parse_query
from search.ranking import Mode

MODES: tuple[tuple[Mode, str], ...] = (
    ("lexical", "lexical"),
    ("vectors", "vectors"),
    ("fused", "fused"),
    ("reranked", "fused + rerank"),
)
PATIENCE_MS = 60_000.0  # the first question waits for the encoder's threads
WAIT = 10.0  # seconds; nobody else writes to the temporary index
Figures = dict[str, dict[str, dict[str, float]]]  # set: configuration: figure


class Command(BaseCommand):
    help = "Measure search on the judged queries of folders; each is indexed in a temporary place first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folders", nargs="+", type=Path, metavar="FOLDER",
            help="with corpus.jsonl.gz (id, title, abstract), *queries.jsonl[.gz] (id, text) and *qrels.tsv",
        )  # fmt: skip
        parser.add_argument(
            "--engine", default="", metavar="URL",
            help="elasticsearch://host:9200, in an index of its own that is removed afterwards (default: embedded)",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="print one JSON object and no table")
        parser.add_argument(
            "--part", choices=("all", "even", "odd"), default="all",
            help="queries by crc32 of their id: tune on the even ones, report the odd ones (default: all)",
        )  # fmt: skip

    def handle(self, *, folders: Sequence[Path], part: Part, engine: str, verbosity: int, **options: Any) -> None:
        figures: Figures = {}
        for folder in folders:
            try:
                self._measure(folder, engine, read_sets(folder, part), figures, quiet=not verbosity)
            except (BadFolder, EngineUnavailable, ImproperlyConfigured, OSError, ValueError, KeyError) as error:
                raise CommandError(f"{folder} can't be measured: {error}") from error
        self.stdout.write(json.dumps(figures, indent=1) if options["json"] else _table(figures))

    def _measure(self, folder: Path, url: str, sets: Sequence[JudgedSet], figures: Figures, *, quiet: bool) -> None:
        """Index the folder's corpus and add the figures of its sets."""
        documents, ids = documents_of(folder)
        encoder = self._encoder_for(folder)
        with temporary_engine(url) as engine, ExitStack() as lent:
            engine.rebuild(documents, timeout=WAIT)
            if encoder:
                lent.enter_context(encoding_by(encoder))
                _hold_vectors(engine, encoder, folder, documents, quiet)
            for judged in sets:
                name = f"{folder.resolve().name}/{judged.name}" if judged.name in figures else judged.name
                figures[name] = {}
                for mode, configuration in MODES if encoder else MODES[:1]:
                    title = f"{name}, {configuration}"
                    with tqdm(total=len(judged.queries), unit=" queries", desc=title, disable=quiet or None) as bar:
                        search = partial(_found, engine, documents, ids, mode)
                        figures[name][configuration] = evaluate(judged, search, bar.update)

    def _encoder_for(self, folder: Path) -> Encoder | None:
        """Of the queries' recorded vectors, or else of the model; None, and said, where there is none."""
        recipe = current_recipe()
        try:
            return (recipe and recorded_encoder(folder, recipe)) or get_encoder()
        except EncoderUnavailable as error:
            self.stderr.write(f"{error} {folder} is measured by words alone.")
            return None


@runtime_checkable
class Droppable(Protocol):
    """An engine whose index lies elsewhere."""

    def drop(self) -> None: ...


@contextmanager
def temporary_engine(url: str) -> Iterator[Engine]:
    """An engine of our own for a while: in Elasticsearch, or else in a folder."""
    with tempfile.TemporaryDirectory(prefix="coolpapers-eval-") as place:
        engine = engine_at(f"{url.rstrip('/')}/eval-{secrets.token_hex(4)}" if url else f"embedded://{place}")
        try:
            yield engine
        finally:
            if isinstance(engine, Droppable):
                engine.drop()


def _hold_vectors(engine: Engine, encoder: Encoder, folder: Path, documents: Sequence[Document], quiet: bool) -> None:
    """Give the engine the folder's vectors, or encode its corpus."""
    table = vectors_of(folder, encoder.recipe, len(documents))
    if table is None:
        with tqdm(total=len(documents), unit=" papers", desc=f"Encoding {folder}", disable=quiet or None) as bar:
            table = encode(encoder, documents, bar.update)
    held = vectors.packed([document.paper_id for document in documents], table, encoder.recipe)
    assert engine.vectors is not None
    engine.vectors.rebuild(encoder.recipe, [held], mark=0, timeout=WAIT)


def _found(engine: Engine, documents: Sequence[Document], ids: Sequence[str], mode: Mode, text: str) -> list[str]:
    def texts(paper_ids: Sequence[int]) -> dict[int, str]:
        return {one: f"{documents[one - 1].title}. {documents[one - 1].abstract}" for one in paper_ids}

    page = pipeline.run(
        parse_query(text),
        sort="relevance",
        offset=0,
        limit=DEPTH,
        engine=engine,
        mode=mode,
        texts=texts,
        deadline_ms=PATIENCE_MS,
    )
    if page.degraded:
        raise EngineUnavailable(page.degraded)
    return [ids[number - 1] for number in page.paper_ids]


def _table(figures: Figures) -> str:
    lines = [f"{'set':<24} {'configuration':<16} {'nDCG@10':>8} {'R@20':>7} {'R@100':>7} {'MRR':>7} {'ms':>8}"]
    for name, configurations in figures.items():
        for configuration, row in configurations.items():
            ndcg, *scores, taken = row.values()
            rest = "".join(f" {score:>7.4f}" for score in scores)
            lines.append(f"{name:<24} {configuration:<16} {ndcg:>8.4f}{rest} {taken:>8.2f}")
    return "\n".join(lines)
