"""The home page's boxes, and the list that they open together."""

import re
from urllib.parse import parse_qs, unquote_plus

import pytest
from django.test import Client

from coolpapers.models import Venue, VenueName
from coolpapers.taxonomy import CATEGORIES
from tests.coolpapers.test_lists import get, keys
from tests.factories import make_paper

pytestmark = pytest.mark.django_db


def leads_to(client: Client, query: str) -> str:
    response = client.get(f"/choose?{query}")
    assert response.status_code == 302, response.content.decode()[:2000]
    return response.headers["Location"]


@pytest.mark.parametrize(
    ("query", "address"),
    [("c=cs.CL", "/arxiv/cs.CL"), ("c=cs.LG&c=cs.CL&c=-cs.CY", "/arxiv/cs.CL+cs.LG-cs.CY"),
     ("c=&c=cs.CL&c=&v=&date=&sort=", "/arxiv/cs.CL"), ("c=-cs.CY", "/arxiv/-cs.CY"),
     ("c=cs.CL&c=-cs.CL", "/arxiv/-cs.CL"), ("c=cs.NA&c=math.NA", "/arxiv/math.NA"),
     ("c=cs.CL&date=2026-06-15", "/arxiv/cs.CL?date=2026-06-15"),
     ("c=cs.CL&date=2026-06-15&of=week", "/arxiv/cs.CL?week=2026-W25"),
     ("c=cs.CL&date=2026-06-15&of=month&sort=1", "/arxiv/cs.CL?month=2026-06&sort=1"),
     ("c=cs.CL&of=week", "/arxiv/cs.CL?week=2026-W25"),
     ("c=cs.CL&c=cs.LG&of=month", "/arxiv/cs.CL+cs.LG?month=2026-06"),
     ("c=hep-th&of=week", "/arxiv/hep-th"), ("c=cs.CL&v=-ACL", "/arxiv/cs.CL"), ("v=acl", "/venue/ACL"),
     ("c=cs.CL&c=-cs.CY&v=ACL&of=keep", "/?c=cs.CL&c=-cs.CY&v=ACL")],
)  # fmt: skip
def test_choice_leads_to_the_one_address_of_it(client: Client, library: None, query: str, address: str) -> None:
    assert leads_to(client, query) == address
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("query", "typed", "found"),
    [("c=cs.LG&v=ACL", 'category:cs.LG OR venue:"ACL"', 5),
     ("c=cs.LG&c=-cs.CL&v=ACL&date=2026-06-18", '(category:cs.LG-cs.CL announced:2026-06-18) OR venue:"ACL"', 4),
     ("c=cs.CL&v=ACL&of=month", '(category:cs.CL announced:2026-06) OR venue:"ACL"', 36),
     ("v=ACL&v=EMNLP", 'venue:"ACL" OR venue:"EMNLP"', 4), ("v=ACL&v=-EMNLP", 'venue:"ACL" -venue:"EMNLP"', 3),
     ("v=ACL&v=EMNLP&c=-cs.CY", 'venue:"ACL" OR venue:"EMNLP"', 4)],
)  # fmt: skip
def test_choice_with_a_venue_leads_to_a_search_for_all_of_it(
    client: Client, library: None, request: pytest.FixtureRequest, query: str, typed: str, found: int
) -> None:
    make_paper(venue="EMNLP", year=2018)
    request.getfixturevalue("indexed_library")
    address = leads_to(client, query)
    assert parse_qs(address.split("?")[1])["query"] == [typed]
    assert f"Total: {found}" in get(client, address), unquote_plus(address)


@pytest.mark.parametrize("query", ["", "c=&v=", "of=week", "v=-ACL"])
def test_nothing_chosen_says_what_to_do(client: Client, library: None, query: str) -> None:
    html = get(client, f"/choose?{query}")
    assert "Nothing is chosen to be shown yet." in html
    assert 'id="choose"' in html


@pytest.mark.parametrize(
    ("query", "told"),
    [("c=cs.XX", "cs.XX is not a category"), ("c=cs", "cs is not a category"), ("v=NOPE", "No venue is called NOPE"),
     ("c=cs.CL&of=year", "of=year is not known"), ("c=cs.CL&date=x", "is not a day"), ("c=%00", ""),
     ("&".join(f"c={n}" for n in range(401)), "401 names are too many"), ("c=%3Cscript%3E", "is not a category"),
     ("&".join(f"c={c}" for c in list(CATEGORIES)[:60]), "At most 50 categories can be combined.")],
)  # fmt: skip
def test_choice_that_makes_no_sense_is_a_400_with_a_sentence(
    client: Client, library: None, query: str, told: str
) -> None:
    response = client.get(f"/choose?{query}")
    assert response.status_code == (400 if told else 200)
    assert told in response.content.decode()
    assert "<script>" not in response.content.decode()


def test_a_venue_of_a_nasty_name_is_chosen_like_any(client: Client, library: None) -> None:
    for code in ('A "B"', "A&B=C", "İ@x"):
        make_paper(venue=code, year=2024)
    VenueName.objects.create(code="Old name", venue=Venue.objects.get(code="A&B=C"))
    assert leads_to(client, "v=Old+name").startswith("/venue/A%26B%3DC")
    html = get(client, "/?v=A%26B%3DC")
    assert '<option value="A&amp;B=C" selected>show</option>' in html
    assert '<option value="-A&amp;B=C">exclude</option>' in html


def test_home_has_a_box_of_three_states_for_each_category_and_venue(client: Client, library: None) -> None:
    html = get(client, "/")
    boxes = re.findall(r'<select class="box" name="([cv])" aria-label="([^"]+)">(.*?)</select>', html)
    named = [(param, name) for param, name, _options in boxes]
    assert len(named) == len(set(named)) == 1 + sum(one.active for one in CATEGORIES.values())
    assert ("v", "ACL") in named
    assert all(re.findall(r">(\w+)</option>", options) == ["hide", "show", "exclude"] for *_names, options in boxes)
    assert "selected" not in str(boxes)


def test_home_shows_the_choice_of_its_address(client: Client, library: None) -> None:
    html = get(client, "/?c=cs.LG&c=-cs.CY")
    assert '<option value="cs.LG" selected>show</option>' in html
    assert '<option value="-cs.CY" selected>exclude</option>' in html
    assert html.count(" selected>") == 2
    assert "cs.LG − cs.CY" in html


def test_home_leads_to_the_most_starred_of_week_and_month(client: Client, library: None) -> None:
    html = get(client, "/").replace("&amp;", "&")
    for said in ("week=2026-W25", "month=2026-06"):
        (address,) = re.findall(rf'href="(/arxiv/[^"]+{said}&sort=1)"', html)
        assert len(keys(get(client, f"{address}&show=100"))) == 34
    assert re.search(r'<a class="feed" href="/arxiv/cs\?week=2026-W25"[^>]* aria-label="Computer Science, week', html)


def test_l7_home_with_a_choice_is_the_same_for_everybody(client: Client, library: None) -> None:
    first = client.get("/?c=cs.CL")
    assert "Set-Cookie" not in first.headers
    assert Client(headers={"Cookie": "sessionid=x"}).get("/?c=cs.CL").content == first.content
