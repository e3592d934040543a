"""`python -m tests.e2e.real_input http://127.0.0.1:8000 [PICTURES]`: the extension with a real mouse and real keys.

A Chromium in a window on a screen of its own (Xvfb), whose menu is opened and chosen from, whose keys are pressed and
whose address bar is typed into by xdotool, as a person does; what no test without a screen can do. It ends with 1 where
something leads elsewhere. PICTURES is a folder for the pictures of the store: the menu, the options, the site.
It takes xvfb, xdotool, openbox and imagemagick; about 30 s.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.e2e.chromium_extension import HOSTS, Extension
from tests.e2e.conftest import CHROMIUM_FLAGS
from tests.upstream.fault import Answer
from tests.upstream.places import FakePlaces, Visit, page

WIDTH, HEIGHT = 1280, 800  # what the stores want of a picture
READING = """<!doctype html><html><head><title>A reading list</title><style>
body {{ font: 1.4rem/1.6 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; color: #222; }}
</style></head><body><h1>What we read this week</h1>
<p>Word <span id="word">graphs</span> are old friends, and attention is on everybody's lips.</p>
<p>Start with <a id="link" href="{link}">this paper</a>, then look for its successors.</p></body></html>"""
PAPER = "https://arxiv.org/abs/1706.03762"


def answer(_visit: Visit) -> Answer:
    return page(READING.format(link=PAPER))


@contextmanager
def program(*command: str) -> Iterator[None]:
    """It runs while the body does."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def xdotool(*words: object) -> None:
    subprocess.run(["xdotool", *map(str, words)], check=True)
    time.sleep(0.4)  # what a person takes, and a menu to open


def point_at(shown: Page, selector: str) -> None:
    """Move the mouse onto the element."""
    place = shown.evaluate(
        """(selector) => {
          const box = document.querySelector(selector).getBoundingClientRect();
          const top = window.screenY + window.outerHeight - window.innerHeight;
          return [window.screenX + box.left + box.width / 2, top + box.top + box.height / 2];
        }""",
        selector,
    )
    xdotool("mousemove", *(round(part) for part in place))


def take_picture(folder: Path | None, name: str) -> None:
    if folder:
        subprocess.run(["import", "-window", "root", str(folder / f"{name}.png")], check=True)


def opened(extension: Extension, *keys: str) -> str:
    """Press keys; the address that a new tab comes to, which is then closed."""
    with extension.context.expect_page() as found:
        xdotool("key", *keys)
    found.value.wait_for_url(f"{extension.site}/**")
    address = found.value.url.removeprefix(extension.site)
    found.value.close()
    return address


def use(extension: Extension, pictures: Path | None) -> list[tuple[str, str, str]]:
    """What was done, where it should lead and where it did."""
    found = []
    reading = extension.context.pages[0]
    reading.goto("http://www.example.net/")
    reading.bring_to_front()
    time.sleep(1)
    point_at(reading, "#link")
    xdotool("click", 3)
    take_picture(pictures, "menu")
    found.append(("menu on a link", "/arxiv/1706.03762", opened(extension, "Up", "Up", "Return")))

    reading.bring_to_front()
    point_at(reading, "#word")
    xdotool("click", "--repeat", 2, "--delay", 80, 1)
    xdotool("click", 3)
    found.append(("menu on a word", "/search?highlight=1&query=graphs", opened(extension, "Up", "Up", "Return")))

    reading.goto("http://arxiv.org/abs/2401.00001")
    reading.bring_to_front()
    found.append(("Alt+C", "/arxiv/2401.00001", opened(extension, "alt+c")))
    found.append(("Alt+Shift+K", "/arxiv/2401.00001", opened(extension, "alt+shift+k")))

    reading.bring_to_front()
    xdotool("key", "ctrl+l")
    xdotool("type", "--delay", 60, "cp")
    xdotool("key", "Tab")
    xdotool("type", "--delay", 60, "hep-th/9901001")
    with reading.expect_navigation():
        xdotool("key", "Return")
    found.append(("address bar", "/arxiv/hep-th/9901001", reading.url.removeprefix(extension.site)))

    return found


TILE = """<body style="margin: 0; width: 440px; height: 280px; background: #fdfcfa; color: #1d1f22;
font: 16px system-ui; display: grid; place-content: center; justify-items: center; gap: 12px">
<img src="icons/128.png" width="96" height="96" alt="">
<b style="font-size: 34px">Cool Papers</b><span>From any paper anywhere to your own site</span></body>"""


def show(extension: Extension, pictures: Path) -> None:
    """The pictures that need no hand."""
    reading = extension.context.pages[0]
    reading.goto(f"{extension.site}/arxiv/1706.03762")
    reading.bring_to_front()
    time.sleep(0.5)
    take_picture(pictures, "site")
    options = extension.options()
    options.bring_to_front()
    time.sleep(0.5)
    take_picture(pictures, "options")
    options.evaluate("(html) => { document.body.outerHTML = html; }", TILE)
    options.locator("img").wait_for()
    options.screenshot(path=pictures / "tile.png", clip={"x": 0, "y": 0, "width": 440, "height": 280})


def main(site: str, pictures: Path | None) -> int:
    with ExitStack() as stack:
        screen = ":97"
        os.environ["DISPLAY"] = screen
        stack.enter_context(program("Xvfb", screen, "-screen", "0", f"{WIDTH}x{HEIGHT}x24"))
        time.sleep(1)
        stack.enter_context(program("openbox"))
        places = stack.enter_context(FakePlaces(dict.fromkeys(HOSTS, answer)))
        folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        playwright = stack.enter_context(sync_playwright())
        window = (f"--window-size={WIDTH},{HEIGHT}", "--window-position=0,0", "--test-type", *CHROMIUM_FLAGS)
        port = int(places.url.rpartition(":")[2])
        extension = Extension(playwright, folder, site, port, *window, headless=False)
        found = use(extension, pictures)
        if pictures:
            show(extension, pictures)
        extension.context.close()
    for what, expected, got in found:
        sys.stdout.write(f"{'as it should' if got == expected else f'NOT {expected}'}: {what} leads to {got}\n")
    return int(any(got != expected for _what, expected, got in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].rstrip("/"), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
