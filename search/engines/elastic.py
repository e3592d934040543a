"""The index in Elasticsearch, which any number of web servers and workers share.

How it is reached is in elastic_cluster, which index answers in elastic_indices, what it holds in elastic_schema, how a
query is said in elastic_queries, how papers are written in elastic_writing, and vectors in elastic_vectors.

Guarantees: what is written is searched when the `writing()` block has ended; an order is total: equal scores and equal
dates are ordered by place in time, then by id; an answer is whole or none, never that of some shards.
"""

import logging
import threading
import time
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

from search.document import Document
from search.embeddings import Floats, Recipe
from search.engines.authors import names_like
from search.engines.base import EngineState, EngineUnavailable, Facets, Hit, Numbers, Rebuilt, Results, Sort, Spellings
from search.engines.dictionary import spellings
from search.engines.elastic_cluster import SLOW, Cluster
from search.engines.elastic_indices import LOST, Build, Index, Indices
from search.engines.elastic_queries import Body, ElasticQueries, Names, hits_of
from search.engines.elastic_vectors import ElasticVectors, recipes_of
from search.engines.elastic_writing import (
    CHUNK,
    Gone,
    Sent,
    delete_action,
    held,
    put_action,
    put_actions,
    send,
    vectors_held,
)
from search.engines.fields import LINKED, as_fields
from search.engines.lowering import Lowering
from search.nodes import TextField, has_words
from search.query import Query

KNOWN = 5.0  # seconds that an index and its counts are taken for what they were
GRACE = 0.5  # seconds beyond what a search may take there
SLICE = 10_000  # papers listed at once by `revisions`
DEEPEST = 50_000_000  # where a list ends for Elasticsearch
SENDERS = 4  # bulk requests under way while an index is filled
NEWER = "The index has a newer state of it than the store: build the index anew."
TARGETS = 5  # times that a change looks whether an index has come meanwhile

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Known:
    """The index that answers, as it was a moment ago."""

    index: Index
    papers: int
    with_vector: int
    at: float
    names: Names = field(default_factory=dict)  # what was looked up of names meanwhile


