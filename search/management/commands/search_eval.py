"""`manage.py search_eval FOLDER…`: how good search is, on judged queries."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from search import pipeline
from search.engines.base import Engine, EngineUnavailable
from search.engines.embedded import EmbeddedEngine
from search.evaluation import DEPTH, BadFolder, JudgedSet, Part, documents_of, evaluate, read_sets
from search.query import parse_query

WAIT = 10.0  # seconds; nobody else writes to the temporary index
Figures = dict[str, dict[str, dict[str, float]]]  # set: configuration: figure


class Command(BaseCommand):
    help = "Measure search on the judged queries of folders; each is indexed in a temporary place first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folders", nargs="+", type=Path, metavar="FOLDER",
            help="with corpus.jsonl.gz (id, title, abstract), *queries.jsonl[.gz] (id, text) and *qrels.tsv",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="print one JSON object and no table")
        parser.add_argument(
            "--part", choices=("all", "even", "odd"), default="all",
            help="queries by crc32 of their id: tune on the even ones, report the odd ones (default: all)",
        )  # fmt: skip

    def handle(self, *, folders: Sequence[Path], part: Part, verbosity: int, **options: Any) -> None:
        figures: Figures = {}
        for folder in folders:
            try:
                self._measure(folder, read_sets(folder, part), figures, quiet=not verbosity)
            except (BadFolder, EngineUnavailable, OSError, ValueError, KeyError) as error:
                raise CommandError(f"{folder} can't be measured: {error}") from error
        self.stdout.write(json.dumps(figures, indent=1) if options["json"] else _table(figures))

    def _measure(self, folder: Path, sets: Sequence[JudgedSet], figures: Figures, *, quiet: bool) -> None:
        """Index the folder's corpus and add the figures of its sets."""
        documents, ids = documents_of(folder)
        with tempfile.TemporaryDirectory(prefix="coolpapers-eval-") as place:
            engine = EmbeddedEngine(Path(place))
            engine.rebuild(documents, timeout=WAIT)
            for judged in sets:
                name = f"{folder.resolve().name}/{judged.name}" if judged.name in figures else judged.name
                with tqdm(total=len(judged.queries), unit=" queries", desc=name, disable=quiet or None) as bar:
                    lexical = evaluate(judged, lambda text: _found(engine, ids, text), bar.update)
                figures[name] = {"lexical": lexical}


def _found(engine: Engine, ids: Sequence[str], text: str) -> list[str]:
    page = pipeline.run(parse_query(text), sort="relevance", offset=0, limit=DEPTH, engine=engine)
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
