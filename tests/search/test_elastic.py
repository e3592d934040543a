"""The engine in Elasticsearch: the contract, and what belongs to an index that many processes share."""

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from search import analysis
from search.document import Document
from search.engines.base import PREFIX_LIMIT, Engine, EngineUnavailable, IndexBusy, RebuildNeeded
from search.engines.elastic import ElasticEngine
from search.engines.elastic_cluster import Address, Cluster, read_address
from search.engines.elastic_indices import OURS
from search.engines.elastic_queries import ElasticQueries
from search.engines.elastic_schema import new_index
from search.engines.lowering import Lowering
from search.query import parse_query
from tests.elastic import Node
from tests.search.documents import build, find, forget, make_document, put
from tests.search.engine_contract import LANGUAGE, EngineContract, hold_words
from tests.search.packed import RECIPE, make_floats, pack


class TestElastic(EngineContract):
    @pytest.fixture
    def engine(self, elastic: ElasticEngine) -> ElasticEngine:
        return elastic

    def test_prefix_of_very_many_words_is_cut_with_a_note(self, engine: Engine) -> None:
        pytest.skip("Elasticsearch looks beginnings up itself, and leaves no word out: the next test")

    def test_prefix_of_very_many_words_leaves_none_out(self, engine: Engine) -> None:
        build(engine, [make_document(n, f"pre{n:04d}", abstract="common") for n in range(1, PREFIX_LIMIT + 50)])
        results = engine.search(parse_query("pre*"), sort="relevance", offset=0, limit=10)
        assert (results.total, results.notes) == (PREFIX_LIMIT + 49, ())


@pytest.fixture
def second(elastic: ElasticEngine) -> ElasticEngine:
    """The same index as another process has it."""
    return ElasticEngine(Cluster(elastic.indices.cluster.address))


def names(engine: ElasticEngine) -> list[str]:
    """The indices there are."""
    found = engine.indices.cluster.call(lambda client: client.indices.get(index=f"{engine.indices.read}*"))
    return sorted(found)


def call(engine: ElasticEngine, ask: Callable):
    return engine.indices.cluster.call(ask)


# --- Words ------------------------------------------------------------------------------------------------------------
def test_analyzers_find_the_words_that_search_analysis_finds(elastic: ElasticEngine) -> None:
    texts = [
        "Bayes's theorem, don't and t-SNE: SU(2) $\\alpha_1$ in C++/C#", "Schrödinger Straße İstanbul ½ π0 ﬁne ﬀ œuvre",
        "深度学习 of 딥러닝 обучение Ⅳ x² ǅ ẞ ٣٤", "Generalization of dying images' skies, ponies and news", "a" * 200,
    ]  # fmt: skip
    build(elastic, [])
    for text in texts:
        for analyzer, words in (("stemmed", analysis.stems), ("plain", analysis.plain_words)):
            told = call(
                elastic,
                lambda client, analyzer=analyzer, text=text: client.indices.analyze(
                    index=elastic.indices.read, analyzer=analyzer, text=analysis.prepare(text)
                ),
            )
            assert tuple(token["token"] for token in told["tokens"]) == words(text)


@given(
    text=st.text(st.sampled_from('word a-,"“”:()[]{}*?~^/\\+!&|<>=') | st.characters())
    | st.lists(st.sampled_from(LANGUAGE)).map("".join)
)
def test_nothing_typed_reaches_a_parser_of_elasticsearch(text: str) -> None:
    asked: list[object] = []

    def nothing(body):
        asked.append(body)
        buckets = body.get("aggs", {}).get("words", {}).get("filters", {}).get("filters", {})
        counted = {place: {"doc_count": 1} for place in buckets}
        return {"aggregations": {"words": {"buckets": counted}, "names": {"buckets": []}}}

    lowering = Lowering(parse_query(text), ElasticQueries(nothing, 10))
    said = json.dumps([lowering.whole(), asked])
    for kind in ("query_string", "simple_query_string", "regexp", "wildcard", "script", "multi_match", '"match"'):
        assert kind not in said or kind in text


