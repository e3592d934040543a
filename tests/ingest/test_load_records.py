"""`manage.py load_records` through its own door: any size, any compression, no bad line stops or loses the rest."""

import gzip
import io
import json
import lzma
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from coolpapers.models import Paper

pytestmark = pytest.mark.django_db


def lines(count: int, **changes: Any) -> list[str]:
    return [
        json.dumps({"id": f"2401.{n:05d}", "title": f"Paper {n}", "authors": ["A"], "categories": ["cs.CL"]} | changes)
        for n in range(1, count + 1)
    ]


def load(*paths: Path) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("load_records", *map(str, paths), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("name", "pack"), [("a.jsonl", bytes), ("a.jsonl.gz", gzip.compress), ("a.jsonl.xz", lzma.compress)]
)
def test_file_loads_in_any_compression(tmp_path: Path, name: str, pack: Any) -> None:
    path = tmp_path / name
    path.write_bytes(pack("\n".join(lines(7)).encode()))
    out, _err = load(path)
    assert "7 records: 7 new" in out
    assert Paper.objects.count() == 7


def test_loading_again_changes_nothing_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(lines(5)))
    load(path)
    out, _err = load(path)
    assert "0 new, 0 changed, 5 already here" in out
    assert "Nothing changed." in out


def test_bad_line_is_named_counted_and_loses_nothing(tmp_path: Path) -> None:
    good = lines(4)
    path = tmp_path / "a.jsonl"
    path.write_text(
        "\n".join(
            [good[0], "{broken", good[1], "", '{"id": "x", "title": "t"}', "[" * 100_000, good[2], "null", good[3]]
        )
    )
    out, err = load(path)
    assert "4 new" in out
    assert "4 bad lines" in out
    for number, word in ((2, "JSON"), (5, "identifier"), (6, "JSON"), (8, "object")):
        assert f"{path}:{number}: " in err
        assert word in next(line for line in err.splitlines() if line.startswith(f"{path}:{number}:"))


def test_many_bad_lines_are_counted_not_all_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("bad\n" * 500 + lines(1)[0])
    out, err = load(path)
    assert "500 bad lines" in out
    assert "1 new" in out
    assert len(err.splitlines()) < 30


def test_damaged_archive_keeps_what_was_readable(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    packed = gzip.compress("\n".join(lines(3000)).encode())
    path.write_bytes(packed[: len(packed) // 2])
    out, err = load(path)
    assert "damaged" in err
    assert "1 bad line" in out
    assert Paper.objects.count() > 500


def test_rejected_submissions_are_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    row = {
        "venue": "ICLR",
        "year": 2024,
        "title": "T",
        "authors": ["A"],
        "site": "https://openreview.net/forum?id=NGB6YNnO5o",
    }
    path.write_text(json.dumps(row | {"status": "Reject"}) + "\n" + json.dumps(row | {"status": "Poster"}))
    out, _err = load(path)
    assert "1 not accepted by their venue" in out
    assert [p.key for p in Paper.objects.all()] == ["NGB6YNnO5o@OpenReview"]


def test_missing_file_is_one_sentence() -> None:
    with pytest.raises(CommandError, match=r"nowhere\.jsonl: there is no such file"):
        call_command("load_records", "nowhere.jsonl")


def test_bulk_metadata_of_arxiv_is_a_format(tmp_path: Path) -> None:
    path = Path(__file__).parents[1] / "data" / "arxiv_bulk" / "in" / "lines.jsonl"
    out, err = io.StringIO(), io.StringIO()
    call_command("load_records", str(path), "--format", "arxiv-bulk", stdout=out, stderr=err)
    assert "3 new" in out.getvalue()
    assert "4 bad lines" in out.getvalue()
    assert f"{path}:5: there is no known category" in err.getvalue()
    paper = Paper.objects.get(key="math/0309136")
    assert (paper.withdrawn, paper.version) == (True, 1)
