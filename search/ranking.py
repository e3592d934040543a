"""A query → the first papers of its list, ranked by words and by meaning; the window that pages are cut from.

Input: a query, an engine, what a reader waits for meaning. Output: a `Ranking`. Guarantees: the papers that the words
find come whole, whatever meaning adds; one order for all pages; without meaning, for whatever reason, the order is that
of words, and the reason is told.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from coolpapers.identifiers import identify_text
from search import crossencoder
from search.crossencoder import Texts
from search.embeddings import EncoderUnavailable, Floats, Recipe, current_recipe, query_vector, why_missing
from search.engines.base import EXACT_TITLE_SCORE, NAME_SCORES, Engine, EngineUnavailable, Hit, RebuildNeeded
from search.fusion import Blend, best_first, blend
from search.nodes import TextField, Word
from search.query import Meant, Query, any_word_of, split_meaning, text_to_mean
from search.rerank import rerank
from search.sentences import Sentence, one_after_another

Mode = Literal["lexical", "vectors", "fused", "reranked"]  # the site ranks by the last

WORDS_WINDOW = 200  # papers found by words that are ranked by meaning too
MEANING_WINDOW = 200  # papers that meaning finds
QUESTION_BLEND = Blend(words=0.3)
WORDS_BLEND = Blend(words=0.5)  # of few words each says more
NEAR = 0.3  # cosine below which a paper that lacks the words is not shown: unlike any question's answer
_PLACES: tuple[TextField, ...] = ("author", "title", "abstract")
NO_VECTORS = _("Papers are not ranked by meaning yet: their vectors are being made.")
BY_WORDS = _("Ranked by words alone.")


@dataclass(frozen=True, slots=True)
class Found:
    """A paper of the window: its places, from 1, in the two rankings (None: not in it) and its cosine."""

    paper_id: int
    by_words: int | None = None
    by_meaning: int | None = None
    cosine: float | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """The window; `words_used` of the papers found by words are in it, and `beyond` are the ids only meaning found.

    The rest of the list are the other papers found by words, in their order, without `beyond`.
    """

    window: tuple[Found, ...]
    words_used: int
    beyond: tuple[int, ...] = ()
    degraded: Sentence | None = None
    took_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Pool:
    """The candidates as columns: n papers, what words and meaning say of each, and the vectors (rows of NaN: none)."""

    ids: NDArray[np.int64]
    words: Floats
    titled: NDArray[np.bool_]  # the whole text is its title
    vectors: Floats
    cosines: Floats


def rank(
    engine: Engine,
    asked: Query,
    query: Query,
    hits: Sequence[Hit],
    *,
    deadline: float,
    texts: Texts,
    mode: Mode = "reranked",
) -> Ranking:
    """The window of what was `asked`, for which words find `hits` first, by `query`; by `deadline` (time.monotonic)."""
    words_only = Ranking(tuple(Found(hit.paper_id, place) for place, hit in enumerate(hits, 1)), len(hits))
    meant = split_meaning(asked)
    if mode == "lexical" or meant is None or _names_something(engine, asked, meant, hits):
        return words_only
    started = time.perf_counter()
    try:
        recipe = _recipe_held(engine)
        if recipe is None:
            return words_only
        question = query_vector(text_to_mean(asked, meant), recipe=recipe, timeout=max(deadline - time.monotonic(), 0))
        encoded = time.perf_counter()
        pool = _gather(engine, any_word_of(asked) or query, meant, recipe, question, hits)
        order = _order(pool, question, query.any_word, mode)
    except (EncoderUnavailable, EngineUnavailable) as error:
        return replace(words_only, degraded=one_after_another(error.sentence, BY_WORDS))
    took = {"encode": (encoded - started) * 1_000, "meaning": (time.perf_counter() - encoded) * 1_000}
    ranking = _told(pool, order, hits, took)
    return _read_closely(ranking, asked, hits, texts, deadline) if mode == "reranked" else ranking


def _read_closely(ranking: Ranking, query: Query, hits: Sequence[Hit], texts: Texts, deadline: float) -> Ranking:
    """With its first papers as a cross-encoder has them, where the site has one; titles typed whole stay first."""
    if not settings.RERANK_MODEL:
        return ranking
    started = time.perf_counter()
    window = {found.paper_id: found for found in ranking.window}
    exact = [hit.paper_id for hit in hits if hit.score >= EXACT_TITLE_SCORE]
    others = [paper_id for paper_id in window if paper_id not in exact]
    try:
        ids = crossencoder.reorder(query.text, others, texts, max(deadline - time.monotonic(), 0))
    except EncoderUnavailable as error:
        return replace(ranking, degraded=error.sentence)
    took = ranking.took_ms | {"reading": (time.perf_counter() - started) * 1_000}
    first = [paper_id for paper_id in window if paper_id in exact]
    return replace(ranking, window=tuple(window[paper_id] for paper_id in (*first, *ids)), took_ms=took)


def foresee(engine: Engine, asked: Query) -> None:
    """Have the question's vector made while words are looked for: on two cores they do not wait for each other."""
    meant = split_meaning(asked)
    if meant is None or len(meant.words) < 2 or identify_text(asked.text) is not None:
        return
    with suppress(EncoderUnavailable, EngineUnavailable):  # the ranking asks again, and tells
        if recipe := _recipe_held(engine):
            query_vector(text_to_mean(asked, meant), recipe=recipe, timeout=0)


