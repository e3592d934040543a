"""A month at arXiv, told from a seed: submissions, moderators' holds, replacements, withdrawals and cross-lists.

`build_world(Plot(…))` → a World; the same plot gives the same world. The announcement rules are those of
tests.upstream.schedule, the texts those of tests.upstream.records.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache

from tests.upstream.records import ACTIVE, Paper, active_names, read_papers, with_second_names
from tests.upstream.schedule import PUBLISHED, Schedule, at
from tests.upstream.world import Action, Announcement, State, Version, World

DAY = timedelta(days=1)
WITHDRAWN = "This paper has been withdrawn by the author due to a crucial error in equation 3"


@dataclass(frozen=True)
class Plot:
    """What a world is made from. Special days: None → chosen from the seed, () → none.

    `texts`: "sample" → only of papers that the project ships, so that the world is the same everywhere.

    `lagging`: mailings whose metadata appear only at 10:00 of the next day, or `lag_hours` after they are due;
    `stale`: their datestamps then still tell of the mailing. `bulk`: evenings on which half of the old records get a
    new datestamp without any other change. Mailings' metadata are due at 22:30 in New York.
    """

    seed: int = 7
    first: date = date(2026, 3, 1)
    days: int = 30
    papers_a_day: int = 60
    background: int = 2000
    texts: str = ""
    holidays: tuple[date, ...] | None = None  # published, and taken
    not_taken: tuple[date, ...] | None = None  # published, but mailed on
    unpublished: tuple[date, ...] | None = None  # not published, and not mailed on
    lagging: tuple[date, ...] | None = None
    lag_hours: float = 11.5
    stale: bool = False
    bulk: tuple[date, ...] | None = None

    @property
    def last(self) -> date:
        return self.first + self.days * DAY - DAY


@dataclass(frozen=True)
class Special:
    """The days of a plot on which something is different, all told."""

    holidays: tuple[date, ...]
    not_taken: tuple[date, ...]
    unpublished: tuple[date, ...]
    lagging: tuple[date, ...]
    bulk: tuple[date, ...]


@cache
def build_world(plot: Plot = Plot()) -> World:
    """Some thousand papers, in about a second."""
    return _Story(plot).tell()


def special_days(plot: Plot) -> Special:
    """Those of the plot, else those arXiv published within it, else some spread over it."""
    days = [plot.first + number * DAY for number in range(plot.days)]
    usual = Schedule(frozenset(), frozenset())
    mailings = [day for day in days[:-1] if usual.mails_on(day) and day not in PUBLISHED]

    def at_part(part: float) -> tuple[date, ...]:
        return (mailings[int(part * len(mailings))],) if len(mailings) > 9 else ()

    known = tuple(day for day in days if day in PUBLISHED and day.weekday() not in (4, 5))
    holidays = (known or at_part(0.35)) if plot.holidays is None else plot.holidays
    not_taken = at_part(0.55) if plot.not_taken is None else plot.not_taken
    unpublished = at_part(0.8) if plot.unpublished is None else plot.unpublished
    closed = {*holidays, *unpublished}
    open_ = [day for day in mailings if day not in closed]
    lagging = tuple(open_[3::6]) if plot.lagging is None else plot.lagging
    bulk = at_part(0.45) if plot.bulk is None else plot.bulk
    return Special(holidays, not_taken, unpublished, lagging, bulk)


@dataclass
class _Event:
    """Something that the next mailing tells of one paper."""

    released: datetime
    order: int
    key: str
    action: Action
    paper: Paper
    version: Version | None = None


class _Story:
    def __init__(self, plot: Plot) -> None:
        self.plot = plot
        self.random = random.Random(plot.seed)
        self.special = special_days(plot)
        published = frozenset({*self.special.holidays, *self.special.not_taken})
        taken = frozenset({*self.special.holidays, *self.special.unpublished})
        self.schedule = Schedule(published, taken)
        self.states: dict[str, list[State]] = {}
        self.announced: dict[date, list[Announcement]] = defaultdict(list)
        self.pending: dict[date, list[_Event]] = defaultdict(list)
        self.numbers: dict[str, int] = defaultdict(int)
        self.orders = iter(range(10**9))
        self.late = 0

    def tell(self) -> World:
        texts = self._background()
        start, end = self.plot.first - 4 * DAY, self.plot.last
        day = start
        while day <= end:
            self._submissions(day, texts)
            if day >= self.plot.first:
                self._old_papers(day)
            if self.schedule.mails_on(day):
                self._mail(day)
            if day in self.special.bulk:
                self._touch(at(day, 23, 30), list(self.states)[: self.plot.background // 2])
            day += DAY
        special = {name: getattr(self.special, name) for name in Special.__dataclass_fields__}
        states = {key: tuple(sorted(found, key=lambda state: state.visible)) for key, found in self.states.items()}
        days = {day: tuple(lines) for day, lines in self.announced.items()}
        return World(self.plot.first, end, self.schedule, states, days, special)

    # --- Papers ----------------------------------------------------------------------------------------------------
    def _background(self) -> Iterator[Paper]:
        """Papers of long ago; what is left are the texts of those to come."""
        wanted = self.plot.background + self.plot.papers_a_day * (self.plot.days + 4) // 2
        recent, old = read_papers(min(4000, max(1500, wanted)), self.plot.texts == "sample")
        before = datetime.combine(self.plot.first - 400 * DAY, datetime.min.time(), at(self.plot.first, 0).tzinfo)
        settled = [paper for paper in old if paper.submitted < before]
        self.random.shuffle(settled)
        for paper in settled[: self.plot.background]:
            count = self.random.choice((1, 1, 2, 2, 3, 5))
            dates = [paper.submitted + number * 40 * DAY for number in range(count)]
            versions = tuple(Version(number, day, self._size()) for number, day in enumerate(dates, 1))
            modified = min(versions[-1].submitted + DAY, before)
            self.states[paper.id] = [State(paper, versions, before, modified)]
        fresh = [*recent, *(paper for paper in settled[self.plot.background :])]
        self.random.shuffle(fresh)
        while True:  # a long world tells the same texts again, under other identifiers
            yield from fresh

    def _size(self) -> int:
        return self.random.randrange(8, 9000)

    def _instant(self, day: date) -> datetime:
        """Any of the day, and now and then one at its edges."""
        edge = self.random.random()
        if edge < 0.02:
            return at(day, 14) - timedelta(seconds=1)
        if edge < 0.04:
            return at(day, 14)
        return at(day, 0) + timedelta(seconds=self.random.randrange(23 * 3600))

    # --- What people do --------------------------------------------------------------------------------------------
    def _submissions(self, day: date, texts: Iterator[Paper]) -> None:
        share = 0.35 if day.weekday() > 4 else 1.0
        for _ in range(round(self.plot.papers_a_day * share * self.random.uniform(0.8, 1.2))):
            text = next(texts)
            submitted = self._instant(day)
            held = self.random.uniform(2, 28) * DAY if self.random.random() < 0.04 else 0 * DAY
            names = active_names(text.categories) or ("cs.LG",)
            paper = replace(text, submitted=submitted, categories=with_second_names(names), journal_ref="", doi="")
            self._expect(submitted + held, "", "new", paper, Version(1, submitted, self._size()))

    def _old_papers(self, day: date) -> None:
        """Replacements, cross-lists and silent changes of papers from before."""
        keys = list(self.states)[: self.plot.background]
        for _ in range(round(self.plot.papers_a_day * 0.5) if keys else 0):
            key, released = self.random.choice(keys), self._instant(day)
            if self.random.random() < 0.8:
                self._replace(released, key)
            else:
                self._cross_list(released, key)
        for key in self.random.sample(keys, min(len(keys), self.plot.papers_a_day // 20)):
            state = self.states[key][-1]
            paper = replace(state.paper, journal_ref=f"J. Fake Res. {day.day} ({day.year}) 1-{len(state.paper.title)}")
            self._change(key, replace(state, paper=paper, visible=at(day, 22, 5), modified=at(day, 22, 5)))

    def _expect(
        self, released: datetime, key: str, action: Action, paper: Paper, version: Version | None = None
    ) -> None:
        event = _Event(released, next(self.orders), key, action, paper, version)
        self.pending[self.schedule.mailing_of(released)].append(event)

    def _replace(self, released: datetime, key: str) -> None:
        state = self.states[key][-1]
        number = state.version.number + 1
        paper = replace(state.paper, comments=f"Version {number}, typos corrected")
        if self.random.random() < 0.3:
            paper = replace(paper, title=f"{paper.title.removesuffix(', Revisited')}, Revisited")
        if self.random.random() < 0.4:
            paper = replace(paper, abstract=f"{paper.abstract} This is version {number}.")
        self._expect(released, key, "replace", paper, Version(number, released, self._size()))

    def _cross_list(self, released: datetime, key: str) -> None:
        paper = self.states[key][-1].paper
        names = (*paper.categories, self.random.choice(ACTIVE))
        if len(set(names)) == len(names) and len(names) < 12:
            self._expect(released, key, "cross", replace(paper, categories=with_second_names(names)))

    def _afterlife(self, key: str, listed: date) -> None:
        """What becomes of a new paper in the weeks after its listing."""
        chance = self.random.random()
        later = self._instant(listed + self.random.randrange(0, 12) * DAY)
        if chance < 0.15:
            self._replace(later, key)
        elif chance < 0.21:
            self._cross_list(later, key)
        elif chance < 0.23:  # both, in one mailing mostly
            self._replace(later, key)
            self._cross_list(later + timedelta(minutes=5), key)
        elif chance < 0.255:
            paper, submitted = self.states[key][-1].paper, later
            self._expect(later, key, "replace", replace(paper, comments=WITHDRAWN), Version(2, submitted, 0, True))

    # --- Mailings --------------------------------------------------------------------------------------------------
    def _mail(self, mailing: date) -> None:
        """What waits is announced with the date of the day after; later its metadata appear."""
        listed = mailing + DAY
        due = at(mailing, 22, 30) + timedelta(seconds=self.random.randrange(600))
        visible = due + timedelta(hours=self.plot.lag_hours) if mailing in self.special.lagging else due
        modified = at(mailing, 20, 5) if visible == due or self.plot.stale else visible
        events = sorted(self.pending.pop(mailing, ()), key=lambda event: (event.released, event.order))
        lines: dict[str, list[tuple[Action, tuple[str, ...]]]] = defaultdict(list)
        for event in events:
            key = event.key or self._number(listed)
            state = self._apply(event, key, visible, modified)
            if state is not None:
                before = set(event_scope) if (event_scope := self._scope_before(event, key)) else set()
                scope = tuple(name for name in state.paper.categories if name not in before)
                self._change(key, state)
                lines[key].append((event.action, scope))
        for key, found in lines.items():
            state = self.states[key][-1]
            self.announced[listed] += [Announcement(listed, action, state, scope) for action, scope in found]
            self._go_on(key, listed, {action for action, _ in found})

    def _scope_before(self, event: _Event, key: str) -> tuple[str, ...]:
        return self.states[key][-1].paper.categories if event.action == "cross" else ()

    def _number(self, listed: date) -> str:
        """Identifiers are given as papers are announced, by the month of the listing."""
        month = f"{listed:%y%m}"
        self.numbers[month] += 1
        return f"{month}.{self.numbers[month]:05d}"

    def _apply(self, event: _Event, key: str, visible: datetime, modified: datetime) -> State | None:
        """The paper's next state; None where the event does not fit any more what happened before it."""
        if event.action == "new":
            assert event.version is not None
            return State(replace(event.paper, id=key), (event.version,), visible, modified)
        held = self.states[key][-1]
        if event.action == "cross":
            paper = replace(held.paper, categories=event.paper.categories)
            grows = set(paper.categories) > set(held.paper.categories)
            return State(paper, held.versions, visible, modified) if grows and not held.version.withdrawn else None
        assert event.version is not None
        if event.version.number != held.version.number + 1 or event.version.submitted < held.version.submitted:
            return None
        paper = replace(event.paper, categories=held.paper.categories, journal_ref=held.paper.journal_ref)
        return State(paper, (*held.versions, event.version), visible, modified)

    def _change(self, key: str, state: State) -> None:
        """One state an instant, and never one before the last: what comes in between waits for it."""
        states = self.states.setdefault(key, [])
        if states and states[-1].visible >= state.visible:
            state = replace(state, visible=states[-1].visible, modified=max(state.modified, states[-1].modified))
            states.pop()
        states.append(state)

    def _go_on(self, key: str, listed: date, actions: set[Action]) -> None:
        if "new" in actions:
            self._afterlife(key, listed)
        state = self.states[key][-1]
        if state.version.withdrawn and self.random.random() < 0.5:
            later = self._instant(listed + self.random.randrange(2, 7) * DAY)
            number = state.version.number + 1
            paper = replace(state.paper, comments=f"Version {number}, the error is mended")
            self._expect(later, key, "replace", paper, Version(number, later, self._size()))

    def _touch(self, instant: datetime, keys: list[str]) -> None:
        """New datestamps, nothing else."""
        for key in keys:
            self._change(key, replace(self.states[key][-1], visible=instant, modified=instant))
