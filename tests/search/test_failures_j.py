"""Failure cases J, operations of Elasticsearch: each against a genuine node, through pages, commands and tasks."""

import logging
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.test import Client

from coolpapers.models import IndexDue, Paper
from search import index, tasks
from search.engines import get_engine
from search.engines.base import EngineUnavailable
from search.engines.elastic import ElasticEngine
from search.engines.elastic_cluster import Address, Cluster
from search.engines.elastic_writing import held
from tests.elastic import Node, own_nodes
from tests.factories import make_paper
from tests.instance import wait_for
from tests.search.documents import build, find, make_document
from tests.search.packed import RECIPE, make_vectors
from tests.search.test_command import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(elastic: ElasticEngine, elasticsearch: Node, settings: Any) -> ElasticEngine:
    """The site's engine, on the tests' node, not built yet."""
    settings.SEARCH_URL = f"elasticsearch://127.0.0.1:{elasticsearch.port}/{elastic.indices.read}"
    settings.SEARCH_TIMEOUT_MS = 20_000
    engine = get_engine()
    assert isinstance(engine, ElasticEngine)
    return engine


@pytest.fixture(scope="module")
def private() -> Iterator[Callable[..., Node]]:
    """Starts nodes that may be ended; one that is there serves again."""
    with own_nodes() as start:
        yield cache(start)


@pytest.fixture
def lonely(private: Callable[..., Node], settings: Any) -> Iterator[Node]:
    """A node of the tests' own, with the site's index of one paper."""
    node = private()
    settings.SEARCH_URL = f"elasticsearch://127.0.0.1:{node.port}/lab-{secrets.token_hex(4)}"
    settings.SEARCH_TIMEOUT_MS = 1_500
    make_paper(key="2401.00001", title="Glaciers")
    index.rebuild()
    yield node
    for name in node.request("/lab-*"):
        node.request(f"/{name}", "DELETE")


def searched(client: Client, query: str = "glaciers") -> tuple[int, str]:
    """Status, and what is said to be missing."""
    response = client.get("/search", {"query": query})
    assert response.status_code == 200 or response.headers["Retry-After"]
    return response.status_code, response.headers.get("Search-Degraded", "")


def pages_work(client: Client) -> None:
    """What needs no index."""
    for path in ("/", "/arxiv/cs.LG", "/arxiv/2401.00001"):
        assert client.get(path).status_code == 200, path


def add_paper(title: str) -> Paper:
    paper = make_paper(title=title)
    index.mark_due([(paper.pk, paper.revision)])
    tasks.index_papers([paper.pk])  # as the message does that every change sends
    return paper


def answers_again(client: Client, title: str) -> None:
    """Search does, without a restart, and finds what was written meanwhile when the schedule has come round."""
    wait_for("search answers", lambda: searched(client) == (200, ""), 60)
    tasks.sweep_index()
    assert not IndexDue.objects.exists()
    assert len(find(get_engine(), title)) == 1


def admin(engine: ElasticEngine, ask: Callable) -> Any:
    return engine.indices.cluster.call(ask)


# --- J1 -----------------------------------------------------------------------------------------------------------
def test_j1_of_a_thousand_three_are_rejected_recorded_shown_and_tried_again(site: ElasticEngine) -> None:
    too_long = "a" * 40_000  # a title is looked up as one term, and Lucene's have 32,766 bytes
    papers = [make_paper(title=too_long if n in (100, 500, 900) else f"Word {n}") for n in range(1_000)]
    bad = {papers[n].pk for n in (100, 500, 900)}
    index.rebuild()
    assert site.state().documents == 997
    assert set(IndexDue.objects.rejected().values_list("paper_id", flat=True)) == bad
    status = said("status")
    assert "Rejected: 3, such as" in status
    assert "immense term" in status
    index.mark_due([(paper.pk, paper.revision) for paper in papers])
    assert index.sweep().written == 997  # the others wait, and are in nobody's way
    report = index.index_papers([paper.pk for paper in papers])
    assert (report.written, report.rejected) == (0, 3)
    assert set(IndexDue.objects.values_list("paper_id", flat=True)) == bad
    assert "3 papers were not taken" in said("rebuild")
    Paper.objects.filter(pk__in=bad).update(title="Shorter", revision=2)
    index.mark_due([(pk, 2) for pk in bad])
    tasks.index_papers(sorted(bad))
    assert not IndexDue.objects.exists()
    assert site.state().documents == 1_000


