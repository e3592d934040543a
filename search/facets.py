"""What a page of results offers to narrow by.

Guarantee: an engine that fails gives no facets, and a line in the log.
"""

import logging

from django.core.exceptions import ImproperlyConfigured

from search.engines import get_engine
from search.engines.base import EngineUnavailable, Facets
from search.query import Query

LIMIT = 10  # categories, and venues

log = logging.getLogger(__name__)


def count_facets(query: Query) -> Facets:
    """Years, categories and venues of all papers that the query finds."""
    try:
        return get_engine().facets(query, limit=LIMIT)
    except (EngineUnavailable, ImproperlyConfigured) as error:
        log.warning("No facets: %s (%s)", error, error.__cause__ or "no further cause")
        return Facets()
