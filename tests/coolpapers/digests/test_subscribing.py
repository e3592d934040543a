"""From the form to the last digest, through addresses of the site and a real mail server."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core import signing
from django.test import Client

from coolpapers.digests.models import Mail, Refusal, Subscription
from coolpapers.digests.subscribing import STOP, BadAddress, mailbox_of, read_address
from search.index import rebuild
from tests.coolpapers.digests.postbox import ADA, SITE, Postbox, announce, ask, header_link, link, told_keys
from tests.coolpapers.test_lists import get
from tests.library import THURSDAY

pytestmark = pytest.mark.django_db


def confirmed(client: Client, postbox: Postbox, **asked: str) -> str:
    """The path that stops it."""
    assert ask(client, **asked).status_code == 302
    (mail,) = postbox.work()
    html = client.post(link(mail, "confirm")).content.decode()
    (path,) = re.findall(r'href="(/digest/stop/[^"]+)"', html)
    return str(path)


def test_reader_subscribes_confirms_reads_and_stops(client: Client, library: None, postbox: Postbox) -> None:
    assert 'href="/digest?list=/arxiv/cs.CL" rel="nofollow">By e-mail</a>' in get(client, "/arxiv/cs.CL")
    form = get(client, "/digest?list=/arxiv/cs.CL")
    assert "Computation and Language (cs.CL)" in form
    response = ask(client)
    assert (response.status_code, response.headers["Location"]) == (302, "/digest/asked")
    assert "Look into your mail" in get(client, "/digest/asked")

    (mail,) = postbox.work()
    assert (mail.sender, mail.recipient) == ("papers@papers.example", ADA)
    page = get(client, link(mail, "confirm"))
    assert "Yes, send them" in page
    assert ADA in page
    assert Subscription.objects.get().confirmed is None  # nothing happens by opening a link
    assert "from now on, every day" in client.post(link(mail, "confirm")).content.decode()

    assert postbox.morning(17) == []  # what was announced before is not sent, and nothing new is no message
    announce("2606.20001", THURSDAY, title="A fresh one")
    (digest,) = postbox.morning(18)
    assert digest.message["Subject"] == "Computation and Language (cs.CL): 1 new paper, 2026-06-18"
    assert told_keys(digest) == ["2606.20001"]
    assert postbox.morning(19) == []

    assert "Stop it?" in get(client, link(digest, "stop"))
    assert Subscription.objects.count() == 1
    assert "the address was deleted" in client.post(link(digest, "stop")).content.decode()
    assert (Subscription.objects.count(), Mail.objects.count()) == (0, 0)
    assert "no such subscription" in client.post(link(digest, "stop")).content.decode()
    announce("2606.20002", THURSDAY)
    assert postbox.morning(20) == []


def test_a_list_that_was_asked_for_in_chinese_comes_in_chinese(
    client: Client, indexed_library: None, postbox: Postbox
) -> None:
    chinese = Client(headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert ask(chinese, path="/search", query="fresh").status_code == 302
    assert Subscription.objects.get().language == "zh-hans"
    (mail,) = postbox.work()
    assert mail.message["Subject"] == "论文邮件推送：请确认"
    assert "请在两天内打开此地址" in mail.part()
    assert '<html lang="zh-Hans">' in mail.part("html")
    assert "Yes, send them" in get(client, link(mail, "confirm"))  # pages are in the browser's language
    assert "是，请发送" in get(chinese, link(mail, "confirm"))
    client.post(link(mail, "confirm"))
    ask(client, path="/search", query="fresh")  # by who it may be: what comes already stays as it is
    assert [str(one.message["Subject"]) for one in postbox.work()] == ["论文邮件推送：请确认"]
    announce("2606.20001", THURSDAY, title="A fresh one", authors=[f"Ada {name}" for name in "ABCDEF"])
    rebuild()
    (digest,) = postbox.morning(18)
    assert digest.message["Subject"].strip() == "搜索：fresh：1 篇新论文，2026-06-18"
    assert told_keys(digest) == ["2606.20001"]
    assert "Ada E 等" in digest.part()
    assert "要停止推送" in digest.part()
    assert '<html lang="zh-Hans">' in digest.part("html")


def test_a_mail_program_stops_it_with_one_click(client: Client, library: None, postbox: Postbox) -> None:
    confirmed(client, postbox)
    announce("2606.20001", THURSDAY)
    (digest,) = postbox.morning(18)
    assert digest.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert str(digest.message["List-Unsubscribe"]).strip().startswith(f"<{SITE}/digest/stop/")
    elsewhere = {"Origin": "https://mail.example"}
    for _ in range(2):  # programs try again
        response = Client(enforce_csrf_checks=True).post(
            header_link(digest), "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded", headers=elsewhere
        )
        assert response.status_code == 200
    assert Subscription.objects.count() == 0


def test_forms_need_no_cookie(client: Client, library: None, postbox: Postbox) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert ask(strict).status_code == 302
    (mail,) = postbox.work()
    assert "Confirmed" in strict.post(link(mail, "confirm")).content.decode()


@pytest.mark.parametrize(
    ("path", "query", "shown"),
    [("/arxiv/cs.LG,cs.CL", "", "cs.CL + cs.LG"), ("/arxiv/cs.CL-cs.CY", "", "cs.CL − cs.CY"),
     ("/venue/acl", "", "ACL"), ("/venue/acl.2018", "", "ACL.2018"),
     ("/search", "graph  -image", "Search: graph -image"), ("/venue/search", "author:writer", "Search: author:writer")],
)  # fmt: skip
def test_every_kind_of_list_has_its_form(
    client: Client, library: None, postbox: Postbox, path: str, query: str, shown: str
) -> None:
    assert f">{shown}</a>" in client.get("/digest", {"list": path, "query": query}).content.decode()


@pytest.mark.parametrize(
    ("path", "query"),
    [("", ""), ("/", ""), ("/arxiv/cs.XX", ""), ("/venue/NOPE", ""), ("/venue/ACL.1999", ""), ("/author/Ada", ""),
     ("/search", ""), ("/search", "-only"), ("/search", "x" * 301), ("https://evil.example/arxiv/cs.CL", ""),
     ("//evil.example", ""), ("/arxiv/" + "cs.CL+" * 400, ""), ("/venue/latest", ""), ("/arxiv/2606.10001", "")],
)  # fmt: skip
def test_what_is_no_list_has_no_form(client: Client, library: None, postbox: Postbox, path: str, query: str) -> None:
    assert client.get("/digest", {"list": path, "query": query}).status_code == 404
    assert ask(client, path=path, query=query).status_code == 404


def test_lists_that_can_be_sent_link_to_their_form(client: Client, indexed_library: None, postbox: Postbox) -> None:
    for path, list_path in (("/venue/ACL.2018", "/venue/ACL.2018"), ("/venue/ACL", "/venue/ACL"),
                            ("/arxiv/cs.CL?week=2026-W25", "/arxiv/cs.CL")):  # fmt: skip
        assert f'href="/digest?list={list_path}" rel="nofollow"' in get(client, path)
    html = get(client, "/search?query=strings+-x")
    assert 'href="/digest?list=/search&amp;query=strings%20-x" rel="nofollow"' in html
    for path in ("/search", "/venue/latest", "/author/Ada%20Author", "/arxiv/2606.10001,2606.10002"):
        assert "/digest" not in get(client, path)


@pytest.mark.parametrize("path", ["/digest?list=/arxiv/cs.CL", "/digest/asked", "/digest/confirm/x", "/digest/stop/x"])
def test_a_site_without_mail_hides_all_of_it(client: Client, library: None, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.post(path).status_code in (404, 405)
    assert "By e-mail" not in get(client, "/arxiv/cs.CL")


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@", "@x.example", "ada@localhost", "ada@[127.0.0.1]", "a b@x.example", '"a b"@x.example',
     "ada@x.example\nBcc: eve@x.example", "ada@x.example\r\nBcc: eve@x.example", "ada@x.example,eve@x.example",
     "Ada <ada@x.example>", "ädä@x.example", "ada@x..example", f"{'a' * 65}@x.example", f"a@{'x' * 250}.example",
     "ada@x.example%0aBcc:eve@x.example", "ada\x00@x.example", "ada@x.exa mple"],
)  # fmt: skip
def test_what_is_no_address_is_told_beside_the_form(
    client: Client, library: None, postbox: Postbox, address: str
) -> None:
    response = ask(client, address)
    html = response.content.decode()
    assert response.status_code == 400
    assert "This is no mail address." in html
    assert 'aria-describedby="told"' in html
    assert postbox.work() == []
    assert Subscription.objects.count() == 0


def test_addresses_are_sent_to_as_dns_has_them() -> None:
    assert read_address(" Ada+papers@Bücher.example ") == "Ada+papers@xn--bcher-kva.example"
    assert mailbox_of("Ada+papers@x.example") == "ada@x.example"
    with pytest.raises(BadAddress):
        read_address("ada@\u2028x.example")


def test_an_address_that_wants_nothing_is_asked_no_more_until_it_allows_it(
    client: Client, library: None, postbox: Postbox
) -> None:
    postbox.subscribe("/arxiv/cs.LG")
    ask(client)
    (mail,) = postbox.work()
    never = link(mail, "never")
    assert "Never again?" in get(client, never)
    assert not Refusal.objects.exists()  # nothing happens by opening a link
    assert "does not write to you" in client.post(never, {"refused": "yes"}).content.decode()
    assert ADA not in str(Refusal.objects.values().get())
    response = ask(client, "ADA+other@reader.example", path="/arxiv/cs.CV")
    assert response.headers["Location"] == "/digest/asked"
    assert postbox.work() == []
    announce("2606.20001", THURSDAY, categories=("cs.LG",))
    assert [told_keys(one) for one in postbox.morning(18)] == [["2606.20001"]]  # what it confirmed goes on
    client.post(never, {"refused": "no"})
    ask(client, path="/arxiv/cs.CV")
    assert len(postbox.work()) == 1
    assert client.post("/digest/never/x", {"refused": "yes"}).status_code == 404


def test_asking_again_changes_how_often_it_comes(client: Client, library: None, postbox: Postbox) -> None:
    confirmed(client, postbox)
    announce("2606.20001", THURSDAY)
    confirmed(client, postbox, every="week")
    assert Subscription.objects.get().every == "week"
    assert postbox.morning(18) == []  # a Thursday
    (digest,) = postbox.morning(20)
    assert told_keys(digest) == ["2606.20001"]


def test_confirming_twice_changes_nothing(client: Client, library: None, postbox: Postbox) -> None:
    ask(client)
    (mail,) = postbox.work()
    client.post(link(mail, "confirm"))
    announce("2606.20001", THURSDAY)
    postbox.clock.set(postbox.clock.now())
    before = Subscription.objects.values().get()
    assert client.post(link(mail, "confirm")).status_code == 200
    assert Subscription.objects.values().get() == before


def test_unconfirmed_address_is_deleted_after_two_days(client: Client, library: None, postbox: Postbox) -> None:
    ask(client)
    (mail,) = postbox.work()
    postbox.later(hours=47)
    postbox.work()
    assert Subscription.objects.count() == 1
    postbox.later(hours=2)
    assert client.post(link(mail, "confirm")).status_code == 404  # over, before anybody swept
    postbox.work()
    assert (Subscription.objects.count(), Mail.objects.count()) == (0, 0)


@pytest.mark.parametrize("kind", ["confirm", "stop"])
def test_a_link_that_is_not_ours_does_nothing(client: Client, library: None, postbox: Postbox, kind: str) -> None:
    stop = confirmed(client, postbox)
    token = stop.rsplit("/", 1)[1]
    subscription = Subscription.objects.get()
    forged = [
        *("x", token[:-1], token + "x", token.replace(":", "."), "%00", "a" * 5000),
        signing.dumps([subscription.pk, subscription.secret], salt="another"),
        signing.dumps([subscription.pk, "0" * 32], salt=STOP),
        signing.dumps({"pk": subscription.pk}, salt=STOP),
    ]
    for text in forged:
        response = client.post(f"/digest/{kind}/{text}")
        assert response.status_code == (404 if kind == "confirm" else 200)
    assert Subscription.objects.values_list("pk", flat=True).get() == subscription.pk


def test_a_link_that_stops_does_not_confirm(client: Client, library: None, postbox: Postbox) -> None:
    token = confirmed(client, postbox).rsplit("/", 1)[1]
    assert client.post(f"/digest/confirm/{token}").status_code == 404


def test_one_list_is_stopped_and_not_the_others(client: Client, library: None, postbox: Postbox) -> None:
    postbox.subscribe("/arxiv/cs.LG")
    client.post(confirmed(client, postbox))
    assert Subscription.objects.get().path == "/arxiv/cs.LG"


def test_an_address_gets_so_many_lists(client: Client, library: None, postbox: Postbox) -> None:
    for number in range(30):
        postbox.subscribe("/search", f"word{number}", address=f"ada+{number}@reader.example")
    Mail.objects.all().delete()
    ask(client)
    (mail,) = postbox.work()
    response = client.post(link(mail, "confirm"))
    assert response.status_code == 409
    assert "gets 30 lists already" in response.content.decode()


def test_admin_shows_addresses_deletes_them_and_tries_again(
    admin_client: Client, library: None, postbox: Postbox
) -> None:
    subscription = postbox.subscribe()
    html = get(admin_client, "/admin/digests/subscription/")
    assert ADA in html
    assert subscription.secret not in get(admin_client, f"/admin/digests/subscription/{subscription.pk}/change/")
    assert get(admin_client, "/admin/digests/mail/")
    Subscription.objects.update(stopped=postbox.clock.now(), next_at=None)
    admin_client.post("/admin/digests/subscription/", {"action": "try_again", "_selected_action": [subscription.pk]})
    assert Subscription.objects.living().get().next_at is not None
    ask(admin_client)
    assert ADA in get(admin_client, "/admin/digests/mail/")
    admin_client.post(f"/admin/digests/subscription/{subscription.pk}/delete/", {"post": "yes"})
    assert (Subscription.objects.count(), Mail.objects.count()) == (0, 0)
    assert ADA not in str(list(LogEntry.objects.values()))  # nor does the log keep it
    assert LogEntry.objects.count() > 0
