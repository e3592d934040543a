"""The index of vectors: the nearest are the nearest, of those that a filter allows; what is committed stays."""

import json
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from search.embeddings import Floats
from search.engines.base import EngineUnavailable, IndexBusy, RebuildNeeded
from search.engines.generations import Generations
from search.engines.nearest import FORMAT, Allowed, NearestIndex
from search.engines.rows import Packed
from search.vectors import Vectors
from tests.search.packed import RECIPE, make_floats, make_vectors, pack
from tests.search.processes import DEADLINE, line

OTHER = RECIPE.__class__(model="words", revision="2", dimensions=32, max_tokens=256)
QUESTION = make_floats(3, seed=9)[2]
MANY = 150_000  # more rows than a thread takes at once


@pytest.fixture
def index(index_folder: Path) -> NearestIndex:
    """Papers 1 to 500."""
    index = NearestIndex(index_folder)
    build(index, make_vectors(range(1, 501)))
    return index


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> NearestIndex:
    index = NearestIndex(tmp_path_factory.mktemp("large"))
    build(index, make_vectors(range(1, MANY + 1)))
    return index


def build(index: NearestIndex, *batches: Packed, mark: int = 1) -> None:
    index.rebuild(RECIPE, batches, mark=mark, timeout=10)


def append(index: NearestIndex, vectors: Vectors, *, mark: int = 2) -> None:
    index.append(RECIPE, vectors, mark=mark, timeout=10)


def forget(index: NearestIndex, *paper_ids: int) -> None:
    index.forget(paper_ids, timeout=10)


def nearest(index: NearestIndex, question: Floats = QUESTION, *, limit: int = 10, **more: object) -> list[int]:
    return index.search(RECIPE, question, limit=limit, **more)[0].tolist()


def held(index: NearestIndex) -> list[int]:
    """All papers that can be found."""
    return sorted(nearest(index, limit=10**6))


def expected(vectors: Vectors, question: Floats = QUESTION, *, of: Iterable[int] | None = None) -> list[int]:
    """Papers by their cosine with the question, computed plainly."""
    codes = vectors.codes.astype(np.float64)
    values = codes @ question.astype(np.float64) / np.linalg.norm(codes, axis=1)
    rows = np.argsort(-values)
    ids = vectors.paper_ids[rows]
    return ids.tolist() if of is None else ids[np.isin(ids, list(of))].tolist()


def file(folder: Path, name: str) -> Path:
    """That file of the generation in use."""
    return Path(folder / json.loads((folder / "current").read_bytes())["generation"] / name)


# --- The nearest -------------------------------------------------------------------------------------------------
def test_nearest_of_many_papers_are_found_in_the_order_of_their_cosines(large: NearestIndex) -> None:
    vectors = make_vectors(range(1, MANY + 1))
    for question in make_floats(5, seed=3):
        assert nearest(large, question, limit=200) == expected(vectors, question)[:200]


def test_few_are_lost_by_what_signed_bytes_round(large: NearestIndex) -> None:
    floats = make_floats(MANY + 1)
    same = 0
    for question in make_floats(5, seed=4):
        exact = np.argsort(-(floats[1:] @ question))[:100] + 1
        same += len(set(nearest(large, question, limit=100)) & set(exact.tolist()))
    assert same >= 0.96 * 500  # 32 dimensions keep less than 384: bench/nearest.py measures those


def test_cosine_of_a_hit_is_that_of_the_vectors(index: NearestIndex) -> None:
    ids, values = index.search(RECIPE, QUESTION, limit=500)
    floats = make_floats(501)
    assert values == pytest.approx(floats[ids] @ QUESTION, abs=0.01)
    assert index.search(RECIPE, QUESTION * 7, limit=500)[1] == pytest.approx(values, abs=1e-6)


def test_all_are_found_where_more_are_asked_for_and_none_where_none_are(index: NearestIndex) -> None:
    assert sorted(nearest(index, limit=1_000)) == list(range(1, 501))
    assert nearest(index, limit=0) == []


