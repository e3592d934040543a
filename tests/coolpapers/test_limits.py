"""Limits: an address that asks too much is told when to come back, and nobody else notices (failure list L6, L10)."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from coolpapers.limits import client_network, scope_of
from coolpapers.memory import PAUSE, memory
from tests.programs import require_program

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
SEARCH, FEED, LIST = "/search?query=attention", "/arxiv/cs.CL/feed", "/arxiv/cs.CL+cs.LG"
FILES = ("/arxiv/cs.CL/export", "/search/export?query=attention", "/export?ids=2606.10001", "/arxiv/2606.10001/bibtex")


@pytest.fixture
def two_each(settings: Any) -> None:
    """Two requests a minute for each kind, in a minute that stands still at its tenth second."""
    settings.LIMITS = {"searches": 2, "feeds": 2, "lists": 2}
    memory.clock = lambda: 60_000_010.0


def statuses(client: Client, url: str, times: int = 3, **meta: str) -> list[int]:
    return [client.get(url, **meta).status_code for _ in range(times)]  # type: ignore[arg-type]


# --- What is limited ---
@pytest.mark.parametrize("url", [SEARCH, FEED, LIST, *FILES, "/arxiv/cs.CL?date=2026-06-15", "/arxiv/cs.CL?show=1000"])
def test_l6_too_much_is_a_429_with_a_sentence_and_retry_after(
    client: Client, library: None, two_each: None, url: str
) -> None:
    assert statuses(client, url, 2) == [200, 200]
    response = client.get(url)
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "50"
    assert "no-store" in response.headers["Cache-Control"]
    assert "Content-Security-Policy" in response.headers
    assert "More than 2 requests of this kind" in response.content.decode()
    assert "Try again in 50 seconds." in response.content.decode()


def test_l6_the_next_minute_begins_anew(client: Client, library: None, two_each: None) -> None:
    assert statuses(client, SEARCH) == [200, 200, 429]
    memory.clock = lambda: 60_000_060.0
    assert statuses(client, SEARCH) == [200, 200, 429]


def test_l6_searches_feeds_and_lists_are_counted_apart(client: Client, library: None, two_each: None) -> None:
    for url in (SEARCH, FEED, LIST):
        assert statuses(client, url) == [200, 200, 429]


def test_l6_all_searches_are_one_kind(client: Client, library: None, two_each: None) -> None:
    assert [client.get(f"{p}/search?query=x").status_code for p in ("", "/arxiv", "/venue")] == [200, 200, 429]
    for url in ("/author/Ada%20Author", "/arxiv/2606.10001/related", "/venue/P18-1001@ACL/related"):
        assert client.get(url).status_code == 429, url


def test_l6_what_people_read_is_never_limited(client: Client, library: None, settings: Any, two_each: None) -> None:
    settings.LIMITS = dict.fromkeys(settings.LIMITS, 1)
    for url in (
        *("/", "/arxiv/cs.CL", "/arxiv/cs", "/arxiv/astro-ph.CO", "/arxiv/hep-th", "/arxiv/cond-mat.mes-hall"),
        *("/arxiv/2606.10001", "/arxiv/hep-th/9901001", "/arxiv/2606.10001,2606.10002", "/venue/P18-1001@ACL"),
        *("/venue/ACL.2018", "/venue/ACL.2018?group=Short+Papers", "/arxiv/cs.CL?skip=25&show=100", "/go"),
    ):
        assert 429 not in statuses(client, url), url


def test_l10_every_spelling_of_a_combination_counts(client: Client, library: None, two_each: None) -> None:
    urls = ["/arxiv/cs.LG,cs.CL", "/arxiv/cs.CL%20cs.LG", "/arxiv/-cs.AI", "/arxiv/nonsense"]
    assert [client.get(url).status_code for url in urls] == [301, 301, 429, 429]


def test_l6_the_defaults_are_far_above_reading_and_can_be_set() -> None:
    command = [sys.executable, "-c", "from coolpapers import settings; print(settings.LIMITS, settings.PROXIES)"]

    def limits(**environment: str) -> str:
        return subprocess.check_output(command, cwd=ROOT, env=os.environ | environment, text=True).strip()

    rest = "'lists': 300, 'logins': 10, 'stars': 60, 'digests': 30"
    assert limits() == f"{{'searches': 300, 'suggestions': 600, 'feeds': 300, {rest}}} 0"
    own = {"SEARCHES_PER_MINUTE": "7", "FEEDS_PER_MINUTE": "0", "BEHIND_PROXY": "2"}
    assert limits(**own) == f"{{'searches': 7, 'suggestions': 600, 'feeds': 0, {rest}}} 2"
    assert limits(BEHIND_PROXY="yes").endswith(" 1")


@pytest.mark.parametrize(
    ("path", "query", "scope"),
    [
        ("/venue/latest/feed", {}, "feeds"),
        ("/search/feed", {"query": "x"}, "feeds"),
        ("/author/Ada Author", {}, "searches"),
        ("/author/Ada Author/feed", {}, "feeds"),
        ("/arxiv/hep-th/9901001/related", {"show": "1000"}, "searches"),
        ("/arxiv/2606.10001/related/feed", {}, "feeds"),
        ("/venue/related", {}, None),
        ("/arxiv/quant-ph-cond-mat", {}, "lists"),
        ("/venue/ACL.2018", {"show": "101"}, "lists"),
        ("/venue/ACL.2018", {"show": "١٠١"}, "lists"),
        ("/venue/ACL.2018", {"show": "9" * 5000}, None),
        ("/arxiv/ARXIV:2606.10001", {}, None),
        ("/static/coolpapers/css/site.css", {}, None),
    ],
)
def test_l6_kind_of_an_address(path: str, query: dict[str, str], scope: str | None) -> None:
    assert scope_of(path, query) == scope


# --- Whom it counts for ---
def test_l6_addresses_are_counted_apart(client: Client, library: None, two_each: None) -> None:
    assert statuses(client, SEARCH, REMOTE_ADDR="192.0.2.1") == [200, 200, 429]
    assert statuses(client, SEARCH, REMOTE_ADDR="192.0.2.2") == [200, 200, 429]


def test_l6_ipv6_counts_as_its_64(client: Client, library: None, two_each: None) -> None:
    assert statuses(client, SEARCH, 2, REMOTE_ADDR="2001:db8:0:1::1") == [200, 200]
    assert statuses(client, SEARCH, 1, REMOTE_ADDR="2001:db8:0:1:ffff:ffff:ffff:ffff") == [429]
    assert statuses(client, SEARCH, 1, REMOTE_ADDR="2001:db8:0:2::1") == [200]


def test_l6_spoofed_header_does_not_reset(client: Client, library: None, two_each: None) -> None:
    spoofed = [client.get(SEARCH, headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code for n in range(3)]
    assert spoofed == [200, 200, 429]


def test_l6_behind_a_proxy_the_client_counts_and_its_own_header_does_not(
    client: Client, library: None, settings: Any, two_each: None
) -> None:
    settings.PROXIES = 1
    seen = [f"203.0.113.{n}, 192.0.2.1" for n in range(3)]  # the proxy appends what it saw
    assert [client.get(SEARCH, headers={"X-Forwarded-For": hops}).status_code for hops in seen] == [200, 200, 429]
    assert client.get(SEARCH, headers={"X-Forwarded-For": "192.0.2.1, 192.0.2.9"}).status_code == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "client"),
    [
        (0, "203.0.113.5", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "8.8.8.8, 10.1.1.1", "10.1.1.1"),  # a client on our own network
        (1, "8.8.8.8,203.0.113.5:4711", "203.0.113.5"),
        (1, "[2001:db8::5]:443", "2001:db8::/64"),
        (1, "::ffff:203.0.113.5", "203.0.113.5"),
        (1, "fe80::1%eth0", "fe80::/64"),
        (1, "8.8.8.8, unknown", "10.0.0.1"),
        (1, " , ,", "10.0.0.1"),
        (2, "8.8.8.8, 203.0.113.5, 198.51.100.1", "203.0.113.5"),
        (2, "198.51.100.1", "198.51.100.1"),
    ],
)
def test_l6_client_is_what_our_outermost_proxy_saw(proxies: int, forwarded: str, client: str) -> None:
    assert client_network({"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}, proxies) == client


def test_l6_a_socket_without_address_is_not_counted() -> None:
    assert client_network({"REMOTE_ADDR": ""}, 0) is None


# --- Where it counts ---
def test_l6_when_the_store_is_down_requests_pass_and_the_log_says_so_once(
    client: Client, library: None, settings: Any, two_each: None, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": f"redis://127.0.0.1:{port}/0"}}
    for url in (SEARCH, FEED, LIST):
        assert statuses(client, url, 5) == [200] * 5
    (line,) = [record.getMessage() for record in caplog.records if record.name == "coolpapers.memory"]
    assert f"left alone for {PAUSE:.0f} s" in line


COUNT = """
import django; django.setup()
from concurrent.futures import ThreadPoolExecutor
from django.db import connections
from coolpapers.memory import memory
memory.clock = lambda: 60_000_010.0
if "cache" in connections:
    connections["cache"].ensure_connection()
