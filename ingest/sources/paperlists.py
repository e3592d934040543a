"""paperlists JSON: a list of papers as github.com/papercopilot/paperlists keeps them, an edition a file.

Form: objects with `title`, `author` (names with semicolons between them), `abstract`, `status` (Oral, Spotlight,
Poster; but also Reject, Withdraw, Active and the like, which are no accepted papers), `track`, `site` or `oa`, `pdf`,
`doi`, `id`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ingest.sources.base import Asked, Bad, BadPage, Get, Part, Source
from ingest.sources.files import ADDRESS, part_of, read_text
from ingest.sources.jsonl import read_json


def read_list(text: str) -> Iterator[tuple[str, Mapping[str, Any] | Bad]]:
    """Each entry, by its place; BadPage where it is no list."""
    try:
        told = read_json(text)
    except ValueError as error:
        raise BadPage(str(error)) from None
    if not isinstance(told, list):
        raise BadPage("it is no list of papers in brackets")
    for number, entry in enumerate(told, start=1):
        name = f"entry {number:,}"
        if isinstance(entry, dict):
            yield (
                name,
                {**entry, "authors": entry.get("author") or entry.get("author_site") or entry.get("authors") or ""},
            )
        else:
            yield name, Bad(name, "it is no object in braces")


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """All of it in one part."""
    yield part_of(asked, read_list(read_text(asked, get)))


SOURCE = Source(
    "paperlists",
    "paperlists JSON",
    "A file of paperlists, or any JSON list of objects with title, author, abstract, status, site and pdf.",
    (ADDRESS,),
    pull,
    licence="papercopilot/paperlists states no licence: do not hand its files on.",
    reads_file=True,
)
