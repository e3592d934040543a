"""Two rankings become one score each."""

import numpy as np
import pytest

from search.fusion import Blend, best_first, blend, reciprocal_ranks

NONE = np.nan
HALF = Blend(words=0.5)


def numbers(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def order(words: np.ndarray, meaning: np.ndarray, by: Blend = HALF) -> list[int]:
    """Places of the papers, best first; of equals the later one."""
    return best_first(blend(words, meaning, by), np.arange(len(words))).tolist()


def test_ranks_count_from_one_and_only_where_the_ranking_has_the_paper() -> None:
    ranks = reciprocal_ranks(numbers(2, 9, 0, NONE, 9, -1), fade=5)
    assert ranks == pytest.approx([5 / 8, 5 / 6, 0, 0, 5 / 7, 5 / 9])


def test_place_that_fades_counts_half_at_its_fade() -> None:
    ranks = reciprocal_ranks(np.arange(10, 0, -1, dtype=np.float32), fade=5)
    assert ranks[4] == pytest.approx(0.5)
    assert (np.diff(ranks) < 0).all()


def test_without_either_ranking_the_other_one_holds() -> None:
    words, meaning = numbers(3, 1, 2), numbers(0.2, 0.9, 0.4)
    assert order(words, numbers(NONE, NONE, NONE)) == [0, 2, 1]
    assert order(numbers(0, 0, 0), meaning) == [1, 2, 0]
    assert blend(numbers(), numbers(), HALF).shape == (0,)


def test_scale_of_the_words_does_not_matter() -> None:
    words, meaning = numbers(3, 1, 2), numbers(0.2, 0.9, 0.4)
    assert blend(words, meaning, HALF) == pytest.approx(blend(words * 1_000, meaning, HALF))


def test_best_of_both_is_first_and_weight_decides_between_them() -> None:
    words, meaning = numbers(10, 9, 1), numbers(0.1, 0.8, 0.9)
    assert order(words, meaning)[0] == 1
    assert order(words, meaning, Blend(words=1.0, first=0))[0] == 0
    assert order(words, meaning, Blend(words=0.0, first=0))[0] == 2


def test_paper_without_a_vector_stands_between_near_and_far() -> None:
    words = numbers(5, 5, 5)
    assert order(words, numbers(0.9, NONE, 0.1), Blend(words=0.5, first=0)) == [0, 1, 2]


def test_equals_stand_newest_first() -> None:
    assert best_first(numbers(1, 2, 1, 2), np.array([7, 3, 9, 4])).tolist() == [3, 1, 2, 0]
