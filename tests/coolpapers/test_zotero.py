"""papers.cool's Zotero translator takes our lists, and Zotero's own one our paper pages."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from lxml import html

from ingest.store import save_records
from tests.coolpapers.test_lists import get
from tests.library import arxiv_record, venue_record
from tests.zotero import Item, offered, take

pytestmark = pytest.mark.django_db


def test_list_of_arxiv_is_taken(client: Client, library: None) -> None:
    items = take(get(client, "/arxiv/cs.CL"))
    assert [item.url for item in items] == ["/arxiv/2606.10002", "/arxiv/2606.10001", "/arxiv/2603.00003"]
    assert items[0] == Item(
        kind="preprint",
        title="Schrödinger bridges",
        creators=("Ada Author", "Ben Writer"),
        abstract="We study something.",
        url="/arxiv/2606.10002",
        pdf="https://arxiv.org/pdf/2606.10002",
        extra="cs.CL - arXiv",
        date="2026-06-16",
    )


def test_list_of_a_venue_is_taken(client: Client, library: None) -> None:
    item, *rest = take(get(client, "/venue/ACL.2018"))
    assert len(rest) == 2
    assert (item.kind, item.extra, item.date) == ("conferencePaper", "ACL.2018 - Long Papers", "2018")
    assert item.url == "/venue/P18-1001@ACL"


@pytest.mark.parametrize(
    "address",
    ["/arxiv/cs.CL?date=2026-06-15&skip=25", "/arxiv/hep-th", "/arxiv/2606.10001,hep-th/9901001", "/arxiv/cs.CL+cs.LG",
     "/venue/ACL.2018?group=Short+Papers", "/venue/P18-1001@ACL,P18-2001@ACL", "/arxiv/search?query=study",
     "/venue/search?query=parse&highlight=1", "/arxiv/2606.10001/related", "/venue/P18-1001@ACL/related"],
)  # fmt: skip
def test_every_list_is_taken_whole(client: Client, indexed_library: None, address: str) -> None:
    page = get(client, address)
    items = take(page)
    assert len(items) == len(re.findall(r'class="panel paper', page)) > 0
    assert all(item.title and item.creators and item.abstract and item.extra for item in items)
    assert all(item.pdf and re.fullmatch(r"https://\S+", item.pdf) for item in items)


def test_papers_of_which_something_is_not_known_are_taken_all_the_same(client: Client, db: None) -> None:
    """Each missing element would stop the translator, and nothing of the whole list would be taken."""
    bare = {"abstract": "", "pdf_url": "", "announced": (), "authors": ()}
    save_records(
        records=[
            arxiv_record("2606.10001", **bare),
            arxiv_record("2606.10002", **bare, categories=()),
            arxiv_record("2606.10003", withdrawn=True, withdrawn_reason="An error."),
            venue_record("P18-1001@ACL", abstract="", pdf_url=""),
            venue_record("P18-1002@ACL", group=""),
        ]
    )
    items = take(get(client, "/arxiv/2606.10001,2606.10002,2606.10003"))
    assert [(item.abstract, item.pdf, item.extra, item.date) for item in items] == [
        ("", None, "cs.CL - arXiv", ""),
        ("", None, "arxiv - arXiv", ""),
        ("We study something.", None, "cs.CL - arXiv", "2026-06-16"),
    ]
    items = take(get(client, "/venue/ACL.2018"))
    assert [(item.abstract, item.pdf, item.extra, item.date) for item in items] == [
        ("", None, "ACL.2018 - Long Papers", "2018"),
        ("We parse something.", "https://aclanthology.org/P18-1002.pdf", "ACL.2018", "2018"),
    ]


def test_what_stands_in_for_something_unknown_is_not_shown(client: Client, db: None) -> None:
    save_records(records=[arxiv_record("2606.10001", abstract="", pdf_url="", announced=())])
    page = html.fromstring(get(client, "/arxiv/2606.10001"))
    for name in ("pdf", "summary", "date"):
        assert page.get_element_by_id(f"{name}-2606.10001").get("hidden") is not None


# --- Single pages: Zotero's own translator of embedded metadata reads these ---
def metadata(client: Client, address: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in html.fromstring(get(client, address)).iter("meta"):
        if (name := node.get("name") or "").startswith("citation_"):
            found.setdefault(name, []).append(node.get("content") or "")
    return found


def test_paper_page_offers_its_metadata_and_no_list(client: Client, library: None) -> None:
    save_records(
        records=[
            arxiv_record("2606.10001", title="Of $x^2$", submitted=datetime(2026, 6, 15, 9, tzinfo=UTC), doi="10.1/x")
        ]
    )
    assert offered(get(client, "/arxiv/2606.10001")) == {}
    told = metadata(client, "/arxiv/2606.10001")
    assert told == {
        "citation_title": ["Of $x^2$"],
        "citation_authors": ["Ada Author; Ben Writer"],
        "citation_author": ["Ada Author", "Ben Writer"],
        "citation_abstract": ["We study something."],
        "citation_date": ["2026/06/15"],
        "citation_publication_date": ["2026/06/15"],
        "citation_online_date": ["2026/06/16"],
        "citation_arxiv_id": ["2606.10001"],
        "citation_doi": ["10.1/x"],
        "citation_pdf_url": ["https://arxiv.org/pdf/2606.10001"],
        "citation_abstract_html_url": ["http://testserver/arxiv/2606.10001"],
        "citation_keywords": told["citation_keywords"],
    }


def test_published_paper_is_of_its_editions_year_whenever_it_was_submitted(client: Client, library: None) -> None:
    save_records(records=[venue_record("P18-1001@ACL", submitted=datetime(2017, 9, 27, tzinfo=UTC))])
    told = metadata(client, "/venue/P18-1001@ACL")
    assert told["citation_year"] == told["citation_publication_date"] == ["2018"]
    assert told["citation_conference_title"] == ["ACL.2018"]
    assert "citation_date" not in told


def test_withdrawn_paper_offers_no_pdf(client: Client, library: None) -> None:
    save_records(records=[arxiv_record("2606.10001", withdrawn=True, version=2)])
    assert "citation_pdf_url" not in metadata(client, "/arxiv/2606.10001")
