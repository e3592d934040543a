"""K3 and K4, what speaks of files of papers: bombs and floods are refused with a sentence, in bounded memory and time;
a malformed row is told by its line; nothing in a file becomes markup or a link that runs; all or nothing is stored."""

import gzip
import io
import json
import lzma
import subprocess
import sys
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from coolpapers.models import Edition, Paper, Venue
from ingest import editions, jobs
from ingest.models import Request, Run, RunState, Upload, Visited
from ingest.sources.base import BadPage
from ingest.sources.registry import SOURCES
from ingest.sources.unpack import CHUNK, unpacked
from ingest.uploads import keep_upload
from tests.coolpapers.test_lists import get
from tests.ingest.clocks import NOON, standing_clock
from tests.upstream.places import FakePlaces, page

ROOT = Path(__file__).resolve().parents[2]
HOST = "files.example.org"
Pull = Callable[..., Run]


@pytest.fixture(autouse=True)
def _site(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    standing_clock(settings, tmp_path)


@pytest.fixture
def pull(db: None) -> Pull:
    """Give a file for COLM.2025, and pull (or preview) it; `address` instead of a file: ask for it there."""

    def pull(source: str, body: str | bytes = "", *, preview: bool = False, address: str = "") -> Run:
        data = body.encode() if isinstance(body, str) else body
        fields = {"address": address} if address else {}
        asked: dict[str, Any] = {"venue": "COLM", "year": 2025, "label": "", "source": source, "fields": fields}
        if not address:
            asked["upload"] = keep_upload(name="colm", body=data, by="ada").pk
        run = editions.ask_run({**asked, "preview": preview}, by="ada")
        jobs.perform(run.pk)
        run.refresh_from_db()
        return run

    return pull


@contextmanager
def within(seconds: float, megabytes: float) -> Iterator[None]:
    """No more time, and no more memory at any moment."""
    tracemalloc.start()
    began = time.monotonic()
    try:
        yield
        assert time.monotonic() - began < seconds
        assert tracemalloc.get_traced_memory()[1] < megabytes * 1e6
    finally:
        tracemalloc.stop()


# --- K3. Bombs ---------------------------------------------------------------------------------------------------
def _zip(size: int, way: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", way) as archive, archive.open("papers.json", "w") as member:
        for _ in range(size // CHUNK):
            member.write(bytes(CHUNK))
    return file.getvalue()


BOMBS = {
    "gzip": lambda: gzip.compress(bytes(CHUNK)) * 500,
    "xz": lambda: lzma.compress(bytes(CHUNK)) * 500,
    "zip": lambda: _zip(500 * CHUNK, zipfile.ZIP_DEFLATED),
    "zip-bzip2": lambda: _zip(20 * CHUNK, zipfile.ZIP_BZIP2),
    "zip-lzma": lambda: _zip(20 * CHUNK, zipfile.ZIP_LZMA),
}


@pytest.mark.parametrize("name", BOMBS)
def test_k3_a_bomb_is_refused_while_it_unpacks(name: str) -> None:
    bomb = BOMBS[name]()
    assert len(bomb) < 1_000_000
    says = "packed in an unusual way" if name in {"zip-bzip2", "zip-lzma"} else "more than 10 MB once unpacked"
    with within(20, megabytes=30), pytest.raises(BadPage, match=says):
        unpacked(bomb, 10 * CHUNK)


def test_k3_a_bomb_that_is_given_fails_its_run_with_a_sentence(pull: Pull) -> None:
    run = pull("jsonl", BOMBS["gzip"]())
    assert run.state == RunState.FAILED
    assert run.error == ("JSON Lines's answer can't be used: it has more than 400 MB once unpacked: give it in parts.")


def test_k3_a_bomb_in_a_packed_file_is_not_unpacked_further() -> None:
    inner = gzip.compress(bytes(100 * CHUNK))
    with within(5, megabytes=5), pytest.raises(BadPage, match="packed twice"):
        unpacked(gzip.compress(inner))


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (gzip.compress(b"") * 200_000 + gzip.compress(b"x"), b"x"),
        (gzip.compress(b"x") + bytes(4_000_000), b"x"),
        (lzma.compress(b"") * 900 + lzma.compress(b"x"), b"x"),
        (lzma.compress(b"x") * 100_000, None),
    ],
    ids=["gzip", "gzip-padded", "xz", "xz-many"],
)
def test_k3_a_file_of_many_packed_pieces_takes_no_time_that_grows_with_its_square(
    body: bytes, data: bytes | None
) -> None:
    began = time.monotonic()
    if data is None:
        with pytest.raises(BadPage, match="more than 1,000 streams: pack it anew"):
            unpacked(body)
    else:
        assert unpacked(body) == data
    assert time.monotonic() - began < 15


def test_k3_a_file_that_asks_for_four_gigabytes_to_unpack_it_does_not_get_them() -> None:
    body = bytearray(lzma.compress(b"{}"))
    size = (body[12] + 1) * 4
    assert body[14:16] == b"\x21\x01", "LZMA2, with one byte that says how much memory it wants"
    body[16] = 40
    body[12 + size - 4 : 12 + size] = zlib.crc32(body[12 : 12 + size - 4]).to_bytes(4, "little")
    with pytest.raises(BadPage, match="Memory usage limit exceeded"):
        unpacked(bytes(body))


def test_k3_a_zip_with_a_million_names_is_not_listed() -> None:
    central = b"PK\x01\x02" + bytes(24) + (1).to_bytes(2, "little") + bytes(16) + b"a"
    many = central * 1_000_000
    end = b"PK\x05\x06" + bytes(8) + len(many).to_bytes(4, "little") + (4).to_bytes(4, "little") + bytes(2)
    body = b"PK\x03\x04" + many + end
    with within(5, megabytes=1), pytest.raises(BadPage, match="more than 1,000 files in it"):
        unpacked(body)


# --- K3. Another thing than was asked for -------------------------------------------------------------------------
LISTED = [{"id": f"p{n}", "title": f"Sheep Number {n}", "author": "Ada Author;Bob Writer"} for n in range(3)]


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "text/html", "application/octet-stream", ""]
)
@pytest.mark.parametrize("packed", [False, True])
def test_k3_what_a_file_is_its_bytes_say_and_not_its_content_type(
    pull: Pull, settings: Any, content_type: str, packed: bool
) -> None:
    body = json.dumps(LISTED).encode()
    with FakePlaces(
        {HOST: lambda visit: page(gzip.compress(body) if packed else body, content_type=content_type)}
    ) as it:
        it.fault(HOST, page("", 404), "/robots.txt")
        settings.VENUE_UPSTREAM = it.url
        run = pull("paperlists", address=f"https://{HOST}/colm.json")
    assert (run.state, run.new, run.error) == (RunState.DONE, 3, "")


