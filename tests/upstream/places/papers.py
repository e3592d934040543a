"""Papers that fakes of places hold: real ones of the shipped sample (ACL Anthology, CC BY 4.0), whatever the venue."""

import json
import lzma
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SAMPLE = Path(__file__).parents[3] / "coolpapers" / "data" / "sample.jsonl.xz"


@dataclass(frozen=True)
class HeldPaper:
    """A paper as a place knows it."""

    title: str
    authors: tuple[str, ...]
    abstract: str
    group: str = ""


@cache
def held_papers(count: int = 12) -> tuple[HeldPaper, ...]:
    """The first of the sample's venue papers."""
    with lzma.open(SAMPLE, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row.get("venue")]
    groups = ("Oral", "Poster", "Poster")
    return tuple(
        HeldPaper(row["title"], tuple(row["authors"]), row["abstract"], groups[number % 3])
        for number, row in enumerate(rows[:count])
    )


def last_first(name: str) -> str:
    """ "Ada Author" → "Author, Ada"."""
    first, _, last = name.rpartition(" ")
    return f"{last}, {first}" if first else name


def in_a_row(names: Sequence[str]) -> str:
    """With commas between."""
    return ", ".join(names)
