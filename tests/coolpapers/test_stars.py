"""Stars that others see, and the sync of a reader's marks, through their addresses (failure lists L6 and L7)."""

import json
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from coolpapers.marks import AT_ONCE
from coolpapers.memory import memory
from coolpapers.models import IndexDue, Mark, Paper, Star
from coolpapers.pages.stars import ADDRESS_STARS
from coolpapers.stars import voter_of
from ingest.store import save_records
from tests.coolpapers.test_lists import get, keys
from tests.library import arxiv_record

pytestmark = pytest.mark.django_db
KEY, OTHER = "2606.10001", "2606.10002"


def star(client: Client, paper: str = KEY, key: str = "star", branch: str = "arxiv", **more: Any) -> dict[str, Any]:
    response = client.post(f"/{branch}/star?key={key}&paper={paper}", **more)
    assert response.status_code == 200, response.content
    assert "no-store" in response.headers["Cache-Control"]
    found: dict[str, Any] = response.json()
    return found


def stars_of(paper: str = KEY) -> int:
    return Paper.objects.get(key=paper).stars


def give(paper: str, count: int, day: date | None = None) -> None:
    """So many stars, as of so many accounts."""
    held = Paper.objects.get(key=paper)
    day = day or datetime.now(UTC).date()
    Star.objects.bulk_create([Star(paper=held, voter=f"{day} {number}", day=day) for number in range(count)])
    Paper.objects.filter(pk=held.pk).update(stars=held.star_rows.count())


# --- Counting ---
def test_a_star_counts_once_for_a_cookie_and_can_be_taken_back(client: Client, library: None) -> None:
    assert star(client) == {"paper": KEY, "stars": 1, "counted": True}
    assert star(client)["stars"] == 1
    assert star(client, key="pdf")["stars"] == 1
    assert star(client, key="unstar") == {"paper": KEY, "stars": 0, "counted": False}
    assert star(client, key="unstar")["stars"] == 0


@pytest.mark.parametrize("delta", ["1000", "-5", "x", "1e9"])
def test_l6_no_delta_is_taken(client: Client, library: None, delta: str) -> None:
    assert client.post(f"/arxiv/star?key=pdf&paper={KEY}&delta={delta}").json()["stars"] == 1
    assert client.post(f"/arxiv/star?key=unstar&paper={KEY}&delta={delta}").json()["stars"] == 0


def test_l6_a_script_without_cookies_gets_no_further_than_its_network(library: None) -> None:
    for _ in range(ADDRESS_STARS + 3):
        answer = star(Client(REMOTE_ADDR="192.0.2.1"))
    assert answer == {"paper": KEY, "stars": ADDRESS_STARS, "counted": False}
    for number in range(5):  # addresses of one customer
        star(Client(REMOTE_ADDR=f"2001:db8:0:1::{number + 1}"))
    assert star(Client(REMOTE_ADDR="2001:db8:0:1:ffff::9"))["counted"] is False
    assert star(Client(REMOTE_ADDR="2001:db8:0:2::1"))["counted"] is True
    spoofed = star(Client(REMOTE_ADDR="192.0.2.1"), headers={"X-Forwarded-For": "203.0.113.9"})
    assert spoofed["counted"] is False


def test_l6_a_network_gives_so_many_stars_a_day(library: None, settings: Any) -> None:
    settings.STARS_PER_DAY = 2
    client = Client(REMOTE_ADDR="192.0.2.1")
    assert [star(client, f"2606.0900{number}")["counted"] for number in (1, 2, 3)] == [True, True, False]
    memory.clock = lambda: time.time() + 24 * 3600
    assert star(client, "2606.09003")["counted"] is True


