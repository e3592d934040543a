"""HTML pages of proceedings: a listing with links to papers, and a page for each paper.

`pull_papers` goes through the papers of a listing, one page a paper, in its order. `read_paper` reads what most places
have on such a page: the `citation_` tags that are there for search engines, and the abstract below its heading. Pages
are read as they are; a page that is not the expected one is an error, never an edition without papers. So is a page
that can be read only in part. What reading costs grows with the page, however its elements are nested.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

from ingest.clean import split_names
from ingest.sources.base import Asked, Bad, BadPage, Get, Part
from ingest.sources.rows import Row, Rows, natural_order

LONGEST = 30_000_000  # bytes of a page; the longest known, all years of ECCV, has about 10 million
LONGEST_LINK = 2_000  # characters; longer ones are nobody's page
MOST = 20_000  # papers of a list; the largest edition has 6,000
Element = Any  # lxml.html tells no types


# --- Pages -------------------------------------------------------------------------------------------------------
def parse_html(body: bytes) -> Element:
    """The whole page, or BadPage. Bytes that are not UTF-8 become U+FFFD."""
    if len(body) > LONGEST:
        raise BadPage(f"it has more than {LONGEST // 10**6} MB")
    try:
        parser = html.HTMLParser(encoding="utf-8", huge_tree=False, remove_comments=True, remove_pis=True)
        root = html.document_fromstring(body.decode("utf-8-sig", "replace").encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise BadPage(f"it is no page ({str(error)[:100]})") from None
    # At libxml2's limits on depth and on the length of a text the tree just ends.
    if cut := parser.error_log.filter_types([etree.ErrorTypes.ERR_RESOURCE_LIMIT]):
        raise BadPage(f"only its beginning can be read ({cut[0].message[:100]})")
    return root


def text_in(element: Element) -> str:
    """All text in an element, on one line, without what programs write for programs."""
    if element is None:
        return ""
    return " ".join("".join(element.xpath(".//text()[not(parent::script or parent::style)]")).split())


def with_class(root: Element, name: str, tag: str = "*") -> list[Element]:
    """The elements of a class, in the order of the page."""
    found: list[Element] = root.xpath(
        f".//{tag}[contains(concat(' ', normalize-space(@class), ' '), $name)]", name=f" {name} "
    )
    return found


def first_with_class(root: Element, name: str, tag: str = "*") -> Element:
    """The first of them, or None."""
    return next(iter(with_class(root, name, tag)), None)


def outermost(root: Element, matches: Callable[[Element], bool]) -> Iterator[Element]:
    """The elements that match and are in none that does, in the order of the page: no text is in two of them."""
    walker = etree.iterwalk(root, events=("start",))
    for _, element in walker:
        if matches(element):
            walker.skip_subtree()
            yield element


def in_classes(element: Element, name: str) -> bool:
    """Whether it has a class with that name in it: field-paper-people is in field-name-field-paper-people-text."""
    return name in element.get("class", "")


def links_in(root: Element, base: str) -> Iterator[tuple[str, Element]]:
    """The addresses that the page links to, each with its element, in the order of the page."""
    for element in root.iter("a"):
        href = element.get("href", "")
        if len(href) <= LONGEST_LINK and (address := absolute(base, href)):
            yield address, element


def absolute(base: str, href: str) -> str:
    """The whole address without its fragment; "" where there is none."""
    if not href.strip():
        return ""
    try:
        parts = urlsplit(urljoin(base, href.strip()))
    except ValueError:
        return ""
    return parts._replace(fragment="").geturl() if parts.scheme in {"http", "https"} else ""


def read_meta(root: Element) -> dict[str, list[str]]:
    """What the page's meta tags say: lower-case names → their values in order."""
    found: dict[str, list[str]] = {}
    for element in root.iter("meta"):
        name, value = element.get("name") or element.get("property"), element.get("content")
        if name and value and value.strip():
            found.setdefault(name.strip().lower(), []).append(value.strip())
    return found