@pytest.mark.parametrize("source", ["paperlists", "jsonl", "csv", "bibtex"])
def test_k3_a_page_about_a_file_is_no_file(pull: Pull, settings: Any, source: str) -> None:
    about = "<!DOCTYPE html>\n<html><head><title>title, authors</title></head><body>@a{b, title={C}}</body></html>"
    with FakePlaces({HOST: lambda visit: page(about, content_type="application/json")}) as it:
        it.fault(HOST, page("", 404), "/robots.txt")
        settings.VENUE_UPSTREAM = it.url
        run = pull(source, address=f"https://{HOST}/blob/colm")
    assert (run.state, Paper.objects.count()) == (RunState.FAILED, 0)
    assert "it is a web page and no file of papers: give the address of the file itself." in run.error


# --- K3. Floods --------------------------------------------------------------------------------------------------
FLOOD = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (700_000_000,) * 2)
from ingest.sources.base import Asked, BadPage
from ingest.sources.registry import SOURCES
name, row, first, last, between = sys.argv[1:]
body = (first + between.join([row] * 1_000_000) + last).encode()
try:
    for part in SOURCES[name].pull(Asked("COLM", 2025, body=body), None):
        pass
except BadPage as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited by what only Linux has")
@pytest.mark.parametrize(
    ("source", "row", "first", "last", "between"),
    [
        ("paperlists", '{"title": "", "id": 1}', "[", "]", ","),
        ("jsonl", '{"title": "", "id": 1}', "", "", "\n"),
        ("csv", ",1", "title,id\n", "\n", "\n"),
        ("bibtex", "@a{b, title={C}}", "", "", "\n"),
        ("bibtex", "@a{", "", "", "\n"),
    ],
)
def test_k3_a_million_rows_are_refused_in_the_memory_of_a_small_worker(
    source: str, row: str, first: str, last: str, between: str
) -> None:
    command = [sys.executable, "-c", FLOOD, source, row, first, last, between]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    kind = "entries" if source == "bibtex" else "papers"
    assert (run.returncode, run.stdout) == (0, f"it has more than 200,000 {kind}: give one edition at a time\n"), (
        run.stderr[-500:]
    )


