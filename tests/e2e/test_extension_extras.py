"""The extension's extras in a real Chromium: off until allowed, each with its own right, given back when turned off."""

import json
import tempfile
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.e2e.chromium_extension import FOLDER, HOSTS, Extension
from tests.instance import wait_for
from tests.upstream.fault import Answer
from tests.upstream.places import FakePlaces, Visit, page

pytestmark = pytest.mark.e2e
FIRST_RIGHTS = (["activeTab", "contextMenus", "storage"], [])
LISTING = """<html><head><title>cs.CL</title></head><body>
<nav><a href="https://arxiv.org/abs/1706.03762">in a menu</a></nav>
<dl><dt><a href="/abs/2401.00001">arXiv:2401.00001</a> [<a href="/pdf/2401.00001">pdf</a>]</dt>
<dt><a href="/abs/2401.00002v3">arXiv:2401.00002</a></dt><dt><a href="/list/cs.CL/recent">recent</a></dt></dl>
<a href="javascript:alert(1)">no</a><a href="data:text/html,x">no</a><a href="https://[">no</a></body></html>"""
FORUM = """<html><head><title>OpenReview</title></head><body><div id="content">
<a href="/pdf?id=LcF-EEt8cCC">pdf</a><h2><a href="/forum?id=LcF-EEt8cCC">A paper</a></h2></div>
<button onclick="document.getElementById('content').innerHTML=
'<h2><a href=&quot;/forum?id=r_l-b3RcF7&quot;>Next</a></h2>'">go on</button></body></html>"""
FOUND = """<html><head><title>Scholar</title></head><body><div class="gs_ggs"><a href="https://arxiv.org/pdf/1706.03762">[PDF]
arxiv.org</a></div><div class="gs_ri"><h3 class="gs_rt"><a href="https://arxiv.org/abs/1706.03762">Attention</a></h3></div>
</body></html>"""
EMPTY = "<html><head><title>Another page</title></head><body></body></html>"
START = """<html><head><title>Somewhere</title></head><body>
<a href="http://arxiv.org/abs/1706.03762">to a paper</a></body></html>"""


def answer(visit: Visit) -> Answer:
    pages = {"/list": LISTING, "/forum": FORUM, "/scholar": FOUND, "/start": START}
    return page(pages.get(visit.path, EMPTY))


@pytest.fixture
def extension(site: str, playwright: Playwright) -> Iterator[Extension]:
    with (
        FakePlaces(dict.fromkeys(HOSTS, answer)) as places,
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
    ):
        extension = Extension(playwright, folder, site, int(places.url.rpartition(":")[2]))
        # Browsers ask the one host by https alone; the site links to the other so.
        for host, body in (("openreview.net", FORUM), ("arxiv.org", EMPTY)):
            told = {"body": body, "content_type": "text/html; charset=utf-8"}
            extension.context.route(f"https://{host}/**", lambda route, _request, told=told: route.fulfill(**told))
        yield extension
        extension.context.close()


STATE = """async ([kind, place, on]) => {
  const { permissions } = await chrome.permissions.getAll();
  const scripts = permissions.includes('scripting') ? await chrome.scripting.getRegisteredContentScripts() : [];
  const kept = await chrome.storage.local.get(kind);
  return kept[kind]?.[place] === on && scripts.some(({ id }) => id === kind) === on;
}"""


def turn(extension: Extension, kind: str, place: str, on: bool = True) -> None:
    """As somebody does it, on the options page."""
    options = extension.options()
    choice = options.locator(f"#extras [name={kind}][value={place}]")
    choice.click()
    wait_for("the extra is turned", lambda: options.evaluate(STATE, [kind, place, on]), 20)
    expect(choice).to_be_checked(checked=on)
    options.close()


def links_on(opened: Page) -> list[str]:
    expect(opened.locator("a.cool-papers-link").first).to_be_visible()
    return [str(found) for found in opened.locator("a.cool-papers-link").evaluate_all("all => all.map(a => a.href)")]


