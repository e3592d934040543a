"""The outbox against a mail server that fails, and processes that are killed: nothing twice, nothing lost unsaid."""

import os
import signal
import subprocess
import sys
import threading
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from coolpapers.celery import SCHEDULE, app
from coolpapers.clock import FileClock
from coolpapers.digests import outbox, tasks
from coolpapers.digests.models import Mail, MailState, Subscription
from coolpapers.mail import BadMailUrl, read_mail_url
from ingest.models import Incident
from tests.coolpapers.digests.postbox import ADA, SITE, Postbox, announce, told_keys
from tests.instance import ROOT, environment
from tests.smtp import MailServer

FRIDAY = date(2026, 6, 19)
EVE = "eve@reader.example"


@pytest.fixture
def waiting(library: None, postbox: Postbox) -> Postbox:
    """A subscriber, and a paper that is new on Friday."""
    postbox.subscribe()
    announce("2606.20001", FRIDAY)
    return postbox


# --- Refusals ----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("word", "reply"), [("RCPT", "450 grey"), ("RCPT", "550 nobody here"), ("DATA", "451 no"), ("END", "554 spam")]
)
def test_a_refused_message_is_tried_again_later_each_time(waiting: Postbox, word: str, reply: str) -> None:
    waiting.server.replies[word] = reply
    assert waiting.morning(19) == []
    waits = []
    for _ in range(7):
        mail = Mail.objects.get()
        assert mail.state == MailState.DUE
        assert mail.error.startswith(reply[:3])
        waits.append(mail.not_before - waiting.clock.now())
        waiting.later(seconds=waits[-1].total_seconds() - 1)
        tried = len(waiting.server.commands)
        assert waiting.work() == []
        assert len(waiting.server.commands) == tried  # not a second too early
        waiting.later(seconds=1)
        assert waiting.work() == []
    assert waits == sorted(waits)
    assert waits[0] < timedelta(minutes=10)
    assert waits[-1] == timedelta(days=1)
    waiting.server.replies.clear()
    waiting.later(days=1)
    assert [told_keys(mail) for mail in waiting.work()] == [["2606.20001"]]
    assert Subscription.objects.get().failing_since is None


@pytest.mark.django_db
def test_an_address_that_nothing_reaches_is_given_up_and_forgotten(waiting: Postbox) -> None:
    waiting.server.replies["RCPT"] = "550 nobody here"
    waiting.morning(19)
    for _ in range(8):
        waiting.later(days=1)
        waiting.work()
    subscription = Subscription.objects.get()
    assert subscription.stopped is not None
    assert subscription.failing_since == datetime.fromisoformat("2026-06-19T07:05:00+00:00")
    assert Mail.objects.get().state == MailState.FAILED
    tried = len(waiting.server.commands)
    announce("2606.20002", date(2026, 6, 29))
    waiting.later(days=20)
    waiting.work()
    assert len(waiting.server.commands) == tried
    waiting.later(days=15)
    waiting.work()
    assert Subscription.objects.count() == 0


@pytest.mark.django_db
def test_one_refused_address_keeps_nobody_waiting(waiting: Postbox) -> None:
    waiting.subscribe(address=EVE)
    announce("2606.20002", FRIDAY)
    waiting.server.once["RCPT"] = "550 nobody here"
    assert [mail.recipient for mail in waiting.morning(19)] == [EVE]


# --- A server that fails -----------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    "replies", [{"CONNECT": "drop"}, {"CONNECT": "554 no"}, {"MAIL": "530 sign in first"}, {"MAIL": "550 not from you"}]
)
def test_a_server_that_takes_nothing_costs_no_attempt_and_is_an_incident(
    waiting: Postbox, replies: dict[str, str]
) -> None:
    waiting.server.replies.update(replies)
    assert waiting.morning(19) == []
    mail = Mail.objects.get()
    assert (mail.state, mail.attempt) == (MailState.DUE, 0)
    assert Incident.objects.get(ended=None).subject == "mail"
    waiting.server.replies.clear()
    waiting.later(minutes=3)
    assert [told_keys(mail) for mail in waiting.work()] == [["2606.20001"]]
    assert not Incident.objects.filter(ended=None).exists()
    assert Subscription.objects.get().failing_since is None


@pytest.mark.django_db
def test_nobody_listens(waiting: Postbox, settings: Any) -> None:
    settings.EMAIL_PORT = 9
    assert waiting.morning(19) == []
    assert Mail.objects.get().state == MailState.DUE
    settings.EMAIL_PORT = waiting.server.port
    assert len(waiting.work()) == 1


@pytest.mark.django_db
def test_a_connection_that_ended_between_two_messages_is_made_anew(waiting: Postbox) -> None:
    waiting.subscribe(address=EVE)
    announce("2606.20002", FRIDAY)
    waiting.server.once["NOOP"] = "drop"
    assert sorted(mail.recipient for mail in waiting.morning(19)) == [ADA, EVE]
    assert waiting.server.connections == 2
    assert set(Mail.objects.values_list("state", flat=True)) == {MailState.SENT}


# --- Doubt -------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("arrived", [True, False])
def test_a_message_in_doubt_is_not_sent_again_and_the_next_one_says_so(waiting: Postbox, arrived: bool) -> None:
    waiting.server.once["END"] = "keep, drop" if arrived else "drop"
    assert len(waiting.morning(19)) == arrived
    assert Mail.objects.get().state == MailState.DOUBT
    for _ in range(3):
        waiting.later(hours=6)
        assert waiting.work() == []
    announce("2606.20002", date(2026, 6, 22))
    (digest,) = waiting.morning(22)
    assert told_keys(digest) == ["2606.20002"]
    assert "The message of 2026-06-19 may not have reached you." in digest.part()
    assert f"{SITE}/arxiv/cs.CL?from=2026-06-19&to=2026-06-19" in digest.part()
    announce("2606.20003", date(2026, 6, 23))
    (digest,) = waiting.morning(23)
    assert "may not have reached you" not in digest.part()


SEND = "import django; django.setup(); from coolpapers.digests import outbox; outbox.make_due(); outbox.send_due()"


class Killed:
    """A site in a file of its own, whose worker is another process."""

    def __init__(self, folder: Path, server: MailServer) -> None:
        self.folder, self.server = folder, server
        self.clock = FileClock(folder / "clock")
        self.clock.set(datetime.fromisoformat("2026-06-15T12:00:00+00:00"))
        own = {"DATA_DIR": str(folder), "SEARCH_URL": "null://", "CLOCK_FILE": str(folder / "clock")}
        mail = {"EMAIL_URL": server.url, "EMAIL_FROM": "papers@papers.example", "SITE_URL": SITE}
        self.environment = environment(DJANGO_SETTINGS_MODULE="coolpapers.settings", **own, **mail)
        self.run("from django.core.management import call_command; call_command('migrate', verbosity=0)")

    def start(self, code: str) -> "subprocess.Popen[bytes]":
        code = code if code.startswith("import django") else f"import django; django.setup(); {code}"
        with (self.folder / "said").open("wb") as said:
            return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=self.environment, stdout=said)

    def run(self, code: str) -> str:
        assert self.start(code).wait(60) == 0, code
        return (self.folder / "said").read_text().strip()

    def prepare(self) -> None:
        imports = "from tests.coolpapers.digests.postbox import announce, confirmed_subscription; import datetime; "
        self.run(f"{imports}confirmed_subscription('{ADA}'); announce('2606.20001', datetime.date(2026, 6, 19))")
        self.clock.set(datetime.fromisoformat("2026-06-19T07:05:00+00:00"))

    def state(self) -> str:
        return self.run(
            "from coolpapers.digests.models import Mail; print(*Mail.objects.values_list('state', flat=True))"
        )


@pytest.fixture
def killed(server: MailServer, tmp_path: Path) -> Killed:
    site = Killed(tmp_path, server)
    site.prepare()
    return site


def test_killed_while_the_server_has_the_message_nothing_is_sent_twice(killed: Killed) -> None:
    killed.server.at_the_end = threading.Event()
    process = killed.start(SEND)
    assert killed.server.at_the_end.wait(60)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(30)
    killed.server.at_the_end = None
    killed.server.go_on.set()
    assert killed.state() == "sending"
    killed.run(SEND)  # another worker, at once
    assert killed.state() == "sending"
    killed.clock.set(killed.clock.now() + timedelta(minutes=6))
    killed.run(SEND)
    assert killed.state() == "doubt"
    assert len(killed.server.accepted) == 1


def test_killed_before_the_server_was_asked_everything_is_sent_once(killed: Killed) -> None:
    """What is told and what waits was decided in one transaction; nobody had taken the message."""
    made = "from coolpapers.digests import outbox; outbox.make_due(); import os; os.kill(os.getpid(), 9)"
    assert killed.start(made).wait(60) == -signal.SIGKILL
    assert killed.state() == "due"
    killed.run(SEND)
    killed.run(SEND)
    assert [told_keys(mail) for mail in killed.server.accepted] == [["2606.20001"]]
    assert killed.state() == "sent"


