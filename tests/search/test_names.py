"""How names are read and compared; what they find is in tests/search/engine_contract.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.names import (
    Fit,
    bare_name,
    beginning,
    fit,
    key_as_printed,
    listed_by_initial,
    name_keys,
    printed_name,
)

LETTERS = st.sampled_from(
    "J John Smith van der Jr. III O'Neil Jean-Pierre 王 伟 Schrödinger İ ß A. 't _ , . - ' 3 the".split()
)
NAMES = st.lists(LETTERS, max_size=6).map(" ".join) | st.text(max_size=30)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("John A. Smith", ("smith_john_a",)),
        ("JOHN SMITH", ("smith_john",)),
        ("Jan van den Berghe", ("berghe_jan_van_den", "vandenberghe_jan")),
        ("Federico García-Lorca", ("garcialorca_federico", "lorca_federico_garcia")),
        ("Erwin Schrödinger", ("schrodinger_erwin", "schroedinger_erwin")),
        ("Robert W. Heath Jr.", ("heath_robert_w_jr",)),
        ("Smith J", ("smith_j", "j_smith")),
        ("王 伟", ("王伟",)),
        ("Wei Wang (王伟)", ("wang_wei", "王伟")),
        ("for the ATLAS Collaboration", ("collaboration_atlas",)),
        ("Madonna", ("madonna",)),
        ("???", ()),
    ],
)
def test_name_has_a_key_for_each_way_to_read_it(name: str, keys: tuple[str, ...]) -> None:
    assert name_keys(name) == keys
    assert all(key in name_keys(key_as_printed(key)) for key in keys)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Smith, J", "J Smith"),
        ("Smith, J., Jr.", "J. Smith Jr."),
        ("John Smith, Jr.", "John Smith Jr."),
        ("smith_j_a_1", "j a smith"),
        ("van_der_berg_j", "j van der berg"),
        ("J.R.R.Tolkien", "J. R. R. Tolkien"),
        ("del_maestro", "del_maestro"),
        ("John  Smith", "John Smith"),
        ("a, b, c", "a, b, c"),
    ],
)
def test_name_is_put_in_the_order_that_papers_have(typed: str, name: str) -> None:
    assert printed_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Smith, J", "J Smith"), ("smith_j", "j smith"), ("J. Smith", "J. Smith"), ("J Smith", "J Smith"),
        ("J.-P. Serre", "J.-P. Serre"), ("john smith", "john smith"), ("van der Berg, Jan", "Jan van der Berg"),
        ("j smith", ""), ("a song", ""), ("A song", ""), ("I robot", ""), ("Vitamin C", ""), ("smith", ""),
        ("John AND Smith", ""), ("-John Smith", ""), ('"John Smith"', ""), ("au:John Smith", ""), ("T5 model", ""),
        ("one two three four five six", ""), ("au:smith_j", ""), ("K means*", ""), ("", ""),
    ],
)  # fmt: skip
def test_text_that_may_be_a_name_is_told_from_words(typed: str, name: str) -> None:
    assert bare_name(typed) == name


@pytest.mark.parametrize(
    ("asked", "printed", "how"),
    [
        ("John Smith", "John Smith", Fit.EXACT),
        ("John Smith", "John A. Smith", Fit.FULL),
        ("J Smith", "John Smith", Fit.FULL),
        ("Hsinyi Huang", "Hsin-Yi Huang", Fit.FULL),
        ("JK Kearns", "J. K. Kearns", Fit.FULL),
        ("J P Serre", "Jean-Pierre Serre", Fit.FULL),
        ("J.-P. Serre", "Jean-Pierre Serre", Fit.FULL),
        ("John Smith", "J. Smith", Fit.ABBREVIATED),
        ("Jean-Pierre Serre", "J.-P. Serre", Fit.ABBREVIATED),
        ("John Smith", "James Smith", None),
        ("John A. Smith", "John Smith", None),
        ("J A Smith", "A J Smith", None),
        ("J R Heath", "J. Heath Jr.", None),
        ("John Smith", "John Smit", None),
    ],
)
def test_printed_name_fits_what_is_asked_better_or_worse(asked: str, printed: str, how: Fit | None) -> None:
    assert fit(name_keys(asked)[0], name_keys(printed)[0]) == how


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("John A. Smith", "Smith, J"),
        ("Robert Heath Jr.", "Heath, R"),
        ("Gerard 't Hooft", "Hooft, G"),
        ("Madonna", "Madonna"),
        ("Hanumanthappa J.", "Hanumanthappa J."),
        ("王 伟", "王 伟"),
        ("ATLAS Collaboration", "ATLAS Collaboration"),
        ('An "Odd" Name', "Name, A"),
        ("", ""),
    ],
)
def test_name_is_listed_by_its_initial_where_it_has_one(name: str, listed: str) -> None:
    assert listed_by_initial(name) == listed


@given(NAMES)
def test_keys_of_any_text_are_one_word_each_and_fit_themselves(name: str) -> None:
    for key in name_keys(name):
        assert key
        assert len(key.split()) == 1
        assert fit(key, key) is Fit.EXACT
        assert key.startswith(beginning(key))
        key_as_printed(key)
    printed_name(name)
    bare_name(name)
    listed_by_initial(name)


@given(st.lists(st.sampled_from(["John", "A.", "SMITH", "van", "Lee"]), min_size=1, max_size=4).map(" ".join))
def test_plain_name_has_the_keys_that_the_rules_give(name: str) -> None:
    assert name_keys(name) == name_keys(name.replace(" ", "\u2003"))
