"""Whether the body of an answer is the XML that was expected, before any parser sees it.

Pure. Input: bytes and the Content-Type that came with them. Output: the same bytes, or, where they are not in the
encoding that they name, UTF-8. Guarantee: what comes out names its encoding rightly, ends with its root element's end
and brings no document type of its own, so no entities that grow.
"""

import codecs
import re
from dataclasses import dataclass

PROLOG = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")
UTF8, UTF16 = "utf-8", (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class NotXml(ValueError):
    """What came instead: a page for people, nothing, or words. arXiv is being looked after, most likely."""


class CutOff(ValueError):
    """It begins well and does not end."""


class Forbidden(ValueError):
    """XML that no source of ours sends, such as entities."""


@dataclass(frozen=True)
class Body:
    """`problem`: what had to be put right; `lossy`: and that letters are lost by it."""

    data: bytes
    problem: str = ""
    lossy: bool = False


def check_xml(data: bytes, content_type: str = "") -> Body:
    """The body as a parser may have it; raises one of the three above."""
    body = _in_its_encoding(data, content_type)
    start = PROLOG.match(body.data.removeprefix(codecs.BOM_UTF8))
    rest = body.data.removeprefix(codecs.BOM_UTF8)[start.end() if start else 0 :]
    head = rest[:200].lower()
    if not rest:
        raise NotXml("The answer is empty.")
    if head.startswith((b"<!doctype html", b"<html")):
        raise NotXml(f"A page for people came instead of XML{_title(rest)}.")
    if head.startswith(b"<!doctype"):
        raise Forbidden("The XML brings a document type of its own.")
    root = ROOT.match(rest)
    if not root:
        raise NotXml(f"No XML came, but {rest[:60]!r}.")
    if not _ends(rest, root[1]):
        raise CutOff("The XML does not end.")
    return body


def _ends(rest: bytes, root: bytes) -> bool:
    """Whether the root's end tag is where it ends, but for a comment; or the root is one empty element."""
    tail = rest[-2_000:]
    return bool(re.search(rb"</" + re.escape(root) + rb"\s*>", tail)) or bool(
        re.fullmatch(rb"<[^<>]*/>\s*", tail if len(rest) <= 2_000 else b"")
    )


def _title(page: bytes) -> str:
    found = re.search(rb"<title[^>]*>\s*([^<]{1,80})", page[:20_000], re.IGNORECASE)
    return f" ({found[1].decode(errors='replace').strip()})" if found else ""


def _in_its_encoding(data: bytes, content_type: str) -> Body:
    """What the document says of itself holds; then what the header says; then UTF-8 with signs for what is none."""
    if data.startswith(UTF16):
        return _as_utf8(data, "utf-16")
    found = DECLARED.match(data.removeprefix(codecs.BOM_UTF8)[:200])
    own = found[1].decode().lower() if found else UTF8
    if _decodes(data, own):
        return Body(data) if own in {UTF8, "utf8", "us-ascii", "ascii"} else _as_utf8(data, own)
    header = re.search(r"charset\s*=\s*[\"']?([\w.-]+)", content_type, re.IGNORECASE)
    for other in (UTF8, header[1].lower() if header else UTF8):
        if _decodes(data, other):
            return Body(_as_utf8(data, other).data, f"It says {own} and is {other}.")
    strange = data.decode(UTF8, "replace").count("\ufffd")
    return Body(_as_utf8(data, UTF8).data, f"Bytes that are no {UTF8}: {strange} or more.", lossy=True)


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def _as_utf8(data: bytes, encoding: str) -> Body:
    """The same text in UTF-8, without a declaration that says otherwise."""
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    return Body(re.sub(r"^<\?xml[^>]*\?>", '<?xml version="1.0" encoding="UTF-8"?>', text, count=1).encode())
