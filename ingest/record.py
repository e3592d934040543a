"""One paper as any source tells it, clean: the only thing that crosses from sources to the store.

Guarantees of a `PaperRecord`: its key and categories are canonical; text is NFC without control characters, TeX accents
are Unicode, formulas are left as written; dates are real or None, never guessed from one another; author names are in
order and none is "et al.". `record_from_json` reads the project's JSONL format (coolpapers/data/README.md).
Errors: `BadRecord` with a sentence that says what is wrong.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from coolpapers.identifiers import arxiv_ordinal, parse_arxiv_id, parse_venue_key, resolve_url
from ingest.clean import (
    TITLE_LIMIT,
    BadRecord,
    clean_categories,
    clean_doi,
    clean_names,
    clean_text,
    clean_url,
    instant_or_day,
    read_day,
)
from ingest.schedule import computed_day, estimated_day, listing_day

# How venues are written; data sets write them in lower case.
VENUE_NAMES = {
    name.lower(): name
    for name in [
        "AAAI",
        "ACL",
        "COLING",
        "COLM",
        "COLT",
        "CoNLL",
        "CoRL",
        "CVPR",
        "EACL",
        "ECCV",
        "EMNLP",
        "ICCV",
        "ICLR",
        "ICML",
        "ICRA",
        "IJCAI",
        "INTERSPEECH",
        "IROS",
        "IWSLT",
        "KDD",
        "MICCAI",
        "MLSYS",
        "NAACL",
        "NDSS",
        "NeurIPS",
        "OSDI",
        "RSS",
        "SIGGRAPH",
        "TACL",
        "UAI",
        "WACV",
        "WWW",
    ]
} | {"nips": "NeurIPS", "interspeech": "INTERSPEECH", "mlsys": "MLSYS"}
# A submission in one of these states is no paper of the edition.
_NOT_ACCEPTED = re.compile(
    r"reject|withdraw|submitted|declined|not accepted|under review|pending|^active$", re.IGNORECASE
)


class NotAccepted(BadRecord):
    """A submission that its venue did not accept: no paper of the edition, and nothing wrong with the record."""


@dataclass(frozen=True, slots=True)
class Announced:
    """A paper in a day's listing; words as in coolpapers.models.Kind and Evidence. An empty scope means all of its
    categories."""

    day: date
    kind: str
    evidence: str
    scope: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordVersion:
    """A version; `size` in bytes. Its submission is an instant in UTC."""

    number: int
    submitted: datetime
    size: int | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a venue paper stands: edition and group by name, and its place in the edition (0 first; None: any).
    `label`: of the edition, where the year has several."""

    venue: str
    year: int
    group: str = ""
    position: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class PaperRecord:
    """One paper. Instants are UTC; `*_day_only` says that only their day is known. None and "" mean unknown."""

    key: str
    branch: str
    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    submitted: datetime | None = None
    submitted_day_only: bool = False
    revised: datetime | None = None
    revised_day_only: bool = False
    version: int | None = None
    versions: tuple[RecordVersion, ...] = ()
    modified: date | None = None  # the source's own date of this record
    announced: tuple[Announced, ...] = ()
    comments: str = ""
    doi: str = ""
    journal_ref: str = ""
    licence: str = ""
    source_url: str = ""
    pdf_url: str = ""
    withdrawn: bool = False
    withdrawn_reason: str = ""
    place: Place | None = None
    ordinal: int = 0
    aliases: tuple[str, ...] = ()

    def hash(self) -> str:
        """128 bits of everything in the record but `modified`, as hex: records of equal content have equal hashes.

        arXiv touches hundreds of thousands of records in a day without a change to them.
        """
        content = replace(self, modified=None) if self.modified else self
        return hashlib.blake2b(repr(content).encode(errors="replace"), digest_size=16).hexdigest()


