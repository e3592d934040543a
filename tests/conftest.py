"""Fixtures that more than one package's tests use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from coolpapers.memory import memory
from tests.elastic import Node, StartNode, own_nodes, shared_node
from tests.library import fill_library


@pytest.fixture(autouse=True)
def forgetful_memory() -> None:
    """No test sees what another one counted or found."""
    cache.clear()
    memory.__init__()  # type: ignore[misc]


@pytest.fixture
def library(db: None) -> None:
    """The small library of tests/library.py, without a search index."""
    fill_library()


@pytest.fixture
def indexed_library(library: None, settings: Any, tmp_path: Path) -> None:
    """The small library, and a real embedded index of it."""
    from search.index import rebuild

    settings.SEARCH_URL = f"embedded://{tmp_path / 'index'}"
    rebuild()


@pytest.fixture
def meaning(settings: Any, tmp_path: Path) -> None:
    """An embedded index, not built yet, and an encoder that needs no model."""
    settings.SEARCH_URL = f"embedded://{tmp_path / 'index'}"
    settings.EMBEDDING_MODEL = "words"
    settings.EMBEDDING_DIMENSIONS = 64


@pytest.fixture(scope="session")
def elasticsearch() -> Iterator[Node]:
    """A node that all tests share: each names its own indexes."""
    with shared_node() as node:
        yield node


@pytest.fixture
def own_node() -> Iterator[StartNode]:
    """Starts nodes that are this test's own, and may be ended."""
    with own_nodes() as start:
        yield start
