"""Fixtures that more than one package's tests use."""

from pathlib import Path
from typing import Any

import pytest

from tests.library import fill_library


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
