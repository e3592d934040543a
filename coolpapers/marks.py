"""Marks that a reader's devices send to the account, merged: of each paper the later one stays, on every device.

Input: rows [key, flags, at, title, words] as coolpapers/static/coolpapers/js/marks.js makes them, and preference words.
Output: what the device does not have yet. Guarantees: a row that makes no mark is refused as a whole request
(`BadMarks`); a time that has not come counts as now; a tombstone (no flags) is kept, so that no device brings a mark
back; an account has at most MOST papers.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from coolpapers.models import Mark, Reader

AT_ONCE = 1_000  # marks in one request, and in its answer
MOST = 200_000  # papers of one account
WORDS = 5_000  # characters
_KEY = re.compile(r"[^\s\x00-\x1f\x7f-\x9f,]{1,300}")
_FLAGS = re.compile(r"s?r?x?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_FIELDS = ("flags", "at", "title", "words", "change")


class BadMarks(Exception):
    """What was sent are no marks, as a sentence."""


@dataclass(frozen=True, slots=True)
class Merged:
    """Marks that came to the account after `since`, of which there may be more; words, and when they were written."""

    marks: list[tuple[str, str, int, str, str]]
    changes: int
    more: bool
    words: str
    words_at: int


def merge_marks(*, user: User, rows: Sequence[Any], since: int, words: str, words_at: int, now: int) -> Merged:
    """Take in what a device sent, and tell it what others did. Times are milliseconds since 1970."""
    sent = read_rows(rows, now)
    with transaction.atomic():
        Reader.objects.get_or_create(user=user)
        reader = Reader.objects.select_for_update().get(user=user)
        _take_in(reader, sent)
        if reader.words_at < min(words_at, now):
            reader.words, reader.words_at = words[:WORDS], min(words_at, now)
        reader.save()
        found = list(reader.marks.filter(change__gt=since).order_by("change")[: AT_ONCE + 1])
    told = found[:AT_ONCE]
    return Merged(
        marks=[(mark.key, mark.flags, mark.at, mark.title, mark.words) for mark in told],
        changes=told[-1].change if told else reader.changes,
        more=len(found) > AT_ONCE,
        words=reader.words,
        words_at=reader.words_at,
    )


def read_rows(rows: Sequence[Any], now: int) -> dict[str, Mark]:
    """The marks by their keys; raises BadMarks."""
    if len(rows) > AT_ONCE:
        raise BadMarks(f"{len(rows)} marks were sent; one request takes {AT_ONCE}.")
    found: dict[str, Mark] = {}
    for row in rows:
        mark = _read_row(row, now)
        found[mark.key] = _later(found.get(mark.key), mark)
    return found


def _read_row(row: Any, now: int) -> Mark:
    match row:
        case [str(key), str(flags), int(at), str(title), str(words)] if not isinstance(at, bool) and 0 <= at < 1 << 53:
            if _KEY.fullmatch(key) and _FLAGS.fullmatch(flags):
                title, words = (_CONTROL.sub(" ", text)[:300] if flags else "" for text in (title, words))
                return Mark(key=key, flags=flags, at=min(at, now), title=title, words=words)
    raise BadMarks("A mark is [key, flags, milliseconds, title, words].")


def _later(one: Mark | None, other: Mark) -> Mark:
    """The later one; of one instant the one with more flags, as on the devices."""
    if one is None or (other.at, len(other.flags), other.flags) > (one.at, len(one.flags), one.flags):
        return other
    return one


def _take_in(reader: Reader, sent: dict[str, Mark]) -> None:
    held = {mark.key: mark for mark in reader.marks.filter(key__in=sent)}
    won = [mark for key, mark in sent.items() if _later(held.get(key), mark) is mark]
    new = sum(mark.key not in held for mark in won)
    if new and reader.marks.count() + new > MOST:
        raise BadMarks(f"An account keeps marks of at most {MOST:,} papers.")
    for mark in won:
        reader.changes += 1
        mark.reader, mark.change = reader, reader.changes
    _save(won)


def _save(marks: Iterable[Mark]) -> None:
    Mark.objects.bulk_create(
        marks, update_conflicts=True, unique_fields=("reader", "key"), update_fields=_FIELDS, batch_size=500
    )
