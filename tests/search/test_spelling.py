"""Words that are a slip or two away from another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.spelling import is_within_two, one_slip

WORDS = st.text("abc", min_size=1, max_size=7)


@pytest.mark.parametrize(
    "other", ["graph", "grahp", "rgaph", "gaph", "grap", "raph", "graqh", "ggraph", "graphs", "graoph"]
)
def test_slip_of_each_kind_is_one(other: str) -> None:
    assert (other in one_slip("graph")) == (other != "graph")
    assert is_within_two("graph", other)


@pytest.mark.parametrize(
    ("word", "other", "within"),
    [
        ("convlutonal", "convolutional", True),
        ("shcrodigner", "schrodinger", True),
        ("kolmogrovv", "kolmogorov", True),
        ("graph", "parsing", False),
        ("graph", "hparg", False),
        ("graph", "gr", False),
        ("abcd", "badc", True),
        ("abc", "", False),
    ],
)
def test_two_slips_are_within_two_and_three_are_not(word: str, other: str, within: bool) -> None:
    assert is_within_two(word, other) == is_within_two(other, word) == within


@given(WORDS, WORDS)
def test_words_within_two_are_a_slip_of_a_slip_and_a_slip_is_within_two(word: str, other: str) -> None:
    steps = {word} | one_slip(word)
    if is_within_two(word, other):  # not the other way round: of ca → ac → abc the second slip is within the first
        assert other in steps.union(*map(one_slip, steps))
    else:
        assert other not in steps
