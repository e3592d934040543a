"""Papers by key: every spelling leads to one address, and what is not held says where it is."""

import re

import pytest
from django.test import Client

from coolpapers.models import Alias, Paper
from ingest.store import link_copies, save_records
from tests.coolpapers.test_lists import get, keys
from tests.library import arxiv_record

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("/arxiv/2606.10001v2", "/arxiv/2606.10001"),
        ("/arxiv/arXiv:2606.10001", "/arxiv/2606.10001"),
        ("/arxiv/2606.10001.pdf", "/arxiv/2606.10001"),
        ("/arxiv/2606.10001/", "/arxiv/2606.10001"),
        ("/arxiv/1406.02661", "/arxiv/1406.2661"),
        ("/arxiv/2401.6769", "/arxiv/2401.06769"),
        ("/arxiv/hep-th/9901001v3", "/arxiv/hep-th/9901001"),
        ("/arxiv/hep-th%2F9901001v3", "/arxiv/hep-th/9901001"),
        ("/arxiv/math.GT/0309136", "/arxiv/math/0309136"),
        ("/arxiv/2606.10001,2606.10001v3", "/arxiv/2606.10001"),
        ("/venue/p18-1001@acl", "/venue/P18-1001@ACL"),
        ("/venue/P18-1001%40ACL/", "/venue/P18-1001@ACL"),
    ],
)
def test_every_spelling_redirects_to_the_one_address(client: Client, library: None, asked: str, canonical: str) -> None:
    response = client.get(asked)
    assert (response.status_code, response.headers["Location"]) == (301, canonical)


def test_alias_leads_to_its_paper(client: Client, library: None) -> None:
    Alias.objects.create(key="2018-1@NDSS", paper=Paper.objects.get(key="P18-1001@ACL"))
    assert client.get("/venue/2018-1@NDSS").headers["Location"] == "/venue/P18-1001@ACL"


def test_paper_page_carries_its_metadata(client: Client, library: None) -> None:
    html = get(client, "/arxiv/2606.10001")
    for name, content in (
        ("citation_title", "Attention for $O(n^2)$ graphs"),
        ("citation_authors", "Ada Author; Ben Writer"),
        ("citation_author", "Ada Author"),
        ("citation_abstract", "We study something."),
        ("citation_pdf_url", "https://arxiv.org/pdf/2606.10001"),
        ("citation_arxiv_id", "2606.10001"),
    ):
        assert f'<meta name="{name}" content="{content}">' in html
    assert "<math" in html
    assert keys(html) == ["2606.10001"]


def test_venue_paper_says_its_year(client: Client, library: None) -> None:
    html = get(client, "/venue/P18-2001@ACL")
    assert '<meta name="citation_year" content="2018">' in html
    assert '<meta name="citation_conference_title" content="ACL.2018">' in html


def test_old_identifier_has_a_page(client: Client, library: None) -> None:
    assert keys(get(client, "/arxiv/hep-th/9901001")) == ["hep-th/9901001"]


def test_several_papers_stand_on_one_page_in_the_order_asked(client: Client, library: None) -> None:
    assert keys(get(client, "/arxiv/2606.10002,hep-th/9901001,2606.10001")) == [
        "2606.10002",
        "hep-th/9901001",
        "2606.10001",
    ]
    assert keys(get(client, "/venue/P18-2001@ACL,P18-1001@ACL")) == ["P18-2001@ACL", "P18-1001@ACL"]


def test_one_unknown_among_many_is_named(client: Client, library: None) -> None:
    html = get(client, "/arxiv/2606.10001,2606.77777,nonsense")
    assert keys(html) == ["2606.10001"]
    assert "Not held here: 2606.77777." in html
    assert "Not a paper&#x27;s key: nonsense." in html


def test_paper_not_held_is_a_404_that_says_where_it_is(client: Client, library: None) -> None:
    html = get(client, "/arxiv/2606.77777", 404)
    assert 'href="https://arxiv.org/abs/2606.77777"' in html
    assert '<div class="papers"></div>' in html
    assert "Total: 0" in html
    assert '<body id="arxiv">' in html


