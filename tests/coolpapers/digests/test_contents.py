"""What a digest tells of: everything that is new in its list, once, whenever it arrives."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from coolpapers.digests.models import Mail, Subscription
from coolpapers.digests.subscribing import next_slot
from coolpapers.models import Paper
from ingest.record import Announced
from ingest.store import save_records
from search.index import index_papers, rebuild
from tests.coolpapers.digests.postbox import SITE, Postbox, announce, told_keys
from tests.coolpapers.test_lists import get, keys
from tests.library import THURSDAY, arxiv_record, venue_record

pytestmark = pytest.mark.django_db
FRIDAY, NEXT_MONDAY, NEXT_TUESDAY = date(2026, 6, 19), date(2026, 6, 22), date(2026, 6, 23)


@pytest.fixture
def index(library: None, settings: Any, tmp_path: Path) -> None:
    settings.SEARCH_URL = f"embedded://{tmp_path / 'index'}"
    rebuild()


def index_all() -> None:
    index_papers(list(Paper.objects.values_list("pk", flat=True)))


def grow_old() -> None:
    """What was just added came in an hour ago."""
    Paper.objects.update(added=timezone.now() - timedelta(hours=1))


# --- Days --------------------------------------------------------------------------------------------------------
def test_a_paper_that_arrives_late_is_told_and_none_twice(library: None, postbox: Postbox) -> None:
    postbox.subscribe()
    announce("2606.20001", FRIDAY)
    assert [told_keys(mail) for mail in postbox.morning(19)] == [["2606.20001"]]
    announce("2606.20002", FRIDAY)
    announce("2606.20003", date(2026, 6, 22))
    assert [told_keys(mail) for mail in postbox.morning(22)] == [["2606.20003", "2606.20002"]]
    assert postbox.morning(23) == postbox.morning(24) == []


def test_a_day_that_came_in_parts_is_told_whole(library: None, postbox: Postbox) -> None:
    announce("2606.20001", FRIDAY)
    postbox.clock.set(datetime.fromisoformat("2026-06-19T05:00:00+00:00"))
    postbox.subscribe()  # who saw the first part
    announce("2606.20002", FRIDAY)
    assert [told_keys(mail) for mail in postbox.morning(19)] == [["2606.20002"]]


def test_nothing_is_lost_while_digests_stood_still(library: None, postbox: Postbox) -> None:
    postbox.subscribe()
    for day in range(19, 31):
        announce(f"2606.200{day}", date(2026, 6, day))
    (digest,) = postbox.morning(30)  # twelve days later, in a window of seven
    assert len(told_keys(digest)) == 12
    assert "2026-06-19 to 2026-06-30" in str(digest.message["Subject"])
    assert postbox.morning(1, 7) == []


def test_what_is_told_of_is_forgotten_with_its_days(library: None, postbox: Postbox) -> None:
    subscription = postbox.subscribe()
    for day in (19, 30):
        announce(f"2606.200{day}", date(2026, 6, day))
        assert len(postbox.morning(day)) == 1
    subscription.refresh_from_db()
    assert subscription.told == list(Paper.objects.filter(key="2606.20030").values_list("pk", flat=True))
    assert subscription.since == date(2026, 6, 23)


def test_weekly_digest_comes_on_saturday_with_the_week(library: None, postbox: Postbox) -> None:
    postbox.subscribe(every="week")
    announce("2606.20001", THURSDAY)
    announce("2606.20002", FRIDAY)
    assert postbox.morning(18) == postbox.morning(19) == []
    assert [told_keys(mail) for mail in postbox.morning(20)] == [["2606.20002", "2606.20001"]]
    assert postbox.morning(27) == []


def test_slots_are_hours_that_come_once() -> None:
    friday = datetime.fromisoformat("2026-06-19T07:00:00+00:00")
    assert next_slot("day", friday) == friday + timedelta(days=1)
    assert next_slot("day", friday - timedelta(seconds=1)) == friday
    assert next_slot("week", friday) == friday + timedelta(days=1)
    assert next_slot("week", friday + timedelta(days=1)) == friday + timedelta(days=8)


def test_replacements_estimates_and_withdrawn_papers_are_not_told(library: None, postbox: Postbox) -> None:
    postbox.subscribe()
    announce("2606.20001", FRIDAY)
    announce("2606.20002", FRIDAY, withdrawn=True)
    announce("2606.10001", FRIDAY, kind="replace")
    estimated = (Announced(FRIDAY, "new", "estimated"),)
    save_records(records=[arxiv_record("2606.20004", announced=estimated)])
    assert [told_keys(mail) for mail in postbox.morning(19)] == [["2606.20001"]]


def test_cross_lists_are_new_to_their_list_and_told_once_to_a_union(library: None, postbox: Postbox) -> None:
    postbox.subscribe("/arxiv/cs.LG")
    postbox.subscribe("/arxiv/cs.CL+cs.LG", address="eve@reader.example")
    announce("2606.20001", FRIDAY)
    assert [mail.recipient for mail in postbox.morning(19)] == ["eve@reader.example"]
    crossed = (Announced(FRIDAY, "new", "observed", "cs.CL"), Announced(NEXT_MONDAY, "cross", "observed", "cs.LG"))
    save_records(records=[arxiv_record("2606.20001", categories=("cs.CL", "cs.LG"), announced=crossed)])
    (digest,) = postbox.morning(22)
    assert (digest.recipient, told_keys(digest)) == ("ada@reader.example", ["2606.20001"])
    # and still once when its first day has left the union's window
    announce("2606.20009", date(2026, 6, 30), categories=("cs.LG",))
    assert [told_keys(mail) for mail in postbox.morning(30)] == [["2606.20009"]] * 2
    assert postbox.morning(1, 7) == []


def test_differences_hold(library: None, postbox: Postbox) -> None:
    postbox.subscribe("/arxiv/cs.CL-cs.CY")
    announce("2606.20001", FRIDAY, categories=("cs.CL", "cs.CY"))
    announce("2606.20002", FRIDAY, categories=("cs.CL", "cs.AI"))
    assert [told_keys(mail) for mail in postbox.morning(19)] == [["2606.20002"]]


def test_long_digest_shows_fifty_and_links_to_the_rest(client: Client, library: None, postbox: Postbox) -> None:
    postbox.subscribe()
    records = [
        arxiv_record(f"2606.{n}", announced=(Announced(FRIDAY, "new", "observed"),)) for n in range(20000, 20060)
    ]
    save_records(records=records)
    (digest,) = postbox.morning(19)
    assert len(told_keys(digest)) == 50
    address = "/arxiv/cs.CL?from=2026-06-19&to=2026-06-19"
    assert f"10 more: {SITE}{address}" in digest.part()
    assert f'<a href="{SITE}{address.replace("&", "&amp;")}">10 more</a>' in digest.part("html")
    assert len(keys(get(client, f"{address}&show=100"))) == 60
    assert len(digest.raw) < 100_000


# --- Venues ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/venue/ACL", "/venue/ACL.2018"])
def test_venue_papers_are_new_when_they_come_in(library: None, postbox: Postbox, path: str) -> None:
    postbox.subscribe(path)
    save_records(records=[venue_record("P18-1009@ACL", position=8)])
    assert postbox.morning(18) == []  # they may stand in a transaction that is not through
    grow_old()
    (digest,) = postbox.morning(19)
    assert told_keys(digest) == ["P18-1009@ACL"]
    assert digest.message["Subject"] == f"{path.removeprefix('/venue/')}: 1 new paper"
    assert postbox.morning(20) == []


def test_a_venue_that_is_gone_stops_nobody_elses_digest(library: None, postbox: Postbox) -> None:
    lost = postbox.subscribe("/venue/ACL", address="eve@reader.example")
    Subscription.objects.filter(pk=lost.pk).update(path="/venue/GONE")
    postbox.subscribe()
    announce("2606.20001", FRIDAY)
    assert [mail.recipient for mail in postbox.morning(19)] == ["ada@reader.example"]


# --- Searches ----------------------------------------------------------------------------------------------------
def test_search_tells_of_what_was_announced_and_came_in(client: Client, index: None, postbox: Postbox) -> None:
    postbox.subscribe("/search", "quetzal")
    announce("2606.20001", FRIDAY, title="On quetzal birds")
    announce("2606.20002", FRIDAY, title="On other birds")
    announce("2401.00001", date(2024, 1, 8), title="An old quetzal")  # came in now, was announced long ago
    save_records(records=[venue_record("P18-1009@ACL", position=8, title="Venues of the quetzal")])
    grow_old()
    index_all()
    (digest,) = postbox.morning(19)
    assert told_keys(digest) == ["2606.20001", "P18-1009@ACL"]
    assert digest.message["Subject"] == "Search: quetzal: 2 new papers, 2026-06-19"
    (address,) = [line for line in digest.part().splitlines() if line.startswith(f"{SITE}/search?")]
    assert len(keys(get(client, address.removeprefix(SITE)))) == 3
    assert postbox.morning(20) == []


def test_search_of_a_branch_stays_in_it(index: None, postbox: Postbox) -> None:
    postbox.subscribe("/arxiv/search", "quetzal")
    postbox.subscribe("/venue/search", "quetzal", address="eve@reader.example")
    announce("2606.20001", FRIDAY, title="On quetzal birds")
    save_records(records=[venue_record("P18-1009@ACL", position=8, title="Venues of the quetzal")])
    grow_old()
    index_all()
    told = {mail.recipient: told_keys(mail) for mail in postbox.morning(19)}
    assert told == {"ada@reader.example": ["2606.20001"], "eve@reader.example": ["P18-1009@ACL"]}


def test_search_tells_of_nothing_beside_what_was_typed(index: None, postbox: Postbox) -> None:
    """Neither another spelling nor any of the words of a question, which the page of a search offers."""
    postbox.subscribe("/search", "quetzel")
    postbox.subscribe("/search", "how do quetzal birds learn to sing in forests", address="eve@reader.example")
    announce("2606.20001", FRIDAY, title="On quetzal birds")
    index_all()
    assert postbox.morning(19) == []


def test_search_that_is_away_is_asked_again(index: None, postbox: Postbox, settings: Any) -> None:
    postbox.subscribe("/search", "quetzal")
    announce("2606.20001", FRIDAY, title="On quetzal birds")
    index_all()
    working, settings.SEARCH_URL = settings.SEARCH_URL, "null://"
    assert postbox.morning(19) == []
    settings.SEARCH_URL = working
    postbox.later(minutes=11)
    assert [told_keys(mail) for mail in postbox.work()] == [["2606.20001"]]


def test_a_paper_that_the_index_lacked_is_told_the_next_day(index: None, postbox: Postbox) -> None:
    postbox.subscribe("/search", "quetzal")
    announce("2606.20001", FRIDAY, title="On quetzal birds")
    assert postbox.morning(19) == []
    index_all()
    assert [told_keys(mail) for mail in postbox.morning(20)] == [["2606.20001"]]


# --- What it looks like ------------------------------------------------------------------------------------------
def test_nasty_titles_and_names_stay_text(library: None, postbox: Postbox) -> None:
    postbox.subscribe()
    title = "<script>alert(1)</script> & $a<b$ \u202e 日本語 Bcc: eve@x.example"
    announce("2606.20001", FRIDAY, title=title, authors=("<img src=x>", "Ü. Ö", *(f"A{n}" for n in range(9))))
    (digest,) = postbox.morning(19)
    assert "<script>alert(1)</script> & $a<b$" in digest.part()
    assert "<img src=x>, Ü. Ö, A0, A1, A2, et al." in digest.part()
    html = digest.part("html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; $a&lt;b$" in html
    assert "<script" not in html
    assert "<img" not in html
    assert "日本語" in html


def test_nothing_in_a_message_tells_that_it_was_read(library: None, postbox: Postbox) -> None:
    postbox.subscribe()
    announce("2606.20001", FRIDAY)
    (digest,) = postbox.morning(19)
    html = digest.part("html")
    assert "src=" not in html
    links = [piece.split('"')[0] for piece in html.split('href="')[1:]]
    assert {link.removeprefix(SITE).split("/digest/stop/")[0].split("?")[0] for link in links} == {
        *("/", "", "/arxiv/2606.20001", "/arxiv/cs.CL")
    }
    for header in ("Return-Receipt-To", "Disposition-Notification-To"):
        assert digest.message[header] is None


def test_a_message_is_decided_once(library: None, postbox: Postbox) -> None:
    """What is told of does not change while a message waits; papers that are gone by then are left out."""
    postbox.subscribe()
    announce("2606.20001", FRIDAY)
    announce("2606.20002", FRIDAY)
    postbox.server.replies["RCPT"] = "450 later"
    assert postbox.morning(19) == []
    announce("2606.20003", FRIDAY)
    Paper.objects.filter(key="2606.20001").delete()
    postbox.server.replies.clear()
    postbox.later(minutes=6)
    assert [told_keys(mail) for mail in postbox.work()] == [["2606.20002"]]
    assert Mail.objects.get().total == 2
    assert [told_keys(mail) for mail in postbox.morning(20)] == [["2606.20003"]]