def test_l6_without_the_shared_memory_only_accounts_count(
    client: Client, library: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.away_until = time.monotonic() + 60
    assert star(client)["counted"] is False
    client.force_login(User.objects.create_user("ann"))
    assert star(client)["counted"] is True


def test_l6_stars_of_a_minute_are_limited(client: Client, library: None, settings: Any) -> None:
    settings.LIMITS = settings.LIMITS | {"stars": 2}
    answers = [
        client.post(f"/{branch}/star?key=star&paper={KEY}").status_code for branch in ("arxiv", "arxiv", "venue")
    ]
    assert answers == [200, 200, 429]


def test_an_account_counts_once_on_all_its_devices(library: None) -> None:
    ann = User.objects.create_user("ann")
    for _ in range(ADDRESS_STARS + 2):
        device = Client()
        device.force_login(ann)
        assert star(device)["stars"] == 1
        assert "voter" not in device.cookies


def test_a_cookie_that_was_made_up_is_none(client: Client, library: None) -> None:
    star(client)
    forged = Client()
    forged.cookies["voter"] = client.cookies["voter"].value.replace(":", "x:", 1)
    assert star(forged)["stars"] == 2


def test_nobody_can_tell_who_gave_a_star_or_which_are_one_persons(client: Client, library: None) -> None:
    star(client)
    star(client, OTHER)
    one, other = Star.objects.order_by("pk")
    assert one.voter != other.voter
    assert client.cookies["voter"].value.split(":")[0] not in (one.voter, other.voter)
    assert {field.name for field in Star._meta.fields} == {"id", "paper", "voter", "day"}
    assert voter_of("cookie x", one.paper) != voter_of("cookie x", other.paper)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_l6_another_sites_page_gives_no_star(library: None, origin: str) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(f"/arxiv/star?key=star&paper={KEY}", headers={"Origin": origin}).status_code == 403
    assert stars_of() == 0
    assert star(client, headers={"Origin": "http://testserver"})["stars"] == 1


@pytest.mark.parametrize(
    ("address", "status"),
    [("/arxiv/star?key=kill&paper=2606.10001", 400), ("/arxiv/star?paper=2606.10001", 400),
     ("/arxiv/star?key=star", 404),
     ("/arxiv/star?key=star&paper=2606.99999", 404), ("/venue/star?key=star&paper=2606.10001", 404),
     ("/arxiv/star?key=star&paper=<script>", 404)],
)  # fmt: skip
def test_what_is_no_star_is_refused(client: Client, library: None, address: str, status: int) -> None:
    assert client.post(address).status_code == status
    assert client.get(address).status_code == 405
    assert Star.objects.count() == 0


def test_versions_and_venues_papers_are_starred_by_their_keys(client: Client, library: None) -> None:
    assert star(client, f"{KEY}v3")["paper"] == KEY
    assert star(client, "P18-1001@ACL", branch="venue")["stars"] == 1
    assert stars_of("P18-1001@ACL") == 1


def test_a_star_is_no_change_of_its_paper(client: Client, library: None) -> None:
    IndexDue.objects.all().delete()
    before = Paper.objects.values("revision", "changed", "record_hash").get(key=KEY)
    star(client)
    assert Paper.objects.values("revision", "changed", "record_hash").get(key=KEY) == before
    assert not IndexDue.objects.exists()
    save_records(records=[arxiv_record(KEY, title="Another title")])
    assert stars_of() == 1, "a new record takes no star away"


# --- What is shown ---
def test_l7_the_count_is_on_the_card_and_nothing_else_of_anybody(client: Client, library: None) -> None:
    for number in range(3):
        star(Client(REMOTE_ADDR=f"192.0.2.{number}"))
    shown = get(Client(), "/arxiv/cs.CL?date=2026-06-16")
    assert '<sup class="stars">3</sup>' in shown
    star(client)
    assert "Path=/arxiv/star" in client.cookies["voter"].OutputString()
    assert "HttpOnly" in client.cookies["voter"].OutputString()
    answer = client.get("/arxiv/cs.CL?date=2026-06-16")
    assert answer.content.decode() == get(Client(), "/arxiv/cs.CL?date=2026-06-16")


def test_most_starred_come_first_and_the_rest_as_it_was(client: Client, indexed_library: None) -> None:
    for address in (
        "/arxiv/cs.CL?date=2026-06-15", "/arxiv/cs.CL+cs.LG?date=2026-06-15", "/arxiv/cs.CL?month=2026-06",
        "/venue/ACL.2018", "/venue/P18-1001@ACL,P18-1002@ACL,P18-2001@ACL", "/search?query=study",
        "/author/Ada%20Author",
    ):  # fmt: skip
        Paper.objects.update(stars=0)
        whole = f"{address}{'&' if '?' in address else '?'}show=100"
        plain = keys(get(client, whole))
        assert keys(get(client, f"{whole}&sort=1")) == plain
        give(plain[-1], 2)
        give(plain[1], 1)
        ordered = [plain[-1], plain[1], plain[0], *plain[2:-1]]
        assert keys(get(client, f"{whole}&sort=1")) == ordered, address
        parts = [
            keys(get(client, f"{whole.removesuffix('100')}2&skip={skip}&sort=1")) for skip in range(0, len(plain), 2)
        ]
        assert [key for part in parts for key in part] == ordered, address
        Star.objects.all().delete()


def test_stars_of_all_time_and_of_a_period(client: Client, library: None) -> None:
    today = datetime.now(UTC).date()
    assert "Nobody starred a paper here yet." in get(client, "/stars")
    give(KEY, 3, today - timedelta(days=40))
    give(OTHER, 1, today)
    give("P18-1001@ACL", 2, today)
    assert keys(get(client, "/stars")) == [KEY, "P18-1001@ACL", OTHER]
    assert keys(get(client, f"/stars?from={today}&to={today}")) == ["P18-1001@ACL", OTHER]
    assert "Nobody starred a paper here in these days." in get(client, "/stars?week=2019-W10")
    assert keys(get(client, f"/stars?from={today}&to={today}&show=1&skip=1")) == [OTHER]
    assert client.get("/stars?from=x").status_code == 400
    assert client.get("/stars/feed").headers["Content-Type"].startswith("application/atom+xml")


# --- Papers of both branches, and a day's inbox ---
def test_one_address_lists_papers_of_both_branches(client: Client, library: None) -> None:
    html = get(client, f"/papers/P18-1001@ACL,{KEY}")
    assert keys(html) == ["P18-1001@ACL", KEY]
    assert client.get(f"/papers/{KEY},{OTHER}").headers["Location"] == f"/arxiv/{KEY},{OTHER}"
    assert client.get("/papers/P18-1001@ACL/feed").headers["Location"] == "/venue/P18-1001@ACL/feed"
    assert client.get("/papers/nothing").status_code == 404
    moved = client.get(f"/papers/P18-1001@ACL,{KEY}v2").headers["Location"]
    assert moved == f"/papers/P18-1001@ACL,{KEY}"


def test_an_inbox_tells_the_days_papers_to_everybody_alike(client: Client, library: None) -> None:
    answer = client.get("/arxiv/cs.CL/inbox?date=2026-06-16")
    told = answer.json()
    assert told["keys"] == keys(get(client, "/arxiv/cs.CL?date=2026-06-16"))
    assert told["days"] == [["2026-06-16", 3], ["2026-06-15", 30]]
    assert "public" in answer.headers["Cache-Control"]
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert client.get("/arxiv/cs.CL+cs.LG/inbox?date=2026-06-18").json()["keys"] == ["2606.10004"]
    assert client.get("/arxiv/cs.CL/inbox").status_code == 400
    assert client.get("/arxiv/cs.CL/inbox?date=x").status_code == 400
    assert client.get("/arxiv/cs.XX/inbox?date=2026-06-16").status_code == 404


# --- Sync ---
def sync(
    client: Client, marks: list[Any] | None = None, since: int = 0, status: int = 200, **more: Any
) -> dict[str, Any]:
    sent = {"since": since, "marks": marks or [], "words": "", "words_at": 0} | more
    response = client.post("/reading/sync", json.dumps(sent), content_type="application/json")
    assert response.status_code == status, response.content
    found: dict[str, Any] = response.json()
    return found


@pytest.fixture
def devices(db: None) -> tuple[Client, Client]:
    ann = User.objects.create_user("ann")
    clients = Client(), Client()
    for client in clients:
        client.force_login(ann)
    return clients


def test_two_devices_of_an_account_agree(devices: tuple[Client, Client]) -> None:
    one, other = devices
    first = sync(one, [["a", "s", 1000, "Title", "w"], ["b", "r", 1000, "", ""]])
    found = sync(other, [["a", "", 2000, "", ""], ["b", "x", 500, "", ""]])
    assert sorted(found["marks"]) == [["a", "", 2000, "", ""], ["b", "r", 1000, "", ""]]
    assert sync(one, since=first["changes"])["marks"] == [["a", "", 2000, "", ""]]
    assert sync(one, since=found["changes"])["marks"] == []
    assert Mark.objects.count() == 2


def test_merging_gives_one_result_in_any_order(devices: tuple[Client, Client]) -> None:
    rows = [
        ["a", "s", 5, "", ""],
        ["a", "r", 7, "", ""],
        ["a", "", 7, "", ""],
        ["a", "sr", 6, "", ""],
        ["a", "x", 7, "", ""],
    ]
    for order in (rows, rows[::-1]):
        Mark.objects.all().delete()
        for row in order:
            sync(devices[0], [row])
        assert list(Mark.objects.values_list("flags", "at")) == [("x", 7)]


def test_a_clock_that_runs_ahead_wins_no_longer_than_now(devices: tuple[Client, Client]) -> None:
    later = int(time.time() * 1000) + 10**9
    (row,) = sync(devices[0], [["a", "s", later, "", ""]])["marks"]
    assert row[2] < later


def test_much_comes_in_parts_and_none_is_missing(devices: tuple[Client, Client]) -> None:
    one, other = devices
    sync(one, [[f"a{n}", "r", 5, "", ""] for n in range(AT_ONCE)])
    sync(one, [[f"b{n}", "r", 5, "", ""] for n in range(3)], since=AT_ONCE)
    first = sync(other)
    assert (len(first["marks"]), first["more"]) == (AT_ONCE, True)
    second = sync(other, since=first["changes"])
    assert (len(second["marks"]), second["more"]) == (3, False)


def test_the_words_written_last_stay(devices: tuple[Client, Client]) -> None:
    assert sync(devices[0], words="graphs", words_at=2000)["words"] == "graphs"
    assert sync(devices[1], words="trees", words_at=1000)["words"] == "graphs"


@pytest.mark.parametrize(
    "marks",
    [[["a", "s", 5]], [["a b", "s", 5, "", ""]], [["a", "q", 5, "", ""]], [["a", "s", "5", "", ""]],
     [["a", "s", True, "", ""]],
     [["a", "s", -1, "", ""]], ["x"], [None], [["a" * 301, "s", 5, "", ""]], [["a", "s", 5, "", ""]] * (AT_ONCE + 1)],
)  # fmt: skip
def test_l11_what_is_no_mark_is_refused_and_nothing_is_kept(devices: tuple[Client, Client], marks: list[Any]) -> None:
    assert "error" in sync(devices[0], [["good", "s", 5, "", ""], *marks], status=400)
    assert not Mark.objects.exists()


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "1", '{"since": 0}', '{"since":-1,"marks":[],"words":"","words_at":0}', "[" * 9999]
)
def test_l11_what_is_no_sync_is_refused(devices: tuple[Client, Client], body: str) -> None:
    assert devices[0].post("/reading/sync", body, content_type="application/json").status_code == 400


