"""The month that the fake arXiv tells: everything the brief of a harvester is about happens in it, by the rules."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from coolpapers.identifiers import parse_arxiv_id
from tests.upstream.fixtures import SMALL
from tests.upstream.records import Paper
from tests.upstream.schedule import at
from tests.upstream.story import Plot, build_world, special_days
from tests.upstream.world import KINDS, Announcement, World, canonical, categories_of

DAY = timedelta(days=1)
CS = categories_of("cs")


def small() -> World:
    return build_world(SMALL)


def days_of(world: World) -> list[date]:
    return [world.first + number * DAY for number in range((world.last - world.first).days + 1)]


def lines(world: World) -> list[Announcement]:
    return [line for found in world.announcements.values() for line in found]


def test_the_same_seed_tells_the_same_month_and_another_seed_another() -> None:
    again = build_world.__wrapped__(SMALL)
    assert small().truth(date(2026, 3, 5)) == again.truth(date(2026, 3, 5))
    assert {key: [state.versions for state in found] for key, found in small().states.items()} == {
        key: [state.versions for state in found] for key, found in again.states.items()
    }
    other = build_world(Plot(**{**vars(SMALL), "seed": 8}))
    assert small().truth(date(2026, 3, 5)) != other.truth(date(2026, 3, 5))


def test_there_is_a_listing_on_every_weekday_but_those_after_a_holiday_that_was_taken() -> None:
    world = small()
    with_listing = {day for day in days_of(world) if world.announcements.get(day)}
    weekdays = {day for day in days_of(world) if day.weekday() < 5}
    assert weekdays - with_listing == {date(2026, 3, 11), date(2026, 3, 18)}
    assert with_listing <= weekdays
    assert date(2026, 3, 13) in with_listing  # 12 March is a published holiday that was not taken
    assert date(2026, 3, 12) in world.schedule.published
    assert date(2026, 3, 17) not in world.schedule.published


def test_new_papers_are_announced_once_on_the_day_their_submission_or_their_release_gives() -> None:
    world = small()
    new = [line for line in lines(world) if line.action == "new"]
    assert max(Counter(line.state.key for line in new).values()) == 1
    rule = {line: world.schedule.listing_of(line.state.version.submitted) for line in new}
    held = [line for line, day in rule.items() if line.day != day]
    assert all(line.day > rule[line] for line in held)
    assert 0 < len(held) < len(new) / 10


def test_identifiers_are_of_the_month_of_the_listing() -> None:
    for line in lines(small()):
        if line.action == "new":
            assert line.state.key.startswith(f"{line.day:%y%m}.")
    old = [key for key, states in small().states.items() if "/" in key]
    assert old
    assert all(parse_arxiv_id(key) for key in old)


def test_old_papers_are_replaced_and_cross_listed_and_new_ones_too() -> None:
    world = small()
    actions = Counter((line.action, line.state.versions[0].submitted.year < 2026) for line in lines(world))
    assert all(actions[action, old] for action in ("cross", "replace") for old in (True, False))
    cross = [line for line in lines(world) if line.action == "cross"]
    assert all(0 < len(canonical(line.scope)) < len(line.state.paper.categories) for line in cross)


def test_a_withdrawal_is_a_version_and_some_are_posted_again() -> None:
    withdrawn = [line.state for line in lines(small()) if line.state.version.withdrawn]
    assert withdrawn
    assert all(state.version.number > 1 and "withdrawn" in state.paper.comments for state in withdrawn)
    month = build_world(Plot(days=30, papers_a_day=40, background=200, texts="sample"))
    again = [states[-1] for states in month.states.values() if any(v.withdrawn for v in states[-1].versions[:-1])]
    assert again
    assert not any(state.version.withdrawn for state in again)


def test_metadata_appear_half_past_ten_in_the_evening_and_later_on_days_that_lag() -> None:
    world = small()
    for line in lines(world):
        due, late = at(line.day - DAY, 22, 30), line.state.visible - at(line.day - DAY, 22, 30)
        usual = line.day - DAY not in world.special["lagging"]
        assert due <= line.state.visible
        assert (late < timedelta(hours=1)) == usual or line.state.datestamp > line.day
    lagging = next(line for line in world.announcements[date(2026, 3, 5)] if line.action == "new")
    assert world.feed_day(at(date(2026, 3, 5), 0)) == date(2026, 3, 5)
    assert world.state(lagging.state.key, at(date(2026, 3, 5), 9)) is None
    assert world.state(lagging.state.key, at(date(2026, 3, 5), 11)) is not None


def test_b7_a_bulk_touch_changes_datestamps_and_nothing_else() -> None:
    world = small()
    before = world.snapshot(at(date(2026, 3, 11), 23, 29)).states
    after = world.snapshot(at(date(2026, 3, 11), 23, 30)).states
    touched = [key for key in before if before[key].modified != after[key].modified]
    assert len(touched) == SMALL.background // 2
    assert {after[key].datestamp for key in touched} == {date(2026, 3, 12)}
    assert all(before[key].paper is after[key].paper and before[key].versions == after[key].versions for key in touched)


def test_a_state_is_seen_from_its_instant_on_and_versions_never_go_back() -> None:
    for states in small().states.values():
        assert all(earlier.visible < later.visible for earlier, later in pairwise(states))
        numbers = [state.version.number for state in states]
        assert numbers == sorted(numbers)
        assert all([v.number for v in state.versions] == list(range(1, len(state.versions) + 1)) for state in states)


def test_a_listing_holds_a_paper_once_new_before_cross_before_replaced() -> None:
    listings = small().listings(date(2026, 3, 10), CS)
    assert max(Counter(listing.state.key for listing in listings).values()) == 1
    assert [listing.kind for listing in listings] == sorted((item.kind for item in listings), key=KINDS.index)


def test_a_new_paper_is_a_cross_list_where_its_primary_category_was_not_asked_for() -> None:
    world = small()
    line = next(
        line
        for line in world.announcements[date(2026, 3, 10)]
        if line.action == "new" and len(canonical(line.scope)) > 1
    )
    first, *others = line.state.paper.categories
    kinds = {
        name: next(item.kind for item in world.listings(line.day, categories_of(name)) if item.state is line.state)
        for name in (first, others[-1])
    }
    assert kinds == {first: "new", others[-1]: "cross"}


def test_the_truth_of_a_day_adds_up() -> None:
    truth = small().truth(date(2026, 3, 10))
    categories, papers = truth["categories"], truth["papers"]
    assert isinstance(categories, dict)
    assert isinstance(papers, dict)
    assert truth["listing"] is True
    assert {code: {kind: len(keys) for kind, keys in kinds.items()} for code, kinds in papers.items()} == categories
    new = {line.state.key for line in small().announcements[date(2026, 3, 10)] if line.action == "new"}
    assert {key for kinds in papers.values() for key in kinds.get("new", ())} == new
    assert small().truth(date(2026, 3, 11)) == {
        "day": "2026-03-11",
        "listing": False,
        "published_holiday": True,
        "metadata_from": None,
        "categories": {},
        "papers": {},
    }


def test_days_that_a_plot_does_not_name_are_those_arxiv_published_or_chosen() -> None:
    june = special_days(Plot(first=date(2026, 6, 1), days=40))
    assert june.holidays == (date(2026, 6, 19),) or date(2026, 6, 19).weekday() in (4, 5)
    march = special_days(Plot())
    assert len(march.holidays) == len(march.not_taken) == len(march.unpublished) == len(march.bulk) == 1
    assert special_days(Plot(lagging=())).lagging == ()


def test_the_metadata_of_a_version_that_is_past_can_be_asked_for() -> None:
    world, now = small(), datetime(2026, 4, 1, tzinfo=UTC)
    key = next(key for key, states in world.states.items() if states[0].version.number > 2)
    state = world.state(key, now, 2)
    assert state is not None
    assert state.version.number == 2
    assert isinstance(state.paper, Paper)
    assert world.state(key, now, 99) is None


def test_november_has_a_published_holiday_and_a_change_of_the_clocks() -> None:
    plot = Plot(first=date(2026, 10, 26), days=36, papers_a_day=5, background=20, lagging=(), texts="sample")
    world = build_world(plot)
    assert world.special["holidays"] == (date(2026, 11, 26),)
    missing = {day for day in days_of(world) if day.weekday() < 5 and not world.announcements.get(day)}
    assert missing == {date(2026, 11, 27), *(day + DAY for day in world.special["unpublished"])}
    summer, winter = at(date(2026, 10, 29), 22, 30), at(date(2026, 11, 2), 22, 30)
    assert (summer.hour, winter.hour) == (2, 3)
    assert any(summer <= turn < summer + timedelta(minutes=11) for turn in world.turns)
    assert any(winter <= turn < winter + timedelta(minutes=11) for turn in world.turns)
