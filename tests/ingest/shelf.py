"""A source of venues for tests, and its place: a shelf of numbered pages, each a list of papers in JSON.

It is as small as a source can be, so that what is tested with it is the pull: ingest.editions and what it uses.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ingest.record import NotAccepted, PaperRecord, venue_record
from ingest.sources.base import Asked, Bad, BadPage, Field, Get, Part, Source
from ingest.sources.registry import SOURCES
from tests.upstream.fault import Answer
from tests.upstream.places import NOT_FOUND, Visit, page

HOST = "shelf.example.org"


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """Page after page, as the first one says; or the lines of a file."""
    if asked.body is not None:
        yield read([json.loads(line) for line in asked.body.splitlines()], asked, 0)
        return
    position, pages = 0, 1
    for number in range(int(asked.fields["pages"])):
        answer = get(f"https://{HOST}/{asked.fields['shelf']}/{number}", expect="json")
        told = json.loads(answer.body)
        if "papers" not in told:
            raise BadPage("it is no page of the shelf")
        pages = told["pages"]
        part = read(told["papers"], asked, position)
        yield Part(part.records, part.bad, part.unaccepted, told["all"], pages)
        position += len(told["papers"])


def read(rows: Sequence[dict[str, Any]], asked: Asked, position: int) -> Part:
    """Pure: rows to a part."""
    records: list[PaperRecord] = []
    bad, unaccepted = [], 0
    for number, row in enumerate(rows, start=position):
        try:
            records.append(venue_record({"venue": asked.venue, "year": asked.year, **row}, number))
        except NotAccepted:
            unaccepted += 1
        except ValueError as error:
            bad.append(Bad(f"entry {number + 1}", str(error)))
    return Part(tuple(records), tuple(bad), unaccepted)


SOURCE = Source(
    "shelf",
    "Shelf",
    f"https://{HOST}/<shelf>/<page>",
    (
        Field("shelf", "Shelf", "which one", "colm", pattern="[a-z]+", required=False, default="colm"),
        Field("pages", "Pages", "how many", "3", pattern="[0-9]+", required=False, default="1"),
    ),
    pull,
)


@contextmanager
def registered() -> Iterator[Source]:
    """An operator can choose it."""
    SOURCES[SOURCE.name] = SOURCE
    try:
        yield SOURCE
    finally:
        del SOURCES[SOURCE.name]


class Shelf:
    """The place: `papers` can be changed between two pulls."""

    def __init__(self, papers: Sequence[dict[str, Any]], a_page: int = 100) -> None:
        self.papers, self.a_page = list(papers), a_page

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.papers) // self.a_page))

    def __call__(self, visit: Visit) -> Answer:
        number = visit.path.rpartition("/")[2]
        if not number.isdecimal():
            return NOT_FOUND
        start = int(number) * self.a_page
        told = {"all": len(self.papers), "pages": self.pages, "papers": self.papers[start : start + self.a_page]}
        return page(json.dumps(told), content_type="application/json")


def paper(number: int, group: str = "Poster", **more: Any) -> dict[str, Any]:
    """A paper of the shelf."""
    words = ("Attention", "Diffusion", "Graphs", "Retrieval", "Scaling", "Speech", "Tokens")
    return {
        "id": f"paper{number}",
        "title": f"{words[number % 7]} and {words[(number // 7) % 7]}, a Study in {number} Parts",
        "authors": [f"Ada Author{number}", "Bob Writer"],
        "abstract": f"We look at {words[number % 7]} for the {number}th time.",
        "group": group,
        **more,
    }
