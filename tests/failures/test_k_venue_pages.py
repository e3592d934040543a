"""List K, what speaks of venues' pages: which edition an address is, whatever the venue is called."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from coolpapers.models import Edition, Venue, VenueName
from search.index import rebuild
from tests.coolpapers.test_lists import get, keys
from tests.factories import make_paper

pytestmark = pytest.mark.django_db


def make_edition(venue: str, year: int, papers: int = 2, label: str = "", **fields: Any) -> Edition:
    """An edition with papers `0@FAST.2026`, `1@FAST.2026`, … as many as are wanted, in a group of its name."""
    home, _ = Venue.objects.get_or_create(code=venue)
    edition = Edition.objects.create(venue=home, year=year, label=label, **{"added": timezone.now()} | fields)
    for number in range(papers):
        make_paper(key=f"{number}@{edition}", venue=venue, year=year, label=label, group=f"in {edition}")
    return edition


def leads_to(client: Client, path: str, status: int = 301) -> str:
    """Where the address redirects to."""
    response = client.get(path)
    assert response.status_code == status, (path, response.status_code)
    return str(response.headers["Location"])


# --- The newest edition ------------------------------------------------------------------------------------------
def test_k7_a_venue_is_its_newest_complete_edition(client: Client) -> None:
    make_edition("AAAI", 2024, 2, expected=2)
    make_edition("AAAI", 2025, 3, expected=3)
    make_edition("AAAI", 2026, 1, expected=4)
    make_edition("AAAI", 2027, 0, expected=5)
    html = get(client, "/venue/AAAI")
    assert '<h1 class="notranslate">AAAI.2025</h1>' in html
    assert 'href="/venue/AAAI.2026">AAAI.2026</a> is newer: 1 of its 4 papers are here.' in html
    assert "AAAI.2025" in get(client, "/venue/AAAI/feed")
    assert "is newer" not in get(client, "/venue/AAAI.2025")


def test_k7_an_edition_of_unknown_size_is_complete_with_what_it_holds(client: Client) -> None:
    make_edition("AAAI", 2025, expected=2)
    make_edition("AAAI", 2026)
    html = get(client, "/venue/AAAI")
    assert '<h1 class="notranslate">AAAI.2026</h1>' in html
    assert "newer" not in html


def test_k7_a_venue_with_nothing_complete_shows_what_it_has(client: Client) -> None:
    make_edition("AAAI", 2025, 1, expected=9)
    make_edition("AAAI", 2026, 1, expected=9)
    html = get(client, "/venue/AAAI")
    assert '<h1 class="notranslate">AAAI.2026</h1>' in html
    assert '<span class="ledger gap"' in html
    assert "1 of 9 expected: 8 not held yet" in html
    assert "is newer" not in html


def test_k7_latest_is_the_edition_added_last_whatever_its_year(client: Client) -> None:
    now = timezone.now()
    make_edition("ICLR", 2025, added=now - timedelta(days=2))
    make_edition("ICML", 2019, added=now - timedelta(days=1))
    make_edition("AAAI", 2026, 0, added=now)
    assert '<h1 class="notranslate">ICML.2019</h1>' in get(client, "/venue/latest")
    assert "0@ICML.2019" in get(client, "/venue/latest/feed")


# --- What is not here --------------------------------------------------------------------------------------------
def test_k7_an_unknown_year_is_a_404_with_the_years_that_there_are(client: Client) -> None:
    make_edition("AAAI", 2025)
    make_edition("AAAI", 2024)
    make_edition("AAAI", 2023, 0)
    for asked in ("AAAI.1999", "aaai.1999", "AAAI.2025-Fall", "AAAI.1999/feed"):
        html = get(client, f"/venue/{asked}", 404)
        links = re.findall(r'href="/venue/(AAAI[^"]*)"', html)
        assert links == ["AAAI.2025", "AAAI.2024"], asked
    assert "The edition AAAI.2025-Fall is not here." in get(client, "/venue/AAAI.2025-Fall", 404)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [("NeurIP", "NeurIPS"), ("neuripps.2024", "NeurIPS"), ("NIPPS", "NeurIPS"), ("Neural+Information", "NeurIPS"),
     ("USENIX-Security.2024", "USENIX%20Security")],
)  # fmt: skip
def test_k7_an_unknown_venue_is_a_404_with_names_like_it(client: Client, asked: str, meant: str) -> None:
    neurips = make_edition("NeurIPS", 2024).venue
    neurips.name = "Neural Information Processing Systems"
    neurips.save()
    VenueName.objects.create(code="NIPS", venue=neurips)
    make_edition("USENIX Security", 2024)
    html = get(client, f"/venue/{asked.replace('+', '%20')}", 404)
    assert re.findall(r'<p>Perhaps you mean <a class="notranslate" href="/venue/([^"]+)"', html) == [meant]


def test_k7_a_venue_that_resembles_nothing_is_a_404_that_leads_to_all(client: Client) -> None:
    make_edition("AAAI", 2025)
    for asked in (
        "Xyzzy",
        "Xyzzy.2025",
        "x" * 5000,
        ".2020",
        "2020",
        "A.20201",
        "%2520",
        "-",
        "AAAI.2025-" + "x" * 500,
    ):
        html = get(client, f"/venue/{asked}", 404)
        assert '<a href="/venue">All venues</a>' in html


def test_k7_a_venue_without_papers_is_a_404_that_says_so(client: Client) -> None:
    make_edition("AAAI", 2027, 0)
    assert "No paper of AAAI is held here yet." in get(client, "/venue/AAAI", 404)
    assert "AAAI.2027 holds no paper yet." in get(client, "/venue/AAAI.2027")
    assert "No venue holds papers here yet." in get(client, "/venue/latest", 404)


# --- Names -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "address"),
    [("NIPS", "NeurIPS"), ("nips.2017", "NeurIPS.2017"), ("neurips.2017", "NeurIPS.2017"),
     ("NIPS/feed", "NeurIPS/feed"),
     ("NIPS.2017?group=in+NeurIPS.2017&show=1", "NeurIPS.2017?group=in+NeurIPS.2017&show=1"),
     ("NIPS.2017/feed?group=in+NeurIPS.2017", "NeurIPS.2017/feed?group=in+NeurIPS.2017"),
     ("NIPS.2017/", "NIPS.2017"),
     ("NeurIPS.2017?show=1&group=IN+neurips.2017", "NeurIPS.2017?show=1&group=in+NeurIPS.2017")],
)  # fmt: skip
def test_k7_a_renamed_venue_has_one_address(client: Client, asked: str, address: str) -> None:
    VenueName.objects.create(code="NIPS", venue=make_edition("NeurIPS", 2017).venue)
    assert leads_to(client, f"/venue/{asked}") == f"/venue/{address}"
    assert client.get(f"/venue/{asked}", follow=True).status_code == 200


def test_k7_a_venue_that_has_a_name_itself_comes_before_others_that_had_it(client: Client) -> None:
    VenueName.objects.create(code="FAST", venue=make_edition("USENIX FAST", 2020).venue)
    make_edition("FAST", 2021)
    assert '<h1 class="notranslate">FAST.2021</h1>' in get(client, "/venue/FAST")
    assert 'href="/venue/FAST.2021"' in get(client, "/venue/FAST.2020", 404)


def test_k7_names_that_are_alike_do_not_collide(client: Client) -> None:
    codes = ("USENIX FAST", "USENIX Security", "USENIX-Sec", "USENIX Security.v2", "USENIX Security ATC", "USENIX")
    editions = [make_edition(code, 2024) for code in codes]
    for edition in editions:
        html = get(client, edition.get_absolute_url())
        assert keys(html) == [f"{n}@{'_'.join(str(edition).split())}" for n in (1, 0)], edition
        assert keys(get(client, edition.venue.get_absolute_url())) == keys(html)
    assert leads_to(client, "/venue/usenix%20security.2024") == "/venue/USENIX%20Security.2024"
    index = get(client, "/venue")
    ids = re.findall(r' id="([^"]+)"', index)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("code", ["Proc. ML", "A.2020", "ML@Scale", "ML@FAST", "A/B", "R&D <1>", "100%", "Été?", "a#b"])
def test_k7_signs_in_a_name_are_encoded(client: Client, code: str) -> None:
    edition = make_edition(code, 2021)
    address = edition.get_absolute_url()
    for path in (address, f"{address}/feed", edition.venue.get_absolute_url(), "/venue"):
        html = get(client, path)
        assert address in html or path == edition.venue.get_absolute_url()
    assert keys(get(client, edition.venue.get_absolute_url())) == keys(get(client, address)) != []
    lower = edition.venue.get_absolute_url().replace("A", "a").replace("M", "m")
    assert client.get(lower, follow=True).status_code == 200


def test_k7_a_venue_with_an_at_sign_takes_no_paper_away(client: Client) -> None:
    make_edition("ML@Scale", 2021)
    make_edition("ACL", 2021)
    assert keys(get(client, "/venue/ACL.2021"))
    paper = make_paper(key="P18-1001@ACL", venue="ACL", year=2021)
    assert keys(get(client, paper.get_absolute_url())) == ["P18-1001@ACL"]


# --- Joint editions, and two in one year ------------------------------------------------------------------------
@pytest.fixture
def joint() -> Edition:
    """LREC-COLING.2024, and COLING.2022 alone."""
    edition = make_edition("LREC-COLING", 2024)
    make_edition("COLING", 2022)
    edition.also_of.add(Venue.objects.create(code="LREC"), Venue.objects.get(code="COLING"))
    return edition


def test_k7_a_joint_edition_is_found_by_each_of_its_venues(client: Client, joint: Edition) -> None:
    for venue in ("LREC", "COLING", "coling"):
        assert leads_to(client, f"/venue/{venue}.2024?show=5") == "/venue/LREC-COLING.2024?show=5"
        assert leads_to(client, f"/venue/{venue}.2024/feed") == "/venue/LREC-COLING.2024/feed"
    for venue in ("LREC", "COLING", "LREC-COLING"):
        assert '<h1 class="notranslate">LREC-COLING.2024</h1>' in get(client, f"/venue/{venue}")
    assert 'href="/venue/LREC-COLING.2024"' in get(client, "/venue/LREC.2020", 404)


def test_k7_the_index_shows_a_joint_edition_under_each_venue(client: Client, joint: Edition) -> None:
    for path, start in (("/venue", '<section class="venue"'), ("/", '<p class="venue-item')):
        parts = get(client, path).split(start)[1:]
        assert len(parts) == 3
        shown = [re.findall(r'href="/venue/([A-Z-]+\.[0-9]+)"', part) for part in parts]
        assert shown == [["LREC-COLING.2024", "COLING.2022"], ["LREC-COLING.2024"], ["LREC-COLING.2024"]]


def test_k7_an_edition_of_its_own_comes_before_a_joint_one(client: Client, joint: Edition) -> None:
    make_edition("LREC", 2024, 0)
    assert leads_to(client, "/venue/LREC.2024") == "/venue/LREC-COLING.2024"  # which holds papers
    paper = make_paper(venue="LREC", year=2024)
    assert keys(get(client, "/venue/LREC.2024")) == [paper.key]


def test_k7_two_editions_of_a_year_are_told_apart_by_label(client: Client) -> None:
    now = timezone.now()
    make_edition("FAST", 2026, label="Spring", added=now - timedelta(days=90))
    make_edition("FAST", 2026, label="Fall", added=now)
    for label, other in (("Spring", "Fall"), ("Fall", "Spring")):
        html = get(client, f"/venue/FAST.2026-{label}")
        assert keys(html) == [f"{n}@FAST.2026-{label}" for n in (1, 0)]
        assert f'Another edition of the same year: <a class="notranslate" href="/venue/FAST.2026-{other}">' in html
    assert leads_to(client, "/venue/fast.2026-FALL") == "/venue/FAST.2026-Fall"
    assert leads_to(client, "/venue/FAST.2026?show=5", 302) == "/venue/FAST.2026-Fall?show=5"
    assert leads_to(client, "/venue/FAST.2026/feed", 302) == "/venue/FAST.2026-Fall/feed"
    assert 'href="/venue/FAST.2026-Spring"' in get(client, "/venue/FAST.2026-Winter", 404)
    assert '<h1 class="notranslate">FAST.2026-Fall</h1>' in get(client, "/venue/FAST")


# --- Search ------------------------------------------------------------------------------------------------------
def test_k7_search_knows_other_names_joint_editions_and_labels(
    client: Client, joint: Edition, settings: Any, tmp_path: Path
) -> None:
    VenueName.objects.create(code="NIPS", venue=make_edition("NeurIPS", 2017).venue)
    make_edition("NeurIPS", 2018)
    make_edition("FAST", 2026, label="Spring")
    make_edition("FAST", 2026, label="Fall")
    make_edition("USENIX FAST", 2026, label="Fall")
    settings.SEARCH_URL = f"embedded://{tmp_path / 'index'}"
    rebuild()
    for query, editions in {
        "venue:NIPS": {"NeurIPS.2017", "NeurIPS.2018"},
        "venue:nips.2017": {"NeurIPS.2017"},
        'venue:"NIPS 2018 - in NeurIPS.2018"': {"NeurIPS.2018"},
        "paper -venue:NIPS -venue:FAST -venue:COLING": {"USENIX_FAST.2026-Fall"},
        "venue:COLING": {"LREC-COLING.2024", "COLING.2022"},
        "venue:LREC.2024": {"LREC-COLING.2024"},
        "venue:FAST.2026": {"FAST.2026-Spring", "FAST.2026-Fall"},
        "venue:FAST.2026-Fall": {"FAST.2026-Fall"},
        'venue:"usenix fast.2026-fall"': {"USENIX_FAST.2026-Fall"},
        'venue:"USENIX FAST 2026"': {"USENIX_FAST.2026-Fall"},
        'venue:"FAST.2026-Spring - in FAST.2026-Spring"': {"FAST.2026-Spring"},
    }.items():
        html = client.get("/search", {"query": query}).content.decode()
        assert {key.partition("@")[2] for key in keys(html)} == editions, query
        feed = client.get("/venue/search/feed", {"query": query}).content.decode()
        assert feed.count("<entry>") == 2 * len(editions), query
    html = client.get("/search", {"query": "venue:NIPS paper"}).content.decode()
    assert "venue:NeurIPS" in html  # what it was read as
    assert "Narrow by" in html
    dates = client.get("/search", {"query": "venue:NIPS paper", "from": "2018"})
    assert "2018" in dates.headers["Location"]
