"""A paper's day in a category, from all that is told of its announcements.

Pure, and the order in which it was told does not matter: `known` of everything is the same as `known` of what was known
before and of what came later. Rules: a replacement makes no day; an announcement with a scope counts for the categories
in it; observed goes before computed, computed before estimated; an announcement that names its categories before one
that names none; then the earliest counts. What was observed as new is never guessed beside it.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from coolpapers.taxonomy import ARCHIVES, canonical_category
from ingest.record import Announced

MAKES_DAY = ("new", "cross")
_RANK = {"observed": 0, "computed": 1, "estimated": 2}


def known(told: Iterable[Announced]) -> tuple[Announced, ...]:
    """All that is told, with one announcement a day and kind, by day; guesses that something better is known of left
    out. Of the same day and kind the stronger evidence stays, and of equal evidence the scopes are joined."""
    by_day: dict[tuple[date, str], Announced] = {}
    for one in told:  # of most papers there is one
        held = by_day.setdefault((one.day, one.kind), one)
        if held != one:
            by_day[one.day, one.kind] = _joined(held, one)
    best = min((_RANK[one.evidence] for one in by_day.values() if one.kind == "new"), default=2)
    kept = (one for one in by_day.values() if _RANK[one.evidence] <= best)
    return tuple(sorted(kept, key=lambda one: (one.day, one.kind)))


def _joined(one: Announced, other: Announced) -> Announced:
    """Two of the same day and kind. A scope that is told is more than one that is not."""
    if one.evidence != other.evidence:
        return min(one, other, key=lambda announced: _RANK[announced.evidence])
    return Announced(one.day, one.kind, one.evidence, tuple(sorted({*one.scope, *other.scope})))


def day_in(category: str, announced: Sequence[Announced]) -> tuple[bool, date | None]:
    """Whether the paper's day in the category is only estimated, and the day; None where nothing tells it."""
    told = [
        (_RANK[one.evidence], not one.scope, one.day)
        for one in announced
        if one.kind in MAKES_DAY and (not one.scope or category in one.scope)
    ]
    if not told:
        return False, None
    rank, _unscoped, day = min(told)
    return rank == _RANK["estimated"], day


# --- Feeds -------------------------------------------------------------------------------------------------------
def codes_of_feed(name: str) -> tuple[str, ...]:
    """The categories that a feed tells of: an archive's, or the one that it is named after; `+` joins several."""
    codes: list[str] = []
    for part in name.split("+"):
        if part in ARCHIVES:
            codes += ARCHIVES[part].categories
        elif code := canonical_category(part):
            codes.append(code)
    return tuple(dict.fromkeys(codes))


def scope_of(feed: str, kind: str, categories: Sequence[str]) -> tuple[str, ...]:
    """The categories in which an entry of a feed announces its paper, sorted.

    What is new is so in all of its categories; cross-listed it is in those of the feed but the primary one, which comes
    first in `categories`. The same holds for replacements.
    """
    if kind in ("new", "replace"):
        return tuple(sorted(set(categories)))
    return tuple(sorted(set(categories[1:]).intersection(codes_of_feed(feed)).difference(categories[:1])))
