"""An operator adds a conference: from an empty form to papers that readers find. Real site, workers, browser; the place
is a fake on loopback that has its pages in the recorded form."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Watched
from tests.e2e.test_operating import PASSWORD, manage
from tests.instance import wait_for
from tests.upstream.fault import Answer
from tests.upstream.places import FakePlaces, Visit
from tests.upstream.places.papers import HeldPaper
from tests.upstream.places.sites import cvf, site

pytestmark = pytest.mark.e2e
PAPERS = [
    HeldPaper(
        f"Quokka {number}: Seeing Marsupials in the Dark",
        ("Ada Author", f"Bob Writer{number}"),
        f"We look for quokkas at night, for the {number}th time.",
    )
    for number in range(40)
]


@pytest.fixture
def conference(places: FakePlaces) -> Iterator[FakePlaces]:
    """CVPR 2024, which takes a while over each page."""
    fast = site(cvf("CVPR2024", PAPERS))

    def slow(visit: Visit) -> Answer:
        time.sleep(0.05)
        return fast(visit)

    places.places["openaccess.thecvf.com"] = slow
    yield places
    del places.places["openaccess.thecvf.com"]


@pytest.fixture
def editor(watched: Watched, site_environment: dict[str, str]) -> Page:
    """Logged in as an editor, not more."""
    make = f"user = User.objects.create_user('eve', password='{PASSWORD}', is_staff=True)"
    join = "user.groups.add(Group.objects.get(name='Editors'))"
    make = f"from django.contrib.auth.models import *; {make}; {join}"
    manage(site_environment, "shell", "--no-imports", "--command", make)
    page = watched.page
    page.goto("/admin/")
    page.get_by_label("Username").fill("eve")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    return page


def test_an_editor_adds_a_venue_previews_pulls_and_readers_find_it(editor: Page, conference: FakePlaces) -> None:
    page = editor
    page.get_by_role("link", name="Venues", exact=True).first.click()
    page.get_by_role("link", name="Add venue").first.click()
    page.locator("#id_code").fill("CVPR")
    page.locator("#id_name").fill("Conference on Computer Vision and Pattern Recognition")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("CVPR is saved. Add its first edition below.")

    page.get_by_role("link", name="Add an edition").click()
    page.locator("#id_year").fill("2024")
    expect(page.locator("#id_cvf-conference")).to_be_hidden()
    page.locator("#id_source").select_option("cvf")
    expect(page.locator("#id_cvf-conference")).to_be_visible()
    expect(page.locator("#id_openreview-venueid")).to_be_hidden()
    page.locator("#id_cvf-conference").fill("cvpr 2024")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".errorlist").last).to_contain_text("write it like CVPR2024")
    page.locator("#id_cvf-conference").fill("CVPR2024")
    page.locator("#id_expected").fill("41")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("CVPR.2024 is saved.")

    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text(" of 41 pages", timeout=60_000)
    expect(page.get_by_role("status")).to_contain_text("Preview: nothing was written", timeout=60_000)
    expect(page.get_by_text("Look: 40 papers found, 41 expected.")).to_be_visible()
    expect(page.get_by_text("Quokka 0: Seeing Marsupials in the Dark").first).to_be_visible()
    run = page.url
    page.goto("/venue/CVPR.2024")
    expect(page.locator(".paper")).to_have_count(0)
    page.goto(run)

    asked = len(conference.visits)
    page.get_by_role("button", name="Pull these papers").click()
    expect(page.get_by_role("status")).to_contain_text("Done", timeout=60_000)
    assert len(conference.visits) == asked
    page.get_by_role("link", name="See it on the site").click()
    expect(page.get_by_role("heading", name="Quokka 0")).to_be_visible()

    def is_found() -> bool:
        page.goto("/venue/search?query=quokka+marsupials")
        return page.get_by_text("Quokka 7: Seeing Marsupials").count() > 0

    wait_for("the index shows it", is_found, 60)


def test_an_editor_cancels_a_pull(editor_again: Page, conference: FakePlaces) -> None:
    page = editor_again
    page.goto("/admin/coolpapers/edition/")
    page.get_by_role("link", name="CVPR.2024").click()
    page.get_by_role("button", name="Pull", exact=True).click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("status")).to_contain_text("Cancelled")
    page.get_by_role("link", name="Back to CVPR.2024").click()
    expect(page.get_by_text("40 papers held")).to_be_visible()


@pytest.fixture
def editor_again(watched: Watched) -> Page:
    """The same, in another browser."""
    page = watched.page
    page.goto("/admin/")
    page.get_by_label("Username").fill("eve")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    return page
