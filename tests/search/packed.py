"""Vectors for the tests of the nearest, which need no database and no encoder."""

from collections.abc import Sequence

import numpy as np

from search.embeddings import Floats, Recipe
from search.vectors import Vectors

RECIPE = Recipe(model="words", revision="", dimensions=32, max_tokens=256)


def make_floats(count: int, *, seed: int = 0) -> Floats:
    """Directions; row i is the same whatever the count."""
    floats = np.random.default_rng(seed).standard_normal((count, RECIPE.dimensions)).astype(np.float32)
    return floats / np.linalg.norm(floats, axis=1, keepdims=True)


def pack(paper_ids: Sequence[int], floats: Floats) -> Vectors:
    """As the store keeps them (search.vectors.pack)."""
    scales = np.maximum(np.abs(floats).max(axis=1, initial=0) / 127, np.finfo(np.float32).tiny)
    return Vectors(np.array(paper_ids, np.int64), np.rint(floats / scales[:, None]).astype(np.int8), scales)


def make_vectors(paper_ids: Sequence[int], *, seed: int = 0) -> Vectors:
    """A vector for each, the same for the same paper."""
    return pack(paper_ids, make_floats(max(paper_ids, default=0) + 1, seed=seed)[list(paper_ids)])
