"""The form of a venue pack: a file's bytes → a frozen `Pack` (`read_pack`), and the way back (`pack_text`). Pure.

Guarantees of a `Pack`: codes, labels and numbers are such as the store takes; each edition and each name is there once;
text has no control characters but newlines in notes. Whether a source takes its fields, and whether it fits what is
here, is for ingest.packs to say. Errors: `BadPack`, with a sentence for each thing that is wrong, which begins with the
key's path (`editions[2].fields.volume`, counted from 0). The keys: docs/venues.md.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import tomli_w

SCHEMA = 1
LIMIT = 1_000_000  # bytes
CODE = r"[A-Za-z][A-Za-z0-9 &-]{0,59}"  # as ingest.record takes it
LABEL = r"[A-Za-z0-9]{1,20}"
NAME = r"[^\x00-\x1f\x7f]{1,200}"
NOTE = r"[^\x00-\x09\x0b-\x1f\x7f]{1,10000}"
FIELD = r"[^\x00-\x1f\x7f]{0,1000}"
MOST = {"expected": 2**31 - 1, "every": 2**15 - 1}  # that the store can hold
_VENUE_KEYS = ("schema", "code", "name", "names", "editions")
_EDITION_KEYS = ("year", "label", "also_of", "source", "fields", "expected", "every", "licence_note")


class BadPack(ValueError):
    """The pack can't be taken in. `problems`: what is wrong and what to do, a sentence or two each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class PackEdition:
    """An edition as coolpapers.models.Edition has it. "", () and None: the pack does not say."""

    year: int
    label: str = ""
    also_of: tuple[str, ...] = ()
    source: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    expected: int | None = None
    every: int | None = None
    licence_note: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """A venue. `names`: others that lead to it."""

    code: str
    name: str = ""
    names: tuple[str, ...] = ()
    editions: tuple[PackEdition, ...] = ()


# --- Reading -----------------------------------------------------------------------------------------------------
def read_pack(body: bytes) -> Pack:
    """The pack of a file's bytes. Raises BadPack."""
    if len(body) > LIMIT:
        raise BadPack([f"The file is longer than {LIMIT // 10**6} MB: a pack is one venue."])
    try:
        told = tomllib.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadPack([f"The file is not UTF-8 (byte {error.start + 1}): save it as UTF-8."]) from error
    except (ValueError, RecursionError) as error:
        why = str(error)[:200] if isinstance(error, ValueError) else "too deep"
        raise BadPack([f"The file is no TOML: {why}. Mend that place."]) from error
    if told.get("schema") != SCHEMA or told["schema"] is True:
        raise BadPack([f"schema: this version reads packs of schema {SCHEMA}. Write `schema = {SCHEMA}`."])
    table = _Table(told, "", _VENUE_KEYS, [])
    pack = Pack(
        table.text("code", CODE, "COLM", required=True),
        table.text("name", NAME, "Conference on Language Modeling"),
        table.texts("names"),
        tuple(_read_edition(one) for one in table.tables("editions", _EDITION_KEYS)),
    )
    problems = table.problems or _repeated(pack)
    if problems:
        raise BadPack(problems)
    return pack


def _read_edition(table: "_Table") -> PackEdition:
    edition = PackEdition(
        year=table.number("year", 1900, 2200, required=True) or 0,
        label=table.text("label", LABEL, "Fall"),
        also_of=table.texts("also_of"),
        source=table.text("source", "[a-z0-9_-]{1,20}", "openreview"),
        fields=table.fields("fields"),
        expected=table.number("expected", 0, MOST["expected"]),
        every=table.number("every", 0, MOST["every"]),
        licence_note=table.text("licence_note", NOTE, "CC BY 4.0"),
    )
    if edition.fields and not edition.source:
        table.tell("fields", "they belong to a source. Write which one, as `source`.")
    return edition


def _repeated(pack: Pack) -> list[str]:
    """Names and editions that are there twice."""
    names = Counter(name.lower() for name in (pack.code, *pack.names))
    problems = [f"names: {name} is there twice. Leave one out." for name, times in names.items() if times > 1]
    editions = Counter((edition.year, edition.label.lower()) for edition in pack.editions)
    for place, edition in enumerate(pack.editions):
        path = f"editions[{place}]"
        if editions[edition.year, edition.label.lower()] > 1:
            problems.append(f"{path}: {name_of(pack, edition)} is there twice. Leave one out, or give each a label.")
        if own := [code for code in edition.also_of if code.lower() in names]:
            problems.append(f"{path}.also_of: {own[0]} is the venue itself. Leave it out.")
    return problems


def name_of(pack: Pack, edition: PackEdition) -> str:
    """As in its address: FAST.2026-Fall."""
    return f"{pack.code}.{edition.year}{f'-{edition.label}' if edition.label else ''}"


class _Table:
    """Values of a table of TOML by key, checked; what is wrong is added to `problems`."""

    def __init__(self, values: Mapping[str, Any], path: str, known: Sequence[str], problems: list[str]) -> None:
        self.values, self.path, self.problems = values, path, problems
        for key in values:
            if key not in known:
                self.tell(key[:60], f"there is no such key. The keys here are {', '.join(known)}.")

    def tell(self, key: str, problem: str) -> None:
        self.problems.append(f"{self.path}{key}: {problem}")

    def text(self, key: str, pattern: str, example: str, *, required: bool = False) -> str:
        value = self.values.get(key, "")
        if not isinstance(value, str) or (value and not re.fullmatch(pattern, value)):
            self.tell(key, f'{_shown(value)} can\'t be right. Write it like "{example}".')
        elif required and not value:
            self.tell(key, f'it is missing. Write it like "{example}".')
        else:
            return value
        return ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Codes of venues."""
        value = self.values.get(key, [])
        if isinstance(value, list) and all(isinstance(one, str) and re.fullmatch(CODE, one) for one in value):
            return tuple(value)
        self.tell(key, f'{_shown(value)} can\'t be right. Write venues in brackets, like ["NIPS"].')
        return ()

    def number(self, key: str, least: int, most: int, *, required: bool = False) -> int | None:
        value = self.values.get(key)
        if value is None:
            if required:
                self.tell(key, "it is missing. Write a number.")
        elif type(value) is int and least <= value <= most:
            return value
        else:
            self.tell(key, f"{_shown(value)} can't be right. Write a number from {least} to {most}, without quotes.")
        return None

    def fields(self, key: str) -> dict[str, str]:
        value = self.values.get(key, {})
        if isinstance(value, dict) and all(isinstance(one, str) and re.fullmatch(FIELD, one) for one in value.values()):
            return value
        self.tell(key, f'{_shown(value)} can\'t be right. Write texts in quotes, like {{ volume = "235" }}.')
        return {}

    def tables(self, key: str, known: Sequence[str]) -> list["_Table"]:
        value = self.values.get(key, [])
        if isinstance(value, list) and all(isinstance(one, dict) for one in value):
            paths = (f"{self.path}{key}[{place}]." for place in range(len(value)))
            return [_Table(one, path, known, self.problems) for one, path in zip(value, paths, strict=True)]
        self.tell(key, "write each one under a line [[editions]].")
        return []


def _shown(value: object) -> str:
    return repr(value)[:80]


# --- Writing -----------------------------------------------------------------------------------------------------
def pack_text(pack: Pack) -> str:
    """The pack as TOML, without what it does not say."""
    return tomli_w.dumps(
        _said({"schema": SCHEMA, **asdict(pack), "editions": [_said(asdict(e)) for e in pack.editions]})
    )


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in ("", (), [], {}, None)}
