"""The vectors in Elasticsearch, which lie in their papers' documents.

A recipe has its own two fields: the bytes as the store has them, and the same to be looked through by HNSW. The index's
`_meta` names the recipe that answers (`recipe`), one that is being written (`coming`), and the last writer's `mark`.

Guarantees: questions of one recipe never meet vectors of another; a paper keeps its vector when its document is written
anew. The nearest are found approximately: docs/decisions/0011-elasticsearch.md has how well.
"""

import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from search.embeddings import Floats, Recipe
from search.engines.base import (
    OTHER_RECIPE,
    WRONG_LENGTH,
    EngineUnavailable,
    Numbers,
    Packed,
    RebuildNeeded,
    VectorState,
)
from search.engines.elastic_queries import Body, hits_of
from search.engines.elastic_writing import (
    CHUNK,
    Gone,
    codes_field,
    held,
    pack,
    put_action,
    send,
    unpack,
    vector_field,
    with_codes,
)

if TYPE_CHECKING:
    from search.engines.elastic import ElasticEngine

NO_VECTORS = _("The index holds no vectors yet.")
TRIES = 8  # of a paper that is written by somebody else meanwhile
WAIT = 0.02  # s more before each try than before the last; up to half of it less, by chance, to fall out of step
CANDIDATES = 2.0  # times as many as are asked for are looked at
LEAST_CANDIDATES = 400

# How the graph is made; chosen by measurement (docs/decisions/0011-elasticsearch.md).
HNSW: dict[str, Any] = {"type": "hnsw", "m": 16, "ef_construction": 100}


def recipes_of(meta: Mapping[str, Any] | None) -> list[Recipe]:
    """The recipe that answers and the one that is being written."""
    told = [(meta or {}).get(name) for name in ("recipe", "coming")]
    return list(dict.fromkeys(Recipe(**one) for one in told if one))


