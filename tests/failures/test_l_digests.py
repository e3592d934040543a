"""List L where a form sends mail to whoever is named in it: limits (L6), nothing personal shared (L7), nothing foreign
obeyed (L4, L8)."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.test import Client

from coolpapers.digests.models import Subscription
from coolpapers.memory import memory
from coolpapers.models import Paper
from tests.coolpapers.digests.postbox import ADA, Postbox, announce, ask, link
from tests.coolpapers.test_rendering import HOSTILE
from tests.smtp import MailServer

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 6, 19)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def postbox(server: MailServer, settings: Any, tmp_path: Any, library: None) -> Postbox:
    return Postbox(server, settings, tmp_path / "clock")


# --- L6: the form is no cannon -----------------------------------------------------------------------------------
def test_l6_an_address_is_asked_three_times_a_day_however_it_is_spelled(client: Client, postbox: Postbox) -> None:
    for number, address in enumerate(["ada@r.example", "ADA@r.example", "ada+x@r.example", "Ada+y@R.example"] * 2):
        response = ask(client, address, path=f"/arxiv/cs.{['AI', 'CL', 'LG', 'CV', 'RO', 'SE', 'DB', 'IR'][number]}")
        assert (response.status_code, response.headers["Location"]) == (302, "/digest/asked")
    assert len(postbox.work()) == 3
    assert len(postbox.server.to("eve@r.example")) == 0
    ask(client, "eve@r.example")  # nobody else is kept out
    assert len(postbox.work()) == 1
    postbox.later(hours=25)
    ask(client, "ada@r.example", path="/arxiv/cs.OS")
    assert len(postbox.work()) == 1


def test_l6_a_network_asks_twenty_times_a_day(client: Client, postbox: Postbox) -> None:
    memory.clock = lambda: 60_000_010.0
    asked = [ask(client, f"reader{n}@r.example").status_code for n in range(22)]
    assert asked == [302] * 20 + [429] * 2
    response = ask(client, "reader@r.example")
    assert "Too many digests were asked for today" in response.content.decode()
    spoofed = client.post("/digest", {"list": "/arxiv/cs.CL", "address": ADA}, headers={"X-Forwarded-For": "192.0.2.9"})
    assert spoofed.status_code == 429
    other = client.post("/digest", {"list": "/arxiv/cs.CL", "address": ADA}, REMOTE_ADDR="192.0.2.9")
    assert other.status_code == 302


def test_l6_the_site_asks_so_many_addresses_a_day(client: Client, postbox: Postbox, settings: Any) -> None:
    settings.CONFIRMATIONS_PER_DAY = 2
    assert [ask(client, f"reader{n}@r.example").status_code for n in range(3)] == [302, 302, 429]
    assert len(postbox.work()) == 2


def test_l6_where_nobody_counts_nobody_is_written_to(
    client: Client, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("the cache is away")

    monkeypatch.setattr(cache, "add", fail)
    assert ask(client).status_code == 429
    assert postbox.work() == []


def test_l6_pages_of_digests_are_limited_a_minute(client: Client, postbox: Postbox, settings: Any) -> None:
    settings.LIMITS = {"digests": 2}
    memory.clock = lambda: 60_000_010.0
    statuses = [
        client.get(path).status_code for path in ("/digest?list=/arxiv/cs.CL", "/digest/asked", "/digest/stop/x")
    ]
    assert statuses == [200, 200, 429]


def test_l6_a_confirmation_holds_no_word_of_whoever_asked(client: Client, postbox: Postbox) -> None:
    ask(client, path="/search", query="Buy pills at pills.example now <a href='https://pills.example'>here</a>")
    (mail,) = postbox.work()
    assert "pills" not in mail.raw.decode().lower().replace("=\r\n", "")
    assert "a search by e-mail" in mail.part().replace("\n", " ")
    assert "Buy pills" in client.get(link(mail, "confirm")).content.decode()  # who confirms sees what it is


@pytest.mark.parametrize("path", ["/search", "/arxiv/search"])
def test_l6_no_list_puts_a_line_into_the_head_of_a_message(client: Client, postbox: Postbox, path: str) -> None:
    for sign in ("\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1e", "\x85", "\u2028", "\u2029", "%0d%0a", "\x00"):
        Subscription.objects.all().delete()
        assert ask(client, path=path, query=f"author:ada{sign}Bcc: eve@r.example").status_code == 302
        (mail,) = postbox.work()
        client.post(link(mail, "confirm"))
        now, papers = postbox.clock.now(), list(Paper.objects.values_list("pk", flat=True)[:1])
        subscription = Subscription.objects.get()
        subscription.mails.create(kind="digest", every="day", total=1, papers=papers, asked=now, not_before=now)
        (sent,) = postbox.work()
        assert sent.recipient == ADA
        head = sent.raw.split(b"\r\n\r\n")[0].decode()
        assert not re.search(r"^bcc", head, re.IGNORECASE | re.MULTILINE)
        assert sent.message["Bcc"] is None


# --- L7: nothing personal is shared ------------------------------------------------------------------------------
def test_l7_whether_an_address_subscribes_is_told_to_nobody(client: Client, postbox: Postbox) -> None:
    postbox.subscribe()
    known, unknown = ask(client, ADA), ask(client, "eve@r.example")
    for name in ("Location", "Cache-Control", "Vary"):
        assert known.headers.get(name) == unknown.headers.get(name)
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    told, other = postbox.work()
    assert re.sub(r"https?://\S+", "", told.part()) == re.sub(r"https?://\S+", "", other.part())
    for _ in range(4):  # nor where its limit is reached
        assert ask(client, ADA).headers["Location"] == "/digest/asked"


def test_l7_pages_of_digests_are_kept_by_no_cache_and_set_no_cookie(client: Client, postbox: Postbox) -> None:
    ask(client)
    (mail,) = postbox.work()
    stop = re.findall(r'href="(/digest/stop/[^"]+)"', client.post(link(mail, "confirm")).content.decode())[0]
    for path in ("/digest?list=/arxiv/cs.CL", "/digest/asked", link(mail, "confirm"), stop, "/digest/stop/x"):
        response = client.get(path)
        assert response.headers["Cache-Control"] == "private, no-store"
        assert response.headers["Referrer-Policy"] == "same-origin"  # the address of a link is told to no other site
        assert "Set-Cookie" not in response.headers
        assert "noindex" in response.headers["X-Robots-Tag"]


def test_l7_opening_links_confirms_and_stops_nothing(client: Client, postbox: Postbox) -> None:
    """Scanners of mails open every link, some by HEAD."""
    ask(client)
    (mail,) = postbox.work()
    for method in (client.get, client.head):
        assert method(link(mail, "confirm")).status_code == 200
    assert Subscription.objects.get().confirmed is None
    client.post(link(mail, "confirm"))
    announce("2606.20001", FRIDAY)
    (digest,) = postbox.morning(19)
    for method in (client.get, client.head):
        assert method(link(digest, "stop")).status_code == 200
    assert Subscription.objects.count() == 1


def test_l7_lists_are_the_same_for_everybody_where_mail_is_on(client: Client, postbox: Postbox) -> None:
    first = client.get("/arxiv/cs.CL")
    assert "Set-Cookie" not in first.headers
    assert Client(headers={"Cookie": "sessionid=x"}).get("/arxiv/cs.CL").content == first.content


# --- L4, L8: other sites -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_l8_a_page_of_another_site_asks_and_confirms_for_nobody(client: Client, postbox: Postbox, origin: str) -> None:
    foreign = {"headers": {"Origin": origin}}
    form = {"list": "/arxiv/cs.CL", "address": ADA, "every": "day"}
    assert client.post("/digest", form, **foreign).status_code == 403
    assert postbox.work() == []
    assert client.post("/digest", form, headers={"Origin": "http://testserver"}).status_code == 302
    (mail,) = postbox.work()
    assert client.post(link(mail, "confirm"), **foreign).status_code == 403
    assert Subscription.objects.get().confirmed is None


def test_l4_nothing_in_a_form_comes_back_as_markup(client: Client, postbox: Postbox) -> None:
    for text in HOSTILE:
        answers = [
            client.get(f"/digest?list={quote(text)}&query={quote(text)}"),
            client.get(f"/digest?list=/search&query={quote(text[:300])}"),
            client.post("/digest", {"list": "/arxiv/cs.CL", "address": text, "every": text}),
            client.get(f"/digest/stop/{quote(text, safe='')}"),
            client.get(f"/digest/confirm/{quote(text, safe='')}"),
        ]
        for answer in answers:
            html = answer.content.decode()
            for raw in ("<script>alert", "<img src=x", "<svg", "</title><script"):
                assert raw not in html, text
            assert not re.search(r'(?:href|src|action)="\s*(?:javascript|data):', html), text
