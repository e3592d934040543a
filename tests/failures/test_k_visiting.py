"""K: places of venues that lead inside, send too much, lie, or want to be left alone. Real HTTP on loopback."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks

from coolpapers.clock import FileClock, get_clock
from ingest.addresses import Forbidden, check_host, is_public, read_address
from ingest.answers import Fetched
from ingest.governor import Governor
from ingest.models import Request
from ingest.outcomes import BadAnswer, FetchError, Refused, TooLarge, TryLater
from ingest.transport import Answer as Came
from ingest.transport import exchange
from ingest.turns import get_turns
from ingest.visit import _exchange, visit
from tests.faults import FaultServer, reply
from tests.ingest.clocks import NOON, standing_clock
from tests.upstream.fault import Answer
from tests.upstream.places import CHALLENGE, FakePlaces, Visit, page

HOST = "papers.example.org"
PAGE = "<html><head><title>Proceedings</title></head><body>132 papers</body></html>"


@pytest.fixture
def clock(settings: Any, tmp_path: Path) -> FileClock:
    settings.DATA_DIR = tmp_path
    return standing_clock(settings, tmp_path)


@pytest.fixture
def places(db: None, settings: Any, clock: FileClock) -> Iterator[FakePlaces]:
    """One place, which has a page at every path."""
    with FakePlaces({HOST: lambda visit: page(PAGE)}) as places:
        places.fault(HOST, page("", 404), "/robots.txt", times=1_000)
        settings.VENUE_UPSTREAM = places.url
        yield places


def see(path: str = "/", **options: Any) -> Fetched:
    return visit(f"https://{HOST}{path}", **options)


def problem(path: str = "/", **options: Any) -> FetchError:
    with pytest.raises(FetchError) as caught:
        see(path, **options)
    return caught.value


# --- K1. Addresses that are inside ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9200/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://0.0.0.0/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[fe80::1%25eth0]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0x7f000001/",
        "http://017700000001/",
        "http://127.1/",
        "http://127.0.0.1./",
        "http://10.0.0.8/",
        "http://100.64.1.1/",
        "http://192.168.1.1/",
        "http://8.8.8.8/",
        "http://127.0.0.1.nip.io/",
        "http://app.10-0-0-1.sslip.io/",
        "http://localtest.me/",
        "http://redis:6379/",
        "http://elasticsearch/",
        "http://db.internal/",
        "http://metadata.google.internal/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "ftp://example.org/paper.pdf",
        "data:text/html,<b>x</b>",
        "javascript:alert(1)",
        "//example.org/",
        "",
        "https://user:secret@example.org/",
        "https://example.org@127.0.0.1/",
        "https://аrxiv.org/",
        "https://xn--rxiv-5qa.org/",
        "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
        "https://127。0。0。1/",
        "http://example.org:22/",
        "https://example.org:80/",
        "https://example.org:99999/",
        "http://example.org\\@127.0.0.1/",
        "http://exam ple.org/",
        "http://example.org\r\nHost: 127.0.0.1/",
    ],
)
def test_k1_addresses_inside_a_network_and_odd_spellings_of_them_are_refused(url: str) -> None:
    with pytest.raises(Forbidden) as caught:
        read_address(url)
    assert caught.value.final
    assert str(caught.value).endswith((".", "(robots.txt)."))


@pytest.mark.parametrize(
    "ip",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.0.8"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
        *("2001:0:53aa:64c::1", "64:ff9b:1::a00:1", "no address", "127.1", "0x7f.1", "2130706433"),
    ],
)
def test_k1_a_name_that_leads_inside_is_not_connected_to(ip: str) -> None:
    assert not is_public(ip)
    with pytest.raises(Forbidden, match="inside a network"):
        check_host(read_address(f"https://{HOST}/"), lambda host, port: [ip])


def test_k1_nothing_is_sent_to_a_name_that_leads_inside(db: None, settings: Any, clock: FileClock) -> None:
    settings.VENUE_UPSTREAM = ""
    with FaultServer(clock) as server:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(Forbidden, match=r"leads to 127\.0\.0\.1"):
            visit(f"http://{HOST}/", resolve=lambda host, at: ["127.0.0.1"])
        assert (port > 0, server.asked) == (True, [])


@pytest.mark.parametrize(
    ("upstream", "more"),
    [
        ("http://127.0.0.1:8098", {"HTTPS": True}),
        ("http://127.0.0.1:8098", {"ALLOWED_HOSTS": ["papers.example"]}),
        ("http://127.0.0.1:8098", {"ALLOWED_HOSTS": ["*"]}),
        ("http://10.0.0.1:8098", {}),
        ("https://127.0.0.1:8098", {}),
        ("127.0.0.1", {}),
    ],
)
def test_k1_the_setting_that_switches_the_check_off_is_refused_in_production(
    db: None, settings: Any, clock: FileClock, upstream: str, more: dict[str, Any]
) -> None:
    settings.VENUE_UPSTREAM = upstream
    for name, value in more.items():
        setattr(settings, name, value)
    assert [error.id for error in run_checks() if error.id and error.id.startswith("ingest.")] == ["ingest.E001"]
    with pytest.raises(Forbidden, match="VENUE_UPSTREAM is for tests"):
        see()


# --- K2. Redirects, and names that change their mind ------------------------------------------------------------
@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:9200/",
        "http://[::ffff:10.0.0.1]/",
        "https://redis:6379/",
        "//localhost/",
        "file:///etc/passwd",
        "https://user@example.org/",
    ],
)
def test_k2_a_redirect_to_where_nobody_is_asked_is_not_followed(places: FakePlaces, target: str) -> None:
    places.fault(HOST, page("", 302, Location=target), "/a")
    assert "sends us where nobody is asked" in str(problem("/a"))
    assert places.paths(HOST) == ["/a"]


def test_k2_a_redirect_from_https_to_http_is_not_followed(places: FakePlaces) -> None:
    places.fault(HOST, page("", 301, Location=f"http://{HOST}/b"), "/a")
    assert "from https to http" in str(problem("/a"))


def test_k2_redirects_are_followed_as_requests_of_their_own_and_end(places: FakePlaces) -> None:
    places.places["www.example.net"] = lambda visit: page(PAGE)
    places.fault(HOST, page("", 302, Location="https://www.example.net/there"), "/a")
    assert see("/a").url == "https://www.example.net/there"
    assert [visit.path for visit in places.visits if visit.host == "www.example.net"] == ["/robots.txt", "/there"]

    places.fault(HOST, page("", 302, Location="/loop"), "/loop", times=99)
    assert "on and on" in str(problem("/loop"))
    assert places.paths(HOST).count("/loop") == 1

    places.fault(HOST, page("", 302, Location="/n0"), "/far")
    for number in range(20):
        places.fault(HOST, page("", 302, Location=f"/n{number + 1}"), f"/n{number}")
    assert "on and on" in str(problem("/far"))
    assert len(places.paths(HOST)) < 12


def test_k2_a_second_answer_of_the_name_server_changes_nothing(clock: FileClock) -> None:
    """The name is looked up once; the connection goes to what was looked at, under the name that was asked for."""
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["193.62.192.1"] if len(asked) == 1 else ["127.0.0.1"]

    assert check_host(read_address(f"http://{HOST}/"), resolve) == "193.62.192.1"
    assert len(asked) == 1
    with FaultServer(clock) as server:
        server.answer("/x", reply(b"here"))
        port = server.url.rpartition(":")[2]
        answer = exchange(f"http://{HOST}:{port}/x", headers={}, limit=1_000, timeout=5, ip="127.0.0.1")
        assert answer.body == b"here"
        assert server.asked[0].headers["host"].startswith(HOST)


def test_k2_who_connects_takes_the_address_that_was_checked(
    db: None, settings: Any, clock: FileClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VENUE_UPSTREAM = ""
    went: list[tuple[str, str]] = []
    monkeypatch.setattr("ingest.visit.exchange", lambda url, **told: went.append((url, told["ip"])) or _no_robots(url))
    looked = iter([["193.62.192.1"], ["193.62.192.1"], ["127.0.0.1"]])
    assert visit(f"https://{HOST}/x", resolve=lambda host, port: next(looked)).body == b"<p>x</p>"
    assert went == [(f"https://{HOST}/robots.txt", "193.62.192.1"), (f"https://{HOST}/x", "193.62.192.1")]


def _no_robots(url: str) -> Came:
    return Came(status=404) if url.endswith("robots.txt") else Came(status=200, body=b"<p>x</p>")


# --- K3. Too much, too slow, another thing -----------------------------------------------------------------------
def test_k3_what_is_longer_than_allowed_is_not_read_to_its_end(places: FakePlaces) -> None:
    places.fault(HOST, page(b"<p>" + b"x" * 3_000_000), "/long")
    assert isinstance(problem("/long", limit=1_000_000), TooLarge)


def test_k3_a_bomb_is_not_unpacked(places: FakePlaces) -> None:
    places.fault(HOST, page(b"<p>" + b"\0" * 80_000_000), "/b")  # packed on its way
    assert isinstance(problem("/b"), TooLarge)
    assert Request.objects.get(url__endswith="/b").size < 1_000_000


def test_k3_a_drip_ends_in_time(db: None, settings: Any, clock: FileClock) -> None:
    def drip() -> Iterator[bytes | float]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n"
        for _ in range(1000):
            yield b"x"
            yield 0.2

    with FaultServer(clock) as server:
        server.answer("/robots.txt", reply(b"", 404))
        server.answer("/", drip())
        settings.VENUE_UPSTREAM = server.url
        began = time.monotonic()
        assert isinstance(problem(timeout=1.5), TryLater)
        assert time.monotonic() - began < 10


@pytest.mark.parametrize(("expect", "body"), [("json", PAGE), ("html", '{"papers": []}'), ("json", ""), ("xml", "{}")])
def test_k3_another_thing_than_was_asked_for_is_no_answer(places: FakePlaces, expect: str, body: str) -> None:
    places.fault(HOST, page(body), "/x")
    assert isinstance(problem("/x", expect=expect), FetchError)
    assert Request.objects.exclude(problem="").exists()


# --- K5. Manners, and walls ---------------------------------------------------------------------------------------
def test_k5_what_robots_txt_keeps_programs_from_is_not_asked(places: FakePlaces) -> None:
    ours = "User-agent: CoolPapers\nDisallow: /*.pdf$\nDisallow: /private/\nAllow: /private/open\n"
    rules = f"User-agent: *\nAllow: /\n\n{ours}"
    places.places["www.example.net"] = lambda visit: page(rules if visit.path == "/robots.txt" else PAGE)
    at = "https://www.example.net"
    for path in ("/private/x", "/a/paper.pdf"):
        with pytest.raises(Forbidden, match=r"does not want programs at .+ \(robots\.txt\)\."):
            visit(at + path)
    assert visit(f"{at}/private/open").status == visit(f"{at}/paper.pdf.html").status == 200
    assert [v.path for v in places.visits if v.host == "www.example.net"].count("/robots.txt") == 1


def test_k5_each_host_is_asked_once_in_two_seconds_or_as_its_crawl_delay_says(
    db: None, settings: Any, clock: FileClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VENUE_UPSTREAM = ""
    went: list[tuple[str, float]] = []

    def came(url: str, **told: Any) -> Came:
        went.append((url, clock.now().timestamp()))
        rules = b"User-agent: *\nCrawl-delay: 10\n" if "slow" in url else b""
        return Came(status=200, body=rules if url.endswith("robots.txt") else b"<p>x</p>")

    monkeypatch.setattr("ingest.visit.exchange", came)
    for host in ("quick.example.org", "slow.example.org"):
        for path in ("/1", "/2", "/3"):
            visit(f"https://{host}{path}", resolve=lambda host, port: ["193.62.192.1"])
    starts = {host: [at for url, at in went if host in url] for host in ("quick", "slow")}
    gaps = {host: [later - earlier for earlier, later in pairwise(at)] for host, at in starts.items()}
    assert [round(gap) for gap in gaps["quick"]] == [2, 2, 2]
    assert [round(gap) for gap in gaps["slow"]] == [10, 10, 10]


def test_k5_one_request_at_a_time_over_all_who_ask(places: FakePlaces) -> None:
    busy, most = [0], [0]

    def place(visit: Visit) -> Answer:
        busy[0] += 1
        most[0] = max(most[0], busy[0])
        time.sleep(0.05)
        busy[0] -= 1
        return page(PAGE)

    places.places[HOST] = place
    failed: list[Exception] = []

    def ask(number: int) -> None:
        try:
            _turned(f"/{number}")
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failed, most[0]) == ([], 1)


def _turned(path: str) -> None:
    """A turn and a request as `visit` makes them, without the row, since a test's threads share no database."""
    with Governor(get_turns(HOST), get_clock(), 0.02).turn("venue", patience=20, lease=60):
        _exchange(read_address(f"https://{HOST}{path}"), 10_000, 5, lambda host, port: [])


