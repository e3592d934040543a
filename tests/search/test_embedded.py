"""The embedded engine: the contract, and what belongs to an index in a folder that several processes use."""

import json
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
import tantivy

from search.engines.base import EngineUnavailable, IndexBusy, RebuildNeeded
from search.engines.embedded import EmbeddedEngine
from tests.search.documents import build, find, make_document, put, total
from tests.search.engine_contract import EngineContract
from tests.search.processes import DEADLINE, line


class TestEmbedded(EngineContract):
    @pytest.fixture
    def engine(self, index_folder: Path) -> EmbeddedEngine:
        return EmbeddedEngine(index_folder)


@pytest.fixture
def engine(index_folder: Path) -> EmbeddedEngine:
    """An engine with ten papers that say "word"."""
    engine = EmbeddedEngine(index_folder)
    build(engine, words(1, 11))
    return engine


def words(start: int, stop: int):
    return [make_document(n, "word") for n in range(start, stop)]


def generations(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("generation-*"))


# --- Several processes ------------------------------------------------------------------------------------------------
def test_reader_in_another_process_sees_commits_and_swaps_and_never_fails(engine: EmbeddedEngine, start) -> None:
    reader = start("read")

    def await_total(wanted: int) -> None:
        while json.loads(line(reader))["total"] != wanted:
            pass

    await_total(10)
    put(engine, *words(11, 21))
    await_total(20)
    for size in (30, 40, 50, 60):
        build(engine, words(1, size + 1))
        await_total(size)
    put(engine, make_document(1_000, "word"))
    await_total(61)
    out, _ = reader.communicate("stop\n", timeout=DEADLINE)
    summary = json.loads(out.splitlines()[-1])
    assert reader.returncode == 0
    assert summary["totals"] == [10, 20, 30, 40, 50, 60, 61]  # never empty, never half


def test_reader_goes_on_while_rebuilds_follow_each_other_without_a_pause(engine: EmbeddedEngine, start) -> None:
    readers = [start("read"), start("read")]
    for reader in readers:
        line(reader)
    for _ in range(15):
        build(engine, words(1, 11))
    for reader in readers:
        out, _ = reader.communicate("stop\n", timeout=DEADLINE)
        assert reader.returncode == 0
        assert json.loads(out.splitlines()[-1])["totals"] == [10]


def test_killed_writer_leaves_an_index_that_answers_and_can_be_written(engine: EmbeddedEngine, start) -> None:
    for round_ in range(1, 4):
        writer = start("write")
        told = [int(line(writer)) for _ in range(3 * round_)][-1]
        writer.kill()  # wherever it is: it does nothing but commit
        writer.wait()
        held = total(engine, "word")
        assert held >= told
        assert held % 10 == 0
        begun = time.monotonic()
        put(engine, *words(held + 1, held + 11))
        assert time.monotonic() - begun < DEADLINE
        assert total(engine, "word") == held + 10
        assert [paper_id for paper_id, _ in engine.revisions()] == list(range(1, held + 11))


def test_killed_rebuild_changes_nothing_and_the_next_one_clears_its_remains(
    engine: EmbeddedEngine, start, index_folder: Path
) -> None:
    before = generations(index_folder)
    rebuilder = start("rebuild")
    line(rebuilder)
    assert len(generations(index_folder)) == 2
    rebuilder.kill()
    rebuilder.wait()
    assert total(engine, "word") == 10
    put(engine, make_document(11, "word"))
    assert total(engine, "word") == 11
    build(engine, words(1, 6))
    assert len(generations(index_folder)) == 1
    assert generations(index_folder) != before
    assert total(engine, "word") == 5


def test_writers_of_two_processes_wait_for_each_other(engine: EmbeddedEngine, start) -> None:
    holder = start("hold")
    assert line(holder) == "holding"
    with pytest.raises(IndexBusy), engine.writing(timeout=0.2):
        pytest.fail("two writers at once")
    with pytest.raises(IndexBusy):
        engine.rebuild([], timeout=0)
    assert total(engine, "word") == 10  # reading waits for nobody
    done = threading.Event()

    def write() -> None:
        put(engine, make_document(11, "word"))
        done.set()

    waiting = threading.Thread(target=write)
    waiting.start()
    holder.communicate("", timeout=DEADLINE)
    waiting.join(DEADLINE)
    assert done.is_set()
    assert total(engine, "word") == 12


