"""The feeds of rss.arxiv.org: what the day of an instant announced, in Atom and in RSS 2.0, as recorded.

Input: names of categories and archives with `+` between, and an instant. Output: a status and XML. On days without a
listing the feed has no entries; it never has more than 2,000, and then new papers are the ones left out.
"""

from datetime import UTC, date, datetime
from html import escape
from xml.sax.saxutils import quoteattr

from tests.upstream.schedule import NEW_YORK, at
from tests.upstream.world import Listing, World, categories_of

BASE = "http://rss.arxiv.org"
LIMIT = 2000
_ARXIV = 'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'


def _escape(text: str) -> str:
    return escape(text, quote=False)


def feed(world: World, form: str, names: str, now: datetime) -> tuple[int, str]:
    """`form` is atom or rss. An unknown name is an error of status 400, as a feed without entries."""
    asked = [name for name in names.split("+") if name]
    known = [categories_of(name) for name in asked]
    wrong = [name for name, categories in zip(asked, known, strict=True) if not categories]
    day = world.feed_day(now)
    write = atom if form == "atom" else rss
    if wrong or not asked:
        return 400, write(names, day, [], f"Bad archive '{', '.join(wrong)}'.", f"Feed error for query: {names}")
    found = world.listings(day, frozenset().union(*known))[::-1][:LIMIT][::-1]
    title = f"{', '.join(asked)} updates on"
    return 200, write("+".join(asked), day, found, f"{title} the arXiv.org e-print archive.", f"{title} arXiv.org")


def _updated(day: date, number: int = 0) -> str:
    """When the feed was made: seconds after midnight in New York."""
    made = at(day, 0).replace(second=19, microsecond=866337 - number % 800000)
    return made.isoformat()


def _summary(listing: Listing) -> str:
    state = listing.state
    named = f"arXiv:{state.key}v{state.version.number} Announce Type: {listing.kind}"
    return _escape(f"{named} \nAbstract: {state.paper.abstract}")


def _extras(listing: Listing, space: str) -> str:
    """What an entry of both forms ends with."""
    paper = listing.state.paper
    named = [("arxiv:announce_type", listing.kind), ("dc:rights", paper.license)]
    named += [("arxiv:journal_reference", paper.journal_ref), ("arxiv:DOI", paper.doi)]
    named += [("dc:creator", ", ".join(paper.authors))]
    return "".join(f"{space}<{name}>{_escape(text)}</{name}>\n" for name, text in named if text)


def atom(names: str, day: date, listings: list[Listing], subtitle: str, title: str) -> str:
    link = f"{BASE}/atom/{names}"
    entries = "".join(_entry(listing, day, number) for number, listing in enumerate(listings))
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        f'<feed {_ARXIV} xmlns="http://www.w3.org/2005/Atom" xml:lang="en-us">\n'
        f"  <id>{_escape(link)}</id>\n  <title>{_escape(title)}</title>\n  <updated>{_updated(day)}</updated>\n"
        f'  <link href={quoteattr(link)} rel="self" type="application/atom+xml"/>\n'
        f"  <subtitle>{_escape(subtitle)}</subtitle>\n{entries}</feed>\n"
    )


def _entry(listing: Listing, day: date, number: int) -> str:
    state = listing.state
    categories = "".join(f'    <category term="{name}"/>\n' for name in state.paper.categories)
    return (
        f"  <entry>\n    <id>oai:arXiv.org:{state.key}v{state.version.number}</id>\n"
        f"    <title>{_escape(state.paper.title)}</title>\n    <updated>{_updated(day, number)}</updated>\n"
        f'    <link href="https://arxiv.org/abs/{state.key}" rel="alternate" type="text/html"/>\n'
        f"    <summary>{_summary(listing)}</summary>\n{categories}"
        f"    <published>{at(day, 0).astimezone(NEW_YORK).isoformat()}</published>\n"
        f"{_extras(listing, '    ')}  </entry>\n"
    )


def rss(names: str, day: date, listings: list[Listing], subtitle: str, title: str) -> str:
    link, midnight = f"{BASE}/rss/{names}", at(day, 0)
    published = f"{midnight.astimezone(NEW_YORK):%a, %d %b %Y %H:%M:%S %z}"
    items = "".join(_item(listing, published) for listing in listings)
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        f'<rss {_ARXIV} xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" version="2.0">\n  <channel>\n'
        f"    <title>{_escape(title)}</title>\n    <link>{_escape(link)}</link>\n"
        f"    <description>{_escape(subtitle)}</description>\n"
        f'    <atom:link href={quoteattr(link)} rel="self" type="application/rss+xml"/>\n'
        "    <docs>http://www.rssboard.org/rss-specification</docs>\n    <language>en-us</language>\n"
        f"    <lastBuildDate>{midnight.astimezone(UTC):%a, %d %b %Y %H:%M:02 +0000}</lastBuildDate>\n"
        "    <managingEditor>rss-help@arxiv.org</managingEditor>\n"
        f"    <pubDate>{published}</pubDate>\n    <skipDays>\n      <day>Sunday</day>\n      <day>Saturday</day>\n"
        f"    </skipDays>\n{items}  </channel>\n</rss>\n"
    )


def _item(listing: Listing, published: str) -> str:
    state = listing.state
    categories = "".join(f"      <category>{name}</category>\n" for name in state.paper.categories)
    return (
        f"    <item>\n      <title>{_escape(state.paper.title)}</title>\n"
        f"      <link>https://arxiv.org/abs/{state.key}</link>\n"
        f"      <description>{_summary(listing)}</description>\n"
        f'      <guid isPermaLink="false">oai:arXiv.org:{state.key}v{state.version.number}</guid>\n{categories}'
        f"      <pubDate>{published}</pubDate>\n{_extras(listing, '      ')}    </item>\n"
    )
