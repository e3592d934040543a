"""A small HTTP server on loopback that answers as a test tells it, also wrongly, and remembers who asked.

An answer is what is sent, bit by bit: bytes, or seconds to wait in between. `reply()` makes one of HTTP's usual form.
"""

import gzip
import socket
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Self

from coolpapers.clock import Clock

Part = bytes | float
FEED = b'<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title></feed>\n'


def reply(
    body: bytes = FEED, status: int = 200, *, packed: bool = False, length: int | None = None, **headers: str
) -> list[Part]:
    """`headers` with underscores for hyphens; `length` is what Content-Length claims."""
    if packed:
        body, headers = gzip.compress(body), {"Content_Encoding": "gzip", **headers}
    headers = {"Content_Type": "application/atom+xml; charset=utf-8", **headers}
    lines = [f"HTTP/1.1 {status} Said so", f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ["\r\n".join([*lines, "", ""]).encode(), body]


@dataclass(frozen=True)
class Asked:
    """One request: `at` by the settable clock, `second` by the machine's; `others`: connections open beside it."""

    path: str
    at: datetime
    second: float
    headers: dict[str, str]
    others: int


class FaultServer:
    """`answers`: what to send for a path, one after the other; the last one is sent again and again."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.answers: dict[str, list[Iterable[Part]]] = {}
        self.asked: list[Asked] = []
        self._open: list[socket.socket] = []
        self._over, self._lock, self._threads = threading.Event(), threading.Lock(), list[threading.Thread]()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def answer(self, path: str, *answers: Iterable[Part]) -> str:
        """The address that answers so."""
        self.answers[path] = list(answers)
        return self.url + path

    def __enter__(self) -> Self:
        self._start(self._listen)
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _start(self, run: object, *arguments: object) -> None:
        thread = threading.Thread(target=run, args=arguments)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        second = time.monotonic()
        with connection, suppress(OSError):
            connection.settimeout(10)
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                if not (block := connection.recv(65536)):
                    return
                request += block
            for part in self._take_down(connection, request.decode("latin-1"), second):
                if isinstance(part, bytes):
                    connection.sendall(part)
                elif self._over.wait(part):
                    break
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):  # until the other end closes it: only then is it not open beside the next
                pass
            self._forget(connection)

    def _take_down(self, connection: socket.socket, request: str, second: float) -> Iterable[Part]:
        first, *lines = request.strip().split("\r\n")
        path = first.split(" ")[1]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        with self._lock:
            others = sum(is_open(other) for other in self._open)
            self._open.append(connection)
            self.asked.append(Asked(path, self.clock.now(), second, headers, others))
            answers: Sequence[Iterable[Part]] = self.answers.get(path.split("?")[0], [reply(b"Not here", 404)])
            return answers.pop(0) if isinstance(answers, list) and len(answers) > 1 else answers[0]

    def _forget(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.remove(connection)


def is_open(connection: socket.socket) -> bool:
    """Whether the other end has not closed it."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def gaps(asked: Sequence[Asked]) -> list[float]:
    """Seconds of the settable clock between one request and the next."""
    instants = sorted(one.at for one in asked)
    return [(later - earlier).total_seconds() for earlier, later in pairwise(instants)]
