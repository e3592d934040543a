"""Values as sources write them → clean text, names, addresses, categories and dates.

Pure. Guarantees: text is NFC on one line, without control, zero-width and direction characters, TeX accents as letters
and formulas as written; a date that makes no sense is refused (`BadRecord`), an absent one is None.
"""

import html
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from coolpapers.taxonomy import canonical_category
from coolpapers.tex import to_unicode

TITLE_LIMIT = 2_000
TEXT_LIMIT = 100_000
NAME_LIMIT = 300
AUTHOR_LIMIT = 20_000
FIRST_DAY = date(1986, 1, 1)  # older than arXiv (1991): some early records carry the day the paper was written

# Controls but tab and newlines, zero-width and direction characters, non-characters, lone surrogates.
_UNWANTED = re.compile(
    r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069"
    r"\ufdd0-\ufdef\ufeff\ufff9-\uffff\ud800-\udfff]"
)
_COMBINING = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]"
_FLOOD = re.compile(rf"({_COMBINING}{{4}}){_COMBINING}+")
_ET_AL = re.compile(r"^(?:et\.?\s*al\.?|others)$", re.IGNORECASE)
# What lists of names leave at the edges of one: "and X", "X,", a lone ":" after a team, footnote signs.
_EDGE_BEFORE, _EDGE_BEHIND = " ,;:*&†‡.aA", " ,;:*†‡dD"  # what a name begins or ends with that has such an edge
_ET_AL_BEGINS = "eEoO"
_NAME_EDGES = re.compile(r"^(?:and\s+|[\s,;:*&†‡]+)+|(?:[\s,;:*†‡]|\s+and)+$|^[.]+$")


# What ASCII has to have for any of the steps of clean_text to change more than its white space.
_NEEDS_WORK = re.compile(r"[\\{&~\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|--|``|''")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});")
_C1 = re.compile(r"[\u0080-\u009f]")
_MOJIBAKE = re.compile(r"[\u00c2-\u00f4][\u0080-\u00bf]{1,3}")


class BadRecord(ValueError):
    """A record that can't become a paper; the message says why."""


def _reread(match: re.Match[str]) -> str:
    """UTF-8 that somebody read as Latin-1, read again; anything else as it is."""
    try:
        return match.group().encode("latin-1").decode()
    except UnicodeError:
        return match.group()


