"""What `manage.py serve` runs and watches, and what it must have first: its data folder and its port.

Output: what happened, as one line each through `say`. Guarantee: `Site.watch` returns when somebody asks to stop
(Ctrl-C, SIGTERM, a closed terminal) and raises CannotServe, with the web server's last words, when that ends by itself;
a worker that ends is started again.
"""

import errno
import fcntl
import http.client
import os
import signal
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from coolpapers.bootstrap import say
from coolpapers.children import Child, stop_all

READY_SECONDS = 60.0
LONGEST_BACKOFF = 60.0
TRIM_SECONDS = 60.0


class CannotServe(Exception):
    """What stands in the way, as one sentence for the person at the terminal."""


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


def own_name(allowed: Iterable[str]) -> str:
    """A host name under which a site of these ALLOWED_HOSTS answers."""
    names = [name.lstrip(".") for name in allowed if name != "*"]
    return names[0] if names else "localhost"


def status_of_home(host: str, port: int, name: str) -> int:
    """The status with which the site answers `/` under one of its names; 0 while it does not answer."""
    connection = http.client.HTTPConnection(reachable(host), port, timeout=10)
    try:
        # As from a proxy that ended TLS: the page itself, not the way from http to it.
        connection.request("GET", "/", headers={"Host": name, "X-Forwarded-Proto": "https"})
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
        try:
            self.terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
        except OSError:
            self.terminal = -1
        self.in_foreground = self.is_in_foreground() is True

    def receive(self, number: int, frame: FrameType | None) -> None:
        """The handler of the three signals."""
        self.times.append(time.monotonic())
        if self.raising:
            raise KeyboardInterrupt

    def is_in_foreground(self) -> bool | None:
        """Whether we are what the terminal shows; None when there is no terminal (any more)."""
        try:
            return os.tcgetpgrp(self.terminal) == os.getpgrp()
        except OSError:
            return None

    def check_terminal(self) -> None:
        """Where `make` is the terminal's first program (`ssh -t host make run`) it alone hears that it was closed."""
        now = self.is_in_foreground()
        if now is None and self.in_foreground:
            self.times.append(time.monotonic())
        self.in_foreground = now is True

    def impatient(self) -> bool:
        """Asked again a second later (`make` passes one request on twice)."""
        return len(self.times) > 1 and self.times[-1] - self.times[0] > 1


@dataclass
class Worker:
    """A program that is started again when it ends: after 1 s, then twice as late while it does not stay up."""

    name: str
    child: Child
    restart_at: float = 0.0
    backoff: float = 1.0

    def check(self) -> None:
        now = time.monotonic()
        if not self.child.ended():
            return
        if not self.restart_at:
            self.child.end_group()  # what it left behind, such as beat
            self.backoff = 1.0 if now - self.child.started > LONGEST_BACKOFF else self.backoff
            again = f"starting it again in {self.backoff:.0f} s"
            say(f"The {self.name} {self.child.ending()} (see {self.child.log}): {again}.")
            self.restart_at = now + self.backoff
            self.backoff = min(2 * self.backoff, LONGEST_BACKOFF)
        elif now >= self.restart_at:
            self.restart_at = 0.0
            self.child.start()


@dataclass
class Site:
    """The web server, the workers and the installation of torch, watched together."""

    address: str
    requests: StopRequests
    web: Child
    workers: list[Worker] = field(default_factory=list)
    torch: Child | None = None

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
        trim_at = 0.0
        while not self.requests.times:
            if time.monotonic() > trim_at:
                trim_at = time.monotonic() + TRIM_SECONDS
                for child in self.children():
                    child.trim_log()
            self.check_web()
            for worker in self.workers:
                worker.check()
            self.check_torch()
            self.requests.check_terminal()
            time.sleep(0.1)

    def check_web(self) -> None:
        """Without the web server there is no site."""
        if self.web.ended():
            raise CannotServe(
                f"The web server {self.web.ending()}; the end of {self.web.log}:\n{self.web.last_words()}"
            )

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

    def children(self) -> list[Child]:
        """What there is to watch."""
        workers = [worker.child for worker in self.workers]
        return [self.web, *workers, *([self.torch] if self.torch is not None else [])]

    def stop(self) -> None:
        """Everything that was started."""
        stop_all(self.children(), at_once=self.requests.impatient)
