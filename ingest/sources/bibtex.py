"""BibTeX, by the library bibtexparser: an entry a paper, in any of the usual spellings. @proceedings are no papers."""

from collections.abc import Iterator, Mapping
from typing import Any

from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares import NormalizeFieldKeys, SeparateCoAuthors
from bibtexparser.model import Entry, ParsingFailedBlock

from ingest.sources.base import Asked, Bad, Get, Part, Source
from ingest.sources.files import ADDRESS, part_of, read_text
from ingest.sources.rows import natural_order

NO_PAPERS = {"proceedings", "book", "misc_volume"}


def read_bibtex(text: str) -> Iterator[tuple[str, Mapping[str, Any] | Bad]]:
    """Each entry, by its key; what can't be read, by its line."""
    library = parse_string(text, append_middleware=[NormalizeFieldKeys(), SeparateCoAuthors()])
    for block in library.blocks:
        if isinstance(block, ParsingFailedBlock):
            name = f"line {(block.start_line or 0) + 1:,}"
            yield name, Bad(name, _reason(block))
        elif isinstance(block, Entry) and block.entry_type.lower() not in NO_PAPERS:
            yield block.key, row_of_entry(block)


def row_of_entry(entry: Entry) -> dict[str, Any]:
    """Under the names of files' rows."""
    fields = {field.key: field.value for field in entry.fields}
    names = fields.get("author") or []
    return {
        "id": entry.key,
        "title": fields.get("title", ""),
        "authors": [natural_order(name) for name in ([names] if isinstance(names, str) else names)],
        **{name: fields[name] for name in ("abstract", "doi", "pdf", "group", "year") if name in fields},
        "site": fields.get("url", ""),
        "comments": fields.get("note", ""),
    }


def _reason(block: ParsingFailedBlock) -> str:
    lines = str(block.error).strip().splitlines()
    return " ".join(lines)[:300] or "it is no BibTeX"


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """All of it in one part."""
    yield part_of(asked, read_bibtex(read_text(asked, get)))


SOURCE = Source(
    "bibtex",
    "BibTeX",
    "A .bib file: title, author, abstract, url, pdf and doi of each entry, whose key is the paper's id.",
    (ADDRESS,),
    pull,
    reads_file=True,
)
