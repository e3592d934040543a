"""Authors, venues and stars that a reader hides: on every page, from the first paint on, and back again."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import Watched
from tests.e2e.test_memory import BLOCKED
from tests.e2e.test_o2_everyone import violations

pytestmark = pytest.mark.e2e
DAY = "/arxiv/cs.CV?date=2026-04-28"
VENUE = "/venue/ACL.2018"
SEARCH = "/search?query=translation&highlight=1"
BOXES = {"authors": "Hide authors", "venues": "Hide venues", "popularity": "Hide stars of others"}
PLACE = "a => getComputedStyle(a, '::after').content"


@pytest.fixture
def hiding(browser: Browser, site: str) -> Iterator[BrowserContext]:
    """A browser whose reader hides everything that can be hidden."""
    context = browser.new_context(base_url=site)
    page = context.new_page()
    page.goto("/reading")
    hide(page, *BOXES)
    page.close()
    yield context
    context.close()


def hide(page: Page, *what: str) -> None:
    for one in what:
        page.get_by_label(BOXES[one]).check()


def shown(page: Page, selector: str) -> list[str]:
    """Texts of what is displayed, also where it is too far below to be laid out."""
    texts: list[str] = page.locator(selector).evaluate_all(
        "all => all.filter(one => one.checkVisibility()).map(one => one.textContent.trim())"
    )
    return [text for text in texts if text]


def test_each_box_hides_its_own_on_every_page_and_shows_it_again(watched: Watched) -> None:
    page = watched.page
    page.goto("/reading")
    hide(page, "authors")
    page.goto(VENUE)
    assert shown(page, ".authors") == []
    assert len(shown(page, ".subjects")) == 25
    expect(page.locator(".told-hidden")).to_have_text("Hidden by you: authors venues stars Change")
    assert shown(page, ".told-hidden span") == ["authors"]
    page.locator(".told-hidden").get_by_role("link", name="Change").click()
    expect(page.locator("#hide")).to_be_in_viewport()
    expect(page.get_by_label("Hide authors")).to_be_checked()
    page.get_by_label("Hide authors").uncheck()
    hide(page, "venues")
    page.go_back()
    expect(page.locator(".subjects").first).to_be_hidden()
    assert len(shown(page, ".authors")) == 25
    page.goto("/reading")
    page.get_by_label("Hide venues").uncheck()
    page.goto(VENUE)
    expect(page.locator(".told-hidden")).to_be_hidden()
    assert len(shown(page, ".subjects")) == 25


def test_a_list_of_a_venue_keeps_its_heading_and_no_card_names_it(hiding: BrowserContext) -> None:
    page = hiding.new_page()
    page.goto(VENUE)
    expect(page.locator("h1")).to_contain_text("ACL.2018")
    assert shown(page, ".paper :is(.authors, .subjects, .date, .copies, .stars)") == []
    assert page.locator(".title a[data-place]").first.evaluate(PLACE) == "none"
    assert len(shown(page, ".summary")) == 25
    page.goto("/author/Graham%20Neubig")
    expect(page.locator("h1")).to_contain_text("Graham Neubig")
    assert shown(page, ".paper .authors") == []


def test_a_day_keeps_its_subjects_and_dates(hiding: BrowserContext) -> None:
    page = hiding.new_page()
    page.goto(DAY)
    assert shown(page, ".authors") == []
    assert len(shown(page, ".subjects")) == len(shown(page, "p.date")) == 25
    assert shown(page, ".sorts a[href*='sort=1']") == []
    assert shown(page, ".sorts a[href*='sort=submitted']") == ["submitted"]


def test_a_search_and_what_is_found_tell_nothing_of_venues(hiding: BrowserContext) -> None:
    page = hiding.new_page()
    page.goto(SEARCH)
    venue_cards = ".paper[id*='@']"
    assert page.locator(venue_cards).count() > 0
    assert shown(page, f"{venue_cards} :is(.subjects, .date, .copies)") == []
    page.locator(".narrow summary").click()
    assert {"Year", "Category"} <= set(shown(page, ".facets dt"))
    assert "Venue" not in shown(page, ".facets dt")
    assert shown(page, ".sorts a[href*='sort=1']") == []


def test_a_papers_page_leaves_out_what_tells_its_venue(hiding: BrowserContext) -> None:
    page = hiding.new_page()
    page.goto(VENUE)
    page.goto(page.locator(".title-link").first.get_attribute("href") or "")
    assert shown(page, "main .info") == ["P18-1001@ACL | Total: 1"]  # what is in the page
    assert page.locator("main .info").inner_text() == "Total: 1"
    assert shown(page, ".facts dt") == ["Cite"]
    page.goto("/arxiv/2507.06261")
    assert shown(page, ".authors, .authors + details") == []
    assert {"Source", "Versions"} & set(shown(page, ".facts dt"))
    assert not {"Comments", "Published in", "DOI"} & set(shown(page, ".facts dt"))


def test_most_starred_is_not_offered(hiding: BrowserContext) -> None:
    page = hiding.new_page()
    page.goto("/")
    assert shown(page, ".info a[href*='sort=1']") == []
    assert "All of arXiv" in page.locator("main .info").inner_text()
    page.locator(".info").get_by_role("link", name="change").click()
    expect(page.locator("#hide")).to_be_in_viewport()


def test_it_is_hidden_before_the_first_paint_and_nothing_moves(hiding: BrowserContext) -> None:
    page = hiding.new_page()
    page.route(
        "**/*.js", lambda route: route.abort() if "/theme." not in route.request.url else route.continue_()
    )  # the one script that comes before the style sheet does it all
    page.goto(VENUE)
    assert shown(page, ".authors, .paper .subjects, .stars") == []
    page.unroute_all()
    page.add_init_script(
        "window.moved = 0; const add = (one) => { moved += one.value; };"
        "const watch = new PerformanceObserver((list) => list.getEntries().forEach(add));"
        "watch.observe({ type: 'layout-shift', buffered: true });"
    )
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(DAY, wait_until="networkidle")
    assert page.evaluate("moved") < 0.02


def test_another_tab_follows(watched: Watched) -> None:
    page = watched.page
    page.goto(DAY)
    other = page.context.new_page()
    other.goto("/reading")
    third = page.context.new_page()
    third.goto("/reading")
    hide(other, "authors")
    expect(page.locator(".authors").first).to_be_hidden()
    expect(third.get_by_label("Hide authors")).to_be_checked()
    other.get_by_label("Hide authors").uncheck()
    expect(page.locator(".authors").first).to_be_visible()


def test_blocked_storage_is_told(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site)
    context.add_init_script(BLOCKED)
    page = context.new_page()
    page.goto("/reading")
    hide(page, "authors")
    expect(page.locator("#notice")).to_contain_text("This browser keeps nothing for this site: the choice ends with")
    page.goto(DAY)
    expect(page.locator(".authors").first).to_be_visible()
    context.close()


def test_nothing_is_hidden_without_javascript(plain_page: Page) -> None:
    plain_page.goto(VENUE)
    expect(plain_page.locator(".authors").first).to_be_visible()
    expect(plain_page.locator(".told-hidden")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_o2_pages_that_hide_break_no_rule(hiding: BrowserContext, theme: Any) -> None:
    page = hiding.new_page()
    page.emulate_media(color_scheme=theme)
    broken = {}
    for path in ("/reading", DAY, VENUE, SEARCH, "/arxiv/1706.03762", "/"):
        page.goto(path)
        if found := violations(page):
            broken[path] = found
    assert not broken, json.dumps(broken, indent=1)
