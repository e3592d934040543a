"""What `manage.py serve` does before the site is up, each step only where something is missing.

Output: the database migrated, the administrator whom the settings name, static files collected, the shipped papers
loaded into an empty store, the search index built. Guarantee: a step that was cut off is done again by the next start;
one with nothing to do costs milliseconds.
"""

import hashlib
import io
import sys
import time
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from coolpapers import broker
from coolpapers.administrators import make_first_administrator
from coolpapers.bootstrap import say
from coolpapers.models import Paper
from search import index
from search.engines.base import EngineUnavailable

SAMPLE = Path(__file__).parent / "data" / "sample.jsonl.xz"


def prepare() -> None:
    """All steps in order."""
    prepare_database()
    prepare_administrator()
    prepare_static_files()
    prepare_papers()
    prepare_index()


def prepare_database() -> None:
    """Migrate when a migration is not applied yet; make the files of the cache and of the broker."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Preparing the database...")
        call_command("migrate", verbosity=0, interactive=False)
    if "cache" in connections:
        connections["cache"].ensure_connection()  # made by one process, before several would at once
    broker.prepare()


def prepare_administrator() -> None:
    """As the settings say, where there is none."""
    if user := make_first_administrator():
        say(f"{user.username} is the first administrator.")


def static_fingerprint() -> str:
    """Changes when a static file does, or the way they are stored."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            file = Path(storage.path(path)).stat()
            digest.update(f"{path} {file.st_size} {file.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def prepare_static_files() -> None:
    """Collect, hash and compress them when one has changed."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    fingerprint = static_fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(fingerprint)


def prepare_papers() -> None:
    """Load the shipped papers into an empty store."""
    loading = settings.DATA_DIR / "sample.loading"  # left behind by a start that was cut off half-way
    if not SAMPLE.exists() or (Paper.objects.exists() and not loading.exists()):
        return
    say("Loading the shipped papers...")
    loading.touch()
    started = time.monotonic()
    call_command("load_records", str(SAMPLE), verbosity=int(sys.stderr.isatty()), stdout=io.StringIO())
    loading.unlink()
    say(f"{Paper.objects.count():,} papers are in the store ({time.monotonic() - started:.0f} s).")


def prepare_index() -> None:
    """Build the search index when there is none that this version can read, and the one that stands in for it. Without
    one the lists still work."""
    try:
        if index.prepare_fallback():
            say("The index that answers while the search engine can't is built.")
    except EngineUnavailable as error:
        say(f"The index that stands in for the search engine could not be built: {error}")
    status = index.status()
    if status.off or not status.needs_rebuild:
        return
    say("Building the search index...")
    try:
        call_command("search_index", "rebuild", verbosity=int(sys.stderr.isatty()), stdout=io.StringIO())
    except CommandError as error:
        say(f"The search index could not be built: {error} Until `manage.py search_index rebuild` only lists work.")