def test_every_extra_is_off_and_asks_the_browser_first(extension: Extension) -> None:
    options = extension.options()
    choices = options.locator("#extras input[type=checkbox]")
    asked = [(one.get_attribute("name"), one.get_attribute("value")) for one in choices.all()]
    assert asked == [
        *(("links", name) for name in ("arxiv", "openreview", "acl", "scholar")),
        *(("redirects", name) for name in ("arxiv", "openreview", "acl")),
    ]
    assert not any(one.is_checked() for one in choices.all())
    assert extension.rights() == FIRST_RIGHTS
    choices.first.click()  # the browser's question stays open: nobody allows it
    options.wait_for_timeout(300)
    assert extension.rights() == FIRST_RIGHTS
    assert extension.worker.evaluate("chrome.storage.local.get()") == {}


def test_what_may_be_asked_for_is_what_the_extras_need() -> None:
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    assert manifest["permissions"] == ["contextMenus", "activeTab", "storage"]
    assert "host_permissions" not in manifest
    assert "content_scripts" not in manifest
    assert "web_accessible_resources" not in manifest
    assert manifest["optional_permissions"] == ["scripting"]
    hosts = ["*://*.arxiv.org/*", "*://openreview.net/*", "*://aclanthology.org/*", "*://scholar.google.com/*"]
    assert manifest["optional_host_permissions"] == hosts


def test_links_are_put_once_a_paper_and_the_right_is_given_back(extension: Extension) -> None:
    extension.allow("*://*.arxiv.org/*")
    turn(extension, "links", "arxiv")
    assert extension.rights() == ([*FIRST_RIGHTS[0][:2], "scripting", "storage"], ["*://*.arxiv.org/*"])
    listing = extension.visit("http://arxiv.org/list")
    assert links_on(listing) == [f"{extension.site}/arxiv/2401.00001", f"{extension.site}/arxiv/2401.00002"]
    other = extension.visit("https://openreview.net/forum")  # not allowed there
    other.wait_for_timeout(400)
    expect(other.locator("a.cool-papers-link")).to_have_count(0)
    turn(extension, "links", "arxiv", on=False)
    assert extension.rights() == FIRST_RIGHTS
    listing.reload()
    listing.wait_for_timeout(400)
    expect(listing.locator("a.cool-papers-link")).to_have_count(0)


def test_n3_links_follow_a_page_that_makes_itself_anew(extension: Extension) -> None:
    extension.allow("*://openreview.net/*")
    turn(extension, "links", "openreview")
    forum = extension.visit("https://openreview.net/forum")
    assert links_on(forum) == [f"{extension.site}/venue/LcF-EEt8cCC@OpenReview"]
    assert forum.locator("h2 a.cool-papers-link").count() == 1
    forum.get_by_role("button").click()
    expect(forum.locator("a.cool-papers-link")).to_have_attribute(
        "href", f"{extension.site}/venue/r_l-b3RcF7@OpenReview"
    )


def test_links_are_put_beside_titles_of_scholar_and_of_acl(extension: Extension) -> None:
    extension.allow("*://scholar.google.com/*", "*://aclanthology.org/*")
    turn(extension, "links", "scholar")
    found = extension.visit("http://scholar.google.com/scholar")
    assert links_on(found) == [f"{extension.site}/arxiv/1706.03762"]
    assert found.locator("h3 a.cool-papers-link").count() == 1
    turn(extension, "links", "scholar", on=False)
    turn(extension, "links", "acl")
    assert links_on(extension.visit("http://aclanthology.org/start")) == [f"{extension.site}/arxiv/1706.03762"]


def test_n4_a_page_of_another_form_is_left_alone_without_an_error(extension: Extension) -> None:
    extension.allow("*://*.arxiv.org/*")
    turn(extension, "links", "arxiv")
    opened, said = extension.context.new_page(), []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.goto("http://arxiv.org/anything")
    opened.evaluate("document.body.remove()")
    opened.wait_for_timeout(500)
    assert said == []


