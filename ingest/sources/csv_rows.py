"""CSV: a header line with the columns' names, and a line a paper. Semicolons and tabs may stand for commas.

What looks like a formula is text, as everything else is.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.sources.base import Asked, Bad, BadPage, Get, Part, Source
from ingest.sources.files import ADDRESS, known_as, part_of, read_text

LONGEST = 1_000_000  # characters of a cell
COLUMNS = "title, authors (with semicolons between them), abstract, group, site, pdf, doi, id, status"


def read_table(text: str) -> Iterator[tuple[str, Mapping[str, Any] | Bad]]:
    """Each line, by the number of its last one, since a cell may go on over several; BadPage where the header is
    none."""
    head = text.lstrip("\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=lambda sign: sum(bool(known_as(cell)) for cell in head.split(sign)))
    csv.field_size_limit(LONGEST)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = next(lines, [])
        if "title" not in map(known_as, names):
            raise BadPage(f"its first line names no column `title`; the columns that are read are {COLUMNS}")
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            name = f"line {lines.line_num:,}"
            if len(cells) != len(names):
                yield name, Bad(name, f"it has {len(cells)} cells, the first line has {len(names)}")
            else:
                yield name, dict(zip(names, cells, strict=True))
    except csv.Error as error:
        raise BadPage(f"line {lines.line_num:,} is no CSV ({error})") from None


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """All of it in one part."""
    yield part_of(asked, read_table(read_text(asked, get)))


SOURCE = Source(
    "csv",
    "CSV",
    f"A table whose first line names its columns: {COLUMNS}.",
    (ADDRESS,),
    pull,
    reads_file=True,
)
