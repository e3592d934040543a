"""?explain=1: why each paper of a search stands where it stands."""

import html as entities
import re
from datetime import date
from typing import Any

import pytest
from django.test import Client

from search.index import rebuild
from search.ranking import WORDS_WINDOW
from tests.coolpapers.test_lists import get, keys
from tests.factories import make_paper
from tests.search.meaning import hold, make_graphs

pytestmark = pytest.mark.django_db


@pytest.fixture
def graphs(meaning: None) -> None:
    """Three papers found by words and one found by meaning alone, indexed with their vectors."""
    make_graphs()
    hold()


def whys(html: str) -> list[str]:
    """The lines below the cards."""
    return [entities.unescape(text) for text in re.findall(r'<p class="why">(.*?)</p>', html)]


def summary(html: str) -> str:
    """What is told of the whole list."""
    found = re.search(r'<p class="info why-all">(.*?) <a ', html)
    return entities.unescape(found[1]) if found else ""


def test_each_paper_is_told_its_places_its_cosine_and_its_words(client: Client, graphs: None) -> None:
    html = get(client, "/search?query=graph+networks&explain=1")
    lines = whys(html)
    assert len(lines) == len(keys(html)) == 4
    both = r"1st here · \d\w\w by words · \d\w\w by meaning \(cosine [01]\.\d\d\) · has graph, networks"
    assert re.fullmatch(both, lines[0])
    alone = [line for line in lines if "by meaning alone" in line]
    assert len(alone) == 1
    assert re.fullmatch(r"4th here · \d\w\w by meaning alone \(cosine 0\.\d\d\) · has graph", alone[0])
    chinese = whys(get(client, "/search?query=graph+networks&explain=1&lang=zh"))
    assert re.fullmatch(r"此处第 1 · 词语第 \d · 语义第 \d（余弦 [01]\.\d\d） · 含有 graph, networks", chinese[0])
    assert "Ranked by words and meaning. Words " in summary(html)
    assert re.search(r"encoding the query \d+\.\d ms, meaning \d+\.\d ms, all \d+\.\d ms\.$", summary(html))


def test_paper_without_a_vector_is_said_to_be_found_by_words_alone(client: Client, graphs: None) -> None:
    make_paper(title="Networks of a graph, newly come")
    rebuild()
    lines = whys(get(client, "/search?query=graph+networks&explain=1"))
    assert [line for line in lines if re.search(r"by words alone \(it has no vector yet\) · has graph, networks", line)]


def test_paper_far_down_by_words_is_not_said_to_be_found_by_meaning_alone(client: Client, meaning: None) -> None:
    for number in range(400):
        make_paper(title=f"Graph {number}", abstract=f"{number} " * (number % 7))
    for number in range(20):
        make_paper(title="Networks", abstract=f"{number}")
    make_paper(title="Graph " * 3 + "networks")
    hold()
    html = get(client, "/search?query=graph&show=420&explain=1")
    lines = whys(html)
    assert re.match(r"The first \d+ are ranked by words and meaning, the rest by words\. ", summary(html))
    assert [line for line in lines if f"not among the first {WORDS_WINDOW} by words · has graph" in line]
    assert not [line for line in lines if "by meaning alone" in line]
    assert re.search(r"[23]\d\d\w\w by words alone · has graph", lines[-1])


def test_search_by_words_alone_says_so(client: Client, graphs: None, settings: Any) -> None:
    html = get(client, '/search?query="graph+networks"&explain=1')
    assert summary(html).startswith("Ranked by words alone. Words ")
    assert whys(html)[0].startswith("1st here · 1st by words alone · has graph networks")
    settings.EMBEDDING_MODEL = "off"
    assert summary(get(client, "/search?query=graph&explain=1")).startswith("Ranked by words alone.")


def test_list_by_date_has_no_ranks_to_tell(client: Client, graphs: None) -> None:
    html = get(client, "/search?query=graph+networks&sort=0&explain=1")
    assert summary(html).startswith("Ordered by date. It took ")
    assert whys(html)[0] == "1st here · has graph, networks"


def test_words_are_found_in_authors_and_by_their_beginnings(client: Client, graphs: None) -> None:
    assert whys(get(client, "/search?query=lovelace+netw*&explain=1"))[0].endswith("has lovelace, netw*")


def test_link_turns_it_on_and_off_and_pages_and_orders_keep_it(client: Client, meaning: None) -> None:
    for number in range(30):
        make_paper(title="Graph", abstract=f"Number {number}", day=date(2024, 3, 4))
    hold()
    plain = get(client, "/search?query=graph&highlight=1")
    assert not whys(plain)
    on = re.search(r'<a href="([^"]+)" rel="nofollow">Explain this order</a>', plain)
    assert on
    url = entities.unescape(on[1])
    explained = get(client, url)
    assert len(whys(explained)) == 25
    links = re.findall(r'href="(/search\?[^"]+)"', explained)
    off = re.search(r'<a href="([^"]+)" rel="nofollow">Do not explain</a>', explained)
    assert off
    for link in set(map(entities.unescape, links)) - {entities.unescape(off[1])}:
        assert "explain=1" in link
    assert re.sub(r"\s", "", get(client, entities.unescape(off[1]))) == re.sub(r"\s", "", plain)
    following = re.search(r'<a rel="next" href="([^"]+)"', explained)
    assert following
    lines = whys(get(client, entities.unescape(following[1])))
    assert [line.split()[0] for line in lines] == ["26th", "27th", "28th", "29th", "30th"]


def test_feed_is_never_explained_and_not_linked_so(client: Client, graphs: None) -> None:
    html = get(client, "/search?query=graph&explain=1")
    feeds = re.findall(r'href="(/search/feed[^"]*)"', html)
    assert feeds
    assert not [link for link in feeds if "explain" in link]
    with_it, without = (client.get(f"/search/feed?query=graph{more}").content for more in ("&explain=1", ""))
    assert with_it.replace(b"&amp;explain=1", b"") == without


def test_card_is_the_same_whether_explained_or_not(client: Client, graphs: None) -> None:
    def cards(url: str) -> list[str]:
        return re.findall(r'<div id="[^"]+" class="panel paper.*?</div>', get(client, url), re.DOTALL)

    assert cards("/search?query=graph+networks&explain=1") == cards("/search?query=graph+networks")


def test_what_is_typed_comes_back_as_text(client: Client, graphs: None) -> None:
    make_paper(title="A <script>graph</script>")
    hold()
    html = get(client, '/search?query="<script>graph"&explain=1')
    assert "<script>graph" not in html
