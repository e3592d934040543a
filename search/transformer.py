"""The encoder by sentence-transformers: the only module that imports torch, and it does so when an encoder is made.

Guarantees: offline; float32 of length 1 whatever the arithmetic; every failure to load is an EncoderUnavailable.
"""

import importlib.util
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coolpapers.bootstrap import TORCH_REQUIREMENTS, is_unfinished
from search.embeddings import PACKAGED, EncoderUnavailable, Floats, Recipe

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from search.crossencoder import PairScorer

BATCH = 32  # texts at once; larger ones are not faster on a processor


class TransformerEncoder:
    """A SentenceTransformer that is loaded. Safe in many threads: encoding only reads the model."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self._model = _load_model(recipe)
        self._bf16 = _processor_has_bf16()
        import torch

        self._threads = torch.get_num_threads()

    def encode_documents(self, texts: Sequence[str]) -> Floats:
        self._use_threads(self._threads)
        with self._fast():
            return self._encode(list(texts), self.recipe.document_prompt)

    def encode_query(self, text: str) -> Floats:
        self._use_threads(1)
        return self._encode([text], self.recipe.query_prompt).reshape(-1)

    def _use_threads(self, count: int) -> None:
        """For one short text one thread: several wait for each other, and while other processes work 150 ms for 25."""
        import torch

        torch.set_num_threads(count)

    def _encode(self, texts: list[str], prompt: str) -> Floats:
        vectors = self._model.encode(
            texts, prompt=prompt, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        vectors = np.asarray(vectors, np.float32).reshape(len(texts), self.recipe.dimensions)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)  # bf16 has three digits: 1 is then 0.998
        return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)

    def _fast(self) -> AbstractContextManager[Any]:
        """Half the bits where the processor multiplies them directly."""
        if not self._bf16:
            return nullcontext()
        import torch

        fast: AbstractContextManager[Any] = torch.autocast("cpu", dtype=torch.bfloat16)
        return fast


def _processor_has_bf16() -> bool:
    """Multiplying bf16 in hardware; elsewhere it is emulated, and slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def check_torch() -> None:
    """Raises EncoderUnavailable where torch is not there, or not whole: half a torch, imported, spoils the process."""
    if is_unfinished(TORCH_REQUIREMENTS, sys.prefix):
        raise EncoderUnavailable(_("Search by meaning is not ready yet: torch is being installed, for some minutes."))
    if importlib.util.find_spec("torch") is None:
        raise EncoderUnavailable(_("Search by meaning needs torch, which is not installed here."))
    os.environ["HF_HUB_OFFLINE"] = "1"  # read when the library is imported
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def load_pair_scorer(model: str) -> "PairScorer":
    """A cross-encoder's scores of (question, text) pairs; raises EncoderUnavailable."""
    check_torch()
    try:
        from sentence_transformers import CrossEncoder

        loaded = CrossEncoder(model, device="cpu", local_files_only=True)
    except Exception as error:
        told = _("The model {model} that reads the first papers can't be loaded.")
        raise EncoderUnavailable(format_lazy(told, model=model)) from error

    def score(question: str, texts: Sequence[str]) -> list[float]:
        pairs = [(question, text) for text in texts]
        return [float(one) for one in loaded.predict(pairs, batch_size=BATCH, show_progress_bar=False)]

    return score


def _load_model(recipe: Recipe) -> "SentenceTransformer":
    check_torch()
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]
        model = SentenceTransformer(
            _place_of(recipe.model),
            revision=recipe.revision if recipe.model != PACKAGED and recipe.revision else None,
            truncate_dim=recipe.dimensions,
            device="cpu",
            local_files_only=True,
        )
    except Exception as error:  # whatever a half-installed torch or a wrong folder brings up
        told = _("The model {model} of search by meaning can't be loaded.")
        raise EncoderUnavailable(format_lazy(told, model=recipe.model)) from error
    found = model.get_embedding_dimension()
    if found != recipe.dimensions:
        told = _("The model {model} gives vectors of {found} numbers, EMBEDDING_DIMENSIONS says {wanted}.")
        raise EncoderUnavailable(format_lazy(told, model=recipe.model, found=found, wanted=recipe.dimensions))
    model.max_seq_length = recipe.max_tokens
    return model


def _place_of(model: str) -> str:
    """The folder of the packaged model; other models are named as sentence-transformers knows them."""
    if model != PACKAGED:
        return model
    found = importlib.util.find_spec(PACKAGED.replace("-", "_"))
    if found is None or not found.submodule_search_locations:
        raise EncoderUnavailable(format_lazy(_("The package {package} is not installed here."), package=PACKAGED))
    return str(Path(found.submodule_search_locations[0]) / "model")
