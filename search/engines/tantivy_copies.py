"""Copies of one work among the papers that a tantivy query finds. Only papers that are linked are looked at: few."""

from typing import cast

import tantivy
from tantivy import Query as Lowered

from search.engines.base import Sort
from search.engines.fields import COUNTED, LINKED
from search.engines.tantivy_queries import TantivyQueries

MANY = 65_000  # works that are counted apart


def later_copies(searcher: tantivy.Searcher, lowered: Lowered, sort: Sort) -> list[int]:
    """The papers found that come after another copy of their work in that order; in no order."""
    linked = _linked(searcher, lowered)
    count = _count(searcher.search(linked, 1)) if linked else 0
    if linked is None or count < 2:
        return []
    found = searcher.search(linked, count, False, None if sort == "relevance" else sort)
    places = [address for _, address in found.hits]
    values = [value for value, _ in found.hits]
    dates, ids, works = (_column(searcher, name, places) for name in ("date", "paper_id", "work"))
    if len(set(works)) == count:
        return []
    seen: set[int] = set()
    later: list[int] = []
    for _value, _date, paper_id, work in sorted(zip(values, dates, ids, works, strict=True), reverse=True):
        if work in seen:
            later.append(paper_id)
        seen.add(work)
    return later


def counted_twice(searcher: tantivy.Searcher, lowered: Lowered) -> dict[tuple[str, str | int], int]:
    """By field and value: how many of the papers found that have it are further copies of a work that has it."""
    linked = _linked(searcher, lowered)
    if linked is None:
        return {}
    works = {"works": {"terms": {"field": "work", "size": MANY, "segment_size": MANY, "min_doc_count": 2}}}
    asked = {
        name: {"terms": {"field": name, "size": MANY, "segment_size": MANY}, "aggs": works}
        for name in ("year", *COUNTED)
    }
    found = searcher.aggregate(linked, asked)
    return {
        (name, one["key"]): twice
        for name in asked
        for one in found[name]["buckets"]
        if (twice := sum(work["doc_count"] - 1 for work in one["works"]["buckets"]))
    }


def _linked(searcher: tantivy.Searcher, lowered: Lowered) -> Lowered | None:
    """Those of the papers found that are copies of a work; None where there are none."""
    if not searcher.doc_freq("state", LINKED):
        return None
    queries = TantivyQueries(searcher)
    return queries.all_of([lowered, queries.one_of("state", (LINKED,))])


def _column(searcher: tantivy.Searcher, name: str, places: list[tantivy.DocAddress]) -> list[int]:
    return cast(list[int], searcher.fast_field_values(name, places))


def _count(found: tantivy.SearchResult) -> int:
    return found.count  # type: ignore[attr-defined,no-any-return]  # tantivy's stubs leave it out
