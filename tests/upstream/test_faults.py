"""Every fault of the fake arXiv, as a client without any library sees it."""

import gzip
import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from tests.upstream.fault import FAULTS
from tests.upstream.fixtures import SMALL, make_clock
from tests.upstream.schedule import at
from tests.upstream.server import FakeArxiv
from tests.upstream.switchboard import Switchboard

NOON = at(date(2026, 3, 16), 12)
LIST = "/oai?verb=ListRecords&metadataPrefix=arXivRaw&from=2026-03-02"
SEARCH = "/api/query?search_query=cat:cs.*&max_results=50"
PATHS = {"api": SEARCH, "oai": LIST, "rss": "/atom/cs"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeArxiv]:
    clock = make_clock(tmp_path_factory.mktemp("faults") / "clock")
    with FakeArxiv(SMALL, clock_file=clock, oai_page=100) as arxiv:
        arxiv.set_clock(NOON)
        yield arxiv


@pytest.fixture
def arxiv(running: FakeArxiv) -> FakeArxiv:
    running.faults.clear()
    running.log.clear()
    return running


def get(arxiv: FakeArxiv, path: str, timeout: float = 10) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", arxiv.server.server_address[1], timeout=timeout)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def faulty(arxiv: FakeArxiv, name: str, service: str, path: str = "", **options: object) -> tuple[str, str]:
    """The true text and the faulty one of one question; the fault was shown once."""
    path = path or PATHS[service]
    arxiv.faults.clear()
    true = get(arxiv, path)[2].decode()
    arxiv.faults.set(name, service, **options)
    wrong = get(arxiv, path)[2].decode(errors="replace")
    assert arxiv.log.entries[-1].fault == name
    assert get(arxiv, path)[2].decode() == true
    return true, wrong


def token_of(text: str) -> str:
    match = re.search(r"<resumptionToken[^>]*>([^<]+)<", text)
    return match[1] if match else ""


def next_page(token: str) -> str:
    return f"/oai?verb=ListRecords&resumptionToken={quote(token, safe='')}"


def last_page(arxiv: FakeArxiv) -> str:
    path = LIST
    while token := token_of(get(arxiv, path)[2].decode()):
        path = next_page(token)
    return path


def count(text: str) -> int:
    return len(re.findall("<record>|<entry>|<item>", text))


@pytest.mark.parametrize("service", PATHS)
@pytest.mark.parametrize("status", [429, 503])
def test_b2_a_refusal_says_when_to_come_again_in_seconds_as_a_date_or_not(
    arxiv: FakeArxiv, service: str, status: int
) -> None:
    for form in ("", "-seconds", "-date"):
        arxiv.faults.set(f"{status}{form}", service, seconds=90)
    answers = [get(arxiv, PATHS[service]) for _ in range(4)]
    assert [answer[0] for answer in answers] == [status, status, status, 200]
    bare, seconds, instant = (answer[1].get("Retry-After") for answer in answers[:3])
    assert (bare, seconds) == (None, "90")
    assert parsedate_to_datetime(str(instant)) == NOON + timedelta(seconds=90)


@pytest.mark.parametrize("service", PATHS)
def test_b13_what_comes_is_no_feed_at_all(arxiv: FakeArxiv, service: str) -> None:
    for name in ("403", "maintenance", "entity-bomb"):
        arxiv.faults.set(name, service)
    refused, page, bomb = (get(arxiv, PATHS[service]) for _ in range(3))
    assert refused[0] == 403
    assert (page[0], page[1]["Content-Type"]) == (200, "text/html")
    assert b"maintenance" in page[2]
    assert bomb[2].count(b"<!ENTITY") == 10


def test_b13_a_gzip_bomb_is_small_on_the_wire(arxiv: FakeArxiv) -> None:
    arxiv.faults.set("gzip-bomb", "oai", megabytes=20)
    status, headers, body = get(arxiv, LIST)
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    assert len(body) < 50_000
    assert len(gzip.decompress(body)) == 20 * 2**20


@pytest.mark.parametrize("service", PATHS)
def test_b13_xml_is_cut_off_or_not_in_its_charset(arxiv: FakeArxiv, service: str) -> None:
    for name in ("truncated", "wrong-charset", "cut-off"):
        arxiv.faults.set(name, service)
    cut, charset = (get(arxiv, PATHS[service])[2] for _ in range(2))
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(cut)
    with pytest.raises(UnicodeDecodeError):
        charset.decode()
    with pytest.raises(http.client.IncompleteRead):
        get(arxiv, PATHS[service])


def test_a_connection_is_reset(arxiv: FakeArxiv) -> None:
    arxiv.faults.set("reset", "api")
    with pytest.raises(ConnectionError):
        get(arxiv, SEARCH)
    assert get(arxiv, SEARCH)[0] == 200


