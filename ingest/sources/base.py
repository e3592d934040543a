"""What sources share: how a parser tells of what it can't use, and XML that nobody can hurt us with.

`parse_xml` gives the root of a whole, well-formed document. There are no entities, no DTD and no other file in it. One
bad byte among 3,500 records does not cost the page: controls that XML forbids are dropped, bytes that are not UTF-8
become U+FFFD, and the page is marked as mended, so that the record that holds them can be refused by itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

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
