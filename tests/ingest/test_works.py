"""Copies of one work among the papers held."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from coolpapers.models import Paper, Work
from ingest.models import Copy, CopyState
from ingest.works import LinkReport, accept, link_works, names_of, refuse
from tests.factories import make_paper

pytestmark = pytest.mark.django_db
TEXT = " ".join(f"word{number}" for number in range(60))


def copies(paper: Paper) -> set[Paper]:
    return set(Paper.objects.copies_of(Paper.objects.get(pk=paper.pk)))


def only_copy() -> Copy:
    return Copy.objects.get()


def test_e4_three_copies_are_one_work_by_what_each_two_share(django_assert_max_num_queries: Any) -> None:
    arxiv = make_paper(title="Parsing without Trees", doi="10.5555/PARSE.1")
    iclr = make_paper(title="Parsing Without Trees.", venue="ICLR", key="abcdefghij@OpenReview")
    pmlr = make_paper(title="Tree-Free Parsing", venue="ICML", key="love24a@v1@PMLR", doi="10.5555/parse.1")
    other = make_paper(title="Parsing with Trees", venue="ACL")
    assert link_works() == LinkReport(compared=2, linked=2)
    assert copies(arxiv) == {iclr, pmlr}
    assert copies(other) == set()
    assert set(Copy.objects.values_list("state", flat=True)) == {CopyState.LINKED}
    with django_assert_max_num_queries(10):
        assert link_works() == LinkReport()  # done twice it changes nothing


@pytest.mark.parametrize(
    "fields",
    [{"doi": "10.48550/arXiv.2401.00007"}, {"pdf_url": "https://arxiv.org/pdf/2401.00007v2"},
     {"source_url": "http://export.arxiv.org/abs/2401.00007"}],
)  # fmt: skip
def test_e4_what_a_venue_says_of_arxiv_decides(fields: dict[str, str]) -> None:
    arxiv = make_paper(key="2401.00007", title="An Early Title")
    venue = make_paper(venue="ACL", title="A Late Title", **fields)
    link_works()
    assert copies(arxiv) == {venue}
    assert "/arxiv/2401.00007" in only_copy().why


def test_e4_a_title_alone_links_nothing() -> None:
    for title in ("Introduction", "Neural Machine Translation"):
        make_paper(title=title, authors=["Philipp Koehn"])
        make_paper(title=title, venue="ACL", authors=["Thang Luong", "Kyunghyun Cho"])
    assert link_works() == LinkReport(compared=2)
    assert not Work.objects.exists()


def test_e4_two_papers_of_arxiv_and_a_doi_of_a_whole_volume_link_nothing() -> None:
    make_paper(title="The Same")
    make_paper(title="The Same")
    for number in range(9):
        make_paper(title=f"Part {number}", venue="ACL", doi="10.1/volume")
    assert link_works() == LinkReport()


def test_e5_one_shared_author_waits_and_what_somebody_decides_stays() -> None:
    arxiv = make_paper(title="On Groups", authors=["Wei Wang", "Ada Lovelace"])
    venue = make_paper(title="On Groups", authors=["Wei Wang", "Alan Turing"], venue="ACL")
    assert link_works(dry_run=True) == LinkReport(compared=1, waiting=1)
    assert not Copy.objects.exists()
    assert link_works() == LinkReport(compared=1, waiting=1)
    assert (only_copy().state, copies(arxiv)) == (CopyState.WAITING, set())
    accept(only_copy())
    assert (only_copy().state, copies(arxiv)) == (CopyState.LINKED, {venue})
    refuse(only_copy())
    assert (only_copy().state, copies(arxiv)) == (CopyState.REFUSED, set())
    assert link_works() == LinkReport()
    assert not Work.objects.exists()
    accept(only_copy())
    assert copies(arxiv) == {venue}


def test_e5_a_third_copy_does_not_bring_together_what_was_taken_apart() -> None:
    arxiv = make_paper(title="On Groups")
    venue = make_paper(title="On Groups", venue="ACL")
    link_works()
    refuse(only_copy())
    third = make_paper(title="On Groups", venue="ICLR", key="abcdefghij@OpenReview")
    assert link_works() == LinkReport(compared=2, linked=1, waiting=1)
    assert copies(third) == {arxiv}
    assert copies(venue) == set()


def test_e5_one_that_leaves_a_work_of_three_leaves_it_whole() -> None:
    arxiv = make_paper(title="On Groups", abstract=TEXT)
    first = make_paper(title="On Groups", venue="ACL")
    last = make_paper(title="On Groups", venue="ICLR", key="abcdefghij@OpenReview")
    link_works()
    refuse(Copy.objects.get(one=arxiv, other=last))
    assert copies(arxiv) == {first}
    assert copies(last) == set()
    assert link_works() == LinkReport()


def test_only_the_papers_asked_for_get_copies() -> None:
    for title in ("On Groups", "On Rings"):
        make_paper(title=title)
    groups, rings = (make_paper(title=title, venue="ACL") for title in ("On Groups", "On Rings"))
    assert link_works(ids=[rings.pk]).linked == 1
    assert copies(groups) == set() != copies(rings)
    arxiv = Paper.objects.get(title="On Groups", group=None)
    assert link_works(ids=[arxiv.pk]).linked == 1
    assert copies(groups) == {arxiv}


def test_identifiers_of_a_paper_are_its_own_and_what_it_names() -> None:
    assert names_of("2401.00007", "arxiv", "", ("https://arxiv.org/abs/2401.00007v3",)) == {"/arxiv/2401.00007"}
    urls = ("https://evil.example/?arxiv.org/abs/2401.00007", "not an address of arxiv.org")
    assert names_of("X@OpenReview", "venue", "10.1/X", urls) == {"/venue/x@openreview", "10.1/x"}


def test_the_command_tells_what_it_did_and_would_do() -> None:
    make_paper(title="On Groups")
    make_paper(title="On Groups", venue="ACL")
    told = StringIO()
    call_command("link_works", "--dry-run", stdout=told)
    call_command("link_works", stdout=told)
    assert told.getvalue() == (
        "1 pairs compared: 1 would be linked, 0 in doubt.\n1 pairs compared: 1 linked, 0 in doubt.\n"
    )