# --- Address ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("elasticsearch://host", Address(("http://host:9200",))),
        ("elasticsearch+https://host:9243/lab", Address(("https://host:9243",), "lab")),
        ("elasticsearch://me:p%40ss:%2Fword@a:1,b:2,[::1]:3/x-1",
         Address(("http://a:1", "http://b:2", "http://[::1]:3"), "x-1", ("me", "p@ss:/word"))),
    ],
)  # fmt: skip
def test_address_is_read(url: str, address: Address) -> None:
    assert read_address(url) == address


@pytest.mark.parametrize(
    "url",
    ["elasticsearch://", "elasticsearch://:9200", "elasticsearch://host:port", "elasticsearch://host/Upper",
     "elasticsearch://host/a/b", "elasticsearch://u:secret@host/_all", "elasticsearch://host?x=1",
     "elasticsearch://host:99999"],
)  # fmt: skip
def test_wrong_address_is_a_sentence_without_its_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as told:
        read_address(url)
    assert "secret" not in str(told.value)
    assert "SEARCH_URL" in str(told.value)


# --- Several processes ------------------------------------------------------------------------------------------------
def test_change_by_another_process_is_seen_at_once(elastic: ElasticEngine, second: ElasticEngine) -> None:
    build(elastic, [make_document(1, "Word")])
    assert find(second, "word") == [1]
    put(second, make_document(2, "Word"))
    assert find(elastic, "word") == [2, 1]
    build(second, [make_document(3, "Word")])
    assert find(elastic, "word") == [3]


def test_old_write_replaces_no_newer_one_and_brings_nothing_back(elastic: ElasticEngine, second: ElasticEngine) -> None:
    build(elastic, [make_document(1, "Old"), make_document(2, "Old")])
    with elastic.writing(timeout=10) as late:
        late.put([make_document(1, "Late", revision=2), make_document(2, "Late", revision=2)])
        put(second, make_document(1, "New", revision=3))
        forget(second, 2)
    assert late.rejected == {}
    assert list(elastic.revisions()) == [(1, 3)]
    assert find(elastic, "new") == [1]


def test_same_revision_is_written_again(elastic: ElasticEngine) -> None:
    build(elastic, [make_document(1, "Old")])
    put(elastic, make_document(1, "New"))
    assert find(elastic, "new") == [1]


# --- Rebuilding -------------------------------------------------------------------------------------------------------
def test_rebuild_swaps_and_leaves_one_index_with_its_fingerprint(elastic: ElasticEngine) -> None:
    for size in (1, 2, 3):
        build(elastic, [make_document(n) for n in range(size)])
    (name,) = names(elastic)
    told = call(elastic, lambda client: client.indices.get(index=name))[name]
    assert set(told["aliases"]) == {elastic.indices.read, elastic.indices.write}
    assert told["mappings"]["_meta"][OURS]["schema"]
    assert told["mappings"]["dynamic"] == "strict"


def test_what_is_written_during_a_rebuild_is_newest_afterwards(elastic: ElasticEngine, second: ElasticEngine) -> None:
    old = [make_document(n, "Old") for n in range(1, 6)]
    build(elastic, old)

    def documents() -> Iterator[Document]:
        yield from old[:2]
        put(second, make_document(1, "New", revision=2), make_document(5, "New", revision=2), make_document(9, "New"))
        forget(second, 2, 4)
        assert sorted(find(elastic, "new")) == [1, 5, 9]  # in the index that answers, too
        yield from old[2:]

    elastic.rebuild(documents(), timeout=10)
    assert list(elastic.revisions()) == [(1, 2), (3, 1), (5, 2), (9, 1)]
    assert sorted(find(elastic, "new")) == [1, 5, 9]


