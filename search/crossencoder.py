"""The very first papers, each read together with the question by a cross-encoder: slow, exact, and off by default.

RERANK_MODEL names one (a name or a folder, loaded as the encoder of vectors is: once a process, offline). Guarantee:
what is not there in time, or can't be loaded, leaves the order as it was, and the reason is told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

import numpy as np
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from search.embeddings import EncoderLate, EncoderUnavailable, in_encoder_thread
from search.loading import Loaded

FIRST = 20  # papers: a pair of texts costs about what an abstract's vector does

LATE = _("Reading the first papers closely takes too long just now: they stand as words and meaning have them.")
LOADING = _("The model that reads the first papers closely is being loaded: they stand as words and meaning have them.")
FAILED = _("The first papers can't be read closely just now: they stand as words and meaning have them.")

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
    waiting = in_encoder_thread(lambda: _score(model, question, [found[paper_id] for paper_id in read]))
    try:
        scores = dict(zip(read, waiting.result(timeout), strict=True))
    except TimeoutError:
        waiting.cancel()  # or the next reader's question would wait behind what nobody reads any more
        raise EncoderLate(LATE if _scorers.is_held(model) else LOADING) from None
    lowest = min(scores.values(), default=0.0) - 1
    return sorted(first, key=lambda paper_id: -scores.get(paper_id, lowest)) + list(paper_ids[FIRST:])


def _score(model: str, question: str, texts: Sequence[str]) -> Sequence[float]:
    scorer = _scorers.get(model)
    try:
        scores = np.asarray(scorer(question, texts), np.float64)
    except Exception as error:  # whatever a model brings up
        raise EncoderUnavailable(FAILED) from error
    if len(scores) != len(texts) or not np.isfinite(scores).all():
        raise EncoderUnavailable(FAILED)
    return list(scores.tolist())


@contextmanager
def reading_by(model: str, scorer: PairScorer) -> Iterator[None]:
    """Inside the block the cross-encoder of that name is this one."""
    with _scorers.lending(model, scorer):
        yield


def _load(model: str) -> PairScorer:
    from search.transformer import load_pair_scorer

    return load_pair_scorer(model)


_scorers: Loaded[str, PairScorer] = Loaded(_load)
