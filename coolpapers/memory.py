"""What all web processes remember together for a short while: counts of requests, and lists that are costly to find.

Kept in Django's cache, which is a SQLite file of its own or Redis (settings.CACHES, docs/decisions/0007). Guarantee: no
answer depends on it. A store that fails, whichever way, is left alone for PAUSE seconds with one line in the log; until
then nothing is counted and everything is found anew.
"""

import hashlib
import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache import cache

PAUSE = 10.0  # seconds
MISSING = object()
T = TypeVar("T")
log = logging.getLogger(__name__)


class SharedMemory:
    """The store, and until when it is left alone in this process. `clock` gives seconds since 1970."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.away_until = 0.0

    def _ask(self, question: Callable[[], Any], otherwise: Any) -> Any:
        """The store's answer, or `otherwise` while it gives none."""
        if time.monotonic() < self.away_until:
            return otherwise
        try:
            return question()
        except Exception as error:  # each store has its own, and none of them may cost a reader the page
            self.away_until = time.monotonic() + PAUSE
            log.warning("The cache fails, and is left alone for %.0f s: %s", PAUSE, error)
            return otherwise

    def count(self, name: str, seconds: int) -> int | None:
        """How often this was called for `name` in the window of `seconds` that it is now; None where nobody knows."""
        key = f"count:{name}:{self.clock() // seconds:.0f}"

        def add_one() -> int | None:
            cache.add(key, 0, timeout=2 * seconds)
            try:
                return cache.incr(key)
            except ValueError:  # the store did not keep it
                return None

        answer: int | None = self._ask(add_one, None)
        return answer

    def recall(self, name: str, seconds: int, find: Callable[[], T]) -> T:
        """What `find` gave for `name` at most `seconds` ago, else what it gives now."""
        key = f"found:{hashlib.blake2b(name.encode(), digest_size=16).hexdigest()}"
        known = self._ask(lambda: cache.get(key, MISSING), MISSING)
        if known is not MISSING:
            found: T = known
            return found
        found = find()
        self._ask(lambda: cache.set(key, found, timeout=seconds), None)
        return found


memory = SharedMemory()
