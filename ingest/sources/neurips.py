"""Proceedings of NeurIPS, ICLR and MLSys, which share one form: a list of a year, and a page for each paper.

Form: https://proceedings.neurips.cc/paper_files/paper/2024 links to …/hash/<hash>-Abstract[-<track>].html. There are
two looks: since 2026 a list says each paper's track beside it, and before the pages do; the links are the same in both.
The group is the track where there are several.
"""

import re
from collections.abc import Iterator
from typing import Any

from ingest.sources.base import Asked, BadPage, Field, Get, Part, Source
from ingest.sources.pages import Link, first_with_class, links_in, once, parse_html, pull_papers, read_paper, text_in

SITES = {
    "NeurIPS": "https://proceedings.neurips.cc",
    "ICLR": "https://proceedings.iclr.cc",
    "MLSys": "https://proceedings.mlsys.org",
}
_PAPER = re.compile(r"/paper/(?P<year>[0-9]{4})/hash/[0-9a-f]{32}-Abstract(?:-(?P<track>[^/.]+))?\.html")
_MAIN = {"conference", "main conference track", "main track", ""}


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """The list, then a page a paper."""
    url = f"{SITES[asked.fields.get('site', 'NeurIPS')]}/paper_files/paper/{asked.year}"
    links, told = read_list(get(url, expect="html").body, url, asked.year)
    yield from pull_papers(asked, get, links, read_page, home=url, told=told)


def read_list(body: bytes, url: str, year: int) -> tuple[list[Link], int | None]:
    """The papers' pages, and how many the list says that there are; BadPage where it has none of that year."""
    root = parse_html(body)
    found = []
    for address, anchor in links_in(root, url):
        match = _PAPER.search(address)
        if match and int(match["year"]) == year:
            found.append(Link(address, {"title": text_in(anchor), "group": track_of(match["track"] or "")}))
    if not found:
        raise BadPage(f"{url} lists no paper of {year}")
    count = re.match(r"([0-9]{1,3}(?:,?[0-9]{3}){0,2}) papers?\b", text_in(first_with_class(root, "paper-count")))
    links = once(found)
    if len({link.row["group"] for link in links}) == 1:
        links = [Link(link.url, {"title": link.row["title"]}) for link in links]
    return links, int(count[1].replace(",", "")) if count else None


def track_of(name: str) -> str:
    """Datasets_and_Benchmarks_Track → Datasets and Benchmarks; Conference → Main."""
    words = name.replace("_", " ").strip()
    return "Main" if words.lower() in _MAIN else re.sub(r" track$", "", words, flags=re.IGNORECASE)


def read_page(body: bytes, url: str) -> dict[str, Any]:
    """A paper's page; where it is the old look of papers.nips.cc, too."""
    row = read_paper(body, url)
    return {**row, "abstract": "" if row["abstract"].lower() == "abstract missing" else row["abstract"]}


SOURCE = Source(
    "neurips",
    "NeurIPS, ICLR and MLSys proceedings",
    "The list https://proceedings.neurips.cc/paper_files/paper/<year>, or that of proceedings.iclr.cc or"
    " proceedings.mlsys.org, and each paper's page.",
    (
        Field(
            "site",
            "Proceedings",
            "Whose proceedings: all three have the same form.",
            "NeurIPS",
            choices=tuple(SITES),
            default="NeurIPS",
            required=False,
        ),
    ),
    pull,
)