def test_newer_paper_comes_first_of_those_with_the_same_vector(index_folder: Path) -> None:
    index = NearestIndex(index_folder)
    floats = make_floats(MANY)
    floats[::7] = QUESTION
    twins = range(0, MANY, 7)
    build(index, pack(range(MANY), floats))
    assert nearest(index, limit=300) == sorted(twins, reverse=True)[:300]
    assert nearest(index, limit=300, allowed=Allowed.of(twins[::9])) == sorted(twins[::9], reverse=True)[:300]
    assert len(set(index.cosines(RECIPE, QUESTION, twins).tolist())) == 1


def test_papers_left_out_make_room_for_the_next(index: NearestIndex) -> None:
    found = nearest(index, limit=12)
    assert nearest(index, limit=10, without=[found[0], found[4], 9_999]) == found[1:4] + found[5:]


# --- Filters -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("share", [0, 0.0005, 0.01, 0.1, 0.13, 0.5, 0.99, 1])
def test_nearest_of_the_allowed_are_found_however_many_those_are(large: NearestIndex, share: float) -> None:
    vectors = make_vectors(range(1, MANY + 1))
    mask = np.random.default_rng(7).random(MANY + 1) < share
    ids = np.flatnonzero(mask[1:]) + 1
    allowed = Allowed(mask)
    assert nearest(large, limit=200, allowed=allowed) == expected(vectors, of=ids.tolist())[:200]
    question = make_floats(1, seed=11)[0]
    assert nearest(large, question, limit=50, allowed=allowed) == expected(vectors, question, of=ids.tolist())[:50]


def test_filter_that_ends_before_the_newest_papers_leaves_them_out(index: NearestIndex) -> None:
    assert sorted(nearest(index, limit=500, allowed=Allowed(np.ones(101, np.bool_)))) == list(range(1, 101))
    assert nearest(index, allowed=Allowed.of([])) == []
    assert nearest(index, allowed=Allowed.of([700, 3, 10_000_000])) == [3]


def test_filter_holds_for_papers_that_came_after_it_was_made(index: NearestIndex) -> None:
    allowed = Allowed.of([3, 499, 600])
    assert sorted(nearest(index, allowed=allowed)) == [3, 499]
    append(index, make_vectors([600]))
    assert sorted(nearest(index, allowed=allowed)) == [3, 499, 600]
    forget(index, 3)
    assert sorted(nearest(index, allowed=allowed)) == [499, 600]


# --- Papers' own vectors -----------------------------------------------------------------------------------------
def test_cosines_of_chosen_papers_are_those_of_the_search(large: NearestIndex) -> None:
    ids, values = large.search(RECIPE, QUESTION, limit=20_000)
    assert np.array_equal(large.cosines(RECIPE, QUESTION, ids), values)
    assert np.array_equal(large.cosines(RECIPE, QUESTION, ids[::-1][:7]), values[::-1][:7])


def test_paper_without_a_vector_has_no_cosine_and_no_vector(index: NearestIndex) -> None:
    forget(index, 20)
    assert np.isnan(index.cosines(RECIPE, QUESTION, [10, 20, 10**12, 30])).tolist() == [False, True, True, False]
    ids, floats = index.vectors_of(RECIPE, [30, 20, 10**12, 10])
    assert ids.tolist() == [30, 10]
    assert floats == pytest.approx(make_floats(501)[[30, 10]], abs=0.01)
    assert np.linalg.norm(floats, axis=1) == pytest.approx([1, 1])
    assert index.cosines(RECIPE, QUESTION, []).shape == (0,)


# --- Vectors that are none (H3) ----------------------------------------------------------------------------------
def test_zeros_and_what_is_no_number_are_never_found(index: NearestIndex) -> None:
    zeros = pack([600, 601, 602], np.zeros((3, 32), np.float32))
    scales = np.array([zeros.scales[0], np.nan, np.inf], np.float32)
    append(index, Vectors(zeros.paper_ids, zeros.codes, scales))
    good = make_vectors([603, 604, 605, 606])
    append(index, Vectors(good.paper_ids, good.codes, np.array([np.nan, np.inf, -1, 1e38], np.float32)))
    assert held(index) == [*range(1, 501), 606]
    assert index.cosines(RECIPE, make_floats(607)[606], [606]) == pytest.approx([1], abs=0.01)
    assert index.state().papers == 501


