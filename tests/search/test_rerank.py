"""The question moves towards the best papers."""

import numpy as np
import pytest

from search.embeddings import Floats
from search.fusion import Blend
from search.rerank import FEW, moved, rerank
from tests.search.packed import RECIPE, make_floats

QUESTION = make_floats(1)[0]


def near(to: Floats, other: Floats, share: float) -> Floats:
    mixed = (1 - share) * to + share * other
    return np.asarray(mixed / np.linalg.norm(mixed), np.float32)


def test_question_goes_part_of_the_way_and_stays_of_length_one() -> None:
    best = make_floats(2, seed=1)[1]
    question = moved(QUESTION, best[None], np.ones(1, np.float32))
    assert np.linalg.norm(question) == pytest.approx(1, abs=1e-5)
    assert QUESTION @ best < question @ best < 1
    assert question @ QUESTION > 0.5


def test_only_the_first_few_move_it() -> None:
    vectors = make_floats(FEW + 20, seed=2)
    scores = np.linspace(1, 0, FEW + 20, dtype=np.float32)
    assert np.array_equal(moved(QUESTION, vectors, scores), moved(QUESTION, vectors[:FEW], scores[:FEW]))


def test_without_any_vector_it_stays_where_it_is() -> None:
    none = np.full((3, RECIPE.dimensions), np.nan, np.float32)
    assert np.array_equal(moved(QUESTION, none, np.ones(3, np.float32)), QUESTION)
    assert moved(QUESTION, none[:0], np.ones(0, np.float32)) is QUESTION


def test_paper_near_to_the_best_rises_above_one_as_near_to_the_question() -> None:
    there, elsewhere = make_floats(2, seed=3)
    best, like_best, other = near(QUESTION, there, 0.3), near(QUESTION, there, 0.6), near(QUESTION, elsewhere, 0.6)
    vectors = np.stack([best, other, like_best])
    words = np.array([5, 1, 1], np.float32)
    scores = rerank(QUESTION, vectors, words, np.array([1, 0.1, 0.1], np.float32), Blend(words=0.5))
    assert np.argsort(-scores).tolist() == [0, 2, 1]


def test_paper_without_a_vector_is_scored_too() -> None:
    vectors = make_floats(3, seed=4)
    vectors[1] = np.nan
    scores = rerank(QUESTION, vectors, np.ones(3, np.float32), np.ones(3, np.float32), Blend(words=0.5))
    assert np.isfinite(scores).all()