with ThreadPoolExecutor(3) as pool:
    print(max(pool.map(lambda _: memory.count("x", 60), range(40))))
"""


def counts_of_two_processes(**settings: str) -> list[int]:
    """The highest count that each of two processes came to, counting 40 at once after one alone."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "coolpapers.settings"} | settings
    run = [sys.executable, "-W", "ignore", "-c"]
    first = subprocess.check_output([*run, COUNT.replace("range(40)", "range(1)")], cwd=ROOT, env=environment)
    assert first.strip() == b"1"
    both = [subprocess.Popen([*run, COUNT], cwd=ROOT, env=environment, stdout=subprocess.PIPE) for _ in range(2)]
    return [int(process.communicate()[0]) for process in both]


def test_l6_processes_without_a_service_count_together_and_lose_nothing(tmp_path: Path) -> None:
    assert max(counts_of_two_processes(DATA_DIR=str(tmp_path), REDIS_URL="")) == 81
    assert (tmp_path / "cache.sqlite3").exists()


def test_l6_processes_with_redis_count_there(tmp_path: Path) -> None:
    program = require_program("redis")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen([program, *options], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert any("Ready to accept connections" in line for line in server.stdout)
        assert max(counts_of_two_processes(DATA_DIR=str(tmp_path), REDIS_URL=f"redis://127.0.0.1:{port}/0")) == 81
        assert not (tmp_path / "cache.sqlite3").exists()
    finally:
        server.kill()
        server.communicate()


# --- Signing in ---
SIGN_IN = "/admin/login/"


@pytest.fixture
def two_tries(two_each: None, settings: Any) -> None:
    """Two tries a minute for an address, and so six for a name."""
    settings.LIMITS = settings.LIMITS | {"logins": 2}


def tries(client: Client, name: str, address: str, times: int = 1, password: str = "wrong") -> list[int]:
    form = {"username": name, "password": password}
    return [client.post(SIGN_IN, form, REMOTE_ADDR=address).status_code for _ in range(times)]


def exhaust(client: Client, name: str) -> None:
    """As many tries of a name as are let through, none of them too many for its address."""
    for host in range(3):
        assert tries(client, name, f"192.0.2.{host}", 2) == [200, 200]


def test_k8_an_address_may_not_try_many_names(client: Client, two_tries: None) -> None:
    assert [tries(client, name, "192.0.2.1") for name in ("ada", "bob")] == [[200], [200]]
    refused = client.post(SIGN_IN, {"username": "eve", "password": "x"}, REMOTE_ADDR="192.0.2.1")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "50")
    html = refused.content.decode()
    assert "More than 2 attempts to sign in came from your address within a minute. Try again in 50 seconds." in html
    assert tries(client, "eve", "192.0.2.2") == [200]


