"""A Chromium with the extension, set to the site; the places whose pages it is on are fakes on loopback."""

import re
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright, Worker, expect

from tests.e2e.conftest import CHROMIUM_FLAGS, ROOT
from tests.programs import require_program

FOLDER = ROOT / "extension"
HOSTS = ("arxiv.org", "openreview.net", "aclanthology.org", "scholar.google.com", "www.example.net")


class Extension:
    """A browser with the extension, set to the site."""

    def __init__(
        self, playwright: Playwright, folder: str, site: str, port: int, *flags: str, headless: bool = True
    ) -> None:
        hosts = ", ".join(f"MAP {host} 127.0.0.1:{port}" for host in HOSTS)
        self.site, self.playwright = site, playwright
        self.context: BrowserContext = playwright.chromium.launch_persistent_context(
            folder,
            executable_path=require_program("chromium"),
            headless=headless,
            no_viewport=True if not headless else None,
            ignore_default_args=["--disable-extensions"],
            args=[
                *CHROMIUM_FLAGS,
                f"--disable-extensions-except={FOLDER}",
                f"--load-extension={FOLDER}",
                "--enable-unsafe-extension-debugging",
                f"--host-resolver-rules={hosts}",
                "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable",
                *flags,
            ],
        )
        self.id = self.worker.url.split("/")[2]
        self.worker.evaluate("(server) => chrome.storage.sync.set({ server })", f"{site}/")

    @property
    def worker(self) -> Worker:
        workers = self.context.service_workers
        return workers[-1] if workers else self.context.wait_for_event("serviceworker")

    def options(self) -> Page:
        opened = self.context.new_page()
        opened.goto(f"chrome-extension://{self.id}/options.html")
        expect(opened.locator("#form[data-ready=yes]")).to_be_visible()
        return opened

    def visit(self, address: str) -> Page:
        opened = self.context.new_page()
        opened.goto(address)
        return opened

    def dispatch(self, what: str, info: Any = None) -> None:
        """An event as the browser sends it, for the tab in front."""
        self.worker.evaluate(
            f"""async (info) => {{
              const [tab] = await chrome.tabs.query({{ active: true, lastFocusedWindow: true }});
              {what};
            }}""",
            info,
        )

    def click(self, **info: str) -> None:
        told = {"menuItemId": "open", "editable": False, **info}
        self.dispatch("chrome.contextMenus.onClicked.dispatch(info, tab)", told)

    def opened_by(self, act: Any) -> str:
        """The address, without the site's, of the page that this opens."""
        with self.context.expect_page() as found:
            act()
        found.value.wait_for_load_state("commit")
        found.value.wait_for_url(re.compile(r"^http"))
        address = found.value.url
        found.value.close()
        assert address.startswith(self.site), address
        return address.removeprefix(self.site)

    def badge(self) -> str:
        """What the button's badge says in the tab in front."""
        return str(
            self.worker.evaluate(
                """async () => {
                  const [tab] = await chrome.tabs.query({ active: true, lastFocusedWindow: true });
                  return chrome.action.getBadgeText({ tabId: tab.id });
                }"""
            )
        )

    def allow(self, *hosts: str) -> None:
        """What somebody says to the browser's question about these hosts, before it is asked."""
        opened = self.context.new_page()
        opened.goto("chrome://extensions")
        for host in hosts:
            told = "([id, host]) => chrome.developerPrivate.addHostPermission(id, host)"
            opened.evaluate(told, [self.id, host])
        opened.close()

    def rights(self) -> tuple[list[str], list[str]]:
        """Permissions and hosts that it has now."""
        rights = self.worker.evaluate("chrome.permissions.getAll()")
        return sorted(rights["permissions"]), sorted(rights["origins"])
