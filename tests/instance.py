"""A site that tests start with `make run`, as a person would: real processes, a folder and a port of its own."""

import fcntl
import functools
import http.client
import os
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.programs import require_program

ROOT = Path(__file__).resolve().parents[1]
# Set by tests/settings.py, by tests/postgres.py, or by the `make` that runs the tests.
NOT_PASSED_ON = {"DJANGO_SETTINGS_MODULE", "SEARCH_URL", "DATABASE_URL", "HOST", "ARGS"}
NOT_PASSED_ON |= {"MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES"}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(what: str, is_so: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def environment(**settings: str) -> dict[str, str]:
    """Ours without the tests' own settings, and with those given."""
    ours = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    return ours | {"NO_TORCH": "1", "VENV": sys.prefix, "PIP_RETRIES": "1"} | settings


def as_in_a_shell(terminal: int | None) -> None:
    """Ctrl-C and a closed terminal are heard, even where the tests run in the background; the terminal is ours."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if terminal is not None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Instance:
    """One `make run`, in a session of its own, of which `terminal` is the controlling terminal when given."""

    def __init__(self, data: Path, port: int | None = None, terminal: int | None = None, **settings: str) -> None:
        self.data, self.port = data, port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        data.mkdir(exist_ok=True)
        self.log = data.parent / f"{data.name}.{self.port}.terminal"
        self.started = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [require_program("make"), "run"],
                cwd=ROOT,
                env=environment(DATA_DIR=str(data), PORT=str(self.port), **settings),
                stdin=subprocess.DEVNULL if terminal is None else terminal,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=functools.partial(as_in_a_shell, terminal),
            )

    def said(self) -> str:
        return self.log.read_text()

    def wait_until_ready(self) -> "Instance":
        def ready() -> bool:
            assert self.process.poll() is None, self.said()
            return "is ready" in self.said()

        wait_for("the site is ready", ready, 60)
        return self

    def status(self, path: str = "/") -> int:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request("GET", path)
            return connection.getresponse().status

    def processes(self, word: str = "") -> list[int]:
        """Whatever runs with this data folder and this port and has `word` in its command line, oldest first."""
        marks = {f"DATA_DIR={self.data}".encode(), f"PORT={self.port}".encode()}
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if marks <= set((folder / "environ").read_bytes().split(b"\0")):
                    command = (folder / "cmdline").read_text()
                    found += [int(folder.name)] if command and word in command else []
            except OSError:
                continue
        return sorted(found)

    def is_over(self) -> bool:
        return self.process.poll() is not None and not self.processes()

    def send(self, number: signal.Signals) -> None:
        """As the terminal does: to everything in the foreground."""
        os.killpg(self.process.pid, number)

    def wait_until_over(self, seconds: float = 12) -> None:
        wait_for("nothing is left of it", self.is_over, seconds)
        assert "Traceback" not in self.said()

    def clean_up(self) -> None:
        for process in self.processes():
            os.kill(process, signal.SIGKILL)
        self.process.wait()
