"""Lines of records from files, plain or compressed by gzip or xz: the JSONL format, or arXiv's bulk metadata.

`read_records` yields each line's record or what is wrong with it, and never stops at a bad line. A file that ends in
the middle of its compression says so in one such error.
"""

import gzip
import json
import lzma
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingest.clean import BadRecord
from ingest.record import PaperRecord, record_from_json
from ingest.sources import arxiv_bulk

LINE_LIMIT = 4_000_000  # bytes; the longest real line (3,303 authors) has 80,000
_GZIP, _XZ = b"\x1f\x8b", b"\xfd7zXZ\x00"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: its record, or what is wrong with it."""

    path: Path
    number: int
    record: PaperRecord | None
    error: BadRecord | None = None


def open_lines(path: Path, raw: BinaryIO) -> BinaryIO:
    """The file's bytes, decompressed as its first bytes ask for."""
    head = raw.read(6)
    raw.seek(0)
    if head.startswith(_GZIP):
        return gzip.open(raw)  # type: ignore[return-value]
    if head.startswith(_XZ):
        return lzma.open(raw)  # type: ignore[return-value]
    return raw


class JsonLines:
    """The project's JSONL format; a venue's papers keep the order that they have in the file."""

    def __init__(self) -> None:
        self.positions: Counter[tuple[object, object]] = Counter()

    def __call__(self, line: bytes) -> PaperRecord:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadRecord(f"the line is not JSON ({error})") from None
        position = None
        if isinstance(row, dict) and row.get("venue"):
            edition = (str(row["venue"]).lower(), str(row.get("year")))
            position = self.positions[edition]
            self.positions[edition] += 1
        return record_from_json(row, position)


# The names of formats → what makes a parser of lines for one file.
FORMATS: Mapping[str, Callable[[], Callable[[bytes], PaperRecord]]] = {
    "jsonl": JsonLines,
    "arxiv-bulk": lambda: arxiv_bulk.parse_line,
}


def read_records(path: Path, told: Callable[[int], object] | None = None, *, form: str = "jsonl") -> Iterator[Line]:
    """Every line that is not blank; `told` hears how many bytes of the file have been read."""
    parse = FORMATS[form]()
    with path.open("rb") as raw:
        lines = open_lines(path, raw)
        number = 0
        try:
            while line := lines.readline(LINE_LIMIT):
                number += 1
                if told and number % 200 == 0:
                    told(raw.tell())
                if line.strip():
                    yield _read_line(path, number, line, parse)
        except (EOFError, OSError, lzma.LZMAError) as error:
            yield Line(path, number + 1, None, BadRecord(f"the file is damaged from here on ({error})"))
        if told:
            told(raw.tell())


def _read_line(path: Path, number: int, line: bytes, parse: Callable[[bytes], PaperRecord]) -> Line:
    try:
        return Line(path, number, parse(line))
    except ValueError as error:
        if len(line) >= LINE_LIMIT:
            return Line(path, number, None, BadRecord(f"the line is longer than {LINE_LIMIT:,} bytes"))
        bad = error if isinstance(error, BadRecord) else BadRecord(f"the line can't be read ({error})")
        return Line(path, number, None, bad)
