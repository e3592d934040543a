"""The page of an author's name, through its address."""

import html as entities
import re
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from ingest.store import save_records
from search.index import rebuild
from tests.coolpapers.test_feeds import ATOM, feed
from tests.coolpapers.test_lists import get, keys
from tests.library import arxiv_record, venue_record

pytestmark = pytest.mark.django_db


@pytest.fixture
def printed(db: None, settings: Any, tmp_path: Any) -> None:
    """Papers of both branches by people who may be John A. Smith, and one by nobody like him; indexed."""
    save_records(
        records=[
            arxiv_record("2601.00001", authors=("John Smith", "Ann Bee")),
            arxiv_record("2602.00001", authors=("Ann Bee", "JOHN SMITH")),
            venue_record("P18-1001@ACL", authors=("John Smith",)),
            arxiv_record("2603.00001", authors=("J. Smith",)),
            arxiv_record("2604.00001", authors=("John A. Smith",)),
            arxiv_record("2604.00002", authors=("John A. Smith",)),
            arxiv_record("2605.00001", authors=("James Smith",)),
            arxiv_record("2605.00002", authors=('Jean/Pierre "JP" O\'Neil?', "Erwin Schrödinger", "王伟")),
        ]
    )
    settings.SEARCH_URL = f"embedded://{tmp_path / 'index'}"
    rebuild()


def address(name: str) -> str:
    return f"/author/{quote(name, safe='')}"


def text_of(html: str) -> str:
    return entities.unescape(re.sub(r"<[^>]+>", "", html))


def test_page_has_the_papers_of_both_branches_printed_with_the_name_newest_first(client: Client, printed: None) -> None:
    html = get(client, "/author/John%20Smith")
    assert keys(html) == ["2602.00001", "2601.00001", "P18-1001@ACL"]
    assert "Total: 3" in html
    assert '<h1 class="notranslate">John Smith</h1>' in html
    assert "<title>John Smith | Cool Papers</title>" in html
    assert '<meta name="description" content="Papers with an author printed as John Smith,' in html
    assert "Printed here as John Smith, JOHN SMITH." in text_of(html)


@pytest.mark.parametrize("name", ["john smith", "Smith, John", "JOHN  SMITH", "John Smith."])
def test_name_may_be_spelled_in_any_way(client: Client, printed: None, name: str) -> None:
    assert keys(get(client, address(name))) == ["2602.00001", "2601.00001", "P18-1001@ACL"]
    assert '<h1 class="notranslate">John Smith</h1>' in get(client, address(name))


def test_page_links_the_names_that_may_be_the_same_authors(client: Client, printed: None) -> None:
    html = get(client, "/author/John%20Smith")
    assert "Perhaps the same author: John A. Smith (2), J. Smith (1). Wider:" in text_of(html)
    links = re.findall(r'<a class="notranslate" href="([^"]+)"', html)
    assert links == ["/author/John%20A.%20Smith", "/author/J.%20Smith", "/search?query=author%3A%22Smith%2C+J%22"]
    assert [len(keys(get(client, link))) for link in links] == [2, 1, 7]
    assert "John Smith (3), John A. Smith (2), James Smith (1)" in text_of(get(client, "/author/J.%20Smith"))
    assert "Perhaps the same author: John Smith (3), J. Smith (1)" in text_of(get(client, "/author/John%20A.%20Smith"))
    assert "Perhaps" not in get(client, "/author/Ann%20Bee")


@pytest.mark.parametrize("name", ['Jean/Pierre "JP" O\'Neil?', "Erwin Schrodinger", "erwin schroedinger", "王 伟"])
def test_name_with_signs_accents_or_characters_has_a_page(client: Client, printed: None, name: str) -> None:
    assert keys(get(client, address(name))) == ["2605.00002"]


def test_every_author_on_a_card_leads_to_a_page_that_holds_the_card(client: Client, printed: None) -> None:
    html = get(client, "/search?query=paper&show=100")
    links = set(re.findall(r'<a class="author notranslate" href="([^"]+)"', html))
    assert len(links) == 9
    for link in links:
        page = get(client, entities.unescape(link))
        assert f'href="{link}"' in page, link


def test_orders_and_parts_keep_the_name(client: Client, printed: None) -> None:
    html = get(client, "/author/John%20Smith?sort=submitted&show=2")
    assert len(keys(html)) == 2
    (following,) = re.findall(r'<a rel="next" href="([^"]+)">', html)
    assert len(keys(get(client, entities.unescape(following)))) == 1
    assert "/author/John%20Smith?" in following
    assert "sort=submitted" in following
    assert "This list ends at 3." in get(client, "/author/John%20Smith?skip=50")
    get(client, "/author/John%20Smith?sort=best", 400)
    get(client, "/author/John%20Smith?show=x", 400)


def test_feed_holds_the_same_papers(client: Client, printed: None) -> None:
    assert 'href="/author/John%20Smith/feed"' in get(client, "/author/John%20Smith")
    tree = feed(client, "/author/John%20Smith/feed")
    ids = [entry.findtext(f"{ATOM}id", "").rpartition("/")[2] for entry in tree.iter(f"{ATOM}entry")]
    assert ids == ["2602.00001", "2601.00001", "P18-1001@ACL"]
    assert tree.findtext(f"{ATOM}title") == "John Smith"
    get(client, "/author/Nobody%20Here/feed", 404)


def test_name_that_no_paper_has_is_a_404_that_leads_to_a_search(client: Client, printed: None) -> None:
    html = get(client, "/author/Jo%20B.%20Smith", 404)
    assert "No paper here has an author printed as Jo B. Smith." in html
    (link,) = re.findall(r'<a href="([^"]+)" rel="nofollow">Search for names like it', html)
    assert len(keys(get(client, entities.unescape(link)))) == 7


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/author/", 404), ("/author/%00", 404), ("/author/???", 404), ("/author/%3F", 404), ("/author/%ff%fe", 404),
        ("/author/..%2F..%2Fetc%2Fpasswd", 404), ("/author/" + "a" * 300, 404), ("/author/" + "a" * 301, 400),
        ("/author/" + "%F0%9F%98%80" * 80, 404), ("/author/%3Cscript%3Ealert(1)%3C/script%3E", 404),
        ("/author/" + "-" * 290, 404), ("/author/" + "J." * 140, 404), ("/author/_j", 404), ("/author/a,,b", 404),
        ("/author/%E2%80%AE%E2%80%8B", 404), ("/author/feed", 404), ("/author/%22OR%22", 404), ("/author/,", 404),
        ("/author/" + "smith_" * 49 + "j", 404), ("/author/John%20Smith/", 301), ("/author//", 301),
    ],
)  # fmt: skip
def test_no_address_breaks_the_page(client: Client, printed: None, path: str, status: int) -> None:
    assert "<script>alert" not in get(client, path, status)


def test_without_search_the_page_says_so(client: Client, printed: None, settings: Any) -> None:
    settings.SEARCH_URL = "null://"
    html = get(client, "/author/John%20Smith")
    assert keys(html) == []
    assert "Search is switched off on this site." in html
    assert "Perhaps" not in html
    assert len(list(feed(client, "/author/John%20Smith/feed").iter(f"{ATOM}entry"))) == 0


def test_without_an_index_the_page_says_so(client: Client, library: None, settings: Any, tmp_path: Any) -> None:
    settings.SEARCH_URL = f"embedded://{tmp_path / 'none'}"
    assert "search_index rebuild" in get(client, "/author/Ada%20Author", 503)
