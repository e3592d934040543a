"""The ISCA Archive: Interspeech and other speech conferences, from a list and a page for each paper.

Form: https://www.isca-archive.org/<conference>_<year>/ links to <name>_<conference>.html; pages have `citation_` tags
and an abstract.
"""

import re
from collections.abc import Iterator

from ingest.sources.base import Asked, BadPage, Field, Get, Part, Source
from ingest.sources.pages import Link, links_in, once, parse_html, pull_papers, text_in

SITE = "https://www.isca-archive.org"


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """The list, then a page a paper."""
    conference = asked.fields["conference"]
    url = f"{SITE}/{conference}/"
    yield from pull_papers(asked, get, read_list(get(url, expect="html").body, url, conference), home=SITE)


def read_list(body: bytes, url: str, conference: str) -> list[Link]:
    """The papers' pages; BadPage where there is none."""
    name = re.escape(conference.rpartition("_")[0])
    page = re.compile(rf"/{re.escape(conference)}/[a-z0-9_-]+_{name}\.html$")
    links = [Link(at, {"title": text_in(anchor)}) for at, anchor in links_in(parse_html(body), url) if page.search(at)]
    if not links:
        raise BadPage(f"{url} lists no paper")
    return once(links)


SOURCE = Source(
    "isca",
    "ISCA Archive (Interspeech)",
    f"The list {SITE}/<conference>/ and each paper's page.",
    (
        Field(
            "conference",
            "Conference",
            f"As in the address {SITE}/<conference>/.",
            "interspeech_2024",
            pattern=r"[a-z][a-z0-9_-]{0,60}_[12][0-9]{3}[a-z]{0,8}",
        ),
    ),
    pull,
    unverified="the addresses of its papers' pages and PDFs; no answer of it was recorded.",
)
