"""Papers that are found by words and by meaning, through the encoder that needs no model."""

from typing import Any

from coolpapers.models import Paper
from search import index, vector_index
from search.embed import embed_due
from search.embeddings import Encoder, Recipe, current_recipe, get_encoder
from search.engines import get_engine
from search.engines.base import VectorIndex
from search.pipeline import SearchPage, run
from search.query import parse_query
from tests.factories import make_paper


def recipe() -> Recipe:
    """Of the settings, which name one."""
    found = current_recipe()
    assert found is not None
    return found


def held() -> VectorIndex:
    """The engine's vectors."""
    found = get_engine().vectors
    assert found is not None
    return found


def hold(encoder: Encoder | None = None) -> None:
    """Index every paper, with its vector."""
    index.rebuild()
    embed_due(encoder=encoder or get_encoder())
    vector_index.follow()


def search(text: str, *, offset: int = 0, limit: int = 100, **options: Any) -> SearchPage:
    """What the text finds, best first."""
    return run(parse_query(text), sort="relevance", offset=offset, limit=limit, **options)


def make_graphs() -> list[Paper]:
    """Three papers that "graph networks" finds by words, and one that it finds by meaning alone."""
    found = [make_paper(title="Graph networks"), make_paper(title="Networks", abstract="On a graph, at length.")]
    return [*found, make_paper(title="Graph graph networks"), make_paper(title="Graph drawing")]
