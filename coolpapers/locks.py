"""A file that one process at a time holds. The kernel frees that of a killed process."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE = 0.02  # seconds between two attempts


@contextmanager
def lock_file(path: Path, *, timeout: float, busy: Exception) -> Iterator[None]:
    """Alone inside: waits `timeout` seconds for who holds the file, then raises `busy`; OSError where none can."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        deadline = time.monotonic() + timeout
        while not _take(descriptor):
            if time.monotonic() >= deadline:
                raise busy
            time.sleep(_PAUSE)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
