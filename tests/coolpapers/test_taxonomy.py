"""arXiv's categories, and expressions over them."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coolpapers.taxonomy import (
    ALIASES,
    ARCHIVES,
    CATEGORIES,
    GROUPS,
    CategoryExpression,
    TooManyCategories,
    UnknownCategory,
    canonical_category,
    parse_expression,
)

ANY_SETTINGS = settings(database=None, deadline=None, max_examples=300)

# Facts of arXiv/arxiv-base arxiv/taxonomy/definitions.py.
TWO_SPELLINGS = {
    "math.MP": "math-ph",
    "stat.TH": "math.ST",
    "math.IT": "cs.IT",
    "q-fin.EC": "econ.GN",
    "cs.SY": "eess.SY",
    "cs.NA": "math.NA",
}
RETIRED = {
    "cmp-lg": "cs.CL",
    "adap-org": "nlin.AO",
    "comp-gas": "nlin.CG",
    "chao-dyn": "nlin.CD",
    "solv-int": "nlin.SI",
    "patt-sol": "nlin.PS",
    "alg-geom": "math.AG",
    "dg-ga": "math.DG",
    "funct-an": "math.FA",
    "q-alg": "math.QA",
    "mtrl-th": "cond-mat.mtrl-sci",
    "supr-con": "cond-mat.supr-con",
    "acc-phys": "physics.acc-ph",
    "ao-sci": "physics.ao-ph",
    "atom-ph": "physics.atom-ph",
    "bayes-an": "physics.data-an",
    "chem-ph": "physics.chem-ph",
    "plasm-ph": "physics.plasm-ph",
}
# How many categories each living archive's name stands for: its own, closed ones and those it has under another name.
SIZES = {
    "astro-ph": 7,
    "cond-mat": 10,
    "gr-qc": 1,
    "hep-ex": 1,
    "hep-lat": 1,
    "hep-ph": 1,
    "hep-th": 1,
    "math-ph": 1,
    "nlin": 5,
    "nucl-ex": 1,
    "nucl-th": 1,
    "physics": 22,
    "quant-ph": 1,
    "math": 32,
    "cs": 40,
    "q-bio": 11,
    "q-fin": 9,
    "stat": 6,
    "eess": 4,
    "econ": 3,
}
TERMS = sorted({*CATEGORIES, *SIZES})


# --- The tables -------------------------------------------------------------------------------------------------------


def test_there_are_149_open_categories_and_three_closed_ones() -> None:
    assert Counter(category.active for category in CATEGORIES.values()) == {True: 149, False: 3}
    assert [code for code, category in CATEGORIES.items() if not category.active] == ["astro-ph", "cond-mat", "q-bio"]


def test_categories_stand_in_the_order_of_groups_then_archives() -> None:
    order = [code for code, _ in GROUPS]
    places = [(order.index(c.group), c.archive, c.code.lower()) for c in CATEGORIES.values()]
    assert places == sorted(places)
    assert order == ["physics", "math", "cs", "q-bio", "q-fin", "stat", "eess", "econ"]


def test_every_code_is_the_code_of_its_own_row() -> None:
    for code, category in CATEGORIES.items():
        assert category.code == code
        assert category.name
        assert ARCHIVES[category.archive].group == category.group
        assert code.partition(".")[0] == category.archive
        assert canonical_category(code) == code


def test_some_names_are_those_that_arxiv_gives() -> None:
    assert CATEGORIES["cs.LG"].name == "Machine Learning"
    assert CATEGORIES["cond-mat.mes-hall"].name == "Mesoscale and Nanoscale Physics"
    assert CATEGORIES["hep-th"].name == "High Energy Physics - Theory"
    assert dict(GROUPS)["eess"] == "Electrical Engineering and Systems Science"
    assert ARCHIVES["alg-geom"].name == "Algebraic Geometry"


@pytest.mark.parametrize(("alias", "code"), sorted(TWO_SPELLINGS.items()))
def test_two_spellings_are_one_category(alias: str, code: str) -> None:
    assert canonical_category(alias) == canonical_category(alias.lower()) == canonical_category(code) == code
    assert alias not in CATEGORIES
    assert ALIASES[alias] == code


@pytest.mark.parametrize(("archive", "code"), sorted(RETIRED.items()))
def test_a_retired_archive_leads_to_what_took_it_over(archive: str, code: str) -> None:
    assert canonical_category(archive) == canonical_category(archive.upper()) == code
    assert not ARCHIVES[archive].active
    assert ARCHIVES[archive].categories == (code,)
    assert parse_expression(archive) == parse_expression(code)


def test_the_tables_hold_all_archives_and_no_others() -> None:
    assert set(ARCHIVES) == {*RETIRED, *SIZES}
    assert set(ALIASES) == set(TWO_SPELLINGS)


@pytest.mark.parametrize(("archive", "size"), sorted(SIZES.items()))
def test_an_archive_stands_for_all_its_categories(archive: str, size: int) -> None:
    codes = ARCHIVES[archive].categories
    assert ARCHIVES[archive].active
    assert len(codes) == len(set(codes)) == size
    assert set(codes) >= {code for code, category in CATEGORIES.items() if category.archive == archive}


def test_math_holds_what_it_has_under_the_names_of_others() -> None:
    assert {"math.NA", "math.ST", "cs.IT", "math-ph"} <= set(ARCHIVES["math"].categories)
    assert {"eess.SY", "math.NA", "cs.IT"} <= set(ARCHIVES["cs"].categories)
    assert "math.ST" in ARCHIVES["stat"].categories
    assert "econ.GN" in ARCHIVES["q-fin"].categories


@pytest.mark.parametrize("code", ["astro-ph", "cond-mat", "q-bio"])
def test_papers_with_only_a_former_category_keep_it(code: str) -> None:
    assert canonical_category(code) == code
    assert code in ARCHIVES[code].categories


@pytest.mark.parametrize(
    "text", ["cs", "math", "physics", "nlin", "stat", "", "cs.", "cs.XX", "I.2.7", "68T50", "test"]
)
def test_what_is_no_category_is_none(text: str) -> None:
    assert canonical_category(text) is None


def test_the_tables_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        CATEGORIES["cs.XX"] = CATEGORIES["cs.AI"]  # type: ignore[index]


# --- Expressions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "include", "exclude"),
    [
        ("cs.AI", "cs.AI", ""),
        ("CS.ai", "cs.AI", ""),
        ("cs.AI,cs.CL", "cs.AI cs.CL", ""),
        ("cs.AI+cs.CL", "cs.AI cs.CL", ""),
        ("cs.AI cs.CL", "cs.AI cs.CL", ""),
        ("cs.AI, cs.CL + cs.CV", "cs.AI cs.CL cs.CV", ""),
        ("cs.AI+cs.LG-cs.CY-econ.GN", "cs.AI cs.LG", "cs.CY econ.GN"),
        ("cs.AI cs.LG-cs.CY-econ.GN", "cs.AI cs.LG", "cs.CY econ.GN"),
        ("cs.AI-cs.CY+cs.LG", "cs.AI cs.LG", "cs.CY"),
        ("cs.AI - cs.CY", "cs.AI", "cs.CY"),
        ("cs.AI -cs.CY", "cs.AI", "cs.CY"),
        ("cs.AI+-cs.CY", "cs.AI", "cs.CY"),
        ("-cs.AI", "", "cs.AI"),
        ("-cs.AI-cs.LG", "", "cs.AI cs.LG"),
        ("cs.AI+cs.AI,CS.AI", "cs.AI", ""),
        ("cs.NA+math.NA", "math.NA", ""),
        ("math.IT-stat.TH", "cs.IT", "math.ST"),
        ("cs", "cs", ""),
        ("astro-ph", "astro-ph", ""),
        ("physics+astro-ph.CO", "physics astro-ph.CO", ""),
        ("hep-th", "hep-th", ""),
        ("math-ph", "math-ph", ""),
        ("math-ph-math", "math-ph", "math"),
        ("math-math-ph", "math", "math-ph"),
        ("cs.AI-hep-th", "cs.AI", "hep-th"),
        ("quant-ph-cond-mat", "quant-ph", "cond-mat"),
        ("cond-mat.mes-hall-cond-mat.mtrl-sci", "cond-mat.mes-hall", "cond-mat.mtrl-sci"),
        ("-hep-th-hep-ph", "", "hep-th hep-ph"),
        ("cond-mat-mtrl-th", "cond-mat", "cond-mat.mtrl-sci"),
        ("+cs.AI+", "cs.AI", ""),
        ("cs.AI--cs.LG-", "cs.AI", "cs.LG"),
    ],
)
def test_an_expression_names_terms_to_add_and_to_take_away(text: str, include: str, exclude: str) -> None:
    assert parse_expression(text) == CategoryExpression(tuple(include.split()), tuple(exclude.split()))


def test_the_text_of_an_expression_is_its_address() -> None:
    assert parse_expression("cs.ai, cs.lg -CS.CY").text == "cs.AI+cs.LG-cs.CY"
    assert parse_expression("-cs.ai").text == "-cs.AI"
    assert parse_expression("cs.AI,cs.LG") == parse_expression("cs.AI+cs.LG")


def test_no_two_codes_side_by_side_are_read_as_a_third() -> None:
    for first, second in itertools.permutations(TERMS, 2):
        taken = CategoryExpression((first,), (second,))
        assert parse_expression(taken.text) == taken
        assert parse_expression(f"-{first}-{second}") == CategoryExpression((), (first, second))


def test_archives_are_replaced_by_their_categories_and_minus_by_what_they_hold() -> None:
    expression = parse_expression("cs+hep-th-cs.CY-astro-ph")
    assert expression.include == ("cs", "hep-th")
    assert expression.included_codes == ("hep-th", *ARCHIVES["cs"].categories)
    assert expression.excluded_codes == (*ARCHIVES["astro-ph"].categories, "cs.CY")
    assert parse_expression("cs.AI+cs").included_codes == ARCHIVES["cs"].categories


def test_nothing_included_means_all() -> None:
    assert parse_expression("-cs.AI").included_codes == ()


def test_what_is_taken_away_is_not_looked_at() -> None:
    assert parse_expression("cs.AI+cs.LG-cs.LG").possible_codes == ("cs.AI",)
    assert parse_expression("-cs").possible_codes == tuple(c for c in CATEGORIES if c not in ARCHIVES["cs"].categories)
    assert parse_expression("cs.AI-cs").possible_codes == ()


def test_what_is_added_and_taken_away_is_not_everything() -> None:
    assert parse_expression("cs.AI-cs.AI").included_codes == ("cs.AI",)
    assert parse_expression("cs.AI-cs.AI").excluded_codes == ("cs.AI",)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("cs.LG+cs.AI", "cs.AI+cs.LG"),
        ("stat.ML,cs.LG,math.NA", "cs.LG+math.NA+stat.ML"),
        ("cs.AI-cs.LG-cs.CY", "cs.AI-cs.CY-cs.LG"),
        ("cs.AI+cs.LG-cs.LG", "cs.AI-cs.LG"),
        ("cs.AI+cs", "cs"),
        ("cs-cs.AI", "cs-cs.AI"),
        ("cs+hep-th-cs.AI-cs", "hep-th-cs"),
        ("math.IT+cs.IT", "cs.IT"),
        ("cs.AI-cs.AI", "cs.AI-cs.AI"),
        ("cs.LG-cs.AI-cs", "cs.LG-cs"),
        ("-cs.LG-cs.AI", "-cs.AI-cs.LG"),
    ],
)
def test_canonical_expression_has_the_fewest_terms_in_alphabetical_order(text: str, canonical: str) -> None:
    assert parse_expression(text).canonical.text == canonical


def papers_of(expression: CategoryExpression) -> set[tuple[str, ...]]:
    """Which of all papers with one or two categories of some six are in the expression."""
    some = ("cs.AI", "cs.LG", "hep-th", "astro-ph", "astro-ph.CO", "math.NA")
    papers = {tuple(sorted(pair)) for pair in itertools.product(some, repeat=2)}
    included, excluded = set(expression.included_codes), set(expression.excluded_codes)
    return {p for p in papers if (not included or included & set(p)) and not excluded & set(p)}


@ANY_SETTINGS
@given(
    *2 * [st.lists(st.sampled_from("cs.AI cs.LG cs hep-th astro-ph astro-ph.CO math.NA math".split()), max_size=5)],
    st.randoms(),
)
def test_canonical_expression_names_the_same_papers_in_any_order(
    include: list[str], exclude: list[str], random: Random
) -> None:
    expression = CategoryExpression(tuple(dict.fromkeys(include)), tuple(dict.fromkeys(exclude)))
    canonical = expression.canonical
    assert papers_of(canonical) == papers_of(expression)
    assert canonical.canonical == canonical
    random.shuffle(include)
    random.shuffle(exclude)
    assert CategoryExpression(tuple(dict.fromkeys(include)), tuple(dict.fromkeys(exclude))).canonical == canonical


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("cs.AI", "Artificial Intelligence (cs.AI)"),
        ("astro-ph", "Astrophysics (astro-ph)"),
        ("cs", "Computer Science (cs)"),
        ("cs.AI+cs.LG-cs.CY", "cs.AI + cs.LG − cs.CY"),
        ("-cs.AI", "All categories − cs.AI"),
    ],
)
def test_the_title_is_for_people(text: str, title: str) -> None:
    assert parse_expression(text).title == title


def test_only_one_category_alone_is_single() -> None:
    assert [parse_expression(t).is_single for t in ("cs.AI", "hep-th", "alg-geom", "math.MP")] == [True] * 4
    assert not any(parse_expression(t).is_single for t in ("cs", "astro-ph", "cs.AI+cs.LG", "-cs.AI", "cs.AI-cs.LG"))


@pytest.mark.parametrize(
    ("text", "part", "suggestion"),
    [
        ("cs.XX", "cs.XX", None),
        ("cs.AI+cs.L", "cs.L", "cs.LG"),
        ("ml", "ml", "stat.ML"),
        ("cs.AI-ml", "ml", "stat.ML"),
        ("hep-xx-cs.AI", "hep-xx", "hep-ex"),
        ("cs.LG-foo-bar-hep-th", "foo-bar", None),
        ("cs.AI-ph", "ph", None),
        ("cond-mat.mess-hall", "cond-mat.mess-hall", "cond-mat.mes-hall"),
        ("cs.ＡＩ", "cs.ＡＩ", None),
    ],
)
def test_an_unknown_part_is_named_with_what_may_be_meant(text: str, part: str, suggestion: str | None) -> None:
    with pytest.raises(UnknownCategory) as caught:
        parse_expression(text)
    assert caught.value.part == part
    assert part in str(caught.value)
    assert set(caught.value.suggestions) <= set(TERMS)
    if suggestion:
        assert suggestion in caught.value.suggestions
        assert suggestion in str(caught.value)


@pytest.mark.parametrize("text", ["", " ", "+", "-", ",,", "- -"])
def test_an_empty_expression_says_so(text: str) -> None:
    with pytest.raises(UnknownCategory, match="No category is named"):
        parse_expression(text)


def test_an_expression_has_a_limit() -> None:
    many = "+".join(list(CATEGORIES)[:51])
    with pytest.raises(TooManyCategories, match="At most 50"):
        parse_expression(many)
    assert len(parse_expression(many, limit=51).include) == 51
    with pytest.raises(TooManyCategories, match="At most 3"):
        parse_expression("cs.AI+cs.LG-cs.CY-cs.CL", limit=3)
    assert parse_expression("cs.AI+" * 100) == parse_expression("cs.AI")


@ANY_SETTINGS
@given(
    st.lists(st.sampled_from(TERMS), max_size=8, unique=True), st.lists(st.sampled_from(TERMS), max_size=8, unique=True)
)
def test_the_text_of_an_expression_parses_to_it(include: list[str], exclude: list[str]) -> None:
    expression = CategoryExpression(tuple(include), tuple(exclude))
    if include or exclude:
        assert parse_expression(expression.text) == expression
        assert parse_expression(expression.text.upper()) == expression
        assert set(expression.included_codes) | set(expression.excluded_codes) <= set(CATEGORIES)


@ANY_SETTINGS
@given(
    st.one_of(
        st.text(st.characters(exclude_categories=())),
        st.lists(st.sampled_from([*TERMS, *RETIRED, *TWO_SPELLINGS, "+", "-", ",", " ", "x"])).map("".join),
    )
)
def test_any_text_is_an_expression_or_a_named_error(text: str) -> None:
    canonical_category(text)
    with contextlib.suppress(UnknownCategory, TooManyCategories):
        expression = parse_expression(text)
        assert parse_expression(expression.text) == expression


@pytest.mark.parametrize("part", ["x" * 1000, "<script>", "\ud800", "\u202e"])
def test_the_message_about_an_unknown_part_is_short(part: str) -> None:
    with pytest.raises(UnknownCategory) as caught:
        parse_expression(part)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("unit", ["-", "+", " ", "- ", "a", "a-", "cs.AI-", "hep-", "cond-mat-", "\ud800"])
def test_hostile_repetition_is_cheap(unit: str) -> None:
    for length in (1_999, 100_000):
        text = (unit * length)[:length]
        start = time.perf_counter()
        canonical_category(text)
        with contextlib.suppress(UnknownCategory, TooManyCategories):
            parse_expression(text)
        assert time.perf_counter() - start < 0.5
