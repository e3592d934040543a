"""IJCAI's proceedings: a year's list, and a page for each paper.

Form: https://www.ijcai.org/proceedings/2024/ links to /proceedings/2024/<number>. A page's citation_author tags are in
no order, so the authors are those of its heading, and the PDF is its citation_url.
"""

import re
from collections.abc import Iterator
from typing import Any

from ingest.clean import split_names
from ingest.sources.base import Asked, BadPage, Get, Part, Source
from ingest.sources.pages import (
    Element,
    Link,
    absolute,
    first_with_class,
    links_in,
    once,
    parse_html,
    pull_papers,
    read_meta,
    text_in,
    with_class,
)

SITE = "https://www.ijcai.org/proceedings"


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """The list, then a page a paper."""
    url = f"{SITE}/{asked.year}/"
    links = read_list(get(url, expect="html").body, url, asked.year)
    yield from pull_papers(asked, get, links, read_page, home=SITE)


def read_list(body: bytes, url: str, year: int) -> list[Link]:
    """The papers' pages with their tracks; BadPage where there is none."""
    links = []
    tracks: dict[Element, str] = {}
    for address, anchor in links_in(parse_html(body), url):
        if re.search(rf"/proceedings/{year}/[0-9]{{1,5}}$", address):
            track = _track(anchor, tracks)
            links.append(Link(address, {"group": track} if track else {}))
    if not links:
        raise BadPage(f"{url} lists no paper")
    return once(links)


def _track(anchor: Element, known: dict[Element, str]) -> str:
    """The title of the section that the link is in, which is read once."""
    for around in anchor.iterancestors("div"):
        if "section" in (around.get("class") or "").split():
            if around not in known:
                known[around] = text_in(first_with_class(around, "section_title"))
            return known[around]
    return ""


def read_page(body: bytes, url: str) -> dict[str, Any]:
    """A paper's page → its row."""
    root = parse_html(body)
    meta = read_meta(root)
    title = next(iter(meta.get("citation_title", [])), "")
    if not title:
        raise BadPage("it has no title (citation_title)")
    detail = first_with_class(root, "proceedings-detail")
    names, abstract, doi, track = "", "", "", ""
    if detail is not None:
        names = text_in(next(detail.iter("h2"), None))
        columns = (block for block in with_class(detail, "col-md-12") if not with_class(block, "keywords"))
        abstract = text_in(next(columns, None))
        doi = text_in(first_with_class(detail, "doi"))
        if match := re.search(r"([A-Z][^.\n]{2,80})\. Pages [0-9]", text_in(detail)):
            track = match[1].rpartition("Artificial Intelligence")[2].strip()
    pdf = next(iter(meta.get("citation_pdf_url", meta.get("citation_url", []))), "")
    return {
        "title": title,
        "authors": split_names(names) or meta.get("citation_author", []),
        "abstract": abstract,
        "group": track,
        "doi": doi,
        "pdf": absolute(url, pdf),
        "site": url,
    }


SOURCE = Source(
    "ijcai",
    "IJCAI",
    f"The list {SITE}/<year>/ and each paper's page.",
    (),
    pull,
    unverified="a recorded page of a paper; of the list, only that it links to such pages.",
)
