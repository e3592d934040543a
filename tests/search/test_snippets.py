"""Marks and snippets, and the formulas that they leave whole."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coolpapers.tex import split_math
from search.snippets import matches, snippet

FILLER = "Nothing to see in this sentence, it only fills the text up to some length. "


def marked(text: str, *words: str) -> list[str]:
    return [text[start:end] for start, end in matches(text, words)]


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("Images of an image", ["imaging"], ["Images", "image"]),
        ("Schrödinger bridges", ["schrodinger"], ["Schrödinger"]),
        ("Schrödinger bridges", ["Schroedinger"], ["Schrödinger"]),
        ("Schroedinger bridges", ["Schrödinger"], ["Schroedinger"]),
        ("The Schrödinger equation", ["schroedinger equation"], ["Schrödinger equation"]),
        ("On t-SNE and SNE", ["t-sne"], ["t-SNE"]),
        ("Graph neural networks, neural graphs", ["graph neural"], ["Graph neural"]),
        ("Deep graph graph", ["deep graph", "graph"], ["Deep graph", "graph"]),
        ("C++ and C", ["c++"], ["C++"]),
        ("C++ and C", ["c"], ["C"]),
        ("深度学习入门", ["学习"], ["学习"]),
        ("the x̂ estimate", ["x"], ["x̂"]),
        ("İstanbul, ISTANBUL", ["istanbul"], ["İstanbul", "ISTANBUL"]),
        ("Graphs, graphic and Schrödinger's telegraph", ["graph*", "schrö*"], ["Graphs", "graphic", "Schrödinger"]),
        ("Generalization of graph theory", ["generali*", "graph theory"], ["Generalization", "graph theory"]),
        ("nothing here", ["word", "*", "wor*"], []),
        ("nothing here", [], []),
        ("nothing here", ["", "…", '"'], []),
        ("", ["word"], []),
    ],
)
def test_matches_are_those_of_the_index(text: str, words: list[str], found: list[str]) -> None:
    assert marked(text, *words) == found


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("a $O(n \\log n)$ bound", "log", ["$O(n \\log n)$"]),
        ("a \\(x + y\\) sum", "y", ["\\(x + y\\)"]),
        ("a \\[x + y\\] sum", "x", ["\\[x + y\\]"]),
        ("a $$x + y$$ sum", "x", ["$$x + y$$"]),
        ("the $k$-means way", "k-means", ["$k$-means"]),
        ("costs $5 and $10", "5", ["5"]),
    ],
)
def test_match_inside_a_formula_is_the_whole_formula(text: str, word: str, found: list[str]) -> None:
    assert marked(text, word) == found


def test_short_text_is_its_own_snippet() -> None:
    assert snippet("A short text.", ["other"]) == ("A short text.", [])
    assert snippet("A short text.", ["short"]) == ("A short text.", [(2, 7)])


def test_snippet_shows_most_of_the_words() -> None:
    text = FILLER * 3 + "One graph. " + FILLER * 5 + "Then graph and neural meet networks. " + FILLER * 5 + "A network."
    part, marks = snippet(text, ["graph", "neural", "network"])
    assert [part[start:end] for start, end in marks] == ["graph", "neural", "networks"]
    assert marked(part, "graph", "neural", "network") == ["graph", "neural", "networks"]
    assert part.startswith("…")
    assert part.endswith("…")
    assert len(part) <= 242


def test_snippet_without_a_match_is_the_beginning() -> None:
    part, _ = snippet(FILLER * 10, ["absent"])
    assert part.startswith("Nothing to see")
    assert part.endswith("…")


def test_snippet_that_ends_with_a_sentence_has_one_sign_there() -> None:
    text = "One sentence that is long enough to be cut off right here. " * 6
    for length in range(40, 200):
        assert not snippet(text, ["sentence"], length).text.endswith((".…", ",…"))


def test_snippet_is_cut_between_words() -> None:
    text = " ".join(f"word{n}" for n in range(500))
    for target in ("word0", "word100", "word250", "word499"):
        part, _ = snippet(text, [target])
        assert set(part.strip("…").split()) <= set(text.split())
        assert target in part.split() or target in part.strip("…").split()


@pytest.mark.parametrize(
    "formula", ["$a b c d e f g$", "\\(a b c d e f g\\)", "$$a b c d e f g$$", "\\[a b c d e f g\\]"]
)
def test_snippet_never_cuts_a_formula(formula: str) -> None:
    for before in range(300):
        text = ("x " * 200)[:before] + f" target {formula} " + "y " * 200
        for words in (["target"], ["d"], ["absent"]):
            part, _ = snippet(text, words)
            assert part.count(formula) or not any(sign in part for sign in "$\\")
            assert len(part) < 300


def test_formula_longer_than_a_snippet_is_shown_whole_where_it_is_the_match() -> None:
    formula = "$" + " + ".join(f"x_{{{n}}}" for n in range(100)) + "$"
    part, _ = snippet(FILLER * 5 + formula + FILLER * 5, ["99"])
    assert formula in part


@given(
    st.text(st.sampled_from("ab word$\\()[] 学\n") | st.characters(), max_size=2_000),
    st.lists(st.sampled_from(["a", "word", "学", "a b", "", "$"]), max_size=3),
)
def test_any_text_has_marks_in_order_and_a_snippet_of_it(text: str, words: list[str]) -> None:
    spans = matches(text, words)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(a[1] < b[0] for a, b in pairwise(spans))
    formulas = [part for part in split_math(text) if part.math]
    assert not any(formula.start < edge < formula.end for span in spans for edge in span for formula in formulas)
    part, marks = snippet(text, words, 40)
    assert part == text or part.strip("…").strip() in text
    assert all(0 <= start < end <= len(part) for start, end in marks)
    assert all(a[1] < b[0] for a, b in pairwise(marks))
    assert all(part[start:end] in text for start, end in marks)


@given(
    st.text(st.sampled_from("ab word 学 .,"), min_size=40, max_size=400),
    st.lists(st.sampled_from(["a", "word", "学", "a b", "b"]), max_size=3),
)
def test_snippet_is_marked_as_if_it_were_the_whole_text(text: str, words: list[str]) -> None:
    part, marks = snippet(text, words, 40)
    assert marks == matches(part, words)


@pytest.mark.parametrize("part", ["a ", "$a$ ", "$ ", "x", "学", "\\(", "a$b "])
def test_huge_text_costs_a_second_at_most(part: str) -> None:
    text = part * (100_000 // len(part))
    start = time.perf_counter()
    snippet(text, ["a", "b", "学"])
    assert time.perf_counter() - start < 2
