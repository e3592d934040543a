"""What scripts say to a reader whose browser prefers Chinese: the catalog is there before any of them, and stays away
from pages in English."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Watched
from tests.e2e.test_memory import BLOCKED, card, mark

pytestmark = pytest.mark.e2e
DAY = "/arxiv/cs.CV?date=2026-04-30"  # stars that are counted here are no other test's
NOTICE = "#notice [role=status]"


@pytest.fixture
def chinese(browser: Browser, site: str) -> Iterator[Page]:
    """A page of a browser in Chinese that must have no trouble by the end of the test."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, base_url=site, locale="zh-CN")
    watched = Watched(context, site)
    yield watched.page
    context.close()
    assert watched.troubles == []


def open_day(page: Page) -> None:
    page.goto(DAY)
    expect(page.locator("html")).to_have_class(re.compile("ready"))


def test_marks_are_told_in_chinese(chinese: Page) -> None:
    open_day(chinese)
    expect(chinese.locator("html")).to_have_attribute("lang", "zh-Hans")
    mark(card(chinese, 0), "s").click()
    expect(chinese.locator(NOTICE)).to_have_text(
        "已收藏。他人能看到收藏数，但不知道是谁收藏的；可在“我的论文”中关闭计数。"
    )
    mark(card(chinese, 1), "x").click()
    expect(chinese.locator(NOTICE)).to_have_text("已标为不感兴趣，并折叠起来。")
    expect(chinese.locator("#inbox")).to_contain_text(re.compile(r"^\d+ 篇中已读 2 篇 · 全部标为已读$"))
    chinese.get_by_role("button", name="撤销").click()
    expect(chinese.locator("#inbox")).to_contain_text(re.compile(r"^\d+ 篇中已读 1 篇 "))
    chinese.get_by_role("button", name="全部标为已读").click()
    expect(chinese.locator(NOTICE)).to_have_text(re.compile(r"^已将 \d+ 篇论文标为已读。$"))


def test_a_list_goes_on_and_is_filtered_in_chinese(chinese: Page) -> None:
    chinese.goto(DAY)
    chinese.keyboard.press("/")
    expect(chinese.locator("#filter output")).to_have_text("本页 25 篇论文")
    chinese.locator("#filter [name=include]").fill("a")
    expect(chinese.locator("#filter output")).to_have_text("25 篇中有 25 篇匹配")
    chinese.keyboard.press("Escape")
    chinese.locator("#pager").scroll_into_view_if_needed()
    total = chinese.locator("#pager .range").get_attribute("data-total")
    expect(chinese.locator("#pager .range")).to_have_text(re.compile(rf"^第 1–(?!25 )\d+ 篇，共 {total} 篇$"))
    card(chinese, 0).locator(".title-copy").click()
    expect(card(chinese, 0).locator(".title-copy")).to_have_text(re.compile(r"^\[(已复制|此处不允许复制)\]$"))


def test_my_papers_speak_chinese(chinese: Page, tmp_path: Path) -> None:
    open_day(chinese)
    mark(card(chinese, 0), "s").click()
    chinese.goto("/reading")
    row = chinese.locator("#shelf .mine")
    expect(row.locator("small")).to_have_text(re.compile(r" · \d{4}年\d{1,2}月\d{1,2}日$"))
    expect(row.get_by_role("button")).to_have_attribute("aria-label", re.compile("^取消收藏：.+"))
    expect(chinese.locator("#links a")).to_have_text("以列表打开这些论文，便于分享")
    chinese.locator("#cloud button").first.click()
    expect(chinese.locator(NOTICE)).to_have_text(re.compile(r"^已将 \S+ 加入您的偏好词。$"))
    with chinese.expect_download() as saved:
        chinese.locator("#export").click()
    saved.value.save_as(tmp_path / "mine.json")
    chinese.locator("#import").set_input_files(tmp_path / "mine.json")
    told = "已导入文件中的 0 篇论文。有 1 篇在此处的记录相同或更新。有 0 行无法读取。"
    expect(chinese.locator("#carried")).to_have_text(told)


def test_a_browser_that_keeps_nothing_is_told_in_chinese(chinese: Page) -> None:
    chinese.add_init_script(BLOCKED)
    open_day(chinese)
    mark(card(chinese, 0), "r").click()
    expect(chinese.locator(NOTICE)).to_have_text("已标为已读。此浏览器不为本站保存数据，关闭本页后这个标记就会丢失。")


def test_venues_are_counted_in_chinese(chinese: Page) -> None:
    chinese.goto("/venue")
    chinese.locator("form.filter [name=name]").press_sequentially("acl")
    expect(chinese.locator("form.filter [role=status]")).to_have_text(re.compile(r"^\d+ 个会议中的 \d+ 个$"))


def test_english_pages_load_no_catalog(watched: Watched) -> None:
    asked: list[str] = []
    watched.page.on("request", lambda request: asked.append(request.url))
    open_day(watched.page)
    assert [url for url in asked if "/catalog/" in url] == []


def test_a_list_goes_on_in_the_language_of_its_address(watched: Watched) -> None:
    page = watched.page
    page.goto(f"{DAY}&lang=zh-hans")
    with page.expect_request(re.compile("skip=25")) as asked:
        page.locator("#pager").scroll_into_view_if_needed()
    assert "lang=zh-hans" in asked.value.url
    expect(page.locator(".papers > .paper").nth(26)).to_be_attached()
    assert "lang=zh-hans" in page.url
