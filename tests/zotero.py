"""What papers.cool's Zotero translator reads of a page, read as it does: by the same elements, failing where it would.

A missing element is an AssertionError here, as it is a TypeError there: then nothing of the list is taken.
"""

from dataclasses import dataclass
from typing import Any

from lxml import html


@dataclass(frozen=True)
class Item:
    """What arrives in Zotero."""

    kind: str
    title: str
    creators: tuple[str, ...]
    abstract: str
    url: str
    pdf: str | None
    extra: str
    date: str


def _with_class(node: Any, name: str, tag: str = "*") -> list[Any]:
    found: list[Any] = node.xpath(f".//{tag}[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]")
    return found


def _first(nodes: list[Any], what: str) -> Any:
    assert nodes, f"no {what}"
    return nodes[0]


def offered(page: str) -> dict[str, str]:
    """Titles by the addresses inside the page that somebody may choose from; none: the translator has nothing here."""
    root = html.fromstring(page)
    lines = root.xpath("//div[contains(concat(' ', normalize-space(@class), ' '), ' items ')]/p")
    return {_first(_with_class(p, "i-title"), ".i-title").get("href"): p.text_content().strip() for p in lines}


def take(page: str) -> list[Item]:
    """All that is offered, taken."""
    root = html.fromstring(page)
    return [_item(root, address) for address in offered(page)]


def _item(root: Any, address: str) -> Item:
    body = root.xpath("//body")[0].get("id")
    assert address.startswith("#")
    (card,) = [node for node in root.iter() if node.get("id") == address[1:]]
    title = _first(_with_class(card, "title-link"), ".title-link")
    subjects = [link for p in _with_class(card, "subjects", "p") for link in p.iter("a")]
    subject = _first(subjects, "p.subjects a")
    date = _first(_with_class(card, "date-data", "span"), "span.date-data").text_content()
    named = subject.text_content().strip()
    of_arxiv = body == "arxiv"
    return Item(
        kind="preprint" if of_arxiv else "conferencePaper",
        title=title.text_content().strip(),
        creators=tuple(node.text_content() for node in _with_class(card, "author")),
        abstract=_first(_with_class(card, "summary", "p"), "p.summary").text_content().strip(),
        url=title.get("href"),
        pdf=_first(_with_class(card, "title-pdf"), ".title-pdf").get("data"),
        extra=f"{subject.get('href').split('/')[-1]} - arXiv" if of_arxiv else named,
        date=date if of_arxiv else [*named.split(" ")[0].split("."), ""][1],
    )
