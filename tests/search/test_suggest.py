"""What a query that finds nothing may have meant."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engines.base import Engine
from search.engines.embedded import EmbeddedEngine
from search.query import parse_query
from search.suggest import Suggestion, corrected, shorter
from tests.search.documents import build, find, make_document, total
from tests.search.test_query import PIECES


@pytest.fixture
def engine(index_folder: Path) -> Engine:
    """An index of some papers whose words are easily mistyped."""
    engine = EmbeddedEngine(index_folder)
    titles = [
        *["Graph neural networks"] * 4,
        "Schrödinger bridges",
        "Diffusion models for protein folding",
        "Form and art",
    ]
    titles += ["Pre-training of models from Text: A Survey", "Graph nettle"]
    documents = [make_document(n, title, authors=("Ashish Vaswani",)) for n, title in enumerate(titles, 1)]
    build(engine, [*documents, *(make_document(n, f"A study of art {n}", venue="ACL") for n in range(20, 60))])
    return engine


def meant(engine: Engine, text: str, branch: str | None = None) -> str:
    """The corrected text, which finds something; "" where there is none."""
    other = corrected(parse_query(text, branch=branch), engine)
    assert other is None or (other.branch == branch and find(engine, other.text, branch=branch))
    return other.text if other else ""


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("grahp", "graph"),
        ("Grahp Nerual NETWROKS", "Graph Neural NETWORKS"),
        ("schordinger brigdes", "schrodinger bridges"),
        ("vasawni graph", "vaswani graph"),
        ("author:vasawni", "author:vaswani"),
        ('"graph nerual" networks', '"graph neural" networks'),
        ("pre-trainnig, of models", "pre-training, of models"),
        ("protien foldng", "protein folding"),
        ("difusino models", "diffusion models"),
        # groups, fields, filters and what is left out stay
        ("title:(grahp OR protien) -survey", "title:(graph OR protein) -survey"),
        ("grahp cat:cs.LG date:2024.. -is:withdrawn", ""),
        ("grahp cat:cs.LG -is:withdrawn", "graph cat:cs.LG -is:withdrawn"),
        ("grahp -grahp", "graph -grahp"),
        ("grahp venue:grahp", ""),
        # papers have each word, and one is a slip
        ("diffusion models form protein folding", "diffusion models for protein folding"),
        ("pre-training of models form text", "pre-training of models from text"),
        ("study of ars", "study of art"),
        # nothing is like it, or what is like it finds nothing either
        ("xqzzk graph", ""),
        ("grahp folding", ""),
        ("graph2vce", ""),
        ("量子 grahp", ""),
        ("量子", ""),
        ("gra", ""),
        ("grahp*", ""),
        ("", ""),
        ("cat:cs.LG", ""),
    ],
)
def test_mistyped_words_are_those_that_the_index_has(engine: Engine, text: str, suggested: str) -> None:
    assert meant(engine, text) == suggested


def test_slip_that_papers_have_too_is_one_where_others_are_many(index_folder: Path) -> None:
    engine = EmbeddedEngine(index_folder)
    good = [make_document(n, "Attention networks") for n in range(1, 200)]
    build(engine, [*good, make_document(200, "Atention"), make_document(201, "Netwroks")])
    assert meant(engine, "atention netwroks") == "attention networks"
    assert meant(engine, "attention netwroks") == "attention networks"


def test_suggestion_is_of_the_same_branch(engine: Engine) -> None:
    assert meant(engine, "grahp", branch="arxiv") == "graph"
    assert meant(engine, "grahp", branch="venue") == ""


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("graph neural folding", [("graph neural", 4)]),
        ("graph missing", [("graph", 5)]),
        ("graph art", [("art", 41), ("graph", 5)]),
        ('"protein folding" graph cat:cs.LG', [("graph cat:cs.LG", 5), ('"protein folding" cat:cs.LG', 1)]),
        ("graph folding date:2019", []),
        ("graph OR missing", []),
        ("missing words alone", []),
        ("missing", []),
    ],
)
def test_shorter_queries_have_one_word_less_and_find_something(
    engine: Engine, text: str, suggested: list[tuple[str, int]]
) -> None:
    assert shorter(parse_query(text), engine) == [Suggestion(*one) for one in suggested]
    assert all(total(engine, text) == count for text, count in suggested)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PIECES | st.sampled_from(["grahp ", "nerual ", "xqzzk "]), max_size=20).map("".join))
def test_anything_typed_gets_a_suggestion_that_differs_or_none(engine: Engine, text: str) -> None:
    other = corrected(parse_query(text), engine)
    if other:
        assert other.tree != parse_query(text).tree
        assert total(engine, other.text)
    for one in shorter(parse_query(text), engine):
        assert total(engine, one.text) == one.total
