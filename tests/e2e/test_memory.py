"""What a reader's browser keeps: marks, keys, the inbox of a day, files, other tabs, blocked and full storage, and sync
(failure lists O1, O5 and L11)."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import ROOT, Watched

pytestmark = pytest.mark.e2e
DAY = "/arxiv/cs.CV?date=2026-04-28"
BLOCKED = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } })"


@pytest.fixture
def other(browser: Browser, site: str) -> Iterator[Watched]:
    """Another browser of the same reader."""
    context = browser.new_context(base_url=site, viewport={"width": 320, "height": 640})
    page = Watched(context, site)
    yield page
    context.close()
    assert page.troubles == []


def card(page: Page, number: int) -> Locator:
    return page.locator(".papers > .paper").nth(number)


def mark(paper: Locator, flag: str) -> Locator:
    return paper.locator(f'.mark[data-flag="{flag}"]')


def title(paper: Locator) -> str:
    return (paper.locator(".title-link").text_content() or "").strip()  # what is far below is not laid out


def open_day(page: Page) -> None:
    page.goto(DAY)
    expect(page.locator("html")).to_have_class(re.compile("ready"))


def test_o5_marks_outlast_the_page_and_are_listed(watched: Watched) -> None:
    page = watched.page
    open_day(page)
    star = mark(card(page, 0), "s")
    expect(star).to_have_attribute("aria-pressed", "false")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#notice [role=status]")).to_contain_text("Starred.")
    expect(card(page, 0).locator(".stars")).to_have_text("1")
    mark(card(page, 1), "r").click()
    mark(card(page, 2), "x").click()
    expect(card(page, 2).locator(".summary")).to_be_hidden()
    starred = title(card(page, 0))
    page.reload()
    expect(star).to_have_attribute("aria-pressed", "true")
    expect(card(page, 2).locator(".summary")).to_be_hidden()
    page.goto("/reading")
    expect(page.locator("#shelf .mine a")).to_have_text([starred])
    page.get_by_role("link", name=re.compile("^Read")).click()
    expect(page.locator("#shelf .mine")).to_have_count(2)  # what is put aside was looked at
    page.get_by_role("link", name=re.compile("^Not interested")).click()
    page.get_by_role("button", name=re.compile("^Bring back")).click()
    expect(page.locator("#nothing")).to_contain_text("Nothing is put aside.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#shelf .mine")).to_have_count(1)
    page.goto(DAY)
    star.click()
    expect(card(page, 0).locator(".stars")).to_have_text("")


def test_what_is_opened_is_read(watched: Watched) -> None:
    page = watched.page
    open_day(page)
    with page.context.expect_page():
        card(page, 3).locator(".title-link").click()
    expect(mark(card(page, 3), "r")).to_have_attribute("aria-pressed", "true")


def test_no_star_is_counted_of_who_wants_none_counted(watched: Watched) -> None:
    page = watched.page
    page.goto("/reading")
    page.get_by_label("Count my stars").uncheck()
    sent: list[str] = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    open_day(page)
    mark(card(page, 4), "s").click()
    expect(page.locator("#notice")).to_contain_text("Starred.")
    page.wait_for_load_state("networkidle")
    assert sent == []
    expect(card(page, 4).locator(".stars")).to_have_text("")


# --- Keys ---
def test_o1_a_day_is_gone_through_by_the_keys(watched: Watched) -> None:
    page = watched.page
    open_day(page)
    page.keyboard.press("j")
    expect(card(page, 0)).to_have_attribute("aria-current", "true")
    expect(card(page, 0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("s")
    expect(mark(card(page, 1), "s")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("s")
    page.keyboard.press("k")
    expect(card(page, 0)).to_be_focused()
    outline = card(page, 0).evaluate("card => getComputedStyle(card).outlineStyle")
    assert outline == "solid", "the focus is seen"
    page.keyboard.press("r")
    expect(mark(card(page, 0), "r")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("x")
    expect(card(page, 0).locator(".summary")).to_be_hidden()
    expect(card(page, 1)).to_be_focused()
    page.locator("#notice").get_by_role("button", name="Undo").click()
    expect(card(page, 0).locator(".summary")).to_be_visible()
    page.keyboard.press("j")
    with page.context.expect_page() as opened:
        page.keyboard.press("o")
    expect(opened.value).to_have_url(re.compile("/arxiv/"))


def test_o1_keys_are_letters_while_somebody_types_or_composes(watched: Watched) -> None:
    page = watched.page
    open_day(page)
    page.get_by_role("searchbox").click()
    page.keyboard.type("jjsrx?")
    expect(page.get_by_role("searchbox")).to_have_value("jjsrx?")
    expect(page.locator(".paper.current")).to_have_count(0)
    page.locator("h1").click()
    for how in (
        "{ isComposing: true }",
        "{ keyCode: 229 }",
        "{ ctrlKey: true }",
        "{ metaKey: true }",
        "{ altKey: true }",
    ):
        page.evaluate(
            f"document.body.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'j', bubbles: true, ...{how} }}))"
        )
    expect(page.locator(".paper.current")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator(".paper.current")).to_have_count(0)
    page.locator("#keys [name=keys]").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator(".paper.current")).to_have_count(0)
    page.keyboard.press("?")
    page.locator("#keys [name=keys]").check()
    page.get_by_role("button", name="Close", exact=True).click()
    page.keyboard.press("j")
    expect(page.locator(".paper.current")).to_have_count(1)


# --- The inbox ---
def test_o5_a_day_tells_what_is_read_and_what_is_new(watched: Watched) -> None:
    page = watched.page
    open_day(page)
    inbox = page.locator("#inbox")
    expect(inbox).to_contain_text(re.compile(r"^0 of \d+ read"))
    mark(card(page, 0), "r").click()
    expect(inbox).to_contain_text(re.compile(r"^1 of \d+ read"))
    first, last = card(page, 0).get_attribute("id"), card(page, 24).get_attribute("id")
    page.goto("/")
    open_day(page)
    expect(inbox).to_contain_text(re.compile(r"\d+ not looked at yet"))
    expect(page.locator(f'[id="{last}"]')).to_have_class(re.compile("fresh"))
    expect(page.locator(f'[id="{first}"]')).not_to_have_class(re.compile("fresh"))
    page.get_by_role("link", name=re.compile("The day after")).click()
    expect(inbox).to_contain_text("new since you last looked, on 2026-04-28")
    inbox.get_by_role("button", name="Mark all as read").click()
    expect(inbox).to_contain_text(re.compile(r"^(\d+) of \1 read"))
    page.get_by_role("button", name="Undo").click()
    expect(inbox).to_contain_text(re.compile(r"^0 of \d+ read"))


# --- Order ---
def test_a_list_is_put_in_the_readers_order_without_telling_anybody(watched: Watched) -> None:
    page = watched.page
    page.goto("/reading")
    page.get_by_label(re.compile("^One a line")).fill("segmentation")
    page.get_by_role("button", name="Keep the words").click()
    open_day(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.post_data or ''}"))
    page.locator("#for-you").click()
    expect(page.locator("#for-you")).to_have_attribute("aria-current", "true")
    expect(page.locator(".papers > .paper:first-child")).to_contain_text(re.compile("segmentation", re.IGNORECASE))
    expect(page.locator(".papers > .why").first).to_contain_text("segmentation")
    assert page.locator(".papers > .paper").count() > 25, "the whole day is ordered"
    assert not [url for url in asked if "segmentation" in url]
    assert page.url.endswith("#for-you")
    page.locator("#for-you").click()
    expect(page.locator(".papers > .paper:first-child .index")).to_have_text("#1")
    expect(page.locator(".papers > .why")).to_have_count(0)


# --- Elsewhere ---
def test_o5_two_tabs_agree(watched: Watched) -> None:
    page = watched.page
    open_day(page)
    second = page.context.new_page()
    open_day(second)
    mark(card(page, 5), "x").click()
    expect(card(second, 5)).to_have_class(re.compile("unwanted"))
    mark(card(second, 6), "r").click()
    expect(mark(card(page, 6), "r")).to_have_attribute("aria-pressed", "true")
    mark(card(second, 5), "x").click()
    expect(card(page, 5)).not_to_have_class(re.compile("unwanted"))


def test_o5_a_file_brings_everything_to_another_browser(watched: Watched, other: Watched, tmp_path: Path) -> None:
    page = watched.page
    open_day(page)
    starred = title(card(page, 7))
    mark(card(page, 7), "s").click()
    mark(card(page, 8), "r").click()
    page.goto("/reading")
    page.get_by_label(re.compile("^One a line")).fill("graphs\n-images")
    page.get_by_role("button", name="Keep the words").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export to a file").click()
    path = tmp_path / saved.value.suggested_filename
    saved.value.save_as(path)
    assert re.fullmatch(r"cool-papers-\d{4}-\d\d-\d\d\.json", path.name)
    there = other.page
    there.goto("/reading")
    there.locator("#import").set_input_files(path)
    expect(there.locator("#carried")).to_contain_text("2 papers of the file are taken in")
    expect(there.locator("#shelf .mine a")).to_have_text([starred])
    expect(there.get_by_label(re.compile("^One a line"))).to_have_value("graphs\n-images")
    assert there.locator("html").evaluate("html => html.scrollWidth") <= 320
    there.locator("#import").set_input_files(path)
    expect(there.locator("#carried")).to_have_text(
        "0 papers of the file are taken in. 2 were newer here or the same. 0 rows could not be read."
    )
    there.get_by_role("button", name="Clear everything").click()
    expect(there.locator("#nothing")).to_be_visible()
    there.get_by_role("button", name="Undo").click()
    expect(there.locator("#shelf .mine a")).to_have_text([starred])
    link = there.locator("#links a").get_attribute("href")
    there.goto(link or "")
    expect(there.locator(".paper .title-link")).to_have_text([starred])


def file_of(marks: str, words: str = '""') -> str:
    return f'{{"format":"coolpapers-reading","version":1,"words":{words},"marks":{marks}}}'


def test_l11_a_hostile_file_runs_nothing_and_is_told(watched: Watched, tmp_path: Path) -> None:
    page = watched.page
    page.goto("/reading")
    evil = '<img src=x onerror="window.ran=1">'
    rows = [
        ["2406.00001", "s", 5, evil, evil],
        ["javascript:window.ran=1", "s", 5, "x", ""],
        ["__proto__", "s", 5, "y", ""],
    ]
    file = tmp_path / "stars.json"
    file.write_text(
        json.dumps({"format": "coolpapers-reading", "version": 1, "marks": [*rows, [evil], 7], "words": evil})
    )
    page.locator("#import").set_input_files(file)
    expect(page.locator("#carried")).to_contain_text("2 rows could not be read")
    expect(page.locator("#shelf .mine")).to_have_count(3)
    hrefs = page.locator("#shelf .mine a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert all(re.match(r"/(arxiv|venue)/", href) for href in hrefs)
    assert page.locator("#shelf img, #cloud img").count() == 0
    assert page.evaluate("window.ran") is None
    for text, told in (
        ("{", "no JSON"),
        ("[]", "not an export"),
        ('{"format":"coolpapers-reading","version":9,"marks":[]}', "newer version"),
        ('{"__proto__":{"format":"coolpapers-reading","version":1,"marks":[["2406.1","s",5]]}}', "not an export"),
        ('{"format":"coolpapers-reading","version":1,"marks":{"length":3}}', "not an export"),
        (file_of("[" * 100_000 + "]" * 100_000), "1 row could not be read"),
        (file_of('[["constructor","s",-1],["toString",{},5],["x",["s"],"5"]]'), "3 rows could not be read"),
        (file_of("[]", '{"__proto__":{"ran":1},"constructor":{"prototype":{"ran":1}}}'), "0 papers of the file"),
    ):
        file.write_text(text)
        page.locator("#import").set_input_files(file)
        expect(page.locator("#carried")).to_contain_text(told)
    expect(page.locator("#shelf .mine")).to_have_count(3)
    assert page.evaluate("[window.ran, {}.ran, [].ran]") == [None, None, None]


def test_l11_a_file_that_does_not_fit_is_taken_in_not_at_all(watched: Watched, tmp_path: Path) -> None:
    page = watched.page
    open_day(page)
    mark(card(page, 9), "r").click()
    page.goto("/reading")
    rows = [[f"2406.{n:06d}", "s", 5, "T" * 300, "w" * 300] for n in range(12_000)]
    file = tmp_path / "large.json"
    file.write_text(json.dumps({"format": "coolpapers-reading", "version": 1, "marks": rows, "words": ""}))
    page.locator("#import").set_input_files(file)
    expect(page.locator("#notice")).to_contain_text("storage for this site is full", timeout=60_000)
    page.reload()
    expect(page.locator('.shelves [data-flag="s"] small')).to_have_text("0")
    expect(page.locator('.shelves [data-flag="r"] small')).to_have_text("1")


# --- Storage that is blocked or full ---
def test_o5_a_blocked_storage_is_told_and_breaks_nothing(watched: Watched) -> None:
    page = watched.page
    page.add_init_script(BLOCKED)
    open_day(page)
    mark(card(page, 10), "r").click()
    expect(mark(card(page, 10), "r")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#notice")).to_contain_text("This browser keeps nothing for this site")
    page.keyboard.press("j")
    page.goto("/reading")
    expect(page.locator("#passing")).to_be_visible()
    expect(page.locator("#nothing")).to_be_visible()


def test_o5_a_full_storage_is_told_and_the_page_says_what_is_true(watched: Watched) -> None:
    page = watched.page
    open_day(page)
    page.evaluate("""() => {
        let size = 1 << 20;
        for (let n = 0; size > 0;) {
            try { localStorage.setItem(`filler${n}`, 'x'.repeat(size)); n += 1; } catch { size >>= 1; }
        }
    }""")
    mark(card(page, 11), "s").click()
    expect(page.locator("#notice")).to_contain_text("storage for this site is full")
    expect(mark(card(page, 11), "s")).to_have_attribute("aria-pressed", "false")
    page.evaluate("localStorage.removeItem('filler0')")
    mark(card(page, 11), "r").click()
    expect(mark(card(page, 11), "r")).to_have_attribute("aria-pressed", "true")


# --- Sync ---
def test_o5_an_account_brings_marks_from_one_browser_to_another(
    watched: Watched, other: Watched, site_environment: dict[str, str]
) -> None:
    make = "from django.contrib.auth.models import User; User.objects.create_user('ann', password='a long pass phrase')"
    subprocess.run([sys.executable, "manage.py", "shell", "-c", make], cwd=ROOT, env=site_environment, check=True)
    page, there = watched.page, other.page
    open_day(page)
    mark(card(page, 12), "r").click()
    for one in (page, there):
        one.goto("/reading")
        one.get_by_role("link", name="Sign in").click()
        one.get_by_label("Name").fill("ann")
        one.get_by_label("Password").fill("a long pass phrase")
        one.get_by_role("button", name="Sign in").click()
        expect(one.locator("#account")).to_contain_text("Signed in as ann. Nothing is sent")
        one.get_by_role("button", name="Sync with the account").click()
        expect(one.locator("#account")).to_contain_text("Synced just now.")
    expect(there.locator('.shelves [data-flag="r"] small')).to_have_text("1")
    there.goto("/reading#read")
    there.get_by_role("button", name=re.compile("^Not read")).click()
    there.get_by_role("button", name="Sync now").click()
    expect(there.locator("#account")).to_contain_text("Synced just now.")
    page.get_by_role("button", name="Sync now").click()
    expect(page.locator('.shelves [data-flag="r"] small')).to_have_text("0")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


# --- Without JavaScript ---
def test_o4_marks_hide_and_my_papers_says_why_without_javascript(plain_page: Page) -> None:
    plain_page.goto(DAY)
    assert plain_page.locator(".mark:visible").count() == 0
    plain_page.goto("/reading")
    assert "This page needs JavaScript" in plain_page.locator("main").inner_text()
    for path in ("/reading", "/sign-in", "/stars"):
        plain_page.goto(path)
        assert plain_page.locator("html").evaluate("html => html.scrollWidth") <= 320