def test_two_workers_at_once_send_each_message_once(killed: Killed) -> None:
    workers = [killed.start(SEND) for _ in range(3)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    assert len(killed.server.accepted) == 1


# --- The worker's turn -------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_task_does_all_of_it(waiting: Postbox) -> None:
    waiting.clock.set(datetime.fromisoformat("2026-06-19T07:05:00+00:00"))
    tasks.send_digests()
    assert [told_keys(mail) for mail in waiting.server.accepted] == [["2606.20001"]]


def test_the_schedule_names_the_task() -> None:
    app.loader.import_default_modules()
    assert SCHEDULE["send-digests"]["task"] == tasks.send_digests.name
    assert tasks.send_digests.name in app.tasks


@pytest.mark.django_db
def test_the_task_does_nothing_where_no_mail_is_set_up(waiting: Postbox, settings: Any) -> None:
    waiting.clock.set(datetime.fromisoformat("2026-06-19T07:05:00+00:00"))
    settings.DIGESTS = False
    tasks.send_digests()
    assert (Mail.objects.count(), waiting.server.connections) == (0, 0)


@pytest.mark.django_db
def test_a_turn_ends_in_time_and_the_next_goes_on(waiting: Postbox) -> None:
    for number in range(5):
        waiting.subscribe(address=f"reader{number}@reader.example")
    announce("2606.20002", FRIDAY)
    waiting.clock.set(datetime.fromisoformat("2026-06-19T07:05:00+00:00"))
    turns = iter([False, False, True])
    assert outbox.make_due(lambda: next(turns)) == 2
    assert outbox.make_due() == 4
    turns = iter([False, True])
    assert outbox.send_due(lambda: next(turns)) == 1
    assert outbox.send_due() == 5
    assert waiting.server.connections == 2


@pytest.mark.django_db
def test_sent_messages_are_forgotten_after_weeks(waiting: Postbox) -> None:
    waiting.morning(19)
    waiting.later(days=34)
    waiting.work()
    assert Mail.objects.count() == 1
    waiting.later(days=2)
    waiting.work()
    assert Mail.objects.count() == 0


@pytest.mark.django_db
def test_no_log_holds_an_address(waiting: Postbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    waiting.server.replies["RCPT"] = f"550 <{ADA}> is nobody here"
    waiting.morning(19)
    waiting.later(days=8)
    waiting.work()
    assert ADA not in caplog.text
    assert ADA in Mail.objects.get().error  # the admin shows it


# --- Settings ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("url", "expected"),
    [("smtp://u%40x:p%3Aw@mail.example", ("mail.example", 587, "u@x", "p:w", True, False)),
     ("smtps://mail.example", ("mail.example", 465, "", "", False, True)),
     ("smtp+plain://127.0.0.1:1025", ("127.0.0.1", 1025, "", "", False, False))],
)  # fmt: skip
def test_mail_servers_in_one_setting(url: str, expected: tuple[object, ...]) -> None:
    names = ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL")
    read = read_mail_url(url)
    assert tuple(read[f"EMAIL_{name}"] for name in names) == expected
    assert read["EMAIL_TIMEOUT"] > 0


def test_other_ways_to_send() -> None:
    assert read_mail_url("console://")["EMAIL_BACKEND"].endswith("console.EmailBackend")
    assert read_mail_url("file:///srv/mail")["EMAIL_FILE_PATH"] == "/srv/mail"
    assert read_mail_url("")["EMAIL_BACKEND"].endswith("dummy.EmailBackend")


@pytest.mark.parametrize("url", ["mail.example", "smtp://", "http://mail.example", "smtp://:secret@", "smtp://h:port"])
def test_a_wrong_mail_server_stops_the_start_without_telling_the_password(url: str) -> None:
    with pytest.raises(BadMailUrl) as told:
        read_mail_url(url)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"DEFAULT_FROM_EMAIL": ""}, "E001"), ({"SITE_URL": ""}, "E002"), ({"DIGEST_HOUR": 24}, "E003")],
)
@pytest.mark.django_db
def test_what_mail_needs_is_asked_for_at_the_start(
    postbox: Postbox, settings: Any, changes: dict[str, object], code: str
) -> None:
    call_command("check")
    for name, value in changes.items():
        setattr(settings, name, value)
    with pytest.raises(SystemCheckError, match=f"digests.{code}"):
        call_command("check")
