"""Filters on the pages of search: their links, the form of dates, what is wrong with it. All without JavaScript."""

import html as entities
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from search.index import rebuild
from tests.coolpapers.test_lists import get, keys
from tests.factories import make_paper

pytestmark = pytest.mark.django_db


@pytest.fixture
def papers(settings: Any, tmp_path: Path) -> None:
    """Papers of three years, two branches and some categories, one of them withdrawn; indexed."""

    def graph(key: str, title: str, *categories: str, **fields: Any) -> None:
        make_paper(key=key, title=title, categories=categories, **fields)

    settings.SEARCH_URL = f"embedded://{tmp_path}/index"
    new_year = datetime(2023, 12, 31, 23, 0, tzinfo=UTC)
    graph("2401.00001", "Graph networks", "cs.LG", "cs.AI", submitted=new_year, day=date(2024, 1, 2))
    graph("2406.00002", "Graph drawing", "cs.CG", submitted=datetime(2024, 6, 30, tzinfo=UTC))
    graph("2406.00003", "Graph theory", "cs.LG", submitted=datetime(2024, 6, 1, tzinfo=UTC), withdrawn=True)
    make_paper(key="P18-1001@ACL", venue="ACL", year=2018, group="Long Papers", title="Parsing graphs")
    rebuild()


def links(html: str, around: str) -> dict[str, str]:
    """Addresses by text of the links within the element of that class."""
    element = re.search(rf'<(\w+) class="{around}">(.*?)</\1>', html, re.DOTALL)
    found = re.findall(r'<a [^>]*?href="([^"]+)"[^>]*>(.*?)</a>', element[2] if element else "", re.DOTALL)
    return {entities.unescape(re.sub(r"<[^>]+>", "", text)): entities.unescape(href) for href, text in found}


def sent(html: str) -> dict[str, str]:
    """What the form of dates sends when its button is pressed."""
    form = re.search(r'<form class="pick"(.*?)</form>', html, re.DOTALL)
    assert form
    fields = re.findall(r'<input [^>]*name="(\w+)" value="([^"]*)"', form[1])
    chosen = re.search(r'<option value="(\w*)" selected', form[1])
    return {name: entities.unescape(value) for name, value in fields} | {"dated": chosen[1] if chosen else ""}


def moved(client: Client, path: str = "/search", **params: str) -> dict[str, str]:
    """The parameters of the address that a search with these is redirected to."""
    response = client.get(path, params)
    assert response.status_code == 302
    assert response.headers["Location"].partition("?")[0] == path
    return client.get(response.headers["Location"]).wsgi_request.GET.dict()


# --- Nothing found ----------------------------------------------------------------------------------------------------
def test_mistyped_query_links_to_what_was_meant_with_its_filters_and_order(client: Client, papers: None) -> None:
    html = get(client, "/arxiv/search?query=Grahp+nteworks+cat:cs.LG&sort=0&highlight=1&show=3")
    meant = links(html, "meant")
    assert meant == {
        "Graph networks cat:cs.LG": "/arxiv/search?query=Graph+networks+cat%3Acs.LG&highlight=1&sort=0&show=3"
    }
    assert re.search(r"Did you mean <a [^>]*>Graph networks cat:cs.LG</a>\? Here are its papers", html)
    assert keys(html) == ["2401.00001"]
    assert keys(get(client, *meant.values())) == ["2401.00001"]


def test_query_of_too_many_words_links_to_those_with_one_less(client: Client, papers: None) -> None:
    html = get(client, "/search?query=graph+drawing+parsing")
    assert links(html, "meant") == {
        "graph drawing": "/search?query=graph+drawing",
        "graph parsing": "/search?query=graph+parsing",
    }
    assert "No paper has all of this" in html


def test_g9_nothing_like_it_is_an_explained_nothing(client: Client, papers: None) -> None:
    for query in ("量子", "квант", "xqzzk", "grahp xqzzk", "", "--", "-grahp"):
        html = client.get("/search", {"query": query}).content.decode()
        assert links(html, "meant") == {}, query
        assert 'class="empty"' in html, query


def test_what_finds_something_is_not_corrected_and_no_feed_is(client: Client, papers: None) -> None:
    assert "Did you mean" not in get(client, "/search?query=graph")
    assert "Did you mean" not in get(client, "/search?query=graph&skip=1000")
    assert client.get("/search/feed?query=grahp").status_code == 200


def test_suggestion_is_escaped(client: Client, papers: None) -> None:
    html = client.get("/search", {"query": "grahp <b>&amp;</b>"}).content.decode()
    assert "<b>&amp;" not in html