class ElasticVectors:
    """The vectors of an engine's index."""

    carried = True

    def __init__(self, engine: "ElasticEngine") -> None:
        self._engine = engine

    # --- Reading --------------------------------------------------------------------------------------------------
    def state(self) -> VectorState:
        try:
            known = self._engine.known()
        except EngineUnavailable as error:
            return VectorState(None, rebuild_reason=error.sentence)
        meta = known.index.meta or {}
        recipe = Recipe(**meta["recipe"]) if meta.get("recipe") else None
        return VectorState(recipe, known.with_vector, int(meta.get("mark", 0)) if recipe else 0)

    def paper_ids(self) -> Numbers:
        recipe = self.state().recipe
        if recipe is None:
            return np.empty(0, np.int64)
        hits = self._engine.all_papers([], self.having(asdict(recipe)))
        return np.array([hit["sort"][0] for hit in hits], np.int64)

    def vectors_of(self, recipe: Recipe, paper_ids: Sequence[int] | Numbers) -> tuple[Numbers, Floats]:
        self._require(recipe)
        ids = np.asarray(paper_ids, np.int64).tolist()
        field = codes_field(recipe.fingerprint)
        query = {"bool": {"filter": [{"terms": {"paper_id": ids}}, {"exists": {"field": field}}]}}
        found = (
            self._engine.ask({"query": query, "size": len(ids), "docvalue_fields": ["paper_id", field]}) if ids else {}
        )
        codes = {int(hit["fields"]["paper_id"][0]): hit["fields"][field][0] for hit in hits_of(found)}
        known = [paper_id for paper_id in ids if paper_id in codes]
        if not known:
            return np.empty(0, np.int64), np.empty((0, recipe.dimensions), np.float32)
        return np.array(known, np.int64), unpack([codes[paper_id] for paper_id in known])

    def nearest(self, recipe: Recipe, vector: Floats, within: Body, limit: int) -> tuple[Numbers, Floats]:
        """The nearest of the papers that a query finds, and their cosines, nearest first, the newer id of equals."""
        self._require(recipe)
        if vector.shape != (recipe.dimensions,):
            asked = "×".join(map(str, vector.shape))
            raise EngineUnavailable(format_lazy(WRONG_LENGTH, asked=asked, held=recipe.dimensions))
        most = float(np.abs(vector).max(initial=0.0))
        if not (limit and np.isfinite(most) and most > 0):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        nearest = {
            "field": vector_field(recipe.fingerprint),
            "query_vector": np.rint(vector * (127 / most)).astype(np.int8).tolist(),
            "k": limit,
            "num_candidates": int(min(max(CANDIDATES * limit, LEAST_CANDIDATES), 10_000)),
            "filter": within,
        }
        order = [{"_score": "desc"}, {"paper_id": "desc"}]
        found = self._engine.ask({"knn": nearest, "size": limit, "sort": order, "track_total_hits": False})
        rows = [hit["sort"] for hit in hits_of(found)]
        cosines = np.array([2 * score - 1 for score, _ in rows], np.float32)  # Lucene's score is (1 + cosine) / 2
        return np.array([paper_id for _, paper_id in rows], np.int64), cosines

    def having(self, recipe: Mapping[str, Any]) -> Body:
        """Papers with a vector of the recipe."""
        return {"exists": {"field": codes_field(Recipe(**recipe).fingerprint)}}

    def _require(self, recipe: Recipe) -> None:
        held_now = self.state()
        if held_now.rebuild_reason:
            raise RebuildNeeded(held_now.rebuild_reason)
        if held_now.recipe is None:
            raise RebuildNeeded(NO_VECTORS)
        if held_now.recipe != recipe:
            raise RebuildNeeded(OTHER_RECIPE)

    # --- Writing --------------------------------------------------------------------------------------------------
    def prepare(self, index: str, recipes: Iterable[Recipe]) -> None:
        """Make the recipes' fields; those that are there already stay."""
        properties: dict[str, Any] = {}
        for recipe in recipes:
            properties[codes_field(recipe.fingerprint)] = {"type": "binary", "doc_values": True}
            properties[vector_field(recipe.fingerprint)] = {
                "type": "dense_vector", "element_type": "byte", "dims": recipe.dimensions, "similarity": "cosine",
                "index": True, "index_options": HNSW,
            }  # fmt: skip
        self._engine._cluster.call(lambda client: client.indices.put_mapping(index=index, properties=properties))

    def append(self, recipe: Recipe, vectors: Packed, *, mark: int, timeout: float) -> None:
        """Hold these vectors with their papers; papers that are not held have none, and get theirs when they are."""
        self._engine.forget_known()
        self._require(recipe)
        self._write(recipe, vectors)
        self._note(mark=mark)

    def forget(self, paper_ids: Sequence[int] | Numbers, *, timeout: float) -> None:
        self._engine.forget_known()
        recipe = self.state().recipe
        if recipe is not None:
            self._change(recipe, dict.fromkeys(np.asarray(paper_ids, np.int64).tolist()))
        self._engine.forget_known()

    def rebuild(self, recipe: Recipe, batches: Iterable[Packed], *, mark: int, timeout: float) -> int:
        """Write the recipe's own fields from these alone; when all are there questions are asked by them."""
        self._engine.forget_known()
        for index in self._engine.indices.written().values():
            self.prepare(index.name, [recipe])
        if self.state().recipe != recipe:
            self._note(coming=asdict(recipe))
        written: set[int] = set()
        for vectors in batches:
            written |= self._write(recipe, vectors)
        surplus = self._engine.all_papers([], self.having(asdict(recipe)))
        self._change(recipe, {int(hit["sort"][0]): None for hit in surplus if int(hit["sort"][0]) not in written})
        self._note(recipe=asdict(recipe), coming=None, mark=mark)
        return self._engine.known().with_vector

    def _write(self, recipe: Recipe, vectors: Packed) -> set[int]:
        """The papers that have these vectors now."""
        codes = vectors.codes
        pointing = np.flatnonzero(codes.any(axis=1))  # zeros point nowhere, and Elasticsearch has no place for them
        changes: dict[int, str | None] = {int(vectors.paper_ids[row]): pack(codes[row]) for row in pointing}
        return self._change(recipe, changes)

    def _change(self, recipe: Recipe, changes: Mapping[int, str | None]) -> set[int]:
        """Give papers other codes, or none, in every index that is written; those that hold them afterwards.

        A document is read, and written as the same revision. Where somebody writes a newer one in between, that stays,
        with the vector that it had, and is tried again; raises EngineUnavailable where that happens again and again.
        """
        engine, there = self._engine, set[int]()
        ids = list(changes)
        for start in range(0, len(ids), CHUNK):
            part = ids[start : start + CHUNK]
            for alias, index in engine.indices.written().items():
                there |= self._change_in(alias, index.name, recipe, {paper_id: changes[paper_id] for paper_id in part})
        engine.forget_known()
        return there

    def _change_in(self, alias: str, index: str, recipe: Recipe, changes: Mapping[int, str | None]) -> set[int]:
        cluster, there = self._engine.indices.cluster, set[int]()
        left, field = set(changes), codes_field(recipe.fingerprint)
        for attempt in range(TRIES):
            time.sleep(WAIT * attempt * random.uniform(0.5, 1))  # noqa: S311 (no secret)
            fields = held(cluster, index, list(left), ["*"])
            there |= set(fields)
            actions = []
            for paper_id, values in fields.items():
                codes = {name: value for name, value in values.items() if name.startswith("codes_") and name != field}
                plain = {name: value for name, value in values.items() if not name.startswith(("codes_", "vector_"))}
                if (new := changes[paper_id]) is not None:
                    codes[field] = new
                actions.append(put_action(paper_id, int(values["revision"]), {**plain, **with_codes(codes)}))
            try:
                left = send(cluster, alias, actions).newer
            except Gone as error:
                raise EngineUnavailable("The index was swapped while vectors were written: try again.") from error
            if not left:
                break
        cluster.call(lambda client: client.indices.refresh(index=index))
        if left:
            raise EngineUnavailable("Papers change faster than their vectors can be written: try again.")
        return there

    def _note(self, **changes: Any) -> None:
        """In the `_meta` of every index that is written."""
        for index in self._engine.indices.written().values():
            meta = {**(index.meta or {}), **changes}
            self._engine.indices.note(index.name, {name: value for name, value in meta.items() if value is not None})
        self._engine.forget_known()
