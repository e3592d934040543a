"""Files of papers: read as text, under the names of rows, and told by line where something is wrong.

Input: the file that somebody gave (`Asked.body`) or the one at the field `address`, plain or packed (ingest.sources.
unpack). Guarantees: nothing in a file is run, and no other file is opened because of it; what is no text where text has
to be costs its row, never the file. The forms and their limits: docs/files.md.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from typing import Any

from ingest.clean import BadRecord, clean_text, split_names
from ingest.sources.base import Asked, Bad, BadPage, Field, Get, Part
from ingest.sources.json_text import read_value
from ingest.sources.rows import Row, Rows, natural_order
from ingest.sources.unpack import decoded, unpacked

ROWS = 200_000  # papers of a file; the largest edition has 6,000
LONGEST_NAME = 100  # characters of a column's
PART = 1_000  # of them at a time, so that whoever pulls gives signs of life between
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
    text = decoded(unpacked(body))
    if text[:1_000].lstrip().lower().startswith(("<!doctype html", "<html")):
        raise BadPage("it is a web page and no file of papers: give the address of the file itself")
    return text


# --- Rows --------------------------------------------------------------------------------------------------------
# How columns and keys are called, in lower case and without what is no letter.
_NAMES = {
    "title": "title papertitle",
    "authors": "authors author authornames authorlist names",
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
    return _known_as(name) if len(name) <= LONGEST_NAME else ""


@lru_cache(maxsize=1_000)  # asked of each cell
def _known_as(name: str) -> str:
    return KNOWN.get(re.sub(r"[^a-z]", "", name.lower()), "")


def row_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says of a paper, under the names of rows; the first of two columns with one meaning that says
    something. Raises BadRecord where something is no text."""
    row: dict[str, Any] = {}
    for name, value in told.items():
        known = known_as(name)
        if not known or known in row or value in (None, "", []):
            continue
        if known != "authors" and not isinstance(value, str | int | float):
            raise BadRecord(f"{known} is no text")
        row[known] = value
    row["authors"] = names_of(row.get("authors", []))
    row["id"] = id_of(row)
    return row


def names_of(told: object) -> list[str]:
    """Names from a list of them, of objects with `name`, or of one text: with semicolons between them, where a name may
    be written as "Last, First", or commas, or as a list in JSON. Raises BadRecord."""
    if isinstance(told, str):
        if told.lstrip().startswith("["):
            return names_of(_list_in(told))
        if ";" in told:
            return [natural_order(name.strip()) for name in told.split(";") if name.strip()]
        return split_names(told)
    if not isinstance(told, list | tuple):
        raise BadRecord("authors is neither a list nor a text")
    names = [name.get("name") if isinstance(name, dict) else name for name in told]
    if not all(name is None or isinstance(name, str) for name in names):
        raise BadRecord("authors has something that is no name")
    return [name for name in names if name]


def _list_in(text: str) -> Any:
    try:
        return read_value(text)
    except ValueError as error:
        raise BadRecord(f"authors begins like a list, and {error}") from None


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


def parts_of(asked: Asked, told: Iterable[tuple[str, Any | Bad]]) -> Iterator[Part]:
    """All papers of a file: `told` has each line's name, and what is in it or what is wrong with it. Papers of other
    editions are left out and counted."""
    rows, entries = Rows(asked), iter(told)
    count = others = 0
    while some := list(islice(entries, PART)):
        count += len(some)
        if count > ROWS:
            raise BadPage(f"it has more than {ROWS:,} papers: give one edition at a time")
        part, left_out = _part(asked, rows, some)
        others += left_out
        yield part
    if others:
        yield Part(bad=(Bad("", f"{others:,} of {count:,} papers are of other editions, and were left out"),))


def _part(asked: Asked, rows: Rows, entries: Iterable[tuple[str, Any | Bad]]) -> tuple[Part, int]:
    """Of some of a file's entries, and how many of them are of other editions."""
    kept, bad, others = list[tuple[str, Row]](), list[Bad](), 0
    for name, entry in entries:
        if isinstance(entry, Bad):
            bad.append(entry)
            continue
        try:
            row = _row(entry)
        except BadRecord as error:
            bad.append(Bad(name, str(error)))
            continue
        if is_of_another(row, asked):
            others += 1
        elif not str(row.get("title", "")).strip():
            bad.append(Bad(name, "there is no title"))
        else:
            kept.append((name, row))
    return rows.part(kept, bad=bad), others


def _row(entry: object) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise BadRecord("it is no object in braces")
    return row_of(entry)


def is_of_another(row: dict[str, Any], asked: Asked) -> bool:
    """Whether it says that it is of another year, or of another venue and that year."""
    year, venue = row.pop("year", None), row.pop("venue", None)
    if year is not None and re.sub(r"\.0+$", "", clean_text(year)) != str(asked.year):  # tables make 2024.0 of a year
        return True
    said, wanted = (re.sub(r"[^a-z0-9]", "", str(name).lower()) for name in (venue or "", asked.venue))
    return bool(said) and said.isalpha() and wanted not in said and said not in wanted and year is not None
