"""Search and /go through their addresses."""

import html as entities
import re

import pytest
from django.test import Client

from coolpapers.models import Paper
from tests.coolpapers.test_lists import get, keys

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("attention", ["2606.10001"]),
        ("Attentions", ["2606.10001"]),
        ("schrodinger", ["2606.10002"]),
        ("Schr%C3%B6dinger", ["2606.10002"]),
        ("%22old+friend%22", ["2603.00003"]),
        ("%22friend+old%22", []),
        ("parse+-P18-1001", ["P18-1002@ACL", "P18-2001@ACL"]),
        ("%22Ada+Author%22+strings", ["hep-th/9901001"]),
    ],
)
def test_words_phrases_and_minus_find_over_both_branches(
    client: Client, indexed_library: None, query: str, found: list[str]
) -> None:
    assert sorted(keys(get(client, f"/search?query={query}"))) == sorted(found)


def test_branch_searches_its_own(client: Client, indexed_library: None) -> None:
    assert "Total: 3" in get(client, "/venue/search?query=author")
    html = get(client, "/arxiv/search?query=author")
    assert "Total: 35" in html
    assert '<body id="arxiv">' in html
    assert "Total: 38" in get(client, "/search?query=author")


def test_pages_of_results_hold_every_paper_once_and_keep_filters(client: Client, indexed_library: None) -> None:
    url, seen = "/arxiv/search?highlight=1&query=author&show=9&sort=0", []
    while url:
        html = get(client, url)
        seen += keys(html)
        link = re.search(r'<a rel="next" href="([^"]+)"', html)
        url = entities.unescape(link[1]) if link else ""
        assert not url or {"query=author", "highlight=1", "show=9", "sort=0"} <= set(url.split("?")[1].split("&"))
    assert len(seen) == len(set(seen)) == 35


def test_paper_deleted_since_it_was_indexed_shows_no_other_twice(client: Client, indexed_library: None) -> None:
    first = keys(get(client, "/arxiv/search?query=author&show=9&sort=0"))
    Paper.objects.filter(key=first[4]).delete()
    html = get(client, "/arxiv/search?query=author&show=9&sort=0")
    link = re.search(r'<a rel="next" href="([^"]+)"', html)
    assert link
    assert set(keys(html)) == set(first) - {first[4]}
    assert not set(keys(get(client, entities.unescape(link[1])))) & set(first)


@pytest.mark.parametrize("sort", ["0", "1", "relevance", "submitted", "announced"])
@pytest.mark.parametrize("path", ["/search", "/arxiv/search", "/venue/search"])
def test_every_search_takes_every_sort(client: Client, indexed_library: None, path: str, sort: str) -> None:
    # the original's /venue/search?sort=0 answers 500
    assert keys(get(client, f"{path}?query=author&sort={sort}"))
    get(client, f"{path}?query=author&sort=best", 400)


@pytest.mark.parametrize(
    "query",
    [
        "id:2606.10001",
        "id:arXiv:2606.10001v1",
        "2606.10001",
        "arXiv:2606.10001v2",
        "https://arxiv.org/abs/2606.10001",
        "hep-th/9901001",
    ],
)
def test_identifier_goes_to_the_paper(client: Client, indexed_library: None, query: str) -> None:
    response = client.get("/search", {"query": query})
    assert response.status_code == 302
    assert response.headers["Location"] in {"/arxiv/2606.10001", "/arxiv/hep-th/9901001"}


def test_identifier_within_a_query_stays_a_search(client: Client, indexed_library: None) -> None:
    assert keys(get(client, "/search?query=graphs+-id:2606.10001")) == []
    assert keys(get(client, "/search?query=ti:graphs+id:2606.10001")) == ["2606.10001"]
    assert sorted(keys(get(client, "/search?query=id:2606.10001+OR+id:2606.10002"))) == ["2606.10001", "2606.10002"]
    assert "not held here" not in get(client, "/search?query=author+-id:1706.03762")


def test_identifier_of_a_paper_not_held_says_so(client: Client, indexed_library: None) -> None:
    html = get(client, "/search?query=1706.03762")
    assert 'href="/arxiv/1706.03762"' in html
    assert "not held here" in html


