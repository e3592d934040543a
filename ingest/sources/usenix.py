"""USENIX: Security, FAST, OSDI and others, from a conference's technical sessions and a page for each paper.

Form: https://www.usenix.org/conference/<conference>/technical-sessions has each paper as an element of the class
node-paper with a link to …/presentation/<name> (in 2016 …/technical-sessions/presentation/<name>) and the people, whose
affiliations are in italics. The abstract is on the paper's page. Talks without a paper are other elements.
"""

import re
from collections.abc import Iterator
from typing import Any

from ingest.clean import split_names
from ingest.sources.base import Asked, BadPage, Field, Get, Part, Source
from ingest.sources.pages import (
    Element,
    Link,
    absolute,
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

SITE = "https://www.usenix.org/conference"


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """The sessions of each conference, then a page a paper."""
    links: list[Link] = []
    names = list(dict.fromkeys(re.split(r"[\s,]+", asked.fields["conferences"].strip(" ,"))))
    for name in names:
        url = f"{SITE}/{name}/technical-sessions"
        links += read_sessions(get(url, expect="html").body, url)
    yield from pull_papers(asked, get, once(links), read_page, home=SITE, before=len(names))


def read_sessions(body: bytes, url: str) -> list[Link]:
    """The papers of a page of sessions; BadPage where it has none."""
    links = []
    for node in outermost(parse_html(body), lambda element: "node-paper" in element.get("class", "").split()):
        for address, anchor in links_in(node, url):
            if "/presentation/" in address:
                links.append(Link(address, {"title": text_in(anchor), "authors": _people(node)}))
                break
    if not links:
        raise BadPage(f"{url} lists no paper")
    return once(links)


def _people(node: Element) -> list[str]:
    """The names of "A. One, <em>Somewhere;</em> B. Two and C. Three, <em>Elsewhere</em>"."""
    names: list[str] = []
    lists = outermost(node, lambda element: in_classes(element, "field-paper-people"))
    for people in (told for listed in lists for told in outermost(listed, lambda element: element.tag == "p")):
        parts = [people.text or ""]
        for inner in people:
            parts.append(";" if inner.tag in {"em", "i"} else text_in(inner))
            parts.append(inner.tail or "")
        names += split_names(_BETWEEN.sub(_ends, " ".join(parts)).strip(" ,;"))
    return names


_BETWEEN = re.compile(r"[,;\s]+")


def _ends(match: re.Match[str]) -> str:
    """Where an affiliation was, people end, whatever else is there."""
    return "; " if ";" in match[0] else match[0]


def read_page(body: bytes, url: str) -> dict[str, Any]:
    """A paper's page. What it does not say, the sessions did."""
    root = parse_html(body)
    meta = read_meta(root)
    if "citation_title" in meta:
        row = read_paper(body, url)
    else:
        files = (address for address, _ in links_in(root, url) if "/system/files/" in address)
        pdf = next((address for address in files if address.endswith(".pdf")), "")
        row = {"abstract": abstract_on(root), "pdf": absolute(url, pdf), "site": url}
    return {**row, "abstract": _described(root) or row["abstract"]}


def _described(root: Element) -> str:
    """The items of the paper's description, each once."""
    fields = outermost(root, lambda element: in_classes(element, "field-paper-description"))
    items = (
        item for told in fields for item in outermost(told, lambda one: "field-item" in one.get("class", "").split())
    )
    return " ".join(dict.fromkeys(filter(None, map(text_in, items))))


_NAME = r"[a-z0-9-]{2,40}"
SOURCE = Source(
    "usenix",
    "USENIX",
    f"The page {SITE}/<conference>/technical-sessions and each paper's page.",
    (
        Field(
            "conferences",
            "Conferences",
            f"As in the address {SITE}/<conference>, with commas between several.",
            "usenixsecurity24",
            pattern=rf"{_NAME}(?:[\s,]+{_NAME}){{0,9}}",
        ),
    ),
    pull,
    unverified="recorded pages of sessions; of a paper's page, only the tags for search engines.",
)