def test_an_answer_hangs_and_another_dribbles(arxiv: FakeArxiv) -> None:
    arxiv.faults.set("hang", "api", seconds=30)
    with pytest.raises(socket.timeout):
        get(arxiv, SEARCH, timeout=0.2)
    arxiv.faults.set("dribble", "api", seconds=0.02)
    with socket.create_connection(arxiv.server.server_address[:2], timeout=5) as connection:
        connection.sendall(b"GET " + SEARCH.encode() + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        begin = time.monotonic()
        received = [connection.recv(1000) for _ in range(10)]
        assert 0 < len(b"".join(received)) < 100
        assert time.monotonic() - begin > 0.1


def test_b8_a_page_is_empty_or_short_while_the_count_says_more(arxiv: FakeArxiv) -> None:
    for name, left in (("empty-page", 0), ("short-page", 25)):
        true, wrong = faulty(arxiv, name, "api")
        assert (count(true), count(wrong)) == (50, left)
        total = re.findall("totalResults>([0-9]+)<", true)
        assert re.findall("totalResults>([0-9]+)<", wrong) == total
        ElementTree.fromstring(wrong.encode())


def test_b8_an_empty_page_of_oai_gives_its_token_again(arxiv: FakeArxiv) -> None:
    token = token_of(get(arxiv, LIST)[2].decode())
    true, wrong = faulty(arxiv, "empty-page", "oai", next_page(token))
    assert (count(true), count(wrong)) == (100, 0)
    assert token_of(wrong) == token
    ElementTree.fromstring(wrong.encode())


def test_b9_an_error_entry_comes_with_status_200(arxiv: FakeArxiv) -> None:
    arxiv.faults.set("error-entry")
    status, _, body = get(arxiv, SEARCH)
    assert status == 200
    assert b"<id>http://arxiv.org/api/errors#" in body
    assert b"<title>Error</title>" in body


def test_b3_a_token_has_expired_and_only_requests_with_a_token_show_it(arxiv: FakeArxiv) -> None:
    arxiv.faults.set("expired-token")
    first = get(arxiv, LIST)[2].decode()
    assert count(first) == 100
    assert b"badResumptionToken" in get(arxiv, next_page(token_of(first)))[2]
    assert b"badResumptionToken" not in get(arxiv, next_page(token_of(first)))[2]


def test_b4_a_token_is_empty_at_the_end_or_where_there_is_more(arxiv: FakeArxiv) -> None:
    true, wrong = faulty(arxiv, "empty-token", "oai", last_page(arxiv))
    assert "<resumptionToken" not in true
    assert "<resumptionToken/>" in wrong
    true, wrong = faulty(arxiv, "lost-token", "oai")
    assert token_of(true)
    assert "<resumptionToken></resumptionToken>" in wrong
    assert count(true) == count(wrong)


@pytest.mark.parametrize("service", PATHS)
def test_b15_a_record_comes_twice(arxiv: FakeArxiv, service: str) -> None:
    true, wrong = faulty(arxiv, "duplicate-record", service)
    assert count(wrong) == count(true) + 1
    ElementTree.fromstring(wrong.encode())


def test_b15_an_older_record_comes_after_the_newer_one(arxiv: FakeArxiv) -> None:
    true, wrong = faulty(arxiv, "older-after-newer", "oai")
    key = re.findall("<identifier>([^<]+)<", true)[0]
    records = [text for text in re.findall("<record>.*?</record>", wrong, re.DOTALL) if f"<identifier>{key}<" in text]
    assert len(records) == 2
    assert "<datestamp>2008-01-01</datestamp>" in records[1]
    assert "<title>Once called: " in records[1]
    assert records[1].count("<version ") == max(1, records[0].count("<version ") - 1)


@pytest.mark.parametrize("service", PATHS)
def test_b14_a_record_lacks_fields_or_is_in_a_category_that_there_is_not(arxiv: FakeArxiv, service: str) -> None:
    true, wrong = faulty(arxiv, "missing-fields", service)
    field = "<abstract>" if service == "oai" else "<summary>"
    assert wrong.count(field) == true.count(field) - 1
    true, wrong = faulty(arxiv, "unknown-category", service)
    assert "cs.ZZ" not in true
    assert wrong.count("cs.ZZ") == 1
    ElementTree.fromstring(wrong.encode())


@pytest.mark.parametrize("service", PATHS)
def test_b14_elements_come_in_another_order_with_other_prefixes(arxiv: FakeArxiv, service: str) -> None:
    true, wrong = (ElementTree.fromstring(text.encode()) for text in faulty(arxiv, "other-order", service))

    def told(root: ElementTree.Element) -> list[tuple[str, list[tuple[str, str]]]]:
        """Every parent with what it holds, in some order, but authors and categories in theirs."""
        parents = (element for element in root.iter() if len(element))
        return [
            (parent.tag, sorted(((child.tag, child.text or "") for child in parent), key=lambda pair: pair[0]))
            for parent in parents
        ]

    assert sorted(told(true)) == sorted(told(wrong))
    assert [child.tag for child in true.iter()] != [child.tag for child in wrong.iter()]


def test_b14_a_licence_is_new(arxiv: FakeArxiv) -> None:
    for service in ("oai", "rss"):
        assert faulty(arxiv, "new-licence", service)[1].count(">https://example.org/licence/9.0/<") == 1


def test_b10_the_api_has_fewer_than_were_listed_and_always_the_same_ones(arxiv: FakeArxiv) -> None:
    true, wrong = faulty(arxiv, "lag", "api")
    assert 0 < count(wrong) < count(true)
    missing = set(re.findall("<id>http://arxiv.org/abs/([^<]+)<", true)) - set(
        re.findall("<id>http://arxiv.org/abs/([^<]+)<", wrong)
    )
    arxiv.faults.set("lag", "api")
    ids = ",".join(sorted(missing))
    again = get(arxiv, f"/api/query?id_list={ids}&max_results=100")[2].decode()
    assert count(again) == 0
    assert "totalResults>0<" in again


@pytest.mark.parametrize("path", ["/atom/cs", "/rss/cs"])
def test_b11_a_feed_is_empty_on_a_day_with_a_listing(arxiv: FakeArxiv, path: str) -> None:
    true, wrong = faulty(arxiv, "feed-empty", "rss", path)
    assert count(true) > 0
    assert count(wrong) == 0
    ElementTree.fromstring(wrong.encode())


@pytest.mark.parametrize("path", ["/atom/cs", "/rss/cs"])
def test_a_feed_is_truncated_at_2000_and_lacks_new_papers(arxiv: FakeArxiv, path: str) -> None:
    true, wrong = faulty(arxiv, "feed-truncated", "rss", path)
    assert count(wrong) == 2000
    ids = re.findall("oai:arXiv.org:([^<]+)<", wrong)
    assert len(set(ids)) == 2000
    new = "announce_type>new<"
    assert 0 < wrong.count(new) < true.count(new)


def test_every_fault_has_a_test_here_and_says_what_it_is() -> None:
    names = set(re.findall(r'"([a-z0-9-]+)"', Path(__file__).read_text()))
    plain = {name for name in FAULTS if not name.startswith(("429", "503"))}
    assert plain <= names
    assert all(fault.about for fault in FAULTS.values())


# --- When ----------------------------------------------------------------------------------------------------------
def shown(arxiv: FakeArxiv, path: str, number: int) -> list[int]:
    return [get(arxiv, path)[0] for _ in range(number)]


def test_a_fault_comes_for_the_next_requests_or_every_so_many_or_at_random(arxiv: FakeArxiv) -> None:
    arxiv.faults.set("503", "oai", next=2)
    assert shown(arxiv, SEARCH, 2) == [200, 200]
    assert shown(arxiv, LIST, 4) == [503, 503, 200, 200]
    arxiv.faults.set("429", every=3)
    assert shown(arxiv, "/atom/cs", 7) == [200, 200, 429, 200, 200, 429, 200]
    arxiv.faults.clear()
    arxiv.faults.set("403", chance=0.3, seed=5)
    once = shown(arxiv, "/atom/cs", 40)
    arxiv.faults.clear()
    arxiv.faults.set("403", chance=0.3, seed=5)
    assert shown(arxiv, "/atom/cs", 40) == once
    assert 4 < once.count(403) < 20


def test_several_faults_take_turns_and_those_that_do_not_apply_are_passed_over(arxiv: FakeArxiv) -> None:
    arxiv.faults.set(["429", "feed-empty", "503"], "api", next=4)
    assert shown(arxiv, SEARCH, 5) == [429, 503, 503, 429, 200]


def test_faults_are_set_and_cleared_over_http(arxiv: FakeArxiv) -> None:
    def send(method: str, body: object = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", arxiv.server.server_address[1], timeout=5)
        try:
            connection.request(method, "/_faults", json.dumps(body) if body is not None else None)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    assert send("POST", [{"faults": "503-seconds", "service": "rss", "seconds": 7}, {"faults": "429"}])[0] == 200
    assert get(arxiv, "/atom/cs")[1]["Retry-After"] == "7"
    assert [rule["shown"] for rule in json.loads(send("GET")[1])["rules"]] == [1, 0]
    assert send("DELETE")[0] == 200
    assert get(arxiv, "/atom/cs")[0] == 200
    status, text = send("POST", {"faults": "gremlins"})
    assert status == 400
    assert "gremlins" in text
    with pytest.raises(ValueError, match="no service"):
        Switchboard().set("429", "gopher")
