"""Programs that tests of an index in a folder run beside themselves, and how they are listened to.

python -m tests.search.processes ROLE FOLDER
"""

import itertools
import json
import os
import select
import subprocess
import sys
import threading
from pathlib import Path

DEADLINE = 30.0  # seconds after which something that should happen counts as never happening


def line(process: "subprocess.Popen[str]") -> str:
    """The next line that the program prints."""
    assert process.stdout
    watch = threading.Timer(DEADLINE, process.kill)
    watch.start()
    try:
        said = process.stdout.readline()
    finally:
        watch.cancel()
    assert said, "the program ended or was silent for too long"
    return said.strip()


# --- The programs ------------------------------------------------------------------------------------------------


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


def read_vectors(folder: Path) -> None:
    """Ask for the nearest without a pause until stdin closes; tell every change of what is found."""
    from search.engines.nearest import NearestIndex
    from tests.search.packed import RECIPE, make_vectors

    index, told = NearestIndex(folder), None
    while not select.select([sys.stdin], [], [], 0)[0]:
        found, _ = index.search(RECIPE, make_vectors([1]).floats()[0], limit=100_000)
        if len(found) != told:
            told = len(found)
            tell(told)
    tell("ends well")


def write_vectors(folder: Path) -> None:
    """Commit ten papers' vectors at a time for ever; tell each commit that is done."""
    from search.engines.nearest import NearestIndex
    from tests.search.packed import RECIPE, make_vectors

    index = NearestIndex(folder)
    for first in itertools.count(index.state().papers + 1, 10):
        index.append(RECIPE, make_vectors(range(first, first + 10)), mark=first + 9, timeout=10)
        tell(first + 9)


def fork_vectors(folder: Path) -> None:
    """Ask for the nearest, fork, and let the child ask."""
    from search.engines.nearest import NearestIndex
    from tests.search.packed import RECIPE, make_vectors

    index, question = NearestIndex(folder), make_vectors([1]).floats()[0]
    index.search(RECIPE, question, limit=1)
    child = os.fork()
    if child == 0:
        tell(index.search(RECIPE, question, limit=1)[0].tolist())
        os._exit(0)
    os.waitpid(child, 0)


ROLES = {
    "read": read,
    "write": write,
    "rebuild": rebuild,
    "hold": hold,
    "fork": fork,
    "read-vectors": read_vectors,
    "write-vectors": write_vectors,
    "fork-vectors": fork_vectors,
}

if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    ROLES[sys.argv[1]](Path(sys.argv[2]))
