"""`python -m bench.storing [--records 300000]`: what storing costs on SQLite, and a day on which arXiv touches records.

Made-up records the size of real ones go through save_records: new ones; the same with a newer date of their source and
nothing else (a bulk touch); the same with another comment; new ones, each thousand of which is indexed as the worker
does it; a listing of 1,200 papers kept, applied and counted in the ledger. Prints records a second, memory before and
at most. Everything is written to a temporary folder.
"""

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

MODIFIED = date(2026, 6, 1)
LISTED = date(2026, 6, 16)
WORDS = "graphs learning of networks under weak noise with provable bounds on large sparse data and models".split()


@dataclass(frozen=True)
class Entry:
    key: str
    kind: str
    categories: tuple[str, ...]
    version: int = 1


@dataclass(frozen=True)
class Feed:
    name: str
    day: date
    entries: tuple[Entry, ...]
    truncated: bool = False


def made_up(count: int) -> Iterator[Any]:
    """Records with an abstract of some 1,000 characters and three authors, twenty days of a thousand and on."""
    from ingest.record import Announced, PaperRecord

    start = datetime(2020, 1, 6, 12, tzinfo=UTC)
    for number in range(count):
        instant = start + timedelta(minutes=number)
        yield PaperRecord(
            key=f"{20 + number // 99_999 % 6:02d}01.{number % 99_999 + 1:05d}",
            branch="arxiv",
            title=f"Paper {number} {' '.join(WORDS[number % 7 :])}",
            abstract=" ".join(WORDS) * 10,
            authors=("Ada Author", f"Ben {number}", "Cy Writer"),
            categories=("cs.LG", "stat.ML") if number % 2 else ("cs.CL",),
            submitted=instant,
            modified=MODIFIED,
            announced=(Announced(instant.date(), "new", "computed"),),
            source_url=f"https://arxiv.org/abs/{number}",
            pdf_url=f"https://arxiv.org/pdf/{number}",
            ordinal=202001_000000 + number,
        )


def own_memory() -> int:
    """MB of this process alone: what it maps of the database's file the system takes back when it likes."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) // 1024


def measured(name: str, count: int, work: Callable[[], object]) -> None:
    seen, over = [own_memory()], threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            seen.append(own_memory())

    watcher = threading.Thread(target=look)
    watcher.start()
    start = time.perf_counter()
    told = work()
    took = time.perf_counter() - start
    over.set()
    watcher.join()
    print(
        f"{name:26} {count / took:9,.0f} /s {took * 1_000:9,.0f} ms, {seen[0]} to {max(seen)} MB   {told}", flush=True
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=300_000)
    count = parser.parse_args().records
    with tempfile.TemporaryDirectory(prefix="coolpapers-bench-") as folder:
        os.environ |= {"DATA_DIR": folder, "SEARCH_URL": "", "EMBEDDING_MODEL": "off", "LOG_LEVEL": "WARNING"}
        os.environ |= {"DJANGO_SETTINGS_MODULE": "coolpapers.settings"}
        run(count)


def store_and_index(records: list[Any]) -> int:
    """As a harvest and the worker do it, one after the other; how many are in the index then."""
    from ingest.store import save_batch
    from search.engines import get_engine
    from search.tasks import sweep_index

    for start in range(0, len(records), 1_000):
        save_batch(records=records[start : start + 1_000])
        sweep_index()
    return get_engine().state().documents


def run(count: int) -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from ingest.ledger import check_ledger
    from ingest.listings import apply_listings, keep_feed
    from ingest.store import save_records

    touched = (replace(record, modified=LISTED) for record in made_up(count))
    commented = (replace(record, modified=LISTED, comments="Ten pages") for record in made_up(count // 10))
    measured("new", count, lambda: save_records(records=made_up(count)))
    measured("touched, nothing changed", count, lambda: save_records(records=touched))
    measured("changed", count // 10, lambda: save_records(records=commented))
    more = list(islice(made_up(count + count // 10), count, None))
    call_command("search_index", "rebuild", verbosity=0)
    measured("new, each 1,000 indexed", len(more), lambda: store_and_index(more))
    entries = tuple(Entry(record.key, "new", record.categories) for record in made_up(1_200))
    feed = Feed("cs", LISTED, entries)
    measured("feed kept", 1_200, lambda: keep_feed(feed, body=b"x" * 3_000_000, received=datetime.now(UTC)))
    measured("listing applied", 1_200, lambda: apply_listings(LISTED))
    measured("listing applied again", 1_200, lambda: apply_listings(LISTED))
    measured("ledger checked", 1_200, lambda: check_ledger(LISTED))


if __name__ == "__main__":
    main()
