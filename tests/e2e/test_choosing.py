"""Choosing several categories on the home page, by mouse, by keys and without JavaScript, and picking their days."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Watched

pytestmark = pytest.mark.e2e


def test_reader_opens_a_union_and_difference_in_one_click_and_finds_it_again(watched: Watched) -> None:
    page = watched.page
    page.goto("/")
    expect(page.get_by_role("status")).to_contain_text("Nothing is chosen yet")
    page.get_by_role("button", name="cs.LG: hide").click()
    page.get_by_role("button", name="cs.CL: hide").click()
    page.get_by_role("button", name="cs.CV: hide").click()
    page.get_by_role("button", name="cs.CV: show").click()
    expect(page.get_by_role("button", name="cs.CV: exclude")).to_have_text("−")
    expect(page.get_by_role("status")).to_have_text("cs.CL + cs.LG − cs.CV")
    page.get_by_role("button", name="Open choice").click()
    expect(page).to_have_url(re.compile(r"/arxiv/cs\.CL\+cs\.LG-cs\.CV$"))
    page.goto("/")  # another day
    expect(page.get_by_role("status")).to_have_text("cs.CL + cs.LG − cs.CV")
    page.get_by_label("Order").select_option("most starred first")
    page.get_by_role("button", name="Its month").click()
    expect(page).to_have_url(re.compile(r"/arxiv/cs\.CL\+cs\.LG-cs\.CV\?month=[0-9-]+&sort=1$"))
    page.go_back()
    other = page.context.new_page()
    other.goto("/")
    other.get_by_role("link", name="Clear").click()
    expect(other.get_by_role("status")).to_contain_text("Nothing is chosen yet")
    expect(page.get_by_role("status")).to_contain_text("Nothing is chosen yet")  # two tabs agree


def test_reader_chooses_by_keys(watched: Watched) -> None:
    page = watched.page
    page.goto("/")
    page.get_by_role("button", name="cs.AI: hide").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="cs.AI: show")).to_be_focused()
    page.keyboard.press("-")
    expect(page.get_by_role("button", name="cs.AI: exclude")).to_be_focused()
    page.keyboard.press("0")
    page.keyboard.press("+")
    page.get_by_label("Day", exact=True).fill("2026-04-28")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/arxiv/cs\.AI\?date=2026-04-28$"))


def test_an_address_with_a_choice_is_taken_over(watched: Watched) -> None:
    page = watched.page
    page.goto("/?c=cs.CL&v=ACL")
    expect(page.get_by_role("status")).to_have_text("ACL + cs.CL")
    page.get_by_role("button", name="Keep").click()
    expect(page).to_have_url(re.compile(r"/\?c=cs\.CL&v=ACL$"))
    page.goto("/")
    expect(page.get_by_role("button", name="ACL: show", exact=True)).to_have_text("+")
    page.get_by_role("link", name="Clear").click()


def test_o5_a_device_that_keeps_nothing_says_so(watched: Watched) -> None:
    page = watched.page
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked'); } });")
    page.goto("/")
    page.get_by_role("button", name="cs.CL: hide").click()
    expect(page.get_by_role("status")).to_contain_text("cs.CL This browser does not keep your choice.")
    page.get_by_role("button", name="Open choice").click()
    expect(page).to_have_url(re.compile(r"/arxiv/cs\.CL$"))


def test_o4_reader_without_javascript_chooses_and_picks_days(plain_page: Page) -> None:
    page = plain_page
    page.goto("/")
    page.get_by_label("cs.CL", exact=True).and_(page.locator("select")).select_option("show")
    page.get_by_label("cs.CV", exact=True).and_(page.locator("select")).select_option("exclude")
    page.get_by_role("button", name="Keep").click()
    expect(page).to_have_url(re.compile(r"/\?c=cs\.CL&c=-cs\.CV$"))
    expect(page.get_by_role("status")).to_have_text("cs.CL − cs.CV")
    page.get_by_role("button", name="Open choice").click()
    expect(page).to_have_url(re.compile(r"/arxiv/cs\.CL-cs\.CV$"))
    page.get_by_text("Week, month, range").click()
    page.get_by_role("button", name="The week of that day").click()
    expect(page).to_have_url(re.compile(r"/arxiv/cs\.CL-cs\.CV\?week=[0-9]{4}-W[0-9]{2}$"))
    week = page.locator("a.date").inner_text()
    assert page.locator(".paper").count() > 0
    page.get_by_role("link", name=re.compile("The one before")).click()
    assert page.locator("a.date").inner_text() < week
    page.get_by_text("Week, month, range").click()
    page.get_by_label("from", exact=True).fill("2026-04-20")
    page.get_by_label("to", exact=True).fill("2026-04-28")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile(r"from=2026-04-20&to=2026-04-28$"))
    expect(page.locator("a.date")).to_have_text("2026-04-20 to 2026-04-28")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
