"""Filtering the papers of a page while one types, in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Watched

pytestmark = pytest.mark.e2e
DAY = "/arxiv/cs.CL?date=2026-04-28"
VISIBLE = ".papers > .paper:not([data-out])"


def open_filter(page: Page, key: str = "/") -> None:
    page.keyboard.press(key)
    expect(page.get_by_label("With", exact=True)).to_be_focused()


def settle(page: Page) -> None:
    """Until the filter shows what was typed."""
    expect(page.locator("#filter")).not_to_have_attribute("aria-busy", "true")


def counts(page: Page) -> tuple[int, int]:
    """How many match, of how many, as the live region says."""
    settle(page)
    said = re.fullmatch(r"(\d+) of (\d+) match", page.locator("#filter output").inner_text())
    assert said
    return int(said[1]), int(said[2])


def texts(page: Page, selector: str) -> list[str]:
    """Of each paper that is shown, folded as far as these tests need it."""
    settle(page)
    of_a_card = "card => [...card.querySelectorAll(selector)].map(part => part.textContent).join(' ').toLowerCase()"
    found: list[str] = page.locator(VISIBLE).evaluate_all(f"(all, selector) => all.map({of_a_card})", selector)
    return found


def test_words_are_included_and_excluded_while_one_types(watched: Watched) -> None:
    page = watched.page
    page.goto(f"{DAY}&show=129")
    open_filter(page)
    page.keyboard.type("reasoning\nmultilingual")
    any_of = counts(page)[0]
    shown = texts(page, ".title-link, .summary, .author")
    assert len(shown) == any_of > 0
    assert all("reasoning" in text or "multilingual" in text for text in shown)
    page.get_by_label("all", exact=True).check()
    both = counts(page)[0]
    assert all("reasoning" in text and "multilingual" in text for text in texts(page, ".title-link, .summary, .author"))
    assert both < any_of
    page.get_by_label("any", exact=True).check()
    page.get_by_label("Without").fill("benchmark")
    less = counts(page)[0]
    assert less < any_of
    assert not any("benchmark" in text for text in texts(page, ".title-link, .summary, .author"))
    page.get_by_label("abstract", exact=True).uncheck()
    page.get_by_label("authors", exact=True).uncheck()
    assert all("reasoning" in text or "multilingual" in text for text in texts(page, ".title-link"))
    page.get_by_label("show only matches").uncheck()
    found, of = counts(page)
    assert page.locator(VISIBLE).count() == of > found
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#filter output")).to_have_text(f"{of} papers on this page")


def test_accents_and_case_make_no_difference(watched: Watched) -> None:
    page = watched.page
    page.goto(f"{DAY}&show=129")
    accented = page.locator(".author").evaluate_all(
        "all => all.map(a => a.textContent).find(name => /[áéíóúçöüñ]/.test(name))"
    )
    open_filter(page)
    page.keyboard.type(accented.upper())
    found = counts(page)[0]
    page.get_by_label("With", exact=True).fill(
        page.evaluate("name => name.normalize('NFD').replace(/[\\u0300-\\u036f]/g, '')", accented)
    )
    assert counts(page)[0] == found >= 1


def test_words_are_highlighted_where_they_stand(watched: Watched) -> None:
    page = watched.page
    page.goto(f"{DAY}&show=50")
    open_filter(page)
    page.keyboard.type("Language Model")
    marked = """() => [...(CSS.highlights.get('filter') ?? [])].map(range => range.toString().toLowerCase())"""
    page.wait_for_function(f"() => ({marked})().length > 0")
    assert set(page.evaluate(marked)) == {"language model"}
    for part in (".title-link", ".summary", ".author"):
        mark = page.locator(part).first.evaluate("e => getComputedStyle(e, '::highlight(filter)').backgroundColor")
        assert mark == "rgb(255, 233, 168)", part
    page.get_by_label("highlight").uncheck()
    page.wait_for_function(f"() => ({marked})().length === 0")
    page.get_by_label("highlight").check()
    page.wait_for_function(f"() => ({marked})().length > 0")
    page.keyboard.press("Escape")
    page.wait_for_function(f"() => ({marked})().length === 0")


def test_one_goes_from_match_to_match_and_is_told_where(watched: Watched) -> None:
    page = watched.page
    page.goto(f"{DAY}&show=129")
    open_filter(page)
    step = page.get_by_role("button", name="Next match")
    expect(step).to_be_disabled()
    page.keyboard.type("reasoning")
    page.get_by_label("show only matches").uncheck()
    total = counts(page)[0]
    assert total > 3
    told, reached = page.locator("#filter output"), page.locator(".paper.current")
    page.get_by_label("With", exact=True).focus()
    ids = []
    for place in range(1, total + 1):
        page.keyboard.press("Control+Enter")
        expect(told).to_have_text(f"{place} of {total}")
        expect(reached).to_be_in_viewport()
        ids.append(reached.get_attribute("id"))
    order = page.locator(".papers > .paper").evaluate_all("all => all.map(card => card.id)")
    assert sorted(ids, key=order.index) == ids
    assert len(set(ids)) == total < 129
    expect(page.get_by_label("With", exact=True)).to_be_focused()
    assert page.get_by_label("With", exact=True).input_value() == "reasoning"
    step.click()
    expect(told).to_have_text(f"1 of {total}")  # round
    page.get_by_role("button", name="Previous match").click()
    expect(told).to_have_text(f"{total} of {total}")
    page.get_by_label("With", exact=True).focus()
    page.keyboard.press("Control+Shift+Enter")
    expect(told).to_have_text(f"{total - 1} of {total}")
    page.get_by_label("With", exact=True).fill("nothing has this")
    assert counts(page)[0] == 0
    expect(step).to_be_disabled()


def test_matches_are_gone_through_from_what_is_in_view(watched: Watched) -> None:
    page = watched.page
    page.goto(f"{DAY}&show=129")
    open_filter(page)
    page.keyboard.type("the")
    page.get_by_label("show only matches").uncheck()
    total = counts(page)[0]
    page.evaluate("scrollTo({ top: document.documentElement.scrollHeight / 2, behavior: 'instant' })")
    page.get_by_role("button", name="Next match").click()
    place = int(page.locator("#filter output").inner_text().split(" of ")[0])
    assert total / 4 < place < total * 3 / 4


def test_a_browser_without_highlights_filters_all_the_same(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site)
    context.add_init_script("delete CSS.highlights; delete window.Highlight;")
    page = context.new_page()
    page.goto(DAY)
    open_filter(page)
    page.keyboard.type("language")
    assert 0 < counts(page)[0] < 25
    context.close()


def test_the_rest_of_the_list_is_filtered_as_it_comes(watched: Watched) -> None:
    page = watched.page
    page.goto(DAY)
    open_filter(page)
    page.keyboard.type("translation")
    for _ in range(4):  # few are left: the end of the list comes into view, and it goes on to its own end
        page.evaluate("scrollTo({top: document.documentElement.scrollHeight, behavior: 'instant'})")
        page.wait_for_load_state("networkidle")
    expect(page.locator("#filter output")).to_have_text(re.compile(r"of 129 match$"))
    found = counts(page)[0]
    assert page.locator(VISIBLE).count() == found
    assert all("translation" in text for text in texts(page, ".title-link, .summary, .author"))


def test_names_that_were_unfolded_are_filtered_too(watched: Watched) -> None:
    page = watched.page
    page.goto("/arxiv/2507.06261,1706.03762")
    card = page.locator(".paper").first
    open_filter(page)
    page.keyboard.press("Escape")
    card.locator("a.more").click()
    expect(card.get_by_role("button", name="fold")).to_be_visible()
    last = card.locator(".author").last.inner_text()
    open_filter(page)
    page.keyboard.type(last)
    assert counts(page) == (1, 2)


def test_the_button_opens_and_closes_it_on_a_phone(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True, base_url=site)
    page = context.new_page()
    page.goto(DAY)
    button = page.get_by_role("button", name="Filter", exact=True)
    button.tap()
    assert button.get_attribute("aria-expanded") == "true"
    expect(page.locator("#filter")).to_be_in_viewport(ratio=1)
    page.get_by_label("With", exact=True).fill("translation")
    assert counts(page)[0] < 25
    assert page.locator("html").evaluate("html => html.scrollWidth") <= 320
    page.get_by_role("button", name="Next match").tap()
    panel, title = page.locator("#filter").bounding_box(), page.locator(".paper.current .title").bounding_box()
    assert panel is not None
    assert title is not None
    assert title["y"] >= panel["y"] + panel["height"], "what was gone to is not behind the panel"
    page.get_by_role("button", name="Close").tap()
    expect(page.locator("#filter")).to_be_hidden()
    assert page.locator(VISIBLE).count() >= 25
    context.close()
