"""The site in Chinese, page by page, and texts of other languages in it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright

from tests.e2e.screens import PAGES

pytestmark = pytest.mark.e2e
# What a reader sees or hears of the page itself: not what papers, names, addresses and code say.
OWN_WORDS = """() => {
  const foreign = '.notranslate, code, kbd, pre, script, style, template, noscript, math, [lang=en], .category-item .name, .venue';
  const told = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    if (element.closest(foreign)) continue;
    if (node === element) {
      for (const name of ['title', 'aria-label', 'placeholder', 'alt']) told.push(node.getAttribute(name) ?? '');
    } else told.push(node.nodeValue);
  }
  return told.map((text) => text.replace(/\\s+/g, ' ').trim()).filter(Boolean);
}"""
# Names that are the same in every language, and what the store holds in English.
NAMES = re.compile(
    r"Cool Papers|arXiv|OpenReview|ACL|CVF|PMLR|NeurIPS|AAAI|IJCAI|USENIX|NDSS|ISCA|Anthology|JavaScript|BibTeX|RIS"
    r"|CSL|JSON|Markdown|CSV|PDF|DOI|CC0|UTC|Cookie|Safari|Chromium|Chrome|Edge|Firefox|Mozilla|Alt|English|REL"
)
ENGLISH = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}|\b[A-Z][a-z]{2,}\b|^[a-z]{3,}$")


@pytest.fixture(scope="module")
def chinese(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="zh-CN")
    yield context
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_o3_no_word_of_a_page_is_left_in_english(chinese: BrowserContext, site: str, name: str) -> None:
    page = chinese.new_page()
    page.goto(site + PAGES[name])
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    told = page.evaluate(OWN_WORDS)
    page.close()
    assert [text for text in told if ENGLISH.search(NAMES.sub("", text))] == []
