"""The ways in which searches of other sites are seen to fail (list G), each held here through the page.

What an engine must do for them is in tests/search/engine_contract.py, what is read as what in test_query.py; exact
identifiers (the other half of G8) are in tests/coolpapers/test_search_pages.py.
"""

import html as entities
import re
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from search.engines.base import PREFIX_LIMIT
from search.index import rebuild
from tests.coolpapers.test_lists import get, keys
from tests.factories import make_paper

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def papers(settings: Any, embedded: Any) -> None:
    """Three papers that differ in what filters tell apart, indexed."""
    make_paper(key="2401.00001", title="Graph networks", categories=("cs.LG", "cs.AI"), authors=["J. Smith"])
    make_paper(
        key="2406.00002",
        title="Graph drawing: a survey (of trees)",
        categories=("cs.CG",),
        submitted=datetime(2024, 6, 30, 23, 59, tzinfo=UTC),
        authors=["Smith J. Jones"],
    )
    make_paper(key="P18-1001@ACL", venue="ACL", year=2018, group="Long Papers", title="Parsing graphs")
    rebuild()


def found(client: Client, query: str, **params: str) -> list[str]:
    response = client.get("/search", {"query": query, **params})
    assert response.status_code == 200, query
    return keys(response.content.decode())


def shown(client: Client, query: str) -> str:
    """The page's text, without its markup."""
    response = client.get("/search", {"query": query})
    assert response.status_code == 200, query
    return entities.unescape(re.sub(r"<[^>]+>", "", response.content.decode()))


@pytest.mark.parametrize(
    "query",
    ["a/b?c", "/?", "-", "--", '"', "\\", "(((", ")))", "AND AND AND", "OR OR", "ti:", 'au:""', "OR", "NOT", "ANDNOT",
     "the who", "word " * 2_000, " ".join(f"w{n}" for n in range(5_000)), "(" * 200 + "a" + ")" * 200, "\ud800",
     "\x00", "%00", "-(" * 300, "ti:" * 500, "NOT " * 400 + "a", "date:" + "9" * 400, "cat:" + "cs+" * 300,
     "id:" + "1" * 1_900, "graph* " * 60, "venue:" + "ACL." * 300,
     "date:2024..2023..2022", "cat:-", "au:,", "first:,", 'au:",,"', "au:_j", "smith_" * 300 + "j",
     "au:" + "-" * 999, 'first:"' + "J. " * 500 + '"', "ti:(au:(abs:(", "…" * 1_000],
)  # fmt: skip
def test_g1_no_text_breaks_search(client: Client, papers: None, query: str) -> None:
    for path in ("/search", "/arxiv/search", "/venue/search", "/search/feed"):
        encoded = query.encode("utf-8", "surrogatepass")
        response = client.get(path, {"query": encoded, "highlight": "1"})
        assert response.status_code == 200, path
        if path.endswith("feed"):
            ET.fromstring(response.content)


def test_g2_mistake_is_told_with_its_place_and_no_engine_is_a_page(client: Client, papers: None, settings: Any) -> None:
    text = shown(client, "graph (network")
    assert "Character 7, “(”: This parenthesis is never closed" in text
    assert found(client, "graph (network") == ["2401.00001"]
    settings.SEARCH_URL = "null://"
    assert "Search is switched off" in shown(client, "graph (network")
    get(client, "/arxiv/cs.LG")


def test_g3_and_binds_tighter_than_or_and_lower_case_words_are_words(client: Client, papers: None) -> None:
    assert sorted(found(client, "parsing OR graph survey")) == ["2406.00002", "P18-1001@ACL"]
    assert found(client, "(parsing OR graph) survey") == ["2406.00002"]
    assert sorted(found(client, "graph -survey")) == ["2401.00001", "P18-1001@ACL"]
    assert found(client, "graph or parsing") == []  # no paper has the word "or"
    assert sorted(found(client, "ti:(parsing OR (graph AND survey))")) == ["2406.00002", "P18-1001@ACL"]
    assert "Read as: title:(parsing OR (graph AND survey))" in shown(client, "ti:(parsing OR (graph AND survey))")
    assert "Read as" not in shown(client, "graph drawing")


