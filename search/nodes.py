"""What a query asks for, as a tree of frozen values that knows neither the typed text nor an engine.

Guarantees of the trees that search.parser makes: no And directly in an And, no Or in an Or, no Not in a Not; no node
stands twice beside itself; a text has at least one letter or digit, is composed (NFC) and single-spaced.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from coolpapers.taxonomy import CategoryExpression

DateField = Literal["date", "submitted", "announced"]  # "date": submitted, else announced, else an edition's year
TextField = Literal["", "title", "abstract", "author", "first"]  # "": any of them; first: the first author


@dataclass(frozen=True, slots=True)
class Word:
    """A word as typed; one with signs inside (t-SNE) is the phrase of its parts."""

    text: str
    field: TextField = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand side by side in one field."""

    text: str
    field: TextField = ""


@dataclass(frozen=True, slots=True)
class Prefix:
    """Any word that begins so."""

    text: str
    field: TextField = ""


@dataclass(frozen=True, slots=True)
class InCategory:
    """In a category of the expression, and in none that it takes away."""

    expression: CategoryExpression


@dataclass(frozen=True, slots=True)
class InVenue:
    """`ACL`, `ACL.2018` or `ACL.2018 - Long Papers`, in whatever case."""

    name: str


@dataclass(frozen=True, slots=True)
class HasId:
    """The paper's key, or its DOI in lower case."""

    key: str


@dataclass(frozen=True, slots=True)
class Dated:
    """All that is known of the paper's date lies from `first` to `last`, both included; None: open. Not both None."""

    first: date | None
    last: date | None
    field: DateField = "date"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Withdrawn, by its authors or by arXiv."""


@dataclass(frozen=True, slots=True)
class ByAuthor:
    """Printed with exactly this author's name, but for case, accents and signs. No query that is typed asks for it."""

    name: str


@dataclass(frozen=True, slots=True)
class Not:
    node: "Node"


@dataclass(frozen=True, slots=True)
class And:
    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    nodes: tuple["Node", ...]


Text = Word | Phrase | Prefix
Filter = InCategory | InVenue | HasId | Dated | Withdrawn | ByAuthor
Node = Text | Filter | Not | And | Or


def all_of(nodes: Iterable[Node]) -> Node | None:
    """Their conjunction in its one form; None of none."""
    flat = dict.fromkeys(one for node in nodes for one in (node.nodes if isinstance(node, And) else (node,)))
    return And(tuple(flat)) if len(flat) > 1 else next(iter(flat), None)


def any_of(nodes: Iterable[Node]) -> Node | None:
    """Their disjunction in its one form; None of none."""
    flat = dict.fromkeys(one for node in nodes for one in (node.nodes if isinstance(node, Or) else (node,)))
    return Or(tuple(flat)) if len(flat) > 1 else next(iter(flat), None)


def not_of(node: Node) -> Node:
    """The opposite; of an opposite the thing itself."""
    return node.node if isinstance(node, Not) else Not(node)


def is_bounded(node: Node) -> bool:
    """Whether it says what to look for, and not only what to leave out."""
    match node:
        case Not():
            return False
        case And(nodes) | Or(nodes):
            return any(map(is_bounded, nodes))
    return True


def has_words(node: Node) -> bool:
    """Whether each paper found has a word of the query by which it can be weighed."""
    match node:
        case Word() | Phrase() | Prefix():
            return True
        case And(nodes):
            return any(map(has_words, nodes))
        case Or(nodes):
            return all(map(has_words, nodes))
    return False


def may_be_pasted(node: Node) -> bool:
    """Whether it is words and identifiers alone, none left out: perhaps an address or a reference as it was copied."""
    match node:
        case Word() | Phrase():
            return not node.field
        case HasId():
            return True
        case And(nodes) | Or(nodes):
            return all(map(may_be_pasted, nodes))
    return False


def filters(node: Node) -> tuple[Node, ...]:
    """The parts that all hold and that only say where to look, or where not to."""
    parts = node.nodes if isinstance(node, And) else (node,)
    return tuple(part for part in parts if all(isinstance(leaf, Filter) for leaf in leaves(part)))


def without_filters(node: Node) -> Node | None:
    """What it looks for, wherever that is; None where it is filters alone."""
    parts = node.nodes if isinstance(node, And) else (node,)
    dropped = filters(node)
    return all_of(part for part in parts if part not in dropped)


def leaves(node: Node) -> Iterator[Text | Filter]:
    """All that it is made of, in order, also what is left out."""
    match node:
        case And(nodes) | Or(nodes):
            for inner in nodes:
                yield from leaves(inner)
        case Not(inner):
            yield from leaves(inner)
        case _:
            yield node


def wanted_texts(node: Node) -> Iterator[Text]:
    """The words, phrases and prefixes that are looked for, in order; not those that are left out."""
    match node:
        case Word() | Phrase() | Prefix():
            yield node
        case And(nodes) | Or(nodes):
            for inner in nodes:
                yield from wanted_texts(inner)
