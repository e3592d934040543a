"""What an operator does in the admin, in a real browser under the site's strict policy."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import ROOT, Watched
from tests.instance import wait_for

pytestmark = pytest.mark.e2e
PASSWORD = "correct horse battery"


def manage(environment: dict[str, str], *words: str, **more: str) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    subprocess.run(command, env=environment | more, cwd=ROOT, check=True, capture_output=True)


@pytest.fixture(scope="module")
def operator(site: str, site_environment: dict[str, str]) -> str:
    """A first administrator, made as the manual says; and a run of theirs that failed."""
    manage(site_environment, "make_admin", "--name=ada", "--password-env=OF_ADA", OF_ADA=PASSWORD)
    failed = "from ingest.runs import *; run = take(ask('forget-old', {}).pk, 'x'); fail(run, 'It broke.')"
    manage(site_environment, "shell", "--no-imports", "--command", failed)
    return "ada"


def test_operator_asks_for_a_failed_run_again_and_the_worker_does_it(watched: Watched, operator: str) -> None:
    page = watched.page
    page.goto("/admin/")
    page.get_by_label("Username").fill(operator)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Runs", exact=True).first.click()
    page.get_by_role("link", name="failed").click()
    expect(page.locator("td.field-problem")).to_have_text("It broke.")
    page.locator("input.action-select").check()
    page.locator("select[name=action]").select_option(label="Again: ask for new runs with the same arguments")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("1 run(s) were asked for.")

    def is_done() -> bool:
        page.goto("/admin/ingest/run/?state__exact=done")
        return page.locator("td.field-state").count() > 0

    wait_for("the worker has done it", is_done, 45)

    def is_over() -> bool:
        page.goto("/status")
        return page.get_by_text("None is open.").count() > 0

    wait_for("the incident is over", is_over, 45)
    expect(page.get_by_text("failed forget-old")).to_be_visible()


def test_the_admin_wears_the_sites_colours(watched: Watched, operator: str) -> None:
    page = watched.page
    page.goto("/admin/login/")
    colours = []
    for address in ("/admin/login/", "/"):
        page.goto(address)
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours[0] == colours[1]
    assert re.match(r"rgb", colours[0])
