"""Between the `arxiv` package and the session that asks: what is no good in an answer never reaches the package.

An answer that is not whole is refused (BadPage), an error that arXiv wrapped into an entry is raised (ApiError), and
entries without what every paper has are taken out and told: the package would pass them over in silence, or give up the
whole page for one date.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from lxml import etree

from ingest.sources.base import LOSSY, REPLACED, Bad, BadPage, Document, child, children, local_name, parse_xml, text_of


class ApiError(BadPage):
    """arXiv answered with an error in its own words, which are the message: asking the same again won't help."""


class Answer(Protocol):
    """Of a response of `requests`, what is used."""

    @property
    def status_code(self) -> int: ...

    @property
    def content(self) -> bytes | Any: ...


class Session(Protocol):
    """Of a session of `requests`, what is used."""

    def get(self, url: str, *, headers: Any = ...) -> Answer: ...


class CheckedSession:
    """Between the package and the session: looks an answer through and hands on only what is good in it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.good = 0
        self.bad: list[Bad] = []
        self.total = 0

    def get(self, url: str, headers: object = None) -> "_Checked":
        # The package's own User-Agent is left out: who asks is the session's to say.
        answer = self.session.get(url)
        self.good, self.bad, self.total = 0, [], 0
        try:
            document = _parse_feed(answer.content)
        except BadPage:
            if answer.status_code == 200:
                raise
            return _Checked(answer.status_code, b"")  # the status says more than a page for people
        root = document.root
        for entry in list(children(root, "entry")):
            self._check(entry, document.mended)
        total = text_of(child(root, "totalResults")).strip()[:12]
        self.total = int(total) if total.isascii() and total.isdecimal() else 0
        return _Checked(answer.status_code, etree.tostring(root))

    def _check(self, entry: etree._Element, mended: bool) -> None:
        """Raise what is an error; take out, and tell, what can't be a paper."""
        address = text_of(child(entry, "id")).strip()
        if "/api/errors" in address or (not address and text_of(child(entry, "title")).strip() == "Error"):
            raise ApiError(f"arXiv's API: {' '.join(text_of(child(entry, 'summary')).split())[:300] or address[:300]}")
        absent = [name for name in ("published", "updated") if _instant(entry, name) is None]
        lossy = mended and REPLACED in etree.tostring(entry, encoding="unicode")
        if absent or lossy or not address:
            reason = LOSSY if lossy else f"it has no readable {' and '.join(absent) or 'id'}"
            self.bad.append(Bad(address.rpartition("/abs/")[2][:80], reason))
            parent = entry.getparent()
            assert parent is not None
            parent.remove(entry)
        else:
            self.good += 1


def _parse_feed(body: bytes) -> Document:
    document = parse_xml(body)
    if local_name(document.root) != "feed":
        raise BadPage(f"it is no feed but <{local_name(document.root)[:40]}>")
    return document


@dataclass(frozen=True, slots=True)
class _Checked:
    status_code: int
    content: bytes


def _instant(entry: etree._Element, name: str) -> datetime | None:
    """Read as the package reads it, which would give up the whole page for one bad date."""
    element = child(entry, name)
    text = (element.text if element is not None else None) or ""
    try:
        instant = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
