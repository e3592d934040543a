"""MICCAI's open papers: a year's list, and a page for each paper.

Form: https://papers.miccai.org/miccai-<year>/ links to pages named <number>-Paper<number>.html, which have a heading,
the authors, the abstract and a link to the PDF.
"""

import re
from collections.abc import Iterator
from typing import Any

from ingest.sources.base import Asked, BadPage, Get, Part, Source
from ingest.sources.pages import (
    Link,
    abstract_on,
    in_classes,
    links_in,
    once,
    outermost,
    parse_html,
    pull_papers,
    read_meta,
    read_paper,
    text_in,
)
from ingest.sources.rows import natural_order

SITE = "https://papers.miccai.org"
_PAPER = re.compile(r"/(?:[0-9]+-)?(Paper[0-9]+)\.html$", re.IGNORECASE)


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """The list, then a page a paper."""
    url = f"{SITE}/miccai-{asked.year}/"
    yield from pull_papers(asked, get, read_list(get(url, expect="html").body, url), read_page, home=SITE)


def read_list(body: bytes, url: str) -> list[Link]:
    """The papers' pages; BadPage where there is none."""
    links = [
        Link(address, {"id": match[1], "title": text_in(anchor)})
        for address, anchor in links_in(parse_html(body), url)
        if (match := _PAPER.search(address))
    ]
    if not links:
        raise BadPage(f"{url} lists no paper")
    return once(links)


def read_page(body: bytes, url: str) -> dict[str, Any]:
    """A paper's page → its row."""
    root = parse_html(body)
    if "citation_title" in read_meta(root):
        return read_paper(body, url)
    abstract = abstract_on(root)
    if not abstract:
        raise BadPage("it has no abstract")
    names = [
        text_in(anchor) for address, anchor in links_in(root, url) if re.search(r"/tags/?", anchor.get("href", ""))
    ]
    lists = outermost(root, lambda element: in_classes(element, "author"))
    people = [text_in(link) for told in lists for link in told.iter("a")] or names
    pdf = next((address for address, _ in links_in(root, url) if re.search(r"_paper\.pdf$", address)), "")
    return {
        "title": text_in(next(root.iter("h1"), None)),
        "authors": [natural_order(name) for name in dict.fromkeys(people)],
        "abstract": abstract,
        "pdf": pdf,
        "site": url,
    }


SOURCE = Source(
    "miccai",
    "MICCAI Society",
    f"The list {SITE}/miccai-<year>/ and each paper's page.",
    (),
    pull,
    unverified="what is known of its site; no answer of it was recorded.",
)
