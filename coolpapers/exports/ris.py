"""Citations → RIS, the tagged lines that EndNote, Zotero, Mendeley and libraries read.

Guarantees: a line is two letters or digits, two spaces, a hyphen, a space and a value, and no value holds a line's end;
a record begins with TY and ends with ER. A paper in proceedings is CONF, a preprint UNPB.
"""

from collections.abc import Iterator

from coolpapers.exports.citation import Citation, cite
from coolpapers.exports.sheet import Sheet
from coolpapers.rendering import plain_text


def write_ris(sheet: Sheet) -> str:
    """Records with an empty line between them; lines end with CR and LF."""
    return "\r\n".join(_record(work) for work in cite(sheet))


def _record(work: Citation) -> str:
    told = ((tag, " ".join(value.split())) for tag, value in _lines(work))
    lines = [f"{tag}  - {value}\r\n" for tag, value in told if value]
    return "".join([f"TY  - {'CONF' if work.is_published else 'UNPB'}\r\n", *lines, "ER  - \r\n"])


def _lines(work: Citation) -> Iterator[tuple[str, str]]:
    """Tags and values; empty ones are left out."""
    yield "ID", work.key
    yield "TI", plain_text(work.title)
    for person in work.people:
        yield "AU", person.listed
    yield "PY", str(work.year)
    yield "DA", f"{work.day:%Y/%m/%d}" if work.day else ""
    yield "T2", work.venue
    yield "C3", work.edition
    yield "PB", "" if work.is_published else "arXiv"
    yield "AN", f"arXiv:{work.eprint}" if work.eprint else ""
    yield "DO", work.doi
    yield "UR", work.url
    yield "L1", work.pdf
    yield "AB", work.abstract
    for subject in work.subjects:
        yield "KW", subject
    for note in work.notes:
        yield "N1", note
