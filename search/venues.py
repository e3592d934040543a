"""Venues in a query, called as they are here.

Another name of a venue becomes its own (NIPS.2017 is NeurIPS.2017), and a joint edition is found by each of its venues
(COLING is COLING OR LREC-COLING.2024).

Input: a Query; output: the same, but for its tree, which its `read_as` tells. Reads the store only where a query names
a venue: three queries, whatever it names.
"""

import re
from dataclasses import dataclass, replace

from coolpapers.models import Edition, Venue, VenueName
from search.nodes import And, InVenue, Node, Not, Or, all_of, any_of, leaves
from search.query import Query

# As search.fields writes what was typed: venue, year, and label or group.
_NAME = re.compile(r"(?P<venue>.+?)(?:\.(?P<year>[0-9]{4})(?P<rest> - .*)?)?")


def as_called_here(query: Query) -> Query:
    """The query with its venues by the names that the index has."""
    if query.tree is None or not any(isinstance(leaf, InVenue) for leaf in leaves(query.tree)):
        return query
    tree = _translated(query.tree, _Known.read())
    return query if tree == query.tree else replace(query, tree=tree)


@dataclass(frozen=True, slots=True)
class _Known:
    """`own`: a venue's code by each of its names; `joint`: of a venue's code, year and name of joint editions."""

    own: dict[str, str]
    joint: dict[str, list[tuple[int, str]]]

    @classmethod
    def read(cls) -> "_Known":
        codes = list(Venue.objects.values_list("code", flat=True))
        names = VenueName.objects.values_list("code", "venue__code")
        own = {name.lower(): code for name, code in names} | {code.lower(): code for code in codes}
        joint: dict[str, list[tuple[int, str]]] = {}
        editions = Edition.objects.filter(also_of__isnull=False).order_by("-year", "pk")
        for other, year, label, code in editions.values_list("also_of__code", "year", "label", "venue__code"):
            joint.setdefault(other, []).append((year, f"{code}.{year}{f' - {label}' if label else ''}"))
        return cls(own, joint)


def _translated(node: Node, known: _Known) -> Node:
    match node:
        case InVenue(name):
            return _called(name, known)
        case Not(inner):
            return Not(_translated(inner, known))
        case And(nodes):
            return all_of(_translated(one, known) for one in nodes) or node
        case Or(nodes):
            return any_of(_translated(one, known) for one in nodes) or node
    return node


def _called(name: str, known: _Known) -> Node:
    match = _NAME.fullmatch(name)
    if name.lower() in known.own or match is None:  # a venue with a year in its name
        venue, year, rest = name, "", ""
    else:
        venue, year, rest = match["venue"], match["year"] or "", match["rest"] or ""
    code = known.own.get(venue.lower())
    if code is None:
        return InVenue(name)
    own = InVenue(name if code.lower() == venue.lower() else f"{code}{f'.{year}' if year else ''}{rest}")
    joint = (f"{whole}{rest}" for of, whole in known.joint.get(code, ()) if year in ("", str(of)))
    return any_of((own, *map(InVenue, joint))) or own