@pytest.mark.parametrize(
    "wall",
    [
        CHALLENGE,
        page(CHALLENGE.body, 403),
        page("<html><head><title>Access Denied</title></head><body>Reference #18</body></html>"),
        page('<html><body><script src="https://ct.captcha-delivery.com/c.js"></script></body></html>'),
        page("<html><head><title>Making sure you&#39;re not a bot!</title></head><body></body></html>"),
    ],
)
def test_k5_a_wall_against_programs_is_a_block_and_not_a_page_without_papers(places: FakePlaces, wall: Answer) -> None:
    places.fault(HOST, wall, "/a", times=9)
    error = problem("/a")
    assert isinstance(error, Refused)
    assert error.until > NOON + timedelta(minutes=55)
    asked = len(places.visits)
    assert isinstance(problem("/b"), Refused)
    assert len(places.visits) == asked, "the host is left alone"
    places.places["www.example.net"] = lambda visit: page(PAGE)
    assert visit("https://www.example.net/").status == 200, "and only that host"


def test_k5_a_paper_about_walls_is_no_wall(places: FakePlaces) -> None:
    named = '<meta name="citation_title" content="Walls">'
    about = f"<html><head><title>Attacks on captcha-delivery.com</title>{named}</head></html>"
    places.fault(HOST, page(about), "/paper")
    assert see("/paper").body == about.encode()


def test_k5_a_place_without_the_page_is_told_by_its_status(places: FakePlaces) -> None:
    places.fault(HOST, page("gone", 404), "/gone", times=2)
    assert isinstance(problem("/gone"), BadAnswer)
    assert see("/gone", missing_ok=True).body == b""
