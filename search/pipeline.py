"""A query → one page of results. The one door between the pages and search.

Guarantee: whatever happens to the engine or the model, a `SearchPage` comes back, and its `degraded` says in a sentence
for the reader what is missing; what the engine said goes to the log. A list by relevance is a window ranked by words
and meaning (search.ranking) and behind it the other papers that the words find: the same for every page of it.
"""

import logging
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from coolpapers.models import Paper
from search.coverage import lacking
from search.crossencoder import Texts
from search.engines import get_engine
from search.engines.base import SORTS, Engine, EngineUnavailable, Hit, Sort
from search.nodes import filters, without_filters
from search.query import Query, any_word_of
from search.ranking import WORDS_WINDOW, Found, Mode, Ranking, foresee, rank
from search.sentences import Sentence, one_after_another
from search.suggest import corrected
from search.works import each_work_once, of_the_store, with_copies

QUESTION = 6  # words: from so many on a text is a question, which papers need not answer in all of its words
ENOUGH = 10  # papers that have all of them: then they are what was meant
ANY_WORD_LIMIT = 1_000  # papers of a question's list; nearly all papers have one of its words
ANY_WORD = _("Few papers have all of these words: papers with any of them, best first.")
BY_MEANING = _("No paper has all of these words: papers that are near in meaning.")
NOT_SET_UP = _("Search is not set up on this site.")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Papers in their order, how many were found in all, notes for readers, and milliseconds by stage.

    The first `ranked` of the list are ranked by meaning too. `degraded` says what is missing; where `failed`, there is
    no answer at all.
    `off`: there is no search on this site, and none is waited for.
    `answered` is the query that found them, where words did: the one asked, or `corrected`, which is also told where
    nothing has the words as typed.
    """

    hits: tuple[Found, ...] = ()
    total: int = 0
    total_is_exact: bool = True
    took_ms: Mapping[str, float] = field(default_factory=dict)
    degraded: Sentence | None = None
    notes: tuple[str, ...] = ()
    answered: Query | None = None
    corrected: Query | None = None
    ranked: int = 0
    failed: bool = False
    off: bool = False

    @property
    def unavailable(self) -> bool:
        """Whether it is worth to ask again later."""
        return self.failed and not self.off

    @property
    def paper_ids(self) -> tuple[int, ...]:
        return tuple(hit.paper_id for hit in self.hits)


@dataclass(frozen=True, slots=True)
class _Words:
    """What the words find: the query asked, the one that found, its first papers, and how many there are. `ahead` of
    them are put first, whatever the query makes of them."""

    asked: Query
    query: Query
    hits: tuple[Hit, ...]
    total: int
    total_is_exact: bool = True
    notes: tuple[Sentence, ...] = ()
    ahead: tuple[int, ...] = ()
    corrected: Query | None = None


def stored_texts(paper_ids: Sequence[int]) -> dict[int, str]:
    """Title and abstract of these papers."""
    rows = Paper.objects.filter(pk__in=paper_ids).values_list("pk", "title", "abstract")
    return {pk: f"{title}. {abstract}" for pk, title, abstract in rows}


def run(
    query: Query,
    *,
    sort: str,
    offset: int,
    limit: int,
    engine: Engine | None = None,
    mode: Mode = "reranked",
    texts: Texts = stored_texts,
    deadline_ms: float | None = None,
) -> SearchPage:
    """Results offset … offset+limit of the query, by one of SORTS (anything else is the caller's mistake).

    `engine`, `mode`, `texts` and `deadline_ms` are others than the site's, to be measured.
    """
    if sort not in SORTS:
        raise ValueError(f"sort is {sort!r}: use one of {', '.join(SORTS)}")
    if query.is_empty:
        return SearchPage()
    start = time.perf_counter()
    deadline = time.monotonic() + (settings.SEARCH_DEADLINE_MS if deadline_ms is None else deadline_ms) / 1_000
    try:
        stored = engine is None
        engine = engine or get_engine()
        with of_the_store(stored):
            if sort == "relevance":
                page = _by_relevance(engine, query, offset, limit, mode, texts, deadline)
            else:
                page = _by_date(engine, query, sort, offset, limit)
        for lack in lacking(engine, by_meaning=page.ranked > 0):
            page = replace(page, degraded=one_after_another(page.degraded, lack) if page.degraded else lack)
    except (EngineUnavailable, ImproperlyConfigured) as error:
        log.warning("Search can't answer: %s (%s)", error, error.__cause__ or "no further cause")
        told = error.sentence if isinstance(error, EngineUnavailable) else NOT_SET_UP
        page = SearchPage(degraded=told, failed=True, off=engine is not None and engine.off)
    return replace(page, took_ms={**page.took_ms, "all": (time.perf_counter() - start) * 1_000})


def _by_date(engine: Engine, query: Query, sort: Sort, offset: int, limit: int) -> SearchPage:
    words = _by_words(engine, query, sort, offset, limit)
    hits = tuple(Found(hit.paper_id) for hit in words.hits)
    return _page(words, hits, words.total)


def _by_relevance(
    engine: Engine, query: Query, offset: int, limit: int, mode: Mode, texts: Texts, deadline: float
) -> SearchPage:
    """The window, and behind it the tail."""
    start = time.perf_counter()
    if mode != "lexical":
        foresee(engine, query)
    words = _by_words(engine, query, "relevance", 0, WORDS_WINDOW)
    took = {"words": (time.perf_counter() - start) * 1_000}
    if not words.total and not _says_something(engine, query):
        return replace(_page(words, (), 0), took_ms=took)
    ranking = rank(engine, words.asked, words.query, words.hits, deadline=deadline, texts=texts, mode=mode)
    hits, total = _window_and_tail(engine, words, ranking, offset, limit)
    page = _page(words, hits, total)
    if ranking.beyond and not words.query.any_word:
        page = replace(page, notes=(*page.notes, _told(len(ranking.beyond)) if words.total else str(BY_MEANING)))
    by_meaning = "meaning" in ranking.took_ms
    ranked = len(ranking.window) if by_meaning else 0
    return replace(page, degraded=ranking.degraded, took_ms=took | ranking.took_ms, ranked=ranked)


def _page(words: _Words, hits: tuple[Found, ...], total: int) -> SearchPage:
    return SearchPage(
        hits=hits,
        total=total,
        total_is_exact=words.total_is_exact,
        notes=tuple(map(str, words.notes)),
        answered=words.query if words.total and not words.query.any_word else None,
        corrected=words.corrected,
    )


def _told(beyond: int) -> str:
    return ngettext(
        "One of these is here for its meaning, and may lack a word.",
        "{number} of these are here for their meaning, and may lack a word.",
        beyond,
    ).format(number=beyond)


def _window_and_tail(
    engine: Engine, words: _Words, ranking: Ranking, offset: int, limit: int
) -> tuple[tuple[Found, ...], int]:
    """The part of the list that is asked for, and how long the list is: each work once in the window, and none of what
    only meaning found behind it."""
    window, twice = each_work_once(ranking.window)
    shown = window[offset : offset + limit]
    if words.total <= ranking.words_used:
        return shown, len(window)
    without = with_copies({*words.ahead, *ranking.beyond, *twice})
    used = sum(hit.paper_id not in without for hit in words.hits)
    start = used + max(offset - len(window), 0)
    wanted = limit - len(shown)
    if not wanted and (total := _known_total(words, used, without.difference(words.ahead))) is not None:
        return shown, len(window) + total - used
    rest = engine.search(words.query, sort="relevance", offset=start, limit=wanted, without=sorted(without))
    held = min(rest.total, ANY_WORD_LIMIT) if words.query.any_word else rest.total
    place = ranking.words_used + start - used
    tail = [Found(hit.paper_id, place + number) for number, hit in enumerate(rest.hits[: max(held - start, 0)], 1)]
    return (*shown, *tail), len(window) + max(held - used, 0)


def _known_total(words: _Words, used: int, without: Collection[int]) -> int | None:
    """How many works the words find besides those ahead and those left out, where that needs no search."""
    others = words.total - len(words.ahead)
    if words.query.any_word and others - len(without) >= max(ANY_WORD_LIMIT, used):
        return max(ANY_WORD_LIMIT, used)
    return others if not without else None


def _by_words(engine: Engine, query: Query, sort: Sort, offset: int, limit: int) -> _Words:
    """Papers with all words; with any of them, which is told, where few answer a question in all of its words; with
    the words as they are spelled in papers, where none has them as typed."""
    found = engine.search(query, sort=sort, offset=offset, limit=limit)
    all_words = _Words(query, query, found.hits, found.total, found.total_is_exact, found.notes)
    wider = any_word_of(query) if query.length >= QUESTION and found.total <= ENOUGH else None
    if wider is not None and _few_answer(engine, query):
        return _by_any_word(engine, all_words, wider, sort, offset, limit)
    if not found.total and (other := corrected(query, engine)):
        return replace(_by_words(engine, other, sort, offset, limit), corrected=other)
    return all_words


def _by_any_word(engine: Engine, all_words: _Words, wider: Query, sort: Sort, offset: int, limit: int) -> _Words:
    """By relevance, the few that have all words come first."""
    ahead = all_words.hits if sort == "relevance" else ()
    ids = tuple(hit.paper_id for hit in ahead)
    found = engine.search(wider, sort=sort, offset=offset, limit=limit, without=sorted(with_copies(ids)))
    if not found.total:
        return all_words
    hits, total, notes = (*ahead, *found.hits), found.total + len(ahead), (ANY_WORD, *found.notes)
    return _Words(all_words.asked, wider, hits, total, found.total_is_exact, notes, ids)


def _says_something(engine: Engine, query: Query) -> bool:
    """Whether papers have any of its words: what has none is no language of theirs, and near to nothing."""
    wider = any_word_of(query)
    return wider is not None and engine.search(wider, sort="date", offset=0, limit=1).total > 0


def _few_answer(engine: Engine, query: Query) -> bool:
    """Whether few papers have all the words also where its filters do not look: a filter alone never widens."""
    if query.tree is None or not filters(query.tree):
        return True
    anywhere = replace(query, tree=without_filters(query.tree))
    return engine.search(anywhere, sort="date", offset=0, limit=1).total <= ENOUGH
