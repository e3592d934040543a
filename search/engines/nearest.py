"""Nearest neighbours in a folder, in this process: the papers whose vectors have the largest cosine with a question.

Input: vectors as the store packs them, of one recipe. Output: paper ids and cosines. Guarantees: every vector that a
filter allows is looked at, so the nearest are the nearest of those, in a total order (cosine, then the newer id); every
call names its recipe, so vectors of two never meet. Searching only reads, and sees a commit or a swap at the next
search (a few stats); the files are mapped, so that a second process shares the first one's memory. A writer killed
anywhere leaves the last commit. How that is kept: search.engines.rows, generations; how it is computed: scan.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from weakref import ref

import numpy as np
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from search.embeddings import Recipe
from search.engines.base import OTHER_RECIPE, WRONG_LENGTH, EngineUnavailable, Packed, RebuildNeeded, VectorState
from search.engines.generations import Generations, writable
from search.engines.rows import Rows, RowWriter, create_rows, open_rows, sizes
from search.engines.scan import Codes, Floats, Mask, Numbers, ask, candidates, cosines

FORMAT = "1"  # of the folder; raise it where older files can't be read any more
WHAT = _("index of vectors")
UNREADABLE = _("The index of vectors can't be read just now.")
_BATCH = 20_000  # rows copied at once


class Allowed:
    """The papers that a filter permits, by a mask: `mask[paper_id]` says it, and ids beyond its end are not.

    What that means in rows is remembered for one state of the index, so keep it as long as the filter's answer holds.
    Not to be changed by anyone; for any number of threads.
    """

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._last: tuple[ref[Rows], Mask] | None = None  # not what keeps an outdated index in memory

    @classmethod
    def of(cls, paper_ids: Sequence[int] | Numbers) -> "Allowed":
        """These papers, in any order."""
        ids = np.asarray(paper_ids, np.int64)
        mask = np.zeros(int(ids.max(initial=-1)) + 1, np.bool_)
        mask[ids] = True
        return cls(mask)

    def in_rows(self, held: Rows) -> Mask:
        """Which rows are those of permitted papers."""
        last = self._last
        if last is None or last[0]() is not held:
            within = held.ids[: np.searchsorted(held.ids, len(self._mask))]
            rows = np.zeros(held.meta.rows, np.bool_)
            rows[held.places[: len(within)]] = self._mask[within]
            last = self._last = ref(held), rows
        return last[1]


@dataclass(frozen=True, slots=True)
class _Opened:
    """A generation as it was when its files had that stamp."""

    stamp: tuple[object, ...]
    rows: Rows


class NearestIndex:
    """One folder, and the vectors of one recipe. All methods but `state` raise EngineUnavailable."""

    carried = False

    def __init__(self, folder: Path) -> None:
        self._generations = Generations(folder, FORMAT, what=WHAT)
        self._last: _Opened | None = None
        self._opening = threading.Lock()

    # --- Reading -------------------------------------------------------------------------------------------------
    def state(self) -> VectorState:
        """What it holds, and of which recipe: that recipe's questions can be asked whatever the settings name."""
        try:
            rows = self._rows()
        except EngineUnavailable as error:
            return VectorState(None, rebuild_reason=error.sentence)
        return VectorState(rows.meta.recipe, len(rows.ids), rows.meta.mark)

    def paper_ids(self) -> Numbers:
        """All papers that have a vector here, rising; not to be written to."""
        return self._rows().ids

    def search(
        self, recipe: Recipe, vector: Floats, *, limit: int, allowed: Allowed | None = None, without: Sequence[int] = ()
    ) -> tuple[Numbers, Floats]:
        """The nearest papers and their cosines, nearest first, the newer id of equals. A vector without a direction
        (zeros, or no numbers) is near to none."""
        rows = self._rows_of(recipe, vector)
        question = ask(vector)
        if question is None or limit < 1:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        wanted = rows.counting if allowed is None else allowed.in_rows(rows)
        scales = rows.scales[: rows.meta.rows]
        found = candidates(question, rows.codes, scales, wanted, limit + len(without))
        values = cosines(question, rows.codes, scales, found)
        ids = rows.papers[found]
        order = np.lexsort((-ids, -values))
        if len(without):
            order = order[~np.isin(ids[order], np.asarray(without, np.int64))]
        return ids[order[:limit]], values[order[:limit]]

    def cosines(self, recipe: Recipe, vector: Floats, paper_ids: Sequence[int] | Numbers) -> Floats:
        """The cosine of each of the papers, the same number as `search` gives; NaN where there is none."""
        rows = self._rows_of(recipe, vector)
        there, places = rows.places_of(np.asarray(paper_ids, np.int64))
        values = np.full(len(there), np.nan, np.float32)
        question = ask(vector)
        if question is not None:
            values[there] = cosines(question, rows.codes, rows.scales, places)
        return values

    def vectors_of(self, recipe: Recipe, paper_ids: Sequence[int] | Numbers) -> tuple[Numbers, Floats]:
        """Those of the papers that have a vector, in the order asked for, and the vectors, of length 1."""
        rows = self._rows_of(recipe)
        ids = np.asarray(paper_ids, np.int64)
        there, places = rows.places_of(ids)
        return ids[there], rows.codes[places] * rows.scales[places, None]

    def _rows_of(self, recipe: Recipe, vector: Floats | None = None) -> Rows:
        rows = self._rows()
        if rows.meta.recipe != recipe:
            raise RebuildNeeded(OTHER_RECIPE)
        if vector is not None and vector.shape != (recipe.dimensions,):
            asked = "×".join(map(str, vector.shape))
            raise EngineUnavailable(format_lazy(WRONG_LENGTH, asked=asked, held=recipe.dimensions))
        return rows

    def _rows(self) -> Rows:
        """The newest commit of the generation in use."""
        last = self._last
        if last is None or last.stamp != self._stamp(last.rows.folder):
            with self._opening, _readable():
                last = self._last = self._open(self._last)
        return last.rows

    def _open(self, last: _Opened | None) -> _Opened:
        """Open what the pointer names; again, where it was swapped and the old one deleted in between."""
        while True:
            generation = self._generations.current()
            stamp = self._stamp(generation)  # before opening: what changes after it is seen next time
            try:
                return _Opened(stamp, open_rows(generation, last.rows if last else None))
            except (OSError, RebuildNeeded):
                if self._generations.current() == generation:
                    raise

    def _stamp(self, generation: Path) -> tuple[object, ...]:
        return self._generations.stamp(generation), sizes(generation)

    # --- Writing -------------------------------------------------------------------------------------------------
    def append(self, recipe: Recipe, vectors: Packed, *, mark: int, timeout: float) -> None:
        """Hold these vectors, each in place of its paper's earlier one; of a paper's two the later."""
        self._change(recipe, lambda writer: writer.put(vectors), mark=mark, timeout=timeout)

    def forget(self, paper_ids: Sequence[int] | Numbers, *, timeout: float) -> None:
        """Hold these papers' vectors no longer; those that have none are passed over."""
        ids = np.asarray(paper_ids, np.int64)
        self._change(None, lambda writer: writer.forget(ids), mark=None, timeout=timeout)

    def rebuild(self, recipe: Recipe, batches: Iterable[Packed], *, mark: int, timeout: float) -> int:
        """Build beside from these vectors alone, then swap; how many papers. Until then the old index answers."""
        with self._generations.alone(timeout=timeout):
            self._replace(recipe, batches, mark)
            return len(self._rows().ids)

    def _change(
        self, recipe: Recipe | None, change: Callable[[RowWriter], None], *, mark: int | None, timeout: float
    ) -> None:
        with self._generations.alone(timeout=timeout):
            rows = self._rows()
            if recipe is not None and rows.meta.recipe != recipe:
                raise RebuildNeeded(OTHER_RECIPE)
            with writable(), RowWriter(rows.folder) as writer:
                change(writer)
                writer.commit(rows.meta.mark if mark is None else mark)
            self._tidy()

    def _tidy(self) -> None:
        """Without the rows that count no longer, where they are many."""
        rows = self._rows()
        if rows.meta.rows - len(rows.ids) > max(len(rows.ids) // 8, _BATCH):
            self._replace(rows.meta.recipe, _batches(rows), rows.meta.mark)

    def _replace(self, recipe: Recipe, batches: Iterable[Packed], mark: int) -> None:
        with self._generations.replacing() as folder:
            with writable():
                create_rows(folder, recipe)
                writer = RowWriter(folder)
            with writer:
                for vectors in batches:
                    with writable():
                        writer.put(vectors)
                with writable():
                    writer.commit(mark)


@dataclass(frozen=True, slots=True)
class _Batch:
    paper_ids: Numbers
    codes: Codes
    scales: Floats


def _batches(rows: Rows) -> Iterator[Packed]:
    for start in range(0, len(rows.ids), _BATCH):
        places = rows.places[start : start + _BATCH]
        yield _Batch(rows.ids[start : start + _BATCH], rows.codes[places], rows.scales[places])


@contextmanager
def _readable() -> Iterator[None]:
    """What the disk raises inside, as EngineUnavailable."""
    try:
        yield
    except OSError as error:
        raise EngineUnavailable(UNREADABLE) from error
