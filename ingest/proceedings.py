"""An edition's papers as a pull found them → the store, all or nothing, with a report of what that changes.

`save_proceedings` is used in a transaction: a preview rolls it back, so that what it tells is what a pull would do.
Guarantees: a paper that is found twice is one paper, also under two keys (a camera-ready and the conference's page); a
paper that was held and is not found is marked, never deleted, and the mark goes when it is found again.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from coolpapers.clock import get_clock
from coolpapers.identifiers import resolve_url
from coolpapers.models import Edition, Paper
from ingest.matching import Printed, Verdict, judge
from ingest.record import PaperRecord, Place
from ingest.sources.base import Bad
from ingest.store import BATCH, ensure_edition, save_batch
from search.titles import title_key

SAMPLES = 10
SHOWN = 50  # of each list of a report
_LOOKED_AT = ("title", "authors", "abstract", "group", "pdf_url", "source_url", "doi", "comments", "withdrawn")


@dataclass(slots=True)
class Found:
    """What a source gave of an edition, in its order."""

    records: list[PaperRecord] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    unaccepted: int = 0
    told: int | None = None


@dataclass(frozen=True, slots=True)
class ProceedingsReport:
    """What was found, and what it changes here. `new`, `changed` and `gone` are key and title, changed ones with the
    names of the facts; `ids` are those of new and changed papers."""

    edition: Edition
    records: Sequence[PaperRecord]
    twice: int
    new: Sequence[tuple[str, str]]
    changed: Sequence[tuple[str, str, Sequence[str]]]
    gone: Sequence[tuple[str, str]]
    held_before: int
    ids: Sequence[int]

    def as_json(self, found: Found, expected: int | None) -> dict[str, Any]:
        """For Run.report; the keys are described in docs/venues.md."""
        return {
            "groups": dict(Counter(record.place.group for record in self.records if record.place)),
            "papers": len(self.records),
            "new": len(self.new),
            "changed": len(self.changed),
            "same": len(self.records) - len(self.new) - len(self.changed),
            "gone": len(self.gone),
            "twice": self.twice,
            "bad": len(found.bad),
            "unaccepted": found.unaccepted,
            "told": found.told,
            "expected": expected,
            "warnings": self.warnings(found, expected),
            "samples": [_sample(record) for record in _spread(self.records, SAMPLES)],
            "shown": {
                "new": [list(paper) for paper in self.new[:SHOWN]],
                "changed": [list(paper) for paper in self.changed[:SHOWN]],
                "gone": [list(paper) for paper in self.gone[:SHOWN]],
            },
        }

    def warnings(self, found: Found, expected: int | None) -> list[str]:
        """What somebody should look at before the papers are pulled."""
        papers, told = len(self.records), found.told
        lines = []
        if expected is not None and expected != papers:
            lines.append(f"{count(papers, 'paper')} found, {expected:,} expected.")
        if told is not None and told != papers + self.twice + len(found.bad) + found.unaccepted:
            lines.append(f"The place tells of {count(told, 'paper')}, {papers:,} could be read.")
        if found.bad:
            lines.append(f"{count(len(found.bad), 'entry', 'entries')} not readable: listed with the reasons.")
        if self.gone:
            lines.append(f"{count(len(self.gone), 'paper')} held here not found: kept, and marked as missing.")
        if self.twice:
            lines.append(f"{count(self.twice, 'paper')} there twice: taken once.")
        if empty := sum(not record.abstract for record in self.records):
            lines.append(f"{count(empty, 'paper')} without an abstract.")
        return lines


def count(number: int, one: str, many: str = "") -> str:
    """A number and its noun."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def _sample(record: PaperRecord) -> dict[str, Any]:
    group = record.place.group if record.place else ""
    return {"key": record.key, "title": record.title, "authors": list(record.authors[:20]), "group": group}


