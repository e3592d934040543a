"""arXiv's daily feeds, RSS 2.0 and Atom: the only place that says what was announced, when and how.

`parse_feed` is pure. It gives a feed's name, the announcement day and its entries in the feed's order; entries that
can't be used are in `bad`, so that both together are as many as the feed has. A feed without entries (weekends,
holidays) is no error.

Read off arXiv's own program (github.com/arXiv/arxiv-feed, `database.py`) and recorded feeds: a feed has at most 2,000
entries, one a paper and the new ones first; leaves out replacements by version 6 and later; and calls a paper new or
replaced where its primary category belongs to the feed, else `cross` or `replace-cross`. The version is the current one
of when the feed was made.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, unquote, urlsplit
from zoneinfo import ZoneInfo

from lxml import etree

from coolpapers.identifiers import parse_arxiv_id
from ingest.clean import BadRecord, clean_categories, clean_text
from ingest.sources.base import Bad, BadPage, child, children, local_name, parse_xml, text_of

LIMIT = 2_000  # entries: arXiv cuts feeds there
KINDS = ("new", "cross", "replace", "replace-cross")
EASTERN = ZoneInfo("America/New_York")
_PREFIX = "oai:arxiv.org:"


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A paper in a feed. `kind` is one of KINDS; categories are canonical, the primary one first."""

    key: str
    version: int
    kind: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ArxivFeed:
    """`name` is what was asked for ("cs", "cs.AI+cs.LG"); `day` the listing date, None where the feed has no date."""

    name: str
    day: date | None
    entries: tuple[FeedEntry, ...] = ()
    bad: tuple[Bad, ...] = ()

    @property
    def truncated(self) -> bool:
        """Whether it has as many entries as a feed can have, so that others may be missing."""
        return len(self.entries) + len(self.bad) >= LIMIT


def feed_url(base: str, names: str | tuple[str, ...], form: str = "atom") -> str:
    """The feed of archives or categories; `form` is "atom" or "rss"."""
    return f"{base.rstrip('/')}/{form}/{quote(names if isinstance(names, str) else '+'.join(names), safe='+')}"


def parse_feed(body: bytes) -> ArxivFeed:
    """The feed; BadPage where it is none, or says that it could not be made."""
    root = parse_xml(body).root
    channel = root if local_name(root) == "feed" else child(root, "channel")
    if channel is None or local_name(root) not in {"feed", "rss"}:
        raise BadPage(f"it is no feed but <{local_name(root)[:40]}>")
    title = clean_text(text_of(child(channel, "title")), limit=300)
    if title.lower().startswith("feed error"):
        told = text_of(child(channel, "subtitle")) or text_of(child(channel, "description"))
        raise BadPage(f"arXiv could not make the feed: {clean_text(told, limit=300)}")
    elements = [element for name in ("entry", "item") for element in children(channel, name)]
    days = [_day(text_of(child(element, name))) for element in elements for name in _day_names(element)]
    counted = Counter(day for day in days if day is not None)
    day = counted.most_common(1)[0][0] if counted else _day_of_feed(channel)
    entries, bad = _sort(elements, day)
    return ArxivFeed(_name(channel, title), day, entries, bad)


# --- The feed ----------------------------------------------------------------------------------------------------
def _name(channel: etree._Element, title: str) -> str:
    """From its own address (`…/atom/cs.AI`), else from its title ("cs.AI, cs.LG updates on arXiv.org")."""
    for element in (child(channel, "id"), *children(channel, "link")):
        address = (text_of(element) or element.get("href", "")).strip() if element is not None else ""
        try:
            _, _, name = urlsplit(address).path.rpartition("/")
        except ValueError:
            continue
        if name:
            return unquote(name)[:300]
    return "+".join(title.partition(" updates on ")[0].replace(",", " ").split())


def _day_of_feed(channel: etree._Element) -> date | None:
    """Of a feed without dated entries: RSS has its day; Atom has only the instant at which it was made."""
    names = ("pubDate", "published", "updated", "lastBuildDate")
    return next((day for name in names if (day := _day(text_of(child(channel, name))))), None)


def _day(text: str) -> date | None:
    """The day in New York of an instant in ISO form (Atom) or in that of mail (RSS): listings carry midnight there."""
    text = text.strip()[:60]
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            instant = read(text)
            return instant.date() if instant.tzinfo is None else instant.astimezone(EASTERN).date()
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None


def _day_names(element: etree._Element) -> Iterator[str]:
    """Under which name an entry has its day: the first of these that it has."""
    return iter([name for name in ("published", "pubDate") if child(element, name) is not None][:1])


# --- Entries -----------------------------------------------------------------------------------------------------
def _sort(elements: list[etree._Element], day: date | None) -> tuple[tuple[FeedEntry, ...], tuple[Bad, ...]]:
    entries: dict[tuple[str, str], FeedEntry] = {}
    bad: list[Bad] = []
    for element in elements:
        name = (text_of(child(element, "id")) or text_of(child(element, "guid"))).strip()[:80]
        try:
            entry = _entry(element, name, day)
            if entries.setdefault((entry.key, entry.kind), entry) is not entry:
                raise BadRecord("it is in the feed twice")
        except BadRecord as error:
            bad.append(Bad(name.removeprefix("oai:arXiv.org:"), str(error)))
    return tuple(entries.values()), tuple(bad)


def _entry(element: etree._Element, name: str, day: date | None) -> FeedEntry:
    bare = name[len(_PREFIX) :] if name.lower().startswith(_PREFIX) else ""
    identifier = parse_arxiv_id(bare, prefixed=True)
    if identifier is None or identifier.version is None:
        raise BadRecord("its id is not oai:arXiv.org:<identifier>v<number>")
    kind = text_of(child(element, "announce_type")).strip()
    if kind not in KINDS:
        raise BadRecord(f"announce_type is {kind[:40]!r}, and none of {', '.join(KINDS)}")
    for date_name in _day_names(element):
        if (own := _day(text_of(child(element, date_name)))) != day:
            raise BadRecord(f"it is of {own or 'no readable day'}, the feed of {day}")
    codes = [category.get("term") or text_of(category).strip() for category in children(element, "category")]
    categories = clean_categories(codes)
    if not categories:
        raise BadRecord(f"there is no known category: {' '.join(codes)[:80]!r}")
    return FeedEntry(identifier.id, identifier.version, kind, categories)
