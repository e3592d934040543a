"""What came of saving papers: how many changed, and word of them to the index. The one place where ingest touches
search."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from django.db import transaction

from search.index import mark_due
from search.tasks import index_papers


@dataclass(frozen=True, slots=True)
class SaveReport:
    """How many records were new, changed something, or were known already."""

    new: int = 0
    changed: int = 0
    same: int = 0

    def __add__(self, other: "SaveReport") -> "SaveReport":
        return SaveReport(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def total(self) -> int:
        return self.new + self.changed + self.same


def tell_index(papers: Iterable[tuple[int, int]]) -> None:
    """Put the papers (id, revision) on the index's list, and send word when this transaction is committed."""
    due = list(papers)
    if due:
        mark_due(due)
        ids = [pk for pk, _revision in due]
        # robust: a broker that is down costs a line in the log, and the sweep finds the papers
        transaction.on_commit(lambda: index_papers.delay(ids), robust=True)
