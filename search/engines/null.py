"""No search: browsing works, every search says that search is off."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from search.document import Document
from search.engines.base import EngineState, EngineUnavailable, Results, Sort, Writer
from search.query import Query

OFF = "Search is switched off on this site."


class NullWriter:
    """Holds nothing."""

    def put(self, documents: Iterable[Document]) -> None:
        """Not even read."""

    def forget(self, paper_ids: Iterable[int]) -> None:
        """Nothing was held."""


class NullEngine:
    """SEARCH_URL=null://"""

    name = "null"
    off = True

    def search(self, query: Query, *, sort: Sort, offset: int, limit: int) -> Results:
        raise EngineUnavailable(OFF)

    def names_like(self, name: str, limit: int) -> tuple[str, ...]:
        raise EngineUnavailable(OFF)

    @contextmanager
    def writing(self, *, timeout: float) -> Iterator[Writer]:
        yield NullWriter()

    def rebuild(self, documents: Iterable[Document], *, timeout: float) -> int:
        return 0

    def revisions(self) -> Iterator[tuple[int, int]]:
        return iter(())

    def state(self) -> EngineState:
        return EngineState(documents=0)
