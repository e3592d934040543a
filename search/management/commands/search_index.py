"""`manage.py search_index rebuild|reconcile|status`: the index beside the store."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from search import index, vector_index
from search.engines import get_engine
from search.engines.base import EngineUnavailable


class Command(BaseCommand):
    help = "Build the search index anew, mend what differs from the store, or say how it stands."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="rebuild | reconcile | status")
        rebuild = actions.add_parser("rebuild", help="build a new index from all papers and swap it in")
        rebuild.add_argument("--if-needed", action="store_true", help="only where the index can't be used as it is")
        actions.add_parser("reconcile", help="compare every paper with the index and write what differs")
        actions.add_parser("status", help="what the index holds, what is due, whether it must be rebuilt")

    def handle(self, *, action: str, verbosity: int, if_needed: bool = False, **options: Any) -> None:
        try:
            said = self._rebuild(if_needed, verbosity) if action == "rebuild" else getattr(self, f"_{action}")()
        except EngineUnavailable as error:
            reason = f" ({error.__cause__})" if error.__cause__ else ""
            raise CommandError(f"{error}{reason}") from error
        if verbosity:
            self.stdout.write(said)

    def _rebuild(self, if_needed: bool, verbosity: int) -> str:
        before = index.status()
        if before.off:
            return "Search is off (SEARCH_URL is null://): there is no index."
        if if_needed and not before.needs_rebuild:
            return f"The index is as it should be: {before.documents:,} papers."
        with tqdm(total=before.papers, unit=" papers", desc="Indexing", disable=None if verbosity else True) as bar:
            count = index.rebuild(bar.update)
        index_of_vectors = get_engine().vectors
        held = vector_index.follow(anew=index_of_vectors is not None and not index_of_vectors.carried)
        vectors = held.added if index_of_vectors is None or held.rebuilt else index_of_vectors.state().papers
        after = index.status()
        told = f" {after.rejected:,} papers were not taken, such as {after.rejected_because}." if after.rejected else ""
        return f"The index is built: {count:,} papers, {vectors:,} vectors.{told}"

    def _reconcile(self) -> str:
        report, followed = index.reconcile(), vector_index.follow()
        if not (report.total or followed.added or followed.forgotten):
            return "Index and store agree."
        return (
            f"Mended: {report.missing:,} papers were missing from the index, {report.outdated:,} were old in it,"
            f" {report.surplus:,} are no longer in the store;"
            f" {followed.added:,} vectors were missing, {followed.forgotten:,} were too many."
        )

    def _status(self) -> str:
        status = index.status()
        if status.off:
            return f"Search is off (SEARCH_URL is null://). Papers in the store: {status.papers:,}."
        lines = (
            f"Engine: {status.engine}",
            f"Papers in the index: {status.documents:,}",
            f"Papers in the store: {status.papers:,}",
            f"Due: {status.due:,}",
            *([f"Rejected: {status.rejected:,}, such as {status.rejected_because}"] if status.rejected else []),
            f"Rebuild: {status.rebuild_reason or 'not needed'}",
        )
        return "\n".join(lines)
