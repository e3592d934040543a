"""B and I: what may come back instead of an answer, and what is made of it, one process at a time."""

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import arxiv
import pytest

from coolpapers.clock import FileClock
from ingest.fetch import (
    BadAnswer,
    Fetched,
    FetchError,
    GovernedSession,
    Refused,
    TooLarge,
    TryLater,
    fetch,
)
from ingest.governor import get_governor
from ingest.models import Request
from tests.faults import FEED, FaultServer, gaps, reply

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
PAGE = b"<!DOCTYPE html>\n<html><head><title>arXiv is down for maintenance</title></head><body>Soon</body></html>"


@pytest.fixture
def clock(settings: Any, tmp_path: Path) -> FileClock:
    settings.CLOCK_FILE = str(tmp_path / "clock")
    clock = FileClock(tmp_path / "clock")
    clock.set(NOON)
    return clock


@pytest.fixture
def server(db: None, settings: Any, tmp_path: Path, clock: FileClock) -> Iterator[FaultServer]:
    """All of arXiv's three services, and a folder that no other test has."""
    settings.DATA_DIR, settings.REDIS_URL = tmp_path, ""
    with FaultServer(clock) as server:
        settings.ARXIV_API_URL = f"{server.url}/api/query"
        settings.ARXIV_OAI_URL = f"{server.url}/oai"
        settings.ARXIV_RSS_URL = server.url
        server.answer("/oai", reply())
        yield server


def ask(server: FaultServer, path: str = "/oai", **options: Any) -> Fetched:
    return fetch(server.url + path, service=options.pop("service", "oai"), **options)


def problem(server: FaultServer, path: str = "/oai", **options: Any) -> FetchError:
    """What asking ends with."""
    with pytest.raises(FetchError) as caught:
        ask(server, path, **options)
    return caught.value


def later(server: FaultServer, path: str = "/oai", **options: Any) -> TryLater:
    error = problem(server, path, **options)
    assert isinstance(error, TryLater), error
    return error


def seconds(error: TryLater | Refused, since: datetime) -> float:
    return (error.until - since).total_seconds()


# --- What is given -----------------------------------------------------------------------------------------------
def test_an_answer_is_given_as_it_came_and_written_down(server: FaultServer, clock: FileClock) -> None:
    server.answer("/oai", reply(packed=True, X_Word="kept"))
    found = ask(server, "/oai?verb=Identify")
    assert (found.status, found.body, found.headers["x-word"]) == (200, FEED, "kept")
    assert found.received == clock.now()
    (row,) = Request.objects.all()
    assert (row.service, row.status, row.problem, row.at) == ("oai", 200, "", found.received)
    assert row.url.endswith("/oai?verb=Identify")
    assert 0 < row.size < len(FEED) + 100


def test_requests_of_all_services_start_three_seconds_apart(server: FaultServer) -> None:
    for path in ("/api/query", "/atom/cs", "/rss/cs"):
        server.answer(path, reply())
    for service, path in [("oai", "/oai"), ("api", "/api/query"), ("rss", "/atom/cs"), ("rss", "/rss/cs")] * 2:
        ask(server, path, service=service)
    assert gaps(server.asked) == [3.0] * 7


def test_a_wait_that_is_over_is_not_waited_again(server: FaultServer, clock: FileClock) -> None:
    ask(server)
    clock.set(clock.now() + timedelta(hours=1))
    before = clock.now()
    ask(server)
    assert clock.now() == before


def test_an_address_that_is_not_the_services_is_not_asked(server: FaultServer) -> None:
    for url in (
        "http://127.0.0.1:9/oai",
        server.url.replace("127.0.0.1", "localhost"),
        "file:///etc/passwd",
        "http://[",
    ):
        with pytest.raises(ValueError, match="not an address of oai"):
            fetch(url, service="oai")
    assert server.asked == []


