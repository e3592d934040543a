"""Programs that run beside `manage.py serve`: started in groups of their own, and stopped to the last one.

Guarantee: when this process ends, so do its children and theirs: by a signal and then by SIGKILL to the whole group
while it can still act, by the kernel's parent-death signal (Linux) when it was killed outright.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

GENTLE_SECONDS = 7.0  # for requests and tasks under way; an idle Celery on SQLite takes up to 6 s to end
FIRM_SECONDS = 2.0  # for a worker told to leave its task
LOG_BYTES = 5 * 2**20
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """A program that runs beside this one."""

    command: list[str]
    log: Path
    gentle: signal.Signals = signal.SIGTERM
    firm: signal.Signals = signal.SIGTERM  # also what the kernel sends when we were killed
    nice: int = 0
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0

    def start(self) -> None:
        """Run it in a process group of its own, with its words in its log."""
        self.log.parent.mkdir(exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
                preexec_fn=die_with_parent(self.firm, self.nice),
            )
        self.started = time.monotonic()

    def trim_log(self) -> None:
        """Put a long log aside, over the one put aside before. The child appends, so it goes on at the new end."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)

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
