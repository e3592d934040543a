"""arXiv's API: papers by their identifiers, and papers that a query finds.

The `arxiv` package builds the queries and reads the entries; the session that asks is given, so that it decides when a
request may start and what a bad status means, and the package neither waits nor repeats. Before the package sees an
answer it is looked through here: an answer that is not whole is refused, an error that arXiv wrapped into an entry is
raised and never a paper, and an entry without what every paper has is told as bad.

An entry tells the first version's instant (`published`), the current version's (`updated`) and its number. It does not
tell the licence, nor when a paper was announced.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Protocol

import arxiv
from lxml import etree

from coolpapers.identifiers import ArxivId, parse_arxiv_id
from ingest.clean import BadRecord
from ingest.record import PaperRecord, arxiv_record
from ingest.sources.base import Bad, BadPage, child, children, local_name, parse_xml, says_withdrawn, text_of

BASE = "https://export.arxiv.org/api/query"
IDS_A_PAGE = 200  # keeps the address below 3,000 characters
RESULTS_A_PAGE = 500  # arXiv allows 2,000 and asks for less


class ApiError(BadPage):
    """arXiv answered with an error in its own words, which are the message: asking the same again won't help."""


class EmptyPage(BadPage):
    """A page that should have entries has none, as happens at times: try again later."""


class Answer(Protocol):
    """Of a response of `requests`, what is used."""

    status_code: int
    content: bytes


class Session(Protocol):
    """Of a session of `requests`, what is used."""

    def get(self, url: str, *, headers: Any = ...) -> Answer: ...


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """`missing`: keys that were asked for and did not come, as they were given, neither good nor bad. `total`: how many
    papers arXiv says a search has."""

    records: tuple[PaperRecord, ...] = ()
    missing: tuple[str, ...] = ()
    bad: tuple[Bad, ...] = ()
    total: int = 0


def papers_by_id(keys: Sequence[str], session: Session, *, base: str = BASE) -> ApiAnswer:
    """The papers of these keys, of the current version or of one that a key names ("1706.03762v1").

    What is no identifier is missing without being asked for. Raises ApiError, BadPage, and what the session raises.
    """
    asked = {key: identifier for key in keys if (identifier := parse_arxiv_id(key, prefixed=True)) is not None}
    names = list(dict.fromkeys(_name(identifier) for identifier in asked.values()))
    records: dict[str, PaperRecord] = {}
    bad: list[Bad] = []
    for start in range(0, len(names), IDS_A_PAGE):
        some = names[start : start + IDS_A_PAGE]
        for page in _pages(arxiv.Search(id_list=some, max_results=None), session, base, len(some)):
            for record in page.records:
                records[_name(ArxivId(record.key, record.version))] = record
                records.setdefault(record.key, record)
            bad += page.bad
    told = {identifier.id for each in bad if (identifier := parse_arxiv_id(each.key, prefixed=True)) is not None}
    missing = [
        key for key in keys if key not in asked or (_name(asked[key]) not in records and asked[key].id not in told)
    ]
    return ApiAnswer(tuple(records[name] for name in names if name in records), tuple(missing), tuple(bad))


def search_papers(query: str, session: Session, limit: int, *, base: str = BASE) -> ApiAnswer:
    """At most `limit` papers that arXiv finds for a query in its own syntax ("ti:attention AND cat:cs.CL").

    Raises EmptyPage where a page in the middle is empty, ApiError, BadPage, and what the session raises.
    """
    records: dict[str, PaperRecord] = {}
    bad: list[Bad] = []
    total = 0
    for page in _pages(arxiv.Search(query=query, max_results=None), session, base, limit):
        if not page.size and page.total > page.start:
            raise EmptyPage(
                f"arXiv says {page.total:,} papers and gave none from number {page.start + 1} on: try again"
            )
        records.update((record.key, record) for record in page.records)
        bad += page.bad
        total = page.total
    return ApiAnswer(tuple(islice(records.values(), limit)), (), tuple(bad), total)


def _name(identifier: ArxivId) -> str:
    return f"{identifier.id}v{identifier.version}" if identifier.version else identifier.id


# --- Pages -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Page:
    start: int
    size: int  # entries, good or bad
    total: int
    records: tuple[PaperRecord, ...]
    bad: tuple[Bad, ...]


