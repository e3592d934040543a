"""CVF Open Access: CVPR, ICCV and WACV, from a conference's list of papers and a page for each.

Form: https://openaccess.thecvf.com/CVPR2024?day=all lists titles (dt.ptitle) with links to pages, which have the
`citation_` tags and the abstract. Lists of 2018 to 2020 are by day: then the days that the page links to are asked for.
"""

import re
from collections.abc import Iterator

from ingest.sources.base import Asked, BadPage, Field, Get, Part, Source
from ingest.sources.pages import Link, absolute, links_in, once, parse_html, pull_papers, text_in, with_class

SITE = "https://openaccess.thecvf.com"
MOST_DAYS = 30


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """The list, or its days, then a page a paper."""
    url = f"{SITE}/{asked.fields['conference']}?day=all"
    body = get(url, expect="html").body
    links, before = read_list(body, url), 1
    if not links:
        days = read_days(body, url)
        if len(days) > MOST_DAYS:
            raise BadPage(f"{url} lists {len(days):,} days")
        for day in days:
            links += read_list(get(day, expect="html").body, day)
        before += len(days)
    if not links:
        raise BadPage(f"{url} lists no paper")
    yield from pull_papers(asked, get, once(links), home=SITE, before=before)


def read_list(body: bytes, url: str) -> list[Link]:
    """The papers' pages of a list; none where it is one of days."""
    found = []
    for title in with_class(parse_html(body), "ptitle", "dt"):
        anchor = next(iter(title.iter("a")), None)
        if anchor is not None and (page := absolute(url, anchor.get("href", ""))):
            found.append(Link(page, {"title": text_in(anchor)}))
    return found


def read_days(body: bytes, url: str) -> list[str]:
    """The lists of the conference's single days."""
    listed, _, _ = url.partition("?")
    begins = re.compile(rf"{re.escape(listed)}(?:\.py)?\?(?:.*&)?day=(?!all)")
    days = (address for address, _ in links_in(parse_html(body), url) if begins.match(address))
    return list(dict.fromkeys(days))


SOURCE = Source(
    "cvf",
    "CVF Open Access",
    f"The list {SITE}/<conference>?day=all and each paper's page.",
    (
        Field(
            "conference",
            "Conference",
            f"As in the address {SITE}/<conference>.",
            "CVPR2024",
            pattern=r"[A-Z]{2,12}[12][0-9]{3}(?:_workshops)?(?:/[A-Za-z0-9_]{1,40})?",
        ),
    ),
    pull,
    unverified="recorded excerpts of a list and a page; where a page has the abstract is not in them.",
)