# --- Filters of the query ---------------------------------------------------------------------------------------------
def test_filter_is_shown_with_a_link_that_removes_it_alone(client: Client, papers: None) -> None:
    html = get(client, "/search?query=graph+cat:cs.LG+-is:withdrawn&sort=0&show=1&highlight=1")
    assert keys(html) == ["2401.00001"]
    shown = links(html, "filters")
    assert list(shown) == ["category:cs.LG ✕", "-is:withdrawn ✕"]
    assert shown["-is:withdrawn ✕"] == "/search?query=graph+cat%3Acs.LG&highlight=1&sort=0&show=1"
    assert "Total: 2" in get(client, shown["-is:withdrawn ✕"])
    assert "Total: 3" in get(client, shown["category:cs.LG ✕"])


def test_words_are_no_filters(client: Client, papers: None) -> None:
    assert links(get(client, "/search?query=graph+OR+cat:cs.LG"), "filters") == {}
    assert links(get(client, "/search?query=ti:graph"), "filters") == {}


# --- Facets -----------------------------------------------------------------------------------------------------------
def test_facets_link_to_as_many_papers_as_they_count(client: Client, papers: None) -> None:
    for query in ("graph", "networks OR parsing", "drawing,parsing,theory", "ti:(graph OR parsing) -net", "cat:cs"):
        facets = links(client.get("/search", {"query": query}).content.decode(), "facets")
        assert len(facets) > 3, query
        for label, href in facets.items():
            html = get(client, href)
            assert "Character" not in html
            if count := re.search(r" (\d+)$", label):
                assert f"Total: {count[1]}<" in html, (query, label)


def test_facets_count_all_papers_and_not_the_page_in_their_order(client: Client, papers: None) -> None:
    for n in range(20):
        make_paper(title="Graph", categories=("math.CO",), submitted=datetime(1995 + n, 5, 1, tzinfo=UTC))
    rebuild()
    facets = links(get(client, "/search?query=graph&show=1&skip=5"), "facets")
    years = ["2024 2", "2023 1", "2018 1", "2014 1", "2013 1", "2012 1", "2011 1", "2010 1", "2009 1"]
    assert list(facets) == [
        *years, "2008 and before 14", "math.CO 20", "cs.LG 2", "cs.AI 1", "cs.CG 1", "ACL 1", "leave out"
    ]  # fmt: skip
    assert facets["2008 and before 14"] == "/search?query=graph+date%3A..2008&show=1"
    assert "Total: 14<" in get(client, facets["2008 and before 14"])


def test_facet_keeps_words_orders_and_branch_and_reads_plainly(client: Client, papers: None) -> None:
    facets = links(get(client, "/arxiv/search?query=graph+networks&sort=submitted&highlight=1"), "facets")
    assert facets["cs.LG 1"] == "/arxiv/search?query=graph+networks+category%3Acs.LG&highlight=1&sort=submitted"
    facets = links(get(client, "/venue/search?query=graph"), "facets")
    assert list(facets) == ["2018 1", "ACL 1", "leave out"]


def test_filter_of_the_query_is_no_facet_again(client: Client, papers: None) -> None:
    html = get(client, "/search?query=graph+cat:cs.LG+date:2024+-is:withdrawn+venue:acl")
    assert keys(html) == []
    html = get(client, "/search?query=graph+cat:cs.LG+date:2023+-is:withdrawn")
    assert list(links(html, "facets")) == ["cs.AI 1"]


def test_year_within_a_range_takes_its_place(client: Client, papers: None) -> None:
    facets = links(get(client, "/search?query=graph+date:2018..2024"), "facets")
    assert facets["2018 1"] == "/search?query=graph+date%3A2018"


def test_no_engine_means_no_facets_and_a_page_all_the_same(client: Client, papers: None, settings: Any) -> None:
    settings.SEARCH_URL = "null://"
    html = get(client, "/search?query=graph")
    assert "switched off" in html
    assert "<details" not in html


@pytest.mark.parametrize("path", ["/search", "/venue/search"])
@pytest.mark.parametrize("sort", ["", "0", "submitted", "announced", "relevance"])
def test_every_search_and_order_has_facets(client: Client, papers: None, path: str, sort: str) -> None:
    assert "ACL 1" in links(get(client, f"{path}?query=graph&sort={sort}"), "facets")


