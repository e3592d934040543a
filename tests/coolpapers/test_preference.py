"""?sort=word,word: preferred papers first on every list."""

import html
import re

import pytest
from django.test import Client

from coolpapers.models import Paper
from coolpapers.pages import preference
from coolpapers.pages.preference import ranked
from ingest.store import save_records
from tests.coolpapers.test_lists import get, keys
from tests.library import arxiv_record

pytestmark = pytest.mark.django_db


def save(**texts: tuple[str, str]) -> None:
    """Papers of one day by their numbers, each with its title and abstract; the highest number stands first."""
    save_records(
        records=[
            arxiv_record(f"2606.{number[1:]}", title=title, abstract=abstract)
            for number, (title, abstract) in texts.items()
        ]
    )


def order(client: Client, sort: str, more: str = "") -> list[str]:
    return [key[5:] for key in keys(get(client, f"/arxiv/cs.CL?sort={sort}{more}"))]


def test_a_title_weighs_more_than_an_abstract_and_ties_keep_their_order(client: Client) -> None:
    save(
        n00001=("Nothing of it", "Nothing."),
        n00002=("Something else", "It has a graph."),
        n00003=("Graphs of words", "Nothing."),
        n00004=("Nothing again", "Nothing."),
        n00005=("Schrödinger bridges", "A Graph, too."),
    )
    assert order(client, "graph,") == ["00003", "00005", "00002", "00004", "00001"]
    assert order(client, "SCHRODINGER,graph") == ["00005", "00003", "00002", "00004", "00001"]
    assert order(client, "nothing again,bridges") == ["00005", "00004", "00003", "00002", "00001"]


@pytest.mark.parametrize(
    ("word", "found"), [("rl", False), ("parse", True), ("ars", False), ("c++", True), ("(", True)]
)
def test_short_words_are_whole_and_longer_ones_begin_a_word(client: Client, word: str, found: bool) -> None:
    save(n00001=("Parser for C++ (and world)", ""), n00002=("Another", ""))
    first = order(client, html.unescape(f"{word.replace('+', '%2B')},"))[0]
    assert (first == "00001") is found


def test_parts_of_the_list_hold_every_paper_once_and_links_keep_the_words(client: Client, library: None) -> None:
    address = "/arxiv/cs.CL?date=2026-06-15&sort=09007,09011&show=7"
    assert keys(get(client, address))[:2] == ["2606.09011", "2606.09007"]
    seen: list[str] = []
    while address:
        page = get(client, address)
        seen += keys(page)
        link = re.search(r'<a rel="next" href="([^"]+skip[^"]+)"', page)
        address = html.unescape(link[1]) if link else ""
    assert len(seen) == len(set(seen)) == 30
    assert [
        part for part in ("date=2026-06-15", "sort=09007%2C09011", "show=7") if part not in html.unescape(page)
    ] == []


def test_papers_behind_the_window_stay_where_they_are(
    client: Client, library: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preference, "WINDOW", 10)
    Paper.objects.filter(key__in=("2606.09025", "2606.09005")).update(abstract="A zebra.")
    seen = order(client, "zebra,", "&date=2026-06-15&show=12") + order(
        client, "zebra,", "&date=2026-06-15&show=18&skip=12"
    )
    plain = [f"0{n}" for n in range(9030, 9000, -1)]
    plain.remove("09025")
    assert seen == ["09025", *plain]


@pytest.mark.parametrize(
    "path",
    ["/arxiv/cs.CL", "/arxiv/cs.CL+cs.LG", "/arxiv/hep-th", "/arxiv/hep-th+math.GT", "/venue/ACL.2018",
     "/search?query=paper", "/arxiv/2606.10001,2606.10002", "/author/Ada%20Author", "/arxiv/cs.CL?date=2026-06-15"],
)  # fmt: skip
def test_every_list_and_its_feed_take_words(client: Client, indexed_library: None, path: str) -> None:
    plain = keys(get(client, f"{path}{'&' if '?' in path else '?'}show=100"))
    word = Paper.objects.get(key=plain[-1]).title.replace("$", "")[:40].replace("(", "").split()[-1]
    words = f"{'&' if '?' in path else '?'}show=100&sort={word},"
    page = get(client, path + words)
    assert set(keys(page)) == set(plain)
    assert len(plain) == 1 or f'value="{word}"' in page, "the form says the words"
    feed = get(client, re.sub(r"(\?|$)", r"/feed\1", path, count=1) + words)
    assert len(re.findall("<entry>", feed)) == len(plain)


def test_search_puts_preferred_results_first_and_explains_it(client: Client, indexed_library: None) -> None:
    page = get(client, "/search?query=paper&sort=09007,&explain=1")
    assert keys(page)[0] == "2606.09007"
    assert "Papers with the words that you prefer come first" in page


def test_the_form_needs_no_comma(client: Client, library: None) -> None:
    assert 'name="prefer" value="friend, bridges"' in get(client, "/arxiv/cs.CL?prefer=friend，bridges")
    page = get(client, "/arxiv/cs.CL?prefer=friend+bridges")
    assert keys(page)[:2] == ["2606.10002", "2603.00003"]
    assert "sort=friend%2Cbridges" in get(client, "/arxiv/cs.CL?prefer=friend+bridges&show=1")
    assert 'href="/arxiv/cs.CL" rel="nofollow">Not any more' in page


def test_words_are_no_markup_and_no_pattern(client: Client, library: None) -> None:
    page = get(client, "/arxiv/cs.CL?sort=%22%3E%3Cimg+src%3Dx%3E,.*,%5B")
    assert "<img" not in page
    assert keys(page) == ["2606.10002", "2606.10001", "2603.00003"]


def test_what_is_gone_meanwhile_does_no_harm(library: None) -> None:
    assert (
        ranked([10**9, *Paper.objects.filter(key="2606.10002").values_list("pk", flat=True)], ["bridges"])[1] == 10**9
    )
