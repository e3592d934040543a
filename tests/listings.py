"""Feeds of announcements for tests, in the shape that ingest.sources.arxiv_feed gives them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from ingest.listings import apply_listings, keep_feed


@dataclass(frozen=True, slots=True)
class Entry:
    key: str
    kind: str
    categories: tuple[str, ...]
    version: int = 1


@dataclass(frozen=True, slots=True)
class Feed:
    name: str
    day: date | None
    entries: tuple[Entry, ...]
    truncated: bool = False

    @property
    def body(self) -> bytes:
        return repr(self).encode()


def feed(name: str, day: date | None, *entries: tuple[str, str, str], truncated: bool = False) -> Feed:
    """A feed of (key, kind, categories with spaces between)."""
    return Feed(name, day, tuple(Entry(key, kind, tuple(c.split())) for key, kind, c in entries), truncated)


def keep(*feeds: Feed) -> int:
    """Keep the feeds as if they came early on their day; how many entries are new."""
    return sum(
        keep_feed(one, body=one.body, received=datetime.combine(one.day or date(2026, 6, 16), time(5), UTC))
        for one in feeds
    )


def tell(*feeds: Feed) -> None:
    """Keep the feeds and tell the papers that are held."""
    keep(*feeds)
    for day in days_of(feeds):
        apply_listings(day)


def days_of(feeds: Iterable[Feed]) -> list[date]:
    return sorted({one.day for one in feeds if one.day})
