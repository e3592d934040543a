"""What sources share: how a parser tells of what it can't use, what a source of venues is, and XML that nobody can hurt
us with.

A source of venues (`Source`) is told an edition and what an operator filled in (`Asked`), asks for addresses with
`get`, and yields the edition's papers in parts, in the order of the proceedings. It keeps nothing: an attempt that goes
on begins anew, and `get` then answers from what came before. So a source asks for the same addresses each time.

`parse_xml` gives the root of a whole, well-formed document. There are no entities, no DTD and no other file in it. One
bad byte among 3,500 records does not cost the page: controls that XML forbids are dropped, bytes that are not UTF-8
become U+FFFD, and the page is marked as mended, so that the record that holds them can be refused by itself.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from lxml import etree

from ingest.record import PaperRecord

REPLACED = "\ufffd"
LOSSY = "it has bytes that are not UTF-8"  # what is wrong with a record of a mended document that holds that sign
# Controls of C0 without tab and newlines, and non-characters: as they are, and as numbers.
_FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
    r"|&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01]|6553[45])|[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]|[fF]{3}[eEfF]));"
)
_OTHER_CHARSET = re.compile(rb"^\s*<\?xml[^>]*encoding\s*=\s*['\"](?!utf-?8['\"])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bad:
    """A record that can't be used, or a part of one, and why. `key` is as the source has it, "" where it has none."""

    key: str
    reason: str


class BadPage(ValueError):
    """An answer that can't be read as a whole; asking again later may help. The message says why."""


# --- Sources of venues -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Field:
    """Something an operator fills in. `pattern` has to match all of it; `choices`: its values, where they are few;
    `default`: what is meant where nothing is filled in."""

    name: str
    label: str
    help: str
    example: str = ""
    pattern: str = r".{1,500}"
    required: bool = True
    choices: tuple[str, ...] = ()
    default: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a source: an edition, its fields, and the file that somebody gave, unpacked, where there is
    one."""

    venue: str
    year: int
    label: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Got:
    """A whole answer with status 200; `url` is where it came from after redirects."""

    url: str
    body: bytes
    content_type: str = ""


class Get(Protocol):
    """Asks politely for an address, or gives what this pull got for it before. Raises ingest.outcomes.FetchError.

    `expect`: html, json, xml, or "" for anything; an answer that is another thing, such as a challenge page, is an
    error. `missing_ok`: an empty body where the place says that there is no such page (404, 410).
    """

    def __call__(self, url: str, *, expect: str = "", missing_ok: bool = False) -> Got: ...


@dataclass(frozen=True, slots=True)
class Part:
    """Some of an edition's papers, in order, and what of it was no paper.

    `unaccepted`: submissions that the venue did not accept. `told`: how many papers the place says there are, where it
    does. `pages`: requests that the whole pull takes, as far as that is known by now.
    """

    records: tuple[PaperRecord, ...] = ()
    bad: tuple[Bad, ...] = ()
    unaccepted: int = 0
    told: int | None = None
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A place where proceedings live, or a form of files.

    `about`: its address scheme in one sentence; `licence`: what it says of the use of its metadata; `unverified`: empty
    where a recorded answer stands behind the parser, else what it rests on; `reads_file`: it reads `Asked.body`, or
    what is at the field `address`.
    """

    name: str
    label: str
    about: str
    fields: tuple[Field, ...]
    pull: Callable[[Asked, Get], Iterator[Part]]
    licence: str = ""
    unverified: str = ""
    reads_file: bool = False


def check_fields(source: Source, given: Mapping[str, object]) -> tuple[dict[str, str], dict[str, str]]:
    """What was filled in, without surrounding space and with defaults, and by field what is wrong with it. Names that
    the source does not have are wrong, too: they are a slip."""
    values, wrong = {}, {}
    for one in source.fields:
        value = str(given.get(one.name, "") or "").strip() or one.default
        if not value and one.required:
            wrong[one.name] = f"{one.label} is missing{f': such as {one.example}' if one.example else ''}."
        elif value and one.choices and value not in one.choices:
            wrong[one.name] = f"{one.label} is one of {', '.join(one.choices)}."
        elif value and not re.fullmatch(one.pattern, value):
            wrong[one.name] = f"{value[:80]!r} can't be right{f': write it like {one.example}' if one.example else ''}."
        elif value:
            values[one.name] = value
    known = {one.name for one in source.fields}
    wrong |= {name: f"{source.label} has no field {name}." for name in given if name not in known}
    return values, wrong


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document; `mended` where something in it was not XML or not UTF-8."""

    root: etree._Element
    mended: bool = False


def parse_xml(body: bytes) -> Document:
    """The document, or BadPage."""
    try:
        root, mended = _parse(body), False
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        if _OTHER_CHARSET.match(body):
            raise BadPage(f"it is not XML ({_first_line(error)})") from None
        root, mended = _parse_mended(body), True
    if root.getroottree().docinfo.internalDTD is not None:
        raise BadPage("it has a document type of its own, which no answer of this source has")
    return Document(root, mended)


def _parse(body: bytes) -> etree._Element:
    # A parser of its own for every page: one that failed keeps what it saw. huge_tree=False holds libxml2's limits on
    # depth, on the length of a text and on what entities blow up to.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    return etree.fromstring(body, parser)


def _parse_mended(body: bytes) -> etree._Element:
    text = _FORBIDDEN.sub("", body.decode("utf-8-sig", "replace"))
    try:
        return _parse(text.encode())
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        raise BadPage(f"it is not XML, or only the beginning of it ({_first_line(error)})") from None


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:200]


# --- Elements ----------------------------------------------------------------------------------------------------
def local_name(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return _local_name(element.tag)


@lru_cache(maxsize=512)  # asked thirty times a record
def _local_name(tag: object) -> str:
    return tag[tag.rfind("}") + 1 :] if isinstance(tag, str) else ""


def text_of(element: etree._Element | None) -> str:
    """The text in an element, whatever is in it."""
    if element is None:
        return ""
    return "".join(element.itertext()) if len(element) else element.text or ""  # type: ignore[arg-type]


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """The element's own children of that name, in any namespace."""
    return (child for child in element if local_name(child) == name)


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first of them, or None."""
    return next(children(element, name), None)
