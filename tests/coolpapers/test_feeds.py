"""Every list and search is an Atom feed, valid with any text, and answers conditional requests."""

from xml.etree import ElementTree

import pytest
from django.test import Client

from ingest.record import Announced
from ingest.store import save_records
from tests.library import MONDAY, arxiv_record

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


def feed(client: Client, url: str) -> ElementTree.Element:
    response = client.get(url)
    assert response.status_code == 200, url
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    root = ElementTree.fromstring(response.content)
    for name in ("title", "id", "updated"):  # RFC 4287, section 4.1.1
        assert root.find(ATOM + name) is not None
    for entry in root.iter(ATOM + "entry"):
        for name in ("title", "id", "updated"):
            assert entry.findtext(ATOM + name)
    return root


def ids(root: ElementTree.Element) -> list[str]:
    return [entry.findtext(ATOM + "id", "") for entry in root.iter(ATOM + "entry")]


@pytest.mark.parametrize(
    ("url", "count"),
    [
        ("/arxiv/cs.CL/feed", 3),
        ("/arxiv/cs.CL/feed?date=2026-06-15", 30),
        ("/arxiv/cs.CL+cs.LG-cs.CY/feed", 1),
        ("/arxiv/hep-th/feed", 1),
        ("/arxiv/q-bio.TO/feed", 0),
        ("/arxiv/2606.10001,2606.10002/feed", 2),
        ("/arxiv/2606.10001/feed", 1),
        ("/venue/ACL.2018/feed", 3),
        ("/venue/ACL.2018/feed?group=Short+Papers", 1),
        ("/venue/ACL/feed", 3),
        ("/venue/latest/feed", 3),
        ("/venue/P18-1001@ACL/feed", 1),
        ("/search/feed?query=attention", 1),
        ("/arxiv/search/feed?query=attention", 1),
        ("/venue/search/feed?query=parse", 3),
        ("/search/feed?query=nothinghasthis", 0),
    ],
)
def test_every_list_is_a_feed(client: Client, indexed_library: None, url: str, count: int) -> None:
    assert len(ids(feed(client, url))) == count


def test_entry_is_the_paper(client: Client, library: None) -> None:
    root = feed(client, "/arxiv/cs.CL/feed")
    entry = root.findall(ATOM + "entry")[1]
    assert entry.findtext(ATOM + "id") == "http://testserver/arxiv/2606.10001"
    assert entry.findtext(ATOM + "title") == "Attention for $O(n^2)$ graphs"
    assert entry.findtext(ATOM + "summary") == "We study something."
    assert entry.findtext(ATOM + "updated") == "2026-06-16T00:00:00+00:00"
    assert [a.findtext(ATOM + "name") for a in entry.findall(ATOM + "author")] == ["Ada Author", "Ben Writer"]
    assert [c.get("term") for c in entry.findall(ATOM + "category")] == ["cs.CL", "cs.LG"]


def test_unchanged_feed_answers_304(client: Client, library: None) -> None:
    first = client.get("/arxiv/cs.CL/feed")
    again = client.get("/arxiv/cs.CL/feed", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    save_records(records=[arxiv_record("2606.10001", title="Changed")])
    assert client.get("/arxiv/cs.CL/feed", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_whole_day_is_in_its_feed(client: Client, db: None) -> None:
    monday = (Announced(MONDAY, "new", "observed"),)
    save_records(records=[arxiv_record(f"2606.{n:05d}", announced=monday) for n in range(1, 301)])
    assert len(ids(feed(client, "/arxiv/cs.CL/feed"))) == 300
    assert len(ids(feed(client, "/arxiv/cs.CL/feed?show=10"))) == 10


HOSTILE = "</title><script>alert(1)</script> & ]]> <![CDATA[ \u202e {{7*7}} $\\text{<b>}$ 😀"


def test_l1_hostile_text_stays_text(client: Client, db: None) -> None:
    save_records(records=[arxiv_record("2606.10001", title=HOSTILE, abstract=HOSTILE, authors=(HOSTILE,))])
    response = client.get("/arxiv/cs.CL/feed")
    root = ElementTree.fromstring(response.content)
    assert root.find(f"{ATOM}entry").findtext(ATOM + "title") == HOSTILE.replace("\u202e", "\u202e")  # type: ignore[union-attr]
    assert b"<script>" not in response.content


def test_query_never_breaks_a_feed(client: Client, indexed_library: None) -> None:
    for query in ("%00%01%1b", "%ED%A0%80", "]]>", "%3Cscript%3E", "%EF%BF%BE", "a" * 5000):
        feed(client, f"/search/feed?query={query}")


def test_feed_answers_bad_addresses_like_its_page(client: Client, library: None) -> None:
    assert client.get("/arxiv/cs.XX/feed").status_code == 404
    assert client.get("/arxiv/cs.CL/feed?sort=x").status_code == 400
    assert client.get("/arxiv/2606.77777/feed").status_code == 404
    assert client.get("/arxiv/cs.NA/feed?show=3").headers["Location"] == "/arxiv/math.NA/feed?show=3"
