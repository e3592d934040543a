"""List O1: every page by the keyboard alone, and keys that are the page's only where nothing else wants them."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Watched
from tests.e2e.screens import PAGES
from tests.e2e.test_filter import counts, open_filter

pytestmark = pytest.mark.e2e
DAY = "/arxiv/cs.CL?date=2026-04-28"
MOST = 900  # stops of one page; the home page has some 500
STOP = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const known = (window.stops ??= []);
  if (known.at(-1) === at) return {}; // another part of a date
  if (known.length > 1 && known[0] === at) return null; // round: a browser without bars to go to
  const faults = [];
  const pair = at.closest('.combine') || known.at(-1)?.closest('.combine'); // one for all subjects, put beside each
  if (!pair && known.includes(at)) faults.push('again');
  else if (!pair && known.length) {
    const order = known.at(-1).compareDocumentPosition(at) & Node.DOCUMENT_POSITION_FOLLOWING ? 'Tab' : 'Shift+Tab';
    if (order !== window.pressed) faults.push('out of order');
  }
  known.push(at);
  const [style, box] = [getComputedStyle(at), at.getClientRects()[0]];
  const light = (colour) => {
    const linear = (part) => (part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
    const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => linear(part / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const [one, other] = [light(style.outlineColor), light(getComputedStyle(document.body).backgroundColor)];
  const contrast = (Math.max(one, other) + .05) / (Math.min(one, other) + .05);
  const seen = style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 2 && contrast >= 3;
  if (!seen && at.type !== 'date') faults.push(`no ring: ${style.outline}`); // a date's parts have the browser's own
  const top = document.elementFromPoint(box.left + Math.min(box.width, 40) / 2, box.top + Math.min(box.height, 30) / 2);
  if (!top || !(at.contains(top) || top.contains(at))) faults.push(`hidden by ${top?.outerHTML.slice(0, 60)}`);
  return { at: at.outerHTML.slice(0, 100), faults };
}"""
MISSED = """() => {
  const what = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"], iframe';
  const wanted = [...document.querySelectorAll(what)].filter((one) => one.checkVisibility());
  const away = wanted.filter((one) => !one.disabled && !window.stops.includes(one) && one.type !== 'radio');
  const dead = [...document.querySelectorAll('main *')].filter((one) => getComputedStyle(one).cursor === 'pointer'
    && one.checkVisibility() && !one.closest('a, button, label, summary, select, input'));
  return [...away, ...dead].map((one) => one.outerHTML.slice(0, 100));
}"""
STILL = "IntersectionObserver.prototype.observe = () => {};"  # a list that goes on has no end to come to


def walk(page: Page, path: str, key: str) -> list[str]:
    """What is wrong as one goes through all of a page by Tab, or back by Shift+Tab."""
    page.goto(f"{path}{'&' if '?' in path else '?'}show=3", wait_until="networkidle")
    page.evaluate("key => { window.pressed = key; window.stops = []; }", key)
    faults = []
    for _ in range(MOST):
        page.keyboard.press(key)
        stop = page.evaluate(STOP)
        if stop is None:
            return faults + [f"not reached: {one}" for one in page.evaluate(MISSED)]
        faults += [f"{fault}: {stop['at']}" for fault in stop.get("faults", ())]
    return [*faults, "there is no way out"]


