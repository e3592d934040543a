"""Cosines of a question with rows of signed bytes, and the best of them. Pure: arrays in, arrays out.

Every row is looked at, so the best are the best, with a filter and without. The first look takes the question's upper
byte alone and says, for each row, between which two numbers its cosine is; those that may be among the best are
computed with 24 bits of the question, in whole numbers. So equal vectors have equal cosines, wherever they lie and
whatever is computed beside them.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numkong
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Codes = NDArray[np.int8]
Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]

SLAB = 65_536  # rows that a thread takes at once
PICKED = 1_024  # rows that are copied out at once: they stay in a core's own cache
SPARSE = 8  # where fewer than one row in so many is wanted, those are copied out and the others are not read
GROUPS = 64
_NEVER = np.float32(-4)  # for a cosine where a row is not wanted, or added to it: below all others either way
_TOP = 127 * 65_793  # the largest number of the question: 127 in each of its three bytes


@dataclass(frozen=True, slots=True)
class Question:
    """A direction: `step` times (65,536 times row 0 of `bytes`, 256 times row 1, and row 2) is a vector of length 1."""

    bytes: Codes
    step: float
    slack: float  # how far a cosine by the upper byte alone may be from the exact one


def ask(vector: Floats) -> Question | None:
    """The vector's direction; None where it has none, because it is zero or not all of it is a number."""
    wide = np.asarray(vector, np.float64).reshape(-1)
    length = float(np.linalg.norm(wide)) if np.isfinite(wide).all() else 0.0
    if not 0 < length < np.inf:
        return None
    unit = wide / length
    step = float(np.abs(unit).max()) / _TOP
    digits = [np.rint(unit / step).astype(np.int64)]
    for _ in range(2):
        upper = (digits[0] + 128) >> 8  # what is left for the lower byte is -128 … 127
        digits[:1] = [upper, digits[0] - 256 * upper]
    lost = np.linalg.norm(unit - digits[0] * (65_536 * step))
    return Question(np.stack(digits).astype(np.int8), step, float(lost) + 1e-5)


def cosines(question: Question, codes: Codes, scales: Floats, rows: Numbers) -> Floats:
    """Those of the rows, in their order."""
    found = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), PICKED):
        part = rows[start : start + PICKED]
        dots = np.empty((3, len(part)), np.int32)
        numkong.cdist(question.bytes, codes[part], "dot", out=dots)
        whole = dots[0] * 65_536.0 + dots[1] * 256.0 + dots[2]
        found[start : start + PICKED] = np.minimum(whole * question.step * scales[part], 1)
    return found


def candidates(question: Question, codes: Codes, scales: Floats, wanted: Mask | None, limit: int) -> Numbers:
    """The rows that may be among the best `limit` of those wanted (None: of all), and few others; by rising row."""
    held = len(scales)
    rough = np.full(-(-held // GROUPS) * GROUPS, _NEVER)

    def look(start: int) -> None:
        slab = slice(start, min(start + SLAB, held))
        _look(question, codes[slab], scales[slab], None if wanted is None else wanted[slab], rough[slab])

    _each(look, range(0, held, SLAB))
    return np.flatnonzero(rough >= max(_bound(rough, limit) - 2 * question.slack, float(_NEVER) / 2))


def _look(question: Question, codes: Codes, scales: Floats, wanted: Mask | None, rough: Floats) -> None:
    """Write the wanted rows' cosines by the upper byte; the others are _NEVER, or less than a half of it."""
    upper = question.bytes[:1]
    unit = np.float32(65_536 * question.step)
    if wanted is None or np.count_nonzero(wanted) * SPARSE >= len(wanted):
        numkong.cdist(upper, codes, "dot", out=rough[None])
        rough *= scales
        rough *= unit
        if wanted is not None:
            rough += ~wanted * _NEVER  # three times as fast as setting them
        return
    picked = np.flatnonzero(wanted)
    for start in range(0, len(picked), PICKED):
        part = picked[start : start + PICKED]
        dots = np.empty((1, len(part)), np.float32)
        numkong.cdist(upper, codes[part], "dot", out=dots)
        rough[part] = dots[0] * scales[part] * unit


def _bound(rough: Floats, limit: int) -> float:
    """A number that at least `limit` of these reach, or _NEVER: of the largest of each group the one at that place."""
    heads = rough.reshape(GROUPS, -1).max(axis=0) if len(rough) > 4 * GROUPS * limit else rough
    if len(heads) < limit:
        return float(_NEVER)
    place = len(heads) - limit
    return float(np.partition(heads, place)[place])


def _each(work: Callable[[int], None], starts: range) -> None:
    """All of it, on the cores there are; numkong and numpy let go of the interpreter's lock."""
    if len(starts) < 2:
        for start in starts:
            work(start)
        return
    done: Iterator[None] = _threads(os.getpid()).map(work, starts)
    for _ in done:
        pass


@lru_cache(maxsize=1)
def _threads(pid: int) -> ThreadPoolExecutor:
    """`pid`: threads are not carried over a fork."""
    return ThreadPoolExecutor(min(os.cpu_count() or 1, 4), "nearest")
