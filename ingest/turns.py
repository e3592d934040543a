"""Whose turn it is to ask arXiv, or a host of venues, over all processes, and what they know together
(`ingest.manners.State`).

Two places for it, of one shape, `Turns`: a file in DATA_DIR, for the processes of one machine, and Redis, for those of
several. With REDIS_URL a turn is taken in both, so that a Redis that forgot everything lets no two processes of one
machine ask at once, nor forget a pause. Guarantee: a process that is killed holds nobody up. The kernel frees its file,
and Redis tells that its connection is gone; were that not to be learned, its turn ends with its lease.
"""

import json
import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Protocol

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from coolpapers.locks import lock_file
from ingest.manners import State, from_json, to_json

LOOK = 0.02  # seconds between two looks at whether a turn in Redis is over
FREE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
log = logging.getLogger(__name__)


class Busy(Exception):
    """Others had their turns for as long as we would wait."""


class Ungoverned(Exception):
    """Nobody can know whose turn it is, so nobody may ask: the text says what is broken."""


class Turns(Protocol):
    """One turn at a time, and the state. Only who has the turn writes; everybody may read."""

    def hold(self, *, timeout: float, lease: float) -> AbstractContextManager[None]:
        """Alone inside, for at most `lease` seconds; `Busy` after `timeout` seconds (both of the machine's clock)."""
        ...

    def read(self) -> State | None:
        """None: nothing is known, or it can't be read."""
        ...

    def write(self, state: State) -> None:
        """`Ungoverned` where that can't be done."""
        ...


ARXIV = "arxiv"


def get_turns(whom: str = ARXIV) -> Turns:
    """Those of the settings, of arXiv or of a host; each use has its own."""
    folder = Path(settings.DATA_DIR)
    if whom != ARXIV:
        folder /= "hosts"
        folder.mkdir(exist_ok=True)
    near = FileTurns(folder, whom)
    if settings.REDIS_URL.startswith(("redis://", "rediss://")):
        return BothTurns(near, RedisTurns(settings.REDIS_URL, whom))
    return near


class FileTurns:
    """In a folder: a file that is locked, one for who is next, and one with the state.

    Who is next waits alone, so that a process that asks again and again can't overtake it.
    """

    def __init__(self, folder: Path, whom: str = ARXIV) -> None:
        self.lock, self.next, self.state = (folder / f"{whom}.{kind}" for kind in ("lock", "next", "json"))

    @contextmanager
    def hold(self, *, timeout: float, lease: float) -> Iterator[None]:
        deadline, busy = time.monotonic() + timeout, Busy("Other processes are asking.")
        with ExitStack() as held:
            try:
                with lock_file(self.next, timeout=timeout, busy=busy):
                    left = deadline - time.monotonic()
                    held.enter_context(lock_file(self.lock, timeout=left, busy=busy))
            except OSError as error:
                raise Ungoverned(f"{self.lock} can't be locked ({error.strerror}).") from error
            yield

    def read(self) -> State | None:
        try:
            return _parsed(self.state.read_bytes())
        except OSError:
            return None

    def write(self, state: State) -> None:
        """Whole or not at all, since others read without the lock."""
        new = self.state.with_suffix(".new")
        try:
            new.write_text(json.dumps(to_json(state)))
            new.replace(self.state)
        except OSError as error:
            raise Ungoverned(f"{self.state} can't be written ({error.strerror}).") from error


