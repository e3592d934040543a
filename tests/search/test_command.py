"""manage.py search_index, and the check of SEARCH_URL."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from search import index
from search.checks import check_search_url
from search.engines import get_engine
from tests.factories import make_paper
from tests.search.documents import find, forget

pytestmark = pytest.mark.django_db


def said(*arguments: str) -> str:
    """What `manage.py search_index …` prints."""
    out = io.StringIO()
    call_command("search_index", *arguments, stdout=out)
    return out.getvalue().strip()


def test_rebuild_builds_and_status_tells(embedded: Path) -> None:
    papers = [make_paper(title="Word") for _ in range(3)]
    assert "not been built" in said("status")
    assert said("rebuild") == "The index is built: 3 papers, 0 vectors."
    assert len(find(get_engine(), "word")) == len(papers)
    assert said("status").splitlines() == [
        "Engine: embedded",
        "Papers in the index: 3",
        "Papers in the store: 3",
        "Due: 0",
        "Rebuild: not needed",
    ]


def test_rebuild_if_needed_leaves_a_good_index_alone(embedded: Path) -> None:
    assert said("rebuild", "--if-needed") == "The index is built: 0 papers, 0 vectors."
    before = (embedded / "current").read_text()
    assert said("rebuild", "--if-needed") == "The index is as it should be: 0 papers."
    assert (embedded / "current").read_text() == before


def test_reconcile_says_what_it_mended(embedded: Path) -> None:
    paper = make_paper(title="Word")
    index.rebuild()
    assert said("reconcile") == "Index and store agree."
    forget(get_engine(), paper.pk)
    assert said("reconcile") == (
        "Mended: 1 papers were missing from the index, 0 were old in it, 0 are no longer in the store;"
        " 0 vectors were missing, 0 were too many."
    )


def test_reconcile_without_an_index_is_one_sentence(embedded: Path) -> None:
    with pytest.raises(CommandError, match="has not been built yet"):
        said("reconcile")


def test_unwritable_folder_is_one_sentence(settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.SEARCH_URL = f"embedded://{tmp_path / 'file' / 'index'}"
    with pytest.raises(CommandError, match="can't be written"):
        said("rebuild")


def test_without_search_each_action_says_so(settings) -> None:
    settings.SEARCH_URL = "null://"
    assert "Search is off" in said("rebuild")
    assert "Search is off" in said("status")


def test_action_is_required() -> None:
    with pytest.raises(CommandError):
        said()


@pytest.mark.parametrize(
    "url",
    ["", "embedded://", "embedded://relative/folder", "embedded:/index", "gopher://host", "elasticsearch", "null"],
)
def test_search_url_that_names_no_engine_is_found_by_check(settings, url: str) -> None:
    settings.SEARCH_URL = url
    (error,) = check_search_url(None)
    assert error.id == "search.E001"
    assert "embedded://" in error.msg


def test_check_repeats_no_password(settings) -> None:
    settings.SEARCH_URL = "elastic://user:secret@host"
    assert "secret" not in check_search_url(None)[0].msg


@pytest.mark.parametrize("url", ["null://", "embedded:///srv/papers/index", "embedded:///srv/with #odd?/index"])
def test_search_url_that_names_an_engine_passes(settings, url: str) -> None:
    settings.SEARCH_URL = url
    assert check_search_url(None) == []
