"""AAAI's proceedings, by the OAI-PMH of their journal system (OJS).

Form: https://ojs.aaai.org/index.php/AAAI/oai?verb=ListRecords&metadataPrefix=oai_dc, page after page by
resumptionToken; of each record, dc:source says its volume ("Vol. 38 No. 1: …") and the set its track. The sets' names
come from ListSets. There is no way to ask for a volume alone. A record is stamped when it was last changed, which is
never before it was put there, so records stamped before the edition's year need not be asked for.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from lxml import etree

from ingest.sources.base import (
    LOSSY,
    REPLACED,
    Asked,
    Bad,
    BadPage,
    Document,
    Field,
    Get,
    Part,
    Source,
    child,
    children,
    local_name,
    parse_xml,
    text_of,
)
from ingest.sources.rows import Row, Rows, natural_order

SITE = "https://ojs.aaai.org/index.php"
LONGEST = 1_000  # pages of a harvest


@dataclass(frozen=True, slots=True)
class OaiPart:
    """A page: rows of the volume, by identifier; how many records in all, and the token of the next page."""

    rows: tuple[tuple[str, Row], ...]
    bad: tuple[Bad, ...]
    records: int
    size: int | None
    token: str


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """The sets' names, then the records."""
    base = f"{SITE}/{asked.fields.get('journal', 'AAAI')}/oai"
    tracks, before = _tracks(get, base)
    rows, found, pages = Rows(asked), 0, None
    query = {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": f"{asked.year}-01-01"}
    for body in _pages(get, base, query):
        page = read_records(body, asked.fields["volume"], tracks, base.removesuffix("/oai"))
        if pages is None and page.size and page.records:
            pages = before + -(-page.size // page.records)
        found += len(page.rows)
        yield rows.part(page.rows, bad=page.bad, pages=pages)
    if not found:
        raise BadPage(f"no record is of volume {asked.fields['volume']}")


def _pages(get: Get, base: str, query: dict[str, str]) -> Iterator[bytes]:
    """The pages of a list; a token that comes again would never end."""
    seen: set[str] = set()
    while len(seen) < LONGEST:
        body = get(f"{base}?{urlencode(query)}", expect="xml").body
        yield body
        token = _token(_answer(body).root)
        if not token:
            return
        if token in seen:
            raise BadPage("its resumption token comes again and again")
        seen.add(token)
        query = {"verb": query["verb"], "resumptionToken": token}
    raise BadPage(f"it does not end after {LONGEST:,} pages")


def _tracks(get: Get, base: str) -> tuple[dict[str, str], int]:
    tracks: dict[str, str] = {}
    count = 0
    for body in _pages(get, base, {"verb": "ListSets"}):
        tracks |= read_sets(body)
        count += 1
    return tracks, count


def _answer(body: bytes) -> Document:
    document = parse_xml(body)
    root = document.root
    if local_name(root) != "OAI-PMH":
        raise BadPage("it is no answer of OAI-PMH")
    error = child(root, "error")
    if error is not None and error.get("code") != "noRecordsMatch":
        raise BadPage(f"it says {error.get('code')}: {text_of(error)[:200]}")
    return document


def _token(root: etree._Element) -> str:
    found = root.xpath("string(.//*[local-name() = 'resumptionToken'])")
    return str(found).strip()


def read_sets(body: bytes) -> dict[str, str]:
    """ListSets → the names of sets, as groups."""
    sets = _answer(body).root.iterfind(".//{*}set")
    named = ((text_of(child(one, "setSpec")).strip(), text_of(child(one, "setName"))) for one in sets)
    return {spec: track_of(name) for spec, name in named if spec}


def track_of(name: str) -> str:
    """ "AAAI Technical Track on Machine Learning II" → Machine Learning."""
    words = " ".join(name.split())
    words = re.sub(r"^AAAI Technical Track(?: on|:)?\s+", "", words, flags=re.IGNORECASE)
    return re.sub(r"\s+[IVX]+$", "", words)


def read_records(body: bytes, volume: str, tracks: Mapping[str, str], home: str = f"{SITE}/AAAI") -> OaiPart:
    """ListRecords → the rows of the volume's papers in the journal at `home`. Deleted records are none."""
    answer = _answer(body)
    rows, bad, count = [], [], 0
    for record in answer.root.iterfind("./{*}ListRecords/{*}record"):
        count += 1
        header, metadata = child(record, "header"), child(record, "metadata")
        if header is None or header.get("status") == "deleted":
            continue
        name = _name(text_of(child(header, "identifier")).strip(), home)
        if metadata is None or not len(metadata):
            bad.append(Bad(name, "it has no metadata"))
            continue
        row = _row(metadata[0], volume, home)
        if row is None:
            continue
        if answer.mended and REPLACED in str(row):
            bad.append(Bad(name, LOSSY))
            continue
        spec = next((text_of(one).strip() for one in children(header, "setSpec")), "")
        rows.append((name, {**row, "group": tracks.get(spec, spec.partition(":")[2])}))
    token = next(answer.root.iterfind(".//{*}resumptionToken"), None)
    size = token.get("completeListSize", "") if token is not None else ""
    told = int(size) if re.fullmatch(r"[0-9]{1,7}", size) else None
    return OaiPart(tuple(rows), tuple(bad), count, told, _token(answer.root))


def _name(identifier: str, home: str) -> str:
    """oai:ojs.aaai.org:article/3745 → the paper's page, by which a paper that is held is known; else as it is."""
    match = re.search(r":article/([0-9]{1,7})$", identifier)
    return f"{home}/article/view/{match[1]}" if match else identifier[:200]


def _row(told: etree._Element, volume: str, home: str) -> dict[str, Any] | None:
    """A record's row, or None where it is of another volume."""
    values: dict[str, list[str]] = {}
    for element in told:
        values.setdefault(local_name(element), []).append(text_of(element).strip())
    sources = "; ".join(values.get("source", []))
    if not re.search(rf"\bVol\. {re.escape(volume)} No\b", sources):
        return None
    below = f"{home}/article/view/"
    pages = [value for value in values.get("identifier", []) if value.startswith(below)]
    pdf = [value for value in values.get("relation", []) if value.startswith(below)]
    return {
        "title": next(iter(values.get("title", [])), ""),
        "authors": [natural_order(name) for name in values.get("creator", [])],
        "abstract": next(iter(values.get("description", [])), ""),
        "site": next(iter(pages), ""),
        "pdf": next(iter(pdf), "").replace("/article/view/", "/article/download/"),
        "doi": next((value for value in values.get("identifier", []) if value.startswith("10.")), ""),
    }


SOURCE = Source(
    "aaai",
    "AAAI (OJS)",
    f"OAI-PMH at {SITE}/<journal>/oai, of which the records of a volume are taken: some hundred requests.",
    (
        Field(
            "journal",
            "Journal",
            f"As in the address {SITE}/<journal>.",
            "AAAI",
            pattern=r"[A-Za-z][A-Za-z-]{1,20}",
            required=False,
            default="AAAI",
        ),
        Field("volume", "Volume", "Of the proceedings: 38 is AAAI-24.", "38", pattern=r"[1-9][0-9]{0,2}"),
    ),
    pull,
)
