"""The site in Chinese, page by page, and texts of other languages in it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.e2e.screens import PAGES

pytestmark = pytest.mark.e2e
# What a reader sees or hears of the page itself: not what papers, names, addresses and code say.
OWN_WORDS = """() => {
  const foreign = '.notranslate, code, kbd, pre, script, style, noscript, math, [lang=en], .subjects a, h3 .feed';
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
    r"|CSL|JSON|Markdown|CSV|PDF|DOI|CC0|UTC|Cookie|Safari|Chromium|Chrome|Edge|Firefox|Mozilla|Alt|Ctrl|Shift|Enter|English|REL"
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
    assert "\n".join(text for text in told if ENGLISH.search(NAMES.sub("", text))) == ""


def test_o3_no_translator_comes_at_a_formula(chinese: BrowserContext, site: str) -> None:
    page, formulas = chinese.new_page(), 0
    for path in PAGES.values():
        page.goto(site + path)
        formulas += page.locator("math").count()
        open_to_it = "[...document.querySelectorAll('math')].filter((one) => !one.closest('.notranslate')).length"
        assert page.evaluate(open_to_it) == 0
    page.close()
    assert formulas


def test_o3_a_text_from_right_to_left_runs_so_and_stays_in_its_card(browser: Browser, site: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{site}/arxiv/cs.CL")
    ends = page.evaluate(
        """([hebrew, english]) => {
          const first = document.querySelector('.summary');
          const line = (text) => {
            first.textContent = text;
            const range = document.createRange();
            range.selectNodeContents(first);
            const [words, box] = [range.getClientRects()[0], first.getBoundingClientRect()];
            return [Math.round(words.left - box.left), Math.round(box.right - words.right)];
          };
          return [line(hebrew), line(english)];
        }""",
        ["אנו חוקרים מודלים.", "We study models."],
    )
    assert ends[0][1] == 0 < ends[0][0]
    assert ends[1][0] == 0 < ends[1][1]
    page.close()


def test_o3_long_german_words_break_and_push_nothing_aside(browser: Browser, site: str) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 640})
    for path in PAGES.values():
        page.goto(site + path)
        page.evaluate(
            """([ofPapers, ofPages]) => {
              const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              const texts = [];
              while (walker.nextNode()) texts.push(walker.currentNode);
              for (const text of texts) {
                if (text.parentElement.closest('script, style, math, select, pre')) continue;
                const word = text.parentElement.closest('.title-link, .summary, .author') ? ofPapers : ofPages;
                text.nodeValue = text.nodeValue.replace(/[a-z]{5,}/, word);
              }
            }""",
            ["Donaudampfschifffahrtsgesellschaftskapitän", "zusammenfassungen"],
        )
        beyond = """() => [...document.querySelectorAll('body *')]
          .filter((one) => one.getBoundingClientRect().right > 321 && getComputedStyle(one).position !== 'absolute'
            && !one.closest('pre'))
          .map((one) => `${one.tagName}#${one.id}.${one.className} ${one.textContent.slice(0, 30)}`)"""
        assert page.evaluate(beyond) == [], path
    page.close()
