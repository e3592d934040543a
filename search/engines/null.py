"""No search: browsing works, every search says that search is off."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from search.document import Document
from search.embeddings import Floats, Recipe
from search.engines.base import (
    EngineState,
    EngineUnavailable,
    Facets,
    Numbers,
    Rebuilt,
    Results,
    Sort,
    Spellings,
    Writer,
)
from search.nodes import TextField
from search.query import Query

OFF = _("Search is switched off on this site.")


class NullWriter:
    """Holds nothing."""

    rejected: Mapping[int, str] = MappingProxyType({})

    def put(self, documents: Iterable[Document]) -> None:
        """Not even read."""

    def forget(self, paper_ids: Iterable[int]) -> None:
        """Nothing was held."""


class NullEngine:
    """SEARCH_URL=null://"""

    name = "null"
    vectors = None
    off = True
    remote = False

    def search(self, query: Query, *, sort: Sort, offset: int, limit: int, without: Sequence[int] = ()) -> Results:
        raise EngineUnavailable(OFF)

    def weigh(self, query: Query, paper_ids: Sequence[int]) -> Mapping[int, float]:
        raise EngineUnavailable(OFF)

    def nearest(self, recipe: Recipe, vector: Floats, *, within: Query, limit: int) -> tuple[Numbers, Floats]:
        raise EngineUnavailable(OFF)

    def facets(self, query: Query, *, limit: int) -> Facets:
        raise EngineUnavailable(OFF)

    def spellings(self, word: str, *, field: TextField, limit: int) -> Spellings:
        raise EngineUnavailable(OFF)

    def names_like(self, name: str, limit: int) -> tuple[str, ...]:
        raise EngineUnavailable(OFF)

    @contextmanager
    def writing(self, *, timeout: float, mending: bool = False) -> Iterator[Writer]:
        yield NullWriter()

    def rebuild(self, documents: Iterable[Document], *, timeout: float) -> Rebuilt:
        return Rebuilt(0)

    def revisions(self) -> Iterator[tuple[int, int]]:
        return iter(())

    def state(self) -> EngineState:
        return EngineState(documents=0)
