"""Whatever is stored, typed or put into an address: no markup of others, no 5xx, the same strict headers."""

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from coolpapers.mathml import ELEMENTS as MATHML
from ingest.store import save_records
from tests.coolpapers.test_rendering import HOSTILE
from tests.library import arxiv_record, venue_record

pytestmark = pytest.mark.django_db
ADDRESSES = (
    "/", "/arxiv/cs.CL", "/arxiv/2606.10001", "/arxiv/2606.10001,2606.10002", "/venue/ACL.2018", "/venue/x@ACL",
    "/search?query=script&highlight=1", "/arxiv/cs.CL/feed", "/search/feed?query=script", "/venue/ACL.2018?group=Oral",
    "/author/B", "/arxiv/2606.10001/related", "/arxiv/2606.10002/related", "/arxiv/2606.10001/related/feed",
    "/venue/x@ACL/related",
)  # fmt: skip
OUR_ELEMENTS = set(
    "html head meta title link body a header nav form input button label main footer p h1 h2 h3 small strong b span "
    "div hr details summary mark code script dl dt dd ul li section select option "
    "template iframe textarea fieldset legend output sup dialog kbd noscript "
    "pre feed entry id published updated subtitle author name category".split()
)


class Markup(HTMLParser):
    """The elements of a page or feed, and what in their attributes could run or load something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.scripts: set[str] = set()
        self.dangers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        for name, value in attributes:
            if tag == "script" and name == "src":
                self.scripts.add(value or "")
            if (
                name.startswith("on")
                or name == "style"
                or re.match(r"\s*(?:javascript|data|vbscript):", value or "", re.I)
            ):
                self.dangers.append(f"{tag} {name}={value}")


@pytest.mark.parametrize("text", HOSTILE)
def test_l1_text_from_outside_never_becomes_markup(client: Client, indexed_library: None, text: str) -> None:
    from search.index import sweep

    facts: dict[str, Any] = {"title": f"script {text}", "abstract": text, "authors": (text, "B"), "comments": text,
                             "journal_ref": text, "withdrawn": True, "withdrawn_reason": text}  # fmt: skip
    save_records(records=[arxiv_record("2606.10001", **facts), venue_record("x@ACL", group=text[:60], **facts)])
    sweep()
    for address in ADDRESSES:
        response = client.get(address)
        assert response.status_code in {200, 404}
        page = Markup(response.content.decode())
        assert page.elements <= OUR_ELEMENTS | MATHML, address
        assert all(re.fullmatch(r"/static/coolpapers/js/[a-z]+\.js", name) for name in page.scripts), address
        assert not page.dangers, address
    if "7*7" in text:
        assert "{{7*7}}" in client.get("/arxiv/cs.CL").content.decode()


def test_l3_policy_allows_nothing_inline_and_no_other_host(client: Client, library: None) -> None:
    for address in (*ADDRESSES, "/nothing", "/arxiv/cs.CL?sort=x"):
        headers = client.get(address).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
        assert (
            policy["default-src"] == policy["base-uri"] == policy["object-src"] == policy["frame-ancestors"] == "'none'"
        )
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        ["/", "/arxiv/", "/venue/", "/arxiv/cs.CL+", "/arxiv/2606.10001,", "/venue/ACL.", "/venue/x@", "/search/"]
    ),
    st.text(max_size=40) | st.text(alphabet="cs.AI+-,@/ %0a1234567890v:", max_size=40),
)
def test_no_path_breaks_the_site(client: Client, library: None, start: str, text: str) -> None:
    response = client.get(start + quote(text, safe="/,+@:", errors="replace"))
    assert response.status_code < 500


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        [
            "/arxiv/cs.CL",
            "/venue/ACL.2018",
            "/search",
            "/arxiv/search/feed",
            "/go",
            "/arxiv/2606.10001,2606.10002",
            "/arxiv/2606.10001/related",
        ]
    ),
    st.dictionaries(
        st.sampled_from(["query", "show", "skip", "sort", "date", "group", "highlight", "url", "q"]),
        st.text(max_size=50),
    ),
)
def test_no_parameter_breaks_the_site(client: Client, library: None, path: str, params: dict[str, str]) -> None:
    params = {name: value.encode(errors="replace").decode() for name, value in params.items()}
    assert client.get(path, params).status_code < 500


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options", "trace"])
def test_other_methods_change_nothing(client: Client, library: None, method: str) -> None:
    assert getattr(client, method)("/arxiv/cs.CL").status_code == 405


def test_l5_foreign_host_is_refused(client: Client, library: None) -> None:
    response = client.get("/arxiv/cs.CL/feed", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert b"evil.example" not in response.content