@pytest.mark.parametrize(
    ("source", "body", "says"),
    [
        ("paperlists", "[" * 200_000, "entry 1: it is nested too deeply"),
        ("paperlists", '[{"title": ' + "[" * 900 + "]" * 900 + "}]", "The first of 1 entries: title is no text"),
        ("jsonl", '{"title": "A", "x": ' + '{"a":' * 200_000, "The first of 1 entries: it is nested too deeply"),
        ("jsonl", '{"title": "A", "authors": ' + "[" * 900 + "]" * 900 + "}", "authors has something that is no name"),
        (
            "csv",
            'title,authors\nA,"' + "[" * 200_000 + '"\n',
            "authors begins like a list, and it is nested too deeply",
        ),
        ("bibtex", "@a{b, title={" + "{" * 200_000, "Unexpectedly reached end of file"),
        ("bibtex", "@a{b, author={" + "{" * 50_000 + " and " + "}" * 50_000 + "}}", "there is no title"),
    ],
)
def test_k3_what_is_nested_without_end_is_refused_with_a_sentence(
    pull: Pull, source: str, body: str, says: str
) -> None:
    run = pull(source, body)
    assert run.state == RunState.FAILED
    assert says in run.error


def test_k3_an_entry_with_a_key_twice_costs_only_itself(pull: Pull) -> None:
    told = '[{"id": "a", "title": "Honest", "title": "Other"}, {"id": "b", "title": "Whole", "x": {"y": 1, "z": 2}}]'
    run = pull("paperlists", told)
    assert (run.new, run.notes) == (1, ["entry 1: 'title' is there twice"])
    assert Paper.objects.get().title == "Whole"
    lines = '{"id": "b", "title": "Whole"}\n{"id": "c", "title": "C", "x": {"y": 1, "y": 2}}\n'
    assert pull("jsonl", lines).notes == ["line 2: 'y' is there twice"]


# --- K4. A malformed row -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("source", "body", "notes"),
    [
        (
            "csv",
            'title,authors,id\n"One\nand a Half",Ada,1\nTwo,Bob\n"Three"?,Cy,3\n,Nobody,4\nFive,Eve,5\n',
            [
                "line 4: it has 2 cells, the first line has 3",
                "line 5: it is no CSV (',' expected after '\"')",
                "line 6: there is no title",
            ],
        ),
        (
            "jsonl",
            '{"id": "1", "title": "One"}\n\n{"id": "2", "title": "Two"\n["Three"]\n{"id": "5", "title": "Five"}\n',
            [
                "line 3: it is no JSON (Expecting ',' delimiter, character 27)",
                "line 4: it is no object in braces",
            ],
        ),
        (
            "paperlists",
            '[{"id": "1", "title": "One"}, "Two", {"id": "3", "author": "Cy"}, {"id": "5", "title": "Five"}]',
            ["entry 2: it is no object in braces", "entry 3: there is no title"],
        ),
        (
            "bibtex",
            "@a{one, title={One}}\n\n@a{two, title={Two\n@a{three, author={Cy}}\n@a{five, title={Five}}\n",
            [
                "line 3: Unexpected block start: `@a`. Was still looking for field-value closing `}`",
                "line 4 (three): there is no title",
            ],
        ),
    ],
)
def test_k4_a_malformed_row_is_told_by_its_line_and_costs_only_itself(
    pull: Pull, source: str, body: str, notes: list[str]
) -> None:
    run = pull(source, body)
    assert (run.state, run.new, run.bad) == (RunState.DONE, 2, len(notes))
    assert sorted(run.notes) == sorted(notes)
    assert f"{len(notes)} entries not readable: listed with the reasons." in run.report["warnings"]


