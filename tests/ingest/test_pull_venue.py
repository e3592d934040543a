"""`manage.py pull venue`: what it takes, what it says, and that a dry run writes no paper."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from coolpapers.models import Edition, Paper, Venue, VenueName
from ingest.models import Run, RunState
from tests.ingest import shelf
from tests.ingest.clocks import NOON, standing_clock
from tests.ingest.shelf import paper

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _site(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    standing_clock(settings, tmp_path)
    with shelf.registered():
        yield


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Twelve papers, and one entry that is none."""
    rows = [paper(n, "Oral" if n < 2 else "Poster") for n in range(12)] + [{"id": "broken"}]
    path = tmp_path / "colm.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def pull(*words: str) -> str:
    """What it says."""
    said = StringIO()
    call_command("pull", "venue", *words, stdout=said, stderr=said, verbosity=1)
    return said.getvalue()


def test_it_makes_venue_and_edition_and_stores_the_papers(file: Path) -> None:
    said = pull("COLM.2025", "--source", "shelf", "--file", str(file))
    assert "12 new, 0 changed, 0 already here, 1 bad" in said
    assert "entry 13: there is no title" in said
    edition = Edition.objects.get()
    assert (str(edition), edition.source, edition.pulled) == ("COLM.2025", "shelf", NOON)
    assert edition.counted_groups() == [("Oral", 2), ("Poster", 10)]


def test_a_dry_run_tells_the_same_and_writes_no_paper(file: Path) -> None:
    said = pull("COLM.2025", "--source", "shelf", "--file", str(file), "--dry-run")
    assert "12 new" in said
    assert "2 Oral" in said
    assert "paper0@COLM.2025  Attention and Attention" in said
    assert "That was a preview: no paper was written." in said
    for model in (Venue, Edition, Paper):
        assert not model.objects.exists()


def test_an_expected_number_is_kept_and_told_when_it_is_not_met(file: Path) -> None:
    assert "Look: 12 papers found, 13 expected." in pull(
        "COLM.2025", "--source", "shelf", "--file", str(file), "--expect", "13"
    )
    assert "13 expected" in pull("COLM.2025", "--file", str(file))
    assert Edition.objects.get().expected == 13


def test_a_venue_is_found_by_another_name_and_an_edition_by_its_label(file: Path) -> None:
    VenueName.objects.create(code="CLM", venue=Venue.objects.create(code="COLM"))
    pull("clm.2025-Fall", "--source", "shelf", "--file", str(file))
    assert str(Edition.objects.get()) == "COLM.2025-Fall"
    file.write_text(json.dumps(paper(50)))
    pull("COLM.2025", "--source", "shelf", "--file", str(file))
    assert [str(edition) for edition in Edition.objects.order_by("pk")] == ["COLM.2025-Fall", "COLM.2025"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "Say which edition"),
        (["COLM"], "'COLM' is no edition: write it as COLM.2025"),
        (["COLM.2025"], "Say by --source where it is pulled from"),
        (["COLM.2025", "--source", "nowhere"], "invalid choice: 'nowhere'"),
        (["COLM.2025", "--source", "shelf", "--field", "shelf"], "'shelf' is no field"),
        (["COLM.2025", "--source", "shelf", "--field", "shelf=9"], "'9' can't be right: write it like colm"),
        (["COLM.2025", "--source", "shelf", "--field", "other=1"], "Shelf has no field other"),
        (["COLM.2025", "--source", "shelf", "--file", "/nowhere/at.all"], "can't be read"),
        (["--run", "77"], "Run 77 is over, or there is none"),
    ],
)
def test_what_makes_no_sense_is_told(words: list[str], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        pull(*words)
    assert not Run.objects.exists()


def test_a_run_that_fails_says_what_and_ends_with_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text('{"id": "x"}\n')
    with pytest.raises(CommandError, match=r"no accepted paper for COLM\.2025\. The first of 1 entries: there is"):
        pull("COLM.2025", "--source", "shelf", "--file", str(tmp_path / "empty.jsonl"))
    assert Run.objects.get().state == RunState.FAILED
    assert not Venue.objects.exists()
