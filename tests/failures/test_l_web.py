"""List L, as far as it is not in tests/coolpapers/test_{safety,rendering,limits,crawlers}.py."""

import random
import re
import types
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path

from coolpapers.taxonomy import CATEGORIES, parse_expression
from ingest.store import save_records
from tests.coolpapers.test_crawlers import allowed
from tests.coolpapers.test_lists import get
from tests.coolpapers.test_rendering import HOSTILE
from tests.library import arxiv_record

pytestmark = pytest.mark.django_db
PAGES = ("/", "/arxiv/cs.CL", "/arxiv/cs.CL?date=2026-06-15", "/arxiv/2606.10001", "/venue/ACL.2018", "/search?query=a",
         "/arxiv/cs.CL/feed", "/go", "/robots.txt", "/sitemap.xml", "/nothing", "/arxiv/cs.CL?date=x",
         "/author/Ada%20Author", "/arxiv/2606.10001/related", "/status", "/status/feed")  # fmt: skip


@pytest.mark.parametrize(
    "address",
    ["/search?query={}", "/search?query={}&highlight={}", "/search/feed?query={}", "/arxiv/cs.CL?date={}",
     "/arxiv/cs.CL?sort={}", "/arxiv/cs.CL?show={}", "/arxiv/{}", "/venue/{}", "/venue/{}@ACL", "/{}",
     "/venue/ACL.2018?group={}", "/go?q={}", "/author/{}", "/arxiv/2606.10001,{}", "/arxiv/cs.CL?next={}",
     "/arxiv/{}/related", "/venue/{}@ACL/related"],
)  # fmt: skip
def test_l4_nothing_in_an_address_comes_back_as_markup(client: Client, indexed_library: None, address: str) -> None:
    for text in HOSTILE:
        answer = client.get(address.replace("{}", quote(text, safe="")), follow=True).content.decode()
        for raw in ("<script>alert", "<img src=x", "<svg", "</title><script"):
            assert raw not in answer, text
        assert not re.search(r'(?:href|src|action)="\s*(?:javascript|data):', answer), text


@pytest.mark.parametrize(
    "address",
    ["/go?url={}", "/go?q={}", "/search?query={}", "/arxiv/{}", "/venue/{}", "/author/{}/", "/{}/",
     "/arxiv/{}/related/", "/arxiv/cs.CL/?next={}", "//evil.example/arxiv/cs.CL/{}"],
)  # fmt: skip
def test_l4_no_redirect_leaves_the_site(client: Client, indexed_library: None, address: str) -> None:
    for target in ("//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example",
                   "javascript:alert(1)", "\t//evil.example", "%2F%2Fevil.example"):  # fmt: skip
        response = client.get(address.replace("{}", quote(target, safe="")))
        location = response.headers.get("Location", "/")
        assert re.match(r"/(?![/\\])", location), location


def test_l5_links_are_of_a_host_that_is_ours(client: Client, library: None) -> None:
    for address in ("/arxiv/cs.CL/feed", "/sitemap.xml", "/arxiv/2606.10001"):
        for headers in ({"host": "evil.example"}, {"host": "testserver@evil.example"}):
            assert client.get(address, headers=headers).status_code == 400
        html = client.get(address, headers={"X-Forwarded-Host": "evil.example"}).content
        assert b"evil.example" not in html


@pytest.mark.parametrize("address", PAGES)
def test_l7_pages_are_the_same_for_everybody(client: Client, library: None, address: str) -> None:
    first = client.get(address)
    assert "Set-Cookie" not in first.headers
    told = {"Accept-Language", "Cookie"} if first.headers["Content-Type"].startswith("text/html") else set()
    assert set(first.headers["Vary"].split(", ")) == {"Accept-Encoding", *told}  # of the reader, the language alone
    again = Client(headers={"Cookie": "sessionid=x; csrftoken=y", "Accept-Language": "de"}).get(address)
    assert again.content == first.content


