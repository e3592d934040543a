"""ECVA: ECCV from 2018 on, from one list of all years and a page for each paper.

Form: https://www.ecva.net/papers.php has, below a button for each year, the papers as CVF Open Access lists them
(dt.ptitle) with links to papers/eccv_<year>/…; their pages have the title, the authors and the abstract.
"""

from collections.abc import Iterator
from typing import Any

from ingest.clean import split_names
from ingest.sources.base import Asked, BadPage, Get, Part, Source
from ingest.sources.cvf import read_list
from ingest.sources.pages import (
    absolute,
    abstract_on,
    links_in,
    once,
    parse_html,
    pull_papers,
    read_meta,
    read_paper,
    text_in,
)

LIST = "https://www.ecva.net/papers.php"


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """The list, then a page for each paper of the year."""
    links = read_list(get(LIST, expect="html").body, LIST)
    wanted = [link for link in links if f"/eccv_{asked.year}/" in link.url]
    if not wanted:
        raise BadPage(f"{LIST} lists no paper of {asked.year}")
    yield from pull_papers(asked, get, once(wanted), read_page, home=LIST)


def read_page(body: bytes, url: str) -> dict[str, Any]:
    """A paper's page, with tags for search engines or without them."""
    root = parse_html(body)
    if "citation_title" in read_meta(root):
        return read_paper(body, url)
    said = {
        name: text_in(next(iter(root.xpath(".//*[@id=$name]", name=name)), None)) for name in ("papertitle", "authors")
    }
    pdf = next((address for address, _ in links_in(root, url) if address.endswith("_paper.pdf")), "")
    if not abstract_on(root) and not pdf:
        raise BadPage("it is no paper's page")
    authors = split_names(said["authors"].partition(";")[0])
    return {
        "title": said["papertitle"],
        "authors": authors,
        "abstract": abstract_on(root),
        "pdf": absolute(url, pdf),
        "site": url,
    }


SOURCE = Source(
    "ecva",
    "ECVA (ECCV)",
    f"The list {LIST}, of which the edition's year is taken, and each paper's page.",
    (),
    pull,
    unverified="the forms of CVF Open Access, which its pages share; no answer of it was recorded.",
)