def _pages(search: arxiv.Search, session: Session, base: str, limit: int) -> Iterator[_Page]:
    """Page by page to the limit, to the end that arXiv tells, or to an empty page, which comes out too.

    Pages may be shorter than asked for: the next one begins behind what came.
    """
    checked = _CheckedSession(session)
    start = 0
    while start < limit:
        client = arxiv.Client(page_size=min(RESULTS_A_PAGE, limit - start), delay_seconds=0, num_retries=0)
        client.query_url_format = f"{base}?{{}}"
        client._session = checked
        results = client.results(search, offset=start)
        try:
            found = list(islice(results, 1))  # asks for the page
            found += islice(results, max(0, checked.good - 1))  # and one more would ask for the next
        except arxiv.HTTPError as error:
            raise BadPage(f"arXiv's API answered with status {error.status}") from None
        page = _read_page(found, checked, start)
        yield page
        start += page.size
        if not page.size or start >= page.total:
            return


def _read_page(found: list[arxiv.Result], checked: "_CheckedSession", start: int) -> _Page:
    records: list[PaperRecord] = []
    bad = list(checked.bad)
    for result in found:
        try:
            records.append(_read_result(result))
        except BadRecord as error:
            bad.append(Bad(result.get_short_id()[:80], str(error)))
    return _Page(start, checked.good + len(checked.bad), checked.total, tuple(records), tuple(bad))


class _CheckedSession:
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
            root = parse_xml(answer.content).root
        except BadPage:
            if answer.status_code == 200:
                raise
            return _Checked(answer.status_code, b"")
        if local_name(root) != "feed":
            raise BadPage(f"it is no feed but <{local_name(root)[:40]}>")
        for entry in list(children(root, "entry")):
            self._check(entry)
        total = text_of(child(root, "totalResults")).strip()[:12]
        self.total = int(total) if total.isascii() and total.isdecimal() else 0
        return _Checked(answer.status_code, etree.tostring(root))

    def _check(self, entry: etree._Element) -> None:
        """Raise what is an error; take out, and tell, what can't be a paper."""
        address = text_of(child(entry, "id")).strip()
        if "/api/errors" in address or (not address and text_of(child(entry, "title")).strip() == "Error"):
            raise ApiError(f"arXiv's API: {' '.join(text_of(child(entry, 'summary')).split())[:300] or address[:300]}")
        absent = (
            "id" if not address else next((name for name in ("published", "updated") if not _instant(entry, name)), "")
        )
        if absent:
            self.bad.append(Bad(address.rpartition("/abs/")[2][:80], f"it has no readable {absent}"))
            parent = entry.getparent()
            assert parent is not None
            parent.remove(entry)
        else:
            self.good += 1


@dataclass(frozen=True, slots=True)
class _Checked:
    status_code: int
    content: bytes


def _instant(entry: etree._Element, name: str) -> datetime | None:
    """Read as the package reads it, which would give up the whole page for one bad date."""
    element = child(entry, name)
    try:
        instant = (
            datetime.fromisoformat((element.text or "").strip().replace("Z", "+00:00")) if element is not None else None
        )
        return instant and (instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


# --- An entry ----------------------------------------------------------------------------------------------------
def _read_result(result: arxiv.Result) -> PaperRecord:
    identifier = parse_arxiv_id(result.entry_id.strip().rpartition("/abs/")[2], prefixed=True)
    if identifier is None:
        raise BadRecord(f"id is not an arXiv identifier: {result.entry_id[:80]!r}")
    comments = " ".join((result.comment or "").split())
    withdrawn = says_withdrawn(comments, " ".join(result.summary[:300].split()))
    row = {
        "id": identifier.id,
        "version": identifier.version,
        "title": result.title,
        "abstract": result.summary,
        "authors": [author.name for author in result.authors],
        "categories": result.categories,
        "primary_category": result.primary_category,
        "comments": result.comment,
        "doi": result.doi,
        "journal_ref": result.journal_ref,
        "withdrawn": withdrawn,
        "withdrawn_reason": comments if withdrawn else "",
    }
    # In November 2025 some were published after they had been updated: then `published` is not the first version's.
    if result.published <= result.updated:
        row["submitted"] = result.published.isoformat()
    if (identifier.version or 1) > 1:
        row["revised"] = result.updated.isoformat()
    return arxiv_record(row)
