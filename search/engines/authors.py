"""Names in an index: which of them fit a name that is asked for.

All names of one family and one initial lie together (at most 657 among the 370,000 names of 222,000 papers), and
`search.names.fit` looks at each.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from search.names import Fit, beginning, fit, key_as_printed, name_keys

NAMES_LIMIT = 20_000  # of one family and initial, those of most papers


class NamesHeld(Protocol):
    """What an index knows of names (search.engines.lowering.Dialect)."""

    def papers_with(self, terms: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], int]: ...
    def names_beginning(self, field: str, starts: Sequence[str]) -> Mapping[str, int]: ...


@dataclass(frozen=True, slots=True)
class HeldName:
    """How a name fits the one asked for, and how many papers have it."""

    fit: Fit
    papers: int


def names_held(index: NamesHeld, field: str, name: str) -> dict[str, HeldName]:
    """The keys in a field that fit the name."""
    asked = name_keys(name)
    starts = dict.fromkeys(start for key in asked if (start := beginning(key)))
    held = dict(index.names_beginning(field, list(starts))) if starts else {}
    if whole := [key for key in asked if not beginning(key)]:
        counts = index.papers_with((field, key) for key in whole)
        held |= {key: count for key in whole if (count := counts.get((field, key), 0))}
    found: dict[str, HeldName] = {}
    for key, papers in held.items():
        fits = [how for one in asked if (how := fit(one, key))]
        if fits:
            found[key] = HeldName(max(fits), papers)
    return found


def names_like(index: NamesHeld, name: str, limit: int) -> tuple[str, ...]:
    """The names that fit, as printed but folded, those of most papers first, at most `limit`."""
    held = names_held(index, "name", name)
    counted = sorted(held, key=lambda key: (-held[key].papers, key))
    return tuple(map(key_as_printed, counted[:limit]))
