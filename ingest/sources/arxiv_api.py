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
from itertools import islice

import arxiv

from coolpapers.identifiers import ArxivId, parse_arxiv_id
from ingest.clean import BadRecord
from ingest.record import PaperRecord, arxiv_record
from ingest.sources.arxiv_session import ApiError, CheckedSession, Session
from ingest.sources.arxiv_values import says_withdrawn
from ingest.sources.base import Bad, BadPage

__all__ = ["ApiAnswer", "ApiError", "EmptyPage", "papers_by_id", "search_papers"]

BASE = "https://export.arxiv.org/api/query"
IDS_A_PAGE = 200  # keeps the address below 3,000 characters
RESULTS_A_PAGE = 500  # arXiv allows 2,000 and asks for less


class EmptyPage(BadPage):
    """A page that should have entries has none, as happens at times: try again later."""


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """`missing`: keys that were asked for and did not come, as they were given, neither good nor bad. `doubtful`: arXiv
    counted more of them than it gave, so some may be missing only now. `total`: how many it says a search has."""

    records: tuple[PaperRecord, ...] = ()
    missing: tuple[str, ...] = ()
    bad: tuple[Bad, ...] = ()
    doubtful: bool = False
    total: int = 0


def papers_by_id(keys: Sequence[str], session: Session, *, base: str = BASE) -> ApiAnswer:
    """The papers of these keys, of the current version or of one that a key names ("1706.03762v1").

    What is no identifier is missing without being asked for. Raises ApiError, BadPage, and what the session raises.
    """
    asked = {key: identifier for key in keys if (identifier := parse_arxiv_id(key, prefixed=True)) is not None}
    names = list(dict.fromkeys(_name(identifier) for identifier in asked.values()))
    records: dict[str, PaperRecord] = {}
    bad: list[Bad] = []
    doubtful = False
    for start in range(0, len(names), IDS_A_PAGE):
        some = names[start : start + IDS_A_PAGE]
        for page in _pages(arxiv.Search(id_list=some, max_results=None), session, base, len(some)):
            for record in page.records:
                records[_name(ArxivId(record.key, record.version))] = record
                records.setdefault(record.key, record)
            bad += page.bad
            doubtful |= not page.size and page.total > page.start
    told = {identifier.id for each in bad if (identifier := parse_arxiv_id(each.key, prefixed=True)) is not None}
    missing = [
        key for key in keys if key not in asked or (_name(asked[key]) not in records and asked[key].id not in told)
    ]
    found = tuple(records[name] for name in names if name in records)
    return ApiAnswer(found, tuple(missing), tuple(bad), doubtful=doubtful)


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
    return ApiAnswer(tuple(islice(records.values(), limit)), bad=tuple(bad), total=total)


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
    checked = CheckedSession(session)
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


def _read_page(found: list[arxiv.Result], checked: CheckedSession, start: int) -> _Page:
    if len(found) != checked.good:
        raise BadPage(f"the arxiv package read {len(found)} of {checked.good} entries")
    records: list[PaperRecord] = []
    bad = list(checked.bad)
    for result in found:
        try:
            records.append(_read_result(result))
        except BadRecord as error:
            bad.append(Bad(result.get_short_id()[:80], str(error)))
    return _Page(start, checked.good + len(checked.bad), checked.total, tuple(records), tuple(bad))


# --- An entry ----------------------------------------------------------------------------------------------------
def _read_result(result: arxiv.Result) -> PaperRecord:
    identifier = parse_arxiv_id(result.entry_id.strip().rpartition("/abs/")[2], prefixed=True)
    if identifier is None:
        raise BadRecord(f"id is not an arXiv identifier: {result.entry_id[:80]!r}")
    comments = result.comment or ""
    withdrawn = says_withdrawn(comments, result.summary)
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
