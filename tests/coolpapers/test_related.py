"""The pages of related papers, and the way to them from every card."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from coolpapers.models import Alias, Paper
from ingest.store import save_records
from search import index
from tests.coolpapers.test_lists import get, keys
from tests.library import arxiv_record, venue_record

pytestmark = pytest.mark.django_db
RIVAL = "Attention for trees"


@pytest.fixture
def related_library(indexed_library: None) -> None:
    """The small library, with papers of both branches that share words with 2606.10001 and hep-th/9901001."""
    save_records(
        records=[
            arxiv_record("2605.00001", title=RIVAL),
            venue_record("P18-3001@ACL", title="Graphs and attention", position=3),
            arxiv_record("2605.00002", title="Strings again"),
        ]
    )
    index.rebuild()


# --- The page --------------------------------------------------------------------------------------------------
def test_page_lists_papers_of_both_branches_and_names_the_paper(client: Client, related_library: None) -> None:
    html = get(client, "/arxiv/2606.10001/related")
    assert set(keys(html)[:2]) == {"2605.00001", "P18-3001@ACL"}
    assert "2606.10001" not in keys(html)
    assert re.search(r'<h1[^>]*>Related papers <small><a href="/arxiv/2606.10001">Attention for <math', html)
    assert "<title>Related to Attention for $O(n^2)$ graphs | Cool Papers</title>" in html
    assert '<body id="arxiv">' in html
    assert re.search(r'<div class="items">\s*<p><a class="i-title" href="#', html)
    of_venue = get(client, "/venue/P18-3001@ACL/related")
    assert "2606.10001" in keys(of_venue)
    assert '<body id="venue">' in of_venue


def test_old_identifier_has_related_papers(client: Client, related_library: None) -> None:
    assert keys(get(client, "/arxiv/hep-th/9901001/related"))[0] == "2605.00002"


def test_list_is_paged_and_ends(client: Client, related_library: None) -> None:
    whole = keys(get(client, "/arxiv/2606.10001/related?show=300"))
    assert len(whole) > 1
    parts = [keys(get(client, f"/arxiv/2606.10001/related?show=1&skip={n}")) for n in range(len(whole))]
    assert [key for part in parts for key in part] == whole
    first = get(client, "/arxiv/2606.10001/related?show=1")
    assert '<a rel="next" href="/arxiv/2606.10001/related?show=1&amp;skip=1">' in first
    assert f"Total: {len(whole)}" in first
    assert f"This list ends at {len(whole)}." in get(client, "/arxiv/2606.10001/related?skip=500")
    get(client, "/arxiv/2606.10001/related?skip=x", 400)


def test_feed_holds_the_same_papers(client: Client, related_library: None) -> None:
    response = client.get("/arxiv/2606.10001/related/feed")
    assert response.headers["Content-Type"].startswith("application/atom+xml")
    atom = "{http://www.w3.org/2005/Atom}"
    titles = [node.text for node in ElementTree.fromstring(response.content).iter(f"{atom}title")]
    assert titles[0] == "Related to Attention for $O(n^2)$ graphs"
    assert RIVAL in titles
    html = get(client, "/arxiv/2606.10001/related")
    assert 'href="/arxiv/2606.10001/related/feed"' in html


def test_paper_without_related_papers_says_so(client: Client, indexed_library: None) -> None:
    save_records(records=[arxiv_record("2606.20001", title="Wavelets denoise seismograms", abstract="Glaciers.")])
    html = get(client, "/arxiv/2606.20001/related")
    assert "No related paper is found." in html
    assert "Total: 0" in html


# --- Addresses -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("/arxiv/2606.10001v2/related", "/arxiv/2606.10001/related"),
        ("/arxiv/arXiv:2606.10001.pdf/related", "/arxiv/2606.10001/related"),
        ("/arxiv/2606.10001/related/", "/arxiv/2606.10001/related"),
        ("/arxiv/2606.10001v2/related/feed?show=5", "/arxiv/2606.10001/related/feed?show=5"),
        ("/arxiv/math.GT/0309136/related", "/arxiv/math/0309136/related"),
        ("/arxiv/hep-th/9901001v3/related", "/arxiv/hep-th/9901001/related"),
        ("/venue/p18-1001@acl/related", "/venue/P18-1001@ACL/related"),
        ("/venue/2018-1@NDSS/related", "/venue/P18-1001@ACL/related"),
    ],
)
def test_every_spelling_redirects_to_the_one_address(client: Client, library: None, asked: str, canonical: str) -> None:
    Alias.objects.create(key="2018-1@NDSS", paper=Paper.objects.get(key="P18-1001@ACL"))
    response = client.get(asked)
    assert (response.status_code, response.headers["Location"]) == (301, canonical)


def test_paper_not_held_is_a_404_that_says_where_it_is(client: Client, library: None) -> None:
    html = get(client, "/arxiv/2606.77777/related", 404)
    assert 'href="https://arxiv.org/abs/2606.77777"' in html
    assert "2606.77777 is not held here." in html


@pytest.mark.parametrize(
    "path",
    ["/arxiv/cs.CL/related", "/arxiv/2606.10001,2606.10002/related", "/venue/ACL.2018/related", "/arxiv/search/related",
     "/arxiv/2606.10001/related/related", "/venue/x@/related", "/arxiv/related", "/venue/related", "/arxiv//related",
     "/venue/2606.10001/related", "/arxiv/P18-1001@ACL/related"],
)  # fmt: skip
def test_what_is_no_paper_has_no_related_papers(client: Client, library: None, path: str) -> None:
    assert client.get(path).status_code == 404


# --- Where something is missing --------------------------------------------------------------------------------
def test_page_says_what_is_missing(client: Client, related_library: None, settings: Any) -> None:
    html = get(client, "/arxiv/2606.10001/related")
    assert (
        '<p class="note">Search by meaning is switched off. Related are papers that share its rarer words.</p>' in html
    )
    settings.SEARCH_URL = "null://"
    html = get(client, "/arxiv/2606.10001/related")
    assert '<p class="note">Search is switched off on this site.</p>' in html
    assert keys(html) == []
    assert "Total: 0" in html
    assert client.get("/arxiv/2606.10001/related/feed").status_code == 200


# --- The way there ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("url", ["/arxiv/cs.CL", "/arxiv/2606.10001", "/venue/ACL.2018", "/search?query=graphs"])
def test_rel_of_every_card_leads_to_its_related_papers(client: Client, related_library: None, url: str) -> None:
    html = get(client, url)
    rels = re.findall(r'<a class="title-rel" href="([^"]+)"[^>]*>\[REL\]</a>', html)
    assert len(rels) == len(keys(html)) > 0
    assert [rel.split("/", 2)[2] for rel in rels] == [f"{key}/related" for key in keys(html)]
    for rel in rels:
        get(client, rel)


def test_rel_stands_on_the_card_of_a_paper_without_keywords(client: Client, library: None) -> None:
    save_records(records=[arxiv_record("2606.20001", title="深度学习", abstract="")])
    html = get(client, "/arxiv/2606.20001")
    assert 'keywords=""' in html
    assert '<a class="title-rel" href="/arxiv/2606.20001/related"' in html
