"""arXiv's bulk metadata: one JSON object a line, as in the snapshot that arXiv gives out at Kaggle.

`parse_line` is pure. A line tells every version with its instant (not its size), the current state of everything else,
and in `update_date` the day it was touched last. It does not tell announcements; whether a paper is withdrawn only its
comments say. Names are taken from the line of authors, as `arXivRaw` has it, so that a paper reads the same from both;
`authors_parsed` is for lines without it.
Format: https://www.kaggle.com/datasets/Cornell-University/arxiv
"""

import json
from collections.abc import Mapping
from typing import Any

from ingest.clean import BadRecord, read_day, split_names
from ingest.record import PaperRecord, RecordVersion, arxiv_record
from ingest.sources.arxiv_values import read_mail_date, read_version, says_withdrawn


def parse_line(line: bytes) -> PaperRecord:
    """The line's record; BadRecord where it is none."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"the line is not JSON ({error})") from None
    if not isinstance(row, dict):
        raise BadRecord("the line is not a JSON object")
    comments = _text(row, "comments")
    withdrawn = says_withdrawn(comments, _text(row, "abstract"))
    fields = {
        "id": _text(row, "id"),
        "title": row.get("title"),
        "abstract": row.get("abstract"),
        "authors": _names(row),
        "categories": row.get("categories"),
        "comments": comments,
        "doi": row.get("doi"),
        "journal_ref": row.get("journal-ref"),
        "license": row.get("license"),
        "withdrawn": withdrawn,
        "withdrawn_reason": comments if withdrawn else "",
    }
    return arxiv_record(fields, versions=_versions(row), modified=read_day(row.get("update_date"), "update_date"))


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _names(row: Mapping[str, Any]) -> list[str]:
    if listed := _text(row, "authors"):
        return split_names(listed)
    parsed = row.get("authors_parsed") or []
    if not isinstance(parsed, list) or not all(isinstance(name, list) for name in parsed):
        raise BadRecord("authors_parsed is not a list of names")
    named = ([str(part or "") for part in [*name, "", "", ""][:3]] for name in parsed)
    return [" ".join(filter(None, (given, family, suffix))) for family, given, suffix in named]


def _versions(row: Mapping[str, Any]) -> tuple[RecordVersion, ...]:
    told = row.get("versions") or []
    if not isinstance(told, list):
        raise BadRecord("versions is not a list")
    versions: dict[int, RecordVersion] = {}
    for version in told:
        name = str(version.get("version", "")) if isinstance(version, dict) else ""
        number = read_version(name)
        created = read_mail_date(str(version.get("created", "")), f"the date of v{number}")
        versions[number] = RecordVersion(number, created)
    return tuple(versions[number] for number in sorted(versions))
