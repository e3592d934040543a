"""One request over the network, by GET, with limits on everything. Only `ingest.fetch` and `ingest.visit` call it.

Input: an address, headers, the most bytes (packed and unpacked) and seconds. Output: an `Answer`, also where there was
none: it says what broke. Guarantees: it ends within `timeout` seconds, however slowly bytes come (but for looking up
the name and the first words of TLS, which have limits of their own); it reads no more than it may; the connection is
closed when it returns, so none is left open beside the next; redirects are not followed; nothing is kept from one
request to the next.
"""

import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection

CONNECT = 15.0  # seconds to be connected
SILENCE = 60.0  # seconds without a byte
BLOCK = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """`size`: bytes as they came; `broken`: why there is no whole answer; `too_large`: that is why."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=CaseInsensitiveDict)
    body: bytes = b""
    size: int = 0
    milliseconds: int = 0
    broken: str = ""
    too_large: bool = False


def exchange(url: str, *, headers: Mapping[str, str], limit: int, timeout: float, ip: str = "") -> Answer:
    """Ask once. `ip`: connect to this address, whatever the host's name leads to by now; the certificate has to be the
    host's."""
    began, reading = time.monotonic(), _Reading(limit)
    with _Watch(timeout) as watch:
        try:
            with _answering(url, headers, timeout, watch, ip) as response:
                reading.status, reading.headers = response.status_code, response.headers
                reading.read(response)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, zlib.error) as error:
            reading.broken = _in_words(error)
    if watch.late:
        reading.broken = f"The answer was not complete after {timeout:g} s."
    return reading.answer(round(1000 * (time.monotonic() - began)))


@contextmanager
def _answering(
    url: str, headers: Mapping[str, str], timeout: float, watch: "_Watch", ip: str
) -> Iterator[requests.Response]:
    """The answer from its head on; its connection is closed afterwards."""
    with _Session() as session:
        session.headers.clear()
        session.headers.update({**headers, "Accept-Encoding": "gzip", "Connection": "close"})
        session.auth = lambda request: request  # else requests looks for passwords in ~/.netrc
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Adapter(watch, ip))
        session.trust_env = not ip  # else a proxy of the environment would look the name up again
        limits = (min(CONNECT, timeout), min(SILENCE, timeout))
        with session.get(url, stream=True, allow_redirects=False, timeout=limits) as response:
            yield response


class _Session(requests.Session):
    """Looks at no redirect: requests' own would read its whole body to find out where to."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _Reading:
    """What has come so far."""

    def __init__(self, limit: int) -> None:
        self.limit, self.size, self.blocks, self.unpacked = limit, 0, list[bytes](), 0
        self.status: int | None = None
        self.headers: Mapping[str, str] = CaseInsensitiveDict()
        self.broken, self.too_large = "", False

    def read(self, response: requests.Response) -> None:
        """The body, unpacked here: only so is there a limit on what a small gzip file becomes."""
        encoding = response.headers.get("Content-Encoding", "identity").lower().strip()
        if encoding not in {"identity", "gzip", "x-gzip"}:
            self.broken = f"The answer is packed as {encoding[:40]!r}, which nobody asked for."
            return
        unpacker = None if encoding == "identity" else _Unpacker()
        for block in response.raw.stream(BLOCK, decode_content=False):
            self.size += len(block)
            for part in unpacker.unpack(block) if unpacker else (block,):
                self.unpacked += len(part)
                self.blocks.append(part)
                if self._is_too_large():
                    return
        if unpacker and not unpacker.is_whole:
            self.broken = "The packed answer was cut off."

    def _is_too_large(self) -> bool:
        self.too_large = max(self.size, self.unpacked) > self.limit
        if self.too_large:
            self.broken = f"The answer is larger than {self.limit:,} bytes."
        return self.too_large

    def answer(self, milliseconds: int) -> Answer:
        body = b"" if self.broken else b"".join(self.blocks)
        return Answer(self.status, self.headers, body, self.size, milliseconds, self.broken, self.too_large)


class _Unpacker:
    """gzip, block by block: a bomb is noticed at its first blocks. Several files in a row are one text."""

    def __init__(self) -> None:
        self._gzip = zlib.decompressobj(wbits=31)
        self._begun = False

    def unpack(self, block: bytes) -> Iterator[bytes]:
        while block:
            if self._gzip.eof:
                self._gzip = zlib.decompressobj(wbits=31)
            self._begun = True
            if part := self._gzip.decompress(block, BLOCK):
                yield part
            block = self._gzip.unconsumed_tail or self._gzip.unused_data

    @property
    def is_whole(self) -> bool:
        return self._gzip.eof or not self._begun


class _Watch:
    """Ends connections that are still open when the time is over: a socket's own timeout begins anew with each byte."""

    def __init__(self, seconds: float) -> None:
        self.late = False
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> "_Watch":
        self._timer.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._timer.cancel()
        self._timer.join()

    def see(self, connection: socket.socket) -> None:
        self._sockets.append(connection)
        if self.late:
            self._end()

    def _end(self) -> None:
        self.late = True
        for connection in self._sockets:
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)  # not TLS's own, which would talk first


class _Adapter(HTTPAdapter):
    """requests' own, whose connections are watched, and go to `ip` where there is one."""

    def __init__(self, watch: _Watch, ip: str) -> None:
        self._watch, self._ip = watch, ip
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools()

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = self._pools()
        return manager

    def _pools(self) -> dict[str, Any]:
        watch, ip = self._watch, self._ip

        class Http(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return _connected(super()._new_conn, self, ip)

            def connect(self) -> None:
                super().connect()
                watch.see(self.sock)

        class Https(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return _connected(super()._new_conn, self, ip)

            def connect(self) -> None:
                super().connect()
                watch.see(self.sock)

        class HttpPool(urllib3.HTTPConnectionPool):
            ConnectionCls = Http

        class HttpsPool(urllib3.HTTPSConnectionPool):
            ConnectionCls = Https

        return {"http": HttpPool, "https": HttpsPool}


def _connected(connect: Callable[[], socket.socket], connection: Any, ip: str) -> socket.socket:
    """urllib3's own way to a socket, which goes to the host; whose page is asked for and whose certificate is looked at
    stays the host's."""
    if not ip:
        return connect()
    host, connection.host = connection.host, ip
    try:
        return connect()
    finally:
        connection.host = host


def _in_words(error: Exception) -> str:
    """Without the objects that the libraries print."""
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return "No answer came in time."
    if isinstance(error, zlib.error):
        return "The packed answer can't be unpacked."
    if isinstance(error, requests.exceptions.SSLError):
        return "Its certificate or its TLS is not in order."
    text = str(error)
    for sign, words in (
        ("IncompleteRead", "The answer was cut off."),
        ("InvalidChunkLength", "The answer was cut off."),
        ("refused", "The connection was refused."),
        ("reset", "The connection was reset."),
        ("Remote end closed", "The connection was closed without an answer."),
        ("NameResolution", "The name of the host can't be found."),
    ):
        if sign in text:
            return words
    return f"The connection failed ({type(error).__name__})."