def _recipe_held(engine: Engine) -> Recipe | None:
    """The recipe of the engine's vectors; None where this site has no meaning. Raises where it is not there yet."""
    wanted = current_recipe()
    if engine.vectors is None or wanted is None:
        return None
    state = engine.vectors.state()
    if not state.papers:
        raise RebuildNeeded(why_missing(wanted) or NO_VECTORS)
    return state.recipe


def _names_something(engine: Engine, query: Query, meant: Meant, hits: Sequence[Hit]) -> bool:
    """Whether the words are an identifier or somebody's name: then they are meant as they stand."""
    text = " ".join(word.text for word in meant.words)
    if identify_text(text) is not None or (hits and min(NAME_SCORES.values()) <= hits[0].score < EXACT_TITLE_SCORE):
        return True
    if not hits or len(meant.words) > 1 or not text.isalpha():
        return False
    in_names, in_titles, in_abstracts = (
        engine.search(replace(query, tree=Word(text, place), title_key=""), sort="date", offset=0, limit=1).total
        for place in _PLACES
    )
    return in_names > in_titles + in_abstracts


def _gather(engine: Engine, query: Query, meant: Meant, recipe: Recipe, question: Floats, hits: Sequence[Hit]) -> _Pool:
    """Both legs' papers with both legs' scores."""
    assert engine.vectors is not None
    within = replace(query, tree=meant.within, title_key="", any_word=False)
    near, near_cosines = engine.nearest(recipe, question, within=within, limit=MEANING_WINDOW)
    near = near[near_cosines >= NEAR]
    ids = list(dict.fromkeys([*(hit.paper_id for hit in hits), *near.tolist()]))
    exact = {hit.paper_id for hit in hits if hit.score >= EXACT_TITLE_SCORE}
    by_words = engine.weigh(query, ids) if query.any_word else {hit.paper_id: hit.score for hit in hits}
    vectors = np.full((len(ids), recipe.dimensions), np.nan, np.float32)
    place = {paper_id: row for row, paper_id in enumerate(ids)}
    known, rows = engine.vectors.vectors_of(recipe, ids)
    vectors[[place[paper_id] for paper_id in known.tolist()]] = rows
    words = np.array([by_words.get(paper_id, 0.0) for paper_id in ids], np.float32)
    titled = np.array([paper_id in exact for paper_id in ids], np.bool_)
    return _Pool(np.array(ids, np.int64), words, titled, vectors, vectors @ question)


def _order(pool: _Pool, question: Floats, is_question: bool, mode: Mode) -> NDArray[np.int64]:
    """Places of the pool, best first."""
    if mode == "vectors":
        return best_first(np.nan_to_num(pool.cosines, nan=-1.0), pool.ids)
    by = QUESTION_BLEND if is_question else WORDS_BLEND
    scores = blend(pool.words, pool.cosines, by)
    if mode == "reranked":
        scores = rerank(question, pool.vectors, pool.words, scores, by)
    return best_first(scores + 10 * pool.titled, pool.ids)


def _told(pool: _Pool, order: NDArray[np.int64], hits: Sequence[Hit], took: dict[str, float]) -> Ranking:
    by_words = {hit.paper_id: place for place, hit in enumerate(hits, 1)}
    nearest = np.argsort(-np.nan_to_num(pool.cosines, nan=-2.0), kind="stable")
    by_meaning = {int(row): place for place, row in enumerate(nearest, 1) if not np.isnan(pool.cosines[row])}
    window = []
    for row in order.tolist():
        paper_id, cosine = int(pool.ids[row]), float(pool.cosines[row])
        place = by_meaning.get(row)
        window.append(Found(paper_id, by_words.get(paper_id), place, None if np.isnan(cosine) else cosine))
    beyond = tuple(found.paper_id for found in window if found.by_words is None)
    return Ranking(tuple(window), len(hits), beyond, took_ms=took)
