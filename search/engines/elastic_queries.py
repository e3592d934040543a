"""Elasticsearch's queries, as search.engines.lowering writes them, and what an index there knows of words.

Plain dicts, made of words that search.analysis found and of values that search.query read: nothing that was typed is
handed on to be parsed. Words are looked up as `term`s, for they are the index's own already.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from search.engines.authors import NAMES_LIMIT
from search.engines.lowering import Term

Body = dict[str, Any]

WRITTEN = "title.written"
_AS_WRITTEN = {"title": WRITTEN, "abstract": "abstract.written", "authors": "authors", "first": "first"}
_LOOKED_UP = 1_000  # words in one request
_SUGGESTED = 100  # words like one

Names = dict[object, Future[Mapping[str, int]]]  # how many papers have names, by what was asked for
Ask = Callable[[Body], Mapping[str, Any]]  # a search's body → its answer


class ElasticQueries:
    """A `Dialect`. What the index knows is asked for when it is needed: a request each time, but for names, which are
    kept in `names` for who asks with the same."""

    written_field = WRITTEN

    def __init__(self, ask: Ask, size: int, names: Names | None = None) -> None:
        self._ask = ask
        self._size = size
        self._names = {} if names is None else names

    # --- Queries --------------------------------------------------------------------------------------------------
    def term(self, field: str, word: str) -> Body:
        return {"term": {field: {"value": word, "boost": 1.0}}}

    def phrase(self, field: str, words: Sequence[str]) -> Body:
        return {"match_phrase": {field: {"query": " ".join(words), "analyzer": "whitespace", "boost": 1.0}}}

    def beginning(self, start: str, weights: Mapping[str, float], limit: int) -> tuple[Body, bool]:
        """Looked up in words as they are written, all of them: none is left out. What papers weigh for it is told by
        the first of the words, alike for all."""
        ways, better = [], []
        for field, weight in weights.items():
            prefix = {"value": start, "rewrite": "constant_score", "boost": 0.0}
            ways.append({"prefix": {_AS_WRITTEN[field]: prefix}})
            alike = {"value": start, "rewrite": f"top_terms_blended_freqs_{limit}", "boost": weight}
            better.append({"prefix": {_AS_WRITTEN[field]: alike}})
        return self.all_of([self.any_of(ways)], better=better), False

    def one_of(self, field: str, values: Sequence[str]) -> Body:
        found = {"term": {field: values[0]}} if len(values) == 1 else {"terms": {field: list(values)}}
        return {"constant_score": {"filter": found, "boost": 0.0}}

    def in_range(self, field: str, first: int, last: int) -> Body:
        return {"constant_score": {"filter": {"range": {field: {"gte": first, "lte": last}}}, "boost": 0.0}}

    def papers(self, paper_ids: Sequence[int]) -> Body:
        return {"constant_score": {"filter": {"terms": {"paper_id": list(paper_ids)}}, "boost": 0.0}}

    def scored(self, query: Body, score: float) -> Body:
        inner = query["constant_score"]["filter"] if "constant_score" in query else query
        return {"constant_score": {"filter": inner, "boost": score}}

    def boosted(self, query: Body, weight: float) -> Body:
        (kind, body), *_ = query.items()
        if kind in ("term", "match_phrase"):
            ((field, body),) = body.items()
            return {kind: {field: {**body, "boost": body["boost"] * weight}}}
        if kind == "match_none":
            return query
        return {kind: {**body, "boost": body.get("boost", 1.0) * weight}}

    def best_of(self, queries: Sequence[Body]) -> Body:
        return queries[0] if len(queries) == 1 else {"dis_max": {"queries": list(queries)}}

    def any_of(self, queries: Sequence[Body]) -> Body:
        if not queries:
            return {"match_none": {}}
        return queries[0] if len(queries) == 1 else {"bool": {"should": list(queries), "minimum_should_match": 1}}

    def all_of(self, wanted: Sequence[Body], excluded: Sequence[Body] = (), better: Sequence[Body] = ()) -> Body:
        """What weighs nothing is filtered by, which Elasticsearch may remember."""
        if len(wanted) == 1 and not excluded and not better:
            return wanted[0]
        only = [query["constant_score"]["filter"] for query in wanted if _weighs_nothing(query)]
        weighed = [query for query in wanted if not _weighs_nothing(query)]
        if not only and not weighed:
            only = [{"match_all": {}}]
        parts = {"must": weighed, "filter": only, "must_not": list(excluded), "should": list(better)}
        return {"bool": {name: queries for name, queries in parts.items() if queries} | {"minimum_should_match": 0}}

    # --- What the index holds -------------------------------------------------------------------------------------
    @property
    def size(self) -> int:
        return self._size

    def papers_with(self, terms: Iterable[Term]) -> dict[Term, int]:
        found: dict[Term, int] = {}
        asked = list(dict.fromkeys(terms))
        for start in range(0, len(asked), _LOOKED_UP):
            part = asked[start : start + _LOOKED_UP]
            filters = {str(place): {"term": {field: word}} for place, (field, word) in enumerate(part)}
            answer = self._ask({"size": 0, "aggs": {"words": {"filters": {"filters": filters}}}})
            counted = answer["aggregations"]["words"]["buckets"]
            found |= {term: counted[str(place)]["doc_count"] for place, term in enumerate(part)}
        return found

    def names_beginning(self, field: str, starts: Sequence[str]) -> Mapping[str, int]:
        asked, mine = (field, *starts), Future[Mapping[str, int]]()
        found = self._names.setdefault(asked, mine)
        if found is mine:  # nobody else asked, or who did waits for this one
            try:
                mine.set_result(self._look_up_names(field, starts))
            except Exception as error:
                self._names.pop(asked)
                mine.set_exception(error)
        return found.result()

    def _look_up_names(self, field: str, starts: Sequence[str]) -> dict[str, int]:
        query = self.any_of([{"prefix": {field: start}} for start in starts])
        include = "|".join(f"{_literally(start)}.*" for start in starts)
        names = {"terms": {"field": field, "size": NAMES_LIMIT, "include": include}}
        answer = self._ask({"size": 0, "query": query, "aggs": {"names": names}})
        return {one["key"]: one["doc_count"] for one in answer["aggregations"]["names"]["buckets"]}

    def alike(self, field: str, word: str, start: str) -> list[str]:
        like = {
            "field": field, "suggest_mode": "always", "max_edits": 2, "prefix_length": len(start), "min_word_length": 1,
            "size": _SUGGESTED, "shard_size": _SUGGESTED, "sort": "frequency", "analyzer": "whitespace",
        }  # fmt: skip
        answer = self._ask({"size": 0, "suggest": {"like": {"text": word, "term": like}}})
        return [option["text"] for one in answer.get("suggest", {}).get("like", ()) for option in one["options"]]


def hits_of(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The hits of a search's answer, from which what is empty was left out."""
    return list(found.get("hits", {}).get("hits", ()))


def _weighs_nothing(query: Body) -> bool:
    return "constant_score" in query and query["constant_score"]["boost"] == 0.0


def _literally(text: str) -> str:
    """In Lucene's regular expressions."""
    return re.sub(r"([^\w])", r"\\\1", text)
