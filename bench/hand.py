"""`python -m bench.hand RECORDS…`: what a day's list weighs, and how it feels on a slow machine.

RECORDS: files of arXiv records, loaded in a temporary place (--data keeps it for the next run). A real site serves
them, a real Chromium with its processor slowed four times reads them. Each figure is printed beside its budget, and the
end is an error where one is broken. The days are the newest with 200 papers in cs.CV, and the fullest of cs, to which
copies of its papers under other keys are added until it has 1,000 and more.
"""

import argparse
import gzip
import http.client
import json
import lzma
import shutil
import statistics
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from bench.scale import ROOT, Site, run, timings
from tests.programs import require_program

SLOWER = 4
KB = 1_000
SCRIPTS = ROOT / "coolpapers/static/coolpapers/js"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
WATCH = """
window.seen = { lcp: 0, cls: 0, shifts: [], events: [] };
const watch = (type, each, more) =>
  new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true, ...more });
watch('largest-contentful-paint', (entry) => { seen.lcp = entry.startTime; });
watch('layout-shift', (entry) => {
  if (entry.hadRecentInput) return;
  seen.cls += entry.value;
  seen.shifts.push([entry.value, ...entry.sources.map((source) => source.node?.className)]);
});
watch('event', (entry) => { seen.events.push([entry.name, entry.duration]); }, { durationThreshold: 16 });
"""
broken: list[str] = []


def say(what: str, figure: float, unit: str, budget: float | None = None) -> None:
    """A line; a budget is the most that the figure may be."""
    told = f"{figure:9.3f}" if unit == "" else f"{figure:9.1f}"
    print(f"{what:<66}{told} {unit:<3}" + (f" of {budget:g}" if budget is not None else ""), flush=True)
    if budget is not None and figure > budget:
        broken.append(what)