def test_k4_of_a_hundred_thousand_malformed_rows_the_first_are_told(pull: Pull) -> None:
    run = pull("jsonl", '{"id": "1", "title": "One"}\n' + "{\n" * 100_000)
    assert (run.new, run.bad, len(run.notes), run.notes[0][:7]) == (1, 100_000, 50, "line 2:")


def test_k4_what_is_told_of_a_row_can_be_stored_in_any_database(pull: Pull) -> None:
    run = pull("bibtex", "@a{k\0\ud7ff, title={One}}\n@a{k\0\ud7ff, title={Two}}\n@a{m, \0x={1}, \0x={2}}\n")
    assert (run.new, len(run.notes)) == (1, 2)
    assert "\0" not in "".join(run.notes)


# --- K4. Markup, links and formulas --------------------------------------------------------------------------------
EVIL = 'Sheep <script>alert(1)</script> & <img src=x onerror=alert(2)> "quoted" </title><b>bold</b>'
ROW = {
    "id": "evil",
    "title": EVIL,
    "authors": ["Ada <script>alert(3)</script>", "=cmd|' /C calc'!A0"],
    "abstract": "<svg/onload=alert(4)> and <!-- a comment",
    "group": "<i>Oral</i>",
    "site": "javascript:alert(5)",
    "pdf": "data:text/html;base64,PHNjcmlwdD4=",
}
HARMFUL = (
    "<script>alert",
    "<img src=x",
    "<svg",
    "onerror=alert(2)>",
    "<i>Oral",
    "javascript:",
    "data:text",
    "</title><b>",
)


def _csv(row: dict[str, Any]) -> str:
    cells = {**row, "authors": ";".join(row["authors"])}.values()
    return ",".join(row) + "\n" + ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"


def _bibtex(row: dict[str, Any]) -> str:
    told = {**row, "author": " and ".join(row["authors"]), "url": row["site"]}
    return (
        "@a{evil, "
        + ", ".join(f"{name} = {{{told[name]}}}" for name in ("title", "author", "abstract", "group", "url", "pdf"))
        + "}"
    )


FORMS: dict[str, Callable[[dict[str, Any]], str]] = {
    "jsonl": json.dumps,
    "paperlists": lambda row: json.dumps([{**row, "author": ";".join(row["authors"])}]),
    "csv": _csv,
    "bibtex": _bibtex,
}


@pytest.mark.parametrize("source", FORMS)
def test_k4_markup_in_a_file_is_text_on_every_page(client: Client, pull: Pull, source: str) -> None:
    run = pull(source, FORMS[source](ROW))
    assert (run.state, run.new, run.bad) == (RunState.DONE, 1, 0), run.notes
    paper = Paper.objects.get()
    assert "<script>alert(1)</script>" in paper.title
    for path in ("/venue/COLM.2025", "/venue/COLM", paper.get_absolute_url(), f"{paper.get_absolute_url()}/bibtex"):
        answer = client.get(path)
        html = answer.content.decode()
        if answer.headers["Content-Type"].startswith("text/html"):
            assert not [harm for harm in HARMFUL if harm in html], path
    assert "Sheep &lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;img" in get(client, "/venue/COLM.2025")


