"""A paper's day in a category follows from what is told of it, in whatever order."""

from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.days import codes_of_feed, day_in, known, scope_of
from ingest.record import Announced

MONDAY = date(2026, 6, 15)
TUESDAY, FRIDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=4)
CODES = ("cs.CL", "cs.AI", "stat.ML")

announcements = st.lists(
    st.builds(
        Announced,
        st.dates(MONDAY, FRIDAY),
        st.sampled_from(["new", "cross", "replace", "replace-cross"]),
        st.sampled_from(["observed", "computed", "estimated"]),
        st.lists(st.sampled_from(CODES), unique=True).map(lambda codes: tuple(sorted(codes))),
    ),
    max_size=8,
)


@given(announcements, st.randoms(), st.integers(0, 8))
def test_order_in_which_it_was_told_does_not_matter(told: list[Announced], random: object, cut: int) -> None:
    at_once = known(told)
    shuffled = list(told)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    bit_by_bit = known([*known(shuffled[:cut]), *shuffled[cut:]])
    assert bit_by_bit == at_once
    assert known([*at_once, *told]) == at_once  # told again


@given(announcements)
def test_a_day_and_kind_is_told_once(told: list[Announced]) -> None:
    places = [(one.day, one.kind) for one in known(told)]
    assert len(places) == len(set(places))


def announced(day: date, kind: str = "new", evidence: str = "observed", *scope: str) -> Announced:
    return Announced(day, kind, evidence, scope)


def test_cross_listing_on_a_later_day_is_a_day_of_its_category_alone() -> None:
    told = known([announced(FRIDAY, "cross", "observed", "cs.AI"), announced(MONDAY, "new", "observed", "cs.CL")])
    assert day_in("cs.CL", told) == (False, MONDAY)
    assert day_in("cs.AI", told) == (False, FRIDAY)
    assert day_in("cs.LG", told) == (False, None)


def test_replacement_makes_no_day() -> None:
    told = known([announced(MONDAY, "replace"), announced(MONDAY, "replace-cross", "observed", "cs.AI")])
    assert day_in("cs.AI", told) == (False, None)
    assert len(told) == 2


@pytest.mark.parametrize("guess", ["computed", "estimated"])
def test_what_was_observed_as_new_is_guessed_no_more(guess: str) -> None:
    """Nor in a category that it was not announced in: it was added later."""
    for told in permutations([announced(FRIDAY, "new", "observed", "cs.CL"), announced(MONDAY, "new", guess)]):
        assert known(told) == (announced(FRIDAY, "new", "observed", "cs.CL"),)


def test_guess_stays_where_only_a_cross_listing_was_observed() -> None:
    told = known([announced(MONDAY, "new", "computed"), announced(TUESDAY, "cross", "observed", "cs.AI")])
    assert day_in("cs.CL", told) == (False, MONDAY)
    assert day_in("cs.AI", told) == (False, TUESDAY)


def test_estimate_is_marked_and_gives_way_to_what_is_computed() -> None:
    estimated = announced(MONDAY, "new", "estimated")
    assert day_in("cs.CL", known([estimated])) == (True, MONDAY)
    assert day_in("cs.CL", known([estimated, announced(TUESDAY, "new", "computed")])) == (False, TUESDAY)


def test_what_names_its_categories_goes_before_what_names_none() -> None:
    told = known([announced(MONDAY), announced(TUESDAY, "cross", "observed", "cs.AI")])
    assert day_in("cs.CL", told) == (False, MONDAY)
    assert day_in("cs.AI", told) == (False, TUESDAY)


def test_same_announcement_in_two_feeds_is_one_in_both_scopes() -> None:
    told = known([announced(MONDAY, "cross", "observed", "cs.AI"), announced(MONDAY, "cross", "observed", "stat.ML")])
    assert told == (announced(MONDAY, "cross", "observed", "cs.AI", "stat.ML"),)


@pytest.mark.parametrize(
    ("feed", "kind", "categories", "scope"),
    [
        ("cs", "new", "cs.CL cs.AI stat.ML", ("cs.AI", "cs.CL", "stat.ML")),
        ("cs", "cross", "stat.ML cs.LG cs.AI math.ST", ("cs.AI", "cs.LG")),
        ("cs", "cross", "cs.CL cs.AI", ("cs.AI",)),
        ("cs.AI", "cross", "stat.ML cs.LG cs.AI", ("cs.AI",)),
        ("cs.AI+stat", "cross", "cs.CL cs.AI stat.ML", ("cs.AI", "stat.ML")),
        ("math", "cross", "cs.CL cs.IT", ("cs.IT",)),  # math.IT
        ("hep-th", "cross", "cs.CL cs.AI", ()),
        ("cs", "replace", "cs.CL stat.ML", ("cs.CL", "stat.ML")),
        ("cs", "replace-cross", "stat.ML cs.LG", ("cs.LG",)),
    ],
)
def test_scope_of_an_entry(feed: str, kind: str, categories: str, scope: tuple[str, ...]) -> None:
    assert scope_of(feed, kind, categories.split()) == scope


def test_feed_tells_of_its_archive_or_category() -> None:
    assert len(codes_of_feed("cs")) == 40
    assert codes_of_feed("cs.NA") == ("math.NA",)
    assert codes_of_feed("hep-th") == ("hep-th",)
    assert codes_of_feed("nonsense") == ()
