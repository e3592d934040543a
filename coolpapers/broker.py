"""Celery's broker, Redis or a SQLite file: how many messages wait in each queue, and tidying the file.

No answer depends on it: the list of work is in the database.
"""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from django.conf import settings
from kombu.connection import Connection

QUEUES = ("celery", "arxiv", "venues")
FILE = "sqla+sqlite:///"
log = logging.getLogger(__name__)


class BrokerAway(Exception):
    """It can't be reached."""


def queue_depths() -> dict[str, int]:
    """Messages that wait in each queue. Raises BrokerAway."""
    try:
        if path := _file():
            return _depths_of_file(path)
        options = settings.CELERY_BROKER_OPTIONS
        url = settings.CELERY_BROKER_URL
        with Connection(url, connect_timeout=2, transport_options=options) as connection:  # type: ignore[no-untyped-call]
            channel = connection.channel()
            return {name: int(channel._size(name)) for name in QUEUES}
    except Exception as error:  # each of them has its own
        raise BrokerAway(type(error).__name__) from error


def forget_taken() -> int:
    """Delete from the file the messages that were delivered, which its transport keeps for ever; how many."""
    path = _file()
    if path is None or not path.exists():
        return 0
    try:
        with closing(sqlite3.connect(path, timeout=10)) as file, file:
            return file.execute("DELETE FROM kombu_message WHERE NOT visible").rowcount
    except sqlite3.OperationalError as error:
        log.info("The broker's file is not tidied: %s", error)
        return 0


def _file() -> Path | None:
    url = settings.CELERY_BROKER_URL
    return Path(url.removeprefix(FILE)) if url.startswith(FILE) else None


def _depths_of_file(path: Path) -> dict[str, int]:
    """Nothing waits in a file that nobody has sent a message through yet."""
    if not path.exists():
        return dict.fromkeys(QUEUES, 0)
    query = (
        "SELECT q.name, count(*) FROM kombu_message m JOIN kombu_queue q ON q.id = m.queue_id WHERE visible GROUP BY 1"
    )
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=2)) as file:
        return dict.fromkeys(QUEUES, 0) | {name: count for name, count in file.execute(query) if name in QUEUES}
