"""The ACL Anthology: volumes of its collections, from the XML that the Anthology itself is made of.

Form: https://raw.githubusercontent.com/acl-org/acl-anthology/master/data/xml/<collection>.xml, one file a collection
(2024.acl, P18) with its volumes; a paper's text has <fixed-case>, <tex-math> and the like inside. Front matter is no
paper. The volume's title is the group, as ingest.record shortens it. The Anthology gives its metadata under CC BY 4.0.
"""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from ingest.sources.base import Asked, BadPage, Field, Get, Part, Source, child, children, local_name, parse_xml
from ingest.sources.rows import Row, Rows

SITE = "https://aclanthology.org"
FILES = "https://raw.githubusercontent.com/acl-org/acl-anthology/master/data/xml"
VOLUME = r"(?:[12][0-9]{3}\.[a-z0-9]{1,40}|[A-Z][0-9]{2})-[a-z0-9]{1,40}"


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """A part for each volume, in the order that they were asked for; a collection's file is asked for once."""
    volumes = volumes_of(asked.fields["volumes"])
    collections = dict.fromkeys(collection for collection, _ in volumes)
    roots: dict[str, etree._Element] = {}
    rows = Rows(asked)
    for collection, volume in volumes:
        if collection not in roots:
            roots[collection] = read_collection(get(f"{FILES}/{collection}.xml", expect="xml").body)
        found = read_volume(roots[collection], collection, volume)
        yield rows.part(((str(row["id"]), row) for row in found), pages=len(collections))


def volumes_of(text: str) -> list[tuple[str, str]]:
    """ "2024.acl-long, P18-1" → their collections and volumes."""
    names = dict.fromkeys(re.split(r"[\s,]+", text.strip(" ,")))
    return [(name.rpartition("-")[0], name.rpartition("-")[2]) for name in names]


def read_collection(body: bytes) -> etree._Element:
    """A file's root, or BadPage."""
    root = parse_xml(body).root
    if local_name(root) != "collection":
        raise BadPage("it is no collection of the Anthology")
    return root


def read_volume(root: etree._Element, collection: str, name: str) -> list[Row]:
    """The rows of a volume's papers, in their order; BadPage where it is not in the collection, or holds none."""
    volumes = {volume.get("id", ""): volume for volume in children(root, "volume")}
    if name not in volumes:
        held = ", ".join(f"{collection}-{id}" for id in volumes) or "none"
        raise BadPage(f"there is no volume {collection}-{name}; the collection has {held[:300]}")
    volume = volumes[name]
    meta = child(volume, "meta")
    title = inline(child(meta, "booktitle")) if meta is not None else ""
    papers: list[Row] = [
        _row(paper, paper_id(collection, name, paper.get("id", "")), title) for paper in children(volume, "paper")
    ]
    if not papers:
        raise BadPage(f"the volume {collection}-{name} has no paper")
    return papers


def paper_id(collection: str, volume: str, paper: str) -> str:
    """2024.acl-long.1; before 2020, the volume and the paper fill four digits: P18-1001, W18-0101."""
    if not re.fullmatch(r"[A-Z][0-9]{2}", collection):
        return f"{collection}-{volume}.{paper}"
    if not (volume.isdecimal() and paper.isdecimal()):
        return ""
    two = collection[0] == "W" or collection == "C69" or (collection == "D19" and int(volume) >= 50)
    return f"{collection}-{int(volume):02d}{int(paper):02d}" if two else f"{collection}-{int(volume)}{int(paper):03d}"


def _row(paper: etree._Element, id: str, title: str) -> dict[str, Any]:
    url = inline(child(paper, "url"))
    retracted = child(paper, "retracted")
    return {
        "id": id,
        "title": inline(child(paper, "title")),
        "authors": [_name(author) for author in children(paper, "author")],
        "abstract": inline(child(paper, "abstract")),
        "track": title,
        "site": f"{SITE}/{id}/" if id else "",
        "pdf": url if "://" in url else f"{SITE}/{id}.pdf" if url else "",
        "doi": inline(child(paper, "doi")),
        "withdrawn": retracted is not None,
        "withdrawn_reason": inline(retracted),
    }


def _name(author: etree._Element) -> str:
    return " ".join(filter(None, (inline(child(author, part)) for part in ("first", "last"))))


def inline(element: etree._Element | None) -> str:
    """Text with formulas in dollars, and without the marks of letters that stay capital."""
    if element is None:
        return ""
    texts = [element.text or ""]
    for inner in element:
        if isinstance(inner.tag, str):
            text = inline(inner)
            texts.append(f"${text}$" if local_name(inner) == "tex-math" else text)
        texts.append(inner.tail or "")
    return "".join(texts).strip() if local_name(element) in _WHOLE else "".join(texts)


_WHOLE = {"title", "abstract", "booktitle", "first", "last", "url", "doi", "retracted"}

SOURCE = Source(
    "acl",
    "ACL Anthology",
    f"Volumes from the Anthology's own files at {FILES}/<collection>.xml, one request a collection.",
    (
        Field(
            "volumes",
            "Volumes",
            "As in the address of a volume, https://aclanthology.org/volumes/<volume>/, with commas between several.",
            "2024.acl-long, 2024.acl-short, 2024.findings-acl",
            pattern=rf"{VOLUME}(?:[\s,]+{VOLUME}){{0,60}}",
        ),
    ),
    pull,
    licence="The Anthology gives its metadata, and papers from 2016 on, under CC BY 4.0.",
)