class ElasticEngine:
    """SEARCH_URL=elasticsearch://host:9200"""

    name = "elasticsearch"
    off = False
    remote = True

    def __init__(self, cluster: Cluster, *, replicas: int = 0, timeout: float = 2.0) -> None:
        self._cluster = cluster
        self._timeout = timeout
        self.indices = Indices(cluster, replicas)
        self.vectors = ElasticVectors(self)
        self._known: Known | None = None
        self._looking = threading.Lock()

    # --- Searching ------------------------------------------------------------------------------------------------
    def search(self, query: Query, *, sort: Sort, offset: int, limit: int, without: Sequence[int] = ()) -> Results:
        self.known()
        if query.is_empty:
            return Results((), 0)
        if sort == "relevance" and query.tree is not None and not has_words(query.tree):
            sort = "date"  # there is nothing to weigh by
        queries = self.queries()
        lowering = Lowering(query, queries)
        body = lowering.whole()
        if without:
            body = queries.all_of([body], [queries.papers(without)])
        size = limit if offset + limit <= DEEPEST else 0
        first = {"relevance": "_score"}.get(sort, sort)
        order = [{name: "desc"} for name in dict.fromkeys((first, "date", "paper_id"))]
        asked = {"query": body, "size": size, "sort": order, "track_total_hits": True, "aggs": {"linked": _LINKED}}
        if size:
            asked |= {"from": offset, "collapse": {"field": "work"}}
        found = self.ask(
            asked,
            preference=f"{zlib.crc32(query.text.encode('utf-8', 'replace')):08x}",
        )
        hits = (
            Hit(int(hit["sort"][-1]), float(hit["sort"][0]) if sort == "relevance" else 0.0) for hit in hits_of(found)
        )
        total = int(found["hits"]["total"]["value"]) - _twice(found["aggregations"])
        return Results(tuple(hits), total, notes=lowering.notes)

    def weigh(self, query: Query, paper_ids: Sequence[int]) -> dict[int, float]:
        if not paper_ids:
            return {}
        body = Lowering(query, self.queries()).weighed(paper_ids)
        found = self.ask({"query": body, "size": len(paper_ids), "sort": [{"_score": "desc"}, {"paper_id": "desc"}]})
        return {int(paper_id): float(score) for score, paper_id in (hit["sort"] for hit in hits_of(found)) if score > 0}

    def nearest(self, recipe: Recipe, vector: Floats, *, within: Query, limit: int) -> tuple[Numbers, Floats]:
        return self.vectors.nearest(recipe, vector, Lowering(within, self.queries()).within(), limit)

    def facets(self, query: Query, *, limit: int) -> Facets:
        self.known()
        if query.is_empty:
            return Facets()
        more = limit + 10  # copies that are counted once may change which are the first
        counts = {
            "year": {"terms": {"field": "year", "size": 10_000}, "aggs": {"linked": _LINKED}},
            "category": {
                "terms": {"field": "category", "size": more, "order": _MOST_FIRST},
                "aggs": {"linked": _LINKED},
            },
            "venue_code": {
                "terms": {"field": "venue_code", "size": more, "order": _MOST_FIRST},
                "aggs": {"linked": _LINKED},
            },
        }
        found = self.ask({"query": Lowering(query, self.queries()).whole(), "size": 0, "aggs": counts})
        years, categories, venues = (
            [(one["key"], int(one["doc_count"]) - _twice(one)) for one in found["aggregations"][name]["buckets"]]
            for name in counts
        )
        known = sorted(((int(year), count) for year, count in years if year), reverse=True)
        return Facets(tuple(known), *(tuple(sorted(one, key=_most_first)[:limit]) for one in (categories, venues)))

    def spellings(self, word: str, *, field: TextField, limit: int) -> Spellings:
        return spellings(self.queries(), word, field, limit)

    def names_like(self, name: str, limit: int) -> tuple[str, ...]:
        return names_like(self.queries(), name, limit)

    def revisions(self) -> Iterator[tuple[int, int]]:
        for hit in self.all_papers(["revision"]):
            yield int(hit["sort"][0]), int(hit["fields"]["revision"][0])

    def all_papers(self, fields: Sequence[str], query: Body | None = None) -> Iterator[dict[str, Any]]:
        """All papers that a query finds, by rising id (`sort`), with these fields, as they are at the beginning."""
        self.known()
        keep = "2m"
        pit = self._cluster.call(lambda client: client.open_point_in_time(index=self.indices.read, keep_alive=keep))
        body = {
            "query": query or {"match_all": {}}, "size": SLICE, "sort": [{"paper_id": "asc"}],
            "track_total_hits": False,
            "docvalue_fields": list(fields), "pit": {"id": pit["id"], "keep_alive": keep},
        }  # fmt: skip
        try:
            while True:
                hits = hits_of(self.ask(body, index=None, timeout=60.0))
                yield from hits
                if len(hits) < SLICE:
                    return
                body["search_after"] = hits[-1]["sort"]
        finally:
            self._cluster.call(lambda client: client.options(ignore_status=404).close_point_in_time(id=pit["id"]))

    def queries(self) -> ElasticQueries:
        """To ask the index that answers; raises RebuildNeeded where none does."""
        known = self.known()
        return ElasticQueries(self.ask, known.papers, known.names)

    def ask(
        self, body: Mapping[str, Any], *, index: str | None = "", timeout: float | None = None, preference: str = ""
    ) -> Mapping[str, Any]:
        """A search's answer, whole and in time. `index` None: the body says where."""
        if timeout is None:
            self._cluster.leave_alone()
        seconds = timeout or self._timeout
        where: dict[str, Any] = {"index": index or self.indices.read} if index is not None else {}
        # An index behind the body's point in time takes no such parameters.
        how: dict[str, Any] = {"preference": preference} if preference else {}
        try:
            found = self._search(where, how, body, seconds)
        except EngineUnavailable:
            self.forget_known()  # what is asked next finds out how things stand
            raise
        if found.get("timed_out"):
            raise EngineUnavailable(SLOW)
        return cast(Mapping[str, Any], found.body)

    def _search(self, where: dict[str, Any], how: dict[str, Any], body: Mapping[str, Any], seconds: float) -> Any:
        return self._cluster.call(
            lambda client: client.search(
                **where,
                **how,
                body={"_source": False, "stored_fields": "_none_", "timeout": f"{int(seconds * 1_000)}ms", **body},
                allow_partial_search_results=False,
                filter_path=_WANTED,
            ),
            timeout=seconds + GRACE,
            hurried=True,
        )

    # --- What there is --------------------------------------------------------------------------------------------
    def known(self) -> Known:
        """The index that answers; looked at again every few seconds, and after every change of ours."""
        known = self._known
        if known is None or time.monotonic() - known.at > KNOWN:
            with self._looking:
                if self._known is known:
                    self._known = self._look()
                known = self._known or self._look()
        return known

    def forget_known(self) -> None:
        """Something was changed."""
        self._known = None

    def _look(self) -> Known:
        self._cluster.leave_alone()
        at = time.monotonic()
        among = self.indices.look(self._timeout + GRACE, hurried=True)
        index = self.indices.in_use(among)
        recipe = (index.meta or {}).get("recipe")
        vectors = {"filter": self.vectors.having(recipe) if recipe else {"match_none": {}}}
        found = self.ask({"size": 0, "track_total_hits": True, "aggs": {"vectors": vectors}}, index=index.name)
        return Known(
            index=index,
            papers=int(found["hits"]["total"]["value"]),
            with_vector=int(found["aggregations"]["vectors"]["doc_count"]),
            at=at,
        )

    def state(self) -> EngineState:
        try:
            known = self.known()
        except EngineUnavailable as error:
            return EngineState(0, error.sentence)
        return EngineState(known.papers)  # while another one is built this one takes changes, too

    # --- Writing --------------------------------------------------------------------------------------------------
    @contextmanager
    def writing(self, *, timeout: float, mending: bool = False) -> Iterator["ElasticWriter"]:
        """Nobody waits for anybody here: of two states of a paper the newer revision stays."""
        self.indices.written()  # raises where there is nothing to write to
        writer = ElasticWriter(self, mending)
        yield writer
        writer.send()

    def rebuild(self, documents: Iterable[Document], *, timeout: float) -> Rebuilt:
        with self.indices.replacing(timeout) as build:
            rebuilt = self._fill(build, documents)
            self.indices.settle(build.name)
        self.forget_known()
        return rebuilt

    def drop(self) -> None:
        """Remove all that is held here, for good."""
        self.indices.drop()
        self.forget_known()

    def _carried(self, old: str, recipes: Sequence[Recipe], documents: Sequence[Document]) -> dict[int, dict[str, Any]]:
        """The vectors of an index that may be broken, which is then what a new one is built for."""
        try:
            return vectors_held(self._cluster, old, [recipe.fingerprint for recipe in recipes], documents)
        except EngineUnavailable as error:
            log.warning("The vectors of %d papers can't be read from the old index: %s", len(documents), error)
            return {}

    def _fill(self, build: Build, documents: Iterable[Document]) -> Rebuilt:
        """Read here, sent by a few threads."""
        old = build.old.name if build.old else None
        recipes = recipes_of(build.old.meta) if build.old else []
        if recipes:
            self.vectors.prepare(build.name, recipes)
        count, rejected = 0, dict[int, str]()
        underway: deque[Future[Sent]] = deque()
        rest = iter(documents)

        def fill(batch: list[Document]) -> Sent:
            vectors = self._carried(old, recipes, batch) if old else {}
            return send(self._cluster, self.indices.next, put_actions(batch, vectors))

        with ThreadPoolExecutor(SENDERS) as pool:
            try:
                while batch := list(islice(rest, CHUNK)):
                    count += len(batch)
                    if len(underway) > SENDERS:
                        rejected |= underway.popleft().result().rejected
                    underway.append(pool.submit(fill, batch))
                    build.beat()
                for future in underway:
                    rejected |= future.result().rejected
            except Gone as error:
                raise EngineUnavailable(LOST) from error
            finally:
                pool.shutdown(cancel_futures=True)
        return Rebuilt(count - len(rejected), rejected)