def test_a7_ten_thousand_papers_are_too_many(client: Client, library: None) -> None:
    text = ",".join(f"2606.{n:05d}" for n in range(1, 10_001))
    assert "one address takes 1,000" in get(client, f"/arxiv/{text}", 400)


def test_copies_of_a_work_are_linked(client: Client, library: None) -> None:
    link_copies(papers=list(Paper.objects.filter(key__in=["2606.10001", "P18-1001@ACL"])))
    assert 'href="/venue/P18-1001@ACL">ACL.2018: P18-1001@ACL</a>' in get(client, "/arxiv/2606.10001")
    assert 'href="/arxiv/2606.10001">arXiv: 2606.10001</a>' in get(client, "/venue/P18-1001@ACL")


@pytest.mark.parametrize(
    "path",
    ["/arxiv/../../etc/passwd", "/arxiv/..%2f..%2fetc%2fpasswd", "/arxiv/2606.10001%00", "/arxiv/" + "9" * 3000,
     "/arxiv/%E2%80%AE2606.10001", "/arxiv/%ED%A0%80", "/arxiv/,", "/arxiv/%20", "/arxiv/-", "/arxiv/+",
     "/arxiv/2613.00001",
     "/venue/@", "/venue/x@", "/venue/a b@ACL", "/venue/%00@ACL", "/venue/" + "x" * 3000 + "@ACL", "/venue/../x@ACL",
     "/arxiv/cs.AI/feed/feed", "/arxiv/search/x", "/nothing", "/arxiv/cs.%0aAI", "/search/x", "/%ff"],
)  # fmt: skip
def test_a9_nonsense_is_refused_and_never_breaks(client: Client, library: None, path: str) -> None:
    assert client.get(path).status_code in {301, 400, 404}


# --- The card ---
def test_card_has_the_markup_that_third_parties_read(client: Client, library: None) -> None:
    html = get(client, "/arxiv/cs.CL")
    card = re.search(
        r'<div id="2606\.10001" class="panel paper" keywords="([^"]*)">(.*?)<hr id="fold-2606\.10001"', html, re.S
    )
    assert card
    assert re.fullmatch(r"[a-z0-9-]+(,[a-z0-9-]+)*", card[1])
    body = card[2]
    for pattern in (
        r'<h2 class="title">\s*<a href="https://arxiv\.org/abs/2606\.10001" target="_blank"[^>]* title="2/3"[^>]*>'
        r'<span class="index notranslate">#2</span></a>',
        r'<a id="title-2606\.10001" class="title-link notranslate" href="/arxiv/2606\.10001" target="_blank">',
        r'<a id="pdf-2606\.10001" class="title-pdf notranslate" [^>]*data="https://arxiv\.org/pdf/2606\.10001"',
        r'<p id="authors-2606\.10001" class="metainfo authors notranslate">'
        r'.*<a class="author notranslate" href="[^"]+">Ada Author</a>',
        r'<p id="summary-2606\.10001" class="summary notranslate">We study something\.</p>',
        r'<p id="subjects-2606\.10001" class="metainfo subjects"><strong>Subjects</strong>: '
        r'<a class="subject-1" href="/arxiv/cs\.CL">cs\.CL</a>',
        r'<p id="date-2606\.10001" class="metainfo date"><strong>Announced</strong>: '
        r'<span class="date-data">2026-06-16</span>',
    ):  # fmt: skip
        assert re.search(pattern, body, re.S), pattern
    assert re.search(r'<div class="items">\s*<p><a class="i-title" href="#2606\.10002">', html)
    assert html.index('<div class="papers">') < html.index('id="2606.10001" class="panel')
    assert " onclick" not in html


def test_date_says_which_it_is(client: Client, library: None) -> None:
    save_records(records=[arxiv_record("2606.10001", version=2)])
    html = get(client, "/arxiv/2606.10001")
    assert "<strong>Announced</strong>" in html
    assert "<strong>Submitted</strong>" not in html
    old = get(client, "/arxiv/hep-th/9901001")
    assert '<strong>Submitted</strong>: <span class="date-data">1999-01-04</span>' in old
    assert "≈ 1999-01-05" in old
