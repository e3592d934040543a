"""The very first papers, each read together with the question by a cross-encoder: slow, exact, and off by default.

RERANK_MODEL names one (a name or a folder, loaded as the encoder of vectors is: once a process, offline). Guarantee:
what is not there in time, or can't be loaded, leaves the order as it was, and the reason is told.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import lru_cache
from typing import Protocol

from django.conf import settings

from search.embeddings import EncoderLate, in_encoder_thread

FIRST = 20  # papers: a pair of texts costs about what an abstract's vector does

Texts = Callable[[Sequence[int]], Mapping[int, str]]


class PairScorer(Protocol):
    """How well each text answers a question; greater is better."""

    def __call__(self, question: str, texts: Sequence[str]) -> Sequence[float]: ...


def reorder(question: str, paper_ids: Sequence[int], texts: Texts, timeout: float) -> list[int]:
    """The papers, the first FIRST of them as the cross-encoder has them; raises EncoderUnavailable."""
    model = settings.RERANK_MODEL
    first = list(paper_ids[:FIRST])
    if not model or len(first) < 2:
        return list(paper_ids)
    found = texts(first)
    read = [paper_id for paper_id in first if paper_id in found]
    waiting: Future[Sequence[float]] = in_encoder_thread(
        lambda: _scorer(model, os.getpid())(question, [found[paper_id] for paper_id in read])
    )
    try:
        scores = dict(zip(read, waiting.result(timeout), strict=True))
    except TimeoutError:
        raise EncoderLate("Reading the first papers closely takes too long just now.") from None
    lowest = min(scores.values(), default=0.0) - 1
    return sorted(first, key=lambda paper_id: -scores.get(paper_id, lowest)) + list(paper_ids[FIRST:])


@lru_cache(maxsize=1)
def _scorer(model: str, pid: int) -> PairScorer:
    from search.transformer import load_pair_scorer

    return load_pair_scorer(model)
