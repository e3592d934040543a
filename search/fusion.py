"""Two rankings of the same papers, by words and by meaning → one score each. Pure: arrays in, arrays out.

A convex combination keeps how much better one paper is than the next; a little of the reciprocal ranks (Cormack,
Clarke and Büttcher 2009) beside it keeps what either ranking holds for its best from falling far. Chosen by
measurement, as are the numbers in search.ranking (bench/README.md).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Blend:
    """How much words count against meaning (together 1), and what the first place in each ranking adds."""

    words: float
    first: float = 0.2
    fade: float = 8.0  # the place at which that has fallen to a half


def reciprocal_ranks(scores: Floats, fade: float) -> Floats:
    """fade / (fade + rank), ranks from 1, equals by their order; 0 where the ranking has no such paper (NaN, or 0)."""
    known = np.flatnonzero(np.nan_to_num(scores, nan=0.0) != 0)
    values = np.zeros(len(scores), np.float32)
    values[known[np.argsort(-scores[known], kind="stable")]] = fade / (fade + np.arange(1, len(known) + 1))
    return values


def blend(words: Floats, meaning: Floats, by: Blend) -> Floats:
    """The score of each paper: `words` from 0 (not found by words), `meaning` a cosine or NaN (there is no vector).

    A paper without a vector counts as one of middling meaning: vectors are made in the background, newest first, and a
    paper must not fall for being early or late.
    """
    top = float(words.max(initial=0.0))
    lexical = words / top if top > 0 else words
    known = meaning[~np.isnan(meaning)]
    near = np.where(np.isnan(meaning), np.median(known) if len(known) else 0.0, meaning)
    ranks = reciprocal_ranks(words, by.fade) + reciprocal_ranks(meaning, by.fade)
    return np.asarray(by.words * lexical + (1 - by.words) * near + by.first * ranks, np.float32)


def best_first(scores: Floats, paper_ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places in descending order of score; of equals the newer paper first, so that the order is total."""
    return np.lexsort((-paper_ids, -scores))