# Kept by any cache as long as it asks each time: an answer says when it changed, and nothing of who asked.
LISTS = ("/", "/?c=cs.CL", "/arxiv/cs.CL+cs.LG?date=2026-06-15", "/arxiv/cs.CL?month=2026-06", "/venue",
         "/venue/ACL.2018", "/stars", "/papers/2606.10001,P18-1001@ACL", "/search?query=attention",
         "/author/Ada%20Author", "/arxiv/2606.10001/related", "/reading", "/arxiv/cs.CL/export")  # fmt: skip


@pytest.mark.parametrize("address", LISTS)
def test_l7_unchanged_page_is_a_304_whatever_cookies_come_with_it(
    client: Client, indexed_library: None, address: str
) -> None:
    first = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert (first.status_code, first.headers.get("Content-Encoding")) == (200, "gzip")
    assert "Accept-Encoding" in first.headers["Vary"]
    etag = first.headers["ETag"]
    other = Client(headers={"Cookie": "sessionid=x; voter=y", "Accept-Encoding": "gzip"})
    again = other.get(address, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag.removeprefix("W/"))
    assert client.get(address, headers={"If-None-Match": 'W/"x"'}).status_code == 200


@pytest.mark.parametrize("address", ["/arxiv/cs.CL/feed", "/arxiv/cs.CL", "/arxiv/2606.10001", "/venue/ACL.2018/feed"])
def test_l7_unchanged_answer_is_a_304(client: Client, library: None, address: str) -> None:
    etag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
    save_records(records=[arxiv_record("2606.10001", title="Changed")])
    changed = "venue" not in address
    assert client.get(address, headers={"If-None-Match": etag}).status_code == (200 if changed else 304)


PERSONAL = ("/sign-in", "/reading/account", "/admin/login/", "/admin/")


@pytest.mark.parametrize("address", PERSONAL)
def test_l7_what_is_one_readers_is_stored_by_nobody(client: Client, library: None, address: str) -> None:
    client.force_login(User.objects.create_superuser("ann"))
    for response in (client.get(address), Client().get(address)):
        said = response.headers["Cache-Control"]
        assert "no-store" in said, address
        assert "private" in said, address


@pytest.mark.parametrize("tail", ["/x.css", ".css", "/%2e%2e/x.js", ";x.png", "%00.css", "/nothing/logo.svg"])
def test_l7_nothing_personal_is_served_as_if_it_were_a_file(client: Client, library: None, tail: str) -> None:
    """A cache that keeps what looks like a file would hand it on to others."""
    client.force_login(User.objects.create_superuser("ann"))
    for address in PERSONAL:
        response = client.get(f"{address.rstrip('/')}{tail}")
        assert response.status_code in (302, 404), address
        assert b"ann" not in response.content


