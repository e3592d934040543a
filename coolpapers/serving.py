"""Child processes of `manage.py serve`: started in groups of their own, watched, and stopped to the last one.

Input: a Child for each (what to run, where its words go, which signals stop it). Output: what happened, as one line
each through `say`. Guarantee: when this process ends, so do its children and theirs: by a signal and then by SIGKILL
to the whole group when it can still act, by the kernel's parent-death signal (Linux) when it was killed outright.
"""

import contextlib
import ctypes
import errno
import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from coolpapers.bootstrap import say

GENTLE_SECONDS = 6.0  # for requests and tasks under way; an idle Celery on SQLite takes up to 5 s to end
FIRM_SECONDS = 2.0  # for a worker told to leave its task
READY_SECONDS = 60.0
LONGEST_BACKOFF = 60.0
LOG_BYTES = 5 * 2**20  # a longer log is put aside at the start
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1


class CannotServe(Exception):
    """What stands in the way, as one sentence for the person at the terminal."""


@dataclass
class Child:
    """A program that runs beside this one."""

    name: str
    command: list[str]
    log: Path
    gentle: signal.Signals = signal.SIGTERM
    firm: signal.Signals = signal.SIGTERM  # also what the kernel sends when we were killed
    nice: int = 0
    environment: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0

    def start(self) -> None:
        """Run it in a process group of its own, with its words in its log."""
        self.log.parent.mkdir(exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                process_group=0,
                preexec_fn=die_with_parent(self.firm, self.nice),
            )
        self.started = time.monotonic()

    def ended(self) -> bool:
        """Whether it ran and runs no more."""
        return self.process is not None and self.process.poll() is not None

    def ending(self) -> str:
        """How it ended, as a half sentence."""
        code = self.process.returncode if self.process is not None else None
        if code is not None and code < 0:
            return f"was killed by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"

    def tell(self, number: signal.Signals) -> None:
        """Signal the program itself."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def end_group(self) -> None:
        """Kill what is left of it and of what it started."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def last_words(self, lines: int = 12) -> str:
        """The end of its log."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 8192))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])


def die_with_parent(number: signal.Signals, nice: int) -> Callable[[], None]:
    """What the child does between fork and exec: ask for `number` when we die, and give way on the CPU."""
    parent = os.getpid()

    def prepare() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, int(number))
            if os.getppid() != parent:
                os._exit(1)
        if nice:
            os.nice(nice)

    return prepare


def stop_all(children: Iterable[Child], *, at_once: Callable[[], bool]) -> None:
    """Gently, then firmly, then for good; `at_once` cuts the waiting short."""
    running = [child for child in children if child.process is not None]
    for signals, seconds in (("gentle", GENTLE_SECONDS), ("firm", FIRM_SECONDS)):
        for child in running:
            child.tell(getattr(child, signals))
        until = time.monotonic() + seconds
        while not all(child.ended() for child in running) and time.monotonic() < until and not at_once():
            time.sleep(0.02)
    for child in running:
        child.end_group()


# --- The data folder and the port --------------------------------------------------------------------------------
def lock_folder(folder: Path, address: str) -> int:
    """The lock that this instance holds on its data folder until it ends; the kernel frees that of a killed one."""
    try:
        descriptor = os.open(folder / "serve.lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise CannotServe(
            f"The data folder {folder} can't be written ({error.strerror}): choose another one with DATA_DIR=..."
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        other = os.read(descriptor, 200).decode(errors="replace").strip()
        os.close(descriptor)
        raise CannotServe(
            f"Cool Papers already runs with this data folder ({folder}){f' at {other}' if other else ''}: "
            "stop it first, or choose another folder and port with DATA_DIR=... PORT=..."
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{address}\n".encode())
    return descriptor


def in_url(host: str, port: int) -> str:
    """`host:port`, as it stands in an address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reachable(host: str) -> str:
    """Where somebody on this machine finds what listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (read, not bound)


def check_port(host: str, port: int) -> None:
    """Stop when the address can't be served. A just stopped instance gets a second to let go of it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for wait in (0.2, 0.2, 0.2, 0.2, 0.2, 0):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                return
            except PermissionError:
                raise CannotServe(f"Port {port} is kept for the system: choose one above 1023 with PORT=...") from None
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise CannotServe(f"The site can't be served on {host}: {error.strerror or error}.") from None
        time.sleep(wait)
    raise CannotServe(f"Port {port} is taken by another program: choose another one, such as PORT={port + 1}.")