# --- J2 -----------------------------------------------------------------------------------------------------------
def test_j2_swap_under_constant_load_gives_no_error_and_no_empty_answer(site: ElasticEngine) -> None:
    papers = [make_document(n, f"Word {n % 7}") for n in range(1, 2_001)]
    build(site, papers)
    readers = [ElasticEngine(Cluster(site.indices.cluster.address), timeout=20) for _ in range(4)]
    over, totals, errors = threading.Event(), list[int](), list[Exception]()

    def read(engine: ElasticEngine) -> None:
        while not over.is_set():
            try:
                totals.append(len(find(engine, "word", limit=10)))
            except Exception as error:
                errors.append(error)

    threads = [threading.Thread(target=read, args=(engine,)) for engine in readers]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            build(site, papers)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert errors == []
    assert set(totals) == {10}
    assert len(totals) > 50


# --- J3 -----------------------------------------------------------------------------------------------------------
def test_j3_paper_changed_during_a_rebuild_is_newest_and_a_deleted_one_stays_away(site: ElasticEngine) -> None:
    papers = [make_paper(title=f"Old {n}") for n in range(3)]
    index.rebuild()

    def meanwhile(count: int) -> None:
        if count == 1:  # the late one
            return
        changed, deleted, late = papers[0].pk, papers[1].pk, make_paper(title="New late")
        Paper.objects.filter(pk=changed).update(title="New", revision=2)
        Paper.objects.filter(pk=deleted).delete()
        index.mark_due([(changed, 2), (deleted, 0), (late.pk, 1)])
        tasks.index_papers([changed, deleted, late.pk])
        assert len(find(site, "title:new")) == 2  # before it is done

    index.rebuild(meanwhile)
    assert len(find(site, "title:new")) == 2
    assert len(find(site, "title:old")) == 1
    assert not IndexDue.objects.exists()
    assert index.reconcile().total == 0


# --- J4 -----------------------------------------------------------------------------------------------------------
def test_j4_missing_alias_is_a_sentence_and_an_index_that_came_by_itself_is_refused(
    client: Client, site: ElasticEngine
) -> None:
    make_paper(key="2401.00001", title="Glaciers")
    index.rebuild()
    admin(site, lambda c: c.indices.delete_alias(index=f"{site.indices.read}-1", name=site.indices.read))
    site.forget_known()
    status, told = searched(client)
    assert status == 503
    assert "has not been built yet" in told
    add_paper("Written meanwhile")
    assert IndexDue.objects.count() == 1
    admin(site, lambda c: c.index(index=site.indices.read, document={"title": "by itself"}))
    site.forget_known()
    assert "not made by this program" in searched(client)[1]
    with pytest.raises(CommandError, match="not made by this program"):
        said("rebuild")
    assert "not made by this program" in said("status")
    pages_work(client)
    admin(site, lambda c: c.indices.delete(index=site.indices.read))
    assert said("rebuild").startswith("The index is built: 2 papers")
    assert searched(client)[0] == 200


# --- J5 -----------------------------------------------------------------------------------------------------------
def test_j5_node_that_is_down_and_comes_back(client: Client, lonely: Node) -> None:
    assert searched(client) == (200, "")
    lonely.kill()
    start = time.monotonic()
    assert searched(client) == (503, "The search engine does not answer just now.")
    page = client.get("/search", {"query": "glaciers"}).content.decode()
    assert "Search again</a> in half a minute" in page
    assert "Total:" not in page
    assert client.get("/search/feed", {"query": "glaciers"}).status_code == 503
    pages_work(client)
    for _ in range(10):  # nobody waits for it again and again
        searched(client)
    assert time.monotonic() - start < 5
    add_paper("Moraines")
    assert IndexDue.objects.count() == 1
    tasks.sweep_index()
    with pytest.raises(CommandError, match="does not answer"):
        said("reconcile")
    lonely.start()
    answers_again(client, "moraines")


