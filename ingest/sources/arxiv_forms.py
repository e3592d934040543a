"""The forms in which arXiv's OAI-PMH tells a paper: an element `arXiv` or `arXivRaw` → its record.

Pure. A form is told by its namespace, with http or https and with or without a slash at its end. Elements may come in
any order, and those not known here are passed over. Raises BadRecord.

What the forms mean is read off arXiv's own program (github.com/arXiv/oaipmh, `create_records.py`) and recorded answers:

- `arXivRaw` has every version with its instant and size. One whose `source_type` holds an I has no source: it is a
  withdrawal.
- `arXiv` has one day, `created`: that of the current version, whose number is not told (before March 2025 it was the
  first one's). It is the first version's for certain only when it lies before the month of the identifier, and a later
  one's only when it lies after it. In between the record tells neither date. `updated` and the header's datestamp say
  when the record was touched, and are never a date of the paper.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from lxml import etree

from coolpapers.identifiers import arxiv_ordinal, parse_arxiv_id
from ingest.clean import BadRecord, read_day, split_names
from ingest.record import PaperRecord, RecordVersion, arxiv_record
from ingest.sources.arxiv_values import read_mail_date, read_version, says_withdrawn
from ingest.sources.base import child, local_name, text_of

# Elements of a form → names of the JSONL format. What else there is, is passed over.
_FIELDS = {name: name for name in "id title abstract authors categories comments doi license created".split()}
_FIELDS["journal-ref"] = "journal_ref"


def read_form(form: etree._Element, modified: date | None) -> tuple[PaperRecord, str]:
    """The record, and its codes of categories as they are written."""
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
    row.pop("created", None)
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
    return says_withdrawn(row.get("comments", ""), row.get("abstract", ""))


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
    """A size such as 857kb → bytes. arXiv counts whole kilobytes of 1,024, and writes 0 where it does not know."""
    number = text.removesuffix("kb").removesuffix("b")
    if not (number.isascii() and number.isdecimal()) or len(number) > 9:
        return None
    return int(number) * (1024 if text.endswith("kb") else 1) or None