def test_g4_wildcards_are_at_the_end_of_three_letters_and_capped(client: Client, papers: None) -> None:
    assert sorted(found(client, "netw* OR draw*")) == ["2401.00001", "2406.00002"]
    for query in ("*work", "gr*", "*", "ne*ork"):
        assert "A star stands for any ending only" in shown(client, query)
        assert found(client, query) == []
    assert found(client, '"netw*"') == []
    assert found(client, "/(g+)+$/") == []
    for n in range(PREFIX_LIMIT + 10):
        make_paper(title=f"pre{n:04d}")
    rebuild()
    assert f"the {PREFIX_LIMIT} most frequent are searched" in shown(client, "pre*")


@pytest.mark.parametrize(
    "query", ["missing~", "graph~2 missing^9999", "title:[* TO *]", "date:[* TO *] missing", "_exists_:title", "_id:1",
              "script:1", "/.*/", "gra.h", "gr?ph", "missing || graph", "missing^0"]
)  # fmt: skip
def test_g5_signs_of_other_engines_mean_nothing(client: Client, papers: None, query: str) -> None:
    assert found(client, query) == []


def test_g6_pages_end_where_the_papers_end_and_keep_filters(client: Client, embedded: Any) -> None:
    for _ in range(50):
        make_paper(title="Same words", categories=("cs.LG",))
        make_paper(title="Same words", categories=("cs.CL",))
    rebuild()
    for sort in ("", "0", "submitted"):
        url, seen, pages = f"/arxiv/search?query=words+cat:cs.LG&sort={sort}", [], 0
        while url:
            html = get(client, url)
            assert "Total: 50" in html
            seen += keys(html)
            pages += 1
            link = re.search(r'<a rel="next" href="([^"]+)"', html)
            url = entities.unescape(link[1]) if link else ""
        assert pages == 2  # of 25: no empty third one
        assert len(set(seen)) == len(seen) == 50
    assert "This list ends at 50." in get(client, "/search?query=words+cat:cs.LG&skip=50")
    assert "This list ends at 50." in get(client, "/search?query=words+cat:cs.LG&skip=250025")
    links = re.findall(r'href="([^"]+)" rel="nofollow">', get(client, "/arxiv/search?query=words+cat:cs.LG"))
    assert links
    for link in links:
        if "/export?" not in link:  # a file has no total
            assert "Total: 50" in get(client, entities.unescape(link)), link


def test_g7_author_is_found_by_initials_in_their_order_in_any_case(client: Client, papers: None) -> None:
    for query in ('author:"Smith, J"', "au:smith_j", "au:SMITH_J", 'au:"J Smith"', 'author:"J. Smith"', 'au:"smith j"'):
        assert found(client, query) == ["2401.00001"], query
    assert found(client, 'author:"John Smith"') == ["2401.00001"]
    assert found(client, 'author:"J. K. Smith"') == []
    assert sorted(found(client, "au:smith")) == ["2401.00001", "2406.00002"]
    for query in ('au:"Jones, S"', "jones_s_j", 'au:"S J Jones"', 'first:"Jones, S"', "Jones, S. J."):
        assert found(client, query) == ["2406.00002"], query
    assert found(client, 'au:"J S Jones"') == []
    assert found(client, "Smith, J")[0] == found(client, "smith_j")[0] == found(client, "J Smith")[0] == "2401.00001"
    assert "Read as an author's name, too: “J Smith”." in shown(client, "Smith, J")


def test_g8_title_typed_whole_is_first_and_phrases_hold(client: Client, embedded: Any) -> None:
    title = 'C*-algebras: "Graphs" OR (Trees) AND $O(n^2)$ Re-evaluation, NOT Forests'
    make_paper(key="2401.00009", title=title)
    for _ in range(5):
        make_paper(title=f"{title} {title}", abstract=title * 3)
    rebuild()
    assert found(client, title)[0] == "2401.00009"
    assert found(client, 'title:"c* algebras graphs or trees and o(n2) re evaluation not forests"')[0] == "2401.00009"
    assert found(client, '"trees graphs or"') == []


