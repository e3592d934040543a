"""arXiv's OAI-PMH: pages of complete records, in the forms `arXiv` and `arXivRaw`.

`parse_page` is pure. A record's form is told by its namespace, whatever was asked for; elements may come in any order,
and those not known here are passed over. Every record of a page is in `records`, `bad` or `deleted`.

What the forms mean is read off arXiv's own program (github.com/arXiv/oaipmh, `create_records.py`) and recorded answers:

- `arXivRaw` has every version with its instant and size. One whose `source_type` holds an I has no source: it is a
  withdrawal.
- `arXiv` has one day, `created`: that of the current version, whose number is not told (before March 2025 it was the
  first one's). It is the first version's for certain only when it lies before the month of the identifier, and a later
  one's only when it lies after it. In between the record tells neither date. `updated` and the header's datestamp say
  when the record was touched, and are never a date of the paper.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import quote, urlencode

from lxml import etree

from coolpapers.identifiers import arxiv_ordinal, parse_arxiv_id
from ingest.clean import BadRecord, clean_categories, read_day, read_instant, split_names
from ingest.record import PaperRecord, RecordVersion, arxiv_record
from ingest.sources.base import (
    REPLACED,
    Bad,
    BadPage,
    child,
    local_name,
    parse_xml,
    read_mail_date,
    read_version,
    says_withdrawn,
    text_of,
)

PREFIXES = ("arXivRaw", "arXiv")
# Elements of a form → names of the JSONL format. What else there is, is passed over.
_FIELDS = {name: name for name in "id title abstract authors categories comments doi license created".split()}
_FIELDS["journal-ref"] = "journal_ref"
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
                raise BadRecord("it has bytes that are not UTF-8")
            self._keep(_read_record(element, header), name)
        except BadRecord as error:
            self.bad.append(Bad(name, str(error)))

    def _keep(self, read: tuple[PaperRecord, str], name: str) -> None:
        """Of two records of a paper the one of more versions, then the one touched last, then the last."""
        record, codes = read
        held = self.records.get(record.key)
        if held is None or _age(held) <= _age(record):
            self.records[record.key] = record
        for code in codes.split():
            if not clean_categories([code]) and not _CLASS_OF_ANOTHER_SCHEME.fullmatch(code):
                self.notes.append(Bad(record.key, f"no category is known as {code[:40]!r}"))


def _age(record: PaperRecord) -> tuple[int, date]:
    return record.version or 0, record.modified or date.min


# --- A record ----------------------------------------------------------------------------------------------------
def _read_record(element: etree._Element, header: etree._Element | None) -> tuple[PaperRecord, str]:
    """The record and its codes of categories as they are written."""
    metadata = child(element, "metadata")
    if metadata is None or not len(metadata):
        raise BadRecord("there is no metadata")
    form = metadata[0]
    modified = read_day(text_of(child(header, "datestamp")).strip()[:10] if header is not None else "", "datestamp")
    read = _FORMS.get(_form_name(form))
    if read is None:
        raise BadRecord(f"its form is not known: {str(form.tag)[:80]}")
    return read(form, modified)


def _form_name(form: etree._Element) -> str:
    """`arxiv.org/oai/arxivraw` of {http://arxiv.org/OAI/arXivRaw/}arXivRaw, whatever its scheme and its end."""
    namespace = str(form.tag).partition("}")[0].lstrip("{").lower()
    return namespace.partition("://")[2].strip("/")


def _row(form: etree._Element) -> dict[str, str]:
    """The texts of a form by the names of the JSONL format; of two elements of a name the first."""
    row: dict[str, str] = {}
    for element in form:
        name = _FIELDS.get(local_name(element))
        if name and name not in row:
            row[name] = text_of(element)
    return row


def _withdrawn(row: Mapping[str, str], withdrawn: bool) -> dict[str, object]:
    """A withdrawal is a version, and its comments say why."""
    return {"withdrawn": withdrawn, "withdrawn_reason": row.get("comments", "") if withdrawn else ""}


def _read_raw(form: etree._Element, modified: date | None) -> tuple[PaperRecord, str]:
    row = _row(form)
    versions = tuple(sorted(_versions(form), key=lambda version: version.number))
    if len({version.number for version in versions}) != len(versions):
        raise BadRecord("it has two versions of one number")
    withdrawn = versions[-1].withdrawn if versions else _says_withdrawn(row)
    fields = {**row, "authors": split_names(row.get("authors", "")), **_withdrawn(row, withdrawn)}
    return arxiv_record(fields, versions=versions, modified=modified), row.get("categories", "")


def _read_plain(form: etree._Element, modified: date | None) -> tuple[PaperRecord, str]:
    row = _row(form)
    people = child(form, "authors")
    names = [_name(person) for person in people if local_name(person) == "author"] if people is not None else []
    day = read_day(row.pop("created", "").strip(), "created")
    fields = {**row, "authors": names, **_withdrawn(row, _says_withdrawn(row)), **_day_of(row.get("id", ""), day)}
    return arxiv_record(fields, modified=modified), row.get("categories", "")


_FORMS = {"arxiv.org/oai/arxivraw": _read_raw, "arxiv.org/oai/arxiv": _read_plain}


def _says_withdrawn(row: Mapping[str, str]) -> bool:
    return says_withdrawn(" ".join(row.get("comments", "").split()), " ".join(row.get("abstract", "")[:300].split()))


def _name(person: etree._Element) -> str:
    parts = {local_name(part): text_of(part).strip() for part in person}
    return " ".join(filter(None, (parts.get("forenames"), parts.get("keyname"), parts.get("suffix"))))


def _day_of(key: str, day: date | None) -> dict[str, str]:
    """The current version's day, as the first one's or a later one's where it can only be that (see above)."""
    identifier = parse_arxiv_id(key, prefixed=True)
    if day is None or identifier is None:
        return {}
    year, month = divmod(arxiv_ordinal(identifier.id) // 10**6, 100)
    # A day is arXiv's or that of UTC: at either end of the month it may be the neighbour's.
    if day + timedelta(days=1) < date(year, month, 1):
        return {"created": day.isoformat()}
    next_month = date(year + month // 12, month % 12 + 1, 1)
    return {"updated": day.isoformat()} if day > next_month else {}


def _versions(form: etree._Element) -> Iterator[RecordVersion]:
    for element in form:
        if local_name(element) == "version":
            parts = {local_name(part): text_of(part).strip() for part in element}
            number = read_version(element.get("version", ""))
            yield RecordVersion(
                number,
                read_mail_date(parts.get("date", ""), f"the date of v{number}"),
                _size(parts.get("size", "")),
                "I" in parts.get("source_type", ""),
            )


def _size(text: str) -> int | None:
    """ "857kb" → bytes. arXiv counts whole kilobytes of 1,024, and writes 0 where it does not know."""
    number = text.removesuffix("kb").removesuffix("b")
    if not (number.isascii() and number.isdecimal()) or len(number) > 9:
        return None
    return int(number) * (1024 if text.endswith("kb") else 1) or None
