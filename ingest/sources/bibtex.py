"""BibTeX, by the library bibtexparser: an entry a paper, in any of the usual spellings. @proceedings are no papers."""

import logging
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares.names import split_multiple_persons_names
from bibtexparser.model import Entry, ParsingFailedBlock

from ingest.clean import clean_text
from ingest.sources.base import Asked, Bad, BadPage, Get, Part, Source
from ingest.sources.files import ADDRESS, ROWS, parts_of, read_text
from ingest.sources.rows import natural_order

LONGEST = 50_000_000  # characters; the library takes up to 4 µs for one
NO_PAPERS = {"proceedings", "book", "misc_volume"}
_BLOCK = re.compile(r"@\w*[ \t]*[{(]")
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # the run tells what it says of each block


def read_bibtex(text: str) -> Iterator[tuple[str, dict[str, Any] | Bad]]:
    """Each entry, or what is wrong with it, by its line and key."""
    if len(text) > LONGEST:
        raise BadPage(f"it has more than {LONGEST // 10**6} MB: give it in parts")
    if sum(1 for _ in _BLOCK.finditer(text)) > ROWS:  # before the library makes objects of them
        raise BadPage(f"it has more than {ROWS:,} entries: give one edition at a time")
    for block in parse_string(text).blocks:
        if isinstance(block, ParsingFailedBlock):
            name = _name(block.start_line, block.ignore_error_block)
            yield name, Bad(name, _reason(block))
        elif isinstance(block, Entry) and block.entry_type.lower() not in NO_PAPERS:
            name = _name(block.start_line, block)
            fields = Counter(field.key.lower() for field in block.fields)
            twice = next((key for key, times in fields.items() if times > 1), "")
            yield name, Bad(name, f"{clean_text(twice)[:40]!r} is there twice") if twice else row_of_entry(block)


def row_of_entry(entry: Entry) -> dict[str, Any]:
    """Under the names of files' rows."""
    fields = {field.key.lower(): str(field.value) for field in entry.fields}
    return {
        "id": entry.key,
        "title": fields.get("title", ""),
        "authors": [natural_order(name) for name in split_multiple_persons_names(fields.get("author", ""))],
        **{name: fields[name] for name in ("abstract", "doi", "pdf", "group", "year") if name in fields},
        "site": fields.get("url", ""),
        "comments": fields.get("note", ""),
    }


def _name(line: int | None, block: object) -> str:
    key = clean_text(block.key, limit=60) if isinstance(block, Entry) else ""
    return f"line {(line or 0) + 1:,}{f' ({key})' if key else ''}"


def _reason(block: ParsingFailedBlock) -> str:
    """What is wrong, without what the library tells programmers of it."""
    said = clean_text(getattr(block.error, "abort_reason", "") or str(block.error), limit=300)
    return said.partition(" Note: ")[0].rstrip(". ") or "it is no BibTeX"


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """All of it, in parts."""
    yield from parts_of(asked, read_bibtex(read_text(asked, get)))


SOURCE = Source(
    "bibtex",
    "BibTeX",
    "A .bib file: title, author, abstract, url, pdf and doi of each entry, whose key is the paper's id.",
    (ADDRESS,),
    pull,
    reads_file=True,
)
