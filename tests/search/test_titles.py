"""Titles that are one, and titles that are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.titles import title_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Attention Is All You Need", "attention is all you need"),
        ("Pre-Training: A Survey!", "pretraining a survey"),
        ("Schrödinger’s Łukasz in Straße", "Schrodinger's Lukasz in strasse"),
        ('Schr\\"odinger', "Schrödinger"),
        ("$\\alpha$-divergence", "α-divergence"),
        ("$\\varepsilon$-greedy", "epsilon greedy"),
        ("$O^*(2.619^k)$-Time", "O*(2.619k)-time"),
        ("On $\\mathcal{L}_1$ and $\\ell_2$", "On L1 and ℓ2"),
        ("A $\\log n$ bound", "A log n bound"),
        ("ＡＢＣ ½", "ABC 1⁄2"),
        ("E\u0301cole", "École"),
        ("Learning -- a Survey", "Learning - a Survey"),
        ('"Quoted"', "“Quoted”"),
    ],
)
def test_two_ways_to_write_a_title_have_one_key(one: str, other: str) -> None:
    assert title_key(one) == title_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("BERT Transformer", "bert -transformer"),
        ("BERT", "BERTs"),
        ("C", "D"),
        ("深度", "学习"),
        ("$\\alpha$", "$\\beta$"),
    ],
)
def test_different_titles_have_different_keys(one: str, other: str) -> None:
    assert title_key(one) != title_key(other)


@pytest.mark.parametrize("text", ["", " ", "???", "$\\to$", "-", "\\", "\ud800", "\0"])
def test_signs_alone_have_no_key(text: str) -> None:
    assert title_key(text) == ""


@given(st.text(st.characters()))
def test_any_text_has_a_key_that_can_be_stored(text: str) -> None:
    title_key(text).encode()
