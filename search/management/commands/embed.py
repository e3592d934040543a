"""`manage.py embed`: vectors for the papers that have none; `--status` says how many those are."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from search import vector_index, vectors
from search.embed import BATCH, EmbeddingBusy, EmbedReport, alone, embed_due
from search.embeddings import EncoderUnavailable, Recipe, current_recipe, get_encoder
from search.engines.base import EngineUnavailable

WAIT = 60.0  # seconds for the worker to end what it embeds


def follow_vectors() -> str:
    """Bring the index's vectors up to the store's; what was done, or why it was not: the worker tries again. "" where
    there was nothing to do, as without an index or while it holds another recipe."""
    try:
        report = vector_index.follow()
    except EngineUnavailable as error:
        return f" The index does not have them yet: {error}"
    return f" The index has {report.added:,} vectors more." if report.added else ""


class Command(BaseCommand):
    help = "Encode papers without a current vector, newest first. Ctrl-C is safe: the next run goes on where it ended."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=None, help="at most so many papers")
        parser.add_argument("--batch", type=int, default=BATCH, help=f"papers encoded and committed at once ({BATCH})")
        parser.add_argument("--status", action="store_true", help="only say what is there and what is due")
        parser.add_argument("--forget-others", action="store_true", help="delete the vectors of all other recipes")

    def handle(self, *, verbosity: int, **options: Any) -> None:
        recipe = current_recipe()
        if recipe is None:
            raise CommandError("Meaning is switched off (EMBEDDING_MODEL=off).")
        if options["batch"] < 1 or (options["limit"] is not None and options["limit"] < 1):
            raise CommandError("--limit and --batch start from 1.")
        if options["status"]:
            said = self._status(recipe)
        elif options["forget_others"]:
            said = f"Deleted: {vectors.forget_others(recipe):,} vectors of other recipes."
        else:
            said = self._embed(recipe, options["limit"], options["batch"], verbosity)
        if verbosity:
            self.stdout.write(said)

    def _status(self, recipe: Recipe) -> str:
        counts = vectors.count_by_recipe()
        lines = [
            f"Model: {recipe.model} {recipe.revision}".rstrip(),
            f"Recipe: {recipe.fingerprint}",
            f"Vectors: {counts.pop(recipe.fingerprint, 0):,}",
            f"Due: {vectors.count_due(recipe):,}",
        ]
        return "\n".join(lines + [f"Vectors of recipe {other}: {count:,}" for other, count in counts.items()])

    def _embed(self, recipe: Recipe, limit: int | None, batch: int, verbosity: int) -> str:
        total = min(vectors.count_due(recipe), limit or 10**9)
        if not total:
            return f"Every paper has its vector.{follow_vectors()}"
        with tqdm(total=total, unit=" papers", desc="Embedding", disable=None if verbosity else True) as bar:
            try:
                with alone(WAIT):
                    report = embed_due(encoder=get_encoder(), limit=limit, batch=batch, progress=bar.update)
            except (EncoderUnavailable, EmbeddingBusy) as error:
                reason = f" ({error.__cause__})" if error.__cause__ else ""
                raise CommandError(f"{error}{reason}") from error
            except KeyboardInterrupt:
                raise CommandError(
                    "Stopped; what is encoded stays, and the next run goes on.", returncode=130
                ) from None
        return f"{self._told(report)}{follow_vectors()}"

    def _told(self, report: EmbedReport) -> str:
        return f"Encoded: {report.encoded:,} papers; unchanged in their text: {report.kept:,}."
