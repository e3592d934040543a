"""A tree → the text that says it: what the page shows as "Read as", and what parses to an equal tree again.

Pure. One spelling of everything: fields by their long names, a field once before a group that shares it, dates as whole
days, operators in capitals.
"""

import re
from dataclasses import replace
from datetime import date

from search.nodes import (
    And,
    ByAuthor,
    Dated,
    HasId,
    InCategory,
    InVenue,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Text,
    Withdrawn,
    Word,
    leaves,
)

_OPERATORS = frozenset(("AND", "OR", "NOT", "ANDNOT"))
_NEEDS_QUOTES = re.compile(r"[\s():,*]")


def write(node: Node) -> str:
    """The tree as text."""
    match node:
        case Word(text) | Phrase(text):
            return _prefixed(node.field, _quoted(text))
        case Prefix(text):
            return _prefixed(node.field, f"{text}*")
        case InCategory(expression):
            return f"category:{expression.text}"
        case InVenue(name):
            return f"venue:{_quoted(name)}"
        case HasId(key):
            return f"id:{_quoted(key)}"
        case Dated(first, last, kind):
            return f"{kind}:{_day(first)}..{_day(last)}" if first != last else f"{kind}:{_day(first)}"
        case Withdrawn():
            return "is:withdrawn"
        case ByAuthor(name):
            return f"author:{_quoted(name)}"
        case Not(inner):
            return f"NOT {_operand(inner)}"
    field = _shared_field(node)
    if field:
        return f"{field}:({_joined(_without_field(node))})"
    return _joined(node)


def is_plain(node: Node) -> bool:
    """Whether it is words and phrases that are all wanted anywhere: what anybody would read it as."""
    parts = node.nodes if isinstance(node, And) else (node,)
    return all(isinstance(part, Word | Phrase) and not part.field for part in parts)


def _joined(node: Node) -> str:
    sign, nodes = (
        (" OR ", node.nodes) if isinstance(node, Or) else (" AND ", node.nodes if isinstance(node, And) else ())
    )
    return sign.join(map(_operand, nodes))


def _operand(node: Node) -> str:
    """A part of something, in parentheses where it needs them."""
    text = write(node)
    return f"({text})" if isinstance(node, And | Or) and not _shared_field(node) else text


def _prefixed(field: str, text: str) -> str:
    return f"{field}:{text}" if field else text


def _quoted(text: str) -> str:
    return f'"{text}"' if _NEEDS_QUOTES.search(text) or text in _OPERATORS else text


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _shared_field(node: Node) -> str:
    """The field that all leaves of a group are in, "" where they differ or are in none."""
    fields = {leaf.field if isinstance(leaf, Text) else "" for leaf in leaves(node)}
    return fields.pop() if len(fields) == 1 else ""


def _without_field(node: Node) -> Node:
    match node:
        case Word() | Phrase() | Prefix():
            return replace(node, field="")
        case Not(inner):
            return Not(_without_field(inner))
        case And(nodes):
            return And(tuple(map(_without_field, nodes)))
        case Or(nodes):
            return Or(tuple(map(_without_field, nodes)))
    return node
