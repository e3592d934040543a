"""PMLR: a volume's papers, in two requests.

Form: https://proceedings.mlr.press/v235/ lists the papers (div.paper), and …/v235/assets/bib/bibliography.bib, which it
links to, has all of them in BibTeX with abstract, url and pdf. So a volume of 2,600 papers does not cost 2,600 pages.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.sources.base import Asked, Bad, BadPage, Field, Get, Part, Source
from ingest.sources.bibtex import read_bibtex
from ingest.sources.pages import links_in, parse_html, with_class
from ingest.sources.rows import Rows
from ingest.sources.unpack import decoded

SITE = "https://proceedings.mlr.press"


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """The list, then the bibliography, in the list's order."""
    volume = f"v{asked.fields['volume'].removeprefix('v')}"
    url = f"{SITE}/{volume}/"
    listed, bibliography = read_list(get(url, expect="html").body, url, volume)
    entries, bad = read_entries(decoded(get(bibliography).body), volume)
    rows = [(name, entries[name]) for name in listed if name in entries]
    rows += [(name, row) for name, row in entries.items() if name not in set(listed)]
    bad += [Bad(name, "it is listed, and not in the bibliography") for name in listed if name not in entries]
    yield Rows(asked).part(rows, bad=bad, told=len(listed), pages=2)


def read_list(body: bytes, url: str, volume: str) -> tuple[list[str], str]:
    """The papers' names in order, and the address of the bibliography; BadPage where either is missing."""
    root = parse_html(body)
    names = []
    for paper in with_class(root, "paper", "div"):
        pages = (re.search(rf"/{volume}/([^/]+)\.html$", address) for address, _ in links_in(paper, url))
        if match := next(filter(None, pages), None):
            names.append(match[1])
    bibliography = next((address for address, _ in links_in(root, url) if address.endswith("/bibliography.bib")), "")
    if not names:
        raise BadPage(f"{url} lists no paper")
    return list(dict.fromkeys(names)), bibliography or f"{url}assets/bib/bibliography.bib"


def read_entries(text: str, volume: str) -> tuple[dict[str, Mapping[str, Any]], list[Bad]]:
    """The bibliography's papers by their names, such as abe24a, and what can't be read."""
    found: dict[str, Mapping[str, Any]] = {}
    bad = []
    for _name, entry in read_bibtex(text):
        if isinstance(entry, Bad):
            bad.append(entry)
            continue
        match = re.search(rf"/{volume}/([^/]+?)(?:\.html|/)?$", str(entry["site"]))
        paper = match[1] if match else re.sub(rf"^pmlr-{volume}-", "", entry["id"])
        found[paper] = {**entry, "id": paper, "site": f"{SITE}/{volume}/{paper}.html"}
    if not found:
        raise BadPage("the bibliography has no paper")
    return found, bad


SOURCE = Source(
    "pmlr",
    "PMLR",
    f"The list {SITE}/v<volume>/ and the volume's bibliography: two requests.",
    (Field("volume", "Volume", f"Its number, as in the address {SITE}/v235/.", "235", pattern=r"v?[1-9][0-9]{0,3}"),),
    pull,
    unverified="a recorded list and papers' pages; of the bibliography, the entries that such pages show.",
)
