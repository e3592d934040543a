"""A query and a filter → the text of the query with the filter beside it, or without it.

Pure. A text that comes out is read as what was meant: each way to write it is read back, the nearest to what was typed
first.
"""

from functools import lru_cache

from search.dates import write_dates
from search.echo import write
from search.nodes import And, Dated, Node, Not, Or, all_of, filters
from search.query import TEXT_LIMIT, Query, parse_query

_ANY_FILTER = 'venue:"a b"'  # what follows a text is read alike whatever filter it is; this one also tells open quotes


def narrowed(query: Query, added: Node) -> str | None:
    """The query AND the filter; None where there is no room. A date takes the place of a range that it lies in."""
    for wider in filters(query.tree) if query.tree else ():
        if _covers(wider, added):
            query = parse_query(without(query, wider))
    before = _before(query)
    text = f"{before} {_operand(added)}".strip()
    return None if before is None or len(text) > TEXT_LIMIT else text


def without(query: Query, dropped: Node) -> str:
    """The query without one of its filters; "" where nothing else is in it."""
    parts = query.tree.nodes if isinstance(query.tree, And) else (query.tree,)
    rest = all_of(part for part in parts if part and part != dropped)
    if rest is None:
        return ""
    pieces = {spell(dropped), write(dropped)}
    cut = [" ".join(query.text.replace(piece, " ", 1).split()) for piece in pieces if piece in query.text]
    return next((text for text in (*cut, spell(rest)) if _is_read_as(text, rest)), write(rest))


def spell(node: Node) -> str:
    """As somebody would type it: a minus for NOT, nothing for AND, a year for all of its days."""
    match node:
        case Dated(first, last, field):
            return f"{field}:{write_dates(first, last)}"
        case Not(inner):
            return f"-{_operand(inner)}"
        case And(nodes):
            return " ".join(map(_operand, nodes))
        case Or(nodes):
            return " OR ".join(map(_operand, nodes))
    return write(node)


def _operand(node: Node) -> str:
    return f"({spell(node)})" if isinstance(node, And | Or) else spell(node)


@lru_cache(maxsize=1_000)  # a page asks for every filter that it offers
def _before(query: Query) -> str | None:
    """What says the query where a filter follows; None where the text has no room for one."""
    if query.tree is None:  # of what is typed only excluded words are kept: now there is what they are excluded from
        return "" if parse_query(f"{query.text} {_ANY_FILTER}").problems else query.text
    wanted = all_of((query.tree, *filters(_tree(_ANY_FILTER))))
    spelled = spell(query.tree)
    ways = (query.text, f"({query.text})", spelled, f"({spelled})", f"({write(query.tree)})")
    return next((text for text in ways if _is_read_as(f"{text} {_ANY_FILTER}", wanted)), None)


def _tree(text: str) -> Node:
    tree = parse_query(text).tree
    assert tree is not None
    return tree


def _is_read_as(text: str, tree: Node | None) -> bool:
    read = parse_query(text)
    return read.tree == tree and not read.problems


def _covers(wider: Node, narrower: Node) -> bool:
    """Whether both are ranges of one date, and the second lies in the first."""
    match wider, narrower:
        case Dated(first, last, field), Dated(start, end, other):
            begins = first is None or (start is not None and start >= first)
            ends = last is None or (end is not None and end <= last)
            return field == other and begins and ends
    return False
