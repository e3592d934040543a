"""Fixtures of the search tests."""

from pathlib import Path

import pytest

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