class RedisTurns:
    """In Redis: a key that one process at a time sets, and one with the state.

    The key tells which connection set it. That connection is open as long as the process lives, and Redis knows.
    """

    def __init__(self, url: str, whom: str = ARXIV) -> None:
        self.url, self.lock, self.state = url, f"coolpapers:{whom}:turn", f"coolpapers:{whom}:state"
        self._held: redis.Redis | None = None

    @contextmanager
    def hold(self, *, timeout: float, lease: float) -> Iterator[None]:
        with self._connected() as client:
            turn = self._take(client, timeout, lease)
            self._held = client
            try:
                yield
            finally:
                self._held = None
                try:
                    client.eval(FREE, 1, self.lock, turn)
                except redis.RedisError as error:  # the connection is gone, which frees it as well
                    log.warning("A turn could not be given back to Redis: %s", error)

    def read(self) -> State | None:
        try:
            with nullcontext(self._held) if self._held else self._connected() as client:
                found = client.get(self.state)
        except (Ungoverned, redis.RedisError) as error:
            log.warning("What is known of requests can't be read: %s", error)
            return None
        return _parsed(found) if isinstance(found, bytes) else None

    def write(self, state: State) -> None:
        if self._held is None:
            raise Ungoverned("Only who has the turn writes.")
        try:
            self._held.set(self.state, json.dumps(to_json(state)))
        except redis.RedisError as error:
            raise _broken(error) from error

    @contextmanager
    def _connected(self) -> Iterator[redis.Redis]:
        """One connection, which is never opened again behind our back: it is what tells that we live."""
        try:
            client = redis.Redis.from_url(
                self.url,
                single_connection_client=True,  # which is opened at once
                socket_connect_timeout=2,
                socket_timeout=5,
                retry=Retry(NoBackoff(), 0),
            )
        except redis.RedisError as error:
            raise _broken(error) from error
        with client:
            yield client

    def _take(self, client: redis.Redis, timeout: float, lease: float) -> str:
        """The value that says it is ours."""
        deadline = time.monotonic() + timeout
        try:
            turn = f"{self._server(client)} {client.client_id()} {secrets.token_hex(8)}"
            while not client.set(self.lock, turn, nx=True, px=int(lease * 1000)):
                if time.monotonic() >= deadline:
                    raise Busy("Other processes are asking.")
                if not self._free_of_the_dead(client):
                    time.sleep(LOOK)
        except redis.RedisError as error:
            raise _broken(error) from error
        return turn

    def _server(self, client: redis.Redis) -> str:
        """The run of Redis: connections are numbered anew in each."""
        info: Any = client.info("server")
        return str(info["run_id"])

    def _free_of_the_dead(self, client: redis.Redis) -> bool:
        """True: the turn was held by a connection that is gone, and isn't any more.

        After Redis itself was started again all connections are new, the living ones', too: then the lease decides.
        """
        held: Any = client.get(self.lock)
        if held is None:
            return True
        server, number, _ = held.decode().split(" ")
        try:
            if server != self._server(client) or client.client_list(client_id=[number]):
                return False
        except redis.ResponseError:  # a Redis of somebody else's, that does not tell
            return False
        return bool(client.eval(FREE, 1, self.lock, held))


class BothTurns:
    """This machine's turn, then everybody's. Of two states the newer one holds, also where one place forgot."""

    def __init__(self, near: Turns, far: Turns) -> None:
        self.near, self.far = near, far

    @contextmanager
    def hold(self, *, timeout: float, lease: float) -> Iterator[None]:
        deadline = time.monotonic() + timeout
        with ExitStack() as turns:
            turns.enter_context(self.near.hold(timeout=timeout, lease=lease))
            turns.enter_context(self.far.hold(timeout=max(0.0, deadline - time.monotonic()), lease=lease))
            yield

    def read(self) -> State | None:
        known = [state for state in (self.near.read(), self.far.read()) if state]
        return max(known, key=lambda state: state.revision, default=None)

    def write(self, state: State) -> None:
        self.near.write(state)
        self.far.write(state)


def _parsed(text: bytes) -> State | None:
    try:
        return from_json(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("What was known of requests can't be read and begins anew: %s", error)
        return None


def _broken(error: redis.RedisError) -> Ungoverned:
    return Ungoverned(f"Redis, which all processes share their turns through, does not answer ({error}).")
