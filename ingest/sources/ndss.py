"""NDSS: a year's list of accepted papers, and a page for each.

Form: https://www.ndss-symposium.org/ndss<year>/accepted-papers/ links to /ndss-paper/<name>/, where the title is the
heading, the people with their affiliations are in bold, the abstract follows, and a button leads to the PDF.
"""

import re
from collections.abc import Iterator
from typing import Any

from ingest.clean import split_names
from ingest.sources.base import Asked, BadPage, Get, Part, Source
from ingest.sources.pages import (
    Link,
    abstract_on,
    first_with_class,
    links_in,
    once,
    parse_html,
    pull_papers,
    read_meta,
    read_paper,
    text_in,
)

SITE = "https://www.ndss-symposium.org"


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """The list, then a page a paper."""
    url = f"{SITE}/ndss{asked.year}/accepted-papers/"
    yield from pull_papers(asked, get, read_list(get(url, expect="html").body, url), read_page, home=SITE)


def read_list(body: bytes, url: str) -> list[Link]:
    """The papers' pages; BadPage where there is none."""
    links = [
        Link(address) for address, _ in links_in(parse_html(body), url) if re.search(r"/ndss-paper/[^/]+/?$", address)
    ]
    if not links:
        raise BadPage(f"{url} lists no paper")
    return once(links)


def read_page(body: bytes, url: str) -> dict[str, Any]:
    """A paper's page → its row."""
    root = parse_html(body)
    if "citation_title" in read_meta(root):
        return read_paper(body, url)
    title = text_in(next(root.iter("h1"), None))
    if not title:
        raise BadPage("it has no heading")
    data = first_with_class(root, "paper-data")
    people, abstract = "", abstract_on(root)
    if data is not None:
        paragraphs = (text_in(p) for p in data.iter("p") if p.find(".//p") is None)
        people, *texts = [*filter(None, paragraphs), ""]  # the first has the people
        abstract = abstract or " ".join(texts).strip()
    pdf = next((address for address, _ in links_in(root, url) if re.search(r"-paper\.pdf$", address)), "")
    return {"title": title, "authors": split_names(people), "abstract": abstract, "pdf": pdf, "site": url}


SOURCE = Source(
    "ndss",
    "NDSS",
    f"The list {SITE}/ndss<year>/accepted-papers/ and each paper's page.",
    (),
    pull,
    unverified="the addresses of its papers' pages and PDFs; no answer of it was recorded.",
)
