"""What crawlers are told: robots.txt and the sitemap."""

import re
from xml.etree import ElementTree

import pytest
from django.test import Client

from coolpapers.models import Branch
from coolpapers.pages.crawlers import SITEMAPS, PaperMap
from ingest.store import save_records
from tests.library import venue_record

pytestmark = pytest.mark.django_db
NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def locations(client: Client, url: str) -> list[str]:
    """The addresses in a sitemap or an index of sitemaps."""
    response = client.get(url)
    assert response.status_code == 200, url
    assert response.headers["Content-Type"] == "application/xml"
    root = ElementTree.fromstring(response.content)
    return [node.text or "" for node in root.iter(f"{NAMESPACE}loc")]


def addresses(client: Client) -> list[str]:
    return [loc for part in locations(client, "/sitemap.xml") for loc in locations(client, part)]


# --- Sitemap ---
def test_sitemap_names_what_there_is_and_nothing_else(client: Client, library: None) -> None:
    found = addresses(client)
    assert len(found) == len(set(found)) == 1 + 4 + 2 + 35 + 3  # home, categories, venues, papers of both branches
    assert all(url.startswith("http://testserver/") for url in found)
    assert {"http://testserver" + path for path in (
        "/", "/arxiv/cs.CL", "/arxiv/hep-th", "/arxiv/hep-th/9901001", "/venue", "/venue/ACL.2018",
        "/venue/P18-1001@ACL",
    )} <= set(found)  # fmt: skip
    assert "http://testserver/arxiv/q-bio.TO" not in found
    for url in found:
        assert client.get(url).status_code == 200, url


def test_sitemap_tells_when_pages_changed(client: Client, library: None) -> None:
    text = client.get("/sitemap-categories.xml").content.decode()
    assert "<loc>http://testserver/arxiv/cs.CL</loc><lastmod>2026-06-16</lastmod>" in text
    assert "<loc>http://testserver/arxiv/hep-th</loc></url>" in text  # its day is only estimated


def test_sitemap_has_parts_of_a_bounded_size(library: None) -> None:
    paginator = PaperMap(Branch.ARXIV, newest=25, limit=10).paginator
    parts = [[paper.key for paper in page.object_list] for page in paginator]
    assert [len(part) for part in parts] == [10, 10, 5]
    assert parts[0][0] == "2606.10004"  # newest first
    assert not any("hep-th/9901001" in part for part in parts)
    assert all(sitemap.limit <= 5_000 for sitemap in SITEMAPS.values())


def test_sitemap_of_an_empty_site_is_valid(client: Client, db: None) -> None:
    assert addresses(client) == ["http://testserver/"]


@pytest.mark.parametrize(
    "path", ["/sitemap-x.xml", "/sitemap-arxiv.xml?p=2", "/sitemap-arxiv.xml?p=x", "/sitemap-.xml"]
)
def test_sitemap_that_does_not_exist_is_a_404(client: Client, library: None, path: str) -> None:
    assert client.get(path).status_code == 404


def test_sitemap_escapes_keys(client: Client, library: None) -> None:
    save_records(records=[venue_record("Fu_It's_A+B@CVPR2025@CVF")])
    assert any("CVPR2025" in loc and client.get(loc).status_code == 200 for loc in addresses(client))


# --- robots.txt ---
def allowed(text: str, path: str) -> bool:
    """Whether robots.txt lets a crawler read this path (RFC 9309, section 2.2)."""
    best = (0, True)
    for line in text.splitlines():
        word, _, pattern = line.partition(": ")
        expression = ".*".join(map(re.escape, pattern.split("*")))
        if word in {"Allow", "Disallow"} and re.match(expression, path):
            best = max(best, (len(pattern), word == "Allow"))
    return best[1]


@pytest.mark.parametrize(
    "path",
    ["/", "/arxiv/cs.CL", "/arxiv/hep-th", "/arxiv/cond-mat.mes-hall", "/arxiv/physics.acc-ph", "/arxiv/2606.10001",
     "/arxiv/hep-th/9901001", "/venue", "/venue/ACL.2018", "/venue/related", "/venue/P18-1001@ACL",
     "/venue/2024.acl-long.800@ACL", "/venue/Fu_It's_A+B@CVPR2025@CVF", "/arxiv/cs.CL?date=2026-06-15",
     "/venue/ACL.2018?group=Short%20Papers",
     "/sitemap.xml", "/sitemap-arxiv.xml?p=2", "/static/coolpapers/css/site.css"],
)  # fmt: skip
def test_l10_crawlers_may_read_lists_and_papers(client: Client, db: None, path: str) -> None:
    assert allowed(client.get("/robots.txt").content.decode(), path)


@pytest.mark.parametrize(
    "path",
    ["/author/Ada%20Author", "/author/Ada%20Author/feed", "/arxiv/2606.10001/related",
     "/arxiv/hep-th/9901001/related", "/venue/P18-1001@ACL/related", "/venue/P18-1001@ACL/related/feed",
     "/search?query=x", "/arxiv/search?query=x", "/venue/search", "/go?q=x", "/arxiv/cs.CL/feed", "/venue/ACL/feed",
     "/arxiv/cs.AI+cs.LG", "/arxiv/cs.AI,cs.LG", "/arxiv/-cs.AI", "/arxiv/cs.AI-cs.LG", "/arxiv/cs.AI?sort=submitted",
     "/arxiv/cs.AI?date=2026-06-15&sort=submitted", "/venue/ACL.2018?skip=25", "/arxiv/cs.CL?show=1000",
     "/arxiv/cs.AI+cs.LG?date=2026-06-15", "/arxiv/2606.10001,2606.10002", "/venue/P18-1001@ACL,P18-1002@ACL",
     "/venue?name=acl", "/arxiv/cs.CL/export", "/arxiv/cs.CL/export?format=ris", "/venue/ACL.2018/export?format=csv",
     "/arxiv/2606.10001/export?format=ris", "/arxiv/2606.10001/bibtex", "/venue/P18-1001@ACL/related/export",
     "/author/Ada%20Author/export", "/search/export?query=x", "/export?ids=2606.10001"],
)  # fmt: skip
def test_l10_crawlers_keep_off_what_has_no_end(client: Client, db: None, path: str) -> None:
    assert not allowed(client.get("/robots.txt").content.decode(), path)


def test_robots_names_the_sitemap(client: Client, db: None) -> None:
    response = client.get("/robots.txt")
    assert response.headers["Content-Type"].startswith("text/plain")
    (sitemap,) = re.findall(r"^Sitemap: (.+)$", response.content.decode(), re.M)
    assert sitemap == "http://testserver/sitemap.xml"
    assert client.get(sitemap).status_code == 200
