"""The words of documents, queries and marked texts are the same words."""

import json
import lzma
import re
from functools import partial
from pathlib import Path
from unicodedata import normalize

from hypothesis import example, given
from hypothesis import strategies as st

from search.analysis import plain_words, spelled_out, stems, words_beginning, words_of

TEXT = st.text(st.characters() | st.sampled_from("abcABC +#-'$\\_ \u0308\u0301éİßø学ラ한½²π")).map(
    partial(normalize, "NFC")
)


@given(TEXT)
def test_marking_finds_the_words_that_the_index_holds(text: str) -> None:
    assert tuple(stem for *_, stem in words_of(text)) == stems(text)


@given(TEXT, st.sampled_from(["a", "bc", "é", "学", "c1"]))
def test_sieve_lets_every_word_with_that_initial_through(text: str, initials: str) -> None:
    sieved = [word for word in words_beginning(text, initials) if word[2][0] in initials]
    wanted = [word for word in words_of(text) if word[2][0] in initials]
    assert [word for word in sieved if word in wanted] == wanted
    assert all(spelled_out(text[start:end]) != text[start:end] for start, end, _ in set(sieved) - set(wanted))


@given(TEXT, st.sampled_from(["graph", "gra", "schrodinger", "schroedinger", "oel", "ol", "c", "学", "ss", "k", "i"]))
@example("Schrödinger, Gräph, gräph-C++", "schroedinger")
@example("学Graph学graph_GRAPH \u212a", "graph")
@example("İGraph graph", "graph")
@example("Öl ẞ ſs \u212aelvin Grạph", "oel")
def test_sieve_lets_every_word_of_that_stem_through(text: str, wanted: str) -> None:
    told = set(words_of(text)) | {
        (start, end, stem) for start, end, _ in words_of(text) for stem in stems(spelled_out(text[start:end]))
    }
    sieved = list(words_beginning(text, (wanted, wanted[:3])))
    assert set(sieved) <= told
    assert {word for word in told if word[2] == wanted or word[2].startswith(wanted[:3])} <= set(sieved)
    assert [start for start, *_ in sieved] == sorted(start for start, *_ in sieved)


@given(TEXT)
def test_names_are_cut_like_texts(text: str) -> None:
    assert len(plain_words(text)) == len(stems(text))


def test_words_are_folded_and_stemmed() -> None:
    assert stems("Schrödinger's Images, in C++ and C# (t-SNE)") == (
        *("schroding", "s", "imag", "in", "cplusplus", "and", "csharp", "t", "sne"),
    )
    assert plain_words("Jane Schröder-Banks") == ("jane", "schroder", "banks")


def test_sieve_by_two_letters_loses_no_word_of_the_shipped_papers() -> None:
    with lzma.open(Path(__file__).parents[2] / "coolpapers" / "data" / "sample.jsonl.xz", "rt") as lines:
        told = set(re.findall(r"[a-z]+", " ".join(json.loads(line)["abstract"] for line in lines).lower()))
    assert len(told) > 10_000
    changed = {word: stem for word in told if len(stem := stems(word)[0]) > 3 and stem[:2] != word[:2]}
    assert changed == {}
