"""The Elasticsearch that tests get (tests/elastic.py) is a real one, and may be ended, frozen and locked."""

import signal
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.elastic import Node, StartNode
from tests.instance import ROOT, wait_for


def test_the_node_is_genuine(elasticsearch: Node) -> None:
    with urllib.request.urlopen(elasticsearch.url, timeout=30) as answer:
        assert answer.headers["X-Elastic-Product"] == "Elasticsearch"
    version = elasticsearch.request("/")["version"]
    assert version["number"].startswith("9.")
    assert version["build_hash"]


def test_the_node_knows_english_and_nearest_vectors(elasticsearch: Node) -> None:
    index = "/test-elastic-node"
    vector = {"type": "dense_vector", "dims": 2, "index": True, "similarity": "cosine"}
    properties = {"title": {"type": "text", "analyzer": "english"}, "meaning": vector}
    elasticsearch.request(index, "PUT", {"mappings": {"properties": properties}})
    try:
        for key, title, meaning in (("a", "Learning graphs", [1, 0]), ("b", "Proteins", [0, 1])):
            elasticsearch.request(f"{index}/_doc/{key}?refresh=true", "PUT", {"title": title, "meaning": meaning})
        by_words = {"query": {"match": {"title": "graph"}}}
        by_meaning = {"knn": {"field": "meaning", "query_vector": [0.1, 1], "k": 1, "num_candidates": 2}}
        for search, found in ((by_words, "a"), (by_meaning, "b")):
            hits = elasticsearch.request(f"{index}/_search", "POST", search)["hits"]["hits"]
            assert [hit["_id"] for hit in hits] == [found]
    finally:
        elasticsearch.request(index, "DELETE")


def test_a_killed_node_comes_back_with_its_data_and_a_paused_one_keeps_silent(own_node: StartNode) -> None:
    node = own_node()
    url = node.url
    node.request("/papers/_doc/1", "PUT", {"title": "Attention"})
    node.kill()
    with pytest.raises(OSError, match="refused"):
        node.request("/")
    node.start()
    assert node.url == url
    assert node.request("/papers/_doc/1")["_source"] == {"title": "Attention"}

    node.pause()
    with pytest.raises(TimeoutError):
        node.request("/", timeout=0.5)
    node.resume()
    assert node.answers(timeout=30)

    node.stop()
    assert "stopped" in node.log.read_text()  # it had the time to say so
    assert not node.answers()


def test_a_node_with_a_password_refuses_without_it(own_node: StartNode) -> None:
    node = own_node(password="open sesame", settings={"cluster.name": "locked"})
    assert node.request("/")["cluster_name"] == "locked"
    for wrong in (None, "sesame open"):
        node.password = wrong
        with pytest.raises(HTTPError, match="401") as refusal:
            node.request("/")
        refusal.value.close()


def test_a_server_does_not_outlive_tests_that_were_killed(tmp_path: Path) -> None:
    program = """
import os, pathlib, signal, sys
from tests.services import Server
folder = pathlib.Path(sys.argv[1])
server = Server(["sleep", "600"], folder="/", environment=os.environ, log=folder / "log")
print(server.process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    command_line = Path(f"/proc/{killed.stdout.strip()}/cmdline")

    def is_over() -> bool:
        with suppress(OSError):
            return not command_line.read_text()  # empty: over, and nobody has asked how it went
        return True

    wait_for("the server is over", is_over)