class ElasticWriter:
    """Changes that are sent when the block ends well."""

    def __init__(self, engine: ElasticEngine, mending: bool = False) -> None:
        self._engine = engine
        self._mending = mending
        self.changes: dict[int, Document | None] = {}
        self.rejected: dict[int, str] = {}

    def put(self, documents: Iterable[Document]) -> None:
        self.changes |= {document.paper_id: document for document in documents}

    def forget(self, paper_ids: Iterable[int]) -> None:
        self.changes |= dict.fromkeys(paper_ids)

    def send(self) -> None:
        """To every index that must have them, also to one that comes meanwhile."""
        if not self.changes:
            return
        cluster, indices = self._engine._cluster, self._engine.indices
        documents = [document for document in self.changes.values() if document is not None]
        gone = [paper_id for paper_id, document in self.changes.items() if document is None]
        reached: set[str] = set()
        for _ in range(TARGETS):
            targets = {alias: index for alias, index in indices.written().items() if index.name not in reached}
            if not targets:
                self._engine.forget_known()
                return
            for alias, index in targets.items():
                recipes = [recipe.fingerprint for recipe in recipes_of(index.meta)]
                try:
                    put = put_actions(documents, vectors_held(cluster, index.name, recipes, documents))
                    sent = send(cluster, alias, [*put, *map(delete_action, gone)])
                    if self._mending:
                        sent = self._mend(alias, index.name, documents, sent)
                    self.rejected |= sent.rejected
                except Gone:
                    continue  # it was swapped: looked for again
                if alias == indices.write:
                    cluster.call(lambda client, name=index.name: client.indices.refresh(index=name))  # type: ignore[misc]
                reached.add(index.name)
        raise EngineUnavailable(LOST)

    def _mend(self, alias: str, index: str, documents: Sequence[Document], sent: Sent) -> Sent:
        """Papers of the store for whose state the index takes a deletion, or somebody's newer one."""
        cluster, indices = self._engine.indices.cluster, self._engine.indices
        newer = {document.paper_id: document for document in documents if document.paper_id in sent.newer}
        there = held(cluster, index, list(newer), ["revision"])
        lost = [document for paper_id, document in newer.items() if paper_id not in there]
        if lost:
            indices.forget_deletions(index)
            again = send(cluster, alias, (put_action(one.paper_id, one.revision, as_fields(one)) for one in lost))
            sent = Sent(sent.rejected | again.rejected)
        return Sent(sent.rejected | dict.fromkeys(there, NEWER))


# Of papers that are found, those that are copies of a work: how many, of how many works, where there are several.
_LINKED = {
    "filter": {"term": {"state": LINKED}},
    "aggs": {
        "works": {"terms": {"field": "work", "size": 65_000, "min_doc_count": 2, "shard_min_doc_count": 2}},
        "copies": {"stats_bucket": {"buckets_path": "works>_count"}},
    },
}


def _twice(found: Mapping[str, Any]) -> int:
    """How many of the papers found are further copies of a work."""
    copies = found.get("linked", {}).get("copies", {})
    return int(copies.get("sum", 0)) - int(copies.get("count", 0))


def _most_first(one: tuple[str, int]) -> tuple[int, str]:
    return -one[1], one[0]


_MOST_FIRST = [{"_count": "desc"}, {"_key": "asc"}]
_WANTED = [
    "took", "timed_out", "hits.total.value", "hits.hits.sort", "hits.hits.fields", "aggregations.*.doc_count",
    "aggregations.*.buckets", "suggest.like.options.text",
    "aggregations.linked.copies.*", "-aggregations.**.works",
]  # fmt: skip
