"""The extension, the same folder, in a real Firefox: menu, button, keys, options, extras, and a script that sleeps."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.chromium_extension import FOLDER, HOSTS
from tests.e2e.firefox import Firefox
from tests.e2e.test_extension_extras import answer
from tests.instance import wait_for
from tests.upstream.places import FakePlaces

pytestmark = pytest.mark.e2e
# What follows runs in the browser's own window.
POLICY = "const policy = WebExtensionPolicy.getByID(arguments[0]); const done = arguments[arguments.length - 1];"
CHOOSE = """
  const [own, ...rest] = arguments; const done = rest.pop();
  const menu = document.getElementById('contentAreaContextMenu');
  const choose = () => {
    const item = [...menu.querySelectorAll('menuitem')].find(({ id }) => id.endsWith('-menuitem-_open'));
    const told = item && !item.hidden ? item.label : null;
    if (told) menu.activateItem(item); else menu.hidePopup();
    done(told);
  };
  if (menu.state === 'open') choose(); else menu.addEventListener('popupshown', choose, { once: true });
"""

PRESS = f"""{POLICY}
  const {{ ExtensionParent }} = ChromeUtils.importESModule('resource://gre/modules/ExtensionParent.sys.mjs');
  ExtensionParent.apiManager.global.browserActionFor(policy.extension).triggerAction(window);
  done(true);
"""
KEY = """
  const keys = [...document.querySelectorAll('keyset[id^=ext-keyset] key')];
  keys.find((key) => key.getAttribute('key')?.toUpperCase() === 'K').doCommand();
  arguments[0](true);
"""

SCRIPTS = """
  const asked = chrome.scripting?.getRegisteredContentScripts() ?? Promise.resolve([]);
  return asked.then((scripts) => scripts.map(({ id }) => id));
"""

AGAIN = """
  const done = arguments[arguments.length - 1];
  import('./extras.js').then(async ({ applyExtras }) => {
    let lacking = 0;
    for (let time = 0; time < 20; time += 1) {
      let over = false;
      const applied = applyExtras().then(() => { over = true; });
      while (!over) if (!(await chrome.scripting.getRegisteredContentScripts()).length) lacking += 1;
      await applied;
    }
    done(lacking);
  });