# --- B2 ----------------------------------------------------------------------------------------------------------
def test_b2_retry_after_in_seconds_holds_for_every_service(server: FaultServer, clock: FileClock) -> None:
    server.answer("/oai", reply(b"busy", 503, Retry_After="120"), reply())
    server.answer("/atom/cs", reply())
    error = later(server)
    assert seconds(error, server.asked[0].at) == 120
    assert later(server, "/atom/cs", service="rss").until == error.until
    assert len(server.asked) == 1
    assert get_governor().standing().until == error.until

    clock.set(error.until)
    ask(server, "/atom/cs", service="rss")
    ask(server)
    assert get_governor().standing().until is None


def test_b2_retry_after_as_a_date(server: FaultServer) -> None:
    until = NOON + timedelta(minutes=7)
    server.answer("/oai", reply(b"", 429, Retry_After=format_datetime(until, usegmt=True)))
    assert later(server).until == until


@pytest.mark.parametrize("text", ["", "soon", "-5", "Mon, 99 Foo 2026 00:00:00 GMT", "9" * 400, "1e9"])
def test_b2_a_retry_after_that_makes_no_sense_is_as_none(server: FaultServer, text: str) -> None:
    server.answer("/oai", reply(b"", 429, Retry_After=text))
    assert 30 <= seconds(later(server), server.asked[0].at) <= 45


def test_b2_a_short_pause_is_waited_for(server: FaultServer) -> None:
    server.answer("/oai", reply(b"", 503, Retry_After="5"), reply())
    later(server)
    assert ask(server).body == FEED
    assert gaps(server.asked) == [5.0]


def test_b2_refusals_without_a_header_wait_longer_each_time_and_have_a_budget(
    server: FaultServer, clock: FileClock
) -> None:
    server.answer("/oai", reply(b"Rate exceeded.", 429))
    waits = []
    for _ in range(9):
        error = later(server)
        waits.append(seconds(error, server.asked[-1].at))
        assert later(server).until == error.until
        clock.set(error.until)
    assert len(server.asked) == 9
    own = [30, 60, 120, 240, 480, 960, 3600, 7200, 14400]
    assert all(least <= wait <= 1.5 * least for least, wait in zip(own, waits, strict=True)), waits
    assert len({wait / least for least, wait in zip(own, waits, strict=True)}) > 1  # chance has a part in it

    server.answer("/oai", reply(), reply(b"", 429))
    ask(server)
    assert 30 <= seconds(later(server), server.asked[-1].at) <= 45


def test_b2_a_retry_after_that_does_not_help_is_not_believed_for_ever(server: FaultServer, clock: FileClock) -> None:
    server.answer("/oai", reply(b"", 429, Retry_After="0"))
    waits = []
    for _ in range(4):
        error = later(server)
        waits.append(seconds(error, server.asked[-1].at))
        clock.set(error.until)
    assert waits[0] == 3
    assert waits[1] >= 60
    assert waits[3] >= 240


def test_b2_no_header_stops_us_for_longer_than_a_day(server: FaultServer) -> None:
    server.answer("/oai", reply(b"", 503, Retry_After="999999999"))
    assert seconds(later(server), server.asked[0].at) == 24 * 3600


def test_b2_a_403_stops_all_and_each_further_one_for_longer(server: FaultServer, clock: FileClock) -> None:
    server.answer("/oai", reply(b"<html>denied</html>", 403))
    server.answer("/api/query", reply())
    waits = []
    for _ in range(7):
        error = problem(server)
        assert isinstance(error, Refused)
        assert isinstance(problem(server, "/api/query", service="api", patience=3600), Refused)
        standing = get_governor().standing()
        assert (standing.until, standing.refused) == (error.until, True)
        waits.append(seconds(error, server.asked[-1].at) / 3600)
        clock.set(error.until)
    assert len(server.asked) == 7
    assert all(least <= wait <= 1.5 * least for least, wait in zip([1, 2, 4, 8, 16], waits, strict=False)), waits
    assert waits[-1] == 24


