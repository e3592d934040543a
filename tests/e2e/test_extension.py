"""The browser extension in a real Chromium, against the real site: menus, button, keys, address bar, options."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from tests.e2e.chromium_extension import FOLDER, Extension
from tests.upstream.places import FakePlaces, page

pytestmark = pytest.mark.e2e
PAPER = "<html><head><title>A paper</title></head><body><p>A paper's page</p></body></html>"

MENU = """(id) => new Promise((done) => {
  chrome.contextMenus.update(id, {}, () => done(chrome.runtime.lastError?.message ?? ''));
})"""


@pytest.fixture(scope="module")
def started(site: str, playwright: Playwright) -> Iterator[Extension]:
    with (
        FakePlaces({"arxiv.org": lambda visit: page(PAPER), "www.example.net": lambda visit: page(PAPER)}) as places,
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
    ):
        extension = Extension(playwright, folder, site, int(places.url.rpartition(":")[2]))
        yield extension
        extension.context.close()


@pytest.fixture
def extension(started: Extension) -> Extension:
    """With one page open, and as it was set at first."""
    for old in started.context.pages[1:]:
        old.close()
    started.worker.evaluate("(server) => chrome.storage.sync.set({ server, open: 'new' })", f"{started.site}/")
    return started


def test_it_is_installed_without_a_warning_and_without_a_host(extension: Extension) -> None:
    options = extension.options()
    told = (FOLDER / "manifest.json").read_text()
    assert options.evaluate("(told) => chrome.management.getPermissionWarningsByManifest(told)", told) == []
    rights = extension.worker.evaluate("chrome.permissions.getAll()")
    assert sorted(rights["permissions"]) == ["activeTab", "contextMenus", "storage"]
    assert rights["origins"] == []


def test_the_menu_is_there(extension: Extension) -> None:
    assert extension.worker.evaluate(MENU, "open") == ""
    assert "Cannot find" in extension.worker.evaluate(MENU, "nope")


def test_n1_a_click_opens_the_links_paper_the_words_or_the_pages_paper(extension: Extension) -> None:
    extension.visit("http://www.example.net/")
    link = {"pageUrl": "http://www.example.net/", "linkUrl": "https://aclanthology.org/P18-1001.pdf"}
    assert extension.opened_by(lambda: extension.click(**link)) == "/venue/P18-1001@ACL"
    words = {"pageUrl": "https://arxiv.org/abs/1706.03762", "selectionText": "multi-sense word embeddings"}
    assert extension.opened_by(lambda: extension.click(**words)).startswith(
        "/search?highlight=1&query=multi-sense%20word"
    )
    pdf = {"pageUrl": "https://arxiv.org/pdf/1706.03762v5", "frameUrl": "chrome-extension://x/index.html"}
    assert extension.opened_by(lambda: extension.click(**pdf)) == "/arxiv/1706.03762"


def test_n2_a_link_that_is_no_paper_says_so_and_opens_nothing(extension: Extension) -> None:
    extension.visit("http://arxiv.org/abs/1706.03762")
    before = len(extension.context.pages)
    extension.click(pageUrl="http://arxiv.org/abs/1706.03762", linkUrl="https://example.org/")
    extension.worker.evaluate("new Promise((done) => setTimeout(done, 300))")
    assert (extension.badge(), len(extension.context.pages)) == ("?", before)


def test_the_button_opens_the_pages_paper(extension: Extension) -> None:
    extension.visit("http://arxiv.org/abs/2401.00001")
    assert extension.opened_by(lambda: press(extension)) == "/arxiv/2401.00001"


def press(extension: Extension) -> None:
    """The toolbar's button, for real."""
    browser = extension.context.browser
    assert browser is not None
    session = browser.new_browser_cdp_session()
    found = session.send("Target.getTargets", {"filter": [{"type": "tab", "exclude": False}]})
    tab = next(target for target in found["targetInfos"] if "arxiv.org" in target["url"])
    session.send("Extensions.triggerAction", {"id": extension.id, "targetId": tab["targetId"]})


