"""The words that tell what a paper is about."""

import json
import lzma
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.keywords import telling_words

SAMPLE = Path(__file__).parents[2] / "coolpapers" / "data" / "sample.jsonl.xz"
TITLE = "Gaussian Splatting for Synthetic Aperture Radar"
ABSTRACT = (
    "We propose a novel approach to radar reconstruction. The results show that our method, based on Gaussian "
    "splatting, improves the state-of-the-art. Splatting of $\\mathcal{L}_{gauss}$ radar images is fast; see https://example.org/code."
)


def test_telling_words_come_before_those_of_every_abstract() -> None:
    words = telling_words(TITLE, ABSTRACT)
    assert set(words[:5]) == {"gaussian", "splatting", "radar", "synthetic", "aperture"}
    assert not {"the", "propose", "results", "method", "we", "state-of-the-art"} & set(words)


def test_at_most_ten_and_the_same_every_time() -> None:
    abstract = ABSTRACT + "One two three crystal wavelet galaxy tensor lattice spin parser."
    words = telling_words(TITLE, abstract)
    assert len(words) == 10
    assert words == telling_words(TITLE, abstract)
    assert telling_words(TITLE, abstract, limit=3) == words[:3]


def test_every_shipped_paper_with_an_abstract_has_words_of_its_own_text() -> None:
    counts = []
    for line in lzma.decompress(SAMPLE.read_bytes()).decode().splitlines():
        paper = json.loads(line)
        words = telling_words(paper["title"], paper["abstract"])
        text = f"{paper['title']} {paper['abstract']}".lower()
        assert [word for word in words if word not in text] == [], paper["id"]
        if paper["abstract"]:
            assert len(words) >= 3, paper["id"]
            counts.append(len(words))
    assert sum(count == 10 for count in counts) > 0.95 * len(counts) > 2_500


def test_only_a_paper_with_nothing_else_gets_common_words() -> None:
    assert telling_words("A new approach", "We propose a method.") == ("new", "approach", "propose")
    assert telling_words("A new approach to radar", "") == ("radar", "new", "approach")


def test_formulas_commands_and_addresses_give_no_words() -> None:
    words = telling_words("\\emph{Radar} $\\alpha radar$", ABSTRACT)
    assert not {"mathcal", "gauss", "https", "example", "emph", "alpha"} & set(words)


def test_plural_of_what_tells_little_tells_as_little() -> None:
    told = telling_words("Scalings of graphene, scaling of phonons", "readings of superfluid helium")
    assert told == ("graphene", "phonons", "superfluid", "helium")


def test_plural_is_not_a_second_word() -> None:
    assert telling_words("Wavelets", "A wavelet and many wavelets; boxes in a box.") == ("wavelets", "boxes")


@pytest.mark.parametrize(("title", "abstract"), [("", ""), ("???", "$x$"), ("深度学习", ""), ("Of the", "and to be")])
def test_paper_without_such_words_has_none(title: str, abstract: str) -> None:
    assert telling_words(title, abstract) == ()


@given(st.text(st.characters()), st.text(st.sampled_from("abc xyz-19$\\.,") | st.characters()))
def test_words_are_plain_and_have_three_letters(title: str, abstract: str) -> None:
    words = telling_words(title, abstract)
    assert len(set(words)) == len(words) <= 10
    for word in words:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", word)
        assert len(re.findall("[a-z]", word)) >= 3