@pytest.mark.parametrize("address", PAGES)
def test_l8_other_sites_scripts_are_given_nothing(client: Client, library: None, address: str) -> None:
    response = client.get(address, headers={"Origin": "https://evil.example"})
    assert not [name for name in response.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize(
    "address",
    ["/.git/config", "/.git/HEAD", "/.env", "/debug", "/secret-key", "/var/secret-key", "/papers.sqlite3", "/admin",
     "/static/../settings.py", "/static/..%2f..%2fmanage.py", "/coolpapers/settings.py", "/manage.py", "/trace"],
)  # fmt: skip
def test_l9_stray_paths_tell_nothing(client: Client, library: None, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 404
    assert django_settings.SECRET_KEY not in response.content.decode()


def broken(request: HttpRequest) -> HttpResponse:
    password = "hunter2"
    raise RuntimeError(f"the password is {password}")


def test_l9_an_error_page_tells_nothing(library: None, settings: Any) -> None:
    urls = types.ModuleType("tests.broken_urls")
    urls.urlpatterns = [path("broken", broken), path("", include("coolpapers.urls"))]  # type: ignore[attr-defined]
    urls.handler500 = "coolpapers.pages.errors.server_error"  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = urls
    response = Client(raise_request_exception=False).get("/broken")
    assert response.status_code == 500
    html = response.content.decode()
    assert "Something broke here" in html
    for secret in ("hunter2", "RuntimeError", "Traceback", "tests", django_settings.SECRET_KEY, "sqlite"):
        assert secret not in html


# --- Combinations without end ---
def test_l10_a_combination_of_too_many_categories_is_refused(client: Client, library: None) -> None:
    many = [code for code in CATEGORIES if "." in code]
    assert "At most 50 categories can be combined." in get(client, f"/arxiv/{'+'.join(many[:51])}", 400)
    response = client.get(f"/arxiv/{'+'.join(many[:50])}", follow=True)
    assert response.status_code == 200


def any_union(chance: random.Random) -> list[str]:
    """Categories of a combination that nobody asked for before, in any order."""
    return chance.sample(list(CATEGORIES), chance.randint(2, 50))


def test_l10_no_combination_costs_the_database_more_than_a_few_questions(client: Client, library: None) -> None:
    chance = random.Random(10)
    days = (
        "",
        "?date=2026-06-15",
        "?date=1999-01-04",
        "?month=2026-06",
        "?week=2026-W25",
        "?kind=replace",
        "?show=1000",
    )
    most = 0
    for _ in range(150):
        path = f"/arxiv/{parse_expression('+'.join(any_union(chance))).canonical.text}"
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path + chance.choice(days)).status_code == 200
        most = max(most, len(asked))
    assert most <= 14


def test_l10_another_order_is_led_to_the_one_address_before_the_database_is_asked(
    client: Client, library: None, django_assert_num_queries: Any
) -> None:
    chance = random.Random(11)
    for _ in range(50):
        union = any_union(chance)
        canonical = f"/arxiv/{parse_expression('+'.join(union)).canonical.text}"
        asked = f"/arxiv/{'+'.join(union)}"
        if asked == canonical:
            continue
        with django_assert_num_queries(0):
            response = client.get(f"{asked}?date=2026-06-15")
        assert (response.status_code, response.headers["Location"]) == (301, f"{canonical}?date=2026-06-15")


def test_l10_who_asks_for_one_after_another_is_stopped_before_the_database_is_asked(
    client: Client, library: None, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.LIMITS = settings.LIMITS | {"lists": 5}
    chance = random.Random(12)
    for _ in range(5):
        client.get(f"/arxiv/{'+'.join(any_union(chance))}")
    for _ in range(20):
        with django_assert_num_queries(0):
            response = client.get(f"/arxiv/{'+'.join(any_union(chance))}?date=2026-06-15")
        assert response.status_code == 429


def test_l10_a_crawler_that_keeps_to_the_rules_comes_to_an_end(client: Client, library: None) -> None:
    """It reads pages that hold papers, each once, and no combination is shown to it without nofollow."""
    rules = client.get("/robots.txt").content.decode()
    found, read = ["/"], set()
    while found:
        path = found.pop()
        if path in read or not allowed(rules, path):
            continue
        read.add(path)
        response = client.get(path)
        html = response.content.decode() if "html" in response.headers["Content-Type"] else ""
        for attributes in re.findall(r"<a ([^>]*)>", html):
            (href,) = re.findall(r'href="([^"#]*)', attributes) or [""]
            if not href.startswith("/") or "nofollow" in attributes:
                continue
            href = href.replace("&amp;", "&")
            assert not re.match(r"/arxiv/[^?/]*\+", href), f"{href} on {path}"
            found.append(href)
    papers = {path for path in read if re.match(r"/arxiv/[0-9]|/venue/.*@", path)}
    days = {path for path in read if "date=" in path}
    assert len(papers) > 20
    assert len(days) > 2
    assert len(read) < 400, sorted(read)