def test_accounts_see_only_their_own_marks(devices: tuple[Client, Client]) -> None:
    sync(devices[0], [["a", "s", 5, "Mine", ""]])
    stranger = Client()
    stranger.force_login(User.objects.create_user("bob"))
    assert sync(stranger)["marks"] == []
    sync(Client(), status=403)


def test_l7_what_is_about_one_person_is_kept_by_no_cache(devices: tuple[Client, Client]) -> None:
    for answer in (devices[0].get("/reading/account"), Client().get("/reading/account"), Client().get("/sign-in")):
        assert "no-store" in answer.headers["Cache-Control"]
        assert "private" in answer.headers["Cache-Control"]
    assert devices[0].get("/reading").content == Client().get("/reading").content
    assert Client().get("/reading/account").json() == {"user": None}


def test_l7_a_sync_needs_the_token_of_this_site(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("ann"))
    body = json.dumps({"since": 0, "marks": [], "words": "", "words_at": 0})
    assert client.post("/reading/sync", body, content_type="application/json").status_code == 403
    token = client.get("/reading/account").json()["token"]
    sent = client.post("/reading/sync", body, content_type="application/json", headers={"X-CSRFToken": token})
    assert sent.status_code == 200


def test_a_reader_signs_in_and_out_and_is_led_nowhere_else(db: None) -> None:
    User.objects.create_user("ann", password="a long pass phrase")
    client = Client()
    wrong = client.post("/sign-in", {"username": "ann", "password": "wrong"})
    assert "correct username and password" in wrong.content.decode()
    right = {"username": "ann", "password": "a long pass phrase"}
    assert client.post("/sign-in?next=https://evil.example", right).headers["Location"] == "/reading"
    assert client.get("/reading/account").json()["name"] == "ann"
    assert client.get("/admin/").status_code == 302, "an account is no editor"
    assert client.get("/sign-out").headers["Location"] == "/reading"
    assert client.get("/reading/account").json()["name"] == "ann", "a link signs nobody out"
    assert client.post("/sign-out").headers["Location"] == "/reading"
    assert client.get("/reading/account").json() == {"user": None}


def test_l6_attempts_to_sign_in_here_count_as_those_to_the_admin(client: Client, db: None, settings: Any) -> None:
    settings.LIMITS = settings.LIMITS | {"logins": 2}
    tried = [client.post(path, {"username": "ann", "password": "x"}).status_code
             for path in ("/sign-in", f"/{settings.ADMIN_PATH}login/", "/sign-in")]  # fmt: skip
    assert tried == [200, 200, 429]