def test_writers_of_two_threads_wait_for_each_other(engine: EmbeddedEngine) -> None:
    threads = [threading.Thread(target=put, args=(engine, *words(n, n + 10))) for n in range(11, 91, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert total(engine, "word") == 90


def test_searching_leaves_the_folder_as_it_is(engine: EmbeddedEngine, index_folder: Path) -> None:
    def files() -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in index_folder.rglob("*") if "lock" not in path.name}

    before = files()
    reader = EmbeddedEngine(index_folder)
    assert total(reader, "word") == 10
    list(reader.revisions())
    assert files() == before


def test_forked_process_opens_the_index_for_itself(engine: EmbeddedEngine, start) -> None:
    assert line(start("fork")) == "another engine finds 10"


def test_threads_answer_all_the_time_while_the_index_is_swapped(engine: EmbeddedEngine) -> None:
    totals: list[set[int]] = []
    stop = threading.Event()

    def search() -> None:
        seen: set[int] = set()
        while not stop.is_set():
            seen.add(total(engine, "word"))
        totals.append(seen)

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        build(EmbeddedEngine(engine.folder), words(1, 11))
    stop.set()
    for thread in threads:
        thread.join(DEADLINE)
    assert totals == [{10}] * 4


# --- Damage -----------------------------------------------------------------------------------------------------------
def test_index_of_another_schema_must_be_rebuilt(engine: EmbeddedEngine, index_folder: Path) -> None:
    pointer = index_folder / "current"
    pointer.write_text(json.dumps(json.loads(pointer.read_text()) | {"schema": "of last year"}))
    assert "another version" in engine.state().rebuild_reason
    with pytest.raises(RebuildNeeded):
        find(engine, "word")
    with pytest.raises(RebuildNeeded):
        put(engine, make_document(11))
    build(engine, words(1, 3))
    assert total(engine, "word") == 2
    assert len(generations(index_folder)) == 1


@pytest.mark.parametrize("pointer", [b"", b"{", b"[]", b"null", b'{"generation": "generation-gone"}', b"\xff\x00"])
def test_broken_pointer_is_an_index_to_rebuild(engine: EmbeddedEngine, index_folder: Path, pointer: bytes) -> None:
    (index_folder / "current").write_bytes(pointer)
    assert engine.state().rebuild_reason
    with pytest.raises(EngineUnavailable):
        find(engine, "word")
    build(engine, words(1, 3))
    assert total(engine, "word") == 2


@pytest.mark.parametrize("suffix", ["term", "idx", "pos", "fast", "fieldnorm", "json"])
@pytest.mark.parametrize("damage", ["cut", "overwritten"])
def test_damaged_file_is_named_as_such_and_never_crashes(
    engine: EmbeddedEngine, index_folder: Path, suffix: str, damage: str
) -> None:
    # No file is written into by tantivy, so a fresh engine is what a restarted server would be.
    for path in index_folder.glob(f"generation-*/*.{suffix}"):
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content[: len(content) // 2] if damage == "cut" else b"\xff" * len(content))
    damaged = EmbeddedEngine(index_folder)
    for typed in ('"word word" word -other', "word"):
        with suppress(EngineUnavailable):  # some damage shows only in what is not looked at
            find(damaged, typed, sort="submitted")
    assert str(index_folder) not in damaged.state().rebuild_reason
    build(damaged, words(1, 3))
    assert total(damaged, "word") == 2


def test_deleted_folder_is_an_index_to_rebuild_and_recovers_without_a_restart(
    engine: EmbeddedEngine, index_folder: Path
) -> None:
    assert total(engine, "word") == 10
    moved = index_folder.rename(index_folder.with_name("elsewhere"))
    with pytest.raises(RebuildNeeded):
        find(engine, "word")
    moved.rename(index_folder)
    assert total(engine, "word") == 10


def test_folder_that_can_not_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    engine = EmbeddedEngine(tmp_path / "file" / "index")
    with pytest.raises(EngineUnavailable, match="can't be written"):
        engine.rebuild([], timeout=0)
    assert engine.state().rebuild_reason


def test_failed_rebuild_leaves_nothing_behind(engine: EmbeddedEngine, index_folder: Path) -> None:
    before = generations(index_folder)

    def documents():
        yield make_document(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.rebuild(documents(), timeout=0)
    assert generations(index_folder) == before


def test_many_small_writes_do_not_pile_up(engine: EmbeddedEngine, index_folder: Path) -> None:
    for n in range(11, 71):
        put(engine, make_document(n, "word"))
    assert total(engine, "word") == 70
    (generation,) = index_folder.glob("generation-*")
    assert tantivy.Index.open(str(generation)).searcher().num_segments < 20
