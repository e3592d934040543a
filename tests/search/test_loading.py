"""Models are loaded once, and failures are not repeated for every reader."""

import threading

import pytest

from search.loading import RETRY_SECONDS, Loaded


class Loads:
    """Counts what is loaded; fails while it is told to. `now` is its clock."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails = False
        self.now = 1_000.0
        self.loaded: Loaded[str, str] = Loaded(self._load, clock=lambda: self.now)

    def _load(self, key: str) -> str:
        self.asked.append(key)
        if self.fails:
            raise RuntimeError("no such model")
        return key.upper()


@pytest.fixture
def loads() -> Loads:
    return Loads()


def test_model_is_loaded_once_until_another_is_asked_for(loads: Loads) -> None:
    assert not loads.loaded.is_held("a")
    assert [loads.loaded.get("a"), loads.loaded.get("a"), loads.loaded.get("b")] == ["A", "A", "B"]
    assert loads.asked == ["a", "b"]
    assert loads.loaded.is_held("b")
    assert not loads.loaded.is_held("a")


def test_threads_at_once_load_it_once(loads: Loads) -> None:
    threads = [threading.Thread(target=loads.loaded.get, args=("a",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads.asked == ["a"]


def test_failure_is_remembered_for_a_minute_and_then_tried_again(loads: Loads) -> None:
    loads.fails = True
    for _ in range(3):
        with pytest.raises(RuntimeError, match="no such model"):
            loads.loaded.get("a")
    assert loads.asked == ["a"]
    loads.fails = False
    loads.now += RETRY_SECONDS - 1
    with pytest.raises(RuntimeError, match="no such model"):
        loads.loaded.get("a")
    loads.now += 1
    assert loads.loaded.get("a") == "A"
    assert loads.asked == ["a", "a"]


def test_failure_of_one_does_not_keep_another_from_being_loaded(loads: Loads) -> None:
    loads.fails = True
    with pytest.raises(RuntimeError):
        loads.loaded.get("a")
    loads.fails = False
    assert loads.loaded.get("b") == "B"


def test_lent_model_stands_in_inside_the_block_alone(loads: Loads) -> None:
    with loads.loaded.lending("a", "other"):
        assert loads.loaded.is_held("a")
        assert loads.loaded.get("a") == "other"
    assert loads.loaded.get("a") == "A"
