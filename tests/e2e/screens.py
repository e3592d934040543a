"""`make screens SITE=…`: pictures of every kind of page into docs/screens/: on a phone, a tablet and a desk, light and
dark, in English and Chinese. The machine needs a Chinese font (on Debian: fonts-wqy-microhei).
"""

import sys
from itertools import product
from pathlib import Path

from playwright.sync_api import sync_playwright

PAGES = {
    "home": "/",
    "chosen": "/?c=cs.AI&c=cs.CL&c=-cs.CY",
    "day": "/arxiv/cs.CL",
    "week": "/arxiv/cs.CL?week=2026-W18",
    "empty-day": "/arxiv/cs.CL?date=1999-01-01",
    "paper": "/arxiv/1706.03762",
    "related": "/arxiv/1706.03762/related",
    "venue": "/venue/ACL.2018",
    "venues": "/venue",
    "search": "/search?query=neural+machine+translation&highlight=1",
    "explained": "/search?query=translation+without+parallel+sentences&highlight=1&explain=1",
    "nothing-found": "/search?query=author:nobodyatall",
    "author": "/author/Graham%20Neubig",
    "my-papers": "/reading",
    "go": "/go",
    "sign-in": "/sign-in",
    "digest": "/digest?list=/arxiv/cs.CL",
    "extension": "/extension",
    "status": "/status",
    "not-found": "/arxiv/2401.00001",
    "no-such-page": "/nowhere",
}
SIZES = {320: 640, 768: 1024, 1440: 900}  # width and height
LANGUAGES = {"en": "en-US", "zh": "zh-CN"}
QUALITY = 50  # of JPEG: letters can be read, and 252 pictures are small


def take_pictures(site: str, folder: Path, chromium: str) -> None:
    """One JPEG for each page, width, theme and language."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for (width, height), theme, language in product(SIZES.items(), ("light", "dark"), LANGUAGES):
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=theme,  # type: ignore[arg-type]
                locale=LANGUAGES[language],
            )
            page = context.new_page()
            for name, path in PAGES.items():
                page.goto(site + path)
                picture = folder / f"{name}-{width}-{theme}-{language}.jpg"
                page.screenshot(path=picture, type="jpeg", quality=QUALITY)
            context.close()
        browser.close()


if __name__ == "__main__":
    take_pictures(sys.argv[1].rstrip("/"), Path(__file__).parents[2] / "docs" / "screens", sys.argv[2])
