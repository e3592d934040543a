"""Papers without a current vector get one: batch by batch, each committed, so that a kill loses one batch at most.

Newest papers first; within a chunk of them the batches are of like length, since a batch costs what its longest text
does. A text that is encoded already is never encoded again.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields

from django.conf import settings

from coolpapers.locks import lock_file
from search import vectors
from search.embeddings import Encoder
from search.vectors import DuePaper

CHUNK = 512  # papers looked up at once and sorted by length
BATCH = 32  # papers a commit: about two seconds' work on two cores


class EmbeddingBusy(Exception):
    """Another process embeds just now."""


@dataclass(frozen=True, slots=True)
class EmbedReport:
    """How many papers were encoded, and how many had changed but not in their text."""

    encoded: int = 0
    kept: int = 0

    def __add__(self, other: "EmbedReport") -> "EmbedReport":
        return EmbedReport(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def embed_due(
    *,
    encoder: Encoder,
    limit: int | None = None,
    batch: int = BATCH,
    progress: Callable[[int], object] | None = None,
    enough: Callable[[], bool] = bool,
) -> EmbedReport:
    """Encode what is due, at most `limit` papers; `progress` is told how many more are done, `enough` ends it early."""
    report = EmbedReport()
    while limit is None or report.encoded + report.kept < limit:
        size = CHUNK if limit is None else min(CHUNK, limit - report.encoded - report.kept)
        papers = vectors.due(encoder.recipe, size)
        if not papers:
            break
        for step in _steps(encoder, papers, batch):
            report += step
            if progress:
                progress(step.encoded + step.kept)
            if enough():
                return report
    return report


def _steps(encoder: Encoder, papers: Sequence[DuePaper], batch: int) -> Iterator[EmbedReport]:
    """Each step is committed when it is told."""
    if same := [paper for paper in papers if paper.encoded]:
        vectors.keep(encoder.recipe, same)
        yield EmbedReport(kept=len(same))
    changed = sorted((paper for paper in papers if not paper.encoded), key=lambda paper: len(paper.text))
    for start in range(0, len(changed), batch):
        part = changed[start : start + batch]
        vectors.save(encoder.recipe, part, encoder.encode_documents([paper.text for paper in part]))
        yield EmbedReport(encoded=len(part))


def alone(timeout: float) -> AbstractContextManager[None]:
    """Only one process of this machine embeds at a time; EmbeddingBusy when another one still does after `timeout` s.

    Nothing but work is lost where two do, as on two machines with one database.
    """
    busy = EmbeddingBusy("Another process embeds papers just now: try again later.")
    return lock_file(settings.DATA_DIR / "embed.lock", timeout=timeout, busy=busy)
