"""What sources share: how a parser tells of what it can't use, and XML that nobody can hurt us with.

`parse_xml` gives the root of a whole, well-formed document. There are no entities, no DTD and no other file in it. One
bad byte among 3,500 records does not cost the page: controls that XML forbids are dropped, bytes that are not UTF-8
become U+FFFD, and the page is marked as mended, so that the record that holds them can be refused by itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

from lxml import etree

from ingest.clean import BadRecord

REPLACED = "\ufffd"
_MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
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


# --- What arXiv's records have in common -------------------------------------------------------------------------
_WORK = (
    r"(?:paper|article|submission|manuscript|preprint|work|version|note|report|draft|document|thesis|comment|letter)"
)
_WITHDRAWN = re.compile(
    rf"^\W*(?:{_WORK} (?:has been |is |was )?)?withdrawn\b"
    rf"|\b(?:this|the|our) {_WORK}(?: \w+){{0,3}}? (?:has|have|had|was|is)(?: \w+)?(?: been)? withdrawn\b"
    r"(?! from (?!(?:the )?arxiv))"
    r"|\bwithdrawn by (?:the )?arxiv\b",
    re.IGNORECASE,
)
_REPLACED_BY_A_SENTENCE = re.compile(
    rf"\W*(?:this|the|our) {_WORK} (?:has|have|was|is)(?: \w+)?(?: been)? withdrawn\b", re.IGNORECASE
)


def says_withdrawn(comments: str, abstract: str) -> bool:
    """Whether the words of a record say that its paper is withdrawn, for forms that have no mark of it.

    Authors write it into the comments ("This paper has been withdrawn by the author due to …"), formerly also in the
    place of the abstract. Of 609 comments with "withdr" in 221,779 records, this takes the 490 that say it of the
    paper itself, and not "withdrawn from the conference" or "replaces …, which has been withdrawn".
    """
    if "ithdrawn" not in comments and "ithdrawn" not in abstract[:200] and "ITHDRAWN" not in comments:
        return False
    return bool(_WITHDRAWN.search(comments) or _REPLACED_BY_A_SENTENCE.match(abstract))


def read_version(text: str) -> int:
    """ "v3" → 3; BadRecord for anything else."""
    number = text.removeprefix("v")
    if not (number.isascii() and number.isdecimal()) or not 1 <= int(number[:6]) <= 1000:
        raise BadRecord(f"a version has no number: {text[:40]!r}")
    return int(number)


def read_mail_date(text: str, field: str) -> datetime:
    """ "Fri, 15 Aug 2025 12:57:35 GMT" → the instant; BadRecord for anything else."""
    parts = text.split()
    try:
        if len(parts) == 6 and parts[5] == "GMT":  # all of arXiv's: a tenth of what the library takes
            hour, minute, second = parts[4].split(":")
            month = _MONTHS[parts[2]]
            return datetime(int(parts[3]), month, int(parts[1]), int(hour), int(minute), int(second), tzinfo=UTC)
        instant = parsedate_to_datetime(text)
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, KeyError, TypeError, OverflowError, IndexError):
        raise BadRecord(f"{field} is not a date: {text[:40]!r}") from None