def test_vector_that_becomes_none_takes_the_paper_out(index: NearestIndex) -> None:
    append(index, pack([7], np.zeros((1, 32), np.float32)))
    assert 7 not in held(index)
    append(index, make_vectors([7]))
    assert 7 in held(index)


@pytest.mark.parametrize("value", [0, np.nan, np.inf, -np.inf])
def test_question_without_a_direction_finds_nothing(index: NearestIndex, value: float) -> None:
    question = np.full(32, value, np.float32)
    assert nearest(index, question) == []
    assert np.isnan(index.cosines(RECIPE, question, [1, 2])).all()
    question = QUESTION.copy()
    question[3] = value
    assert (nearest(index, question) == []) is (value != 0)


def test_question_of_very_large_or_small_numbers_finds_the_same(index: NearestIndex) -> None:
    assert nearest(index, QUESTION * np.float32(1e30)) == nearest(index, QUESTION * np.float32(1e-30)) == nearest(index)


# --- Changes -----------------------------------------------------------------------------------------------------
def test_later_vector_of_a_paper_holds(index: NearestIndex) -> None:
    append(index, pack([5, 6, 5], np.stack([-QUESTION, -QUESTION, QUESTION])))
    assert nearest(index)[0] == 5
    assert nearest(index, limit=500)[-1] == 6
    assert index.state().papers == 500
    append(index, pack([5], -QUESTION[None]), mark=77)
    assert nearest(index, limit=500)[-2:] == [6, 5]
    assert index.state().mark == 77


def test_forgotten_paper_is_not_found_until_it_comes_back(index: NearestIndex) -> None:
    forget(index, 5, 6, 9_000)
    assert held(index) == [*range(1, 5), *range(7, 501)]
    assert index.paper_ids().tolist() == held(index)
    assert index.state().papers == 498
    assert index.state().mark == 1
    append(index, make_vectors([6]))
    assert held(index) == [*range(1, 5), *range(6, 501)]


def test_mark_may_move_on_without_a_vector(index: NearestIndex) -> None:
    append(index, make_vectors([]), mark=12)
    assert index.state().mark == 12
    assert index.state().papers == 500


def test_index_may_grow_from_nothing_in_any_order(index_folder: Path) -> None:
    index = NearestIndex(index_folder)
    build(index)
    assert index.state().papers == 0
    assert nearest(index) == []
    assert nearest(index, allowed=Allowed.of([1])) == []
    assert np.isnan(index.cosines(RECIPE, QUESTION, [1])).all()
    for first in (4_001, 2_001, 1, 6_001):
        append(index, make_vectors(range(first, first + 2_000)))
    assert nearest(index, limit=100) == expected(make_vectors(range(1, 8_001)))[:100]


def test_what_counts_no_longer_is_cleared_away(index_folder: Path) -> None:
    index = NearestIndex(index_folder)
    build(index, make_vectors(range(1, 30_001)))
    append(index, make_vectors(range(1, 15_001), seed=1), mark=8)
    long = file(index_folder, "codes").stat().st_size
    append(index, make_vectors(range(15_001, 30_001), seed=1), mark=9)
    assert file(index_folder, "codes").stat().st_size < long
    assert index.state().papers == 30_000
    assert index.state().mark == 9
    assert nearest(index, limit=100) == expected(make_vectors(range(1, 30_001), seed=1))[:100]


def test_rebuild_holds_what_it_was_given_and_nothing_else(index: NearestIndex) -> None:
    assert index.rebuild(RECIPE, [make_vectors([3]), make_vectors([900, 2])], mark=5, timeout=10) == 3
    assert held(index) == [2, 3, 900]
    assert index.state().mark == 5


