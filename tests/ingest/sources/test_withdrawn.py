"""A withdrawn paper is known by its last version, or by its authors' words where versions are not marked."""

import pytest

from ingest.sources.arxiv_oai import parse_page
from ingest.sources.arxiv_values import says_withdrawn


@pytest.mark.parametrize(
    "comments",
    [
        "Withdrawn",
        "withdrawn due to submission policy",
        "Withdrawn by arXiv administrators because of an authorship dispute",
        "This paper has been withdrawn by the author due to a crucial sign error in equation 1",
        "9 pages, 3 figures This paper was submitted by mistake and has now been withdrawn. This paper is withdrawn",
        "The paper is withdrawn due to license issue",
        "The article is already withdrawn",
        "This submission has been withdrawn by arXiv administrators due to inappropriate text reuse",
        "arXiv admin note: submission has been withdrawn by arXiv administrators",
        "This paper has been withdrawn from arXiv",
        "THIS PAPER HAS BEEN WITHDRAWN",
        "46 pages. This preprint has been withdrawn by the authors for revision",
    ],
)
def test_words_that_say_a_paper_is_withdrawn(comments: str) -> None:
    assert says_withdrawn(comments, "An abstract.")


@pytest.mark.parametrize(
    "comments",
    [
        "",
        "9 pages",
        "This article replaces arXiv:1502.01565, which has been withdrawn; 37 pages",
        "5 pages. The paper has been withdrawn from the XX International Conference",
        "Extended version of an article. Accepted to ENTCS. Withdrawn from ENTCS in 2014",
        "This manuscript was submitted to a journal in 2007 and was in second revision when it was withdrawn",
        "14 pages; Theorem 2 and Lemma 1 withdrawn",
        "Version 2 was withdrawn, this is version 3",
        "The previous version has been withdrawn",
        "On withdrawals from savings accounts",
    ],
)
def test_words_that_say_something_else(comments: str) -> None:
    assert not says_withdrawn(comments, "We study withdrawn offers in a model. This paper has been written for it.")


def test_words_in_the_place_of_the_abstract() -> None:
    assert says_withdrawn("", "This paper has been withdrawn by the authors due to an error.")
    assert not says_withdrawn("", "We explain why the paper has been withdrawn.")


def page(*kinds: str, comments: str) -> bytes:
    versions = "".join(
        f'<version version="v{n}"><date>Mon, 15 Jun 2026 10:00:0{n} GMT</date>'
        f"<source_type>{kind}</source_type></version>"
        for n, kind in enumerate(kinds, 1)
    )
    return (
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-06-17T02:31:07Z</responseDate>'
        '<GetRecord><record><metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>2606.10001</id>'
        f"{versions}<title>T</title><authors>A. B.</authors><categories>cs.LG</categories>"
        f"<comments>{comments}</comments></arXivRaw></metadata></record></GetRecord></OAI-PMH>"
    ).encode()


@pytest.mark.parametrize(
    ("kinds", "withdrawn"),
    [(("D", "I"), True), (("D", "SI"), True), (("D", "A"), False), (("", ""), False), (("I",), True)],
)
def test_e1_a_last_version_without_source_is_a_withdrawal_and_comments_give_the_reason(
    kinds: tuple[str, ...], withdrawn: bool
) -> None:
    (record,) = parse_page(page(*kinds, comments="This paper has been withdrawn: an error")).records
    assert record.withdrawn is withdrawn
    assert record.withdrawn_reason == ("This paper has been withdrawn: an error" if withdrawn else "")
    assert [version.withdrawn for version in record.versions] == ["I" in kind for kind in kinds]


def test_e2_a_paper_posted_again_after_its_withdrawal_is_not_withdrawn() -> None:
    (record,) = parse_page(page("D", "D", "I", "D", comments="Version 3 was withdrawn")).records
    assert (record.version, record.withdrawn, record.withdrawn_reason) == (4, False, "")
    assert [version.number for version in record.versions if version.withdrawn] == [3]
