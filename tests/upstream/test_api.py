"""The API of the fake arXiv, read by the official client and by hand."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import arxiv
import pytest

from tests.upstream import api
from tests.upstream.fixtures import SMALL
from tests.upstream.schedule import at
from tests.upstream.server import FakeArxiv
from tests.upstream.story import build_world
from tests.upstream.world import State

NOON = at(date(2026, 3, 16), 12)


def ask(now: datetime = NOON, **arguments: object) -> tuple[int, list[str], int]:
    """The status, the identifiers and the total."""
    status, text = api.query(build_world(SMALL), {name: [str(value)] for name, value in arguments.items()}, now)
    ids = re.findall("<id>http://arxiv.org/abs/([^<]+)<", text)
    total = re.search("totalResults>([0-9]+)<", text)
    return status, ids, int(total[1]) if total else -1


def known() -> dict[str, State]:
    return dict(build_world(SMALL).snapshot(NOON).states)


def test_the_official_client_reads_everything_of_a_paper(fake_arxiv: FakeArxiv) -> None:
    fake_arxiv.set_clock(NOON)
    state = next(s for s in known().values() if s.paper.doi and s.paper.journal_ref and len(s.versions) > 1)
    client = arxiv.Client(page_size=50, delay_seconds=0, num_retries=0)
    client.query_url_format = fake_arxiv.settings["ARXIV_API_URL"] + "?{}"
    try:
        (paper,) = client.results(arxiv.Search(id_list=[state.key]))
        newest = list(client.results(arxiv.Search(query="cat:cs.*", max_results=120)))
    finally:
        client._session.close()
    assert paper.get_short_id() == f"{state.key}v{state.version.number}"
    assert (paper.title, paper.doi) == (re.sub(r"\s+", " ", state.paper.title), state.paper.doi)
    assert [author.name for author in paper.authors] == list(state.paper.authors)
    assert paper.categories == list(state.paper.categories)
    assert paper.primary_category == state.paper.categories[0]
    assert paper.published == state.versions[0].submitted.replace(microsecond=0)
    assert paper.updated == state.version.submitted.replace(microsecond=0)
    assert len(newest) == len({paper.entry_id for paper in newest}) == 120
    assert [paper.published for paper in newest] == sorted((paper.published for paper in newest), reverse=True)


def test_papers_are_found_by_identifier_and_version_and_the_unknown_are_left_out() -> None:
    key = next(key for key, state in known().items() if state.version.number == 2)
    assert ask(id_list=f"{key},2603.99999") == (200, [f"{key}v2"], 1)
    assert ask(id_list=f"{key}v1") == (200, [f"{key}v1"], 1)
    assert ask(id_list=f"{key}v7") == (200, [], 0)
    old = next(key for key in known() if "/" in key)
    assert ask(id_list=old)[2] == 1
    assert ask(id_list="abc") == (400, [], 1)


def test_a_paper_is_known_when_its_metadata_appear_and_not_before() -> None:
    world = build_world(SMALL)
    line = next(line for line in world.announcements[date(2026, 3, 13)] if line.action == "new")
    assert ask(line.state.visible - timedelta(seconds=1), id_list=line.state.key)[2] == 0
    assert ask(line.state.visible, id_list=line.state.key)[2] == 1


def names(state: State) -> set[str]:
    return set(state.paper.categories)


def titled(state: State, pattern: str) -> bool:
    return re.search(pattern, state.paper.title, re.IGNORECASE) is not None


SEARCHES: dict[str, Callable[[State], bool]] = {
    "cat:cs.CL": lambda state: "cs.CL" in names(state),
    "cat:math.NA": lambda state: bool({"math.NA", "cs.NA"} & names(state)),
    "cat:q-bio.* ANDNOT cat:cs.LG": lambda state: (
        any(name.startswith("q-bio.") for name in names(state)) and "cs.LG" not in names(state)
    ),
    "ti:learning AND (cat:cs.LG OR cat:stat.ML)": lambda state: (
        titled(state, r"\blearning\b") and bool({"cs.LG", "stat.ML"} & names(state))
    ),
    'ti:"neural network"': lambda state: titled(state, r"\bneural\W+network\b"),
    "submittedDate:[202603020000 TO 202603032359]": lambda state: (
        date(2026, 3, 2) <= state.versions[0].submitted.date() <= date(2026, 3, 3)
    ),
}


@pytest.mark.parametrize("search", SEARCHES)
def test_a_search_finds_what_it_says(search: str) -> None:
    expected = {f"{key}v{state.version.number}" for key, state in known().items() if SEARCHES[search](state)}
    status, ids, total = ask(search_query=search, max_results=2000)
    assert (status, set(ids), total) == (200, expected, len(expected))
    assert expected


def test_pages_go_on_where_they_ended_in_the_order_asked_for() -> None:
    asked = {"search_query": "cat:cs.*", "sortBy": "lastUpdatedDate", "sortOrder": "ascending"}
    whole = ask(**asked, max_results=100)[1]
    assert whole == [key for start in (0, 40, 80) for key in ask(**asked, start=start, max_results=40)[1]][:100]
    dates = [known()[re.sub("v[0-9]+$", "", key)].version.submitted for key in whole]
    assert dates == sorted(dates)


@pytest.mark.parametrize(
    "wrong",
    [
        {"search_query": "ti:(", "start": 0},
        {"search_query": "nope:x"},
        {"search_query": "cat:cs.AI", "max_results": 2001},
        {"search_query": "cat:cs.AI", "start": -1},
        {"search_query": "cat:cs.AI", "start": "x"},
        {"search_query": "cat:cs.AI", "sortBy": "beauty"},
        {"search_query": "submittedDate:[2026 TO 2027]"},
    ],
)
def test_b9_a_wrong_question_is_answered_with_an_entry_titled_error(wrong: dict[str, object]) -> None:
    status, text = api.query(build_world(SMALL), {name: [str(value)] for name, value in wrong.items()}, NOON)
    assert status == 400
    assert "<title>Error</title>" in text
    assert "/api/errors#" in text
