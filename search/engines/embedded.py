"""The index in a folder, in this process: tantivy. How the folder is kept is in search.engines.generations.

Guarantees: searching only reads, and sees a commit or a swapped generation at the next search (two stats); an index
that was deleted under an open reader still answers, for its files stay mapped. A writer killed anywhere leaves the last
commit. An order is total: equal scores and equal dates are ordered by place in time, then by id.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import numpy as np
import tantivy
from django.utils.translation import gettext_lazy as _
from tantivy import FieldType, Order
from tantivy import Query as Lowered

from coolpapers.kept import Kept
from search.document import Document
from search.embeddings import Floats, Recipe
from search.engines.authors import names_like
from search.engines.base import EngineState, EngineUnavailable, Facets, Hit, Numbers, Rebuilt, Results, Sort, Spellings
from search.engines.dictionary import spellings
from search.engines.fields import COUNTED
from search.engines.generations import UNWRITABLE, Generations
from search.engines.lowering import Lowering
from search.engines.nearest import Allowed, NearestIndex
from search.engines.schema import FINGERPRINT, SCHEMA, as_fields, with_analyzers
from search.engines.tantivy_copies import counted_twice, later_copies
from search.engines.tantivy_queries import TantivyQueries
from search.nodes import TextField, has_words
from search.query import Query
from search.sentences import Sentence

WRITER_HEAP = 128_000_000  # bytes for all threads
WRITER_THREADS = 2
TIES = 8  # equal values beyond the window that the first search sees; where there are more it is searched again
VALUES = 10_000  # more than a field that is counted has; with fewer, tantivy's counts would not be exact
FILTERS = 32  # whose papers are kept: a bit a paper each, a byte as numpy has them
LISTS = 200  # facets that are kept, and results: some 30 kB of a list's first window, less of a question by the way
SLICE = 20_000  # papers listed at once by `revisions`
UNREADABLE = _("The search index can't be read just now.")


@contextmanager
def _named(sentence: Sentence) -> Iterator[None]:
    """What tantivy or the disk raises inside, as EngineUnavailable."""
    try:
        yield
    except (OSError, ValueError, RuntimeError) as error:
        raise EngineUnavailable(sentence) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what Rust code panics with is no Exception to Python
            raise
        raise EngineUnavailable(sentence) from error


# --- Searching ---------------------------------------------------------------------------------------------------
def _search(searcher: tantivy.Searcher, lowered: Lowered, sort: Sort, offset: int, limit: int) -> Results:
    """The window of a total order. tantivy's own ends ties by where a document lies, which a merge changes: so the
    groups of equal values that the window cuts are read whole, and ordered here."""
    order_by = None if sort == "relevance" else sort
    if offset >= searcher.num_docs or limit < 1:
        return Results((), _count(searcher.search(lowered, 1)))
    reach = TIES
    while True:
        start, stop = max(0, offset - reach), offset + limit + reach
        found = searcher.search(lowered, stop - start, True, order_by, start)
        total = _count(found)
        values = [value for value, _ in found.hits]
        window = slice(offset - start, min(offset + limit, total) - start)
        inside = values[window]
        if not inside:
            return Results((), total)
        if (start == 0 or values[0] != inside[0]) and (stop >= total or values[-1] != inside[-1]):
            break
        reach *= 16
    ids = _column(searcher, "paper_id", found)
    rows = list(zip(values, ids, strict=True))
    if len(set(values)) < len(values):
        dates = _column(searcher, "date", found)
        rows = [(value, paper_id) for value, _, paper_id in sorted(zip(values, dates, ids, strict=True), reverse=True)]
    hits = (Hit(paper_id, value if order_by is None else 0.0) for value, paper_id in rows[window])
    return Results(tuple(hits), total)


def _column(searcher: tantivy.Searcher, name: str, found: tantivy.SearchResult) -> list[int]:
    return cast(list[int], searcher.fast_field_values(name, [address for _, address in found.hits]))


def _count(found: tantivy.SearchResult) -> int:
    return found.count  # type: ignore[attr-defined,no-any-return]  # tantivy's stubs leave it out


def _counts(searcher: tantivy.Searcher, lowered: Lowered) -> dict[str, list[tuple[Any, int]]]:
    """Of each field that is counted, its values with how many of the papers found have them."""
    terms = {name: {"terms": {"field": name, "size": VALUES, "segment_size": VALUES}} for name in ("year", *COUNTED)}
    found = searcher.aggregate(lowered, terms)
    return {name: [(one["key"], one["doc_count"]) for one in found[name]["buckets"]] for name in terms}


def _facets(searcher: tantivy.Searcher, query: Query, limit: int) -> Facets:
    lowered = Lowering(query, TantivyQueries(searcher)).whole()
    counts, twice = _counts(searcher, lowered), counted_twice(searcher, lowered)
    years, categories, venues = (
        [(value, count - twice.get((name, value), 0)) for value, count in counts[name]]
        for name in ("year", "category", "venue_code")
    )
    known = ((int(year), count) for year, count in years if year)
    return Facets(tuple(sorted(known, reverse=True)), _greatest(categories, limit), _greatest(venues, limit))


def _greatest(counts: list[tuple[str, int]], limit: int) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts, key=lambda one: (-one[1], one[0]))[:limit])


def _allowed(searcher: tantivy.Searcher, within: Query) -> Allowed:
    if within.tree is None and within.branch is None:  # nearly all there are: the others are listed
        newest = searcher.search(Lowered.all_query(), 1, False, "paper_id").hits
        mask = np.ones(newest[0][0] + 1 if newest else 0, np.bool_)
        mask[_all_ids(searcher, Lowered.term_query(SCHEMA, "state", "withdrawn", "basic"))] = False
        return Allowed(mask)
    return Allowed.of(_all_ids(searcher, Lowering(within, TantivyQueries(searcher)).within()))


def _all_ids(searcher: tantivy.Searcher, lowered: Lowered) -> list[int]:
    """Of all papers found, in no order."""
    count = _count(searcher.search(lowered, 1))
    return _column(searcher, "paper_id", searcher.search(lowered, max(count, 1), False))


@dataclass(frozen=True, slots=True)
class _Opened:
    """A generation as it was when its files had that stamp."""

    generation: Path
    stamp: tuple[object, ...]
    index: tantivy.Index
    searcher: tantivy.Searcher


class EmbeddedEngine:
    """SEARCH_URL=embedded:///folder"""

    name = "embedded"
    off = False
    remote = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._generations = Generations(folder, FINGERPRINT)
        self._last: _Opened | None = None
        self._opening = threading.Lock()
        self.vectors = NearestIndex(folder / "vectors")
        self._allowed = Kept[Allowed](FILTERS)
        self._facets = Kept[Facets](LISTS)
        self._results = Kept[Results](LISTS)

    def search(self, query: Query, *, sort: Sort, offset: int, limit: int, without: Sequence[int] = ()) -> Results:
        opened = self._opened()
        if query.is_empty:
            return Results((), 0)
        if sort == "relevance" and query.tree is not None and not has_words(query.tree):
            sort = "date"  # there is nothing to weigh by

        def find_out() -> Results:
            with _named(UNREADABLE):
                queries = TantivyQueries(opened.searcher)
                lowering = Lowering(query, queries)
                lowered = lowering.whole()
                if without:
                    lowered = queries.all_of([lowered], [queries.papers(without)])
                if later := later_copies(opened.searcher, lowered, sort):
                    lowered = queries.all_of([lowered], [queries.many_papers(later)])
                return replace(_search(opened.searcher, lowered, sort, offset, limit), notes=lowering.notes)

        return self._results.get((opened.stamp, query, sort, offset, limit, tuple(without)), find_out)

    def weigh(self, query: Query, paper_ids: Sequence[int]) -> dict[int, float]:
        if not paper_ids:
            return {}
        searcher = self._searcher()
        with _named(UNREADABLE):
            found = searcher.search(Lowering(query, TantivyQueries(searcher)).weighed(paper_ids), len(paper_ids), False)
            ids = _column(searcher, "paper_id", found)
        return {paper_id: score for paper_id, (score, _) in zip(ids, found.hits, strict=True) if score > 0}

    def nearest(self, recipe: Recipe, vector: Floats, *, within: Query, limit: int) -> tuple[Numbers, Floats]:
        opened = self._opened()
        with _named(UNREADABLE):  # to list the papers that filters find takes 0.3 µs a paper
            key = (opened.stamp, within.tree, within.branch)
            allowed = self._allowed.get(key, lambda: _allowed(opened.searcher, within))
        return self.vectors.search(recipe, vector, limit=limit, allowed=allowed)

    def facets(self, query: Query, *, limit: int) -> Facets:
        opened = self._opened()
        if query.is_empty:
            return Facets()
        with _named(UNREADABLE):
            return self._facets.get((opened.stamp, query, limit), lambda: _facets(opened.searcher, query, limit))

    def spellings(self, word: str, *, field: TextField, limit: int) -> Spellings:
        searcher = self._searcher()
        with _named(UNREADABLE):
            return spellings(TantivyQueries(searcher), word, field, limit)

    def names_like(self, name: str, limit: int) -> tuple[str, ...]:
        searcher = self._searcher()
        with _named(UNREADABLE):
            return names_like(TantivyQueries(searcher), name, limit)

    def revisions(self) -> Iterator[tuple[int, int]]:
        searcher = self._searcher()
        first = 0
        while True:
            with _named(UNREADABLE):
                rest = Lowered.range_query(SCHEMA, "paper_id", FieldType.Unsigned, lower_bound=first)
                found = searcher.search(rest, SLICE, False, "paper_id", 0, Order.Asc)
                ids = [paper_id for paper_id, _ in found.hits]
                revisions = _column(searcher, "revision", found)
            yield from zip(ids, revisions, strict=True)
            if len(ids) < SLICE:
                return
            first = ids[-1] + 1

    def state(self) -> EngineState:
        try:
            return EngineState(self._searcher().num_docs, rebuilding=self._generations.is_replacing())
        except EngineUnavailable as error:
            return EngineState(0, error.sentence)

    @contextmanager
    def writing(self, *, timeout: float, mending: bool = False) -> Iterator["IndexWriter"]:
        with self._generations.alone(timeout=timeout):
            generation = self._generations.current()
            with _named(UNWRITABLE):
                index = with_analyzers(tantivy.Index.open(str(generation)))
            with IndexWriter(index) as writer:
                yield writer

    def rebuild(self, documents: Iterable[Document], *, timeout: float) -> Rebuilt:
        with self._generations.alone(timeout=timeout), self._generations.replacing() as folder:
            with _named(UNWRITABLE):
                index = with_analyzers(tantivy.Index(SCHEMA, str(folder)))
            with IndexWriter(index) as writer:
                return Rebuilt(writer.add(documents))

    def _searcher(self) -> tantivy.Searcher:
        return self._opened().searcher

    def _opened(self) -> _Opened:
        """The newest commit of the generation in use."""
        last = self._last
        if last is None or last.stamp != self._generations.stamp(last.generation):
            with self._opening, _named(UNREADABLE):
                last = self._last = self._open(self._last)
        return last

    def _open(self, last: _Opened | None) -> _Opened:
        """Open what the pointer names; again, where it was swapped and the old one deleted in between."""
        while True:
            generation = self._generations.current()
            stamp = self._generations.stamp(generation)  # before opening: what changes after it is seen next time
            try:
                if last is None or last.generation != generation:
                    index = tantivy.Index.open(str(generation))
                    index.config_reader("manual")
                else:
                    index = last.index
                index.reload()
                return _Opened(generation, stamp, index, index.searcher())
            except (OSError, ValueError):
                if self._generations.current() == generation:
                    raise


