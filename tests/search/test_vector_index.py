"""The engine's vectors follow those of the store."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from coolpapers.models import Paper, Vector
from search import index, vectors
from search.embed import embed_due
from search.embeddings import get_encoder
from search.vector_index import FollowReport, follow
from tests.factories import make_paper
from tests.search.encoders import OddEncoder
from tests.search.meaning import held, hold, recipe

pytestmark = pytest.mark.django_db


@pytest.fixture
def papers(meaning: None) -> list[int]:
    """Five papers, indexed with their vectors."""
    found = [make_paper(title=f"Graph {number}").pk for number in range(5)]
    hold()
    return found


def embed() -> None:
    embed_due(encoder=get_encoder())


def test_first_vectors_make_the_index(meaning: None) -> None:
    make_paper()
    index.rebuild()
    assert follow() == FollowReport()  # none yet
    embed()
    assert follow() == FollowReport(added=1, rebuilt=True)
    assert follow() == FollowReport()


def test_new_vectors_are_added(papers: list[int]) -> None:
    new = make_paper().pk
    embed()
    assert follow() == FollowReport(added=1)
    assert held().paper_ids().tolist() == [*papers, new]
    assert follow() == FollowReport()


def test_changed_paper_has_its_new_vector(papers: list[int]) -> None:
    Paper.objects.filter(pk=papers[1]).update(title="Something else", revision=2)
    embed()
    assert follow() == FollowReport(added=1)
    expected = get_encoder().encode_query("Something else. ")
    assert held().vectors_of(recipe(), [papers[1]])[1][0] @ expected == pytest.approx(1, abs=1e-3)
    assert held().state().papers == 5


def test_vector_of_a_deleted_paper_is_forgotten(papers: list[int]) -> None:
    Paper.objects.filter(pk=papers[2]).delete()
    assert follow() == FollowReport(forgotten=1)
    assert held().paper_ids().tolist() == [papers[0], papers[1], papers[3], papers[4]]


def test_vector_that_was_committed_late_below_the_mark_is_found_by_counting(papers: list[int]) -> None:
    mark = 10**9  # above whatever the database counted to in the tests before
    Vector.objects.filter(paper=papers[4]).update(id=mark)
    follow(anew=True)
    late = make_paper().pk
    embed()
    Vector.objects.filter(paper=late).update(id=mark - 500)
    assert vectors.newest_mark() == held().state().mark == mark
    assert follow() == FollowReport(added=1)
    assert held().paper_ids().tolist() == [*papers, late]
    assert held().state().mark == mark
    assert follow() == FollowReport()


def test_vector_that_points_nowhere_is_never_held_and_never_tried_for_ever(papers: list[int]) -> None:
    make_paper(title="nothing")
    embed_due(encoder=OddEncoder(recipe(), {"nothing": 0.0}))
    follow()
    assert held().paper_ids().tolist() == papers
    assert follow() == FollowReport()


def test_store_without_vectors_of_the_recipe_leaves_the_index_as_it_is(papers: list[int], settings: Any) -> None:
    settings.EMBEDDING_DIMENSIONS = 32
    assert follow() == FollowReport()
    assert held().state().recipe != recipe()
    assert held().state().papers == 5


def test_other_recipe_is_followed_until_the_new_one_is_whole_and_then_swapped(papers: list[int], settings: Any) -> None:
    old = recipe()
    settings.EMBEDDING_DIMENSIONS = 32
    embed_due(encoder=get_encoder(), limit=4)
    assert follow() == FollowReport()
    assert held().state().recipe == old
    embed()
    assert follow() == FollowReport(added=5, rebuilt=True)
    assert (held().state().recipe, held().state().papers) == (recipe(), 5)
    settings.EMBEDDING_DIMENSIONS = 64  # and back, at once: its vectors are kept
    assert follow() == FollowReport(added=5, rebuilt=True)


def test_many_vectors_are_read_in_parts_and_told(papers: list[int]) -> None:
    told: list[int] = []
    assert follow(anew=True, progress=told.append) == FollowReport(added=5, rebuilt=True)
    assert sum(told) == 5


def test_damaged_index_is_built_anew(papers: list[int], settings: Any) -> None:
    folder = Path(settings.SEARCH_URL.removeprefix("embedded://")) / "vectors"
    (folder / "current").write_text("{")
    assert held().state().rebuild_reason
    assert follow() == FollowReport(added=5, rebuilt=True)
    assert held().state().papers == 5


def test_no_engine_or_no_meaning_is_no_work(papers: list[int], settings: Any) -> None:
    settings.EMBEDDING_MODEL = "off"
    assert follow(anew=True) == FollowReport()
    settings.EMBEDDING_MODEL = "words"
    settings.SEARCH_URL = "null://"
    assert follow(anew=True) == FollowReport()


def test_command_tells_how_many_vectors_it_mended(papers: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    make_paper()
    embed()
    index.rebuild()
    call_command("search_index", "reconcile")
    assert "1 vectors were missing, 0 were too many" in capsys.readouterr().out
    assert follow() == FollowReport()
