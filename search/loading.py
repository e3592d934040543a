"""Models that a process holds: loaded when they are first asked for, at most one of a kind, for all its threads.

Guarantees: one loading at a time, and who asks meanwhile waits; one that failed is not tried anew for RETRY_SECONDS,
for it costs seconds to fail as well, and each search would pay them.
"""

import os
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

RETRY_SECONDS = 60.0

K = TypeVar("K", bound=Hashable)
M = TypeVar("M")


class Loaded(Generic[K, M]):
    """The model of the key that was asked for last. What `load` raises is raised again while it is remembered."""

    def __init__(self, load: Callable[[K], M], clock: Callable[[], float] = time.monotonic) -> None:
        self._load = load
        self._clock = clock
        self._loading = threading.Lock()
        self._held: dict[tuple[K, int], M] = {}  # at most one; by process too: torch's threads do not survive a fork
        self._lent: dict[K, M] = {}
        self._failed: dict[K, tuple[float, Exception]] = {}

    def get(self, key: K) -> M:
        """The model, perhaps after seconds."""
        if key in self._lent:
            return self._lent[key]
        mine = (key, os.getpid())
        with self._loading:
            if mine not in self._held:
                self._raise_failure(key)
                self._held.clear()
                self._held[mine] = self._try(key)
            return self._held[mine]

    def is_held(self, key: K) -> bool:
        """Whether `get` would answer at once."""
        return key in self._lent or (key, os.getpid()) in self._held

    @contextmanager
    def lending(self, key: K, model: M) -> Iterator[None]:
        """Inside the block the model of the key is this one."""
        self._lent[key] = model
        try:
            yield
        finally:
            del self._lent[key]

    def _try(self, key: K) -> M:
        try:
            return self._load(key)
        except Exception as error:
            self._failed = {key: (self._clock() + RETRY_SECONDS, error)}
            raise

    def _raise_failure(self, key: K) -> None:
        until, error = self._failed.get(key, (0.0, None))
        if error is not None and self._clock() < until:
            raise error
