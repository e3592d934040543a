"""A paper → the papers most like it, by what they mean and by the rare words they share. No encoder is asked.

Guarantees: never the paper itself, a copy of its work or a withdrawn paper, and of another work's copies one; one total
order for all pages, with an exact total, of at most WINDOW papers. Without vectors the order is that of words, and
without an engine nothing is found: either comes with its reason. The numbers are measured (bench/README.md).
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from coolpapers.models import Paper
from search.embeddings import SWITCHED_OFF, Floats, Recipe, current_recipe
from search.engines import get_engine
from search.engines.base import Engine, EngineUnavailable, Numbers
from search.fusion import Blend, best_first, blend
from search.keywords import telling_words
from search.nodes import Word, any_of
from search.pipeline import NOT_SET_UP, SearchPage
from search.query import WORD_LIMIT, Query
from search.ranking import NEAR, NO_VECTORS, Found
from search.sentences import Sentence, one_after_another

Mode = Literal["words", "vectors", "both"]  # the site ranks by both

WINDOW = 200  # papers that each ranking finds, and that a list has
WORDS = 30  # telling words that are looked for
BLEND = Blend(words=0.1, first=0.05)
NO_VECTOR = _("What this paper means is not known yet: its vector is being made.")
BY_WORDS = _("Related are papers that share its rarer words.")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Meant:
    """A paper's vector by the index's recipe."""

    recipe: Recipe
    vector: Floats


def related(paper: Paper, *, offset: int, limit: int, engine: Engine | None = None) -> SearchPage:
    """Related papers offset … offset+limit of the list, best first."""
    start = time.perf_counter()
    copies = Paper.objects.copies_of(paper).values_list("pk", flat=True)
    try:
        engine = engine or get_engine()
        found, degraded = alike(engine, paper.pk, paper.title, paper.abstract, without=(paper.pk, *copies))
    except (EngineUnavailable, ImproperlyConfigured) as error:
        log.warning("Related papers can't be told: %s (%s)", error, error.__cause__ or "no further cause")
        told = error.sentence if isinstance(error, EngineUnavailable) else NOT_SET_UP
        return SearchPage(degraded=told, failed=True, off=engine is not None and engine.off)
    window = _each_work_once(paper, found)
    took = {"all": (time.perf_counter() - start) * 1_000}
    return SearchPage(window[offset : offset + limit], len(window), degraded=degraded, took_ms=took)


def alike(
    engine: Engine, paper_id: int, title: str, abstract: str, *, without: Sequence[int], mode: Mode = "both"
) -> tuple[tuple[Found, ...], Sentence | None]:
    """At most WINDOW papers most like one of this text, best first, and why meaning did not help; `without` are few.

    Withdrawn ones may be among them: to ask the index for others takes a seventh longer, and the store knows better.
    Raises EngineUnavailable where the words can't be asked for.
    """
    query = sharing_words(title, abstract)
    by_words: dict[int, float] = {}
    if query is not None and mode != "vectors":
        hits = engine.search(query, sort="relevance", offset=0, limit=WINDOW, without=without).hits
        by_words = {hit.paper_id: hit.score for hit in hits}
    if mode == "words":
        return _by_words(by_words), None
    try:
        meant = _meant(engine, paper_id)
        near = _nearest(engine, meant, without)
        return _by_both(engine, meant, by_words, near), None
    except EngineUnavailable as error:
        return _by_words(by_words), one_after_another(error.sentence, BY_WORDS)


def sharing_words(title: str, abstract: str) -> Query | None:
    """The question for papers with any of its telling words, which weigh by how rare they are; None of no words.

    A title in another script than telling words are of is looked for as it stands.
    """
    words = telling_words(title, abstract, WORDS) or tuple(title.split())[:WORD_LIMIT]
    parts = dict.fromkeys(part for word in words for part in word.split("-") if part)
    wanted = any_of(Word(part) for part in parts)
    if wanted is None:
        return None
    return Query(" ".join(words), wanted, any_word=True)


def _by_words(by_words: dict[int, float]) -> tuple[Found, ...]:
    return tuple(Found(paper_id, place) for place, paper_id in enumerate(by_words, 1))


def _meant(engine: Engine, paper_id: int) -> _Meant:
    """Raises EngineUnavailable with what is missing: vectors at all, any of them, that of this paper."""
    if engine.vectors is None or current_recipe() is None:
        raise EngineUnavailable(SWITCHED_OFF)
    state = engine.vectors.state()
    if state.recipe is None or not state.papers:
        raise EngineUnavailable(NO_VECTORS)
    known, rows = engine.vectors.vectors_of(state.recipe, [paper_id])
    if not len(known):
        raise EngineUnavailable(NO_VECTOR)
    return _Meant(state.recipe, rows[0])


def _nearest(engine: Engine, meant: _Meant, without: Sequence[int]) -> Numbers:
    """The nearest papers, nearest first."""
    everywhere = Query("", None)
    ids, cosines = engine.nearest(meant.recipe, meant.vector, within=everywhere, limit=WINDOW + len(without))
    return ids[(cosines >= NEAR) & ~np.isin(ids, without)][:WINDOW]


def _by_both(engine: Engine, meant: _Meant, by_words: dict[int, float], near: Numbers) -> tuple[Found, ...]:
    """The best of what either finds."""
    assert engine.vectors is not None
    ids = list(dict.fromkeys([*by_words, *near.tolist()]))
    row_of = {paper_id: row for row, paper_id in enumerate(ids)}
    known, vectors = engine.vectors.vectors_of(meant.recipe, ids)
    cosines = np.full(len(ids), np.nan, np.float32)
    cosines[[row_of[paper_id] for paper_id in known.tolist()]] = vectors @ meant.vector
    words = np.array([by_words.get(paper_id, 0.0) for paper_id in ids], np.float32)
    order = best_first(blend(words, cosines, BLEND), np.array(ids, np.int64))[:WINDOW]
    in_words = {paper_id: place for place, paper_id in enumerate(by_words, 1)}
    in_near = {paper_id: place for place, paper_id in enumerate(near.tolist(), 1)}
    best = [(ids[row], float(cosines[row])) for row in order.tolist()]
    return tuple(
        Found(one, in_words.get(one), in_near.get(one), None if np.isnan(cosine) else cosine) for one, cosine in best
    )


def _each_work_once(paper: Paper, found: Sequence[Found]) -> tuple[Found, ...]:
    """The best of each work, as the store has it now: without what is gone or withdrawn since it was indexed."""
    works = Paper.objects.works_of([one.paper_id for one in found])
    seen: set[int | None] = {paper.work_id} - {None}
    window = []
    for one in found:
        work = works.get(one.paper_id)
        if one.paper_id in works and one.paper_id != paper.pk and (work is None or work not in seen):
            seen.add(work)
            window.append(one)
    return tuple(window)