def test_n3_a_redirect_keeps_back_working_never_loops_and_has_an_off_switch(extension: Extension) -> None:
    extension.allow("*://*.arxiv.org/*")
    turn(extension, "redirects", "arxiv")
    assert extension.rights() == ([*FIRST_RIGHTS[0][:2], "scripting", "storage"], ["*://*.arxiv.org/*"])
    reader = extension.visit("http://www.example.net/start")
    reader.get_by_role("link").click()
    reader.wait_for_url(f"{extension.site}/arxiv/1706.03762")
    with extension.context.expect_page() as opened:
        reader.locator("h2.title > a").first.click()  # to the source, in a tab of its own
    opened.value.wait_for_url("https://arxiv.org/abs/1706.03762")
    opened.value.wait_for_timeout(400)
    assert opened.value.url == "https://arxiv.org/abs/1706.03762"
    opened.value.close()
    reader.go_back()
    reader.wait_for_url("http://www.example.net/start")
    listing = extension.visit("http://arxiv.org/list")
    listing.get_by_role("link", name="arXiv:2401.00001").click()  # of the place itself
    listing.wait_for_url("http://arxiv.org/abs/2401.00001")

    turn(extension, "redirects", "arxiv", on=False)
    assert extension.rights() == FIRST_RIGHTS
    reader.get_by_role("link").click()
    reader.wait_for_url("http://arxiv.org/abs/1706.03762")


def test_what_is_typed_is_redirected_where_it_is_a_paper(extension: Extension) -> None:
    extension.allow("*://openreview.net/*", "*://aclanthology.org/*")
    turn(extension, "redirects", "openreview")
    turn(extension, "redirects", "acl")
    typed = extension.visit("http://www.example.net/start")
    typed.goto("https://openreview.net/forum?noteId=x&id=LcF-EEt8cCC#y", wait_until="commit")
    typed.wait_for_url(f"{extension.site}/venue/LcF-EEt8cCC@OpenReview")
    typed.goto("http://aclanthology.org/P18-1001?x=1", wait_until="commit")
    typed.wait_for_url(f"{extension.site}/venue/P18-1001@ACL")
    for other in (
        "https://openreview.net/group?id=ICLR.cc/2024/Conference",
        "http://aclanthology.org/events/acl-2024/",
    ):
        typed.goto(other)
        typed.wait_for_timeout(300)
        assert typed.url == other


def test_a_right_that_is_taken_away_in_the_browser_turns_the_extra_off(extension: Extension) -> None:
    extension.allow("*://*.arxiv.org/*")
    turn(extension, "links", "arxiv")
    extension.worker.evaluate("chrome.permissions.remove({ origins: ['*://*.arxiv.org/*'] })")
    registered = "chrome.scripting.getRegisteredContentScripts()"
    wait_for("no script is left", lambda: extension.worker.evaluate(registered) == [])
    options = extension.options()
    expect(options.locator("#extras [name=links][value=arxiv]")).not_to_be_checked()


def test_titles_are_suggested_only_where_that_is_allowed(extension: Extension) -> None:
    ask = """(text) => new Promise((done) => {
      chrome.omnibox.onInputChanged.dispatch(text, done);
      setTimeout(() => done('nothing'), 3000);
    })"""
    assert extension.worker.evaluate(ask, "attention is all you ne") == "nothing"
    options = extension.options()
    options.get_by_label("Suggest titles").check()
    options.get_by_role("button", name="Save").click()
    expect(options.locator("#saved")).to_have_text("Saved.")
    found = extension.worker.evaluate(ask, "attention is all you ne")
    assert found[0]["content"] == f"{extension.site}/arxiv/1706.03762"
    assert found[0]["description"].startswith("Attention Is All You Need")
    assert extension.rights() == FIRST_RIGHTS


def test_the_language_can_be_chosen(extension: Extension) -> None:
    options = extension.options()
    said = json.loads((FOLDER / "_locales/zh_CN/messages.json").read_text())
    options.get_by_label("Language").select_option("zh_CN")
    options.get_by_role("button").click()
    expect(options.get_by_role("button")).to_have_text(said["save"]["message"])
    expect(options.locator("html")).to_have_attribute("lang", "zh-CN")
    title = "async () => { const t = await chrome.action.getTitle({}); return t; }"
    options.wait_for_function(f"async (said) => await ({title})() === said", arg=said["open_page"]["message"])
