"""Paper pages tell schema.org's ScholarlyArticle, in a block that nothing can end."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from lxml import html

from coolpapers.models import Venue
from ingest.store import save_records
from tests.coolpapers.test_lists import get
from tests.coolpapers.test_rendering import HOSTILE
from tests.library import arxiv_record

pytestmark = pytest.mark.django_db
ENDS = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]>",
    "\u2028\u2029",
    "&lt;/script&gt;",
    '"}',
    "\\u003c/script",
]


def told(client: Client, address: str) -> dict[str, Any]:
    page = html.fromstring(get(client, address))
    (block,) = page.xpath("//script[@type='application/ld+json']")
    found: dict[str, Any] = json.loads(block.text_content())
    return found


def test_preprint_is_an_article(client: Client, library: None) -> None:
    facts = {"submitted": datetime(2026, 6, 15, tzinfo=UTC), "revised": datetime(2026, 7, 1, tzinfo=UTC), "version": 2,
             "doi": "10.1/x", "licence": "http://creativecommons.org/licenses/by/4.0/"}  # fmt: skip
    authors = ("Ada Author", "The ATLAS Collaboration")
    save_records(records=[arxiv_record("2606.10001", title="Of $x^2$", authors=authors, **facts)])
    assert told(client, "/arxiv/2606.10001") == {
        "@context": "https://schema.org",
        "@type": "ScholarlyArticle",
        "@id": "http://testserver/arxiv/2606.10001",
        "url": "http://testserver/arxiv/2606.10001",
        "headline": "Of $x^2$",
        "abstract": "We study something.",
        "author": [
            {"@type": "Person", "name": "Ada Author"},
            {"@type": "Organization", "name": "The ATLAS Collaboration"},
        ],
        "datePublished": "2026-06-15",
        "dateModified": "2026-07-01",
        "identifier": [
            {"@type": "PropertyValue", "propertyID": "arXiv", "value": "2606.10001"},
            {"@type": "PropertyValue", "propertyID": "DOI", "value": "10.1/x"},
        ],
        "sameAs": ["https://arxiv.org/abs/2606.10001", "https://doi.org/10.1/x"],
        "keywords": ["cs.CL"],
        "license": "http://creativecommons.org/licenses/by/4.0/",
        "encoding": {
            "@type": "MediaObject",
            "contentUrl": "https://arxiv.org/pdf/2606.10001",
            "encodingFormat": "application/pdf",
        },
    }


def test_published_paper_is_part_of_its_proceedings(client: Client, library: None) -> None:
    Venue.objects.update(name="Annual Meeting of the ACL")
    article = told(client, "/venue/P18-1001@ACL")
    assert article["datePublished"] == "2018"
    assert article["isPartOf"] == {
        "@type": "PublicationVolume",
        "name": "Annual Meeting of the ACL 2018",
        "alternateName": "ACL.2018",
    }


def test_withdrawn_paper_says_so_and_has_no_pdf(client: Client, library: None) -> None:
    save_records(records=[arxiv_record("2606.10001", withdrawn=True, version=2)])
    article = told(client, "/arxiv/2606.10001")
    assert article["creativeWorkStatus"] == "Withdrawn"
    assert "encoding" not in article


@pytest.mark.parametrize("text", [*HOSTILE, *ENDS])
def test_l1_no_text_ends_the_block(client: Client, db: None, text: str) -> None:
    save_records(records=[arxiv_record("2606.10001", title=f"T {text}", abstract=text, authors=(text,))])
    article = told(client, "/arxiv/2606.10001")
    assert article["headline"] == f"T {text}".replace("\\$", "$")
    assert article["author"][0]["name"] == text
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', get(client, "/arxiv/2606.10001"), re.S)
    assert not re.search("[<>&\u2028\u2029]", block)
