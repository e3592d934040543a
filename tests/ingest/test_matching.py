"""Two papers as printed → whether they are copies of one work."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.matching import Judgement, Printed, Verdict, is_generic, judge, likeness, shared_authors
from search.titles import title_key

TITLE = "Attention-Free Parsing of $\\alpha$-Languages"
TEXT = " ".join(f"word{number}" for number in range(60))
OTHER_TEXT = " ".join(f"term{number}" for number in range(60))


def verdict(one: Printed, other: Printed) -> Verdict:
    assert judge(one, other) == judge(other, one)
    return judge(one, other).verdict


def printed(
    *authors: str, title: str = TITLE, abstract: str = "", names: Sequence[str] = (), year: int | None = None
) -> Printed:
    return Printed(title, authors, abstract, frozenset(names), year)


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (["Michael I. Jordan", "Nhat Ho"], ["Michael Jordan", "Nhat Ho"], 2),
        (["Simina Branzei"], ["Simina Brânzei"], 1),
        (["Zhenglin Zhou", "Fan Ma"], ["Zhou Zhenglin", "Ma Fan"], 2),  # family name first
        (["J. Smith"], ["John Smith"], 1),
        (["John Smith"], ["Jane Smith"], 0),
        (["Wei Wang", "Wei Wang"], ["Wei Wang"], 1),  # each once
        (["Plato"], ["Plato"], 1),
        ([], ["Ada Lovelace"], 0),
        (["", "…"], ["", "…"], 0),
    ],
)
def test_authors_are_compared_as_names(one: list[str], other: list[str], shared: int) -> None:
    assert shared_authors(one, other) == shared_authors(other, one) == shared


def test_e4_an_identifier_decides_before_the_title() -> None:
    one = printed("Ada Lovelace", title="Parsing", names=["10.1/x"])
    other = printed("A. Lovelace", title="Parsing, Revised and Extended", names=["10.1/x", "/venue/p@acl"])
    assert judge(one, other) == Judgement(Verdict.SAME, "Both are 10.1/x.")
    mistyped = printed("Alan Turing", title="Machines", names=["10.1/x"])
    assert verdict(one, mistyped) is Verdict.PERHAPS


def test_e4_a_title_in_its_normal_form_and_half_of_the_authors_are_enough() -> None:
    one = printed("Ada Lovelace", "Alan M. Turing", "Grace Hopper")
    same = printed("A. Lovelace", "Alan Turing", title="Attention-free parsing of α-languages")
    assert verdict(one, same) is Verdict.SAME
    assert verdict(one, printed("Ada Lovelace", "Alan Turing", title="Parsing of Languages")) is Verdict.OTHER


@pytest.mark.parametrize(
    "title", ["Introduction", "ERRATUM", "Reply to Smith", "Erratum to: On Groups", "Preface", "Comment on “X”"]
)
def test_e4_a_title_alone_links_nothing_and_a_title_of_many_texts_not_even_with_its_authors(title: str) -> None:
    people = ("Ada Lovelace", "Alan Turing")
    assert verdict(printed(*people, title=title), printed(*people, title=title)) is Verdict.OTHER
    assert verdict(printed("Ada Lovelace"), printed("Alan Turing")) is Verdict.OTHER
    alike = Verdict.SAME
    assert verdict(printed(*people, title=title, abstract=TEXT), printed(title=title, abstract=TEXT)) is alike


def test_a_title_that_only_begins_like_a_common_one_is_a_title() -> None:
    assert not any(map(is_generic, map(title_key, ["Introduction to Parsing", "Indexing", "Summary Statistics of X"])))


def test_e5_one_shared_author_is_not_enough() -> None:
    one = printed("Wei Wang", "Ada Lovelace", abstract=TEXT)
    other = printed("Wei Wang", "Alan Turing", abstract=OTHER_TEXT)
    assert verdict(one, other) is Verdict.PERHAPS
    assert verdict(one, printed("Wei Wang", "Alan Turing", abstract=TEXT)) is Verdict.SAME  # the text tells
    alone = printed("Wei Wang", abstract=TEXT)
    assert verdict(alone, printed("Wei Wang", abstract=OTHER_TEXT)) is Verdict.PERHAPS
    assert verdict(alone, printed("Wei Wang")) is Verdict.SAME


def test_a_text_of_ten_years_later_is_in_doubt() -> None:
    people = ("Ada Lovelace", "Alan Turing")
    assert verdict(printed(*people, year=2010), printed(*people, year=2020)) is Verdict.PERHAPS
    assert verdict(printed(*people, year=2010), printed(*people, year=2016)) is Verdict.SAME
    assert verdict(printed(*people, year=2010), printed(*people)) is Verdict.SAME


def test_likeness_is_of_the_shorter_text_and_none_of_a_few_words() -> None:
    assert likeness(TEXT, TEXT.upper()) == 1
    assert likeness(" ".join(TEXT.split()[:30]), TEXT) == 1
    assert likeness(TEXT, OTHER_TEXT) == 0
    assert likeness("A few words.", TEXT) is None is likeness("", "")


texts = st.text(max_size=40) | st.sampled_from([TITLE, TEXT, "Introduction", "$", "\\"])
papers = st.builds(
    Printed,
    texts,
    st.lists(st.text(max_size=12) | st.sampled_from(["Ada Lovelace", "Lovelace, A."]), max_size=4),
    texts,
)


@given(papers, papers)
def test_any_two_papers_are_judged_alike_both_ways(one: Printed, other: Printed) -> None:
    assert verdict(one, other) in Verdict
