"""List E, what speaks of venues: one paper that a venue's import has twice, submissions that are no papers, and papers
that a later import does not have."""

import json
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from coolpapers.models import Edition, Paper
from ingest.works import link_works
from tests.coolpapers.test_lists import get
from tests.ingest import shelf

pytestmark = pytest.mark.django_db
POSTER = {"id": "VbLH04pRA3", "status": "Poster"}
LISTED = {"venue": "iclr", "year": 2021, "title": "Groups without Trees", "authors": ["Ada Author", "Bob Writer"]}


def load(tmp_path: Path, *lines: dict[str, Any]) -> None:
    path = tmp_path / "iclr.jsonl"
    path.write_text("".join(json.dumps(LISTED | line) + "\n" for line in lines))
    call_command("load_records", path, verbosity=0)


def test_e7_one_key_twice_in_an_import_is_one_paper(tmp_path: Path) -> None:
    load(tmp_path, POSTER, POSTER | {"title": "Groups"})
    assert Paper.objects.count() == 1


def test_e7_a_camera_ready_copy_under_another_key_is_the_same_work(client: Client, tmp_path: Path) -> None:
    load(tmp_path, POSTER, POSTER | {"id": "3052"})
    link_works()
    one, other = Paper.objects.order_by("pk")
    assert one.work_id == other.work_id is not None
    assert other.get_absolute_url() in get(client, one.get_absolute_url())


@pytest.mark.parametrize("status", ["Reject", "Desk Reject", "Withdraw", "Withdrawn", "Submitted", "Active"])
def test_e7_what_was_withdrawn_or_rejected_is_not_listed_as_accepted(
    client: Client, tmp_path: Path, status: str
) -> None:
    load(tmp_path, POSTER, {"id": "VbLH04pRA4", "status": status, "title": "Rejected"})
    (edition,) = Edition.objects.all()
    html = get(client, edition.get_absolute_url())
    assert "Groups without Trees" in html
    assert "Rejected" not in html


# --- E8: an import again, with one paper less --------------------------------------------------------------------
@pytest.fixture
def pull(settings: Any, tmp_path: Path) -> Iterator[Callable[[range], str]]:
    """Import COLM.2025 from a file with the papers of these numbers; what is said."""
    settings.DATA_DIR = tmp_path

    def pull(numbers: range) -> str:
        file, said = tmp_path / "colm.jsonl", StringIO()
        file.write_text("".join(json.dumps(shelf.paper(n)) + "\n" for n in numbers))
        words = ("COLM.2025", "--source", "shelf", "--file", str(file), "--expect", "418")
        call_command("pull", "venue", *words, stdout=said, stderr=said, verbosity=1)
        return said.getvalue()

    with shelf.registered():
        yield pull


def test_e8_a_paper_missing_from_an_import_is_flagged_and_stays(client: Client, pull: Callable[[range], str]) -> None:
    assert "Look: 418 papers" not in pull(range(418))
    said = pull(range(417))
    assert "Look: 417 papers found, 418 expected." in said
    assert "Look: 1 paper held here not found: kept, and marked as missing." in said
    assert Paper.objects.count() == 418
    flagged = Paper.objects.get(missing_since__isnull=False)
    assert flagged.key == "paper417@COLM.2025"
    assert flagged.title in get(client, flagged.get_absolute_url())
    pull(range(418))
    assert not Paper.objects.filter(missing_since__isnull=False).exists()