def test_n3_a_sleeping_worker_wakes_for_the_button_and_its_menu_is_there(extension: Extension) -> None:
    reader = extension.visit("http://arxiv.org/abs/2401.00002")
    options = extension.options()
    session = extension.context.new_cdp_session(options)
    states: list[str] = []
    session.on(
        "ServiceWorker.workerVersionUpdated",
        lambda told: states.extend(version["runningStatus"] for version in told["versions"]),
    )
    session.send("ServiceWorker.enable")
    session.send("ServiceWorker.stopAllWorkers")
    for _ in range(100):
        if states and states[-1] == "stopped":
            break
        options.wait_for_timeout(50)
    assert states[-1] == "stopped"
    reader.bring_to_front()
    assert extension.opened_by(lambda: press(extension)) == "/arxiv/2401.00002"
    assert extension.worker.evaluate(MENU, "open") == ""


def test_keys_and_the_address_bar(extension: Extension) -> None:
    extension.visit("http://arxiv.org/abs/2401.00003")
    tab = "{ ...tab, url: 'http://arxiv.org/abs/2401.00003' }"
    key = f"chrome.commands.onCommand.dispatch('open-in-background', {tab})"
    assert extension.opened_by(lambda: extension.dispatch(key)) == "/arxiv/2401.00003"
    typed = "chrome.omnibox.onInputEntered.dispatch(info, 'newForegroundTab')"
    assert extension.opened_by(lambda: extension.dispatch(typed, "arXiv:hep-th/9901001")) == "/arxiv/hep-th/9901001"
    assert (
        extension.opened_by(lambda: extension.dispatch(typed, "word graphs"))
        == "/search?highlight=1&query=word%20graphs"
    )
    keys = {told["name"]: told["shortcut"] for told in extension.worker.evaluate("chrome.commands.getAll()")}
    assert all(keys.values()), "the browser gave both keys"


def test_n2_the_options_are_checked_saved_and_used(extension: Extension) -> None:
    options = extension.options()
    server = options.locator("#server")
    expect(server).to_have_value(f"{extension.site}/")
    server.fill("http://papers.example.org/")
    options.get_by_role("button", name="Save").click()
    expect(options.locator("#server-told")).to_contain_text("begins with https://")
    assert extension.worker.evaluate("chrome.storage.sync.get('server')") == {"server": f"{extension.site}/"}

    server.fill(f"{extension.site}/")
    options.get_by_label("In the same tab").check()
    options.get_by_role("button", name="Save").click()
    expect(options.locator("#saved")).to_have_text("Saved.")
    reader = extension.visit("http://www.example.net/")
    extension.click(pageUrl="http://www.example.net/", linkUrl="https://arxiv.org/abs/1706.03762")
    reader.wait_for_url(f"{extension.site}/arxiv/1706.03762")


def test_an_address_can_be_tried(extension: Extension) -> None:
    options = extension.options()
    options.locator("#try").fill("https://proceedings.mlr.press/v139/sun21c.html")
    expect(options.locator("#tried a")).to_have_text("/venue/sun21c@v139@PMLR")
    expect(options.locator("#tried a")).to_have_attribute("href", f"{extension.site}/venue/sun21c@v139@PMLR")
    options.locator("#try").fill("<img src=x onerror=alert(1)>")
    expect(options.locator("#tried")).to_contain_text("no paper")


def test_it_speaks_chinese(started: Extension) -> None:
    said = json.loads((FOLDER / "_locales/zh_CN/messages.json").read_text())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        chinese = Extension(started.playwright, folder, started.site, 9, "--lang=zh-CN")
        assert chinese.worker.evaluate("chrome.i18n.getMessage('menu')") == said["menu"]["message"]
        expect(chinese.options().get_by_role("button")).to_have_text(said["save"]["message"])
        chinese.context.close()


def test_the_folder_holds_what_the_manifest_names() -> None:
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    named = [*manifest["icons"].values(), manifest["background"]["service_worker"], "options.html", "managed.json"]
    assert [name for name in named if not Path(FOLDER, name).is_file()] == []
