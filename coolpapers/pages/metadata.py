"""What a paper's page tells of it to programs: citation_* for Zotero and Google Scholar, schema.org's ScholarlyArticle.

Guarantee: what stands in the data block can't end it; the policy of scripts does not concern such a block.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.safestring import SafeString

from coolpapers.exports.citation import first_known_day, own_doi
from coolpapers.exports.people import split_name
from coolpapers.models import Branch, Paper
from coolpapers.rendering import plain_text

# Of JSON in HTML: all that could end the element or begin another one, and the two that JavaScript took for line ends.
_HARMLESS = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def citation(paper: Paper, address: str) -> Iterator[tuple[str, str]]:
    """Names and contents of meta elements (scholar.google.com/intl/en/scholar/inclusion.html); a published paper is of
    its edition's year, whenever it was submitted."""
    yield "citation_title", plain_text(paper.title)
    yield "citation_authors", "; ".join(paper.authors)
    yield from (("citation_author", name) for name in paper.authors)
    yield "citation_abstract", plain_text(paper.abstract)
    yield from _dates(paper)
    if paper.group:
        yield "citation_conference_title", str(paper.group.edition)
    else:
        yield "citation_arxiv_id", paper.key
    if doi := own_doi(paper):
        yield "citation_doi", doi
    if paper.pdf_url and not paper.withdrawn:
        yield "citation_pdf_url", paper.pdf_url
    yield "citation_abstract_html_url", address
    if paper.codes:
        yield "citation_keywords", "; ".join(paper.codes)


def _dates(paper: Paper) -> Iterator[tuple[str, str]]:
    if paper.group:
        yield "citation_year", str(paper.group.edition.year)
        yield "citation_publication_date", str(paper.group.edition.year)
        return
    if paper.submitted:
        yield "citation_date", f"{paper.submitted:%Y/%m/%d}"
        yield "citation_publication_date", f"{paper.submitted:%Y/%m/%d}"
    if day := first_known_day(paper):
        yield "citation_online_date", f"{day:%Y/%m/%d}"


def linked_data(paper: Paper, address: str) -> SafeString:
    """The paper as JSON-LD, to stand in a script element."""
    told = {name: value for name, value in _article(paper, address).items() if value}
    return SafeString(json.dumps(told, ensure_ascii=False).translate(_HARMLESS))


def _article(paper: Paper, address: str) -> Mapping[str, Any]:
    """schema.org/ScholarlyArticle."""
    doi = own_doi(paper)
    identifiers = {"arXiv": paper.key if paper.branch == Branch.ARXIV else "", "DOI": doi}
    pdf = "" if paper.withdrawn else paper.pdf_url
    return {
        "@context": "https://schema.org",
        "@type": "ScholarlyArticle",
        "@id": address,
        "url": address,
        "headline": plain_text(paper.title),
        "abstract": plain_text(paper.abstract),
        "author": [_author(name) for name in paper.authors],
        "datePublished": _published(paper),
        "dateModified": f"{paper.revised:%Y-%m-%d}" if paper.revised and not paper.group else "",
        "identifier": [
            {"@type": "PropertyValue", "propertyID": scheme, "value": value}
            for scheme, value in identifiers.items()
            if value
        ],
        "sameAs": [same for same in (paper.source_url, f"https://doi.org/{doi}" if doi else "") if same],
        "isPartOf": _proceedings(paper),
        "keywords": list(paper.codes),
        "license": paper.licence,
        "encoding": {"@type": "MediaObject", "contentUrl": pdf, "encodingFormat": "application/pdf"} if pdf else None,
        "creativeWorkStatus": "Withdrawn" if paper.withdrawn else "",
    }


def _published(paper: Paper) -> str:
    if paper.group:
        return str(paper.group.edition.year)
    return f"{paper.submitted:%Y-%m-%d}" if paper.submitted else ""


def _author(name: str) -> dict[str, str]:
    person = split_name(name)
    return {"@type": "Organization" if " " in person.whole else "Person", "name": name}


def _proceedings(paper: Paper) -> dict[str, str] | None:
    if paper.group is None:
        return None
    edition = paper.group.edition
    name = edition.venue.name or edition.venue.code
    return {"@type": "PublicationVolume", "name": f"{name} {edition.in_venue}", "alternateName": str(edition)}
