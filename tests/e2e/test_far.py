"""Papers that were in view and are far away again: they give back what they were drawn with and nothing else."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Watched

pytestmark = pytest.mark.e2e
LIST = "/venue/ACL.2018?show=400"
WATCH = """
window.moved = 0; window.gone = 0;
const add = (one) => { if (!one.hadRecentInput) moved += one.value; };
new PerformanceObserver((list) => list.getEntries().forEach(add)).observe({ type: 'layout-shift', buffered: true });
addEventListener('DOMContentLoaded', () => new MutationObserver((all) => {
  gone += all.filter(({ target, oldValue }) => oldValue !== null && target.matches('.paper')).length;
}).observe(document, { subtree: true, attributeFilter: ['hidden'], attributeOldValue: true }));
"""
FRAME = "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"


def boxes(page: Page) -> float:
    """How many boxes the browser keeps for the page."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")  # those that are gone are counted until then
    session.send("Performance.enable")
    found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return float(found["LayoutObjects"])


def scroll_to(page: Page, number: int) -> None:
    """Down by pages, so that each paper until then is in view for a moment."""
    while page.evaluate("n => document.querySelectorAll('.paper')[n].getBoundingClientRect().top > 100", number):
        page.evaluate("scrollBy({ top: 800, behavior: 'instant' })")
        page.evaluate(FRAME)


def test_a_list_that_was_scrolled_through_keeps_the_boxes_of_few_papers(watched: Watched) -> None:
    page = watched.page
    page.add_init_script(WATCH)
    page.goto(LIST, wait_until="networkidle")
    scroll_to(page, 20)
    one = boxes(page) / 25
    scroll_to(page, 200)
    page.wait_for_function("gone > 140")
    assert boxes(page) < 120 * one
    assert page.evaluate("moved") < 0.02
    assert page.locator(".paper[hidden]").count() == 0


def test_they_keep_their_height_and_are_there_when_one_comes_back(watched: Watched) -> None:
    page = watched.page
    page.add_init_script(WATCH)
    page.goto(LIST, wait_until="networkidle")
    scroll_to(page, 10)
    heights = "[...document.querySelectorAll('.paper')].slice(0, 10).map((card) => card.getBoundingClientRect().height)"
    before = page.evaluate(heights)
    scroll_to(page, 120)
    page.wait_for_function("gone > 50")
    top = page.evaluate("document.querySelectorAll('.paper')[120].getBoundingClientRect().top")
    page.evaluate(FRAME)
    assert page.evaluate(heights) == before
    assert page.evaluate("document.querySelectorAll('.paper')[120].getBoundingClientRect().top") == top
    text = (page.locator(".summary").nth(3).text_content() or "").strip()[:40]
    assert page.evaluate("text => find(text, false, true)", text), "found by the browser's own search"
    expect(page.locator(".summary").nth(3)).to_be_in_viewport()
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    expect(page.locator(".title-link").first).to_be_in_viewport()
    page.locator(".papers .title-copy").first.click()
    assert page.evaluate(heights) == before


def test_what_has_the_focus_keeps_it(watched: Watched) -> None:
    page = watched.page
    page.add_init_script(WATCH)
    page.goto(LIST, wait_until="networkidle")
    page.locator(".title-link").nth(1).focus()
    scroll_to(page, 120)
    page.wait_for_function("gone > 50")
    expect(page.locator(".title-link").nth(1)).to_be_focused()
