"""Files of papers: how they are unpacked and decoded, and under which names their columns are known."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from ingest.clean import BadRecord
from ingest.sources import bibtex, csv_rows, jsonl, paperlists
from ingest.sources.base import Asked, Bad, BadPage, Got, Source
from ingest.sources.files import known_as, names_of, row_of
from ingest.sources.unpack import decoded, lines_of, unpacked
from ingest.uploads import LIMIT, TooLong, keep_upload, read_upload

PLAIN = b'{"title": "Counting Sheep"}\n'


def zipped(members: Mapping[str, bytes], way: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", way) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def read(source: Source, text: str | bytes) -> tuple[list[str], list[Bad]]:
    """The titles, and what is wrong."""

    def get(url: str, *, expect: str = "", missing_ok: bool = False) -> Got:
        raise AssertionError("a file asks for nothing")

    body = text if isinstance(text, bytes) else text.encode()
    parts = list(source.pull(Asked("COLM", 2025, body=body), get))
    return [record.title for part in parts for record in part.records], [bad for part in parts for bad in part.bad]


# --- Unpacking ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "body",
    [
        PLAIN,
        gzip.compress(PLAIN),
        gzip.compress(PLAIN[:9]) + gzip.compress(b"") + gzip.compress(PLAIN[9:]) + bytes(512),
        lzma.compress(PLAIN),
        lzma.compress(PLAIN[:9]) + lzma.compress(PLAIN[9:]) + bytes(4),
        zipped({"papers.json": PLAIN}),
        zipped({"papers.json": PLAIN}, zipfile.ZIP_STORED),
        zipped({"data/": b"", "data/papers.json": PLAIN, "__MACOSX/data/._papers.json": b"\0\5\x16\7"}),
    ],
)
def test_a_file_is_read_however_it_is_packed(body: bytes) -> None:
    assert unpacked(body) == PLAIN


def _tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        info = tarfile.TarInfo("papers.json")
        info.size = len(PLAIN)
        archive.addfile(info, io.BytesIO(PLAIN))
    return file.getvalue()


def _locked() -> bytes:
    """A zip that says that it wants a password."""
    body = bytearray(zipped({"papers.json": PLAIN}))
    body[6] |= 1
    body[body.index(b"PK\1\2") + 8] |= 1
    return bytes(body)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (gzip.compress(PLAIN)[:-12], r"can't be unpacked \(gzip"),
        (gzip.compress(PLAIN) + b"more", r"can't be unpacked \(gzip"),
        (lzma.compress(PLAIN)[:-20], r"can't be unpacked \(xz: it is cut off"),
        (zipped({"papers.json": PLAIN})[:-30], r"can't be unpacked \(zip"),
        (_locked(), "it wants a password: pack it without one"),
        (zipped({}), "there are 0 files in it"),
        (zipped({"a.json": PLAIN, "b.json": PLAIN}), "there are 2 files in it: pack the one with the papers alone"),
        (zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}), "save the table as CSV"),
        (gzip.compress(lzma.compress(PLAIN)), r"packed twice \(gzip, xz\): unpack it once"),
        (zipped({"papers.json.gz": gzip.compress(PLAIN)}), r"packed twice \(zip, gzip\)"),
        (_tar(), "it is a tar file"),
        (bz2.compress(PLAIN), "it is a bzip2 file: give one that is plain, or packed by gzip, xz or zip"),
        (b"%PDF-1.7\n", "it is a PDF file"),
    ],
)
def test_what_cannot_be_unpacked_says_what_to_do(body: bytes, says: str) -> None:
    with pytest.raises(BadPage, match=says):
        decoded(unpacked(body))


def test_a_packed_file_with_any_byte_changed_is_read_or_refused() -> None:
    for whole in (gzip.compress(PLAIN, mtime=0), lzma.compress(PLAIN), zipped({"papers.json": PLAIN})):
        for at in range(6, len(whole)):
            for change in (1, 0x80, 0xFF):
                body = whole[:at] + bytes([whole[at] ^ change]) + whole[at + 1 :]
                assert _tried(body) in (PLAIN, None), (at, change)


def _tried(body: bytes) -> bytes | None:
    """What is in it, or None where it is refused; any other error is one of ours."""
    try:
        return unpacked(body)
    except BadPage:
        return None


def test_an_upload_is_kept_as_it_was_given_and_no_longer_than_allowed(db: None) -> None:
    body = zlib.compress(PLAIN)
    upload = keep_upload(name="pa\0pers\n.json", body=io.BytesIO(body), by="ada")
    upload.refresh_from_db()
    assert (read_upload(upload), upload.size, upload.name, upload.by) == (body, len(body), "papers .json", "ada")
    with pytest.raises(TooLong, match=r"big\.json is longer than 100 MB: give it in parts, or packed by gzip\."):
        keep_upload(name="big.json", body=bytes(LIMIT + 1))


# --- Text --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_is_utf_8_or_a_utf_16_that_says_so(encoding: str) -> None:
    assert decoded("title;Ä\n".encode(encoding)) == "title;Ä\n"
    assert read(csv_rows.SOURCE, "title;authors\nÄpfel;Zoë Ünal\n".encode(encoding)) == (["Äpfel"], [])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("title\nok\nÄpfel\n".encode("latin-1"), "line 3 is not UTF-8: save the file as UTF-8"),
        ("title".encode("utf-16") + b"\0", "line 1 is not UTF-16, as its beginning says"),
    ],
)
def test_text_in_another_encoding_is_told_by_its_line(body: bytes, says: str) -> None:
    with pytest.raises(BadPage, match=says):
        decoded(body)


def test_lines_end_however_a_program_ends_them() -> None:
    text = "a\nb\r\nc\rd\n\n\u2028e\x0bf\n"
    assert [line.rstrip("\r\n") for line in lines_of(text)] == ["a", "b", "c", "d", "", "\u2028e\x0bf"]
    assert "".join(lines_of(text)) == text


# --- Columns -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "known"),
    [
        *(("Title", "title"), ("Paper Title", "title"), ("\ufefftitle ", "title"), ("Author(s)", "authors")),
        *(("Author", "authors"), ("Author Names", "authors"), ("Abstract", "abstract"), ("URL", "site")),
        *(("Forum", "site"), ("PDF", "pdf"), ("PDF URL", "pdf"), ("pdf_link", "pdf"), ("DOI", "doi")),
        *(("Paper ID", "id"), ("Decision", "status"), ("Type", "group"), ("Session", "track"), ("Licence", "license")),
        *(("rating", ""), ("", ""), ("gs_citation", ""), ("keywords", ""), ("authors#_avg", "")),
    ],
)
def test_columns_are_known_by_their_usual_names(name: str, known: str) -> None:
    assert known_as(name) == known


def test_of_two_columns_with_one_meaning_the_first_that_says_something_counts() -> None:
    assert (
        row_of({"url": "", "Link": "https://a.example/", "site": "https://b.example/"})["site"] == "https://a.example/"
    )


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ("Ada Author; Bob Writer;", ["Ada Author", "Bob Writer"]),
        ("Author, Ada; van Writer, Bob; Chair, Jr., Cy", ["Ada Author", "Bob van Writer", "Cy Chair Jr."]),
        ("Ada Author, Jr.; Bob Writer", ["Ada Author Jr.", "Bob Writer"]),
        ("Ada Author, Bob Writer and Cy Chair", ["Ada Author", "Bob Writer", "Cy Chair"]),
        ('["Ada Author", "Bob Writer"]', ["Ada Author", "Bob Writer"]),
        (["Ada Author", None, "", {"name": "Bob Writer"}], ["Ada Author", "Bob Writer"]),
        ("", []),
    ],
)
def test_names_are_read_however_they_are_listed(told: object, names: Sequence[str]) -> None:
    assert names_of(told) == names


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"title": ["Counting Sheep"]}, "title is no text"),
        ({"title": "A", "pdf": {"value": "https://example.org/1.pdf"}}, "pdf is no text"),
        ({"title": "A", "authors": {"first": "Ada"}}, "authors is neither a list nor a text"),
        ({"title": "A", "authors": ["Ada", ["Bob"]]}, "authors has something that is no name"),
        ({"title": "A", "authors": [{"first": "Ada"}, 3]}, "authors has something that is no name"),
        ({"title": "A", "authors": "['Ada']"}, "authors begins like a list, and it is no JSON"),
    ],
)
def test_what_is_no_text_where_text_has_to_be_is_told(row: dict[str, Any], says: str) -> None:
    with pytest.raises(BadRecord, match=says):
        row_of(row)


def test_a_paper_without_an_id_has_the_same_key_in_the_next_file() -> None:
    one, other = (row_of({"title": title, "authors": "Zoë Ünal"}) for title in ("Counting Sheep!", "Counting  sheep"))
    assert one["id"] == other["id"] == "unal-counting-sheep"
    assert row_of({"title": "数羊", "authors": ""})["id"] == row_of({"title": "数羊"})["id"] != ""


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        *(({}, True), ({"year": 2025}, True), ({"year": "2025.0"}, True), ({"year": 2025.0}, True)),
        *(({"year": 2024}, False), ({"year": "MMXXV"}, False), ({"year": 2025, "venue": "ICLR"}, False)),
        *(({"year": 2025, "venue": "COLM 2025"}, True), ({"year": 2025, "venue": "colm"}, True)),
    ],
)
def test_papers_of_other_editions_are_left_out_and_counted(told: dict[str, Any], taken: bool) -> None:
    titles, bad = read(jsonl.SOURCE, json.dumps({"id": "a", "title": "A", **told}))
    said = [] if taken else [Bad("", "1 of 1 papers are of other editions, and were left out")]
    assert (titles, bad) == (["A"] if taken else [], said)


@pytest.mark.parametrize(
    "status",
    [
        *("Reject", "Desk Reject", "Withdraw", "Withdrawn", "Active", "Submitted to COLM", "Under Review"),
        *("Decision Pending", "Declined", "Not accepted"),
    ],
)
def test_what_the_venue_did_not_accept_is_counted_apart(status: str) -> None:
    body = f'[{{"id": "a", "title": "A", "status": "{status}"}}, {{"id": "b", "title": "B", "status": "Spotlight"}}]'
    (part,) = paperlists.SOURCE.pull(Asked("COLM", 2025, body=body.encode()), None)  # type: ignore[arg-type]
    assert ([record.title for record in part.records], part.unaccepted, part.bad) == (["B"], 1, ())


# --- CSV ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_a_table_may_be_written_with_other_signs_between_cells(sign: str) -> None:
    assert read(csv_rows.SOURCE, f"\n\nTitle{sign}Author\r\nOne{sign}Ada\r\n\r\n") == (["One"], [])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "names no column `title`; the columns that are read are title, authors"),
        ("name,abstract\nA,B\n", "names no column `title`"),
        ("Title,URL,Title\nA,B,C\n", "names the column 'Title' twice"),
        ('title,authors\n"A,B\nC,D\n', "line 2 opens a quotation mark that is never closed"),
        ('title,authors\n"' + "A,B\n" * 300_000 + '"', "line 2 has a cell of more than 1,000,000 characters"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(text: str, says: str) -> None:
    with pytest.raises(BadPage, match=says):
        read(csv_rows.SOURCE, text)


# --- JSON and BibTeX ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it is no list of papers in brackets"),
        ('{"papers": []}', "it is no list of papers in brackets"),
        ('[\n{"title": "A"},\n{"title": }]', r"entry 2: it is no JSON \(Expecting value, line 3, character 11\)"),
        ('[{"title": "A"} {"title": "B"}]', "entry 1: no comma stands behind it"),
        ('[{"title": "A"}', "entry 1: the list ends there without a bracket: it is cut off"),
        ('[{"title": "A"}] x', "entry 1: something stands behind the list"),
        ("<!DOCTYPE html>\n<html><body>papers</body></html>", "it is a web page and no file of papers"),
    ],
)
def test_a_list_that_cannot_be_read_says_where(text: str, says: str) -> None:
    with pytest.raises(BadPage, match=says):
        read(paperlists.SOURCE, text)


def test_values_that_json_does_not_have_are_nothing_and_long_numbers_do_no_harm() -> None:
    long = "1" * 6_000
    titles, bad = read(jsonl.SOURCE, f'{{"title": NaN}}\n{{"id": "b", "title": "B", "year": 2025, "x": {long}}}\n')
    assert (titles, [one.key for one in bad]) == (["B"], ["line 1"])


def test_lines_of_json_that_are_a_list_say_which_form_to_choose() -> None:
    with pytest.raises(BadPage, match="choose paperlists JSON"):
        read(jsonl.SOURCE, '[\n{"title": "A"}]')


def test_an_entry_of_bibtex_that_cannot_be_read_is_told_by_line_and_key() -> None:
    text = (
        "@inproceedings{a, title = {A}, author = {Author, Ada and {The Team}}}\n"
        "@inproceedings{b, title = {B}, Title = {C}}\n"
        "\n@inproceedings{c, title = {Never Closed\n@inproceedings{a, title = {Again}}\n"
        "@inproceedings{d, title = {D}}\n"
    )
    titles, bad = read(bibtex.SOURCE, text)
    assert titles == ["A", "D"]
    assert [(one.key, one.reason.partition(".")[0]) for one in bad] == [
        ("line 2 (b)", "'title' is there twice"),
        ("line 4", "Unexpected block start: `@inproceedings`"),
        ("line 5 (a)", "Duplicate entry key 'a'"),
    ]
