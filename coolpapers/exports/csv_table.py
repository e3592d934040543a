"""Papers → a table in CSV (RFC 4180), a row each, with a header.

Guarantee: no cell is a formula to a spreadsheet (owasp.org, CSV injection): one that begins like one has an apostrophe
before it. The file begins with a byte order mark, without which Excel takes UTF-8 for something else.
"""

import csv
import io
import re
from collections.abc import Callable

from coolpapers.exports.citation import first_known_day, own_doi, year_of
from coolpapers.exports.sheet import Sheet
from coolpapers.models import Paper
from coolpapers.rendering import plain_text

_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")  # the wide ones of Chinese keyboards, too
BYTE_ORDER_MARK = "\ufeff"

# Header → the cell of a paper.
COLUMNS: dict[str, Callable[[Sheet, Paper], object]] = {
    "key": lambda sheet, paper: paper.key,
    "title": lambda sheet, paper: plain_text(paper.title),
    "authors": lambda sheet, paper: "; ".join(paper.authors),
    "year": lambda sheet, paper: paper.group.edition.year if paper.group else year_of(paper),
    "place": lambda sheet, paper: paper.place,
    "group": lambda sheet, paper: paper.group.name if paper.group else "",
    "categories": lambda sheet, paper: " ".join(paper.codes),
    "submitted": lambda sheet, paper: paper.submitted.date() if paper.submitted else "",
    "announced": lambda sheet, paper: first_known_day(paper) or "",
    "version": lambda sheet, paper: paper.version or "",
    "withdrawn": lambda sheet, paper: "withdrawn" if paper.withdrawn else "",
    "doi": lambda sheet, paper: own_doi(paper),
    "url": lambda sheet, paper: sheet.address_of(paper),
    "source": lambda sheet, paper: paper.source_url,
    "pdf": lambda sheet, paper: "" if paper.withdrawn else paper.pdf_url,
    "abstract": lambda sheet, paper: plain_text(paper.abstract),
}


def write_csv(sheet: Sheet) -> str:
    """The table; lines end with CR and LF."""
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(COLUMNS)
    for paper in sheet.papers:
        rows.writerow([harmless(str(cell(sheet, paper))) for cell in COLUMNS.values()])
    return BYTE_ORDER_MARK + table.getvalue()


def harmless(cell: str) -> str:
    """The cell as text for any spreadsheet."""
    return f"'{cell}" if _FORMULA.match(cell) else cell