def test_writer_that_began_before_the_rebuild_reaches_the_new_index(
    elastic: ElasticEngine, second: ElasticEngine
) -> None:
    build(elastic, [make_document(1, "Old")])
    begun, read = threading.Event(), threading.Event()

    def documents() -> Iterator[Document]:
        yield make_document(1, "Old")
        begun.set()
        assert read.wait(20)
        yield make_document(2, "Old")

    rebuilding = threading.Thread(target=lambda: elastic.rebuild(documents(), timeout=10))
    with second.writing(timeout=10) as writer:
        rebuilding.start()
        assert begun.wait(20)
        writer.put([make_document(1, "New", revision=2)])
    read.set()
    rebuilding.join(30)
    assert find(elastic, "new") == [1]


def test_rebuild_that_fails_leaves_nothing_behind(elastic: ElasticEngine) -> None:
    build(elastic, [make_document(1, "Word")])
    before = names(elastic)

    def documents() -> Iterator[Document]:
        yield make_document(2, "Word")
        assert elastic.indices.building(elastic.indices.look())
        raise LookupError

    with pytest.raises(LookupError):
        elastic.rebuild(documents(), timeout=10)
    assert names(elastic) == before
    assert not elastic.indices.building(elastic.indices.look())
    assert find(elastic, "word") == [1]


def test_two_never_build_at_once(elastic: ElasticEngine, second: ElasticEngine) -> None:
    def documents() -> Iterator[Document]:
        yield make_document(1, "Word")
        with pytest.raises(IndexBusy):
            second.rebuild([], timeout=0)

    elastic.rebuild(documents(), timeout=10)
    assert find(elastic, "word") == [1]


def test_what_a_killed_build_left_is_removed_by_the_next(elastic: ElasticEngine) -> None:
    build(elastic, [make_document(1, "Word")])
    body = new_index({OURS: {"schema": "another", "beat": 0}})
    left = f"{elastic.indices.read}-7"
    call(elastic, lambda client: client.indices.create(index=left, aliases={elastic.indices.next: {}}, **body))
    put(elastic, make_document(2, "Word"))  # it does not stand in a writer's way
    build(elastic, [make_document(3, "Word")])
    assert names(elastic) == [f"{elastic.indices.read}-8"]


def test_vectors_go_with_their_papers_into_a_new_index(elastic: ElasticEngine) -> None:
    papers = [make_document(n, "word") for n in range(1, 8)]
    hold_words(elastic, papers)
    question = make_floats(1, seed=5)[0]
    before = elastic.nearest(RECIPE, question, within=parse_query(""), limit=9)[0].tolist()
    build(elastic, papers)
    put(elastic, make_document(3, "other words", revision=2))
    assert elastic.vectors.state().papers == 7
    assert elastic.nearest(RECIPE, question, within=parse_query(""), limit=9)[0].tolist() == before


def test_a_vector_reaches_its_paper_though_somebody_writes_the_paper_meanwhile(
    elastic: ElasticEngine, second: ElasticEngine
) -> None:
    papers = [make_document(n, "word") for n in range(1, 41)]
    hold_words(elastic, papers)
    newest = 30

    def write_on() -> None:
        for revision in range(2, newest + 1):
            put(second, *(replace(paper, revision=revision) for paper in papers))
            time.sleep(0.05)  # without a pause every try may meet a newer paper, and that is refused

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write_on)
        appended, wanted = 0, make_floats(40)
        while appended < 3 or not writing.done():
            wanted = make_floats(40, seed=appended)
            elastic.vectors.append(RECIPE, pack(list(range(1, 41)), wanted), mark=appended, timeout=10)
            appended += 1
        writing.result()
    assert dict(elastic.revisions()) == dict.fromkeys(range(1, 41), newest)
    assert elastic.vectors.state().papers == 40
    # As search.vectors.keep has it: a writer may have carried an older vector along, and the index is told again.
    elastic.vectors.append(RECIPE, pack(list(range(1, 41)), wanted), mark=appended, timeout=10)
    ids, rows = elastic.vectors.vectors_of(RECIPE, list(range(1, 41)))
    assert len(ids) == 40
    assert (rows * wanted[ids - 1]).sum(axis=1) == pytest.approx(np.ones(40), abs=0.01)


