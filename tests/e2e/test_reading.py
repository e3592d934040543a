"""What a reader does, in a real browser on the real site with the shipped papers."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Watched

pytestmark = pytest.mark.e2e


def test_reader_browses_a_day(watched: Watched) -> None:
    page = watched.page
    page.goto("/")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="cs.CL", exact=True).click()
    day = opened.value
    expect(day.locator("h1")).to_contain_text("cs.CL")
    expect(day.locator("p.info")).to_contain_text("Total: ")
    newest = day.locator("a.date").inner_text()
    day.get_by_role("link", name=re.compile("The day before")).click()
    assert day.locator("a.date").inner_text() < newest
    day.get_by_role("link", name=re.compile("The day after")).click()
    assert day.locator("a.date").inner_text() == newest


def test_reader_picks_a_date(watched: Watched) -> None:
    page = watched.page
    page.goto("/arxiv/cs.CV")
    shown = page.locator("a.date").inner_text()
    page.get_by_label("Day", exact=True).fill("2026-04-28")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.locator("a.date")).to_have_text("2026-04-28")
    assert shown != "2026-04-28"
    assert page.locator(".paper").count() == 25
    page.get_by_role("link", name="Next ›").first.click()
    expect(page.locator(".pager").last).to_contain_text("26–50 of")


def test_reader_searches_and_opens_a_paper(watched: Watched) -> None:
    page = watched.page
    page.goto("/")
    page.get_by_role("searchbox").fill("attention is all you need")
    page.keyboard.press("Enter")
    expect(page.locator(".title-link").first).to_have_text("Attention Is All You Need", ignore_case=True)
    expect(page.locator("mark").first).to_be_visible()
    with page.context.expect_page() as opened:
        page.locator(".title-link").first.click()
    expect(opened.value).to_have_url(re.compile(r"/arxiv/1706\.03762$"))


def test_reader_copies_a_paper(watched: Watched) -> None:
    page = watched.page
    page.goto("/arxiv/1706.03762")
    page.get_by_role("button", name="[Copy]").click()
    expect(page.get_by_role("button", name="[Copied]")).to_be_visible()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("Attention Is All You Need\n\nAshish Vaswani, ")
    assert text.endswith("/arxiv/1706.03762")


def test_reader_types_a_part_of_a_venues_name(watched: Watched) -> None:
    page = watched.page
    page.goto("/venue?name=acl")
    assert page.locator(".venue:visible h2 > a:first-child").all_inner_texts() == ["ACL"]
    held = page.locator(".venue").count()  # two are shipped; operators of other tests add theirs
    page.get_by_label("Name").fill("emn")
    expect(page.locator(".venue:visible h2 > a:first-child")).to_have_text(["EMNLP"])
    expect(page.get_by_role("status")).to_have_text(f"1 of {held} venues")
    page.get_by_label("Name").fill("emnx")
    expect(page.get_by_text("No venue here has this in a name.")).to_be_visible()
    page.get_by_label("Name").fill("")
    expect(page.locator(".venue:visible")).to_have_count(held)
    page.locator(".editions").get_by_role("link", name="EMNLP.2018").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/venue/EMNLP\.2018$"))


def test_formulas_are_drawn(watched: Watched) -> None:
    page = watched.page
    page.goto("/search?query=polynomial+algorithm&highlight=1&show=100")
    page.locator("details.fold").evaluate_all("all => all.forEach(d => { d.open = true; })")
    box = page.locator("math").first.bounding_box()
    assert box is not None
    assert box["width"] > 3
    assert box["height"] > 3


def test_every_kind_of_page_is_free_of_trouble(watched: Watched) -> None:
    for path in ("/", "/arxiv/cs.CV", "/arxiv/math", "/venue", "/venue/ACL.2018", "/venue/EMNLP", "/arxiv/2507.06261",
                 "/search", "/search?query=graph&highlight=1", "/go", "/arxiv/hep-th/9901001,1706.03762",
                 "/author/Ashish%20Vaswani"):  # fmt: skip
        response = watched.page.goto(path)
        assert response is not None
        assert response.status == 200, path
        policy = response.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy


# --- Without JavaScript, on a phone ---
def test_o4_pages_of_a_day_and_a_search_go_on_without_javascript(plain_page: Page) -> None:
    plain_page.goto("/arxiv/cs.CV?date=2026-04-28")
    assert plain_page.locator(".paper").count() == 25
    assert plain_page.locator(".title-copy:visible").count() == 0
    plain_page.get_by_role("link", name="Next ›").first.click()
    expect(plain_page.locator(".paper")).to_have_count(25)
    plain_page.get_by_role("searchbox").fill("neural")
    plain_page.get_by_role("button", name="Search").click()
    expect(plain_page.locator(".paper").first).to_be_visible()
    plain_page.locator("details.fold summary").first.click()
    assert plain_page.locator("p.summary").first.is_visible()


def test_o4_venues_are_filtered_without_javascript(plain_page: Page) -> None:
    plain_page.goto("/venue")
    assert plain_page.locator(".venue:visible").count() >= 2
    plain_page.get_by_label("Name").fill("EMN")
    plain_page.keyboard.press("Enter")
    expect(plain_page.locator(".venue:visible h2 > a:first-child")).to_have_text(["EMNLP"])


@pytest.mark.parametrize(
    "path",
    ["/", "/arxiv/cs.CV", "/venue", "/venue/ACL.2018", "/venue/ACL.1999", "/arxiv/1706.03762", "/arxiv/2507.06261",
     "/search?query=graph&highlight=1", "/go", "/arxiv/cs.XX", "/arxiv/hep-th?show=50", "/arxiv/cs.CL?sort=x",
     "/author/Ashish%20Vaswani"],
)  # fmt: skip
def test_o4_no_page_is_wider_than_a_phone_without_javascript(plain_page: Page, path: str) -> None:
    plain_page.goto(path)
    width = plain_page.locator("html").evaluate("html => html.scrollWidth")
    assert width <= 320


def test_o4_filters_come_and_go_on_a_phone_without_javascript(plain_page: Page) -> None:
    page = plain_page
    page.goto("/search?query=parsing")
    assert page.locator(".facets").is_hidden()
    card = page.locator(".paper").first.bounding_box()
    assert card is not None
    assert card["y"] < 320, "what narrows a search does not push its papers away"
    page.locator(".narrow summary").focus()
    page.keyboard.press("Enter")
    page.locator(".facets a", has_text="cs.CL").click()
    assert page.locator(".filters a").all_inner_texts() == ["category:cs.CL ✕"]
    page.locator(".narrow summary").click()
    assert page.locator("html").evaluate("html => html.scrollWidth") <= 320
    page.locator("input[name=from]").fill("2018-01-01")
    page.locator("input[name=to]").fill("2018-12-31")
    page.locator("select[name=dated]").select_option("submitted")
    page.get_by_role("button", name="Set").click()
    assert page.get_by_role("searchbox").input_value() == "parsing category:cs.CL submitted:2018"
    page.locator(".filters a", has_text="category").click()
    assert page.get_by_role("searchbox").input_value() == "parsing submitted:2018"


def test_bar_never_hides_the_first_card(plain_page: Page) -> None:
    plain_page.goto("/arxiv/cs.CV")
    bar, card = plain_page.locator("header.bar").bounding_box(), plain_page.locator(".paper").first.bounding_box()
    assert bar is not None
    assert card is not None
    assert bar["y"] > 320, "on a phone the bar lies at the bottom"


def test_keyboard_reaches_the_papers(watched: Watched) -> None:
    page = watched.page
    page.goto("/arxiv/cs.CV")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the papers")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
