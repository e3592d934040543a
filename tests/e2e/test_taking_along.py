"""What a reader takes along, in a real browser: files of lists, citations, and what Zotero and search engines read."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Watched
from tests.exported import read_bibtex, read_csv

pytestmark = pytest.mark.e2e
PAPER = "/arxiv/1706.03762"
# Our own words for what papers.cool's translator asks a page (tests/zotero.py has it for pages of any kind).
READ_AS_ZOTERO = """() => [...document.querySelectorAll('div.items > p')].map((line) => {
  const card = document.getElementById(line.querySelector('.i-title').getAttribute('href').slice(1));
  const text = (selector) => card.querySelector(selector).textContent.trim();
  return {
    kind: document.body.id,
    listed: line.textContent.trim(),
    title: text('.title-link'),
    address: card.querySelector('.title-link').href,
    authors: [...card.querySelectorAll('.author')].map((name) => name.textContent),
    abstract: text('p.summary'),
    pdf: card.querySelector('.title-pdf').getAttribute('data'),
    subject: text('p.subjects a'),
    date: text('span.date-data'),
  };
})"""


def test_o4_reader_exports_a_list_without_javascript_on_a_phone(plain_page: Page) -> None:
    page = plain_page
    page.goto("/arxiv/cs.CL?date=2026-04-28")
    shown = page.locator(".paper").count()
    expect(page.locator(".export dl")).to_be_hidden()
    page.locator(".export summary").click()
    with page.expect_download() as download:
        page.locator(".export").get_by_role("link", name="BibTeX").last.click()
    assert download.value.suggested_filename == "cs.CL-2026-04-28.bib"
    assert len(read_bibtex(Path(download.value.path()).read_text())) == shown
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_reader_exports_a_search_by_keyboard(watched: Watched) -> None:
    page = watched.page
    page.goto("/search?query=attention&sort=0")
    page.locator(".export summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    link = page.locator(".export").get_by_role("link", name="CSV").first
    while not link.evaluate("node => node === document.activeElement"):
        page.keyboard.press("Tab")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "attention-Search.csv"
    rows = read_csv(Path(download.value.path()).read_bytes().decode())
    cards = page.locator(".title-link")
    assert len(rows) >= cards.count()
    assert rows[0]["url"] == cards.first.evaluate("node => node.href")


def test_reader_cites_a_paper(watched: Watched) -> None:
    page = watched.page
    page.goto(PAPER)
    page.locator(".cite summary").click()
    expect(page.locator(".cite code")).to_contain_text("@misc{vaswani2017-1706.03762,")
    assert len(read_bibtex(page.locator(".cite code").inner_text())) == 1
    with page.expect_download() as download:
        page.get_by_role("link", name="RIS").click()
    assert download.value.suggested_filename == "1706.03762.ris"
    link = page.locator(".facts").get_by_role("link", name="BibTeX").evaluate("node => node.href")
    assert len(read_bibtex(page.request.get(link).text())) == 1


def test_data_block_passes_the_strict_policy(watched: Watched) -> None:
    """`watched` has no trouble: the policy of scripts does not concern a block that is none."""
    page = watched.page
    answer = page.goto(PAPER)
    assert answer
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    told = json.loads(page.locator("script[type='application/ld+json']").inner_text())
    assert (told["@type"], told["headline"]) == ("ScholarlyArticle", "Attention Is All You Need")


@pytest.mark.parametrize(
    ("address", "kind"),
    [("/arxiv/cs.CL", "arxiv"), ("/venue/ACL.2018", "venue"), ("/arxiv/search?query=attention", "arxiv"),
     (f"{PAPER}/related", "arxiv")],
)  # fmt: skip
def test_zoteros_translator_finds_all_that_it_reads(watched: Watched, address: str, kind: str) -> None:
    watched.page.goto(address)
    items = watched.page.evaluate(READ_AS_ZOTERO)
    assert len(items) > 5
    for item in items:
        assert item["kind"] == kind
        assert item["title"] == item["listed"]
        assert item["address"].startswith(watched.site)
        assert item["authors"]
        assert item["abstract"]
        assert item["pdf"].startswith("https://")
        assert item["subject"]
