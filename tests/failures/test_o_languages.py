"""List O3: the language of an answer, and what says so to readers, caches and search engines."""

import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
PAGES = ("/", "/arxiv/cs.CL", "/arxiv/2606.10001", "/venue/ACL.2018", "/search?query=a", "/status", "/nowhere")


def language_of(answer: object) -> str:
    found = re.search(r'<html lang="([^"]+)"', answer.content.decode())  # type: ignore[attr-defined]
    assert found
    assert answer.headers["Content-Language"] == found[1]  # type: ignore[attr-defined]
    return found[1]


@pytest.mark.parametrize("page", PAGES)
def test_o3_the_address_decides_then_the_cookie_then_the_browser(client: Client, library: None, page: str) -> None:
    joint = "&" if "?" in page else "?"
    prefers = {"Accept-Language": "de, zh-CN;q=0.8, en;q=0.5"}
    assert language_of(client.get(page)) == "en"
    assert language_of(client.get(page, headers={"Accept-Language": "de"})) == "en"
    assert language_of(client.get(page, headers=prefers)) == "zh-Hans"
    for named in ("zh", "zh-CN", "zh-hans", "zh-TW"):
        assert language_of(client.get(f"{page}{joint}lang={named}")) == "zh-Hans"
    client.cookies["language"] = "en"
    assert language_of(client.get(page, headers=prefers)) == "en"
    client.cookies["language"] = "zh-hans"
    assert language_of(client.get(page)) == "zh-Hans"
    assert language_of(client.get(f"{page}{joint}lang=en", headers=prefers)) == "en"
    for nonsense in ("xx", "../zh", "zh" * 5_000, "%00", ""):
        assert language_of(client.get(f"{page}{joint}lang={nonsense}")) == "zh-Hans"


@pytest.mark.parametrize("page", PAGES)
def test_o3_caches_are_told_what_the_language_depends_on(client: Client, library: None, page: str) -> None:
    english = client.get(page)
    assert {"Accept-Language", "Cookie"} <= set(english.headers["Vary"].split(", "))
    chinese = client.get(page, headers={"Accept-Language": "zh-CN"})
    if "ETag" in english.headers:
        assert chinese.headers["ETag"] != english.headers["ETag"]
    named = client.get(page + ("&" if "?" in page else "?") + "lang=zh-hans", headers={"Accept-Language": "en"})
    assert named.headers["Vary"] == "Accept-Encoding"  # the same for everybody


@pytest.mark.parametrize(
    "address", ["/arxiv/cs.CL/feed", "/arxiv/cs.CL/export?format=markdown", "/status/feed", "/search/feed?query=a"]
)
def test_o3_what_programs_ask_for_is_the_same_in_every_country(client: Client, library: None, address: str) -> None:
    first = client.get(address)
    client.cookies["language"] = "zh-hans"
    again = client.get(address, headers={"Accept-Language": "zh-CN"})
    assert again.content == first.content
    assert again.headers["Vary"] == first.headers["Vary"] == "Accept-Encoding"


def test_o3_each_page_names_its_address_in_each_language(client: Client, library: None) -> None:
    html = client.get("/arxiv/cs.CL?date=2026-06-16&show=2&lang=zh").content.decode()
    found = re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', html)
    start = "http://testserver/arxiv/cs.CL?date=2026-06-16&amp;show=2&amp;lang="
    assert found == [("en", f"{start}en"), ("zh-Hans", f"{start}zh-hans")]
    for tag, href in found:
        assert language_of(client.get(href.replace("&amp;", "&"))) == tag
    assert "hreflang" not in client.get("/nowhere").content.decode()


def test_o3_a_reader_chooses_a_language_and_stays_on_the_page(client: Client, library: None) -> None:
    came = "http://testserver/arxiv/cs.CL?date=2026-06-16&lang=en&show=2"
    answer = client.post("/language", {"language": "zh-hans"}, headers={"Referer": came})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/arxiv/cs.CL?date=2026-06-16&show=2")
    cookie = answer.cookies["language"]
    assert (cookie.value, cookie["samesite"], bool(cookie["httponly"])) == ("zh-hans", "Lax", True)
    assert language_of(client.get(answer.headers["Location"])) == "zh-Hans"
    for elsewhere in ("https://evil.example/", "http://testserver@evil.example/", "//evil.example", "javascript:x", ""):
        answer = client.post("/language", {"language": "en"}, headers={"Referer": elsewhere})
        assert answer.headers["Location"] == "/"
    answer = client.post("/language", {"language": "en"}, headers={"Referer": "http://testserver//evil.example/x"})
    assert answer.headers["Location"] == "/evil.example/x"
    assert client.post("/language", {"language": "<b>"}).status_code == 400
    assert client.post("/language").status_code == 400
    assert client.get("/language").status_code == 405


def test_o3_a_card_that_is_remembered_is_so_in_its_language(client: Client, library: None) -> None:
    for _time in range(2):
        for name, word in (("en", "Authors"), ("zh", "作者")):
            html = client.get(f"/arxiv/cs.CL?date=2026-06-16&lang={name}").content.decode()
            assert f"<strong>{word}</strong>" in html


def test_o3_plurals_and_dates_are_of_the_language(client: Client, library: None) -> None:
    assert "1–30 Jun 2026" not in client.get("/arxiv/cs.CL?month=2026-06").content.decode()
    english, chinese = (
        [
            client.get(f"/arxiv/cs.CL?{period}&lang={name}").content.decode()
            for period in ("month=2026-06", "week=2026-W25")
        ]
        for name in ("en", "zh")
    )
    assert ["June 2026" in english[0], "15–21 Jun 2026" in english[1]] == [True, True]
    assert ["2026年6月" in chinese[0], "2026年6月15日–21日" in chinese[1]] == [True, True]
    day = client.get("/arxiv/cs.CL?date=2026-06-16&lang=zh").content.decode()
    assert "星期二" in day
    assert "6月16日" in day


def test_o3_scripts_have_their_words_at_an_address_that_lasts(client: Client, library: None) -> None:
    found = re.search(
        r'<script defer src="(/catalog/zh-hans.js\?[0-9a-f]{12})">', client.get("/?lang=zh").content.decode()
    )
    assert found
    answer = client.get(found[1])
    assert "immutable" in answer.headers["Cache-Control"]
    assert "javascript" in answer.headers["Content-Type"]
    assert "/catalog/" not in client.get("/").content.decode()
    assert client.get("/catalog/xx.js").status_code == 404
