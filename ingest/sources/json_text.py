"""JSON of strangers, value by value.

Guarantees: what is nested too deeply, too long a number and a key that stands twice in an object are told and do no
harm; NaN and its like, which JSON does not have and some programs write, are nothing (None). Of a long list only one
entry is decoded at a time.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

from ingest.sources.base import Bad, BadPage

NEWLINE = "\n"
LONGEST = 18  # digits of a number that is read as one
_WHITE = re.compile(r"[ \t\n\r]*")


class _Reader:
    """Decodes values; `twice`: the first key that the last one has twice in an object."""

    def __init__(self) -> None:
        self.twice = ""
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object, parse_int=_whole, parse_constant=lambda name: None
        )

    def read(self, text: str, at: int = 0) -> tuple[Any, int]:
        """The value that begins there, and where it ends; ValueError with a sentence."""
        self.twice = ""
        try:
            return self._decoder.raw_decode(text, at)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        except json.JSONDecodeError as error:
            raise ValueError(f"it is no JSON ({error.msg}{_place(text, error.pos)})") from None

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        told = dict(pairs)
        if len(told) != len(pairs) and not self.twice:
            self.twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        return told


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= LONGEST else digits


def _place(text: str, at: int) -> str:
    line = f", line {text.count(NEWLINE, 0, at) + 1:,}" if NEWLINE in text else ""
    return f"{line}, character {at - text.rfind(NEWLINE, 0, at):,}"


def read_value(text: str) -> Any:
    """The one value that the text is; ValueError with a sentence."""
    reader = _Reader()
    value, end = reader.read(text, _skip(text, 0))
    if _skip(text, end) < len(text):
        raise ValueError(f"something stands behind the value (character {_skip(text, end) + 1:,})")
    if reader.twice:
        raise ValueError(_said_twice(reader.twice))
    return value


def read_entries(text: str) -> Iterator[tuple[str, Any | Bad]]:
    """Each entry of a list, by its place from 1. BadPage where the text is no list, or is broken from an entry on."""
    reader, at = _Reader(), _skip(text, 0)
    if text[at : at + 1] != "[":
        raise BadPage("it is no list of papers in brackets")
    at = _skip(text, at + 1)
    if text[at : at + 1] == "]":
        return
    for number in count(1):
        name = f"entry {number:,}"
        try:
            value, at = reader.read(text, at)
        except ValueError as error:
            raise BadPage(f"{name}: {error}") from None
        yield name, Bad(name, _said_twice(reader.twice)) if reader.twice else value
        at = _skip(text, at)
        sign = text[at : at + 1]
        if sign == "]" and _skip(text, at + 1) == len(text):
            return
        if sign != ",":
            wrong = "something stands behind the list" if sign == "]" else "no comma stands behind it"
            raise BadPage(f"{name}: {wrong if sign else 'the list ends there without a bracket: it is cut off'}")
        at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    match = _WHITE.match(text, at)
    return match.end() if match else at


def _said_twice(name: str) -> str:
    return f"{name[:40]!r} is there twice"
