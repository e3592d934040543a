"""Files of papers: unpacked, read as text, and told by line where something is wrong.

Input: the file that somebody gave (`Asked.body`) or the one at the field `address`, plain or packed by gzip, xz or zip.
Guarantees: no more than UNPACKED bytes come out, whatever a file promises; nothing in a file is run, and no other file
is opened because of it; text is UTF-8, or UTF-16 that says so.
"""

import io
import lzma
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from ingest.clean import split_names
from ingest.sources.base import Asked, Bad, BadPage, Field, Get, Part
from ingest.sources.rows import Row, Rows

UNPACKED = 400_000_000  # bytes
ROWS = 200_000  # papers of a file; the largest edition has 6,000
CHUNK = 1_000_000
PACKED = {b"\x1f\x8b": "gzip", b"\xfd7zXZ\x00": "xz", b"PK\x03\x04": "zip"}
ADDRESS = Field(
    "address",
    "Address",
    "Of the file, where none is given here; it may be packed by gzip, xz or zip.",
    "https://example.org/colm2025.json",
    pattern=r"https?://\S{4,1000}",
    required=False,
)


def read_text(asked: Asked, get: Get) -> str:
    """The file's text; BadPage says what to do about one that can't be read."""
    body = asked.body if asked.body is not None else get(asked.fields["address"]).body
    return decoded(unpacked(body))


# --- Unpacking ---------------------------------------------------------------------------------------------------
def unpacked(body: bytes, limit: int = UNPACKED) -> bytes:
    """What is packed in it, or itself."""
    kind = packing(body)
    try:
        if kind == "gzip":
            data = _bounded(_inflated(body), limit)
        elif kind == "xz":
            with lzma.LZMAFile(io.BytesIO(body)) as file:
                data = _bounded(_in_chunks(file), limit)
        elif kind == "zip":
            data = _of_zip(body, limit)
        else:
            return body
    except (
        OSError,
        EOFError,
        lzma.LZMAError,
        zlib.error,
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise BadPage(f"it can't be unpacked ({kind}: {str(error)[:100] or 'it is cut off'})") from None
    if packing(data):
        raise BadPage(f"it is packed twice ({kind}, {packing(data)}): unpack it once")
    return data


def packing(body: bytes) -> str:
    """gzip, xz, zip, or "" for a plain file."""
    return next((name for magic, name in PACKED.items() if body.startswith(magic)), "")


def _bounded(parts: Iterable[bytes], limit: int) -> bytes:
    data = bytearray()
    for part in parts:
        data += part
        if len(data) > limit:
            raise BadPage(f"it has more than {limit // 10**6} MB once unpacked: give it in parts")
    return bytes(data)


def _in_chunks(file: Any) -> Iterator[bytes]:
    while part := file.read(CHUNK):
        yield part


def _inflated(body: bytes) -> Iterator[bytes]:
    """All members of a gzip file, never more than a chunk at a time."""
    rest = body
    while rest:
        member = zlib.decompressobj(wbits=31)
        part = member.decompress(rest, CHUNK)
        while part or member.unconsumed_tail:
            yield part
            part = member.decompress(member.unconsumed_tail, CHUNK)
        if not member.eof:
            raise EOFError
        rest = member.unused_data.lstrip(b"\0")


def _of_zip(body: bytes, limit: int) -> bytes:
    """The one file that is in it."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
        if len(members) != 1:
            raise BadPage(f"there are {len(members)} files in it: pack the one with the papers alone")
        with archive.open(members[0]) as file:
            return _bounded(_in_chunks(file), limit)


# --- Text --------------------------------------------------------------------------------------------------------
def decoded(data: bytes) -> str:
    """As text; BadPage names the line that is none."""
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadPage(f"line {line:,} is not UTF-8: save the file as UTF-8") from None


# --- Rows --------------------------------------------------------------------------------------------------------
# How columns and keys are called, in lower case and without what is no letter.
_NAMES = {
    "title": "title papertitle",
    "authors": "authors author names authorlist",
    "abstract": "abstract summary",
    "group": "group type presentation",
    "track": "track volume session booktitle",
    "status": "status decision",
    "site": "site url link page website forum oa",
    "pdf": "pdf pdfurl pdflink",
    "doi": "doi",
    "id": "id paperid key number",
    "comments": "comments comment note",
    "license": "license licence",
    "venue": "venue conference",
    "year": "year",
}
KNOWN = {spelling: name for name, spellings in _NAMES.items() for spelling in spellings.split()}


def known_as(name: str) -> str:
    """The row's name of a column or key, or ""."""
    return KNOWN.get(re.sub(r"[^a-z]", "", name.lower()), "")


def row_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says of a paper, under the names of rows; the first of two columns with one meaning that says
    something. Names of authors may stand in one text."""
    row: dict[str, Any] = {}
    for name, value in told.items():
        known = known_as(name)
        if known and value not in (None, "", []) and known not in row:
            row[known] = value
    row["authors"] = names_of(row.get("authors", []))
    row["id"] = id_of(row)
    return row


def names_of(told: object) -> list[str]:
    """A list of names, or one text with semicolons, or commas, between them."""
    if isinstance(told, list | tuple):
        return [str(name.get("name", "") if isinstance(name, dict) else name) for name in told]
    text = str(told)
    return [name.strip() for name in text.split(";") if name.strip()] if ";" in text else split_names(text)


def id_of(row: Mapping[str, Any]) -> str:
    """The paper's own id with letters that a key may have; where there is none, one made of the first author and the
    title, so that the paper has the same key in the next file."""
    if own := re.sub(r"[^A-Za-z0-9_.-]+", "-", str(row.get("id", ""))).strip("-.")[:100]:
        return own
    title, authors = str(row.get("title", "")), row["authors"]
    first = authors[0].split()[-1] if authors and authors[0].split() else ""
    plain = unicodedata.normalize("NFKD", f"{first} {title}").encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    if not words:
        return sha256(f"{first} {title}".encode()).hexdigest()[:16] if title.strip() else ""
    return "-".join(words)[:80].rstrip("-")


def part_of(asked: Asked, told: Iterable[tuple[str, Mapping[str, Any] | Bad]]) -> Part:
    """All papers of a file: `told` has each line's name, and what is in it or what is wrong with it. Papers of other
    editions are left out and counted."""
    rows, bad, others, count = list[tuple[str, Row]](), list[Bad](), 0, 0
    for name, entry in told:
        count += 1
        if count > ROWS:
            raise BadPage(f"it has more than {ROWS:,} papers: give one edition at a time")
        if isinstance(entry, Bad):
            bad.append(entry)
            continue
        row = row_of(entry)
        if is_of_another(row, asked):
            others += 1
        else:
            rows.append((name, row))
    if others:
        bad.append(Bad("", f"{others:,} of {count:,} papers are of other editions, and were left out"))
    return Rows(asked).part(rows, bad=bad)


def is_of_another(row: dict[str, Any], asked: Asked) -> bool:
    """Whether it says that it is of another year, or of another venue and that year."""
    year, venue = row.pop("year", None), row.pop("venue", None)
    if year is not None and str(year).strip() != str(asked.year):
        return True
    said, wanted = (re.sub(r"[^a-z0-9]", "", str(name).lower()) for name in (venue or "", asked.venue))
    return bool(said) and said.isalpha() and wanted not in said and said not in wanted and year is not None