def test_k8_a_name_may_not_be_tried_from_many_addresses(client: Client, two_tries: None) -> None:
    exhaust(client, "ada")
    refused = client.post(SIGN_IN, {"username": "ada", "password": "x"}, REMOTE_ADDR="192.0.2.9")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "50")
    told = "More than 6 attempts to sign in with this name were made within a minute. Try again in 50 seconds."
    assert told in refused.content.decode()
    assert tries(client, "bob", "192.0.2.9") == [200], "another name is not hurt"
    memory.clock = lambda: 60_000_060.0
    assert tries(client, "ada", "192.0.2.9") == [200], "nor the next minute"


def test_k8_the_right_password_is_refused_too_while_a_name_is_tried(client: Client, two_tries: None) -> None:
    """Else the one who tries would learn that it is right."""
    User.objects.create_superuser("ada", password="right")
    exhaust(client, "ada")
    assert tries(client, "ada", "192.0.2.9", password="right") == [429]
    memory.clock = lambda: 60_000_060.0
    assert tries(client, "ada", "192.0.2.9", password="right") == [302]


def test_k8_no_single_address_keeps_the_owner_of_a_name_out(client: Client, two_tries: None) -> None:
    User.objects.create_superuser("ada", password="right")
    assert tries(client, "ada", "192.0.2.1", 50)[2:] == [429] * 48
    assert tries(client, "ada", "192.0.2.2", password="right") == [302]


@pytest.mark.parametrize("spelling", ["ada ", "\tada", "ａda", "\u00a0ada"])
def test_k8_a_name_is_one_however_sign_in_may_be_given_it(client: Client, two_tries: None, spelling: str) -> None:
    User.objects.create_superuser("ada", password="right")
    assert tries(client, spelling, "192.0.2.8", password="right") == [302]
    client.logout()
    memory.clock = lambda: 60_000_070.0
    exhaust(client, "ada")
    assert tries(client, spelling, "192.0.2.9", password="right") == [429]


def test_k8_a_name_counts_whether_somebody_has_it_or_not(client: Client, two_tries: None) -> None:
    exhaust(client, "nobody")
    assert tries(client, "nobody", "192.0.2.9") == [429]


@pytest.mark.parametrize("name", ["", "a" * 151, "\0", "ﷺ" * 150, "\ud800", "a b:c/é\n"])
def test_k8_no_name_breaks_the_count(client: Client, two_tries: None, name: str) -> None:
    form = f"username={quote(name, errors='surrogatepass')}&password=x"
    codes = [
        client.post(SIGN_IN, form, "application/x-www-form-urlencoded", REMOTE_ADDR="192.0.2.1").status_code
        for _ in range(3)
    ]
    assert codes == [200, 200, 429]


def test_k8_the_empty_form_counts_for_nothing(client: Client, two_tries: None) -> None:
    assert statuses(client, SIGN_IN, 5) == [200] * 5
    assert tries(client, "ada", "127.0.0.1", 3) == [200, 200, 429]


@given(st.text(st.characters(exclude_categories=())))
def test_l6_no_header_breaks_the_count_or_hides_the_client(header: str) -> None:
    connected = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": header}
    assert client_network(connected, 0) == "192.0.2.1"
    client_network(connected, 1)
    behind = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": f"{header}, 192.0.2.1"}
    assert client_network(behind, 1) == "192.0.2.1"
