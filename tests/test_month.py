"""A month of harvesting ends the same with faults and kills as without (tests/month.py); `make month` takes more."""

import sys
from pathlib import Path

import pytest

from tests.month import Told, run_in_process
from tests.programs import require_program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills groups of processes")
OPTIONS = ["--days=31", "--papers=20", "--seed=7", "--kills=10"]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return run_in_process(tmp_path_factory.mktemp("plain"), OPTIONS)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Told:
    require_program("redis")
    return run_in_process(tmp_path_factory.mktemp("faulty"), [*OPTIONS, "--faults"])


def test_month_without_faults_is_whole_and_asks_little(plain: Told) -> None:
    assert plain.gaps == 0
    assert int(plain.state["papers"].split()[0]) > 500
    assert plain.requests < 31 * 50
    assert plain.closest >= 3.0
    assert plain.at_once == 1


def test_month_with_faults_and_kills_ends_as_one_without(plain: Told, faulty: Told, tmp_path: Path) -> None:
    assert faulty.kills == 10
    assert faulty.state == plain.state
    assert faulty.gaps == 0
    assert faulty.seconds < 600


def test_arxiv_never_had_two_requests_at_once_nor_one_sooner_than_three_seconds(faulty: Told) -> None:
    assert faulty.at_once == 1
    assert faulty.closest >= 3.0
    assert faulty.requests < 31 * 120
