"""What is missing in an answer is told by name, on the page and in a header of page and feed, beside the papers."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from search import index, vector_index
from search.embed import embed_due
from search.embeddings import WordsEncoder, encoding_by, get_encoder
from tests.coolpapers.test_lists import keys
from tests.factories import make_paper
from tests.search.encoders import BrokenEncoder
from tests.search.meaning import hold, make_graphs, recipe, search

pytestmark = pytest.mark.django_db


def told(client: Client, query: str = "graph networks", *, status: int = 200, **params: str) -> tuple[str, list[str]]:
    """The reason in the page's note, which is the header's and the feed's too, and the keys of the cards."""
    page = client.get("/search", {"query": query, **params})
    feed = client.get("/search/feed", {"query": query, **params})
    html = page.content.decode()
    reason = page.headers.get("Search-Degraded", "")
    assert feed.status_code == page.status_code == status
    assert feed.headers.get("Search-Degraded", "") == reason
    notes = [note.replace("&#x27;", "'") for note in re.findall(r'<p class="note">(.*?)</p>', html)]
    assert not reason or reason in notes
    return reason, keys(html)


def test_whole_answer_has_no_reason(client: Client, meaning: None) -> None:
    make_graphs()
    hold()
    assert told(client) == ("", told(client)[1])
    assert len(told(client)[1]) == 4


def test_papers_whose_vectors_are_missing_are_counted(client: Client, meaning: None) -> None:
    for number in range(97):
        make_paper(title=f"Number {number}")
    make_graphs()
    index.rebuild()
    embed_due(encoder=get_encoder(), limit=99)
    vector_index.follow()
    reason, shown = told(client)
    assert reason == (
        "99 of 101 papers have a vector so far: until the others have one, they are ranked by words alone."
    )
    assert shown
    embed_due(encoder=get_encoder(), limit=1)
    vector_index.follow()
    assert told(client)[0] == ""  # 100 of 101: there are always some that have just come


def test_no_vectors_at_all_is_another_reason(client: Client, meaning: None) -> None:
    make_graphs()
    index.rebuild()
    reason, shown = told(client)
    assert reason == ("Papers are not ranked by meaning yet: their vectors are being made. Ranked by words alone.")
    assert len(shown) == 3


def test_new_model_is_told_until_it_has_every_paper(client: Client, meaning: None, settings: Any) -> None:
    make_graphs()
    hold()
    settings.EMBEDDING_DIMENSIONS = 32
    reason, shown = told(client)
    assert reason == "Meaning is that of an earlier model until every paper has its vector of the new one."
    assert len(shown) == 4
    embed_due(encoder=get_encoder())
    vector_index.follow()
    assert told(client)[0] == ""


def test_switched_off_on_purpose_is_no_reason(client: Client, meaning: None, settings: Any) -> None:
    make_graphs()
    hold()
    settings.EMBEDDING_MODEL = "off"
    assert told(client)[0] == ""
    assert len(told(client)[1]) == 3


def test_model_that_is_away_leaves_what_else_the_page_says(client: Client, meaning: None) -> None:
    make_graphs()
    make_paper(title="Networks alone")
    hold()
    with encoding_by(BrokenEncoder(recipe())):
        reason, shown = told(client, "graph missing speech networks")
        assert reason.startswith("Search by meaning can't read this query.")
        assert not shown
        html = client.get("/search", {"query": "graph missing speech networks"}).content.decode()
    assert "No paper has all of this." in html
    assert "Feed" in html


def test_sorted_by_date_meaning_is_not_missed(client: Client, meaning: None) -> None:
    make_graphs()
    hold()
    with encoding_by(BrokenEncoder(recipe())):
        assert told(client, sort="0")[0] == ""


def test_reason_is_a_header_whatever_the_model_is_called(client: Client, meaning: None, settings: Any) -> None:
    make_graphs()
    settings.EMBEDDING_MODEL = "modèle\r\nX-Evil: 1"
    hold(WordsEncoder(recipe()))
    settings.SEARCH_DEADLINE_MS = 60_000
    response = client.get("/search", {"query": "graph networks"})
    assert response.headers["Search-Degraded"].isascii()
    assert "\n" not in response.headers["Search-Degraded"]
    assert "X-Evil" not in response.headers


@pytest.mark.parametrize("path", ["/search", "/search/feed"])
def test_no_index_is_told_the_same_way(client: Client, meaning: None, path: str) -> None:
    response = client.get(path, {"query": "graph"})
    assert response.headers["Search-Degraded"].startswith("The search index has not been built yet")


@pytest.mark.parametrize("sort", ["relevance", "0"])
def test_index_that_is_built_anew_answers_from_the_old_one_and_says_so(
    client: Client, meaning: None, sort: str
) -> None:
    make_graphs()
    hold()
    before = told(client, sort=sort)
    looked: list[tuple[str, list[str]]] = []
    index.rebuild(lambda count: looked.append(told(client, sort=sort)))
    assert looked
    for reason, shown in looked:
        assert reason.startswith("The index is being built anew: until that is done the earlier one answers")
        assert shown == before[1]
    assert told(client, sort=sort) == before


def test_first_index_is_said_to_be_built_while_it_is(client: Client, meaning: None) -> None:
    make_graphs()
    looked: list[str] = []
    index.rebuild(lambda count: looked.append(told(client, status=503)[0]))
    assert set(looked) == {"The search index is being built: search answers when that is done."}
    assert len(told(client)[1]) == 3


def test_what_a_killed_rebuild_left_is_no_rebuild(client: Client, meaning: None, tmp_path: Path) -> None:
    make_graphs()
    hold()
    left = tmp_path / "index" / "generation-20200101-000000-abcdef"
    left.mkdir()
    assert told(client)[0].startswith("The index is being built anew")  # for two minutes it can't be told from one
    os.utime(left, (0, 0))
    assert told(client)[0] == ""


def test_vectors_that_are_built_anew_answer_meanwhile(meaning: None) -> None:
    make_graphs()
    hold()
    before = search("graph networks").hits
    looked = []
    vector_index.follow(anew=True, progress=lambda count: looked.append(search("graph networks").hits))
    assert looked == [before]
