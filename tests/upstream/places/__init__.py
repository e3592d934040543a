"""Fakes of the places where proceedings live: one HTTP server on loopback for all of them, told apart by the host that
is asked for. A place is a function from a request to an answer, in a module of its own.

    with FakePlaces({"proceedings.mlr.press": pmlr.place(records)}) as places:
        settings.VENUE_UPSTREAM = places.url

Records are real ones (the shipped sample, or ../shared), forms are the recorded ones.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.upstream.fault import Answer
from tests.upstream.wire import send


@dataclass(frozen=True)
class Visit:
    """A request: `query` has each parameter's values."""

    host: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str] = field(default_factory=dict)

    def first(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]


Place = Callable[[Visit], Answer]


def page(
    body: str | bytes, status: int = 200, content_type: str = "text/html; charset=utf-8", **headers: str
) -> Answer:
    """An answer of the usual kind; `headers` with underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = body.encode() if isinstance(body, str) else body
    return Answer(status, data, {"Content-Type": content_type, **named})


NOT_FOUND = page("<html><head><title>404 Not Found</title></head><body>Not Found</body></html>", 404)
CHALLENGE = page(
    "<!DOCTYPE html><html lang='en-US'><head><title>Just a moment...</title></head><body>"
    "<div class='main-wrapper'><noscript>Enable JavaScript and cookies to continue</noscript></div>"
    "<script>window._cf_chl_opt={cvId:'3'};</script></body></html>"
)  # what a wall against robots says, with status 200


class FakePlaces:
    """A server in threads of this process. A place that has no robots.txt answers 404 to it, as most do."""

    def __init__(self, places: Mapping[str, Place], port: int = 0) -> None:
        self.places = dict(places)
        self.visits: list[Visit] = []
        self.closing = threading.Event()
        self._instead: list[list[Any]] = []  # host, path's beginning, answer, times
        self._lock = threading.Lock()
        self.server = _Server(("127.0.0.1", port), _Handler)
        self.server.fake = self
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """For the setting VENUE_UPSTREAM."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def fault(self, host: str, answer: Answer, path: str = "/", times: int = 1) -> None:
        """The next `times` requests to the host for a path that begins so are answered like this."""
        with self._lock:
            self._instead.append([host, path, answer, times])

    def answer(self, visit: Visit) -> Answer:
        with self._lock:
            self.visits.append(visit)
            for fault in self._instead:
                if fault[0] == visit.host and visit.path.startswith(fault[1]) and fault[3] > 0:
                    fault[3] -= 1
                    told: Answer = fault[2]
                    return told
        place = self.places.get(visit.host)
        return place(visit) if place else NOT_FOUND

    def paths(self, host: str) -> list[str]:
        """What was asked of the host, robots.txt left out."""
        return [visit.path for visit in self.visits if visit.host == host and visit.path != "/robots.txt"]

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.closing.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakePlaces


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        host = self.headers.get("Host", "").partition(":")[0].lower()
        visit = Visit(host, parts.path, parse_qs(parts.query, keep_blank_values=True), dict(self.headers))
        answer = self.server.fake.answer(visit)
        gzip = "gzip" in self.headers.get("Accept-Encoding", "")
        self.wfile.flush()
        if not send(self.connection, answer, gzip, self.server.fake.closing, lambda: None):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass
