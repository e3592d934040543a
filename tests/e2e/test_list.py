"""The list page in a real browser: it goes on as one scrolls, and everything on it is where a reader left it."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Watched

pytestmark = pytest.mark.e2e
DAY = "/arxiv/cs.CL?date=2026-04-28"  # 129 papers
MANY_AUTHORS = "/arxiv/2507.06261,1706.03762"


def to_the_end(page: Page, count: int) -> None:
    """Scroll down until so many papers are there."""
    for _ in range(60):
        before = page.locator(".papers > .paper").count()
        if before >= count:
            return
        page.evaluate("scrollTo({top: document.documentElement.scrollHeight, behavior: 'instant'})")
        page.wait_for_function("n => document.querySelectorAll('.papers > .paper').length > n", arg=before)
    pytest.fail("the list did not go on")


# --- Loading ---
def test_papers_come_as_one_scrolls_each_once_and_in_order(watched: Watched) -> None:
    page = watched.page
    page.goto(DAY)
    expect(page.locator(".papers > .paper")).to_have_count(25)
    total = int(page.locator(".range").inner_text().split(" of ")[1])
    to_the_end(page, total)
    ids = page.locator(".papers > .paper").evaluate_all("all => all.map(card => card.id)")
    assert len(ids) == len(set(ids)) == total
    assert page.locator(".index").all_text_contents() == [f"#{n}" for n in range(1, total + 1)]
    assert page.locator("#app-bar .i-title").count() == total
    expect(page.locator("#told")).to_have_text(f"{total} of {total} shown")
    expect(page.locator(".range")).to_have_text(f"1–{total} of {total}")
    assert page.locator("#pager a").count() == 0, "there is nothing further to go to"
    card = page.locator(".papers > .paper").last
    expect(card.get_by_role("button", name="[Copy]")).to_be_visible()
    card.get_by_role("button", name="[Copy]").click()
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"/arxiv/{ids[-1]}")


def test_a_page_that_fails_is_said_and_tried_again(watched: Watched) -> None:
    page = watched.page
    page.route("**/arxiv/cs.CL?*skip=25*", lambda route: route.abort(), times=1)
    page.goto(DAY)
    page.evaluate("scrollTo({top: document.documentElement.scrollHeight, behavior: 'instant'})")
    expect(page.get_by_text("More could not be loaded.")).to_be_visible()
    assert page.locator("#pager a[rel=next]").is_visible(), "the link still leads on"
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".papers > .paper").nth(25)).to_be_attached()
    expect(page.get_by_text("More could not be loaded.")).to_have_count(0)
    assert [text for text in watched.troubles if "net::ERR_FAILED" not in text] == []
    watched.troubles.clear()


def test_searches_and_editions_go_on_too(watched: Watched) -> None:
    page = watched.page
    for path in ("/venue/ACL.2018", "/search?query=translation&highlight=1&explain=1"):
        page.goto(path)
        to_the_end(page, 50)
        expect(page).to_have_url(re.compile("show=[1-9][0-9]+"))  # a moment after the papers are there
        if "explain" in path:
            counts = page.evaluate(
                "['.why', '.paper'].map((one) => document.querySelectorAll(`.papers > ${one}`).length)"
            )  # at one moment, for more papers may come
            assert counts[0] == counts[1]


def test_o1_back_finds_the_cards_that_were_loaded_and_the_paper_that_was_read_where_it_was(watched: Watched) -> None:
    page = watched.page
    page.goto(DAY)
    to_the_end(page, 75)
    card = page.locator(".papers > .paper").nth(60)
    page.wait_for_function(  # what comes into view gets its true height, so not at once
        """([card, top]) => {
            const off = card.getBoundingClientRect().top - top;
            scrollBy({top: off, behavior: 'instant'});
            return Math.abs(off) < 1 && history.state?.place?.id === card.id;
        }""",
        arg=[card.element_handle(), 50],
    )
    before = card.bounding_box()
    assert before is not None
    page.goto("/venue")
    page.go_back()
    expect(page.locator(".papers > .paper").nth(60)).to_be_in_viewport()
    after = card.bounding_box()
    assert after is not None
    assert abs(after["y"] - before["y"]) < 30
    page.reload()
    expect(page.locator(".papers > .paper").nth(60)).to_be_in_viewport()


def test_a_list_of_a_thousand_stops_and_links_on(watched: Watched) -> None:
    page = watched.page
    page.goto("/search?query=the+OR+of&show=960")
    expect(page.locator(".papers > .paper")).to_have_count(960)
    to_the_end(page, 1000)
    expect(page.locator("#told")).to_have_text(re.compile("^1000 of "))
    page.evaluate("scrollTo({top: document.documentElement.scrollHeight, behavior: 'instant'})")
    page.locator("#pager").get_by_role("link", name="Next ›").click()
    expect(page.locator(".index").first).to_have_text("#1001")


# --- Authors ---
def test_authors_past_forty_unfold_where_they_stand_and_fold_again(watched: Watched) -> None:
    page = watched.page
    page.goto(MANY_AUTHORS)
    card = page.locator(".paper").first
    shown = card.locator(".author:visible").count()
    assert shown == 40
    more = card.locator("a.more")
    hidden = int(re.findall(r"\d+", more.inner_text())[0])
    more.focus()
    page.keyboard.press("Enter")
    expect(card.locator(".author:visible")).to_have_count(shown + hidden)
    expect(card.get_by_role("button", name="fold")).to_be_focused()
    page.keyboard.press("Enter")
    expect(card.locator(".author:visible")).to_have_count(shown)
    expect(more).to_be_focused()
    page.keyboard.press("Enter")
    expect(card.locator(".author:visible")).to_have_count(shown + hidden)
    assert page.url.endswith(MANY_AUTHORS)


def test_o4_authors_are_a_link_without_javascript(plain_page: Page) -> None:
    plain_page.goto(MANY_AUTHORS)
    plain_page.locator("a.more").first.click()
    assert plain_page.url.endswith("/arxiv/2507.06261")
    plain_page.locator(".paper details.metainfo summary").click()
    assert plain_page.locator(".paper details a.author").first.is_visible()


# --- Subjects ---
def test_a_subject_is_added_or_taken_away_with_the_pointer(watched: Watched) -> None:
    page = watched.page
    page.goto(f"{DAY}&show=50")
    subject = page.locator(".subjects a[href='/arxiv/cs.AI']").first
    expect(page.locator(".combine")).to_have_count(0)
    subject.hover()
    page.get_by_role("link", name="Add cs.AI to this list").click()
    assert page.url.endswith("/arxiv/cs.AI+cs.CL?date=2026-04-28")
    assert page.locator("h1").inner_text() == "cs.AI + cs.CL"
    page.go_back()
    subject.hover()
    page.get_by_role("link", name="Take cs.AI away from this list").click()
    assert page.url.endswith("/arxiv/cs.CL-cs.AI?date=2026-04-28")
    own = page.locator(".subjects a[href='/arxiv/cs.CL']").first
    own.hover()
    expect(page.locator(".combine")).to_have_count(0)


def test_a_subject_is_added_with_the_keyboard(watched: Watched) -> None:
    page = watched.page
    page.goto(DAY)
    subject = page.locator(".subjects a[href='/arxiv/cs.AI']").first
    subject.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(subject).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Add cs.AI to this list")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Take cs.AI away from this list")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/arxiv/cs\.CL-cs\.AI\?date=2026-04-28$"))


def test_a_subject_is_added_by_touch(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True, base_url=site)
    page = context.new_page()
    page.goto(DAY)
    subject = page.locator(".subjects a[href='/arxiv/cs.AI']").first
    subject.tap()
    plus = page.get_by_role("link", name="Add cs.AI to this list")
    expect(plus).to_be_in_viewport(ratio=1)
    page.locator(".summary").first.tap()
    expect(plus).to_have_count(0)
    subject.tap()
    plus.tap()
    expect(page).to_have_url(re.compile(r"/arxiv/cs\.AI\+cs\.CL\?date=2026-04-28$"))
    page.locator(".subjects a[href='/arxiv/cs.LG']").first.tap()
    page.locator(".subjects a[href='/arxiv/cs.LG']").first.tap()
    expect(page).to_have_url(re.compile(r"/arxiv/cs\.LG$"))
    context.close()


# --- Orders, ends, sources ---
def test_o4_preferred_words_come_first_without_javascript(plain_page: Page) -> None:
    page = plain_page
    page.goto(DAY)
    page.locator(".prefer summary").click()
    page.get_by_label("Papers with").fill("translation")
    page.get_by_role("button", name="Come first").click()
    assert "translation" in page.locator(".title-link").first.inner_text().lower()
    assert page.locator("a.date").inner_text() == "2026-04-28"
    page.get_by_role("link", name="Next ›").click()
    assert page.locator("input[name=prefer]").input_value() == "translation"
    page.get_by_role("link", name="Not any more").click()
    assert page.locator("input[name=prefer]").input_value() == ""


@pytest.mark.parametrize("javascript", [True, False])
def test_to_the_bottom_and_to_the_top(browser: Browser, site: str, javascript: bool) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=javascript)
    page = context.new_page()
    page.goto("/venue/ACL.2018?show=10&skip=300")
    page.get_by_role("link", name="To the bottom").click()
    expect(page.locator("#pager, .papers > .paper:last-child").first).to_be_in_viewport()
    page.get_by_role("link", name="To the top").click()
    expect(page.locator("h1")).to_be_in_viewport()
    context.close()


def test_the_place_of_the_source_is_named_beside_the_number(watched: Watched) -> None:
    page = watched.page
    said = "a => getComputedStyle(a, '::after').content"
    page.goto("/arxiv/1706.03762")
    link = page.locator(".title > a").first
    assert "arXiv" in link.evaluate(said)
    assert link.get_attribute("href") == "https://arxiv.org/abs/1706.03762"
    page.goto("/venue/ACL.2018")
    assert "ACL" in page.locator(".title > a").first.evaluate(said)
    assert page.get_by_role("link", name=re.compile("#1.ACL")).count() == 1