# --- What is sent ------------------------------------------------------------------------------------------------
def sent(port: int, path: str) -> int:
    """Bytes of the body as they go over the wire."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200 or answer.headers["Content-Encoding"] != "gzip":
        raise SystemExit(f"{path} answered {answer.status}, not compressed")
    return len(body)


def measure_sizes(port: int, day: str) -> None:
    say("the first answer, 25 cards, HTML by gzip", sent(port, day) / KB, "KB", 60)
    say("200 cards, HTML by gzip", sent(port, f"{day}&show=200") / KB, "KB", 175)
    every = sum(len(gzip.compress(path.read_bytes(), 9)) for path in SCRIPTS.glob("*.js"))
    say("every script of the site by gzip", every / KB, "KB", 40)
    timings(port, [f"{day}&show=200"], 6)
    taken = timings(port, [f"{day}&show=200"], 60)
    say("server time of 200 cards, p50", statistics.median(taken), "ms", 60)
    say("server time of 200 cards, p95", sorted(taken)[int(len(taken) * 0.95)], "ms")


# --- What is seen ------------------------------------------------------------------------------------------------
@contextmanager
def slow_page(browser: Browser, site: str, width: int, height: int) -> Iterator[tuple[Page, CDPSession]]:
    """A page of a browser without a cache, on a processor that is SLOWER times slower, that remembers what it saw."""
    context = browser.new_context(viewport={"width": width, "height": height}, base_url=site)
    context.add_init_script(WATCH)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    yield page, session
    context.close()


def seen(page: Page) -> dict[str, Any]:
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    told: dict[str, Any] = page.evaluate("seen")
    return told


def measure_loading(browser: Browser, site: str, day: str) -> None:
    for name, path, size in (
        ("a day, 25 cards", day, (1440, 900)),
        ("a day, 25 cards, on a phone", day, (360, 740)),
        ("a day, 200 cards", f"{day}&show=200", (1440, 900)),
    ):
        paints, shifts = [], []
        for _ in range(5):
            with slow_page(browser, site, *size) as (page, _session):
                page.goto(path, wait_until="load")
                page.wait_for_load_state("networkidle")
                told = seen(page)
                paints.append(told["lcp"])
                shifts.append(told["cls"])
        say(f"{name}: largest contentful paint, median of 5", statistics.median(paints), "ms", 1_000)
        say(f"{name}: layout shift after load, most of 5", max(shifts), "", 0.02)


def scroll_through(page: Page, step: int, until: int) -> None:
    """Down with the wheel until so many cards are there, or the list ends."""
    page.mouse.move(400, 400)
    for _ in range(4_000):
        page.mouse.wheel(0, step)
        page.evaluate("new Promise(done => requestAnimationFrame(done))")
        count, bottom = page.evaluate(
            "[document.querySelectorAll('.papers > .paper').length,"
            " scrollY + innerHeight >= document.documentElement.scrollHeight - 50]"
        )
        if count >= until and bottom:
            return
    raise SystemExit("the list has no end")


def measure_scrolling(browser: Browser, site: str, day: str) -> None:
    for name, size in (("", (1440, 900)), (", on a phone", (360, 740))):
        with slow_page(browser, site, *size) as (page, _session):
            page.goto(day, wait_until="load")
            page.wait_for_load_state("networkidle")
            scroll_through(page, 700, 125)
            told = seen(page)
            say(f"scrolled through 125 cards that came meanwhile{name}: layout shift", told["cls"], "", 0.02)
            for shift in sorted(told["shifts"], reverse=True)[:3] if told["cls"] > 0.02 else ():
                print("   ", shift)


# --- What is done ------------------------------------------------------------------------------------------------
def longest(page: Page, names: tuple[str, ...]) -> float:
    """The longest of these events so far, from the input until the frame that shows its effect."""
    return max((duration for name, duration in seen(page)["events"] if name in names), default=0.0)


def measure_doing(browser: Browser, site: str, cards: str, path: str) -> None:
    """Each three times; the median of the longest, for other programs of the machine hold up one frame or another."""
    rounds = [do_everything(browser, site, path) for _ in range(3)]
    for name in rounds[0]:
        say(f"{cards} cards: {name}", statistics.median(taken[name] for taken in rounds), "ms", 100)


DRAWN = """async (key) => {
  const form = document.querySelector('#filter');
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const start = performance.now();
  form.elements.include.value += key;
  form.elements.include.dispatchEvent(new Event('input', { bubbles: true }));
  do await frame(); while (form.ariaBusy === 'true');
  await frame();
  return performance.now() - start;
}"""


def do_everything(browser: Browser, site: str, path: str) -> dict[str, float]:
    """What a reader does on a long list → the longest wait, in milliseconds."""
    taken = {}
    with slow_page(browser, site, 1440, 900) as (page, _session):

        def longest(names: tuple[str, ...]) -> float:
            """The longest of these events, from the input until the frame that shows its effect; then begin anew."""
            found = max((duration for name, duration in seen(page)["events"] if name in names), default=0.0)
            page.evaluate("() => { seen.events.length = 0; }")
            return found

        page.goto(path, wait_until="load")
        page.wait_for_load_state("networkidle")
        page.keyboard.press("/")
        page.wait_for_function("() => document.activeElement.name === 'include'")
        taken["open the filter"] = longest(KEYS)
        page.keyboard.type("diffusion models", delay=150)
        page.keyboard.press("Enter")
        page.keyboard.type("graph neural", delay=150)
        taken["a key in the filter, the longest of 29"] = longest(KEYS)
        waits = [page.evaluate(DRAWN, key) for key in "s\nof trained"]
        taken["until the papers that match are drawn, the median of 12"] = statistics.median(waits)
        page.get_by_label("show only matches").click()
        page.get_by_label("all", exact=True).click()
        taken["show all, and all words instead of any"] = longest(CLICKS)
        page.keyboard.press("Escape")
        taken["close the filter"] = longest(KEYS)
        page.locator(".title-copy").first.click()
        page.locator("#theme").click()
        page.locator(".prefer summary").click()
        taken["copy, other colours, a form"] = longest(CLICKS)
        page.locator("#scroll-btn a").last.click()
        page.locator("#scroll-btn a").first.click()
        taken["to the bottom, to the top"] = longest(CLICKS)
    return taken


def measure_work(browser: Browser, site: str, thousand: str) -> None:
    """Time that the page's thread had of the processor, not slowed: what other programs do changes it little."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=site)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def worked() -> float:
        page.wait_for_timeout(300)
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")) * 1_000

    page.goto(thousand, wait_until="load")
    page.wait_for_load_state("networkidle")
    for name, selector in (("other colours", "#theme"), ("a form", ".prefer summary")):
        box = page.locator(selector).first.bounding_box() or {"x": 0, "y": 0}
        page.mouse.move(box["x"] + 9, box["y"] + 9)
        taken = []
        for _ in range(15):
            before = worked()
            page.mouse.down()
            page.mouse.up()
            taken.append(worked() - before)
        say(f"1,000 cards: {name}, the work of the page's thread, median of 15", statistics.median(taken), "ms")
    context.close()