# --- B13 and its like: what breaks on the way ---------------------------------------------------------------------
def bomb() -> bytes:
    """100 MB in 100 kB."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(
        [
            packer.compress(b"<feed>" + b" " * 1_000_000),
            *(packer.compress(b" " * 1_000_000) for _ in range(99)),
            packer.flush(),
        ]
    )


def test_b13_a_gzip_bomb_is_left_at_the_limit(server: FaultServer) -> None:
    server.answer("/oai", reply(bomb(), Content_Encoding="gzip"))
    assert isinstance(problem(server, limit=1_000_000), TooLarge)
    (row,) = Request.objects.all()
    assert row.size < 200_000
    assert row.problem == "The answer is larger than 1,000,000 bytes."
    assert get_governor().standing().until is None


def test_b13_a_gzip_bomb_is_not_unpacked_for_a_redirect_either(server: FaultServer) -> None:
    server.answer("/oai", reply(bomb(), 302, Content_Encoding="gzip", Location="/oai"))
    assert isinstance(problem(server, limit=1_000_000), TooLarge)
    assert len(server.asked) == 1


def test_b13_an_endless_answer_is_left_at_the_limit(server: FaultServer) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<feed>"
    server.answer("/oai", (part for part in [head, *[b" " * 65_536] * 1_000]))
    assert isinstance(problem(server, limit=1_000_000), TooLarge)
    (row,) = Request.objects.all()
    assert row.size < 1_200_000


CUT = {
    "before Content-Length": reply(FEED[:50], length=len(FEED)),
    "in a chunk": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n" + FEED[:32] + b"\r\n40\r\n<fee"],
    "with a chunk that is none": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"],
    "in gzip": [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", reply(packed=True)[1][:40]],  # type: ignore[index]
    "with gzip that is none": reply(FEED, Content_Encoding="gzip"),
    "in the XML": reply(FEED[:-8]),
    "before a byte of it": reply(b""),
    "before the head": [],
    "in the head": [b"HTTP/1.1 200 OK\r\nContent-Ty"],
    "with no HTTP": [b"220 mail.example ESMTP\r\n"],
    "packed as nobody asked": reply(FEED, Content_Encoding="br"),
}


@pytest.mark.parametrize("answer", CUT.values(), ids=CUT)
def test_b13_a_cut_off_answer_is_asked_for_again_later(server: FaultServer, answer: list[bytes]) -> None:
    server.answer("/oai", answer, reply())
    error = later(server)
    assert 10 <= seconds(error, server.asked[0].at) <= 15
    (row,) = Request.objects.all()
    assert row.problem
    assert row.pause >= 10
    assert ask(server, patience=60).body == FEED


def test_b13_a_page_for_people_with_status_200_is_maintenance(server: FaultServer, clock: FileClock) -> None:
    server.answer("/oai", reply(PAGE, Content_Type="text/html"), reply(b"Rate exceeded.", Content_Type="text/plain"))
    error = later(server)
    assert "maintenance" in error.reason
    clock.set(error.until)
    assert 20 <= seconds(later(server), server.asked[-1].at) <= 30


def test_b13_what_merely_fails_holds_for_its_own_service(server: FaultServer) -> None:
    server.answer("/oai", reply(PAGE))
    server.answer("/atom/cs", reply())
    later(server)
    assert later(server, patience=1)
    assert ask(server, "/atom/cs", service="rss", patience=0).body == FEED
    assert get_governor().standing().until is None


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('<?xml version="1.0" encoding="UTF-8"?><a>é</a>'.encode(), "text/xml; charset=iso-8859-1"),
        ('<?xml version="1.0" encoding="UTF-8"?><a>é</a>'.encode("latin-1"), "text/xml; charset=iso-8859-1"),
        ('<?xml version="1.0" encoding="iso-8859-1"?><a>é</a>'.encode("latin-1"), "text/xml; charset=utf-8"),
        ('<?xml version="1.0" encoding="us-ascii"?><a>é</a>'.encode(), "text/xml"),
        ('<?xml version="1.0" encoding="x-klingon"?><a>é</a>'.encode(), "text/xml"),
        ('<?xml version="1.0" encoding="utf-16"?><a>é</a>'.encode("utf-16"), "text/xml"),
        ("\ufeff<a>é</a>".encode(), "text/xml; charset=utf-8"),
    ],
)
def test_b13_a_wrong_charset_does_not_change_a_letter(server: FaultServer, body: bytes, content_type: str) -> None:
    server.answer("/oai", reply(body, Content_Type=content_type))
    text = ask(server).body.decode("utf-8-sig")
    assert text.endswith("<a>é</a>")
    assert "encoding" not in text or 'encoding="UTF-8"' in text


def test_b13_bytes_that_are_no_letters_are_asked_for_again_and_do_not_cost_the_page(
    server: FaultServer, clock: FileClock
) -> None:
    server.answer("/oai", reply(b"<a>one \xff two</a>"), reply(b""), reply(b"<a>one \xff two</a>"))
    for _ in range(5):  # one, one that is empty, and three in a row
        clock.set(later(server).until)
    found = ask(server)
    assert found.body.decode() == "<a>one \ufffd two</a>"
    assert found.problem == Request.objects.latest("at").problem == "Bytes that are no utf-8: 1 or more."


def test_b13_entities_never_reach_a_parser(server: FaultServer) -> None:
    xml = b'<?xml version="1.0"?><!-- so --><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    server.answer("/oai", reply(xml))
    assert isinstance(problem(server), BadAnswer)


def test_k3_bytes_that_drip_have_a_limit_of_time(server: FaultServer) -> None:
    def drip(first: bytes) -> Iterator[bytes | float]:
        yield first
        while True:
            yield b"x"
            yield 0.02

    for first in (b"HTTP/1.1 200 OK\r\nX-Endless: ", b"HTTP/1.1 200 OK\r\n\r\n<feed>"):
        server.answer("/oai", drip(first))
        assert later(server, timeout=0.4, patience=60).reason == "The answer was not complete after 0.4 s."
    assert all(400 <= row.milliseconds < 3_000 for row in Request.objects.all())


def test_silence_has_a_limit_of_time(server: FaultServer) -> None:
    server.answer("/oai", [b"HTTP/1.1 200 OK\r\n\r\n", 30.0])
    assert later(server, timeout=0.3)


def test_nobody_at_the_address_is_asked_ever_less_often(server: FaultServer, clock: FileClock, settings: Any) -> None:
    settings.ARXIV_OAI_URL = "http://127.0.0.1:9/oai"
    waits = []
    for _ in range(9):
        with pytest.raises(TryLater) as caught:
            fetch("http://127.0.0.1:9/oai", service="oai")
        assert caught.value.reason == "The connection was refused."
        at = Request.objects.latest("at").at
        waits.append(seconds(caught.value, at))
        clock.set(caught.value.until)
    assert all(least <= wait <= 1.5 * least for least, wait in zip([10, 20, 40, 80], waits, strict=False)), waits
    assert 900 <= waits[-1] <= 1350
    assert Request.objects.filter(status=None).count() == 9


@pytest.mark.parametrize("status", [400, 404, 410, 401])
def test_an_answer_that_asking_again_does_not_better_is_told_with_its_words(server: FaultServer, status: int) -> None:
    server.answer("/oai", reply(b"<feed>incorrect id format</feed>", status))
    error = problem(server)
    assert isinstance(error, BadAnswer)
    assert (error.status, error.body) == (status, b"<feed>incorrect id format</feed>")
    assert get_governor().standing().until is None


@pytest.mark.parametrize("status", [500, 502, 504, 522])
def test_a_broken_server_is_asked_later(server: FaultServer, status: int) -> None:
    server.answer("/oai", reply(b"<html>oops</html>", status))
    assert 10 <= seconds(later(server), server.asked[0].at) <= 15


# --- Redirects ---------------------------------------------------------------------------------------------------
def test_a_redirect_on_the_same_host_takes_a_turn_of_its_own(server: FaultServer) -> None:
    server.answer("/oai", reply(b"", 301, Location="/elsewhere?x=1"))
    server.answer("/elsewhere", reply())
    found = ask(server)
    assert (found.url, found.body) == (f"{server.url}/elsewhere?x=1", FEED)
    assert gaps(server.asked) == [3.0]
    assert [row.status for row in Request.objects.order_by("at")] == [301, 200]


def test_a_redirect_to_another_address_of_arxiv_that_is_set_is_followed(
    server: FaultServer, clock: FileClock, settings: Any
) -> None:
    with FaultServer(clock) as other:
        settings.ARXIV_RSS_URL = other.url
        other.answer("/oai", reply())
        server.answer("/oai", reply(b"", 302, Location=f"{other.url}/oai"))
        assert ask(server).url == f"{other.url}/oai"


@pytest.mark.parametrize(
    "location",
    [
        "{other}/oai",
        "//{host}/oai",
        "http://127.0.0.1:9/",
        "http://localhost/",
        "file:///etc/passwd",
        "http://[",
        "",
        "https://{host}/",
    ],
)
def test_k2_a_redirect_to_another_host_is_not_followed(server: FaultServer, clock: FileClock, location: str) -> None:
    with FaultServer(clock) as other:
        other.answer("/oai", reply())
        target = location.format(other=other.url, host=other.url.removeprefix("http://"))
        server.answer("/oai", reply(b"", 302, Location=target))
        assert isinstance(problem(server), BadAnswer)
        assert other.asked == []
    assert len(server.asked) == 1


def test_k2_redirects_in_a_circle_end(server: FaultServer) -> None:
    server.answer("/oai", reply(b"", 302, Location="/oai"))
    assert isinstance(problem(server), BadAnswer)
    assert len(server.asked) == 4


# --- B16 ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("site", "contact", "said"),
    [
        ("", "", "CoolPapers/0.1.0"),
        ("https://papers.example", "", "CoolPapers/0.1.0 (+https://papers.example)"),
        ("", "ops@papers.example", "CoolPapers/0.1.0 (mailto:ops@papers.example)"),
        (
            "https://papers.example",
            "mailto:ops@papers.example",
            "CoolPapers/0.1.0 (+https://papers.example; mailto:ops@papers.example)",
        ),
        (
            "https://papers.example\r\nX: y",
            "Zoë (ops)",
            "CoolPapers/0.1.0 (+https://papers.example%0D%0AX:%20y; Zo%C3%AB%20%28ops%29)",
        ),
    ],
)
def test_b16_a_request_says_whose_it_is(server: FaultServer, settings: Any, site: str, contact: str, said: str) -> None:
    settings.SITE_URL, settings.CONTACT = site, contact
    ask(server)
    assert server.asked[0].headers["user-agent"] == said


def test_b16_the_clients_own_name_is_never_sent_and_its_requests_take_turns(server: FaultServer, settings: Any) -> None:
    settings.CONTACT = "ops@papers.example"
    server.answer("/api/query", reply(ENTRY))
    client = arxiv.Client(page_size=1, delay_seconds=0, num_retries=0)
    client.query_url_format = settings.ARXIV_API_URL + "?{}"
    client._session = GovernedSession()
    found = list(client.results(arxiv.Search(id_list=["2606.00001", "2606.00002"])))
    assert [paper.title for paper in found] == ["On Ants", "On Ants"]
    assert gaps(server.asked) == [3.0]
    assert {one.headers["user-agent"] for one in server.asked} == {"CoolPapers/0.1.0 (mailto:ops@papers.example)"}
    assert {row.service for row in Request.objects.all()} == {"api"}


def test_a_session_of_ours_hands_on_what_an_error_says(server: FaultServer) -> None:
    server.answer("/api/query", reply(b"<feed>incorrect id format</feed>", 400), reply(b"", 403))
    response = GovernedSession().get(f"{server.url}/api/query", params={"id_list": "x"})
    assert (response.status_code, response.text) == (400, "<feed>incorrect id format</feed>")
    assert server.asked[0].path == "/api/query?id_list=x"
    with pytest.raises(Refused):
        GovernedSession().get(f"{server.url}/api/query")


def test_b16_a_session_of_ours_only_reads(server: FaultServer) -> None:
    with pytest.raises(ValueError, match="Only GET"):
        GovernedSession().post(f"{server.url}/api/query")
    assert server.asked == []


ENTRY = b"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">
  <opensearch:totalResults>2</opensearch:totalResults>
  <entry><id>http://arxiv.org/abs/2606.00001v1</id><title>On Ants</title><updated>2026-06-01T00:00:00Z</updated>
  <published>2026-06-01T00:00:00Z</published><summary>They walk.</summary><author><name>A. Ant</name></author></entry>
</feed>"""