def test_j5_node_that_is_silent(client: Client, lonely: Node) -> None:
    lonely.pause()
    start = time.monotonic()
    assert searched(client) == (503, "The search engine takes too long just now.")
    assert searched(client)[0] == 503
    assert time.monotonic() - start < 2 * (1.5 + 1) + 2
    pages_work(client)
    add_paper("Moraines")
    lonely.resume()
    answers_again(client, "moraines")


def test_j5_disk_that_is_nearly_full(client: Client, site: ElasticEngine) -> None:
    make_paper(key="2401.00001", title="Glaciers")
    index.rebuild()
    block = {"index.blocks.read_only_allow_delete": True}  # what the flood stage of the disk watermark sets
    admin(site, lambda c: c.indices.put_settings(index=site.indices.read, settings=block))
    start = time.monotonic()
    add_paper("Moraines")
    assert time.monotonic() - start < 20
    assert searched(client) == (200, "")  # reading goes on
    assert IndexDue.objects.count() == 1
    assert not IndexDue.objects.rejected().exists()  # nothing is wrong with the paper
    with pytest.raises(CommandError, match="takes no changes"):
        said("reconcile")
    block["index.blocks.read_only_allow_delete"] = None  # type: ignore[assignment]
    admin(site, lambda c: c.indices.put_settings(index=site.indices.read, settings=block))
    answers_again(client, "moraines")


def test_j5_shard_that_is_lost(client: Client, lonely: Node) -> None:
    engine = get_engine()
    assert isinstance(engine, ElasticEngine)
    name = f"{engine.indices.read}-1"
    (paper,) = Paper.objects.all()
    engine.vectors.rebuild(RECIPE, [make_vectors([paper.pk])], mark=0, timeout=10)
    told = lonely.request(f"/{name}/_settings?filter_path=**.uuid")[name]["settings"]["index"]
    shutil.rmtree(lonely.data / "data" / "indices" / told["uuid"] / "0" / "translog")
    (node,) = lonely.request("/_nodes?filter_path=nodes.*.name")["nodes"]
    again = {"cancel": {"index": name, "shard": 0, "node": node, "allow_primary": True}}
    lonely.request("/_cluster/reroute", "POST", {"commands": [again]})
    wait_for("the shard is lost", lambda: lonely.request(f"/_cluster/health/{name}")["status"] == "red")
    wait_for("a page says it", lambda: "A part of the search index is out of reach" in searched(client)[1])
    assert searched(client)[0] == 503
    pages_work(client)
    with pytest.raises(EngineUnavailable):  # and not: there is no such paper
        held(engine.indices.cluster, name, [paper.pk], ["*"])
    add_paper("Moraines")
    assert IndexDue.objects.count() == 1
    assert said("rebuild").startswith("The index is built: 2 papers")
    answers_again(client, "moraines")


def test_j5_breaker_that_opens(client: Client, lonely: Node) -> None:
    small = {"indices.breaker.total.limit": "1%"}
    lonely.request("/_cluster/settings", "PUT", {"persistent": small})
    assert searched(client) == (503, "The search engine has too much to do just now.")
    pages_work(client)
    add_paper("Moraines")
    assert IndexDue.objects.count() == 1
    lonely.request("/_cluster/settings", "PUT", {"persistent": {"indices.breaker.total.limit": None}})
    answers_again(client, "moraines")


def test_j5_name_or_password_that_is_wrong(client: Client, own_node: Callable[..., Node], settings: Any) -> None:
    node = own_node(password="bootstrap")
    node.request("/_security/user/site", "POST", {"password": "right-one", "roles": ["superuser"]})
    key = node.request("/_security/api_key", "POST", {"name": "site"})["encoded"]
    make_paper(key="2401.00001", title="Glaciers")
    for login in ("", "site:wrong@", "nobody:right-one@"):
        settings.SEARCH_URL = f"elasticsearch://{login}127.0.0.1:{node.port}/lab"
        status, told = searched(client)
        assert (status, "does not let this site in" in told) == (503, True), login
        with pytest.raises(CommandError) as error:
            said("rebuild")
        assert "wrong@" not in str(error.value)
        pages_work(client)
    settings.SEARCH_URL = f"elasticsearch://site:right-one@127.0.0.1:{node.port}/lab"
    said("rebuild")
    assert searched(client) == (200, "")
    address = Address((node.url,), "lab", api_key=key)
    assert find(ElasticEngine(Cluster(address)), "glaciers")