def status_of_home(host: str, port: int, name: str) -> int:
    """The status with which the site answers `/` under one of its names; 0 while it does not answer."""
    connection = http.client.HTTPConnection(reachable(host), port, timeout=10)
    try:
        connection.request("GET", "/", headers={"Host": name})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


# --- From the first child to the last ----------------------------------------------------------------------------
class StopRequests:
    """Ctrl-C, SIGTERM and a closed terminal, counted. While `raising`, the first also ends what is being done."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.raising = True
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, or the background of a script
                signal.signal(number, self.receive)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])  # held back by bootstrap.py

    def receive(self, number: int, frame: FrameType | None) -> None:
        """The handler of the three signals."""
        self.times.append(time.monotonic())
        if self.raising:
            raise KeyboardInterrupt

    def impatient(self) -> bool:
        """Asked again a second later (`make` passes one request on twice)."""
        return len(self.times) > 1 and self.times[-1] - self.times[0] > 1


@dataclass
class Site:
    """The web server, the background worker and the installation of torch, watched together."""

    address: str
    requests: StopRequests
    web: Child
    worker: Child | None = None
    torch: Child | None = None
    restart_at: float = 0.0
    backoff: float = 1.0

    def wait_until_ready(self, status: Callable[[], int]) -> None:
        """Return when the site answers; stop with a sentence when it does not or only with errors."""
        until = time.monotonic() + READY_SECONDS
        while not self.requests.times:
            answered = status()
            if 0 < answered < 500:
                return
            self.check_web()
            if time.monotonic() > until:
                what = f"answers its first page with an error ({answered})" if answered else "does not answer"
                raise CannotServe(f"The site {what}; the end of {self.web.log}:\n{self.web.last_words()}")
            time.sleep(0.03 if not answered else 0.5)

    def watch(self) -> None:
        """Until somebody asks to stop or the web server ends."""
        while not self.requests.times:
            self.check_web()
            self.check_worker()
            self.check_torch()
            time.sleep(0.1)

    def check_web(self) -> None:
        """Without the web server there is no site."""
        if self.web.ended():
            raise CannotServe(
                f"The web server {self.web.ending()}; the end of {self.web.log}:\n{self.web.last_words()}"
            )

    def check_worker(self) -> None:
        """A worker that ended is started again: after 1 s, and each time twice as late while it does not stay up."""
        worker, now = self.worker, time.monotonic()
        if worker is None or not worker.ended():
            return
        if not self.restart_at:
            worker.end_group()  # what it left behind, such as beat
            self.backoff = 1.0 if now - worker.started > LONGEST_BACKOFF else self.backoff
            again = f"starting it again in {self.backoff:.0f} s"
            say(f"The background worker {worker.ending()} (see {worker.log}): {again}.")
            self.restart_at = now + self.backoff
            self.backoff = min(2 * self.backoff, LONGEST_BACKOFF)
        elif now >= self.restart_at:
            self.restart_at = 0.0
            worker.start()

    def check_torch(self) -> None:
        """Tell once how the installation ended, with the address again so that it stays in sight."""
        if self.torch is None or not self.torch.ended():
            return
        if self.torch.process is not None and self.torch.process.returncode == 0:
            outcome = "torch is here."
        else:
            outcome = (
                f"torch could not be added ({self.torch.last_words(1) or f'see {self.torch.log}'}); lists and word "
                "search work without it, and the next `make run` tries again."
            )
        say(f"Meaning search: {outcome} Cool Papers: {self.address}")
        self.torch = None

    def stop(self) -> None:
        """Everything that was started."""
        children = [child for child in (self.web, self.worker, self.torch) if child is not None]
        stop_all(children, at_once=self.requests.impatient)
