"""Real papers for the fake arXiv: titles, authors, abstracts and categories, as arXiv's records have them.

Input: the data of `../shared/data/arxiv` where it is beside the checkout, else the sample that the project ships.
Output: `Paper`s in the order of the files, safe to write into XML. Deterministic.
"""

import json
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from coolpapers.taxonomy import ALIASES, CATEGORIES, canonical_category
from tests.programs import SHARED

SAMPLE = Path(__file__).resolve().parents[2] / "coolpapers" / "data" / "sample.jsonl.xz"
RECENT, OLD = SHARED / "data/arxiv/arxiv_2025_2026.jsonl.xz", SHARED / "data/arxiv/arxiv_1991_2019.jsonl.xz"
ACTIVE = tuple(code for code, category in CATEGORIES.items() if category.active)
SECOND_NAMES = {code: alias for alias, code in ALIASES.items()}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LICENCES = (
    "http://arxiv.org/licenses/nonexclusive-distrib/1.0/",
    "http://creativecommons.org/licenses/by/4.0/",
    "http://creativecommons.org/licenses/by-nc-sa/4.0/",
    "http://creativecommons.org/publicdomain/zero/1.0/",
)


@dataclass(frozen=True, eq=False)
class Paper:
    """What a record says of a paper apart from its versions. `categories` as written on it, the primary one first."""

    id: str
    title: str
    authors: tuple[str, ...]
    abstract: str
    categories: tuple[str, ...]
    submitted: datetime
    comments: str = ""
    journal_ref: str = ""
    doi: str = ""
    msc_class: str = ""
    acm_class: str = ""
    license: str = ""


def _text(row: dict[str, Any], name: str) -> str:
    return _NOT_XML.sub("", str(row.get(name) or "")).strip()


def _submitted(row: dict[str, Any]) -> datetime:
    """Some instant of the day that the record knows, else of its identifier's month."""
    day = str(row.get("submitted") or row.get("created") or row.get("announced") or "")[:10]
    if not day:
        year, month = re.findall(r"[0-9]{2}", row["id"].rpartition("/")[2])[:2]
        day = f"{'19' if year > '90' else '20'}{year}-{month}-15"
    number = sum(map(ord, row["id"]))
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(
        hour=number % 24, minute=number % 60, second=number % 59
    )


def active_names(categories: tuple[str, ...]) -> tuple[str, ...]:
    """Categories that a new paper can have: of a retired archive what took it over."""
    names = [name if name in ACTIVE or name in ALIASES else canonical_category(name) or "" for name in categories]
    return tuple(dict.fromkeys(name for name in names if name in ACTIVE or name in ALIASES))


def with_second_names(categories: tuple[str, ...]) -> tuple[str, ...]:
    """As arXiv has done since 2019: a paper in one of two names of a category carries the other one too."""
    more = [ALIASES.get(name) or SECOND_NAMES.get(name) for name in categories]
    return tuple(dict.fromkeys((*categories, *filter(None, more))))


def _paper(row: dict[str, Any]) -> Paper | None:
    categories = tuple(name for name in row.get("categories", ()) if canonical_category(name))
    authors = tuple(filter(None, (_NOT_XML.sub("", name).strip() for name in row.get("authors", ()))))
    if not categories or not authors or not row.get("title"):
        return None
    texts = {name: _text(row, name) for name in ("comments", "journal_ref", "doi", "msc_class", "acm_class", "license")}
    texts["license"] = texts["license"] or _LICENCES[len(row["title"]) % len(_LICENCES)]
    return Paper(
        row["id"],
        _text(row, "title"),
        authors[:400],  # pages stay pages
        _text(row, "abstract"),
        with_second_names(categories),
        _submitted(row),
        **texts,
    )


def _read(path: Path, count: int) -> Iterator[Paper]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        rows = (row for row in map(json.loads, lines) if row.get("categories"))
        yield from islice(filter(None, map(_paper, rows)), count)


@cache
def read_papers(count: int, sample_only: bool = False) -> tuple[tuple[Paper, ...], tuple[Paper, ...]]:
    """Texts of recent papers, and of older ones: about `count` of each where there are as many."""
    if not sample_only and RECENT.is_file() and OLD.is_file():
        return tuple(_read(RECENT, count)), tuple(_read(OLD, count))
    sample = tuple(_read(SAMPLE, 10_000))
    recent = tuple(paper for paper in sample if paper.id >= "25" and "/" not in paper.id and paper.id < "9")
    return recent, tuple(paper for paper in sample if paper not in recent)
