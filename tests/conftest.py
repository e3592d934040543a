"""Fixtures that more than one package's tests use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from coolpapers.memory import memory
from tests.elastic import Node, StartNode, own_nodes, shared_node
from tests.library import fill_library
from tests.postgres import Postgres, running_postgres
from tests.programs import give_up
from tests.services import Unavailable
from tests.upstream.fixtures import fake_arxiv  # noqa: F401  (a fixture)

USES_THE_DATABASE = {"db", "transactional_db", "django_db_reset_sequences"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--only-database", action="store_true", help="run only the tests that use the tests' database")
    parser.addoption("--renew", action="store_true", help="write the golden files of tests/data/*/out anew")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--only-database"):
        return

    def uses_it(item: pytest.Item) -> bool:
        fixtures = USES_THE_DATABASE & set(getattr(item, "fixturenames", ()))
        return bool(fixtures) or item.get_closest_marker("django_db") is not None

    config.hook.pytest_deselected(items=[item for item in items if not uses_it(item)])
    items[:] = filter(uses_it, items)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where only some tests were asked for, maybe none of them uses the database."""
    if session.config.getoption("--only-database") and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


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


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL that all tests share, beside the database that Django's tests use."""
    try:
        with running_postgres() as server:
            yield server
    except Unavailable as error:
        give_up(str(error))
