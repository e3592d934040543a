"""What a page of results offers to narrow by.

Guarantee: an engine that fails gives no facets, and a line in the log.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

from search.engines import get_engine
from search.engines.base import Engine, EngineUnavailable, Facets
from search.pipeline import QUESTION
from search.query import Query

LIMIT = 10  # categories, and venues

log = logging.getLogger(__name__)
_THREADS = ThreadPoolExecutor(8, thread_name_prefix="facets")  # which come with the first that is begun


@dataclass(frozen=True, slots=True)
class Counting:
    """Years, categories and venues of all papers that the query finds: `facets()` waits for them."""

    query: Query
    facets: Callable[[], Facets]


def count_facets(query: Query) -> Counting:
    """An engine elsewhere is asked at once, and counts while the page goes on; a local one when it is asked for."""
    try:
        engine = get_engine()
    except ImproperlyConfigured as error:
        log.warning("No facets: %s", error)
        return Counting(query, Facets)
    if engine.remote:
        return Counting(query, _THREADS.submit(_count, engine, query).result)
    return Counting(query, lambda: _count(engine, query))


def count_ahead(query: Query) -> Counting | None:
    """As `count_facets`, before it is known what answers: then most of it is done while the words are searched. None
    where that may be another query."""
    return None if query.is_empty or query.length >= QUESTION else count_facets(query)


def facets_of(answered: Query | None, ahead: Counting | None) -> Callable[[], Facets]:
    """The facets of the query that answered, where one did; those that are counted ahead where they are its own."""
    if answered is None:
        return Facets
    return (ahead if ahead and ahead.query is answered else count_facets(answered)).facets


def _count(engine: Engine, query: Query) -> Facets:
    try:
        return engine.facets(query, limit=LIMIT)
    except EngineUnavailable as error:
        log.warning("No facets: %s (%s)", error, error.__cause__ or "no further cause")
        return Facets()