@pytest.mark.parametrize("source", FORMS)
@pytest.mark.parametrize(
    "address",
    [
        *("javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)", "vbscript:x"),
        *(
            "data:text/html,<b>x</b>",
            "file:///etc/passwd",
            "//example.org/a.pdf",
            "a.pdf",
            "https://",
            "blob:https://a/b",
        ),
    ],
)
def test_k4_a_link_that_is_no_address_of_the_web_is_none(pull: Pull, source: str, address: str) -> None:
    run = pull(source, FORMS[source]({**ROW, "site": address, "pdf": address}))
    assert (run.new, run.bad) == (1, 0)
    paper = Paper.objects.get()
    assert (paper.source_url, paper.pdf_url) == ("", "")


def test_k4_a_cell_that_looks_like_a_formula_is_text(client: Client, pull: Pull) -> None:
    formula = '=HYPERLINK("http://evil.example","open")'
    pull("csv", _csv({**ROW, "title": formula, "abstract": "@SUM(1+1)*cmd|' /C calc'!A0"}))
    assert Paper.objects.get().title == formula
    html = get(client, "/venue/COLM.2025")
    assert "=HYPERLINK(&quot;http://evil.example&quot;" in html
    assert 'href="http://evil.example' not in html


# --- K4. All or nothing, and previews ------------------------------------------------------------------------------
def rows(count: int) -> list[dict[str, Any]]:
    return [{"id": f"p{n}", "title": f"Sheep Number {n}", "author": f"Ada Author{n}"} for n in range(count)]


def counted() -> dict[str, int]:
    """Rows of each table but those that a run itself is."""
    of_runs = {Run, Upload, Visited, Request}
    return {model._meta.label: model._default_manager.count() for model in apps.get_models() if model not in of_runs}


def test_k4_a_file_that_is_cut_off_leaves_nothing(pull: Pull) -> None:
    before = counted()
    run = pull("paperlists", json.dumps(rows(2_500))[:-1])
    assert run.state == RunState.FAILED
    assert "entry 2,500: the list ends there without a bracket: it is cut off" in run.error
    assert counted() == before


def test_k4_a_pull_that_fails_while_it_saves_leaves_what_was_there(pull: Pull) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the fault is a trigger of SQLite")
    pull("paperlists", json.dumps(rows(10)))
    before, held = counted(), list(Paper.objects.order_by("pk").values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TRIGGER full BEFORE INSERT ON {Paper._meta.db_table} WHEN NEW.title = 'Sheep Number 1500'"
            " BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    changed = [{**row, "abstract": "It is new."} for row in rows(1_600)]
    run = pull("paperlists", json.dumps(changed))
    assert (run.state, run.new, run.report) == (RunState.DUE, 0, {})
    assert "the disk is full" in run.error
    assert (counted(), list(Paper.objects.order_by("pk").values())) == (before, held)


def test_k4_every_form_of_files_is_tried_here() -> None:
    assert set(FORMS) == {name for name, source in SOURCES.items() if source.reads_file}


@pytest.mark.parametrize("source", FORMS)
def test_k4_a_preview_of_a_file_writes_nothing_and_a_pull_does_what_it_told(pull: Pull, source: str) -> None:
    before, body = counted(), FORMS[source](ROW)
    preview = pull(source, body, preview=True)
    assert (preview.state, preview.new, counted()) == (RunState.DONE, 1, before)
    assert not Venue.objects.exists()
    assert (preview.report["papers"], preview.report["samples"][0]["title"]) == (1, EVIL)
    run = pull(source, body)
    assert run.report["samples"] == preview.report["samples"]
    assert Edition.objects.get().pulled is not None
    assert Edition.objects.get().added >= NOON
    again = pull(source, body, preview=True)
    assert (again.new, again.changed, again.same) == (0, 0, 1)