def test_j5_another_major_version_is_refused(elasticsearch: Node) -> None:
    engine = ElasticEngine(Cluster(Address((elasticsearch.url,), "any"), major=8))
    with pytest.raises(EngineUnavailable, match=r"Elasticsearch 9\..*needs version 8"):
        find(engine, "word")


def test_j5_fallback_answers_while_the_engine_is_away(
    client: Client, lonely: Node, settings: Any, tmp_path: Path
) -> None:
    settings.SEARCH_FALLBACK_URL = f"embedded://{tmp_path / 'index'}"
    tasks.follow_fallback()
    lonely.kill()
    status, told = searched(client)
    assert status == 200
    assert told.startswith("The search engine does not answer just now. Until it does, a copy of the index answers")
    add_paper("Moraines")
    tasks.follow_fallback()
    assert len(find(get_engine(), "moraines")) == 1
    assert IndexDue.objects.count() == 1  # the engine itself still lacks it
    lonely.start()
    wait_for("the engine answers", lambda: searched(client) == (200, ""), 60)
    tasks.sweep_index()
    assert not IndexDue.objects.exists()


# --- J6 -----------------------------------------------------------------------------------------------------------
def test_j6_drift_is_found_and_mended_by_one_command(site: ElasticEngine) -> None:
    papers = [make_paper(title=f"Word {n}") for n in range(6)]
    index.rebuild()
    assert said("reconcile") == "Index and store agree."
    with site.writing(timeout=10) as writer:
        writer.forget([papers[0].pk])
        writer.put([make_document(99_999, "Word"), make_document(88_888, "Word")])
    Paper.objects.filter(pk=papers[1].pk).update(title="Changed behind the index", revision=2)
    made = make_paper(title="Word")
    assert "2 papers were missing from the index, 1 were old in it, 2 are no longer in the store" in said("reconcile")
    stored = dict(Paper.objects.values_list("pk", "revision"))
    assert dict(site.revisions()) == stored
    assert {made.pk, papers[0].pk} <= set(find(site, "word"))
    assert said("reconcile") == "Index and store agree."


# --- J7 -----------------------------------------------------------------------------------------------------------
def test_j7_no_plugin_is_needed(site: ElasticEngine) -> None:
    nodes = admin(site, lambda c: c.nodes.info(metric="plugins"))["nodes"].values()
    assert [plugin for node in nodes for plugin in node["plugins"]] == []
    build(site, [make_document(1, "深度学习 and Schrödinger’s bridges")])
    for typed in ("学习", "schrodinger", "SCHRÖDINGER bridge"):
        assert find(site, typed) == [1]


# --- J8 -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "typed", ["../_cluster/settings", "_all", "*", '{"query": {"match_all": {}}}', "a?pretty&b=%2e%2e/", "x/_doc/1"]
)
def test_j8_nothing_typed_is_in_a_path_or_an_index_s_name(
    client: Client, site: ElasticEngine, caplog: pytest.LogCaptureFixture, typed: str
) -> None:
    make_paper(title="Word")
    index.rebuild()
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="elastic_transport.transport"):
        client.get("/search", {"query": f"word {typed}", "sort": typed, "show": typed})
        client.get(f"/author/{typed.replace('?', '')}")
        client.get("/search/feed", {"query": f'author:"{typed}" venue:"{typed}"'})
    asked = {record.getMessage().split(" [")[0] for record in caplog.records if record.name.startswith("elastic_")}
    assert asked
    for line in asked:
        path = line.split("//", 1)[1].split("/", 1)[1].split("?")[0]
        read, write, beside = site.indices.read, site.indices.write, site.indices.next
        assert path in {"", f"{read}/_search", f"{read}-1/_search", f"{read},{write},{beside}"}, line


def test_j8_no_address_of_the_site_hands_queries_on(client: Client, site: ElasticEngine) -> None:
    index.rebuild()
    body = '{"query": {"match_all": {}}}'
    for path in ("/_search", "/search/_search", "/_cat/indices", f"/{site.indices.read}/_search", "/search"):
        assert client.post(path, body, content_type="application/json").status_code in (403, 404, 405), path
    assert client.get("/search", {"source": body, "q": "*:*"}).status_code == 200