# --- I9 ----------------------------------------------------------------------------------------------------------
def test_i9_a_clock_that_is_put_back_costs_one_wait_and_starts_no_storm(server: FaultServer, clock: FileClock) -> None:
    ask(server)
    back = NOON - timedelta(days=30)
    clock.set(back)
    for _ in range(3):
        ask(server)
    assert clock.now() == back + timedelta(seconds=9)


def test_i9_a_clock_that_is_put_back_makes_no_pause_longer(server: FaultServer, clock: FileClock) -> None:
    server.answer("/oai", reply(b"", 503, Retry_After="120"), reply())
    later(server)
    back = NOON - timedelta(days=30)
    clock.set(back)
    error = later(server)
    assert seconds(error, back) == 120
    clock.set(back + timedelta(seconds=60))
    assert later(server).until == error.until
    clock.set(error.until)
    assert ask(server).body == FEED
    assert len(server.asked) == 2


def test_i9_a_pause_from_a_wrong_future_ends(server: FaultServer, clock: FileClock) -> None:
    clock.set(NOON + timedelta(days=400))
    server.answer("/oai", reply(b"", 403), reply())
    problem(server)
    clock.set(NOON)
    error = problem(server)
    assert isinstance(error, Refused)
    assert seconds(error, NOON) <= 1.5 * 3600


