"""Vectors in a folder: three files that only grow, and a small one that says how many of their rows count.

    meta.json   the recipe, the rows that count, the mark; replaced, never written into: that is the commit
    papers      int64 a row: the paper's id, or -1 - id where the paper has no vector from here on
    codes       `dimensions` signed bytes a row
    scales      float32 a row: times the signed bytes it is a vector of length 1; 0 where there is none

Guarantees: a paper's last row is what holds; rows beyond those that count are what a killed writer left, and are
written over; who has mapped the files reads what was there, whatever is written meanwhile. What is no such folder, or a
damaged one, is RebuildNeeded.
"""

import json
import os
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from search.embeddings import Recipe
from search.engines.base import Packed, RebuildNeeded
from search.engines.generations import replace_json
from search.engines.scan import Codes, Floats, Mask, Numbers

DAMAGED = _("The index of vectors is damaged (manage.py search_index rebuild).")
META = "meta.json"
_ROOM = 4_096  # rows; files are longer than their rows by an eighth at most, so that few commits ask for a new mapping
_PAPER = np.dtype("<i8")
_SCALE = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class Meta:
    """What the folder holds; `mark` is the writer's own."""

    recipe: Recipe
    rows: int
    mark: int


def read_meta(folder: Path) -> Meta:
    """As of the last commit."""
    try:
        read = json.loads((folder / META).read_bytes())
        recipe = Recipe(**read["recipe"])
        meta = Meta(recipe, int(read["rows"]), int(read["mark"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError) as error:
        raise RebuildNeeded(DAMAGED) from error
    if read["fingerprint"] != recipe.fingerprint or meta.rows < 0 or recipe.dimensions < 1:
        raise RebuildNeeded(DAMAGED)
    return meta


def sizes(folder: Path) -> tuple[int, ...]:
    """How long the files are: one that is cut short is seen before its missing end is read."""
    return tuple(_size(path) for path in _paths(folder))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _paths(folder: Path) -> tuple[Path, Path, Path]:
    return folder / "papers", folder / "codes", folder / "scales"


def _widths(recipe: Recipe) -> tuple[int, int, int]:
    return _PAPER.itemsize, recipe.dimensions, _SCALE.itemsize


# --- Reading -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Rows:
    """The folder as of one commit. The files are mapped: the pages belong to all processes that read them."""

    folder: Path
    meta: Meta
    papers: Numbers  # the files, with the room at their end
    codes: Codes
    scales: Floats
    ids: Numbers  # the papers that have a vector, rising
    places: NDArray[np.int32]  # and the row of each
    counting: Mask | None  # the rows that hold one; None: all

    def places_of(self, paper_ids: Numbers) -> tuple[Mask, Numbers]:
        """Which of the papers have a vector, and the rows of those."""
        at = np.searchsorted(self.ids, paper_ids)
        there = at < len(self.ids)
        there[there] = self.ids[at[there]] == paper_ids[there]
        return there, self.places[at[there]].astype(np.int64)


def open_rows(folder: Path, last: Rows | None = None) -> Rows:
    """As of the last commit. With what was `last` read from the folder only the rows since then are looked at."""
    meta = read_meta(folder)
    if last is None or last.folder != folder or last.meta.rows > meta.rows or last.meta.recipe != meta.recipe:
        last = _nothing(folder, meta.recipe)
    if len(last.scales) < meta.rows or any(
        size < width * meta.rows for size, width in zip(sizes(folder), _widths(meta.recipe), strict=True)
    ):
        last = _mapped(last, meta)
    ids, places = _followed(last, meta.rows)
    counting = None
    if len(places) < meta.rows:
        counting = np.zeros(meta.rows, np.bool_)
        counting[places] = True
    return replace(last, meta=meta, ids=ids, places=places, counting=counting)


def _nothing(folder: Path, recipe: Recipe) -> Rows:
    none = np.empty(0, np.int64)
    codes, scales = np.empty((0, recipe.dimensions), np.int8), np.empty(0, np.float32)
    return Rows(folder, Meta(recipe, 0, 0), none, codes, scales, none, np.empty(0, np.int32), None)


def _mapped(last: Rows, meta: Meta) -> Rows:
    """With the files mapped anew."""
    widths = _widths(meta.recipe)
    long = min(size // width for size, width in zip(sizes(last.folder), widths, strict=True))
    if long < meta.rows:
        raise RebuildNeeded(DAMAGED)
    if not long:
        return last
    papers, codes, scales = _paths(last.folder)
    try:
        return replace(
            last,
            papers=np.asarray(np.memmap(papers, _PAPER, "r", shape=(long,))),
            codes=np.asarray(np.memmap(codes, np.int8, "r", shape=(long, meta.recipe.dimensions))),
            scales=np.asarray(np.memmap(scales, _SCALE, "r", shape=(long,))),
        )
    except ValueError as error:  # shorter than a moment ago
        raise RebuildNeeded(DAMAGED) from error


def _followed(last: Rows, rows: int) -> tuple[Numbers, NDArray[np.int32]]:
    """The papers with a vector and their rows, after the rows since the last ones."""
    new = slice(last.meta.rows, rows)
    papers, scales = last.papers[new], last.scales[new]
    gone = papers < 0
    if not np.array_equal((scales > 0) & (scales <= 1), ~gone) or (scales[gone] != 0).any():
        raise RebuildNeeded(DAMAGED)
    places = np.arange(new.start, rows, dtype=np.int32)
    ids = np.concatenate([last.ids, np.where(gone, -1 - papers, papers)])
    places = np.concatenate([last.places, np.where(gone, np.int32(-1), places)])
    order = np.argsort(ids, kind="stable")  # of one paper's rows the last stays the last
    ids, places = ids[order], places[order]
    keep = places >= 0
    keep[:-1] &= ids[1:] != ids[:-1]
    return ids[keep], places[keep]


# --- Writing -----------------------------------------------------------------------------------------------------
def create_rows(folder: Path, recipe: Recipe) -> None:
    """No rows yet."""
    for path in _paths(folder):
        path.touch()
    _write_meta(folder, Meta(recipe, 0, 0))


class RowWriter:
    """Rows at the end, which count from `commit` on; for who is alone in the folder. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.meta = read_meta(folder)
        with ExitStack() as opened:
            self._files = [opened.enter_context(path.open("r+b")) for path in _paths(folder)]
            for file, width in zip(self._files, _widths(self.meta.recipe), strict=True):
                file.seek(self.meta.rows * width)
            self._opened = opened.pop_all()

    def __enter__(self) -> "RowWriter":
        return self

    def __exit__(self, *error: object) -> None:
        """Closing writes what is left of the buffers: rows that never count, so that a full disk is no news here."""
        with suppress(OSError):
            self._opened.close()

    def put(self, vectors: Packed) -> None:
        """These papers' vectors from here on. One of zeros, or of no numbers, is near to nothing: it counts as none."""
        if vectors.codes.shape != (len(vectors.paper_ids), self.meta.recipe.dimensions):
            raise ValueError(f"{vectors.codes.shape} are no vectors of {self.meta.recipe.dimensions} dimensions")
        lengths = np.linalg.norm(vectors.codes.astype(np.float32), axis=1)
        there = np.isfinite(vectors.scales) & (vectors.scales > 0) & (lengths > 0)
        scales = np.divide(1, lengths, out=np.zeros(len(there), np.float32), where=there)
        self._add(np.where(there, vectors.paper_ids, -1 - vectors.paper_ids), vectors.codes, scales)

    def forget(self, paper_ids: Numbers) -> None:
        """These papers have no vector from here on."""
        zeros = np.zeros((len(paper_ids), self.meta.recipe.dimensions), np.int8)
        self._add(-1 - paper_ids, zeros, np.zeros(len(paper_ids), np.float32))

    def _add(self, papers: Numbers, codes: Codes, scales: Floats) -> None:
        columns = (papers.astype(_PAPER), codes.astype(np.int8), scales.astype(_SCALE))
        for file, column in zip(self._files, columns, strict=True):
            file.write(np.ascontiguousarray(column).data)
        self.meta = replace(self.meta, rows=self.meta.rows + len(papers))

    def commit(self, mark: int) -> None:
        """What was added counts, and stays on disk, when this returns."""
        for file, width in zip(self._files, _widths(self.meta.recipe), strict=True):
            file.flush()
            if os.fstat(file.fileno()).st_size <= self.meta.rows * width:
                file.truncate(_with_room(self.meta.rows) * width)
            os.fsync(file.fileno())
        self.meta = replace(self.meta, mark=mark)
        _write_meta(self._folder, self.meta)


def _with_room(rows: int) -> int:
    return -(-(rows + rows // 8 + 1) // _ROOM) * _ROOM


def _write_meta(folder: Path, meta: Meta) -> None:
    recipe = asdict(meta.recipe)
    written = {"recipe": recipe, "fingerprint": meta.recipe.fingerprint, "rows": meta.rows, "mark": meta.mark}
    replace_json(folder / META, written)