KEYS = ("keydown", "keypress", "keyup", "input", "beforeinput")
CLICKS = ("pointerdown", "pointerup", "mousedown", "mouseup", "click")


# --- What it takes -----------------------------------------------------------------------------------------------
def footprint(pid: int) -> float:
    """Megabytes of a process, as Chromium's own task manager counts them: its private memory, not the program, which
    all tabs share."""
    told = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return sum(int(told[name].split()[0]) for name in ("RssAnon", "VmSwap")) / 1024


def largest_tab(browser: Browser) -> float:
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    sizes = [footprint(process["id"]) for process in processes if process["type"] == "renderer"]
    session.detach()
    return max(sizes)


def measure_memory(browser: Browser, site: str, thousand: str, whole: str) -> None:
    for name, path in (("sent at once", thousand), ("that came by scrolling", whole)):
        context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=site)
        page = context.new_page()
        page.goto(path, wait_until="load")
        page.wait_for_load_state("networkidle")
        scroll_through(page, 3_000, 1_000)
        page.wait_for_load_state("networkidle")
        count = page.locator(".papers > .paper").count()
        session = context.new_cdp_session(page)
        for _ in range(3):  # what is kept, not what a browser has not tidied away yet
            session.send("HeapProfiler.collectGarbage")
            page.wait_for_timeout(2_000)
        say(f"{count} cards {name}, scrolled through: the tab's process", largest_tab(browser), "MB", 150)
        heap = session.send("Runtime.getHeapUsage")["usedSize"] / 1024**2
        say(f"{count} cards {name}: of that the scripts' heap", heap, "MB")
        context.close()


# --- Everything --------------------------------------------------------------------------------------------------
def load(data: Path, files: list[Path]) -> tuple[str, str]:
    """Load the records, where they are not loaded yet. The addresses of the two days."""
    with_cv: Counter[str] = Counter()
    with_cs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path in files:
        with lzma.open(path, "rt") as lines:
            for row in map(json.loads, lines):
                if row.get("announced"):
                    with_cv[row["announced"]] += "cs.CV" in row["categories"]
                    with_cs[row["announced"]] += [row] if any(c.startswith("cs.") for c in row["categories"]) else []
    fullest = max(with_cs.values(), key=len)
    if not (data / "loaded").exists():
        copies = [row | {"id": f"2501.{90_000 + n}"} for n, row in zip(range(1_200 - len(fullest)), cycle(fullest))]
        (data / "copies.jsonl").write_text("".join(json.dumps(row) + "\n" for row in copies))
        run(data, "load_records", *map(str, files), str(data / "copies.jsonl"))
        (data / "loaded").touch()
    newest = max(day for day, papers in with_cv.items() if papers >= 200)
    return f"/arxiv/cs.CV?date={newest}", f"/arxiv/cs?date={fullest[0]['announced']}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, help="the folder to keep the loaded papers in")
    parser.add_argument("--port", type=int, default=8767)
    options = parser.parse_args()
    data = options.data or Path(tempfile.mkdtemp(prefix="coolpapers-hand-"))
    data.mkdir(exist_ok=True)
    run(data, "migrate")
    run(data, "collectstatic", "--noinput")
    day, whole = load(data, options.records)
    site = Site(data, options.port, SEARCH_URL="null://")
    address = f"http://127.0.0.1:{options.port}"
    try:
        measure_sizes(options.port, day)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(require_program("chromium")), args=FLAGS)
            measure_loading(browser, address, day)
            measure_scrolling(browser, address, day)
            measure_doing(browser, address, "200", f"{day}&show=200")
            measure_doing(browser, address, "1,000", f"{whole}&show=1000")
            measure_work(browser, address, f"{whole}&show=1000")
            measure_memory(browser, address, f"{whole}&show=1000", whole)
            browser.close()
    finally:
        site.stop()
        if not options.data:
            shutil.rmtree(data)
    if broken:
        sys.exit(f"Over the budget: {'; '.join(broken)}")


if __name__ == "__main__":
    main()
