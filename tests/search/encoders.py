"""Encoders made by hand: one that answers when it is told to, one that gives whatever numbers a test wants."""

import threading
from collections.abc import Mapping, Sequence

import numpy as np

from search.embeddings import Floats, Recipe, WordsEncoder


class WaitingEncoder:
    """Encodes a query when `go` is set: until then it is a model that is slow."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.go = threading.Event()
        self._words = WordsEncoder(recipe)

    def encode_documents(self, texts: Sequence[str]) -> Floats:
        return self._words.encode_documents(texts)

    def encode_query(self, text: str) -> Floats:
        assert self.go.wait(30)
        return self._words.encode_query(text)


class OddEncoder:
    """Gives texts that hold one of the words that word's numbers, in each dimension; others as WordsEncoder does."""

    def __init__(self, recipe: Recipe, numbers: Mapping[str, float]) -> None:
        self.recipe = recipe
        self._numbers = numbers
        self._words = WordsEncoder(recipe)

    def encode_documents(self, texts: Sequence[str]) -> Floats:
        vectors = [self.encode_query(text) for text in texts]
        return np.stack(vectors) if vectors else np.zeros((0, self.recipe.dimensions), np.float32)

    def encode_query(self, text: str) -> Floats:
        for word, number in self._numbers.items():
            if word in text:
                return np.full(self.recipe.dimensions, number, np.float32)
        return self._words.encode_query(text)


class BrokenEncoder:
    """Raises what a model may bring up."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    def encode_documents(self, texts: Sequence[str]) -> Floats:
        raise RuntimeError("expected scalar type Float but found BFloat16")

    def encode_query(self, text: str) -> Floats:
        raise RuntimeError("expected scalar type Float but found BFloat16")
