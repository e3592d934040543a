"""Documents for the tests of engines, which need no database."""

from collections.abc import Sequence
from typing import Any

from search.document import Document
from search.engines.base import Engine, Rebuilt, Sort
from search.query import parse_query


def make_document(paper_id: int, title: str = "", **fields: Any) -> Document:
    """A document with a default for everything; papers of higher id are newer."""
    values: dict[str, Any] = {
        "revision": 1,
        "key": f"2401.{paper_id:05d}",
        "branch": "arxiv",
        "title": title or f"Paper {paper_id}",
        "abstract": "",
        "authors": (),
        "categories": ("cs.LG",),
        "venue": "",
        "edition": "",
        "group": "",
        "doi": "",
        "submitted": None,
        "announced": None,
        "ordinal": 202401 * 10**6 + paper_id,
        "withdrawn": False,
    }
    return Document(paper_id=paper_id, **(values | fields))


def find(
    engine: Engine,
    text: str,
    *,
    branch: str | None = None,
    sort: Sort = "relevance",
    offset: int = 0,
    limit: int = 100,
) -> list[int]:
    """Ids of the papers that the text finds, in order."""
    results = engine.search(parse_query(text, branch=branch), sort=sort, offset=offset, limit=limit)
    return [hit.paper_id for hit in results.hits]


def total(engine: Engine, text: str, *, branch: str | None = None) -> int:
    """How many papers the text finds."""
    return engine.search(parse_query(text, branch=branch), sort="relevance", offset=0, limit=1).total


def build(engine: Engine, documents: Sequence[Document]) -> None:
    """The engine's whole index."""
    assert engine.rebuild(documents, timeout=10) == Rebuilt(len(documents))


def put(engine: Engine, *documents: Document) -> None:
    with engine.writing(timeout=10) as writer:
        writer.put(documents)


def forget(engine: Engine, *paper_ids: int) -> None:
    with engine.writing(timeout=10) as writer:
        writer.forget(paper_ids)
