"""A query → one page of results. The one door between the pages and search.

Guarantee: whatever happens to the engine, a `SearchPage` comes back, and its `degraded` says in a sentence for the
reader what is missing; what the engine said goes to the log.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.core.exceptions import ImproperlyConfigured

from search.engines import get_engine
from search.engines.base import SORTS, Engine, EngineUnavailable, Results, Sort
from search.nodes import filters, without_filters
from search.query import Query, any_word_of

QUESTION = 6  # words: from so many on a text is a question, which papers need not answer in all of its words
ENOUGH = 10  # papers that have all of them: then they are what was meant
ANY_WORD = "Few papers have all of these words: papers with any of them, best first."

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Ids of papers in their order, how many were found in all, notes for readers, and milliseconds by stage.

    `answered` is the query that found them, the one asked or that one widened; None where nothing is found.
    """

    paper_ids: tuple[int, ...] = ()
    total: int = 0
    total_is_exact: bool = True
    took_ms: Mapping[str, float] = field(default_factory=dict)
    degraded: str | None = None
    notes: tuple[str, ...] = ()
    answered: Query | None = None


def run(query: Query, *, sort: str, offset: int, limit: int, engine: Engine | None = None) -> SearchPage:
    """Results offset … offset+limit of the query, by one of SORTS (anything else is the caller's mistake).

    `engine` is another one than the site's, to be measured.
    """
    if sort not in SORTS:
        raise ValueError(f"sort is {sort!r}: use one of {', '.join(SORTS)}")
    if query.is_empty:
        return SearchPage()
    start = time.perf_counter()
    degraded, answered = None, query
    try:
        answered, results = _search(engine or get_engine(), query, sort, offset, limit)
    except (EngineUnavailable, ImproperlyConfigured) as error:
        log.warning("Search can't answer: %s (%s)", error, error.__cause__ or "no further cause")
        results = Results((), 0)
        degraded = str(error) if isinstance(error, EngineUnavailable) else "Search is not set up on this site."
    return SearchPage(
        paper_ids=tuple(hit.paper_id for hit in results.hits),
        total=results.total,
        total_is_exact=results.total_is_exact,
        took_ms={"engine": (time.perf_counter() - start) * 1_000},
        degraded=degraded,
        notes=results.notes,
        answered=answered if results.total else None,
    )


def _search(engine: Engine, query: Query, sort: Sort, offset: int, limit: int) -> tuple[Query, Results]:
    """Papers with all words; with any of them, which is told, where few answer a question in all of its words."""
    found = engine.search(query, sort=sort, offset=offset, limit=limit)
    wider = any_word_of(query) if query.length >= QUESTION and found.total <= ENOUGH else None
    if wider is None or not _few_answer(engine, query):
        return query, found
    results = engine.search(wider, sort=sort, offset=offset, limit=limit)
    return (wider, replace(results, notes=(ANY_WORD, *results.notes))) if results.total else (query, found)


def _few_answer(engine: Engine, query: Query) -> bool:
    """Whether few papers have all the words also where its filters do not look: a filter alone never widens."""
    if query.tree is None or not filters(query.tree):
        return True
    anywhere = replace(query, tree=without_filters(query.tree))
    return engine.search(anywhere, sort="date", offset=0, limit=1).total <= ENOUGH
