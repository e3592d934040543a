"""Light and dark as chosen, and scripts that are kept for ever, in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Watched

pytestmark = pytest.mark.e2e
PAPER = "() => getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(253, 252, 250)", "rgb(22, 24, 27)"


def test_colours_are_chosen_and_remembered(watched: Watched) -> None:
    page = watched.page
    page.emulate_media(color_scheme="light")
    page.goto("/arxiv/cs.CL")
    assert page.evaluate(PAPER) == LIGHT
    button = page.get_by_role("button", name=re.compile("^Colours:"))
    expect(button).to_have_accessible_name("Colours: as the system has it")
    button.click()
    expect(button).to_have_accessible_name("Colours: dark")
    assert page.evaluate(PAPER) == DARK
    for path in ("/", "/venue", "/search", "/nothing-here"):
        page.goto(path)
        assert page.evaluate(PAPER) == DARK, path
    watched.troubles[:] = [text for text in watched.troubles if "404" not in text]
    page.emulate_media(color_scheme="dark")
    button.click()
    expect(button).to_have_accessible_name("Colours: as the system has it")
    button.click()
    expect(button).to_have_accessible_name("Colours: light")
    assert page.evaluate(PAPER) == LIGHT


def test_another_tab_follows(watched: Watched) -> None:
    page = watched.page
    page.emulate_media(color_scheme="light")
    page.goto("/")
    other = page.context.new_page()
    other.goto("/venue")
    page.get_by_role("button", name=re.compile("^Colours:")).click()
    other.wait_for_function(f"({PAPER})() === '{DARK}'")
    expect(other.get_by_role("button", name="Colours: dark")).to_be_visible()


def test_the_choice_is_worn_before_anything_is_drawn(watched: Watched) -> None:
    page = watched.page
    page.goto("/")
    page.evaluate("localStorage.setItem('theme', 'dark')")
    page.goto("/arxiv/cs.CL")
    script, sheet = page.locator("head script").first, page.locator("head link[rel=stylesheet]")
    assert script.get_attribute("type") is None, "a module would come after the first paint"
    assert script.evaluate("(script, sheet) => script.compareDocumentPosition(sheet) & 4", sheet.element_handle()) == 4


def test_o5_storage_that_is_blocked_leaves_the_choice_to_the_page(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, color_scheme="light")
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
    )
    page = context.new_page()
    page.goto("/")
    page.get_by_role("button", name=re.compile("^Colours:")).click()
    assert page.evaluate(PAPER) == DARK
    context.close()


def test_every_script_and_sheet_is_named_by_its_content_compressed_and_kept(watched: Watched) -> None:
    page = watched.page
    answers = {}
    page.on("response", lambda answer: answers.update({answer.url: answer}) if "/static/" in answer.url else None)
    page.goto("/arxiv/cs.CL", wait_until="networkidle")
    names = [url.rsplit("/", 1)[1] for url in answers]
    assert [name for name in names if not re.fullmatch(r"[\w-]+\.[0-9a-f]{12}\.(js|css|svg)", name)] == []
    assert {"match", "expression", "highlight"} <= {name.split(".")[0] for name in names}, "what modules import, too"
    for url, answer in answers.items():
        assert "immutable" in answer.headers["cache-control"], url
        if not url.endswith(".svg"):
            assert answer.headers["content-encoding"] == "gzip", url


# --- On paper ---
def test_o4_a_printed_page_holds_the_papers_and_nothing_to_press(watched: Watched) -> None:
    page = watched.page
    page.emulate_media(media="print", color_scheme="dark")
    page.goto("/search?query=translation&highlight=1")
    for selector in ("header.bar", ".actions", "#pager", ".sorts", "#scroll-btn", "#app-bar", "footer", ".narrow"):
        expect(page.locator(selector).first).to_be_hidden()
    assert page.evaluate(PAPER) == "rgb(255, 255, 255)"
    expect(page.locator(".summary").first).to_be_visible()
    heights = page.locator(".paper").evaluate_all("all => all.map(card => card.getBoundingClientRect().height)")
    assert min(heights) > 60


def test_o4_a_page_of_papers_can_be_printed(watched: Watched) -> None:
    page: Page = watched.page
    page.goto("/arxiv/cs.CL?date=2026-04-28")
    printed = page.pdf()
    assert printed.startswith(b"%PDF-")
    assert printed.count(b"/Type /Page\n") >= 5 or printed.count(b"/Type /Page") >= 5
