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
    links_in,
    once,
    parse_html,
    pull_papers,
    read_meta,
    read_paper,
    text_in,
    with_class,
)

SITE = "https://www.usenix.org/conference"


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """The sessions of each conference, then a page a paper."""
    links: list[Link] = []
    names = list(dict.fromkeys(re.split(r"[\s,]+", asked.fields["conferences"].strip(" ,"))))
    for name in names:
        url = f"{SITE}/{name}/technical-sessions"
        links += read_sessions(get(url, expect="html").body, url)
    yield from pull_papers(asked, get, once(links), read_page, before=len(names))


def read_sessions(body: bytes, url: str) -> list[Link]:
    """The papers of a page of sessions; BadPage where it has none."""
    links = []
    for node in with_class(parse_html(body), "node-paper"):
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
    for people in node.xpath(".//*[contains(@class, 'field-paper-people')]//p"):
        parts = [people.text or ""]
        for inner in people:
            parts.append(";" if inner.tag in {"em", "i"} else text_in(inner))
            parts.append(inner.tail or "")
        names += split_names(re.sub(r"[,;\s]*;[,;\s]*", "; ", " ".join(parts)).strip(" ,;"))
    return names


def read_page(body: bytes, url: str) -> dict[str, Any]:
    """A paper's page. What it does not say, the sessions did."""
    root = parse_html(body)
    meta = read_meta(root)
    if "citation_title" in meta:
        row = read_paper(body, url)
    else:
        pdf = next((address for address, _ in links_in(root, url) if re.search(r"/system/files/.+\.pdf$", address)), "")
        row = {"abstract": abstract_on(root), "pdf": absolute(url, pdf), "site": url}
    described = root.xpath(".//*[contains(@class, 'field-paper-description')]//*[contains(@class, 'field-item')]")
    texts = [text_in(item) for item in described if "field-items" not in (item.get("class") or "").split()]
    abstract = " ".join(dict.fromkeys(filter(None, texts)))
    return {**row, "abstract": abstract or row["abstract"]}


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
