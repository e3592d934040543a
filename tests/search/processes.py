"""Programs that tests of the embedded engine run beside themselves: `python -m tests.search.processes ROLE FOLDER`."""

import itertools
import json
import os
import select
import sys
from pathlib import Path


def tell(said: object) -> None:
    """One line to the test."""
    sys.stdout.write(f"{said}\n")
    sys.stdout.flush()


def read(folder: Path) -> None:
    """Search without a pause until stdin closes; tell every change of the total, then a summary."""
    from search.engines.embedded import EmbeddedEngine
    from tests.search.documents import total

    engine = EmbeddedEngine(folder)
    answers, told, totals = 0, None, set()
    while not select.select([sys.stdin], [], [], 0)[0]:
        found = total(engine, "word")
        answers += 1
        totals.add(found)
        if found != told:
            told = found
            tell(json.dumps({"total": found}))
    tell(json.dumps({"answers": answers, "totals": sorted(totals)}))


def write(folder: Path) -> None:
    """Commit ten papers at a time for ever; tell each commit that is done."""
    from search.engines.embedded import EmbeddedEngine
    from tests.search.documents import make_document, put

    engine = EmbeddedEngine(folder)
    held = engine.state().documents
    for first in itertools.count(held + 1, 10):
        put(engine, *(make_document(n, "word " * 50) for n in range(first, first + 10)))
        tell(first + 9)


def rebuild(folder: Path) -> None:
    """Rebuild without end; tell how many papers went in."""
    from search.engines.embedded import EmbeddedEngine
    from tests.search.documents import make_document

    def documents():
        for n in itertools.count(1):
            yield make_document(n, "word")
            if n % 1_000 == 0:
                tell(n)

    EmbeddedEngine(folder).rebuild(documents(), timeout=10)


def hold(folder: Path) -> None:
    """Write, and stay in the middle of it until stdin closes."""
    from search.engines.embedded import EmbeddedEngine
    from tests.search.documents import make_document

    with EmbeddedEngine(folder).writing(timeout=10) as writer:
        writer.put([make_document(1_000_000, "word")])
        tell("holding")
        sys.stdin.read()


def fork(folder: Path) -> None:
    """Open the index, fork, and let the child tell what it finds by itself."""
    from django.conf import settings

    from search.engines import get_engine
    from tests.search.documents import total

    settings.SEARCH_URL = f"embedded://{folder}"
    parents = get_engine()
    total(parents, "word")
    child = os.fork()
    if child == 0:
        tell(f"{'the same' if get_engine() is parents else 'another'} engine finds {total(get_engine(), 'word')}")
        os._exit(0)
    os.waitpid(child, 0)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    {"read": read, "write": write, "rebuild": rebuild, "hold": hold, "fork": fork}[sys.argv[1]](Path(sys.argv[2]))
