"""Fixtures of the search tests."""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.elastic import Node

pytest.register_assert_rewrite("tests.search.engine_contract")


@pytest.fixture
def index_folder(tmp_path: Path) -> Path:
    """Where a test's index lies; made by the engine itself."""
    return tmp_path / "index"


@pytest.fixture
def embedded(settings, index_folder: Path) -> Path:
    """SEARCH_URL names an embedded index that has not been built."""
    settings.SEARCH_URL = f"embedded://{index_folder}"
    return index_folder


@pytest.fixture
def elastic(elasticsearch: Node) -> Iterator[Any]:
    """An engine on the tests' node with indices of its own, not built yet."""
    from search.engines.elastic import ElasticEngine
    from search.engines.elastic_cluster import Address, Cluster

    engine = ElasticEngine(Cluster(Address((elasticsearch.url,), f"test-{secrets.token_hex(4)}")), timeout=20)
    yield engine
    pattern = f"{engine.indices.read}*"
    engine.indices.cluster.call(
        lambda client: [client.indices.delete(index=name) for name in client.indices.get(index=pattern)]
    )


@pytest.fixture
def start(index_folder: Path, tmp_path: Path) -> Iterator[Callable[[str], "subprocess.Popen[str]"]]:
    """Start a program of tests.search.processes on the index; none outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def start_role(role: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.search.processes", role, str(index_folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"DATA_DIR": str(tmp_path / "data"), "DJANGO_SETTINGS_MODULE": "tests.settings"},
        )
        started.append(process)
        return process

    yield start_role
    for process in started:
        process.kill()
        process.communicate()
