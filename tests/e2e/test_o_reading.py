"""List O, as far as lists go: the keyboard, the way back, and pages without JavaScript and on paper."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Watched
from tests.e2e.screens import PAGES
from tests.e2e.test_filter import VISIBLE, counts, open_filter

pytestmark = pytest.mark.e2e
DAY = "/arxiv/cs.CL?date=2026-04-28"


def test_o1_slash_opens_the_filter_but_not_where_one_types(watched: Watched) -> None:
    page = watched.page
    page.goto(DAY)
    page.get_by_role("searchbox").focus()
    page.keyboard.type("a/b")
    assert page.get_by_role("searchbox").input_value() == "a/b"
    expect(page.locator("#filter")).to_be_hidden()
    page.locator("h1").click()
    open_filter(page)
    page.keyboard.type("1/2")
    assert page.get_by_label("With", exact=True).input_value() == "1/2"


def test_o1_no_key_is_taken_from_an_input_method(watched: Watched) -> None:
    page = watched.page
    page.goto(DAY)
    for extra in ("isComposing: true", "keyCode: 229"):
        key = f"new KeyboardEvent('keydown', {{key: '/', bubbles: true, {extra}}})"
        page.evaluate(f"document.body.dispatchEvent({key})")
        expect(page.locator("#filter")).to_be_hidden()
    open_filter(page)
    page.evaluate(
        "document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'Escape', bubbles: true, isComposing: true}))"
    )
    expect(page.locator("#filter")).to_be_visible()


def test_o1_find_opens_the_filter_and_again_the_browsers_own(watched: Watched) -> None:
    page = watched.page
    page.goto(DAY)
    page.evaluate("addEventListener('keydown', e => { if (e.key === 'f') window.taken = e.defaultPrevented; })")
    for key in ("Control+f", "Meta+f"):
        page.locator("h1").click()
        open_filter(page, key)
        assert page.evaluate("window.taken") is True
        page.keyboard.press(key)
        assert page.evaluate("window.taken") is False, "the browser's own"
    page.locator("h1").click()
    page.keyboard.press("Control+Shift+f")
    assert page.evaluate("document.activeElement.name") != "include"


def test_o1_escape_closes_and_gives_the_focus_back(watched: Watched) -> None:
    page = watched.page
    page.goto(DAY)
    link = page.locator(".title-link").nth(2)
    link.focus()
    open_filter(page)
    page.keyboard.type("nothing has this")
    assert counts(page)[0] == 0
    page.keyboard.press("Escape")
    expect(page.locator("#filter")).to_be_hidden()
    expect(link).to_be_focused()
    expect(page.locator(VISIBLE).first).to_be_visible()
    outline = link.evaluate("link => getComputedStyle(link).outlineStyle")
    assert outline != "none", "the focus is seen"
    open_filter(page)
    assert counts(page)[0] == 0, "opened again it is as it was"


def test_o1_back_finds_the_filter_as_it_was(watched: Watched) -> None:
    page = watched.page
    page.goto(f"{DAY}&show=129")
    open_filter(page)
    page.keyboard.type("reasoning")
    page.get_by_label("Without").fill("benchmark")
    page.get_by_label("abstract", exact=True).uncheck()
    before = counts(page)
    page.goto("/venue")
    page.go_back()
    expect(page.get_by_label("Without")).to_have_value("benchmark")
    assert counts(page) == before
    assert page.locator(VISIBLE).count() == before[0]
    assert not page.get_by_label("abstract", exact=True).is_checked()
    page.reload()
    assert counts(page) == before


@pytest.mark.parametrize("path", [DAY, "/venue/ACL.2018", "/search?query=translation&highlight=1", "/arxiv/1706.03762"])
def test_o4_everything_is_read_without_javascript(plain_page: Page, path: str) -> None:
    page = plain_page
    page.goto(path)
    card = page.locator(".paper").first
    expect(card.locator(".title-link")).to_be_visible()
    if card.locator("details.fold").count():
        card.locator("details.fold summary").click()
    expect(card.locator(".summary")).to_be_visible()
    expect(card.locator(".title-pdf")).to_have_attribute("href", re.compile("^https://"))
    for dead in ("#open-filter", "#theme", ".title-copy", "#filter", ".combine"):
        assert page.locator(f"{dead}:visible").count() == 0, "what only works with JavaScript is not there"
    assert page.locator("html").evaluate("html => html.scrollWidth") <= 320
    if page.locator("#pager a[rel=next]").count():
        first = card.get_attribute("id")
        page.locator("#pager a[rel=next]").click()
        assert page.locator(".paper").first.get_attribute("id") != first


def test_o4_no_page_shows_what_only_works_with_javascript(plain_page: Page) -> None:
    page = plain_page
    dead = "button[type=button], .scripted, .mark, .combine, dialog, #notice, #filter, #inbox, [href^='javascript:']"
    for name, path in PAGES.items():
        page.goto(path)
        assert len(page.locator("main").inner_text()) > 40, name
        shown = page.locator(dead).evaluate_all(
            "all => all.filter(one => one.checkVisibility()).map(one => one.outerHTML)"
        )
        assert [html for html in shown if 'class="bookmark"' not in html] == [], name  # which the reader drags away


def test_o4_a_paper_is_read_cited_and_left_for_its_pdf_and_its_like_without_javascript(plain_page: Page) -> None:
    page = plain_page
    page.goto("/arxiv/1706.03762")
    expect(page.locator(".title-pdf")).to_have_attribute("href", "https://arxiv.org/pdf/1706.03762")
    page.locator(".cite summary").click()
    expect(page.locator(".cite code")).to_contain_text("@misc{vaswani2017-1706.03762,")
    page.get_by_role("link", name="[REL]").click()
    expect(page.locator("h1")).to_contain_text("Related")
    assert page.locator(".paper").count() > 5


PALE = """() => {
  const light = (colour) => {
    const linear = (part) => (part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
    const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => linear(part / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const isWord = (node) => node.nodeType === Node.TEXT_NODE && node.data.trim();
  const words = [...document.querySelectorAll('main *')].filter((one) => one.checkVisibility()
    && [...one.childNodes].some(isWord));
  if (words.length < 10) return ['no words'];
  const isPale = (one) => 1.05 / (light(getComputedStyle(one).color) + .05) < 4.5;
  return words.filter(isPale).map((one) => one.outerHTML.slice(0, 90));
}"""


@pytest.mark.parametrize("chosen", ["dark", "light"])
def test_o4_words_and_links_are_dark_on_paper_and_papers_tell_their_address(watched: Watched, chosen: str) -> None:
    page = watched.page
    page.emulate_media(media="print", color_scheme="dark")
    page.goto("/")
    page.evaluate("theme => localStorage.setItem('theme', theme)", chosen)
    wrong = {}
    for name in ("day", "week", "paper", "related", "venue", "search", "author", "status"):
        page.goto(PAGES[name])
        assert not page.locator("header.bar").is_visible()
        if pale := page.evaluate(PALE):
            wrong[name] = pale[:5]
    assert not wrong, json.dumps(wrong, indent=1)
    page.goto("/arxiv/1706.03762")
    source = page.locator(".title > a[data-place]")
    assert "https://arxiv.org/abs/1706.03762" in source.evaluate("one => getComputedStyle(one, '::after').content")


def test_o4_a_list_is_printed_whole(watched: Watched) -> None:
    page = watched.page
    page.goto(DAY)
    page.emulate_media(media="print")
    shown = page.locator(".paper").evaluate_all(
        "all => all.map(card => card.querySelector('.summary').checkVisibility({contentVisibilityAuto: true}))"
    )
    assert shown == [True] * 25
