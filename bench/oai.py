"""`python -m bench.oai ARXIV`: how many records a second come out of pages of OAI-PMH, on one core.

Pages of 1,000 records are made of the real ones in the folder (`*.jsonl.xz`), in the recorded forms: `arXivRaw` with
one to three versions, `arXiv` with names in parts; abstracts on one line as since 2025, or folded as before. Every page
is parsed by itself, its PaperRecords are made and dropped. The time is that of the process: others may use the machine.
"""

import argparse
import cProfile
import json
import lzma
import pstats
import random
import statistics
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from ingest.sources.arxiv_oai import parse_page

PAGE = 1_000
ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <responseDate>2026-05-08T19:09:33Z</responseDate>
  <request verb="ListRecords" metadataPrefix="{form}">http://oaipmh.arxiv.org/oai</request>
  <ListRecords>
{records}
    <resumptionToken expirationDate='2026-05-09T00:00:00Z'>verb%3DListRecords%26skip%3D1000</resumptionToken>
  </ListRecords>
</OAI-PMH>
"""
RECORD = """    <record>
      <header>
        <identifier>oai:arXiv.org:{id}</identifier>
        <datestamp>2026-05-08</datestamp>
        {sets}
      </header>
      <metadata>
        <{form} xmlns="http://arxiv.org/OAI/{form}/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://arxiv.org/OAI/{form}/ https://oaipmh.arxiv.org/OAI/{form}.xsd">
          <id>{id}</id>
          {dates}
          <title>{title}</title>
          {authors}
          <categories>{categories}</categories>
          {comments}
          {doi}
          <license>http://creativecommons.org/licenses/by/4.0/</license>
          <abstract>{abstract}</abstract>
        </{form}>
      </metadata>
    </record>"""  # noqa: E501


def read_rows(folder: Path) -> Iterator[dict[str, Any]]:
    """A page of each file in turn, so that the first pages are of all years."""
    with ExitStack() as stack:
        files = [stack.enter_context(lzma.open(path, "rt")) for path in sorted(folder.glob("*.jsonl.xz"))]
        while files:
            for file in list(files):
                lines = list(islice(file, PAGE))
                yield from map(json.loads, lines)
                if not lines:
                    files.remove(file)


# --- Pages -------------------------------------------------------------------------------------------------------
def dates(form: str, row: dict[str, Any], chance: random.Random) -> str:
    if form == "arXiv":
        return f"<created>{row.get('created') or row.get('announced')}</created><updated>2026-05-08</updated>"
    first = datetime.fromisoformat(row.get("created") or row.get("announced") or "2020-02-02").replace(tzinfo=UTC)
    versions = []
    for number in range(1, chance.choice((1, 1, 1, 2, 2, 3)) + 1):
        instant = first + timedelta(days=40 * (number - 1), seconds=chance.randrange(86_400))
        versions.append(
            f'<version version="v{number}"><date>{instant:%a, %d %b %Y %H:%M:%S} GMT</date>'
            f"<size>{chance.randrange(10, 9_000)}kb</size><source_type>D</source_type></version>"
        )
    return "".join(versions)


def authors(form: str, names: list[str]) -> str:
    if form == "arXivRaw":
        return f"<authors>{escape(', '.join(names))}</authors>"
    parts = (name.rpartition(" ") for name in names)
    people = (
        f"<author><keyname>{escape(last)}</keyname><forenames>{escape(first)}</forenames></author>"
        for first, _, last in parts
    )
    return f"<authors>{''.join(people)}</authors>"


def make_page(form: str, rows: list[dict[str, Any]], *, folded: bool) -> bytes:
    chance = random.Random(11)
    records = []
    for row in rows:
        text = row["abstract"]
        records.append(
            RECORD.format(
                form=form,
                id=row["id"],
                sets="".join(f"<setSpec>{code.partition('.')[0]}</setSpec>" for code in row["categories"]),
                dates=dates(form, row, chance),
                title=escape(textwrap.fill(row["title"], 75, subsequent_indent="  ") if folded else row["title"]),
                authors=authors(form, row["authors"]),
                categories=" ".join(row["categories"]),
                comments=f"<comments>{escape(row['comments'])}</comments>" if row.get("comments") else "",
                doi=f"<doi>{escape(row['doi'])}</doi>" if row.get("doi") else "",
                abstract=escape(f"  {textwrap.fill(text, 79)}\n" if folded else text),
            )
        )
    return ENVELOPE.format(form=form, records="\n".join(records)).encode()


# --- Measuring ---------------------------------------------------------------------------------------------------
def parse_all(pages: list[bytes]) -> tuple[int, int]:
    records = bad = 0
    for page in pages:
        parsed = parse_page(page)
        records += len(parsed.records)
        bad += len(parsed.bad)
    return records, bad


def measure(name: str, pages: list[bytes], rounds: int) -> None:
    parse_all(pages[:1])
    speeds = []
    for _ in range(rounds):
        start = time.process_time()
        records, bad = parse_all(pages)
        speeds.append(records / (time.process_time() - start))
    size = sum(map(len, pages)) / len(pages) / 1e6
    print(
        f"{name:34} {statistics.median(speeds):8,.0f} records/s (least {min(speeds):,.0f}, most {max(speeds):,.0f}); "
        f"{records:,} records, {bad} bad; {size:.1f} MB a page"
    )


def profile(run: Callable[[], object]) -> None:
    profiler = cProfile.Profile()
    profiler.runcall(run)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    rows = list(islice(read_rows(options.folder), options.pages * PAGE))
    for form in ("arXivRaw", "arXiv"):
        for folded in (False, True):
            parts = [rows[at : at + PAGE] for at in range(0, len(rows), PAGE)]
            pages = [make_page(form, part, folded=folded) for part in parts]
            measure(f"{form}, {'folded' if folded else 'on one line'}", pages, options.rounds)
            if options.profile:
                profile(lambda pages=pages: parse_all(pages))  # type: ignore[misc]


if __name__ == "__main__":
    main()
