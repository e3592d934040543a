"""What the worker does for the index. Arguments are primitive; doing a task twice, or not at all, does no harm.

There is no retry: what could not be written stays due, and the schedule (coolpapers.celery) sweeps it up.
"""

import logging

from celery import shared_task

from search import index
from search.engines.base import EngineUnavailable

log = logging.getLogger(__name__)


@shared_task(name="search.tasks.index_papers")  # type: ignore[untyped-decorator]  # Celery has no types
def index_papers(ids: list[int]) -> None:
    """Bring the index up to those of the papers that are due."""
    try:
        index.index_papers(ids)
    except EngineUnavailable as error:
        log.warning("%d papers stay due: %s", len(ids), error)


@shared_task(name="search.tasks.sweep_index")  # type: ignore[untyped-decorator]
def sweep_index() -> None:
    """Index what messages that were lost, or an engine that was away, have left."""
    try:
        report = index.sweep()
    except EngineUnavailable as error:
        log.warning("The index is not swept: %s", error)
    else:
        if report.written or report.forgotten:
            log.info("Swept up: %d papers indexed, %d forgotten.", report.written, report.forgotten)
