"""A query with a filter more, or with one less, as a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.narrowing import narrowed, without
from search.nodes import Node, all_of, filters
from search.query import TEXT_LIMIT, parse_query
from tests.search.test_query import PIECES

FILTERS = ("date:2018", "submitted:2018-02..", "category:cs.CL", 'venue:"ACL.2018 - Long Papers"', "venue:ACL",
           "is:withdrawn", "-is:withdrawn", "venue:(ACL OR EMNLP)")  # fmt: skip


def filter_of(text: str) -> Node:
    tree = parse_query(f"word ({text})").tree
    assert tree is not None
    return filters(tree)[0]


@pytest.mark.parametrize(
    ("text", "added", "narrower"),
    [
        ("graph networks", "category:cs.CL", "graph networks category:cs.CL"),
        ("Graphs, or: a survey?", "date:2018", "Graphs, or: a survey? date:2018"),
        ("graph OR network", "category:cs.CL", "(graph OR network) category:cs.CL"),
        ("graph AND network", "venue:ACL", "graph AND network venue:ACL"),
        ("one,two", "venue:ACL", "(one OR two) venue:ACL"),
        ("ti:(graph OR net)", "date:2018-02", "ti:(graph OR net) date:2018-02"),
        ('"graph networks', "venue:ACL", "graph networks venue:ACL"),
        ("graph (network", "venue:ACL", "graph network venue:ACL"),
        ("graph NOT", "venue:ACL", "graph venue:ACL"),
        ("graph OR", "venue:ACL", "graph venue:ACL"),
        ("graph au:", "venue:ACL", "graph venue:ACL"),
        ("graph date:2024-13", "date:2018", "graph date:2018"),
        ("-graph", "venue:ACL", "-graph venue:ACL"),
        ("", "venue:ACL", "venue:ACL"),
        ("cat:cs.CL", "venue:ACL", "cat:cs.CL venue:ACL"),
        # a date within the one that is there takes its place
        ("graph date:2017..2019", "date:2018", "graph date:2018"),
        ("graph date:2017..", "date:..2018", "graph date:2017.. date:..2018"),
        ("graph submitted:2017..2019", "date:2018", "graph submitted:2017..2019 date:2018"),
    ],
)
def test_filter_is_added_beside_what_was_typed(text: str, added: str, narrower: str) -> None:
    assert narrowed(parse_query(text), filter_of(added)) == narrower


@pytest.mark.parametrize(
    ("text", "dropped", "wider"),
    [
        ("graph networks category:cs.CL", "category:cs.CL", "graph networks"),
        ("Graphs, or: trees? date:2018", "date:2018", "Graphs, or: trees?"),
        ("cat:cs.cl Graphs and trees", "category:cs.CL", "Graphs and trees"),
        ("(graph OR network) category:cs.CL date:2018", "category:cs.CL", "(graph OR network) date:2018"),
        ("(graph OR network) cat:cs.CL date:2018", "category:cs.CL", "(graph OR network) date:2018"),
        ("(graph OR network) cat:cs.CL", "category:cs.CL", "graph OR network"),
        ("graph -is:withdrawn", "-is:withdrawn", "graph"),
        ("graph NOT is:withdrawn", "-is:withdrawn", "graph"),
        ("venue:ACL", "venue:ACL", ""),
        ("venue:(ACL OR EMNLP)", "venue:ACL OR venue:EMNLP", ""),
        ("-graph venue:ACL", "venue:ACL", "NOT graph"),
        ("venue:ACL venue:ACL.2018", "venue:ACL", "venue:ACL.2018"),
    ],
)
def test_filter_is_taken_from_what_was_typed(text: str, dropped: str, wider: str) -> None:
    assert without(parse_query(text), filter_of(dropped)) == wider


def test_filter_that_has_no_room_is_told_by_none() -> None:
    for text in (" ".join(f"w{n}" for n in range(64)), "x" * TEXT_LIMIT):
        assert narrowed(parse_query(text), filter_of("venue:ACL")) is None


@given(st.lists(PIECES, max_size=20).map("".join) | st.text(st.characters(), max_size=40), st.sampled_from(FILTERS))
def test_filters_come_and_go_in_any_query(text: str, added: str) -> None:
    query, part = parse_query(text), filter_of(added)
    if query.tree is None or part in filters(query.tree):
        return
    narrower = narrowed(query, part)
    assert narrower is not None
    read = parse_query(narrower)
    assert read.problems == ()
    assert read.tree is not None
    if not added.startswith(("date", "submitted")):
        assert read.tree == all_of((query.tree, part))
    assert part in filters(read.tree)
    again = without(read, part)
    assert again == "" or parse_query(again).tree in (query.tree, None)
