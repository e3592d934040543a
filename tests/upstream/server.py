"""The fake arXiv as an HTTP server on loopback: `with FakeArxiv(plot, clock_file=…) as arxiv:`.

`/api/query`, `/oai`, `/atom/<names>` and `/rss/<names>` speak as arXiv does, at the instant of the clock; paths that
begin with `/_` are ours: `_faults`, `_log`, `_truth?day=`, `_world`, `_clock`. Requests to arXiv's paths are logged.
"""

import json
import socket
import threading
import time
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from coolpapers.clock import Clock, FileClock, RealClock
from tests.upstream import api, feeds
from tests.upstream.fault import Answer, Asked
from tests.upstream.log import Entry, RequestLog
from tests.upstream.oai import Oai
from tests.upstream.story import Plot, build_world
from tests.upstream.switchboard import Switchboard
from tests.upstream.wire import is_open, send
from tests.upstream.world import World


class FakeArxiv:
    """A server in threads of this process. Without a clock file it goes by the machine's time."""

    def __init__(
        self,
        plot: Plot | None = None,
        *,
        world: World | None = None,
        clock_file: Path | None = None,
        port: int = 0,
        oai_page: int = 500,
    ) -> None:
        self.world = world or build_world(plot or Plot())
        self.clock: Clock = FileClock(clock_file) if clock_file else RealClock()
        self.oai = Oai(self.world, oai_page)
        self.faults, self.log = Switchboard(), RequestLog()
        self.closing = threading.Event()
        self.connections: set[socket.socket] = set()
        self.busy: set[socket.socket] = set()
        self.lock, self.answering = threading.Lock(), threading.Lock()
        self.server = _Server(("127.0.0.1", port), _Handler)
        self.server.arxiv = self
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def settings(self) -> dict[str, str]:
        """What a site is told to use it."""
        return {
            "ARXIV_API_URL": f"{self.address}/api/query",
            "ARXIV_OAI_URL": f"{self.address}/oai",
            "ARXIV_RSS_URL": self.address,
        }

    def start(self) -> Self:
        self.thread.start()
        return self

    def stop(self) -> None:
        self.closing.set()
        if self.thread.is_alive():
            self.server.shutdown()
            self.thread.join()
        with self.lock:
            for connection in self.connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the other side was quicker
        self.server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def set_clock(self, instant: datetime) -> None:
        """Only where there is a clock file."""
        if not isinstance(self.clock, FileClock):
            raise ValueError("this server goes by the machine's time: give it a clock file")
        self.clock.set(instant)

    def begin(self, connection: socket.socket, asked: Asked, path: str, user_agent: str) -> Entry:
        """A request is under way."""
        with self.lock:
            self.connections.add(connection)
            self.busy.add(connection)
            open_ = [other for other in self.connections if is_open(other)]
            active = sum(other in self.busy for other in open_)
            return self.log.begin(asked.service, path, asked.now, user_agent, len(open_), active)

    def end(self, connection: socket.socket, entry: Entry, answer: Answer, fault: str) -> None:
        with self.lock:
            self.busy.discard(connection)
            self.log.end(entry, self.clock.now(), answer.status, len(answer.body), fault)

    def true_answer(self, asked: Asked) -> Answer | None:
        """None where arXiv has no such path."""
        if asked.service == "api":
            status, text = api.query(self.world, asked.arguments, asked.now)
            return Answer(status, text.encode(), {"Content-Type": "application/atom+xml; charset=utf-8"})
        if asked.service == "oai":
            text = self.oai.answer(asked.arguments, asked.now)
            return Answer(200, text.encode(), {"Content-Type": "application/xml"})
        if asked.service == "rss":
            form, _, names = asked.path.strip("/").partition("/")
            status, text = feeds.feed(self.world, form, unquote(names), asked.now)
            return Answer(status, text.encode(), {"Content-Type": f"application/{form}+xml"})
        return None


