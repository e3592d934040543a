"""JSON Lines: an object a line, with the names of coolpapers/data/README.md or others that are usual for them."""

from collections.abc import Iterator
from typing import Any

from ingest.sources.base import Asked, Bad, BadPage, Get, Part, Source
from ingest.sources.files import ADDRESS, parts_of, read_text
from ingest.sources.json_text import read_value
from ingest.sources.unpack import lines_of


def read_lines(text: str) -> Iterator[tuple[str, Any | Bad]]:
    """Each line that has something, by its number."""
    for number, line in enumerate(lines_of(text), start=1):
        if not line.strip():
            continue
        name = f"line {number:,}"
        try:
            told = read_value(line.rstrip("\r\n"))
        except ValueError as error:
            yield name, Bad(name, str(error))
        else:
            yield name, told


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """All of it, in parts."""
    text = read_text(asked, get)
    if text[:1_000].lstrip().startswith("["):
        raise BadPage("it is a list in brackets, not an object a line: choose paperlists JSON for it")
    yield from parts_of(asked, read_lines(text))


SOURCE = Source(
    "jsonl",
    "JSON Lines",
    "A file with an object a line: title, authors (a list), abstract, group, site, pdf, doi, id.",
    (ADDRESS,),
    pull,
    reads_file=True,
)
