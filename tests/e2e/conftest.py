"""A real site with the shipped papers, and a real browser to read it with."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.programs import require_program
from tests.smtp import MailServer
from tests.upstream.places import FakePlaces

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: float) -> None:
    """Until the site answers; fails when it ends or takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the site ended with code {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the site did not answer within {seconds} s")


@pytest.fixture(scope="session")
def places() -> Iterator[FakePlaces]:
    """What the site takes for the places of venues."""
    with FakePlaces({}) as places:
        yield places


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    """Who takes the site's mail."""
    with MailServer() as server:
        yield server


@pytest.fixture(scope="session")
def site_environment(
    tmp_path_factory: pytest.TempPathFactory, places: FakePlaces, mail_server: MailServer
) -> dict[str, str]:
    """What the site and its commands are started with."""
    own = {"DATA_DIR": str(tmp_path_factory.mktemp("site")), "PORT": str(free_port()), "NO_TORCH": "1"}
    own["VENUE_UPSTREAM"] = places.url
    own |= {"EMAIL_URL": mail_server.url, "EMAIL_FROM": "papers@site.example"}
    own["SITE_URL"] = f"http://127.0.0.1:{own['PORT']}"
    ours = {name: value for name, value in os.environ.items() if name not in {"DJANGO_SETTINGS_MODULE", "SEARCH_URL"}}
    return ours | own


@pytest.fixture(scope="session")
def site(site_environment: dict[str, str]) -> Iterator[str]:
    """The address of a site that `manage.py serve` runs with the shipped papers."""
    environment = site_environment
    folder, port = Path(environment["DATA_DIR"]), environment["PORT"]
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "serve"], env=environment, cwd=ROOT, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, process, 120)
        yield url
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One for all: a second one would not start beside it."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=str(require_program("chromium")), args=CHROMIUM_FLAGS)
    yield browser
    browser.close()


class Watched:
    """A page whose every console error, failed load and foreign request is remembered."""

    def __init__(self, context: BrowserContext, site: str) -> None:
        self.site, self.troubles = site, []  # type: tuple[str, list[str]]
        context.on("console", lambda message: message.type == "error" and self.troubles.append(message.text))
        context.on("weberror", lambda error: self.troubles.append(str(error.error)))
        context.on("request", lambda request: self._check_host(request.url))
        self.page: Page = context.new_page()

    def _check_host(self, url: str) -> None:
        if not re.match(rf"{re.escape(self.site)}(/|$)|data:|blob:|about:", url):
            self.troubles.append(f"request to another host: {url}")


@pytest.fixture
def watched(browser: Browser, site: str) -> Iterator[Watched]:
    """A page with JavaScript that must have no trouble by the end of the test."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, base_url=site)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site)
    page = Watched(context, site)
    yield page
    context.close()
    assert page.troubles == []


@pytest.fixture
def plain_page(browser: Browser, site: str) -> Iterator[Page]:
    """A page without JavaScript on a phone of 320 px."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, base_url=site, java_script_enabled=False)
    yield context.new_page()
    context.close()
