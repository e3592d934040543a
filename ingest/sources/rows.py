"""What a source of venues read, as rows → parts of the edition.

A row is a mapping with the names of the JSONL format (coolpapers/data/README.md) without venue and year: `title`,
`authors` (list), `abstract`, `group`, `track`, `status`, `site`, `pdf`, `doi`, `id`. Guarantee: each row becomes a
record, a line of what is wrong with it, or a count of what the venue did not accept, and records keep their order.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ingest.clean import BadRecord
from ingest.record import NotAccepted, PaperRecord, venue_record
from ingest.sources.base import Asked, Bad, Part

Row = Mapping[str, Any]
SUFFIX = re.compile(r"(?:Jr|Sr)\.?|II|III|IV")


class Rows:
    """Makes parts of an edition, one after the other."""

    def __init__(self, asked: Asked) -> None:
        self.asked, self.position = asked, 0

    def part(
        self,
        rows: Iterable[tuple[str, Row]],
        *,
        bad: Iterable[Bad] = (),
        unaccepted: int = 0,
        told: int | None = None,
        pages: int | None = None,
    ) -> Part:
        """Of rows, each with what it is called where something is wrong with it, such as its line or its address."""
        records: list[PaperRecord] = []
        wrong = list(bad)
        for name, row in rows:
            try:
                records.append(self._record(row))
            except NotAccepted:
                unaccepted += 1
            except BadRecord as error:
                wrong.append(Bad(name, str(error)))
        return Part(tuple(records), tuple(wrong), unaccepted, told, pages)

    def _record(self, row: Row) -> PaperRecord:
        named = {"venue": self.asked.venue, "year": self.asked.year}
        record = venue_record({**row, **named}, self.position)
        self.position += 1
        return record


def natural_order(name: str) -> str:
    """ "Last, First" → "First Last", and "Last, Jr., First" → "First Last Jr."; other names as they are."""
    parts = [part.strip() for part in name.split(",") if part.strip()]
    if len(parts) == 2 and SUFFIX.fullmatch(parts[1]):
        return f"{parts[0]} {parts[1]}"
    if len(parts) == 2:
        return f"{parts[1]} {parts[0]}"
    if len(parts) == 3:
        return f"{parts[2]} {parts[0]} {parts[1]}"
    return name