"""


class Extended:
    """A Firefox with the extension, set to the site as somebody would."""

    def __init__(self, firefox: Firefox, site: str) -> None:
        self.firefox, self.site = firefox, site
        self.id = str(firefox.send("Addon:Install", path=str(FOLDER), temporary=True))
        self.page = str(firefox.run_in_browser(f"{POLICY} done(policy.getURL('options.html'));", self.id))
        self.options()
        firefox.fill("#server", f"{site}/")
        firefox.click("button[type=submit]")
        wait_for("it is saved", lambda: firefox.run("return document.getElementById('saved').textContent") == "Saved.")

    def options(self) -> None:
        self.firefox.go(self.page)
        ready = "return document.getElementById('form').dataset.ready"
        wait_for("the options are there", lambda: self.firefox.run(ready) == "yes")

    def choose(self, selector: str) -> str:
        """Where the menu's item leads, chosen over this element; without the site's address. Its tab is closed."""
        firefox = self.firefox
        here, before = firefox.send("WebDriver:GetWindowHandle"), firefox.tabs()
        firefox.right_click(selector)
        assert firefox.run_in_browser(CHOOSE, self.id) == "Open in Cool Papers"
        return self.opened(here, before)

    def opened(self, here: str, before: list[str]) -> str:
        firefox = self.firefox
        firefox.switch(firefox.new_tab(before))
        wait_for("it is loaded", lambda: firefox.address.startswith("http"))
        address = firefox.address
        firefox.send("WebDriver:CloseWindow")
        firefox.switch(here)
        assert address.startswith(self.site), address
        return address.removeprefix(self.site)

    def allow(self, selector: str) -> None:
        """Click the extra, and say yes to what the browser asks."""
        self.firefox.click(selector)
        said = """const done = arguments[arguments.length - 1]; let tries = 0;
          const look = () => {
            const asked = document.getElementById('addon-webext-permissions-notification');
            if (asked?.button && PopupNotifications.panel.state === 'open') { asked.button.click(); done(true); }
            else if (++tries > 200) done(false);
            else setTimeout(look, 50);
          };
          look();"""
        assert self.firefox.run_in_browser(said) is True


@pytest.fixture(scope="module")
def extended(site: str) -> Iterator[Extended]:
    with (
        FakePlaces(dict.fromkeys(HOSTS, answer)) as places,
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
        Firefox(Path(profile), int(places.url.rpartition(":")[2])) as firefox,
    ):
        yield Extended(firefox, site)


def test_n1_the_menu_opens_the_links_paper_the_words_or_the_pages_paper(extended: Extended) -> None:
    firefox = extended.firefox
    firefox.go("http://arxiv.org/start")
    assert extended.choose("a") == "/arxiv/1706.03762"
    firefox.go("http://arxiv.org/abs/2401.00001")
    firefox.run("document.body.textContent = 'word graphs'")
    assert extended.choose("body") == "/arxiv/2401.00001"
    firefox.run("getSelection().selectAllChildren(document.body)")
    assert extended.choose("body") == "/search?highlight=1&query=word%20graphs"


def test_the_button_and_the_keys_open_the_pages_paper(extended: Extended) -> None:
    firefox = extended.firefox
    firefox.go("http://arxiv.org/abs/2401.00002")
    here, before = firefox.send("WebDriver:GetWindowHandle"), firefox.tabs()
    firefox.run_in_browser(PRESS, extended.id)
    assert extended.opened(here, before) == "/arxiv/2401.00002"
    firefox.run_in_browser(KEY)
    assert extended.opened(here, before) == "/arxiv/2401.00002"


def test_n3_a_script_that_sleeps_wakes_for_the_menu(extended: Extended) -> None:
    firefox = extended.firefox
    firefox.go("http://arxiv.org/start")
    sleep = f"{POLICY} policy.extension.terminateBackground().then(() => done(policy.extension.backgroundState));"
    assert firefox.run_in_browser(sleep, extended.id) == "stopped"
    assert extended.choose("a") == "/arxiv/1706.03762"


def test_extras_are_asked_for_used_and_given_back(extended: Extended) -> None:
    firefox = extended.firefox
    rights = f"""{POLICY} const hosts = policy.allowedOrigins.patterns.map((one) => one.pattern);
      done([policy.hasPermission('scripting'), hosts.filter((host) => !host.startsWith('moz-extension:'))]);"""
    assert firefox.run_in_browser(rights, extended.id) == [False, []]
    extended.options()
    choice = "#extras [name=links][value=arxiv]"
    extended.allow(choice)
    wait_for("it is allowed", lambda: firefox.run_in_browser(rights, extended.id)[0])
    registered = "return document.querySelector(arguments[0]).checked"
    wait_for("it is on", lambda: firefox.run(registered, choice) and firefox.run(SCRIPTS) == ["links"])
    assert firefox.run_to_the_end(AGAIN) == 0  # a page that opens meanwhile has its links
    firefox.go("http://arxiv.org/list")
    links = "return [...document.querySelectorAll('a.cool-papers-link')].map((link) => link.href)"
    wait_for("links are put", lambda: len(firefox.run(links)) == 2)
    assert firefox.run(links) == [f"{extended.site}/arxiv/2401.00001", f"{extended.site}/arxiv/2401.00002"]

    extended.options()
    extended.allow("#extras [name=redirects][value=acl]")
    wait_for("it is on", lambda: firefox.run(SCRIPTS) == ["links", "redirects"])
    firefox.go("http://www.example.net/start")
    firefox.run("location.href = 'http://aclanthology.org/P18-1001'")
    wait_for("it is redirected", lambda: firefox.address == f"{extended.site}/venue/P18-1001@ACL")
    firefox.send("WebDriver:Back")
    wait_for("Back leads back", lambda: firefox.address == "http://www.example.net/start")

    extended.options()
    for turned in (choice, "#extras [name=redirects][value=acl]"):
        firefox.click(turned)
        wait_for("it is off", lambda turned=turned: not firefox.run(registered, turned))
    wait_for("the rights are given back", lambda: firefox.run_in_browser(rights, extended.id) == [False, []])


def test_a_labs_server_wins_and_cannot_be_changed(tmp_path: Path) -> None:
    own = json.loads((FOLDER / "manifest.json").read_text())["browser_specific_settings"]["gecko"]["id"]
    kept = tmp_path / ".mozilla" / "managed-storage"
    kept.mkdir(parents=True)
    told = {
        "name": own,
        "description": "A lab's",
        "type": "storage",
        "data": {"server": "https://papers.example.org/lab"},
    }
    (kept / f"{own}.json").write_text(json.dumps(told))
    with Firefox(tmp_path, 9) as firefox:
        firefox.send("Addon:Install", path=str(FOLDER), temporary=True)
        firefox.go(str(firefox.run_in_browser(f"{POLICY} done(policy.getURL('options.html'));", own)))
        wait_for("options", lambda: firefox.run("return document.getElementById('form').dataset.ready") == "yes")
        shown = "const field = document.getElementById('server'); return [field.value, field.disabled]"
        assert firefox.run(shown) == ["https://papers.example.org/lab/", True]
