"""CSV: a header line with the columns' names, and a line a paper. Semicolons and tabs may stand for commas.

What looks like a formula is text, as everything else is.
"""

import csv
from collections.abc import Iterator, Sequence
from typing import Any

from ingest.sources.base import Asked, Bad, BadPage, Get, Part, Source
from ingest.sources.files import ADDRESS, known_as, parts_of, read_text
from ingest.sources.unpack import lines_of

LONGEST = 1_000_000  # characters of a cell
COLUMNS = "title, authors (with semicolons between them), abstract, group, site, pdf, doi, id, status"


def read_table(text: str) -> Iterator[tuple[str, Any | Bad]]:
    """Each row, by the number of its first line, since a cell may go on over several. BadPage where the header is none,
    or a quotation mark is never closed: what is behind it could be anything."""
    first = next((line for line in lines_of(text) if line.strip()), "")
    delimiter = max(",;\t", key=lambda sign: sum(bool(known_as(cell)) for cell in first.split(sign)))
    csv.field_size_limit(LONGEST)
    names: list[str] = []
    for name, cells in _rows(csv.reader(lines_of(text), delimiter=delimiter, strict=True)):
        if not isinstance(cells, Bad) and not any(cell.strip() for cell in cells):
            continue
        if not names:
            names = _header(cells)
        else:
            yield name, cells if isinstance(cells, Bad) else _row(name, names, cells)
    _header(names)


def _rows(reader: Any) -> Iterator[tuple[str, list[str] | Bad]]:
    """Each row's cells, or what is wrong with it, by its lines."""
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            _refuse_open_quote(error, start)
            end = reader.line_num
            name = f"line {start:,}" if end == start else f"lines {start:,} to {end:,}"
            yield name, Bad(name, f"it is no CSV ({error})")
            continue
        if cells is None:
            return
        yield f"line {start:,}", cells


def _refuse_open_quote(error: csv.Error, line: int) -> None:
    if "unexpected end of data" in str(error):
        raise BadPage(f"line {line:,} opens a quotation mark that is never closed")
    if "field larger" in str(error):
        raise BadPage(f"line {line:,} has a cell of more than {LONGEST:,} characters: is a quotation mark not closed?")


def _header(cells: Sequence[str] | Bad) -> list[str]:
    """The columns' names."""
    names = [] if isinstance(cells, Bad) else [cell.strip() for cell in cells]
    if "title" not in map(known_as, names):
        raise BadPage(f"its first line names no column `title`; the columns that are read are {COLUMNS}")
    if twice := next((name for name in names if known_as(name) and names.count(name) > 1), ""):
        raise BadPage(f"its first line names the column {twice[:40]!r} twice")
    return names


def _row(name: str, names: Sequence[str], cells: Sequence[str]) -> dict[str, str] | Bad:
    """A row's cells by their columns' names; empty ones may stand behind them."""
    if len(cells) < len(names) or any(cells[len(names) :]):
        return Bad(name, f"it has {len(cells):,} cells, the first line has {len(names):,}")
    return dict(zip(names, cells, strict=False))


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """All of it, in parts."""
    yield from parts_of(asked, read_table(read_text(asked, get)))


SOURCE = Source(
    "csv",
    "CSV",
    f"A table whose first line names its columns: {COLUMNS}.",
    (ADDRESS,),
    pull,
    reads_file=True,
)