def test_old_index_answers_until_the_new_one_is_whole(index: NearestIndex, index_folder: Path) -> None:
    def batches() -> Iterator[Packed]:
        yield make_vectors([1])
        assert len(held(index)) == len(held(NearestIndex(index_folder))) == 500
        yield make_vectors([2])

    index.rebuild(RECIPE, batches(), mark=2, timeout=10)
    assert held(index) == [1, 2]


def test_rebuild_that_fails_changes_nothing(index: NearestIndex, index_folder: Path) -> None:
    def batches() -> Iterator[Packed]:
        yield make_vectors([1])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.rebuild(RECIPE, batches(), mark=2, timeout=10)
    assert len(held(index)) == 500
    assert len(list(index_folder.glob("generation-*"))) == 1


# --- Recipes -----------------------------------------------------------------------------------------------------
def test_vectors_of_two_recipes_never_meet(index: NearestIndex) -> None:
    with pytest.raises(RebuildNeeded, match="another recipe"):
        index.search(OTHER, QUESTION, limit=1)
    with pytest.raises(RebuildNeeded, match="another recipe"):
        index.append(OTHER, make_vectors([501]), mark=1, timeout=10)
    assert index.state().recipe == RECIPE
    index.rebuild(OTHER, [make_vectors([1])], mark=1, timeout=10)
    assert index.state().recipe == OTHER
    with pytest.raises(RebuildNeeded, match="another recipe"):
        index.cosines(RECIPE, QUESTION, [1])
    assert index.search(OTHER, QUESTION, limit=1)[0].tolist() == [1]


def test_vector_of_another_length_is_refused(index: NearestIndex) -> None:
    with pytest.raises(EngineUnavailable, match="31 dimensions"):
        nearest(index, QUESTION[:31])
    with pytest.raises(ValueError, match="dimensions"):
        append(index, Vectors(np.array([1]), np.ones((1, 31), np.int8), np.ones(1, np.float32)))
    assert held(index) == list(range(1, 501))


def test_index_that_was_never_built_says_so(index_folder: Path) -> None:
    index = NearestIndex(index_folder)
    assert "not been built" in index.state().rebuild_reason
    with pytest.raises(RebuildNeeded, match="vectors has not been built"):
        nearest(index)
    with pytest.raises(RebuildNeeded):
        append(index, make_vectors([1]))


# --- Damage ------------------------------------------------------------------------------------------------------
def cut_short(folder: Path, name: str) -> None:
    with file(folder, name).open("r+b") as opened:
        opened.truncate(100)


def write_over(folder: Path, name: str, value: object, kind: str) -> None:
    with file(folder, name).open("r+b") as opened:
        opened.seek(8 * np.dtype(kind).itemsize)
        opened.write(np.array([value], kind).tobytes())


def change_meta(folder: Path, **changes: object) -> None:
    path = file(folder, "meta.json")
    path.write_text(json.dumps(json.loads(path.read_bytes()) | changes))