# --- Writing -----------------------------------------------------------------------------------------------------
class IndexWriter:
    """Changes to one index, committed when the block ends well; for who is alone. Every document is taken."""

    rejected: Mapping[int, str] = MappingProxyType({})

    def __init__(self, index: tantivy.Index) -> None:
        self._index = index
        self._writer: tantivy.IndexWriter | None = None  # made with the first change: its threads take a moment

    def put(self, documents: Iterable[Document]) -> None:
        latest = {document.paper_id: document for document in documents}
        self.forget(latest)
        self.add(latest.values())

    def forget(self, paper_ids: Iterable[int]) -> None:
        ids = list(paper_ids)
        if ids:
            with _named(UNWRITABLE):
                # By query: delete_documents_by_term takes an int for a signed one and finds no unsigned field.
                self._started().delete_documents_by_query(Lowered.term_set_query(SCHEMA, "paper_id", ids))

    def add(self, documents: Iterable[Document]) -> int:
        """Hold the documents of papers that are not held yet; how many."""
        count = 0
        for document in documents:
            with _named(UNWRITABLE):
                self._started().add_document(tantivy.Document.from_dict(as_fields(document), SCHEMA))
            count += 1
        return count

    def _started(self) -> tantivy.IndexWriter:
        if self._writer is None:
            self._writer = self._index.writer(WRITER_HEAP, WRITER_THREADS)
        return self._writer

    def __enter__(self) -> "IndexWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        writer, self._writer = self._writer, None
        if writer is None:
            return
        with _named(UNWRITABLE):
            try:
                if kind is None:
                    writer.commit()
                else:
                    writer.rollback()
            finally:  # also lets go of tantivy's own lock; a merge that was cut off would be begun again by the next
                writer.wait_merging_threads()
