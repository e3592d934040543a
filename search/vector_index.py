"""The engine's vectors follow those of the store, as its words follow the papers (search.index).

Guarantees: vectors that are new in the store are appended, those whose papers are gone are forgotten, and whatever else
differs is found by counting and mended; doing it again does no harm. The index holds one recipe. Another one, named by
the settings, is built beside it in the store and swapped in when every paper has its vector (or at once, where the
index holds none); until then questions are asked by the recipe that the index holds. Raises EngineUnavailable.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from search import vectors
from search.embeddings import Recipe, current_recipe
from search.engines import get_engine
from search.engines.base import Engine, Packed, VectorIndex

BATCH = 10_000  # vectors read at once: 4 MB
WAIT = 10.0  # seconds for other writers


@dataclass(frozen=True, slots=True)
class FollowReport:
    """How many vectors the index was given or told to forget; whether it was built anew."""

    added: int = 0
    forgotten: int = 0
    rebuilt: bool = False


def follow(
    *, engine: Engine | None = None, anew: bool = False, progress: Callable[[int], object] | None = None
) -> FollowReport:
    """Bring the index up to the store; `anew`: from nothing. `progress` is told how many more vectors were read."""
    index = (engine or get_engine()).vectors
    wanted = current_recipe()
    if index is None or wanted is None:
        return FollowReport()
    held = index.state()
    recipe = held.recipe
    if recipe is None or anew or (recipe != wanted and not vectors.is_due(wanted)):
        return _rebuild(index, wanted, progress) if vectors.count(wanted) else FollowReport()
    return _append(index, recipe, held.mark, progress)


def _append(index: VectorIndex, recipe: Recipe, mark: int, progress: Callable[[int], object] | None) -> FollowReport:
    added = 0
    for part, last in _parts(recipe, mark, progress):
        index.append(recipe, part, mark=last, timeout=WAIT)
        added += len(part.paper_ids)
    forgotten = 0
    if index.state().papers != vectors.count(recipe):
        stored, there = vectors.paper_ids(recipe), index.paper_ids()
        if len(gone := np.setdiff1d(there, stored, assume_unique=True)):
            index.forget(gone.tolist(), timeout=WAIT)
            forgotten = len(gone)
        missing = np.setdiff1d(stored, there, assume_unique=True)  # committed late, below the mark
        part = vectors.load(recipe, missing.tolist())
        if part.codes.any():  # those of zeros, which point nowhere, are never held
            index.append(recipe, part, mark=index.state().mark, timeout=WAIT)
            added += len(missing)
    return FollowReport(added, forgotten)


def _rebuild(index: VectorIndex, recipe: Recipe, progress: Callable[[int], object] | None) -> FollowReport:
    mark = vectors.newest_mark()
    count = index.rebuild(recipe, (part for part, _ in _parts(recipe, 0, progress)), mark=mark, timeout=WAIT)
    return FollowReport(count, rebuilt=True)


def _parts(recipe: Recipe, mark: int, progress: Callable[[int], object] | None) -> Iterator[tuple[Packed, int]]:
    """The recipe's vectors above the mark, and the mark after each part."""
    while True:
        part, mark = vectors.added_after(recipe, mark, BATCH)
        if not len(part.paper_ids):
            return
        yield part, mark
        if progress:
            progress(len(part.paper_ids))
