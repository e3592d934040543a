"""A list by e-mail, from the link on its page to its end: in a browser without JavaScript on a phone, through the
site's own worker and a real mail server."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import ROOT, Watched
from tests.instance import wait_for
from tests.smtp import Accepted, MailServer

pytestmark = pytest.mark.e2e
DUE = (
    "from django.utils import timezone; from coolpapers.digests import tasks; "
    "from coolpapers.digests.models import Subscription; "
    "Subscription.objects.update(next_at=timezone.now()); tasks.wake()"
)


def manage(environment: dict[str, str], *words: str) -> None:
    command = [sys.executable, "manage.py", *words]
    subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True)


def newest(server: MailServer, address: str, count: int) -> Accepted:
    """The worker comes by itself at the latest after 30 s."""
    wait_for(f"message {count} to {address}", lambda: len(server.to(address)) == count, 60)
    return server.to(address)[-1]


def link(mail: Accepted, kind: str) -> str:
    found = re.search(rf"http://\S+/digest/{kind}/\S+", mail.part())
    assert found
    return found[0]


def test_reader_without_javascript_subscribes_reads_and_stops(
    plain_page: Page, site: str, mail_server: MailServer, site_environment: dict[str, str], tmp_path: Path
) -> None:
    page, address = plain_page, "phone@reader.example"
    page.goto("/arxiv/cs.HC")
    page.get_by_role("link", name="By e-mail").click()
    page.get_by_label("Your mail address").fill(address)
    page.get_by_label("once a week").check()
    page.get_by_role("button", name="Send me a link to confirm").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320

    page.goto(link(newest(mail_server, address, 1), "confirm"))
    expect(page.locator(".lead")).to_contain_text(f"once a week, to {address}")
    page.get_by_role("button", name="Yes, send them").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmed")

    new = {"id": "2605.77777", "title": "Digests for phones", "abstract": "Short.", "authors": ["Ada Author"],
           "categories": ["cs.HC"], "announced": "2026-05-04"}  # fmt: skip
    (tmp_path / "new.jsonl").write_text(json.dumps(new))
    manage(site_environment, "load_records", str(tmp_path / "new.jsonl"))
    manage(site_environment, "shell", "--no-imports", "--command", DUE)
    digest = newest(mail_server, address, 2)
    assert "Digests for phones" in digest.part()
    page.goto(re.findall(rf"{site}/arxiv/\S+", digest.part())[0])  # the list of what is new
    expect(page.locator(".title-link").first).to_have_text("Digests for phones")

    page.goto(link(digest, "stop"))
    page.get_by_role("button", name="Stop, and delete the address").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stopped")
    page.go_back()
    page.reload()
    expect(page.locator(".lead")).to_contain_text("There is no such subscription any more")


def test_reader_asks_for_a_search_and_mends_the_address(watched: Watched, mail_server: MailServer) -> None:
    page = watched.page
    page.goto("/search?query=parsing")
    page.get_by_role("link", name="By e-mail").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Search: parsing")
    page.get_by_label("Your mail address").fill("desk@reader")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This is no mail address.")
    watched.troubles.clear()  # the browser notes the 400
    page.get_by_label("Your mail address").fill("desk@reader.example")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    assert "a search by e-mail" in newest(mail_server, "desk@reader.example", 1).part().replace("\n", " ")
