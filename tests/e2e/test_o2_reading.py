"""List O2, what axe-core does not see: cards for screen readers, changes that are told, large text, little room, few
colours, and no motion."""

import json
import re
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.e2e.conftest import CHROMIUM_FLAGS, Watched
from tests.e2e.screens import PAGES
from tests.e2e.test_list import to_the_end
from tests.programs import require_program

pytestmark = pytest.mark.e2e
DAY = "/arxiv/cs.CL?date=2026-04-28"  # 129 papers
FORMULAS = "/search?query=polynomial+algorithm&highlight=1&show=50"


def tree(page: Page) -> list[dict[str, Any]]:
    """What Chromium tells a screen reader: the nodes of the page that it does not leave out."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    return [node for node in nodes if not node["ignored"]]


def told(node: dict[str, Any], name: str) -> Any:
    if name in ("role", "name"):
        return node.get(name, {}).get("value")
    return next((one["value"].get("value") for one in node.get("properties", ()) if one["name"] == name), None)


@pytest.fixture(scope="module")
def listening(playwright: Playwright, site: str) -> Iterator[Page]:
    """A page of a browser that a screen reader listens to: without one it tells only of what is in view."""
    flags = [*CHROMIUM_FLAGS, "--force-renderer-accessibility"]
    browser = playwright.chromium.launch(executable_path=str(require_program("chromium")), args=flags)
    yield browser.new_page(base_url=site)
    browser.close()


# --- Cards ---
# Soon after the first paint.
DESCRIBED = "[...document.querySelectorAll('.papers > .paper')].every((card) => card.role === 'article')"


@pytest.mark.parametrize(
    "path", [DAY, "/venue/ACL.2018", "/search?query=translation&highlight=1", "/stars?month=2026-01"]
)
def test_o2_a_list_is_a_feed_of_articles_with_their_titles_and_places(listening: Page, path: str) -> None:
    page = listening
    page.goto(path)
    page.wait_for_function(DESCRIBED)
    titles = [text.strip() for text in page.locator(".title-link").all_text_contents()]
    nodes = tree(page)
    articles = [node for node in nodes if told(node, "role") == "article"]
    assert ["".join(told(node, "name").split()) for node in articles] == ["".join(text.split()) for text in titles]
    assert len([node for node in nodes if told(node, "role") == "feed"]) == int(bool(titles))
    places = page.locator(".papers > .paper").evaluate_all("all => all.map(one => [one.ariaPosInSet, one.ariaSetSize])")
    total = page.locator(".range").inner_text().split(" of ")[1].split()[-1] if titles else ""
    assert places == [[str(number), total] for number in range(1, len(titles) + 1)]


def test_o2_headings_say_titles_and_no_buttons(listening: Page) -> None:
    listening.goto(DAY)
    listening.wait_for_function(DESCRIBED)
    names = [told(node, "name") for node in tree(listening) if told(node, "role") == "heading"]
    assert len(names) >= 25
    assert [name for name in names if "[" in name] == []


def test_o2_papers_that_come_later_are_articles_too_and_the_list_is_busy_until_then(watched: Watched) -> None:
    page = watched.page
    page.goto(f"{DAY}&show=10")
    page.evaluate("""() => {
      window.busy = [];
      const papers = document.querySelector('.papers');
      new MutationObserver(() => window.busy.push(papers.ariaBusy)).observe(papers, { attributeFilter: ['aria-busy'] });
    }""")
    to_the_end(page, 40)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.busy.slice(0, 2)") in (["true", "false"], ["false", "true"])
    last = page.locator(".papers > .paper").last
    expect(last).to_have_role("article")
    expect(last).to_have_accessible_name(" ".join(last.locator(".title-link").inner_text().split()))


def test_o2_what_was_loaded_is_said_to_those_who_do_not_see_it(watched: Watched) -> None:
    page = watched.page
    page.goto(f"{DAY}&show=10")
    to_the_end(page, 20)
    status = page.locator("#told")
    assert status.get_attribute("role") == "status"
    expect(status).to_have_text(re.compile(r"^\d0 of \d+ shown$"))


def test_o2_what_was_done_is_said_by_a_region_that_was_there_before(listening: Page) -> None:
    """One that appears with its words in it is not listened to."""
    page = listening
    page.goto(DAY)
    regions = [node["backendDOMNodeId"] for node in tree(page) if told(node, "role") == "status"]
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.locator("#notice [role=status]")).to_have_text("Read.")
    saying = [node for node in tree(page) if told(node, "role") == "status" and node["childIds"]]
    assert [node["backendDOMNodeId"] for node in saying if node["backendDOMNodeId"] not in regions] == []
    assert saying
    page.keyboard.press("Escape")
    expect(page.locator("#notice [role=status]")).to_have_text("")
    expect(page.locator("#notice").get_by_role("button")).to_have_count(0)


def test_o2_a_paper_in_reach_of_the_keys_is_said_by_its_title_and_place(listening: Page) -> None:
    page = listening
    page.goto(DAY)
    for place in ("1", "2"):
        page.keyboard.press("j")
        (card,) = [node for node in tree(page) if told(node, "focused") and told(node, "role") == "article"]
        assert told(card, "name").split() == page.locator(".paper.current .title-link").inner_text().split()
        expect(page.locator(".paper.current")).to_have_attribute("aria-posinset", place)


# --- Formulas ---
def test_o2_formulas_are_formulas_to_screen_readers_and_have_their_source_as_text(listening: Page) -> None:
    page = listening
    page.goto(FORMULAS)
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    formulas = page.locator("main math")
    sources = formulas.evaluate_all("all => all.map(one => one.getAttribute('alttext'))")
    assert all(source and source.startswith(("$", "\\(")) for source in sources)
    shown = formulas.evaluate_all("all => all.filter(one => one.checkVisibility()).length")
    assert shown > 10
    drawn = [node for node in tree(page) if told(node, "role") == "MathMLMath"]
    assert shown <= len(drawn) <= len(sources), "none is a picture, hidden, or told only as its source"
    assert all(node["childIds"] for node in drawn)


# --- Marks ---
def test_o2_a_star_is_a_switch_whose_state_is_told(listening: Page) -> None:
    page = listening
    page.goto(DAY)
    star = page.get_by_role("button", name=re.compile(r"^\[Star")).nth(3)
    title = page.locator(".title-link").nth(3).text_content() or ""
    for state in ("false", "true", "false"):
        if state != star.get_attribute("aria-pressed"):
            star.press("Enter")
        expect(star).to_have_attribute("aria-pressed", state)
        nodes = [
            node
            for node in tree(page)
            if told(node, "role") == "button" and (told(node, "name") or "").startswith("[Star")
        ]
        assert told(nodes[3], "pressed") == state
        assert nodes[3]["description"]["value"].split() == title.split(), "of which paper"


# --- Every page ---
def each(context: BrowserContext, find: str, letters: int = 16) -> dict[str, Any]:
    """What `find` finds on every kind of page, with all that folds unfolded and letters of so many pixels."""
    page, found = context.new_page(), {}
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": letters}})
    for name, path in PAGES.items():
        page.goto(path)
        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == f"{letters}px"
        page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
        if faults := page.evaluate(find):
            found[name] = faults
    context.close()
    return found


def test_o2_every_page_says_its_language_its_title_and_its_one_heading(browser: Browser, site: str) -> None:
    page, titles = browser.new_page(base_url=site), []
    for name, path in PAGES.items():
        page.goto(path)
        assert re.fullmatch("[a-z]{2}(-[A-Za-z]+)?", page.locator("html").get_attribute("lang") or ""), name
        assert page.locator("h1").count() == page.locator("main").count() == 1, name
        assert (page.locator("h1").text_content() or "").strip(), name
        levels = page.locator("h1, h2, h3, h4").evaluate_all("all => all.map(one => Number(one.tagName[1]))")
        assert all(after <= before + 1 for before, after in zip([0, *levels], levels, strict=False)), (name, levels)
        titles.append(page.title())
    page.close()
    assert all(title.startswith("Cool Papers - ") or title.endswith(" | Cool Papers") for title in titles)


def test_o2_the_skip_link_comes_first_is_seen_and_skips(browser: Browser, site: str) -> None:
    page = browser.new_page(base_url=site)
    for name, path in PAGES.items():
        page.goto(path)
        page.keyboard.press("Tab")
        skip = page.locator("a.skip")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport(ratio=1)
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        where = "document.querySelector('header').contains(document.activeElement)"
        assert page.evaluate(where) is False, f"{name}: past the bar"
    page.close()


# What is wider than the page, or cut off within its box. Single lines of typed text scroll, as tables and code do; the
# site's name is a picture where there is little room.
NARROW = """() => {
  const html = document.documentElement;
  const faults = html.scrollWidth > innerWidth ? [`the page: ${html.scrollWidth} of ${innerWidth}`] : [];
  for (const one of document.querySelectorAll('body *')) {
    const [told, box] = [one.outerHTML.slice(0, 90), one.getBoundingClientRect()];
    if (one.closest('math, pre, .log, .skip, .visually-hidden, .told, .brand, input, iframe')) continue;
    if (!one.checkVisibility()) continue;
    if (box.width && (box.right > innerWidth + 1 || box.left < -1)) faults.push(`beyond: ${told}`);
    const style = getComputedStyle(one);
    const cuts = style.overflowX !== 'visible' || style.overflowY !== 'visible' || one.matches('button');
    const full = one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1;
    if (cuts && full && style.overflowY !== 'auto' && one.clientWidth) faults.push(`cut: ${told}`);
  }
  return faults.slice(0, 5);
}"""


@pytest.mark.parametrize(
    ("width", "zoom", "letters"),
    [(320, 1, 16), (640, 2, 16), (1280, 1, 32), (640, 1, 32), (320, 1, 32)],
    ids=[
        "a phone",
        "zoomed to 200 %",
        "text of 200 %",
        "half the width and text of 200 %",
        "a phone and text of 200 %",
    ],
)
def test_o2_no_page_scrolls_sideways_or_cuts_words(
    browser: Browser, site: str, width: int, zoom: int, letters: int
) -> None:
    size = {"width": width, "height": 640}
    context = browser.new_context(viewport=size, device_scale_factor=zoom, base_url=site)  # type: ignore[arg-type]
    wrong = each(context, NARROW, letters)
    assert not wrong, json.dumps(wrong, indent=1)


# How much of the view is behind what does not scroll.
COVERED = """() => {
  const stays = [...document.querySelectorAll('body *')].filter((one) => one.checkVisibility()
    && ['fixed', 'sticky'].includes(getComputedStyle(one).position) && getComputedStyle(one).clipPath === 'none');
  const rows = stays.map((one) => one.getBoundingClientRect()).filter((box) => box.width > innerWidth / 2);
  return Math.max(0, rows.reduce((sum, box) => sum + box.height, 0) / innerHeight - .2);
}"""


@pytest.mark.parametrize(
    ("width", "height", "letters"), [(1280, 900, 16), (320, 640, 16), (320, 256, 16), (320, 640, 32)]
)
def test_o2_little_of_the_view_is_behind_bars(
    browser: Browser, site: str, width: int, height: int, letters: int
) -> None:
    size = {"width": width, "height": height}
    wrong = each(browser.new_context(viewport=size, base_url=site), COVERED, letters)  # type: ignore[arg-type]
    assert not wrong, wrong


EDGELESS = """() => [...document.querySelectorAll('button, .button, .note, .chosen, dialog, #filter')].filter((one) => {
  const { borderTopStyle, borderTopWidth } = getComputedStyle(one);
  const words = /^\\[.*\\]$/.test(one.textContent) || one.closest('.sorts, .inbox, .authors, .cloud');
  return !(borderTopStyle === 'solid' && parseFloat(borderTopWidth) > 0) && !words;
}).map((one) => one.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_o2_where_colours_are_forced_every_button_and_panel_has_an_edge(
    browser: Browser, site: str, theme: Any
) -> None:
    context = browser.new_context(base_url=site, forced_colors="active", color_scheme=theme)
    wrong = each(context, EDGELESS)
    assert not wrong, json.dumps(wrong, indent=1)


def test_o2_where_colours_are_forced_what_is_chosen_and_found_is_still_told(browser: Browser, site: str) -> None:
    page = browser.new_context(base_url=site, forced_colors="active").new_page()
    page.goto("/search?query=translation&highlight=1")
    colours = "one => [getComputedStyle(one).backgroundColor, getComputedStyle(document.body).backgroundColor]"
    mark, paper = page.locator("mark").first.evaluate(colours)
    assert mark != paper
    page.keyboard.press("j")
    assert page.locator(".paper.current").evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    page.goto("/")
    box = page.get_by_role("button", name="cs.CL: hide")
    box.click()
    expect(page.get_by_role("button", name="cs.CL: show")).to_have_text("+")
    page.context.close()


# --- Motion ---
@pytest.mark.parametrize(("motion", "behaviour"), [("reduce", "auto"), ("no-preference", "smooth")])
def test_o2_nothing_glides_where_motion_is_not_wanted(
    watched: Watched, motion: Literal["reduce", "no-preference"], behaviour: str
) -> None:
    page = watched.page
    page.emulate_media(reduced_motion=motion)
    for path in (DAY, "/", "/reading"):
        page.goto(path)
        assert page.locator("html").evaluate("html => getComputedStyle(html).scrollBehavior") == behaviour
        moves = """[...document.querySelectorAll('*')].map(one => getComputedStyle(one)).filter(
          style => style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0).length"""
        assert page.evaluate(moves) == 0