def test_index_has_the_copies_and_the_refusals_it_was_asked_for(elasticsearch: Node) -> None:
    address = Address((elasticsearch.url,), f"test-{secrets.token_hex(4)}")
    engine = ElasticEngine(Cluster(address), replicas=0)
    try:
        build(engine, [make_document(1)])
        (settings,) = call(engine, lambda client: client.indices.get_settings(index=address.prefix)).values()
        told = settings["settings"]["index"]
        assert (told["number_of_replicas"], told["refresh_interval"]) == ("0", "-1")
        assert told["search"]["slowlog"]["threshold"]["query"]["warn"]
    finally:
        engine.drop()


# --- Mistakes of others -----------------------------------------------------------------------------------------------
def test_no_write_makes_an_index(elastic: ElasticEngine) -> None:
    build(elastic, [make_document(1, "Word")])
    (name,) = names(elastic)
    with elastic.writing(timeout=10) as writer:
        writer.put([make_document(2, "Word")])
        call(elastic, lambda client: client.indices.delete(index=name))
        with pytest.raises(RebuildNeeded):
            writer.send()
        writer.put([])
        writer.changes.clear()
    assert names(elastic) == []


def test_index_under_the_alias_s_name_is_refused(elastic: ElasticEngine) -> None:
    call(elastic, lambda client: client.index(index=elastic.indices.read, document={"title": "by itself"}))
    for ask in (lambda: find(elastic, "word"), lambda: put(elastic, make_document(1)), lambda: build(elastic, [])):
        with pytest.raises(EngineUnavailable, match="not made by this program"):
            ask()
    assert "not made by this program" in elastic.state().rebuild_reason
    assert names(elastic) == [elastic.indices.read]  # and left alone


def test_foreign_index_behind_the_alias_is_refused_and_left_alone(elastic: ElasticEngine) -> None:
    read = elastic.indices.read
    call(elastic, lambda client: client.indices.create(index=f"{read}-theirs", aliases={read: {}}))
    for ask in (lambda: find(elastic, "word"), lambda: put(elastic, make_document(1)), lambda: build(elastic, [])):
        with pytest.raises(EngineUnavailable, match="not made by this program"):
            ask()
    assert names(elastic) == [f"{read}-theirs"]


def test_index_of_another_version_is_to_be_rebuilt_and_answers_nothing_wrong(elastic: ElasticEngine) -> None:
    build(elastic, [make_document(1, "Word")])
    (name,) = names(elastic)
    elastic.indices.note(name, {"schema": "another"})
    elastic.forget_known()
    assert "another version" in elastic.state().rebuild_reason
    with pytest.raises(RebuildNeeded, match="search_index rebuild"):
        find(elastic, "word")
    with pytest.raises(RebuildNeeded):
        put(elastic, make_document(2))
    build(elastic, [make_document(3, "Word")])
    assert find(elastic, "word") == [3]


def test_names_are_looked_up_once_for_all_who_ask_at_once_and_again_after_a_failure() -> None:
    both, answers = threading.Barrier(2), [EngineUnavailable("It is slow."), {"a|b": 3}]
    asked = []

    def ask(body: Any) -> Any:
        asked.append(body)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"aggregations": {"names": {"buckets": [{"key": "a|b", "doc_count": 3}]}}}

    queries = ElasticQueries(ask, 9)
    with pytest.raises(EngineUnavailable):
        queries.names_beginning("name", ["a"])

    def look(_: int) -> Any:
        both.wait(10)
        return queries.names_beginning("name", ["a"])

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(look, range(2))) == [{"a|b": 3}, {"a|b": 3}]
    assert len(asked) == 2
