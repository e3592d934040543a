"""Two engines: where the first can't answer, the second does. Both are indexes of the same store.

Only reading is shared: what is written goes to the first, and the second follows the store by itself
(search.tasks.follow_fallback), whether the first answers or not. Where neither can answer, the first's reason is told.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TypeVar

from django.utils.translation import gettext_lazy as _

from search.document import Document
from search.embeddings import Floats, Recipe
from search.engines.base import (
    Engine,
    EngineState,
    EngineUnavailable,
    Facets,
    Numbers,
    Packed,
    Rebuilt,
    Results,
    Sort,
    Spellings,
    VectorIndex,
    VectorState,
    Writer,
)
from search.nodes import TextField
from search.query import Query
from search.sentences import one_after_another

STANDING_IN = _("Until it does, a copy of the index answers, without the newest changes.")

T = TypeVar("T")
log = logging.getLogger(__name__)


def first_of(first: Callable[[], T], second: Callable[[], T]) -> T:
    """What the first gives, or else the second; raises what the first raised."""
    try:
        return first()
    except EngineUnavailable as error:
        try:
            found = second()
        except EngineUnavailable as other:
            log.warning("The fallback can't answer either: %s", other)
            raise error from other
        log.warning("The fallback answers: %s (%s)", error, error.__cause__ or "no further cause")
        return found


class FallbackEngine:
    """SEARCH_URL with SEARCH_FALLBACK_URL."""

    off = False

    def __init__(self, engine: Engine, fallback: Engine) -> None:
        self.engine = engine
        self.fallback = fallback
        self.remote = engine.remote
        self.name = f"{engine.name}, else {fallback.name}"

    # --- Reading --------------------------------------------------------------------------------------------------
    @property
    def vectors(self) -> VectorIndex | None:
        if self.engine.vectors is None or self.fallback.vectors is None:
            return self.engine.vectors
        return FallbackVectors(self.engine.vectors, self.fallback.vectors)

    def search(self, query: Query, *, sort: Sort, offset: int, limit: int, without: Sequence[int] = ()) -> Results:
        return first_of(
            lambda: self.engine.search(query, sort=sort, offset=offset, limit=limit, without=without),
            lambda: self.fallback.search(query, sort=sort, offset=offset, limit=limit, without=without),
        )

    def facets(self, query: Query, *, limit: int) -> Facets:
        return first_of(
            lambda: self.engine.facets(query, limit=limit), lambda: self.fallback.facets(query, limit=limit)
        )

    def weigh(self, query: Query, paper_ids: Sequence[int]) -> Mapping[int, float]:
        return first_of(lambda: self.engine.weigh(query, paper_ids), lambda: self.fallback.weigh(query, paper_ids))

    def nearest(self, recipe: Recipe, vector: Floats, *, within: Query, limit: int) -> tuple[Numbers, Floats]:
        return first_of(
            lambda: self.engine.nearest(recipe, vector, within=within, limit=limit),
            lambda: self.fallback.nearest(recipe, vector, within=within, limit=limit),
        )

    def spellings(self, word: str, *, field: TextField, limit: int) -> Spellings:
        return first_of(
            lambda: self.engine.spellings(word, field=field, limit=limit),
            lambda: self.fallback.spellings(word, field=field, limit=limit),
        )

    def names_like(self, name: str, limit: int) -> tuple[str, ...]:
        return first_of(lambda: self.engine.names_like(name, limit), lambda: self.fallback.names_like(name, limit))

    def state(self) -> EngineState:
        """The first's; and that the second stands in for it, where that has an index."""
        state = self.engine.state()
        if not state.rebuild_reason or self.fallback.state().rebuild_reason:
            return state
        return replace(state, standing_in=one_after_another(state.rebuild_reason, STANDING_IN))

    # --- Writing, and what is compared with the store: the first's alone ------------------------------------------
    def writing(self, *, timeout: float, mending: bool = False) -> AbstractContextManager[Writer]:
        return self.engine.writing(timeout=timeout, mending=mending)

    def rebuild(self, documents: Iterable[Document], *, timeout: float) -> Rebuilt:
        return self.engine.rebuild(documents, timeout=timeout)

    def revisions(self) -> Iterator[tuple[int, int]]:
        return self.engine.revisions()


class FallbackVectors:
    """The vectors of both."""

    def __init__(self, vectors: VectorIndex, fallback: VectorIndex) -> None:
        self._vectors = vectors
        self._fallback = fallback
        self.carried = vectors.carried

    def state(self) -> VectorState:
        state = self._vectors.state()
        return self._fallback.state() if state.rebuild_reason else state

    def vectors_of(self, recipe: Recipe, paper_ids: Sequence[int]) -> tuple[Numbers, Floats]:
        return first_of(
            lambda: self._vectors.vectors_of(recipe, paper_ids), lambda: self._fallback.vectors_of(recipe, paper_ids)
        )

    def paper_ids(self) -> Numbers:
        return self._vectors.paper_ids()

    def append(self, recipe: Recipe, vectors: Packed, *, mark: int, timeout: float) -> None:
        self._vectors.append(recipe, vectors, mark=mark, timeout=timeout)

    def forget(self, paper_ids: Sequence[int], *, timeout: float) -> None:
        self._vectors.forget(paper_ids, timeout=timeout)

    def rebuild(self, recipe: Recipe, batches: Iterable[Packed], *, mark: int, timeout: float) -> int:
        return self._vectors.rebuild(recipe, batches, mark=mark, timeout=timeout)
