"""M1: every list is a feed that programs can follow."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from lxml import etree

from coolpapers.models import Paper, Venue
from ingest.models import Incident
from ingest.record import Announced, record_from_json
from ingest.store import link_copies, save_records
from search.index import rebuild
from tests.coolpapers.test_lists import get, keys
from tests.failures.test_f_text import HOSTILE, INVISIBLE
from tests.library import MONDAY, THURSDAY, TUESDAY, arxiv_record, venue_record

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).parents[1] / "data" / "atom.rng"))
LISTS = ("/arxiv/cs.CL", "/arxiv/cs.CL?date=2026-06-15", "/arxiv/cs.CL?week=2026-W25", "/arxiv/cs.CL?kind=replace",
         "/arxiv/cs.CL+cs.LG-cs.CY",
         "/arxiv/hep-th", "/arxiv/2606.10001,2606.10002", "/venue/ACL.2018", "/venue/ACL.2018?group=Short+Papers",
         "/venue/ACL", "/venue/latest", "/venue/P18-1001@ACL,P18-1002@ACL", "/search?query=attention",
         "/arxiv/search?query=attention", "/venue/search?query=parse", "/author/Ada%20Author",
         "/arxiv/2606.10001/related", "/venue/P18-1001@ACL/related", "/status", "/stars", "/stars?month=2026-06",
         "/papers/2606.10001,P18-1001@ACL", "/arxiv/cs", "/arxiv/cs.CL?from=2026-06-15&to=2026-06-16",
         "/arxiv/cs.CL?sort=1")  # fmt: skip
CHOICES = ("c=cs.CL", "c=cs.CL&c=cs.LG&c=-cs.CY", "v=ACL", "c=cs.CL&v=ACL", "c=cs.CL&v=-ACL", "c=-cs.CY",
           "c=-cs.CY&v=ACL", "c=cs.CL&of=week&date=2026-06-16")  # fmt: skip


def feed(client: Client, address: str) -> Any:
    """The feed of a list, held against what RFC 4287 says and no schema can."""
    path, _, query = address.partition("?")
    response = client.get(f"{path}/feed?{query}".rstrip("?"))
    assert response.status_code == 200, address
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    root = etree.fromstring(response.content)
    assert SCHEMA.validate(root), f"{address}: {SCHEMA.error_log}"
    entries = root.findall(f"{ATOM}entry")
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids)
    for node in (root, *entries):
        links = [(link.get("rel"), link.get("type")) for link in node.findall(f"{ATOM}link")]
        assert links.count(("alternate", None)) == 1
    newest = max((entry.findtext(f"{ATOM}updated") for entry in entries), default="")
    assert root.findtext(f"{ATOM}updated") >= newest
    return root


def entries(root: Any) -> dict[str, str]:
    """Keys of the entries with when each was new."""
    return {e.findtext(f"{ATOM}id").split("/", 4)[-1]: e.findtext(f"{ATOM}updated") for e in root.iter(f"{ATOM}entry")}


# --- Every list --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", LISTS)
def test_m1_every_list_has_a_valid_feed_and_links_to_it(client: Client, indexed_library: None, address: str) -> None:
    root = feed(client, address)
    page = get(client, address)
    (link,) = re.findall(r'<link rel="alternate" type="application/atom\+xml"[^>]* href="([^"]+)"', page)
    path, _, query = address.partition("?")
    assert link.replace("&amp;", "&").split("?")[0] == f"{path}/feed"
    assert client.get(link.replace("&amp;", "&")).status_code == 200
    linked = {one.get("rel"): one.get("href") for one in root.findall(f"{ATOM}link")}
    assert linked["alternate"] == f"http://testserver{path}{f'?{query}' if query else ''}"
    assert linked["self"].startswith(f"http://testserver{path}/feed")


@pytest.mark.parametrize("choice", CHOICES)
def test_m1_what_is_chosen_on_the_home_page_has_a_feed(client: Client, indexed_library: None, choice: str) -> None:
    address = client.get(f"/choose?{choice}").headers["Location"]
    (link,) = re.findall(
        r'<link rel="alternate" type="application/atom\+xml"[^>]* href="([^"]+)"', get(client, address)
    )
    assert client.get(link.replace("&amp;", "&")).status_code == 200
    whole = f"{address}{'&' if '?' in address else '?'}show=1000"
    shown = keys(get(client, whole))
    assert set(entries(feed(client, whole))) == set(shown)
    assert shown


@pytest.mark.parametrize("address", ["/arxiv/q-bio.TO", "/arxiv/cs.CL?date=2026-06-17", "/search?query=nothinghasthis"])
def test_m1_feed_of_nothing_is_valid(client: Client, indexed_library: None, address: str) -> None:
    assert entries(feed(client, address)) == {}


def test_m1_feeds_stay_valid_whatever_texts_hold(client: Client, db: None, settings: Any, tmp_path: Path) -> None:
    settings.SEARCH_URL = f"embedded://{tmp_path / 'index'}"
    texts = dict.fromkeys(("title", "abstract", "comments", "journal_ref"), HOSTILE)
    common = {"authors": [HOSTILE, "B. Two"], "categories": ["cs.CL"], "announced": "2026-06-16"}
    rows: list[dict[str, Any]] = [
        {"id": "2606.00001", **common, **texts},
        {"id": "2606.00002", **common, **texts, "authors": []},
        {"id": "x", "venue": "ACL", "year": 2018, "group": HOSTILE[:90], "site": "https://aclanthology.org/P18-1001/",
         **texts, "authors": [HOSTILE]},
    ]  # fmt: skip
    save_records(records=[record_from_json(row) for row in rows])
    Venue.objects.update(name="</title><b>&amp;")
    Incident.objects.create(subject="]]> <b>", text="<script>", began=datetime(2026, 6, 16, tzinfo=UTC))
    rebuild()
    lists = ("/arxiv/cs.CL", "/arxiv/2606.00001,2606.00002", "/venue/ACL.2018", "/search?query=zerowidth",
             "/author/B.%20Two", "/arxiv/2606.00001/related", "/status")  # fmt: skip
    for address in lists:
        root = feed(client, address)
        assert not INVISIBLE.search("".join(root.itertext()).replace("\n", "")), address
        assert root.find(f"{ATOM}entry") is not None, address


def test_m1_summary_is_text_and_not_called_html(client: Client, db: None) -> None:
    """A reader that takes it for HTML would run what an abstract holds, and lose all behind a lesser-than sign."""
    save_records(records=[arxiv_record("2606.10001", abstract="If a <b> then <script>alert(1)</script> & c")])
    summary = feed(client, "/arxiv/cs.CL").find(f"{ATOM}entry/{ATOM}summary")
    assert (summary.get("type"), summary.text) == ("text", "If a <b> then <script>alert(1)</script> & c")


def test_m1_venue_is_named_in_its_feed_and_its_entries(client: Client, indexed_library: None) -> None:
    Venue.objects.update(name="Annual Meeting of the ACL")
    for address in ("/venue/ACL.2018", "/venue/search?query=parse"):
        root = feed(client, address)
        subject = root.find(f"{ATOM}entry/{ATOM}category")
        assert subject.get("term").startswith("ACL.2018 - ")
        assert subject.get("label") == "Annual Meeting of the ACL"
    assert feed(client, "/venue/ACL.2018").findtext(f"{ATOM}title") == "ACL.2018"
    assert feed(client, "/arxiv/cs.CL").find(f"{ATOM}entry/{ATOM}category").get("label") == "Computation and Language"


# --- How much ----------------------------------------------------------------------------------------------------
def test_m1_feed_has_a_most_and_leads_on(client: Client, db: None) -> None:
    monday = (Announced(MONDAY, "new", "observed"),)
    save_records(records=[arxiv_record(f"2606.{n:05d}", announced=monday) for n in range(1, 1_102)])
    root = feed(client, "/arxiv/cs.CL?show=200000")
    assert len(entries(root)) == 1_000
    (following,) = [link.get("href") for link in root.findall(f"{ATOM}link") if link.get("rel") == "next"]
    rest = etree.fromstring(client.get(following.removeprefix("http://testserver")).content)
    assert len(entries(rest)) == 101
    assert not entries(rest).keys() & entries(root).keys()
    assert "next" not in [link.get("rel") for link in rest.findall(f"{ATOM}link")]


def test_m1_venue_feed_that_says_nothing_has_a_hundred(client: Client, db: None) -> None:
    save_records(records=[venue_record(f"P18-1{n:03d}@ACL", position=n) for n in range(120)])
    assert len(entries(feed(client, "/venue/ACL.2018"))) == 100


# --- What is new, and what is not --------------------------------------------------------------------------------
FEEDS = ("/arxiv/2606.10001,2606.10002", "/author/Ada%20Author", "/search?query=study")
SUBMITTED = datetime(2026, 6, 14, tzinfo=UTC)
STORY: list[tuple[str, dict[str, Any]]] = [
    ("nothing is known but the day of submission, and a guess", {
        "submitted": SUBMITTED, "submitted_day_only": True, "announced": (Announced(THURSDAY, "new", "estimated"),)}),
    ("the instant gives the first day possible", {
        "submitted": SUBMITTED.replace(hour=15), "submitted_day_only": False,
        "announced": (Announced(MONDAY, "new", "computed"),)}),
    ("it was held back for a day", {"announced": (Announced(TUESDAY, "new", "observed"),)}),
    ("it is cross-listed", {"announced": (Announced(THURSDAY, "cross", "observed", ("cs.LG",)),)}),
    ("a second version comes, with another title", {
        "version": 2, "revised": datetime(2026, 6, 20, tzinfo=UTC), "title": "Another title",
        "announced": (Announced(date(2026, 6, 22), "replace", "observed"),)}),
    ("the DOI of its journal is told", {"doi": "10.1000/x", "journal_ref": "Journal 7"}),
    ("a third version comes", {
        "version": 3, "revised": datetime(2026, 7, 2, tzinfo=UTC), "abstract": "We study more.",
        "announced": (Announced(date(2026, 7, 3), "replace", "observed"),)}),
]  # fmt: skip


def tell(client: Client, query: str = "") -> list[dict[str, str]]:
    """The story of a paper, step by step: when it is new in each feed after each step."""
    facts: dict[str, Any] = {"categories": ("cs.CL", "cs.LG")}
    save_records(records=[arxiv_record("2606.10002")])
    told = []
    for _what, more in STORY:
        facts |= more
        save_records(records=[arxiv_record("2606.10001", **facts)])
        rebuild()
        joined = [f"{address}{'&' if '?' in address else '?'}{query}" for address in FEEDS]
        told.append({address: entries(feed(client, address))["2606.10001"] for address in joined})
    return told


def test_m1_updated_never_goes_back_and_a_new_version_is_not_new(
    client: Client, db: None, settings: Any, tmp_path: Path
) -> None:
    settings.SEARCH_URL = f"embedded://{tmp_path / 'index'}"
    told = tell(client)
    for address in told[0]:
        days = [step[address] for step in told]
        assert days == sorted(days), address
        assert days[0] == "2026-06-14T00:00:00+00:00", "what is only guessed does not count"
        assert set(days[2:]) == {"2026-06-16T00:00:00+00:00"}, "neither cross-lists nor versions announce it again"


def test_m1_new_versions_are_told_again_where_that_is_asked_for(
    client: Client, db: None, settings: Any, tmp_path: Path
) -> None:
    settings.SEARCH_URL = f"embedded://{tmp_path / 'index'}"
    told = tell(client, "updated=revised")
    for address in told[0]:
        days = [step[address][:10] for step in told]
        assert days == sorted(days), address
        assert days[3:] == ["2026-06-16", "2026-06-22", "2026-06-22", "2026-07-03"]
    assert client.get("/arxiv/cs.CL/feed?updated=x").status_code == 400


def test_m1_day_feed_has_what_was_announced_and_no_replacement(client: Client, library: None) -> None:
    before = entries(feed(client, "/arxiv/cs.CL"))
    again = (Announced(TUESDAY, "new", "observed"), Announced(THURSDAY, "replace", "observed"))
    save_records(records=[arxiv_record("2606.10001", categories=("cs.CL", "cs.LG"), version=2, announced=again)])
    assert entries(feed(client, "/arxiv/cs.CL")) == before
    assert set(before.values()) == {"2026-06-16T00:00:00+00:00"}, "the cross-listed one, too"


def test_m1_venue_paper_is_new_when_it_is_taken_in_and_never_again(client: Client, library: None) -> None:
    before = entries(feed(client, "/venue/ACL.2018"))
    later = {"submitted": datetime(2018, 2, 1, tzinfo=UTC), "title": "Another title", "doi": "10.1000/y"}
    save_records(records=[venue_record("P18-1001@ACL", **later)])
    link_copies(papers=list(Paper.objects.filter(key__in=["2606.10001", "P18-1001@ACL"])))
    root = feed(client, "/venue/ACL.2018")
    assert entries(root) == before
    published = {e.findtext(f"{ATOM}title"): e.findtext(f"{ATOM}published") for e in root.iter(f"{ATOM}entry")}
    assert published["Another title"] == "2018-02-01T00:00:00+00:00"


def test_m1_ids_have_no_version_and_are_the_same_by_whatever_name_the_site_is_asked(
    client: Client, library: None, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1"]
    settings.SITE_URL = "https://papers.example/"
    save_records(records=[arxiv_record("2606.10001", version=3)])
    by_name = [etree.fromstring(client.get("/arxiv/2606.10001/feed", headers={"host": host}).content)
               for host in ("testserver", "127.0.0.1:8000")]  # fmt: skip
    for root in by_name:
        assert root.findtext(f"{ATOM}id") == "https://papers.example/arxiv/2606.10001/feed"
        assert root.findtext(f"{ATOM}entry/{ATOM}id") == "https://papers.example/arxiv/2606.10001"


def test_m1_withdrawn_paper_is_in_no_feed_but_one_that_names_it(client: Client, indexed_library: None) -> None:
    save_records(records=[arxiv_record("2606.10001", withdrawn=True, version=2, categories=("cs.CL", "cs.LG"))])
    rebuild()
    for address in ("/arxiv/cs.CL", "/search?query=study", "/author/Ada%20Author"):
        assert "2606.10001" not in entries(feed(client, address)), address
    assert "2606.10001" in entries(feed(client, "/arxiv/2606.10001,2606.10002"))


@pytest.mark.parametrize("address", LISTS)
def test_m1_unchanged_feed_is_a_304(client: Client, indexed_library: None, address: str) -> None:
    path, _, query = address.partition("?")
    first = client.get(f"{path}/feed?{query}")
    again = client.get(f"{path}/feed?{query}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