@pytest.mark.parametrize(("width", "theme", "key"), [(320, "dark", "Tab"), (1280, "light", "Shift+Tab")])
def test_o1_all_of_every_page_is_reached_in_order_and_the_focus_is_seen(
    browser: Browser, site: str, width: int, theme: Any, key: str
) -> None:
    size = {"width": width, "height": 640}
    context = browser.new_context(viewport=size, base_url=site, color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    context.add_init_script(STILL)
    page = context.new_page()
    wrong = {name: faults for name, path in PAGES.items() if (faults := walk(page, path, key))}
    context.close()
    assert not wrong, json.dumps({name: faults[:5] for name, faults in wrong.items()}, indent=1)


# --- Whose a key is ---
MADE = """([html]) => {
  const made = new DOMParser().parseFromString(html, 'text/html').body.firstElementChild;
  made.id = 'made';
  document.querySelector('main').prepend(made);
  made.focus();
}"""


@pytest.mark.parametrize(
    ("html", "taken"),
    [("<textarea></textarea>", False), ("<select><option>jar</select>", False), ('<input type="date">', False),
     ("<input>", False), ('<input type="search">', False), ('<div contenteditable="true" tabindex="0">a</div>', False),
     ('<div contenteditable="false" tabindex="0">a</div>', True), ('<input type="checkbox">', True),
     ('<input type="radio">', True), ('<input type="submit">', True), ("<button>a</button>", True),
     ('<a href="/">a</a>', True)],
)  # fmt: skip
def test_o1_keys_are_the_pages_only_where_letters_mean_nothing(watched: Watched, html: str, taken: bool) -> None:
    page = watched.page
    page.goto(DAY)
    page.evaluate(MADE, [html])
    expect(page.locator("#made")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(".paper.current")).to_have_count(int(taken))
    page.locator("#made").focus()
    page.keyboard.press("/")
    expect(page.locator("#filter")).to_be_visible(visible=taken)
    page.keyboard.press("Escape")
    page.locator("#made").focus()
    page.keyboard.press("?")
    assert page.locator("#keys").evaluate("dialog => dialog.open") is taken


@pytest.mark.parametrize("modifier", ["Control", "Meta", "Alt"])
def test_o1_keys_with_a_modifier_are_the_browsers(watched: Watched, modifier: str) -> None:
    page = watched.page
    page.goto(DAY)
    page.evaluate("window.left = []; addEventListener('keydown', e => window.left.push([e.key, e.defaultPrevented]))")
    for key in "jkosrxu/?":
        page.evaluate(
            "([key, how]) => document.body.dispatchEvent("
            "new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, [how]: true }))",
            [key, {"Control": "ctrlKey", "Meta": "metaKey", "Alt": "altKey"}[modifier]],
        )
    assert page.evaluate("window.left") == [[key, False] for key in "jkosrxu/?"]
    expect(page.locator(".paper.current")).to_have_count(0)
    expect(page.locator("#filter")).to_be_hidden()


def test_o1_a_checkbox_of_the_filter_leaves_the_keys_to_the_page(watched: Watched) -> None:
    page = watched.page
    page.goto(DAY)
    open_filter(page)
    page.get_by_label("abstract", exact=True).focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("abstract", exact=True)).not_to_be_checked()
    page.keyboard.press("/")
    expect(page.get_by_label("With", exact=True)).to_be_focused()
    page.get_by_label("abstract", exact=True).focus()
    page.keyboard.press("j")
    expect(page.locator(".paper.current")).to_be_focused()


# --- Where the focus goes ---
def test_o1_the_dialog_of_keys_holds_the_keys_and_gives_the_focus_back(watched: Watched) -> None:
    page = watched.page
    page.goto(DAY)
    link = page.locator(".title-link").nth(1)
    link.focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator("#filter")).to_be_hidden()
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement.closest('dialog') !== null || document.activeElement === document.body"
        )
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()
    page.get_by_role("button", name="Keys").focus()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Close").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Keys")).to_be_focused()


def test_o1_escape_in_the_dialog_leaves_the_filter_open(watched: Watched) -> None:
    page = watched.page
    page.goto(DAY)
    open_filter(page)
    page.keyboard.type("language")
    found = counts(page)
    page.locator("h1").click()
    page.keyboard.press("?")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    assert counts(page) == found


def test_o1_a_key_takes_back_what_a_key_did(watched: Watched) -> None:
    """Undo stands at the end of the page, for a few seconds: too far for Tab."""
    page = watched.page
    page.goto(DAY)
    card = page.locator(".papers > .paper").first
    page.keyboard.press("j")
    page.keyboard.press("u")
    expect(card).to_be_focused()
    page.keyboard.press("x")
    expect(card).to_have_class(re.compile("unwanted"))
    page.keyboard.press("u")
    expect(card).not_to_have_class(re.compile("unwanted"))
    expect(page.locator("#notice [role=status]")).to_have_text("")
    page.keyboard.press("u")
    expect(card).not_to_have_class(re.compile("unwanted"))


def test_o1_the_focus_goes_on_from_where_it_was_when_its_element_goes(watched: Watched) -> None:
    page = watched.page
    page.goto(DAY)
    star = page.locator(".mark[data-flag=s]").nth(2)
    star.focus()
    page.keyboard.press("Enter")
    undo = page.locator("#notice").get_by_role("button", name="Undo")
    undo.focus()
    page.keyboard.press("Enter")
    expect(star).to_be_focused()
    expect(star).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Mark all as read").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#inbox")).to_be_focused()
    page.keyboard.press("u")
    expect(page.locator("#inbox")).to_contain_text(re.compile("^0 of"))


def test_o1_my_papers_keep_the_focus_where_they_are_drawn_anew(watched: Watched) -> None:
    page = watched.page
    page.goto("/reading")
    page.get_by_label("Count my stars").uncheck()
    rows = [[f"2406.{n:05d}", "s", n + 1, f"Bridges {n}", ""] for n in range(120)]
    file = json.dumps({"format": "coolpapers-reading", "version": 1, "marks": rows, "words": ""}).encode()
    page.locator("#import").set_input_files({"name": "mine.json", "mimeType": "application/json", "buffer": file})
    expect(page.locator("#shelf .mine")).to_have_count(100)
    page.get_by_role("button", name="Show 20 more").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#shelf .mine a").nth(100)).to_be_focused()
    page.get_by_role("button", name=re.compile("^Unstar")).first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#shelf")).to_be_focused()
    page.locator("#cloud").get_by_role("button", name="bridges").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label(re.compile("^One a line"))).to_have_value("bridges")
    expect(page.locator("#cloud").get_by_role("button", name="bridges")).to_be_focused()
