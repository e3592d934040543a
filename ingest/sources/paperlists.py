"""paperlists JSON: a list of papers as github.com/papercopilot/paperlists keeps them, an edition a file.

Form: objects with `title`, `author` (names with semicolons between them), `abstract`, `status` (Oral, Spotlight,
Poster; but also Reject, Withdraw, Active and the like, which are no accepted papers), `track`, `site` or `oa`, `pdf`,
`doi`, `id`.
"""

from collections.abc import Iterator
from typing import Any

from ingest.sources.base import Asked, Bad, Get, Part, Source
from ingest.sources.files import ADDRESS, parts_of, read_text
from ingest.sources.json_text import read_entries


def read_list(text: str) -> Iterator[tuple[str, Any | Bad]]:
    """Each entry, by its place; BadPage where it is no list."""
    for name, entry in read_entries(text):
        if isinstance(entry, dict):
            authors = entry.get("author") or entry.get("author_site") or entry.get("authors") or ""
            yield name, {**entry, "authors": authors}
        else:
            yield name, entry


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """All of it, in parts."""
    yield from parts_of(asked, read_list(read_text(asked, get)))


SOURCE = Source(
    "paperlists",
    "paperlists JSON",
    "A file of paperlists, or any JSON list of objects with title, author, abstract, status, site and pdf.",
    (ADDRESS,),
    pull,
    licence="papercopilot/paperlists states no licence: do not hand its files on.",
    reads_file=True,
)
