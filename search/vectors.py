"""Vectors in the store: which papers lack one, writing them, reading them. Knows recipes, no encoder.

Every call names its recipe, so vectors of two never meet. A vector is kept as one signed byte a dimension and one
scale: the nearest papers are the same as with float32 (docs/decisions/0008-vectors.md), in half of float16's space.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import transaction
from django.db.models import Count, Max, QuerySet
from numpy.typing import NDArray

from coolpapers.models import Paper, Vector
from search.embeddings import Floats, Recipe

_AT_ONCE = 500  # ids in one question to the database
_READ = 10_000  # rows read at once
_SCALE = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class DuePaper:
    """A paper whose text has to be looked at; `encoded` says that its vector is of that very text."""

    paper_id: int
    revision: int
    text: str
    encoded: bool


@dataclass(frozen=True, slots=True)
class Vectors:
    """Vectors by rising id of their papers: row i of `codes` (int8) times `scales[i]` (float32) is the unit vector."""

    paper_ids: NDArray[np.int64]
    codes: NDArray[np.int8]
    scales: Floats

    def floats(self) -> Floats:
        """(n, dimensions) float32; four times the space."""
        return self.codes.astype(np.float32) * self.scales[:, None]


# --- What is due -------------------------------------------------------------------------------------------------
def due(recipe: Recipe, limit: int) -> list[DuePaper]:
    """The newest papers without a current vector. A change that leaves the text alone makes one due, but `encoded`."""
    ids = list(Paper.objects.without_vector(recipe.fingerprint).values_list("pk", flat=True)[:limit])
    found: list[DuePaper] = []
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        held = dict(_of(recipe).filter(paper__in=part).values_list("paper_id", "text_hash"))
        rows = Paper.objects.filter(pk__in=part).values_list("pk", "revision", "title", "abstract")
        for pk, revision, title, abstract in rows.order_by("-ordinal"):
            text = recipe.text_of(title, abstract)
            found.append(DuePaper(pk, revision, text, held.get(pk) == _hash(text)))
    return found


def is_due(recipe: Recipe) -> bool:
    """Whether any paper lacks a current vector."""
    return Paper.objects.without_vector(recipe.fingerprint).exists()


def count_due(recipe: Recipe) -> int:
    """How many papers lack a current vector."""
    return Paper.objects.without_vector(recipe.fingerprint).order_by().count()


def count_by_recipe() -> dict[str, int]:
    """How many vectors each recipe has, by fingerprint."""
    return dict(Vector.objects.values_list("recipe").annotate(Count("pk")).order_by("recipe"))


# --- Writing -----------------------------------------------------------------------------------------------------
@transaction.atomic
def save(recipe: Recipe, papers: Sequence[DuePaper], vectors: Floats) -> None:
    """Store row i of the vectors as that of paper i; all or nothing. Papers that are gone meanwhile are left out.

    Each is a new row, with a higher number than all before it: an index follows by what is above its mark.
    """
    there = _locked([paper.paper_id for paper in papers])
    _of(recipe).filter(paper__in=there).delete()
    Vector.objects.bulk_create(
        Vector(
            paper_id=paper.paper_id,
            recipe=recipe.fingerprint,
            revision=paper.revision,
            text_hash=_hash(paper.text),
            packed=packed,
        )
        for paper, packed in zip(papers, pack(vectors), strict=True)
        if paper.paper_id in there
    )


def _locked(ids: Sequence[int]) -> set[int]:
    """Those of the papers that are there, and stay while the transaction lasts (SQLite has one writer anyway)."""
    return set(Paper.objects.select_for_update(no_key=True).filter(pk__in=ids).values_list("pk", flat=True))


@transaction.atomic
def keep(recipe: Recipe, papers: Sequence[DuePaper]) -> None:
    """Note that the papers' vectors still hold at their new revision.

    Each is a new row, so the index is told again: in Elasticsearch a paper's new revision carries the vector along that
    its writer read, and that may be an older one than was written meanwhile.
    """
    revisions = {paper.paper_id: paper.revision for paper in papers}
    held = list(_of(recipe).filter(paper__in=_locked(list(revisions))))
    _of(recipe).filter(pk__in=[vector.pk for vector in held]).delete()
    for vector in held:
        vector.pk, vector.revision = None, revisions[vector.paper_id]
    Vector.objects.bulk_create(held)


def forget_others(recipe: Recipe) -> int:
    """Delete the vectors of every other recipe; how many."""
    return Vector.objects.exclude(recipe=recipe.fingerprint).delete()[0]


# --- Reading -----------------------------------------------------------------------------------------------------
def load(recipe: Recipe, paper_ids: Iterable[int] | None = None) -> Vectors:
    """The recipe's vectors, of these papers or of all; one of an older text of its paper counts until it is renewed."""
    rows = [row for part in _parts(recipe, paper_ids) for row in _read(part.order_by("paper_id"))]
    return _unpacked(recipe, rows)