def test_g6_filters_of_a_facet_survive_page_two_and_another_order(client: Client, papers: None) -> None:
    for n in range(40):
        make_paper(title="Graph", categories=("cs.LG" if n % 2 else "cs.CL",))
    rebuild()
    html = get(client, links(get(client, "/search?query=graph"), "facets")["cs.CL 20"] + "&show=15")
    for link in (*links(html, "sorts").values(), *re.findall(r'rel="next" href="([^"]+)"', html)):
        page = get(client, entities.unescape(link))
        assert "Total: 20<" in page
        assert list(links(page, "filters")) == ["category:cs.CL ✕"]


def test_g11_told_total_of_every_facet_can_be_reached(client: Client, papers: None) -> None:
    for n in range(60):
        make_paper(title="Graph", categories=("cs.CL",) if n % 3 else ("cs.CL", "cs.DS"))
    rebuild()
    facets = links(get(client, "/search?query=graph"), "facets")
    for label in ("cs.CL 60", "cs.DS 20"):
        pages = [keys(get(client, f"{facets[label]}&show=7&skip={skip}")) for skip in range(0, 63, 7)]
        assert len({key for page in pages for key in page}) == int(label.split()[1])


# --- Dates ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("dated", "first", "last", "query", "found"),
    [
        ("", "2024-01-01", "2024-12-31", "graph date:2024", ["2406.00002", "2406.00003"]),
        ("submitted", "2023-12-31", "2023-12-31", "graph submitted:2023-12-31", ["2401.00001"]),
        ("announced", "2024-01-02", "", "graph announced:2024-01-02..", ["2401.00001"]),
        ("", "", "2018-12-31", "graph date:..2018", ["P18-1001@ACL"]),
    ],
)
def test_dates_of_the_form_become_part_of_the_query(
    client: Client, papers: None, dated: str, first: str, last: str, query: str, found: list[str]
) -> None:
    asked = {"query": "graph", "sort": "submitted", "from": first, "to": last, "dated": dated, "skip": "25"}
    to = moved(client, **asked)
    assert to == {"query": query, "sort": "submitted"}
    html = client.get("/search", to).content.decode()
    assert sorted(keys(html)) == found
    assert sent(html) == {"query": "graph", "sort": "submitted", "from": first, "to": last, "dated": dated}
    assert moved(client, **sent(html)) == to  # pressed again, nothing changes


def test_empty_form_takes_the_dates_out_of_the_query(client: Client, papers: None) -> None:
    form = sent(get(client, "/search?query=graph+announced:2024"))
    assert moved(client, **(form | {"from": "", "to": ""})) == {"query": "graph"}


def test_dates_stand_beside_a_whole_query_and_in_the_feed(client: Client, papers: None) -> None:
    to = moved(client, "/search/feed", **{"query": "networks OR parsing", "from": "2018-01-01", "to": "2018-12-31"})
    assert to == {"query": "(networks OR parsing) date:2018"}
    assert moved(client, **{"query": "", "from": "2024-06-30"}) == {"query": "date:2024-06-30.."}


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("2024-06-01", "2024-01-01", "write the earlier date first"),
        ("2024-02-30", "", "There is no 2024-02-30"),
        ("0000-00-00", "", "There is no 0000-00-00"),
        ("today", "", "is not a date"),
        ("2024..2025", "2026", "is not a date"),
        ('<b>" OR "', "\x00", "is not a date"),
        ("", "9" * 5_000, "is not a date"),
    ],
)
def test_bad_dates_are_told_and_the_rest_is_searched(
    client: Client, papers: None, first: str, last: str, told: str
) -> None:
    for path in ("/search", "/arxiv/search", "/search/feed"):
        response = client.get(path, {"query": "graph networks", "from": first, "to": last})
        assert response.status_code == 200
        html = response.content.decode()
        assert "2401.00001" in html
        assert "<b>" not in html
        assert path.endswith("feed") or (told in html and '<details class="narrow" open>' in html)


def test_dates_without_room_are_told(client: Client, papers: None) -> None:
    long = " ".join(f"w{n}" for n in range(64))
    assert "too long" in get(client, "/search?from=2024-01-01&query=" + long.replace(" ", "+"))


def test_unknown_meaning_of_dates_is_refused(client: Client, papers: None) -> None:
    assert "submitted, announced" in get(client, "/search?query=graph&dated=revised&from=2024-01-01", 400)


def test_sorts_have_the_names_of_what_they_sort_by(client: Client, papers: None) -> None:
    html = get(client, "/search?query=graph")
    assert "Order: <b>relevance</b>" in html
    assert list(links(html, "sorts")) == ["date", "submitted", "announced", "stars", " · for you"]