class _Server(ThreadingHTTPServer):
    arxiv: FakeArxiv
    daemon_threads = True
    block_on_close = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are no news."""


def _service(path: str) -> str:
    if path == "/api/query":
        return "api"
    if path == "/oai":
        return "oai"
    return "rss" if path.startswith(("/atom/", "/rss/")) else ""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """The log is ours."""

    def finish(self) -> None:
        with self.server.arxiv.lock:
            self.server.arxiv.connections.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        arxiv, parts = self.server.arxiv, urlsplit(self.path)
        arguments = parse_qs(parts.query, keep_blank_values=True)
        if parts.path.startswith("/_"):
            return self._own(parts.path, {name: values[0] for name, values in arguments.items()})
        asked = Asked(_service(parts.path), parts.path, arguments, arxiv.clock.now(), arxiv.world)
        self._answer(asked, arxiv.begin(self.connection, asked, self.path, self.headers.get("User-Agent", "")))

    def _answer(self, asked: Asked, entry: Entry) -> None:
        arxiv, fault = self.server.arxiv, ""
        with arxiv.answering:
            answer = arxiv.true_answer(asked)
        if answer is None:
            answer = Answer(404, b"Not Found", {"Content-Type": "text/plain"})
        else:
            answer, fault = arxiv.faults.apply(answer, asked)

        def ended() -> None:
            arxiv.end(self.connection, entry, answer, fault)

        try:
            self.close_connection = not send(self.connection, answer, self._accepts_gzip(), arxiv.closing, ended)
        finally:
            ended()

    def _accepts_gzip(self) -> bool:
        return "gzip" in self.headers.get("Accept-Encoding", "")

    # --- Our own paths ---------------------------------------------------------------------------------------------
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        arxiv = self.server.arxiv
        try:
            if self.path == "/_faults":
                for rule in body if isinstance(body, list) else [body]:
                    arxiv.faults.set(**rule)
            elif self.path == "/_clock" and "now" in body:
                arxiv.set_clock(datetime.fromisoformat(body["now"]))
            elif self.path == "/_clock":
                arxiv.clock.sleep(float(body["seconds"]))
            else:
                return self._reply(404, "there is nothing to post to here")
        except (ValueError, KeyError, TypeError) as error:
            return self._reply(400, str(error))
        return self._own(self.path, {})

    def do_DELETE(self) -> None:
        if self.path == "/_faults":
            self.server.arxiv.faults.clear()
        elif self.path == "/_log":
            self.server.arxiv.log.clear()
        self._own(self.path, {})

    def _own(self, path: str, asked: dict[str, str]) -> None:
        arxiv = self.server.arxiv
        if path == "/_faults":
            return self._reply(200, arxiv.faults.as_json())
        if path == "/_log":
            return self._reply(200, arxiv.log.as_json(int(asked.get("since", 0))))
        if path == "/_clock":
            return self._reply(200, json.dumps({"now": arxiv.clock.now().isoformat()}))
        if path == "/_truth":
            try:
                return self._reply(200, json.dumps(arxiv.world.truth(date.fromisoformat(asked["day"]))))
            except (KeyError, ValueError):
                return self._reply(400, "ask with ?day=YYYY-MM-DD")
        if path == "/_world":
            return self._reply(200, json.dumps(_about(arxiv.world, arxiv.clock.now())))
        return self._reply(404, "ask for _faults, _log, _truth?day=, _world or _clock")

    def _reply(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status == 200 else "text/plain")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())


def _about(world: World, now: datetime) -> dict[str, object]:
    return {
        "first": str(world.first),
        "last": str(world.last),
        "papers": len(world.states),
        "visible": len(world.snapshot(now).states),
        "special": {name: [str(day) for day in days] for name, days in world.special.items()},
        "listings": {str(day): len(lines) for day, lines in sorted(world.announcements.items())},
        "now": now.astimezone(UTC).isoformat(),
        "real": time.time(),
    }
