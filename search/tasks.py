"""What the worker does for the index and for meaning. Arguments are primitive; a task done twice, or not, does no harm.

There is no retry: what could not be written stays due, and the schedule (coolpapers.celery) sweeps it up.
"""

import logging
import time

from celery import shared_task
from django.utils import timezone

from coolpapers.models import IndexDue
from search import index, vector_index, vectors
from search.embed import EmbeddingBusy, alone, embed_due
from search.embeddings import EncoderUnavailable, current_recipe, get_encoder
from search.engines import get_engine
from search.engines.base import EngineUnavailable
from search.engines.fallback import FallbackEngine

EMBED_SECONDS = 20.0  # of the 30 after which the schedule comes again
EMBED_BATCH = 8  # papers, about a second's work: no change waits longer for the index

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
        if report.written or report.forgotten or report.rejected:
            log.info(
                "Swept up: %d papers indexed, %d forgotten, %d rejected.",
                report.written, report.forgotten, report.rejected,
            )  # fmt: skip


@shared_task(name="search.tasks.follow_fallback")  # type: ignore[untyped-decorator]
def follow_fallback() -> None:
    """Bring the index that stands in for the engine's (SEARCH_FALLBACK_URL) up to the store, words and vectors."""
    engine = get_engine()
    if not isinstance(engine, FallbackEngine):
        return
    try:
        report = index.follow_fallback(engine.fallback)
        vector_index.follow(engine=engine.fallback)
    except EngineUnavailable as error:
        log.warning("The fallback is not brought up: %s", error)
    else:
        if report.total:
            log.info("The fallback has followed: %d papers.", report.total)


@shared_task(name="search.tasks.embed_some")  # type: ignore[untyped-decorator]
def embed_some() -> None:
    """Give some papers their vectors, until the time is over or a new change waits for the index.

    The encoder is loaded only where a paper lacks its vector, and stays loaded in this worker.
    """
    recipe = current_recipe()
    if recipe is None or not vectors.is_due(recipe):
        return
    started, until = timezone.now(), time.monotonic() + EMBED_SECONDS
    try:
        with alone(timeout=0):
            report = embed_due(
                encoder=get_encoder(),
                batch=EMBED_BATCH,
                enough=lambda: time.monotonic() > until or IndexDue.objects.filter(since__gte=started).exists(),
            )
    except (EncoderUnavailable, EmbeddingBusy) as error:  # as before torch is there
        log.debug("No paper is embedded: %s", error)
    else:
        log.info("Embedded: %d papers; %d are due.", report.encoded, vectors.count_due(recipe))


@shared_task(name="search.tasks.follow_vectors")  # type: ignore[untyped-decorator]
def follow_vectors() -> None:
    """Give the index the vectors that are new in the store, and take from it those that are gone."""
    try:
        report = vector_index.follow()
    except EngineUnavailable as error:
        log.warning("The index's vectors are not brought up: %s", error)
    else:
        if report.added or report.forgotten:
            log.info("The index has %d vectors more, %d are forgotten.", report.added, report.forgotten)
