"""What this arXiv knows: states of papers' metadata with the instants they appear at, and what each day announced.

Pure. Input: states and announcements, as tests.upstream.story tells them. Output: what is visible at an instant. A
state is visible from `visible` on; `modified` is the instant that its datestamp is the UTC date of.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Literal

from coolpapers.taxonomy import ARCHIVES, canonical_category
from tests.upstream.records import Paper
from tests.upstream.schedule import Schedule, eastern_date

Action = Literal["new", "cross", "replace"]
KINDS = ("new", "cross", "replace", "replace-cross")
_PRIORITY: tuple[Action, ...] = ("new", "cross", "replace")
LAST_LISTED_REPLACEMENT = 5  # feeds leave out replacements by later versions


@dataclass(frozen=True)
class Version:
    """`size` in kB. A withdrawal is a version without a file."""

    number: int
    submitted: datetime
    size: int
    withdrawn: bool = False


@dataclass(frozen=True, eq=False)
class State:
    """A paper's metadata from an instant on, until its next state."""

    paper: Paper
    versions: tuple[Version, ...]
    visible: datetime
    modified: datetime

    @property
    def key(self) -> str:
        return self.paper.id

    @property
    def version(self) -> Version:
        return self.versions[-1]

    @cached_property
    def datestamp(self) -> date:
        return self.modified.astimezone(UTC).date()


@dataclass(frozen=True, eq=False)
class Announcement:
    """A line of a mailing. `scope` is the categories it is for: for a cross-list the ones that are added, else all."""

    day: date
    action: Action
    state: State
    scope: tuple[str, ...]


@dataclass(frozen=True)
class Listing:
    """A paper in the feed of some categories: one line, whatever happened to it that day."""

    kind: str
    state: State


def canonical(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(filter(None, map(canonical_category, names)))


def categories_of(name: str) -> frozenset[str]:
    """A category, or an archive with all it holds; empty where there is neither."""
    if (archive := ARCHIVES.get(name.lower())) is not None:
        return frozenset(archive.categories)
    code = canonical_category(name)
    return frozenset({code} if code else ())


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All papers as they are seen at one instant."""

    states: Mapping[str, State]

    @cached_property
    def by_datestamp(self) -> list[State]:
        """As OAI-PMH lists them."""
        return sorted(self.states.values(), key=lambda state: (state.datestamp, f"oai:arXiv.org:{state.key}"))

    @cached_property
    def datestamps(self) -> list[date]:
        return [state.datestamp for state in self.by_datestamp]


@dataclass(eq=False)
class World:
    """`first` and `last` are the days it tells of; `states` of a paper are in the order of their versions."""

    first: date
    last: date
    schedule: Schedule
    states: Mapping[str, tuple[State, ...]]
    announcements: Mapping[date, tuple[Announcement, ...]]
    special: Mapping[str, tuple[date, ...]] = field(default_factory=dict)
    _snapshots: dict[int, Snapshot] = field(default_factory=dict)

    @cached_property
    def turns(self) -> list[datetime]:
        """The instants at which something becomes visible."""
        return sorted({state.visible for states in self.states.values() for state in states})

    def snapshot(self, now: datetime) -> Snapshot:
        """What OAI-PMH and the API know at that instant."""
        number = bisect_right(self.turns, now)
        if number not in self._snapshots:
            seen = {key: self.state(key, now) for key in self.states}
            if len(self._snapshots) > 3:
                self._snapshots.pop(next(iter(self._snapshots)), None)
            self._snapshots[number] = Snapshot({key: state for key, state in seen.items() if state})
        return self._snapshots[number]

    def state(self, key: str, now: datetime, version: int | None = None) -> State | None:
        """The last state that is visible, or the last of that version, as far as it is known how that was."""
        seen = [state for state in self.states.get(key, ()) if state.visible <= now]
        if not seen or version is None:
            return seen[-1] if seen else None
        if same := [state for state in seen if state.version.number == version]:
            return same[-1]
        if 0 < version < seen[0].version.number:
            return replace(seen[0], versions=seen[0].versions[:version])
        return None

    def feed_day(self, now: datetime) -> date:
        """The date that feeds carry at that instant; there may be no listing of it."""
        return eastern_date(now)

    def listings(self, day: date, categories: frozenset[str]) -> list[Listing]:
        """What a feed of these categories shows: new first, each kind in the order of identifiers."""
        chosen: dict[str, Announcement] = {}
        for line in self.announcements.get(day, ()):
            late = line.action == "replace" and line.state.version.number > LAST_LISTED_REPLACEMENT
            if late or not canonical(line.scope) & categories:
                continue
            held = chosen.get(line.state.key)
            if held is None or _PRIORITY.index(line.action) < _PRIORITY.index(held.action):
                chosen[line.state.key] = line
        newest = {line.state.key: line.state for line in self.announcements.get(day, ())}
        found = [Listing(_kind(line, categories), newest[key]) for key, line in chosen.items()]
        return sorted(found, key=lambda listing: (KINDS.index(listing.kind), listing.state.key))

    def truth(self, day: date) -> dict[str, object]:
        """What the feeds of that day hold, category by category, for comparison with a ledger."""
        named = {code for line in self.announcements.get(day, ()) for code in canonical(line.scope)}
        by_category = {code: self.listings(day, frozenset({code})) for code in sorted(named)}
        visible = [line.state.visible for line in self.announcements.get(day, ())]
        return {
            "day": day.isoformat(),
            "listing": self.schedule.has_listing(day),
            "published_holiday": day - timedelta(days=1) in self.schedule.published,
            "metadata_from": min(visible).isoformat() if visible else None,
            "categories": {
                code: dict(Counter(listing.kind for listing in found)) for code, found in by_category.items() if found
            },
            "papers": {
                code: {
                    kind: {item.state.key: item.state.version.number for item in found if item.kind == kind}
                    for kind in KINDS
                    if any(item.kind == kind for item in found)
                }
                for code, found in by_category.items()
                if found
            },
        }


def _kind(line: Announcement, categories: frozenset[str]) -> str:
    """As arXiv's feeds do: a new paper whose primary category was not asked for is a cross-list."""
    at_home = canonical_category(line.state.paper.categories[0]) in categories
    if line.action == "new":
        return "new" if at_home else "cross"
    if line.action == "cross":
        return "cross"
    return "replace" if at_home else "replace-cross"
