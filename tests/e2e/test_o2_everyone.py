"""List O2: every kind of page against WCAG 2.2 AA, by axe-core, in both colours, wide and on a phone."""

import json
import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.screens import PAGES

RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def violations(page: Page) -> list[dict[str, Any]]:
    """Rule, elements and what axe-core says of them."""
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response["violations"]
    return [
        {"rule": rule["id"], "nodes": [(node["html"][:200], node["failureSummary"]) for node in rule["nodes"][:3]]}
        for rule in found
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1440])
def test_o2_no_page_breaks_wcag_2_2_aa(browser: Browser, site: str, theme: Any, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, base_url=site, color_scheme=theme)
    page = context.new_page()
    broken = {}
    for name, path in PAGES.items():
        page.goto(path)
        if found := violations(page):
            broken[name] = found
    context.close()
    assert not broken, json.dumps(broken, indent=1)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1440])
def test_o2_what_opens_on_a_list_breaks_it_neither(browser: Browser, site: str, theme: Any, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, base_url=site, color_scheme=theme)
    page = context.new_page()
    page.goto(PAGES["day"])
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    for flag in "srx":
        page.locator(f".mark[data-flag={flag}]").nth("srx".index(flag)).click()
    page.keyboard.press("/")
    page.keyboard.type("language")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#filter output")).to_have_text(re.compile(r"^\d+ of \d+$"))
    found = violations(page)
    page.keyboard.press("Escape")
    page.locator(".subjects > a").first.focus()
    found += violations(page)
    page.keyboard.press("?")
    found += violations(page)
    context.close()
    assert not found, json.dumps(found, indent=1)


def test_o2_axe_core_does_see_a_fault(browser: Browser, site: str) -> None:
    page = browser.new_page(base_url=site)
    page.goto("/")
    page.evaluate("document.querySelector('input[name=query]').removeAttribute('aria-label')")
    page.evaluate("document.querySelector('input[name=query]').removeAttribute('placeholder')")
    assert "label" in [fault["rule"] for fault in violations(page)]
    page.close()