DAMAGES = {
    "codes cut short": lambda folder: cut_short(folder, "codes"),
    "papers cut short": lambda folder: cut_short(folder, "papers"),
    "scales gone": lambda folder: file(folder, "scales").unlink(),
    "no number": lambda folder: write_over(folder, "scales", np.nan, "<f4"),
    "endless": lambda folder: write_over(folder, "scales", np.inf, "<f4"),
    "negative": lambda folder: write_over(folder, "scales", -0.1, "<f4"),
    "vector of a forgotten paper": lambda folder: write_over(folder, "papers", -3, "<i8"),
    "more rows than there are": lambda folder: change_meta(folder, rows=10**9),
    "fewer than none": lambda folder: change_meta(folder, rows=-1),
    "another recipe's fingerprint": lambda folder: change_meta(folder, fingerprint="0" * 16),
    "wider rows": lambda folder: change_meta(folder, recipe={"model": "x", "revision": "", "dimensions": 3}),
    "meta is no JSON": lambda folder: file(folder, "meta.json").write_bytes(b"\0" * 200),
    "meta is no object": lambda folder: file(folder, "meta.json").write_text("[]"),
    "meta gone": lambda folder: file(folder, "meta.json").unlink(),
    "folder gone": lambda folder: file(folder, ".").rename(folder / "elsewhere"),
    "another format": lambda folder: (folder / "current").write_text('{"generation": "generation-1", "schema": "0"}'),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damaged_index_is_refused_and_a_rebuild_mends_it(index: NearestIndex, index_folder: Path, damage) -> None:
    damage(index_folder)
    with pytest.raises(RebuildNeeded):
        nearest(NearestIndex(index_folder))
    assert NearestIndex(index_folder).state().rebuild_reason
    with pytest.raises(RebuildNeeded):
        append(NearestIndex(index_folder), make_vectors([501]))
    build(index, make_vectors([1, 2]))
    assert held(index) == held(NearestIndex(index_folder)) == [1, 2]


@pytest.mark.parametrize("name", ["codes", "papers", "scales"])
def test_file_cut_short_under_an_open_index_is_seen_before_it_is_read(
    index: NearestIndex, index_folder: Path, name: str
) -> None:
    held(index)
    cut_short(index_folder, name)
    with pytest.raises(RebuildNeeded, match="damaged"):
        nearest(index)


# --- Several processes and threads -------------------------------------------------------------------------------
def test_another_process_sees_commits_and_swaps_and_never_half_of_one(index: NearestIndex, start) -> None:
    reader = start("read-vectors")
    assert line(reader) == "500"
    append(index, make_vectors(range(501, 8_001)))
    assert line(reader) == "8000"
    forget(index, *range(1, 1_001))
    assert line(reader) == "7000"
    for size in (10, 20, 30):
        build(index, *(make_vectors([n]) for n in range(1, size + 1)))
        assert line(reader) == str(size)
    out, _ = reader.communicate("stop\n", timeout=DEADLINE)
    assert out.strip() == "ends well"


def test_killed_writer_leaves_its_last_commit_and_can_be_followed(index: NearestIndex, start) -> None:
    for round_ in range(1, 5):
        writer = start("write-vectors")
        told = [int(line(writer)) for _ in range(3 * round_)][-1]
        writer.kill()  # wherever it is: it does nothing but commit
        writer.wait()
        state = index.state()
        assert state.papers == state.mark >= told
        append(index, make_vectors(range(state.papers + 1, state.papers + 11)), mark=state.papers + 10)
        assert held(index) == list(range(1, state.papers + 11))
        assert nearest(index, limit=50) == expected(make_vectors(range(1, state.papers + 11)))[:50]


def test_what_a_killed_writer_left_is_written_over(index: NearestIndex, index_folder: Path) -> None:
    for name, width in {"codes": 32, "papers": 8, "scales": 4}.items():
        with file(index_folder, name).open("r+b") as opened:
            opened.seek(500 * width)
            opened.write(b"\xff" * 6_000 * width)
    assert held(index) == list(range(1, 501))
    append(index, make_vectors([501, 502]))
    assert held(index) == held(NearestIndex(index_folder)) == list(range(1, 503))


def test_second_writer_waits_and_then_says_that_somebody_writes(index: NearestIndex, index_folder: Path) -> None:
    with Generations(index_folder, FORMAT).alone(timeout=1), pytest.raises(IndexBusy):
        index.append(RECIPE, make_vectors([501]), mark=2, timeout=0)
    append(index, make_vectors([501]))
    assert 501 in held(index)


def test_child_of_a_process_that_searched_can_search(large: NearestIndex, index_folder: Path, start) -> None:
    build(NearestIndex(index_folder), make_vectors(range(1, MANY + 1)))
    assert line(start("fork-vectors")) == "[1]"


def test_threads_that_search_while_one_writes_all_see_whole_commits(index_folder: Path) -> None:
    index, failures, seen = NearestIndex(index_folder), [], set()
    build(index, make_vectors(range(70_000)))
    done = threading.Event()

    def ask() -> None:
        try:
            while not done.is_set():
                seen.add(len(nearest(index, limit=100_000)))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for first in range(70_000, 70_500, 100):
        append(index, make_vectors(range(first, first + 100)))
        forget(index, *range(first, first + 50))
    done.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert all((count - 70_000) % 50 == 0 for count in seen)