def test_highlight_marks_words_and_whole_formulas(client: Client, indexed_library: None) -> None:
    html = get(client, "/search?query=attention+graphs&highlight=1")
    assert "<mark>Attention</mark> for <math" in html
    assert "<mark>" not in get(client, "/search?query=attention")


def test_result_has_a_snippet_and_the_whole_abstract(client: Client, indexed_library: None) -> None:
    html = get(client, "/search?query=attention&highlight=1")
    assert re.search(r'<details class="fold"><summary><span class="part notranslate">.*something\.</span>', html)
    assert '<p id="summary-2606.10001" class="summary notranslate">We study something.</p>' in html


def test_nothing_found_says_what_to_try(client: Client, indexed_library: None) -> None:
    html = get(client, "/arxiv/search?query=nothinghasthis")
    assert "No paper has all of this" in html
    assert 'href="/search?query=nothinghasthis"' in html


def test_empty_search_explains_itself(client: Client, indexed_library: None) -> None:
    assert "Put a phrase in quotes" in get(client, "/search")
    assert "Put a phrase in quotes" in get(client, "/search?query=++")


def test_page_past_the_end_of_results_says_so(client: Client, indexed_library: None) -> None:
    assert "This list ends at 38." in get(client, "/search?query=author&skip=1000000")


def test_search_without_an_index_says_so_and_lists_still_answer(client: Client, library: None) -> None:
    html = get(client, "/search?query=attention")
    assert re.search(r'<p class="note">[^<]*earch[^<]*</p>', html)
    assert keys(get(client, "/arxiv/cs.CL"))


@pytest.mark.parametrize(
    "query",
    ["a/b?c", "/?", "-", "--", '"', "\\", "(((", "AND AND AND", "ti:", 'au:""', "OR", "NOT", "the who", "x" * 10_000,
     "a " * 5_000, "(" * 200 + "a" + ")" * 200, "\x00", "*", "/(a+)+$/", "a~9 b^9999 [* TO *] _exists_:x",
     "'; DROP TABLE",
     "<script>alert(1)</script>", "{{7*7}}", "量子", "квант", "C++", "\u202e\u200b", "😀", "-a -b", '-"a b"',
     '"unclosed phrase'],
)  # fmt: skip
def test_nothing_typed_breaks_search(client: Client, indexed_library: None, query: str) -> None:
    for path in ("/search", "/arxiv/search", "/venue/search", "/search/feed", "/go"):
        response = client.get(path, {"query": query, "q": query, "highlight": "1"})
        assert response.status_code in {200, 302}, path
        assert b"<script>alert" not in response.content


# --- /go ---
@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"url": "https://arxiv.org/abs/1706.03762v7"}, "/arxiv/1706.03762"),
        ({"url": "https://aclanthology.org/P18-1001.pdf"}, "/venue/P18-1001@ACL"),
        ({"q": "see arXiv:1706.03762 and 2301.00003"}, "/arxiv/1706.03762,2301.00003"),
        ({"q": "10.1145/3292500.3330701"}, "/search?query=10.1145%2F3292500.3330701"),
        ({"q": "attention is all you need"}, "/search?highlight=1&query=attention+is+all+you+need"),
        ({"url": "https://example.com/paper"}, "/search?highlight=1&query=https%3A%2F%2Fexample.com%2Fpaper"),
        ({"url": "1706.03762"}, "/arxiv/1706.03762"),
    ],
)
def test_go_leads_to_what_was_pasted(client: Client, db: None, params: dict[str, str], path: str) -> None:
    response = client.get("/go", params)
    assert (response.status_code, response.headers["Location"]) == (302, path)


@pytest.mark.parametrize(
    "url", ["//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)", "http://[", "x" * 100_000]
)
def test_go_never_leaves_the_site(client: Client, db: None, url: str) -> None:
    location = client.get("/go", {"url": url}).headers["Location"]
    assert location.startswith("/search?")
    assert len(location) < 5_000


def test_go_without_anything_is_a_form(client: Client, db: None) -> None:
    assert "<textarea" in get(client, "/go")