def added_after(recipe: Recipe, mark: int, limit: int) -> tuple[Vectors, int]:
    """The recipe's first `limit` vectors with a number above `mark`, as they were added, and the last one's number."""
    rows = _of(recipe).filter(pk__gt=mark).order_by("pk")[:limit].values_list("paper_id", "packed", "pk")
    found = list(rows)
    return _unpacked(recipe, [(paper, bytes(packed)) for paper, packed, _ in found]), found[-1][2] if found else mark


def newest_mark() -> int:
    """The highest number that a vector has, of whatever recipe."""
    return Vector.objects.aggregate(Max("pk"))["pk__max"] or 0


def count(recipe: Recipe) -> int:
    """How many vectors the recipe has."""
    return _of(recipe).count()


def paper_ids(recipe: Recipe) -> NDArray[np.int64]:
    """The papers that have one, by rising id."""
    ids = _of(recipe).order_by("paper_id").values_list("paper_id", flat=True)
    return np.fromiter(ids.iterator(chunk_size=_READ), np.int64)


def _read(rows: "QuerySet[Vector]") -> Iterator[tuple[int, bytes]]:
    for paper, packed in rows.values_list("paper_id", "packed").iterator(chunk_size=_READ):
        yield paper, bytes(packed)


def _unpacked(recipe: Recipe, rows: Sequence[tuple[int, bytes]]) -> Vectors:
    width = _SCALE.itemsize + recipe.dimensions
    table = np.frombuffer(b"".join(packed for _, packed in rows), np.uint8).reshape(len(rows), width)
    scales = np.ascontiguousarray(table[:, : _SCALE.itemsize]).view(_SCALE).reshape(-1)
    codes = np.ascontiguousarray(table[:, _SCALE.itemsize :]).view(np.int8)
    return Vectors(np.array([paper for paper, _ in rows], np.int64), codes, scales.astype(np.float32))


def _parts(recipe: Recipe, paper_ids: Iterable[int] | None) -> "Iterator[QuerySet[Vector]]":
    if paper_ids is None:
        yield _of(recipe)
        return
    ids = sorted(set(paper_ids))
    for start in range(0, len(ids), _AT_ONCE):
        yield _of(recipe).filter(paper__in=ids[start : start + _AT_ONCE])


def _of(recipe: Recipe) -> "QuerySet[Vector]":
    return Vector.objects.filter(recipe=recipe.fingerprint)


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()


def packed(paper_ids: Sequence[int], vectors: Floats, recipe: Recipe) -> Vectors:
    """Vectors in the store's form, without the store."""
    return _unpacked(recipe, list(zip(paper_ids, pack(vectors), strict=True)))


def pack(vectors: Floats) -> list[bytes]:
    """Each row as a float32 scale and a signed byte a dimension; numbers that are none become 0, near to nothing."""
    finite = np.nan_to_num(vectors, nan=0.0, posinf=0.0, neginf=0.0)
    scales = np.maximum(np.abs(finite).max(axis=1, initial=0.0, keepdims=True) / 127, np.finfo(np.float32).tiny)
    codes = np.rint(finite / scales).astype(np.int8)
    heads = scales.astype(_SCALE)
    return [head.tobytes() + row.tobytes() for head, row in zip(heads, codes, strict=True)]
