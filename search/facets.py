"""What a page of results offers to narrow by.

Guarantee: an engine that fails gives no facets, and a line in the log.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.core.exceptions import ImproperlyConfigured

from search.engines import get_engine
from search.engines.base import Engine, EngineUnavailable, Facets
from search.query import Query

LIMIT = 10  # categories, and venues

log = logging.getLogger(__name__)
_THREADS = ThreadPoolExecutor(8, thread_name_prefix="facets")  # which come with the first that is begun


def count_facets(query: Query) -> Callable[[], Facets]:
    """Years, categories and venues of all papers that the query finds, when they are asked for.

    An engine elsewhere is asked at once, and counts while the page goes on.
    """
    try:
        engine = get_engine()
    except ImproperlyConfigured as error:
        log.warning("No facets: %s", error)
        return Facets
    if engine.remote:
        return _THREADS.submit(_count, engine, query).result
    return lambda: _count(engine, query)


def _count(engine: Engine, query: Query) -> Facets:
    try:
        return engine.facets(query, limit=LIMIT)
    except EngineUnavailable as error:
        log.warning("No facets: %s (%s)", error, error.__cause__ or "no further cause")
        return Facets()
