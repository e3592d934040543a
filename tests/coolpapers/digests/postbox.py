"""What a subscriber and the worker do, for tests."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from coolpapers.clock import FileClock
from coolpapers.digests import outbox, subscribing
from coolpapers.digests.lists import read_list
from coolpapers.digests.models import Subscription
from coolpapers.mail import read_mail_url
from ingest.record import Announced
from ingest.store import save_records
from tests.library import arxiv_record
from tests.smtp import Accepted, MailServer

SITE = "https://papers.example"
ADA = "ada@reader.example"
MONDAY_NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


class Postbox:
    """The site's settings, its clock, and steps of the worker."""

    def __init__(self, server: MailServer, settings: Any, clock: Path) -> None:
        settings.DIGESTS, settings.SITE_URL = True, SITE
        settings.DEFAULT_FROM_EMAIL, settings.CLOCK_FILE = "papers@papers.example", str(clock)
        for name, value in read_mail_url(server.url).items():
            setattr(settings, name, value)
        self.server, self.clock = server, FileClock(clock)
        self.clock.set(MONDAY_NOON)

    def later(self, **time: float) -> None:
        self.clock.set(self.clock.now() + timedelta(**time))

    def morning(self, day: int, month: int = 6) -> list[Accepted]:
        """It is that day of 2026, after the hour of digests, and the worker works; what went."""
        self.clock.set(datetime(2026, month, day, 7, 5, tzinfo=UTC))
        return self.work()

    def work(self) -> list[Accepted]:
        before = len(self.server.accepted)
        outbox.make_due()
        outbox.send_due()
        subscribing.forget_old()
        outbox.forget_old_mails()
        return self.server.accepted[before:]

    def subscribe(
        self, path: str = "/arxiv/cs.CL", query: str = "", every: str = "day", address: str = ADA
    ) -> Subscription:
        return confirmed_subscription(address, path, query, every)


def confirmed_subscription(
    address: str, path: str = "/arxiv/cs.CL", query: str = "", every: str = "day"
) -> Subscription:
    """Confirmed now, without the mail."""
    wanted = read_list(path, query)
    subscribing.ask(address, wanted, every)
    subscription = Subscription.objects.get(address=address, path=wanted.path, query=wanted.query)
    subscription.mails.all().delete()
    subscribing.confirm(subscription, wanted, every)
    return subscription


def ask(client: Client, address: str = ADA, path: str = "/arxiv/cs.CL", **more: str) -> Any:
    return client.post("/digest", {"list": path, "address": address, "every": "day"} | more)


def link(mail: Accepted, kind: str) -> str:
    """The path of the link that confirms or stops."""
    (found,) = set(re.findall(rf"{SITE}(/digest/{kind}/[\w:.-]+)", mail.part()))
    return str(found)


def header_link(mail: Accepted) -> str:
    return urlsplit(str(mail.message["List-Unsubscribe"]).strip(" <>")).path


def announce(key: str, day: date, kind: str = "new", **changes: Any) -> None:
    save_records(records=[arxiv_record(key, announced=(Announced(day, kind, "observed"),), **changes)])


def told_keys(mail: Accepted) -> list[str]:
    """The papers of a digest, in order."""
    entries = mail.part().split("\n1. ", 1)[1]
    return re.findall(rf"^{SITE}/(?:arxiv|venue)/([^\s?]+)$", entries, re.MULTILINE)