# --- Text --------------------------------------------------------------------------------------------------------
def clean_text(value: object, *, limit: int = TEXT_LIMIT) -> str:
    """Any value of a source as one line of clean text, at most `limit` characters."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    if text.isascii() and not _NEEDS_WORK.search(text):
        return " ".join(text.split())[:limit].rstrip()  # nine texts in ten; the rest of this costs ten times as much
    text = text[: 4 * limit]
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match.group()), text)
    if not (text.isascii() and text.isprintable()):
        if _C1.search(text):
            text = _MOJIBAKE.sub(_reread, text)
        text = unicodedata.normalize("NFC", _UNWANTED.sub("", text))
    text = " ".join(to_unicode(text).split())
    if not text.isascii():
        text = _FLOOD.sub(r"\1", unicodedata.normalize("NFC", text))
    return text[:limit].rstrip()


def clean_names(value: object) -> tuple[str, ...]:
    """Author names in order; empty ones and "et al." are no names."""
    if not isinstance(value, list | tuple):
        raise BadRecord("authors is not a list")
    names = (clean_text(name, limit=NAME_LIMIT) for name in value[:AUTHOR_LIMIT])
    bare = (
        _NAME_EDGES.sub("", name) if name[:1] in _EDGE_BEFORE or name[-1:] in _EDGE_BEHIND else name for name in names
    )
    return tuple(name for name in bare if name and (name[0] not in _ET_AL_BEGINS or not _ET_AL.match(name)))


# Between the names of one line: commas, semicolons, the colon after a team, "and"; never inside a TeX command.
_BETWEEN_NAMES = re.compile(r" ?(?<!\\)[,;] ?(?:(?:and|&) )?|(?<!\\): | (?:and|(?<!\\)&) ")
_BRACKET = re.compile(r"[()]")
_ET_AL_BEHIND = re.compile(r" ?\bet\.? ?al\b\.?$", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|II|III|IV")


def _without_brackets(text: str) -> str:
    """What is in no parentheses."""
    outside: list[str] = []
    depth = start = 0
    for bracket in _BRACKET.finditer(text):
        if depth == 0:
            outside.append(text[start : bracket.start()])
        depth = max(0, depth + (1 if bracket.group() == "(" else -1))
        start = bracket.end()
    return " ".join(outside) if depth else " ".join([*outside, text[start:]])


def split_names(listed: str) -> list[str]:
    """The names in one line of authors ("A. One (1), B. Two and C. Three ((1) Somewhere)"), in order.

    Affiliations in (nested) parentheses are left out, those that nobody closes to the end of the line; "et al." at the
    end of a name too. "Jr." and its like stay with the name before. What comes out still has to be cleaned.
    """
    if "(" in listed or ")" in listed:
        listed = _without_brackets(listed)
    names: list[str] = []
    for part in _BETWEEN_NAMES.split(" ".join(listed.split())):  # folded: the pattern then never looks at a place twice
        name = part.strip()
        if len(name) > 5 and name[-3:].lower() in {"al.", " al"}:
            name = _ET_AL_BEHIND.sub("", name)
        if len(name) < 4 and names and _SUFFIX.fullmatch(name):
            names[-1] += f" {name}"
        elif name and name != "and":
            names.append(name)
    return names


def clean_categories(value: object, primary: object = None) -> tuple[str, ...]:
    """Known categories in canonical spelling, each once, the primary one first; other codes (ACM, MSC) are left out."""
    codes = value.split() if isinstance(value, str) else value if isinstance(value, list | tuple) else []
    known = (canonical_category(code) for code in (*((primary,) if primary else ()), *codes) if isinstance(code, str))
    return tuple(dict.fromkeys(code for code in known if code))


def clean_url(value: object) -> str:
    """An http(s) address, or "" for anything else (`javascript:`, `data:`, broken ones)."""
    return _clean_url(clean_text(value, limit=1000))


@lru_cache(maxsize=256)  # a handful of licences are the addresses of a million records
def _clean_url(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in {"http", "https"} and parts.hostname and " " not in text else ""


def clean_doi(value: object) -> str:
    """The first DOI of the value, without an address before it, or ""."""
    match = re.search(r"10\.[0-9]{4,9}/\S+", clean_text(value, limit=300))
    return match.group().rstrip(".,;") if match else ""


# --- Dates -------------------------------------------------------------------------------------------------------
def read_day(value: object, field: str) -> date | None:
    """YYYY-MM-DD → the day; empty → None."""
    if value in (None, ""):
        return None
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        raise BadRecord(f"{field} is not a day (YYYY-MM-DD): {str(value)[:40]!r}") from None
    if not FIRST_DAY <= day <= datetime.now(UTC).date() + timedelta(days=366):
        raise BadRecord(f"{field} is out of range: {day}")
    return day


def read_instant(value: object, field: str) -> datetime | None:
    """ISO 8601 with a zone → the instant in UTC; empty → None."""
    if value in (None, ""):
        return None
    try:
        instant = datetime.fromisoformat(str(value))
        if instant.tzinfo is None:
            raise BadRecord(f"{field} has no time zone: {str(value)[:40]!r}")
        return instant.astimezone(UTC)
    except BadRecord:
        raise
    except (ValueError, OverflowError):
        raise BadRecord(f"{field} is not an instant (ISO 8601): {str(value)[:40]!r}") from None


def instant_or_day(row: Mapping[str, Any], instant: str, day: str) -> tuple[datetime | None, bool]:
    """The instant where the row has it, else midnight of the day with True for "only the day is known"."""
    if (exact := read_instant(row.get(instant), instant)) is not None:
        return exact, False
    known = read_day(row.get(day), day)
    return (None, False) if known is None else (datetime.combine(known, time(), UTC), True)