def _announced(
    row: Mapping[str, Any], ordinal: int, submitted: datetime | None, day_only: bool
) -> tuple[Announced, ...]:
    """The listing that the row tells of, else the one that arXiv's schedule gives for its submission."""
    if (day := read_day(row.get("announced"), "announced")) is not None:
        day = listing_day(day)
        year, month = divmod(ordinal // 10**6, 100)
        months_old = (day.year - year) * 12 + day.month - month
        return (Announced(day, "cross" if months_old > 2 else "new", "observed"),)
    if submitted is None:
        return ()
    if day_only:
        return (Announced(estimated_day(submitted.date()), "new", "estimated"),)
    return (Announced(computed_day(submitted), "new", "computed"),)


# --- The JSONL format ----------------------------------------------------------------------------------------------
def _version(row: Mapping[str, Any]) -> int | None:
    value = row.get("version")
    if value is None:
        return None
    if not isinstance(value, int) or not 1 <= value <= 1000:
        raise BadRecord(f"version is not a number from 1: {str(value)[:40]!r}")
    return value


def _common(row: Mapping[str, Any]) -> dict[str, Any]:
    """What records of both branches have."""
    title = clean_text(row.get("title"), limit=TITLE_LIMIT)
    if not title:
        raise BadRecord("there is no title")
    return {
        "title": title,
        "abstract": clean_text(row.get("abstract")),
        "authors": clean_names(row.get("authors", [])),
        "comments": clean_text(row.get("comments"), limit=2_000),
        "doi": clean_doi(row.get("doi")),
        "journal_ref": clean_text(row.get("journal_ref"), limit=2_000),
        "licence": clean_url(row.get("license"))[:300],
        "withdrawn": row.get("withdrawn") is True,
        "withdrawn_reason": clean_text(row.get("withdrawn_reason"), limit=2_000),
        "version": _version(row),
    }


def arxiv_record(
    row: Mapping[str, Any], *, versions: tuple[RecordVersion, ...] = (), modified: date | None = None
) -> PaperRecord:
    """A row with an arXiv identifier; `versions` in order of their numbers, where the source tells them.

    The dates and the number of the version held are then those of the versions, whatever the row says.
    """
    identifier = parse_arxiv_id(str(row.get("id", "")), prefixed=True)
    if identifier is None:
        raise BadRecord(f"id is not an arXiv identifier: {str(row.get('id'))[:80]!r}")
    key = identifier.id
    categories = clean_categories(row.get("categories"), row.get("primary_category"))
    if not categories:
        raise BadRecord("there is no known category")
    submitted, submitted_day_only = instant_or_day(row, "submitted", "created")
    revised, revised_day_only = instant_or_day(row, "revised", "updated")
    common = _common(row)
    if versions:
        first, last = versions[0], versions[-1]
        submitted, submitted_day_only = (first.submitted if first.number == 1 else None), False
        revised, revised_day_only = (last.submitted if last.number > 1 else None), False
        common["version"] = last.number
    ordinal = arxiv_ordinal(key)
    return PaperRecord(
        key=key,
        branch="arxiv",
        categories=categories,
        submitted=submitted,
        submitted_day_only=submitted_day_only,
        revised=revised,
        revised_day_only=revised_day_only,
        versions=versions,
        modified=modified,
        announced=_announced(row, ordinal, submitted, submitted_day_only),
        source_url=f"https://arxiv.org/abs/{key}",
        pdf_url=f"https://arxiv.org/pdf/{key}",
        ordinal=ordinal,
        **common,
    )


def _venue_keys(row: Mapping[str, Any], venue: str, year: int) -> tuple[str, tuple[str, ...]]:
    """The key that the paper's page gives, else its PDF, else the row's own id within the edition; and its others."""
    told = _keys_told(row)
    own_id = f"{str(row.get('id', '')).strip()}@{venue}.{year}"
    key = told.get("site") or told.get("pdf") or parse_venue_key(own_id)
    if key is None:
        raise BadRecord(f"neither site, pdf nor id gives a key: {str(row.get('id'))[:80]!r}")
    return key, tuple(dict.fromkeys(other for other in told.values() if other != key))


_PAGES = ("site", "pdf", "openreview", "proceeding", "oa")  # fields of a row with an address of the paper


def _keys_told(row: Mapping[str, Any]) -> dict[str, str]:
    """The keys of venues' papers that the row's addresses give, by field: NDSS names a paper's page by a word and its
    PDF by a number, and the proceedings of NeurIPS have another name for it than OpenReview."""
    keys = {}
    for field in _PAGES:
        path = resolve_url(clean_url(row.get(field))) or ""
        if path.startswith("/venue/") and "@" in path and "?" not in path:
            keys[field] = parse_venue_key(path.removeprefix("/venue/"))
    return {field: key for field, key in keys.items() if key}


_SHORT_GROUPS = (
    # words in an ACL volume's title → the group's short name
    (re.compile(r"Volume [0-9]+ ?[:,] ?([^()]+)\)"), None),
    (re.compile(r"System Demonstrations|Demonstrations"), "System Demonstrations"),
    (re.compile(r"Tutorial"), "Tutorial Abstracts"),
    (re.compile(r"Student Research Workshop"), "Student Research Workshop"),
    (re.compile(r"Industry"), "Industry Track"),
    (re.compile(r"Findings"), "Findings"),
    (re.compile(r"Workshop"), "Workshops"),
    (re.compile(r"^(?:Proceedings|Transactions)\b"), "Main"),
)


def _group(row: Mapping[str, Any]) -> str:
    """The group's short name: as told, else from the volume's title, else how or where the paper was presented."""
    if told := clean_text(row.get("group"), limit=120):
        return told
    track = clean_text(row.get("track"), limit=400)
    if track.startswith(("Proceedings", "Transactions", "Findings")):
        for pattern, short in _SHORT_GROUPS:
            if match := pattern.search(track):
                return short or match[1].strip()
    status = clean_text(row.get("status"), limit=120)
    return status if status else "" if track.lower() == "main" else track[:120]


def venue_record(row: Mapping[str, Any], position: int | None = None) -> PaperRecord:
    """A row of a venue's proceedings."""
    name = clean_text(row.get("venue"), limit=60)
    venue = VENUE_NAMES.get(name.lower(), name)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9 &-]{0,59}", venue):
        raise BadRecord(f"venue is not a name: {name!r}")
    year = row.get("year")
    if not isinstance(year, int) or not 1900 <= year <= 2200:
        raise BadRecord(f"year is not a year: {str(year)[:40]!r}")
    if _NOT_ACCEPTED.search(str(row.get("status") or "")):
        raise NotAccepted(f"not an accepted paper (status {str(row['status'])[:40]!r})")
    key, others = _venue_keys(row, venue, year)
    return PaperRecord(
        key=key,
        branch="venue",
        aliases=others,
        place=Place(venue, year, _group(row), position),
        source_url=clean_url(row.get("site")),
        pdf_url=clean_url(row.get("pdf")),
        ordinal=year * 10**8
        + max(0, 999_999 - (position or 0)),  # an edition lists in its own order, newest year first
        **_common(row),
    )


def record_from_json(row: object, position: int | None = None) -> PaperRecord:
    """A decoded line of the JSONL format → its record; a row with `venue` is a venue's. Raises BadRecord."""
    if not isinstance(row, dict):
        raise BadRecord("the line is not a JSON object")
    return venue_record(row, position) if row.get("venue") else arxiv_record(row)
