"""Lists on narrow screens: what stands in the bar is whole and apart, and nothing lies over the papers."""

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

pytestmark = pytest.mark.e2e
PAGES = ("/arxiv/cs.CL", "/arxiv/cs.CL?week=2026-W18", "/search?query=translation", "/venue/ACL.2018")
IN_BAR = ".bar-inner > :is(a, button, .days):visible, .find > :not([type=hidden]), #scroll-btn a"


def box(part: Locator) -> FloatRect:
    found = part.bounding_box()
    assert found is not None
    return found


def overlap(one: FloatRect, other: FloatRect) -> bool:
    return (
        one["x"] + 0.5 < other["x"] + other["width"]
        and other["x"] + 0.5 < one["x"] + one["width"]
        and one["y"] + 0.5 < other["y"] + other["height"]
        and other["y"] + 0.5 < one["y"] + one["height"]
    )


def check_bar(page: Page) -> None:
    bar = box(page.locator(".bar"))
    boxes = [box(part) for part in page.locator(IN_BAR).all()]
    assert len(boxes) >= 5
    for place, one in enumerate(boxes):
        assert one["y"] >= bar["y"], "in the bar"
        assert one["y"] + one["height"] <= bar["y"] + bar["height"], "in the bar"
        assert min(one["width"], one["height"]) >= 24
        assert not [other for other in boxes[place + 1 :] if overlap(one, other)]


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("width", [320, 390, 640])
def test_the_ways_to_the_ends_stand_in_the_bar_of_a_phone(
    browser: Browser, site: str, width: int, javascript: bool
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 640}, base_url=site, java_script_enabled=javascript
    )
    page = context.new_page()
    for path in PAGES:
        page.goto(path)
        check_bar(page)
        assert page.locator("html").evaluate("html => html.scrollWidth") <= width
    expect(page.get_by_role("link", name="Cool Papers").first).to_be_visible()
    page.get_by_role("link", name="To the bottom").click()
    expect(page.locator("#pager")).to_be_attached()
    page.get_by_role("link", name="To the top").click()
    expect(page.locator("h1")).to_be_in_viewport()
    context.close()


@pytest.mark.parametrize("width", [660, 768, 1200])
def test_the_ways_to_the_ends_stand_beside_the_papers_elsewhere(browser: Browser, site: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, base_url=site)
    page = context.new_page()
    page.goto(PAGES[0])
    papers, ways = box(page.locator(".papers")), box(page.locator("#scroll-btn"))
    assert papers["x"] + papers["width"] <= ways["x"] + 0.5
    context.close()


def test_the_head_of_a_day_leaves_three_fifths_of_a_phone_to_the_papers(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=site, is_mobile=True, has_touch=True)
    page = context.new_page()
    for path in PAGES:
        page.goto(path)
        assert box(page.locator(".paper").first)["y"] < 340, path
    context.close()