# --- A paper's page ----------------------------------------------------------------------------------------------
def read_paper(body: bytes, url: str) -> dict[str, Any]:
    """A paper's page → its row. BadPage where it has no title."""
    root = parse_html(body)
    meta = read_meta(root)
    title = _first(meta, "citation_title")
    if not title:
        raise BadPage("it has no title (citation_title)")
    authors = meta.get("citation_author", [])
    if not authors:
        authors = split_names("; ".join(meta.get("citation_authors", [])))
    return {
        "title": title,
        "authors": [natural_order(name) for name in authors],
        "abstract": abstract_on(root) or _first(meta, "citation_abstract"),
        "pdf": absolute(url, _first(meta, "citation_pdf_url")),
        "doi": _first(meta, "citation_doi"),
        "site": url,
    }


def _first(meta: dict[str, list[str]], name: str) -> str:
    return next(iter(meta.get(name, [])), "")


_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "strong", "b")
_ABSTRACT = re.compile(r"(?:the )?abstract\s*[:.—-]*\s*", re.IGNORECASE)


def abstract_on(root: Element) -> str:
    """The text in what is called an abstract, or between the heading "Abstract" and the next one."""
    for name in ("abstract", "paper-abstract"):
        for element in (*_named(root, name, "id"), *_named(root, name, "class")):
            if text := _without_heading(text_in(element)):
                return text
    for heading in root.iter(*_HEADINGS):
        if _ABSTRACT.fullmatch(_beginning(heading)) and (text := _below(heading)):
            return text
    return ""


def _named(root: Element, name: str, attribute: str) -> Iterator[Element]:
    return outermost(root, lambda element: element.tag not in _HEADINGS and name in element.get(attribute, "").split())


def _beginning(element: Element) -> str:
    """Its first texts; a heading has few."""
    return " ".join("".join(islice(element.itertext(), 20)).split())


def _without_heading(text: str) -> str:
    return re.sub(r"^abstract\s*[:.—-]?\s+", "", text, flags=re.IGNORECASE) if text.lower() != "abstract" else ""


def _below(heading: Element) -> str:
    """What follows a heading up to the next one."""
    texts = [heading.tail or ""]
    for element in heading.itersiblings():
        if element.tag in _HEADINGS[:6] or (element.tag in {"p", "div", "section"} and texts[0].strip()):
            break
        if text := text_in(element):
            texts.append(text)
        texts.append(element.tail or "")
        if element.tag in {"section", "ul", "footer"}:
            break
    return " ".join(" ".join(texts).split())


# --- A listing's papers ------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Link:
    """A paper of a listing: its page, and what the listing says of it."""

    url: str
    row: Row = field(default_factory=dict)


def once(links: Sequence[Link]) -> list[Link]:
    """Each page once, at its first place."""
    return list({link.url: link for link in reversed(links)}.values())[::-1]


def pull_papers(
    asked: Asked,
    get: Get,
    links: Sequence[Link],
    read: Callable[[bytes, str], Row] = read_paper,
    *,
    home: str,
    before: int = 1,
    told: int | None = None,
) -> Iterator[Part]:
    """A part for each paper's page; `home`: an address of the place, whose pages alone are asked for; `before`: pages
    that were asked for already. What a page says counts more than what the listing does; a page that is elsewhere, is
    not there, or can't be read, is told."""
    rows, pages = Rows(asked), before + len(links)
    if not links:
        raise BadPage("it lists no paper")
    if len(links) > MOST:
        raise BadPage(f"it lists {len(links):,} papers: no edition has more than {MOST:,}")
    for link in links:
        if _host(link.url) != _host(home):
            yield rows.part([], bad=[Bad(link.url, f"its page is not on {_host(home)}")], told=told, pages=pages)
            continue
        got = get(link.url, expect="html", missing_ok=True)
        if not got.body:
            yield rows.part([], bad=[Bad(link.url, "its page is not there")], told=told, pages=pages)
            continue
        try:
            row = read(got.body, link.url)
        except BadPage as error:
            yield rows.part([], bad=[Bad(link.url, f"its page can't be used: {error}")], told=told, pages=pages)
            continue
        said = {name: value for name, value in row.items() if value}
        yield rows.part([(link.url, {**link.row, **said})], told=told, pages=pages)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