@pytest.mark.parametrize(
    "word", ["C", "R", "IT", "Go", "GAN", "π0", "o1", "Q*", "C++", "k-NN", "量子", "квант", "نظرية", "양자", "the who"]
)
def test_g9_short_signed_and_foreign_words_are_found(client: Client, embedded: Any, word: str) -> None:
    make_paper(key="2401.00009", title=f"On {word} here")
    make_paper(title="Unrelated")
    rebuild()
    assert found(client, word) == ["2401.00009"]
    assert found(client, f"title:({word} OR missing)") == ["2401.00009"]


def test_g9_nothing_found_is_explained(client: Client, papers: None) -> None:
    assert "No paper has all of this" in shown(client, "量子")


def test_g10_sorts_differ_and_an_unknown_one_is_refused(client: Client, embedded: Any) -> None:
    make_paper(key="2401.00001", title="Graph", submitted=datetime(2024, 3, 1, tzinfo=UTC), day=date(2024, 3, 4))
    make_paper(key="2402.00001", title="Other", abstract="Graph.", submitted=datetime(2024, 2, 1, tzinfo=UTC))
    rebuild()
    assert found(client, "graph") == ["2401.00001", "2402.00001"]
    assert found(client, "graph", sort="0") == ["2402.00001", "2401.00001"]
    assert found(client, "graph", sort="submitted") == ["2401.00001", "2402.00001"]
    html = get(client, "/search?query=graph&sort=-date", 400)
    assert "Use one of" in html


def test_g11_told_total_is_what_can_be_reached(client: Client, embedded: Any) -> None:
    for n in range(1, 32):
        make_paper(title="Word", categories=("cs.LG",) if n % 3 else ("cs.CL",))
    rebuild()
    for query in ("word", "word cat:cs.LG", "word OR cat:cs.CL", "-word cat:cs.CL", "wor* date:2024"):
        told = re.search(r"Total: (\d+)", shown(client, query))
        assert told
        reached = [key for skip in range(0, 40, 7) for key in found(client, query, show="7", skip=str(skip))]
        assert len(set(reached)) == len(reached) == int(told[1]), query


def test_g12_feed_holds_the_same_filters_and_is_valid_when_empty(client: Client, papers: None) -> None:
    for query in ("graph -survey", "ti:graph cat:cs.LG", "date:2018", "graph (", "nothing cat:cs.LG", "date:2024-13"):
        tree = ET.fromstring(client.get("/search/feed", {"query": query}).content)
        ids = [entry.findtext(f"{ATOM}id", "").rpartition("/")[2] for entry in tree.iter(f"{ATOM}entry")]
        assert sorted(ids) == sorted(found(client, query)), query
        assert tree.findtext(f"{ATOM}updated")


def test_range_of_dates_ends_with_its_last_day_and_refuses_what_is_none(client: Client, papers: None) -> None:
    assert found(client, "graph date:2024-06") == ["2406.00002"]
    assert found(client, "graph date:2024-06-30..2024-06-30") == ["2406.00002"]
    assert found(client, "date:2018") == ["P18-1001@ACL"]
    for query, told in {
        "graph date:2024-07..2024-06": "write the earlier date first",
        "graph date:2025-13-40": "There is no 2025-13-40",
        "graph date:0000": "There is no 0000",
        "graph date:2023-02-29": "There is no 2023-02-29",
        "graph date:today": "is not a date",
        "graph date:1'OR'1": "is not a date",
    }.items():
        assert told in shown(client, query)
        assert len(found(client, query)) == 3


def test_branch_and_filters_hold_together(client: Client, papers: None) -> None:
    assert keys(get(client, "/venue/search?query=graph+venue:ACL.2018")) == ["P18-1001@ACL"]
    assert keys(get(client, "/arxiv/search?query=graph+venue:ACL.2018")) == []
    assert keys(get(client, "/arxiv/search?query=graph+OR+parsing&sort=0")) == ["2406.00002", "2401.00001"]


def test_empty_page_links_examples_that_are_read_without_a_problem(client: Client, papers: None) -> None:
    html = get(client, "/arxiv/search")
    links = re.findall(r'<li><a class="notranslate" href="([^"]+)"', html)
    assert len(links) >= 5
    for link in links:
        page = get(client, entities.unescape(link))
        assert "Character" not in page
        assert "Read as" in page
    assert "Nothing is left to look for" in shown(client, "date:2024-13")