# --- What is remembered, and shown --------------------------------------------------------------------------------
def test_the_day_is_told_with_its_pauses(server: FaultServer, clock: FileClock) -> None:
    clock.set(NOON - timedelta(days=1))
    ask(server)
    clock.set(NOON)
    server.answer("/atom/cs", reply(b"", 503, Retry_After="90"), reply())
    ask(server)
    until = later(server, "/atom/cs", service="rss").until
    clock.set(until)
    ask(server, "/atom/cs", service="rss")

    day = Request.objects.made_on(NOON.date())
    assert list(day.order_by("at").values_list("service", "status", "size", "pause")) == [
        ("oai", 200, len(FEED), 0), ("rss", 503, 0, 90), ("rss", 200, len(FEED), 0),
    ]  # fmt: skip
    assert day.closest_starts() == 3.0
    assert Request.objects.made_on(NOON.date() + timedelta(days=1)).closest_starts() is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"revision": 1', '{"revision": 1, "last_start": "x", "pauses": {}}'])
def test_a_state_that_cannot_be_read_costs_one_wait(
    server: FaultServer, clock: FileClock, tmp_path: Path, text: str
) -> None:
    (tmp_path / "arxiv.json").write_text(text)
    ask(server)
    assert clock.now() == NOON + timedelta(seconds=3)


def test_without_a_place_for_the_turn_nobody_asks(server: FaultServer, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "not-there"
    assert "can't be locked" in later(server).reason
    settings.DATA_DIR, settings.REDIS_URL = tmp_path, "redis://127.0.0.1:9/0"
    assert "Redis" in later(server).reason
    assert server.asked == []