def _spread(records: Sequence[PaperRecord], count: int) -> Sequence[PaperRecord]:
    """Some of them, from the first to the last."""
    if len(records) <= count:
        return records
    return [records[place * (len(records) - 1) // (count - 1)] for place in range(count)]


# --- Saving ------------------------------------------------------------------------------------------------------
def save_proceedings(
    *, place: Place, found: Found, told: Callable[[int], object] = lambda papers: None
) -> ProceedingsReport:
    """Bring the edition of `place` to what was found; `told` hears of papers stored. For use in a transaction."""
    edition = ensure_edition(place)
    held = _held(Q(group__edition=edition))
    records = _once(found.records, held)
    before = held | _held(Q(key__in=[record.key for record in records if record.key not in held]))
    for start in range(0, len(records), BATCH):
        batch = records[start : start + BATCH]
        save_batch(records=batch)
        told(len(batch))
    after = _held(Q(key__in=[record.key for record in records]))
    names = {key: [name for name in _LOOKED_AT if row[name] != before[key][name]] for key, row in _both(after, before)}
    changed = [(key, after[key]["title"], named) for key, named in names.items() if named]
    new = [(key, row["title"]) for key, row in after.items() if key not in before]
    ids = [after[key]["pk"] for key in (*(key for key, _ in new), *(key for key, *_ in changed))]
    gone = _mark_missing(held, after.keys(), _unread(found.bad), get_clock().now())
    twice = len(found.records) - len(records)
    return ProceedingsReport(edition, records, twice, new, changed, gone, len(held), ids)


def _both(one: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]]) -> Iterable[tuple[str, dict[str, Any]]]:
    return ((key, row) for key, row in one.items() if key in other)


def _held(which: Q) -> dict[str, dict[str, Any]]:
    """Papers held, by key, with what a report compares; in their order."""
    rows = Paper.objects.filter(which).order_by("-ordinal", "pk").values("pk", "key", "missing_since", *_LOOKED_AT)
    return {row["key"]: row for row in rows}


def _mark_missing(
    held: dict[str, dict[str, Any]], found: Iterable[str], unread: set[str], now: datetime
) -> list[tuple[str, str]]:
    """Mark held papers that were not found, and unmark those that were; entries that could not be read say nothing."""
    here = set(found)
    back = [row["pk"] for key, row in held.items() if key in here and row["missing_since"]]
    gone = [(key, row) for key, row in held.items() if key not in here and key not in unread]
    fresh = [row["pk"] for _key, row in gone if row["missing_since"] is None]
    for ids, value in ((back, None), (fresh, now)):
        for start in range(0, len(ids), BATCH):
            Paper.objects.filter(pk__in=ids[start : start + BATCH]).update(missing_since=value)
    return [(key, row["title"]) for key, row in gone]


def _unread(bad: Iterable[Bad]) -> set[str]:
    """The keys of entries that could not be read; sources tell of them by key, or by the address of their page."""
    paths = ((entry.key, resolve_url(entry.key) if "://" in entry.key else None) for entry in bad)
    return {path.removeprefix("/venue/") if path else key for key, path in paths}


def _once(records: Iterable[PaperRecord], held: dict[str, dict[str, Any]]) -> list[PaperRecord]:
    """Each paper once: the first of those of one key, and of those of one title and the same authors, which then have
    the key of the paper held, and theirs as another name of it."""
    known: dict[str, list[tuple[str, Printed]]] = defaultdict(list)
    for key, row in held.items():
        known[title_key(row["title"])].append((key, Printed(row["title"], row["authors"], row["abstract"])))
    chosen: dict[str, PaperRecord] = {}
    for record in records:
        own = next((key for key in (record.key, *record.aliases) if key in held), None)
        key = own or _same_in(known[title_key(record.title)], record) or record.key
        if key in chosen:
            others = {record.key, *record.aliases, *chosen[key].aliases} - {key}
            chosen[key] = replace(chosen[key], aliases=tuple(sorted(others)))
            continue
        aliases = tuple(name for name in (*record.aliases, record.key) if name != key)
        chosen[key] = replace(record, key=key, aliases=aliases) if key != record.key else record
        known[title_key(record.title)].append((key, Printed(record.title, record.authors, record.abstract)))
    return list(chosen.values())


def _same_in(known: Iterable[tuple[str, Printed]], record: PaperRecord) -> str | None:
    """The key of the same paper under another key."""
    printed = Printed(record.title, record.authors, record.abstract)
    return next((key for key, other in known if judge(printed, other).verdict is Verdict.SAME), None)
