"""arXiv's OAI-PMH: pages of complete records, in the forms `arXiv` and `arXivRaw`.

`parse_page` is pure. A record's form is told by its namespace, whatever was asked for (`arxiv_forms`). Every record of
a page is in `records`, `bad` or `deleted`; of a paper that is there twice, one.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote, urlencode

from lxml import etree

from ingest.clean import BadRecord, clean_categories, read_day, read_instant
from ingest.record import PaperRecord
from ingest.sources.arxiv_forms import read_form
from ingest.sources.base import LOSSY, REPLACED, Bad, BadPage, child, local_name, parse_xml, text_of

_CLASS_OF_ANOTHER_SCHEME = re.compile(r"[A-M]\.[0-9m](?:\.[0-9m])?|[0-9]{2}(?:[A-Z-][0-9x]{2})?|[;,]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OaiPage:
    """One answer. `token` is "" at the end of the list. `error` begins with the protocol's code ("badResumptionToken:
    …"); that no records match is no error. `notes` are known papers' codes of no category that is known."""

    response_date: datetime
    records: tuple[PaperRecord, ...] = ()
    bad: tuple[Bad, ...] = ()
    token: str = ""
    error: str = ""
    deleted: tuple[str, ...] = ()
    notes: tuple[Bad, ...] = ()


# --- Addresses ---------------------------------------------------------------------------------------------------
def first_url(base: str, *, since: date | None = None, spec: str = "", prefix: str = "arXivRaw") -> str:
    """Where a list begins: what was touched from that day on, in the set `spec` ("cs:cs:AI"; "" for all)."""
    query = {"verb": "ListRecords", "metadataPrefix": prefix}
    if since is not None:
        query["from"] = since.isoformat()
    if spec:
        query["set"] = spec
    return f"{base}?{urlencode(query, safe=':')}"


def next_url(base: str, token: str) -> str:
    """Where it goes on. The token is sent exactly as it came, percent signs and all."""
    return f"{base}?verb=ListRecords&resumptionToken={quote(token, safe='')}"


# --- A page ------------------------------------------------------------------------------------------------------
def parse_page(body: bytes) -> OaiPage:
    """An answer to ListRecords or GetRecord; BadPage where it is none."""
    document = parse_xml(body)
    root = document.root
    if local_name(root) != "OAI-PMH":
        raise BadPage(f"it is not OAI-PMH but <{local_name(root)[:40]}>")
    try:
        answered = read_instant(text_of(child(root, "responseDate")).strip(), "responseDate")
    except BadRecord as error:
        raise BadPage(str(error)) from None
    if answered is None:
        raise BadPage("there is no responseDate")
    errors = [element for element in root if local_name(element) == "error"]
    listed = [element for element in root if local_name(element) in {"ListRecords", "GetRecord"}]
    if not errors and not listed:
        raise BadPage("there is neither a list of records nor an error")
    told = [f"{error.get('code', '')}: {text_of(error).strip()[:200]}" for error in errors]
    token = text_of(child(listed[0], "resumptionToken")).strip() if listed else ""
    reader = _Reader(document.mended)
    for element in (element for each in listed for element in each if local_name(element) == "record"):
        reader.read(element)
    return OaiPage(
        response_date=answered,
        records=tuple(reader.records.values()),
        bad=tuple(reader.bad),
        token=token,
        error="; ".join(error for error in told if not error.startswith("noRecordsMatch")),
        deleted=tuple(reader.deleted),
        notes=tuple(reader.notes),
    )


class _Reader:
    """Sorts the records of a page."""

    def __init__(self, mended: bool) -> None:
        self.mended = mended
        self.records: dict[str, PaperRecord] = {}
        self.bad: list[Bad] = []
        self.deleted: list[str] = []
        self.notes: list[Bad] = []

    def read(self, element: etree._Element) -> None:
        header = child(element, "header")
        name = text_of(child(header, "identifier")).strip() if header is not None else ""
        name = name.removeprefix("oai:arXiv.org:")[:80]
        if header is not None and header.get("status") == "deleted":
            self.deleted.append(name)
            return
        try:
            if self.mended and REPLACED in etree.tostring(element, encoding="unicode"):
                raise BadRecord(LOSSY)
            self._keep(*_read_record(element, header))
        except BadRecord as error:
            self.bad.append(Bad(name, str(error)))

    def _keep(self, record: PaperRecord, codes: str) -> None:
        """Of two records of a paper the one of more versions, then the one touched last, then the last."""
        held = self.records.get(record.key)
        if held is None or _age(held) <= _age(record):
            self.records[record.key] = record
        for code in codes.split():
            if not clean_categories([code]) and not _CLASS_OF_ANOTHER_SCHEME.fullmatch(code):
                self.notes.append(Bad(record.key, f"no category is known as {code[:40]!r}"))


def _age(record: PaperRecord) -> tuple[int, date]:
    return record.version or 0, record.modified or date.min


def _read_record(element: etree._Element, header: etree._Element | None) -> tuple[PaperRecord, str]:
    """The record, and its codes of categories as they are written."""
    metadata = child(element, "metadata")
    if metadata is None or not len(metadata):
        raise BadRecord("there is no metadata")
    stamp = text_of(child(header, "datestamp")).strip()[:10] if header is not None else ""
    return read_form(metadata[0], read_day(stamp, "datestamp"))
