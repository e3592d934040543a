"""List L, as far as it is not in tests/coolpapers/test_{safety,rendering,limits,crawlers}.py."""

import re
import types
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from ingest.store import save_records
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


@pytest.mark.parametrize("address", ["/arxiv/cs.CL/feed", "/arxiv/cs.CL", "/arxiv/2606.10001", "/venue/ACL.2018/feed"])
def test_l7_unchanged_answer_is_a_304(client: Client, library: None, address: str) -> None:
    etag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
    save_records(records=[arxiv_record("2606.10001", title="Changed")])
    changed = "venue" not in address
    assert client.get(address, headers={"If-None-Match": etag}).status_code == (200 if changed else 304)


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


def test_l10_a_combination_of_too_many_categories_is_refused(client: Client, library: None) -> None:
    from coolpapers.taxonomy import CATEGORIES

    many = [code for code in CATEGORIES if "." in code]
    assert "At most 50 categories can be combined." in get(client, f"/arxiv/{'+'.join(many[:51])}", 400)
    response = client.get(f"/arxiv/{'+'.join(many[:50])}", follow=True)
    assert response.status_code == 200
