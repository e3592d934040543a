"""Servers that tests start: each with a folder of its own, by somebody who is not root, and none outlives the tests.

Elasticsearch and PostgreSQL both refuse to run as root, so root starts them as `nobody` (by default), who must be able
to reach their folder: it lies in /var/tmp, not in pytest's tmp_path.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

# The server takes the shell's place, beside a reader that ends it when our end of the pipe closes: also when the tests
# were killed and could not say goodbye.
OUTLIVED = 'exec 3<&0 </dev/null; { read -r _ <&3; kill -s "$0" $$; } >/dev/null 2>&1 & exec 3<&-; exec "$@"'


class Unavailable(Exception):
    """Why a service that tests need can't be had here."""


def as_user(name: str = "nobody") -> dict[str, Any]:
    """What `subprocess` takes so that root starts a program as that user; anybody else stays who they are."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(name)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def own_folder(name: str) -> Path:
    """A new folder that the user of `as_user()` owns."""
    folder = Path(tempfile.mkdtemp(prefix=f"coolpapers-{name}-", dir="/var/tmp"))
    hand_over(folder)
    return folder


def hand_over(*paths: Path) -> None:
    if user := as_user():
        for path in paths:
            os.chown(path, user["user"], user["group"])


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


class Server:
    """A running program. `end` is the signal that asks it to end; `log` gets all it says."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        folder: Path,
        environment: Mapping[str, str],
        log: Path,
        end: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.log, self.end = log, end
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                ["sh", "-c", OUTLIVED, end.name.removeprefix("SIG"), *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=environment,
                cwd=folder,
                start_new_session=True,  # Ctrl-C is for the tests, which still need the server to end well
                **as_user(),
            )

    def wait_until(self, is_so: Callable[[], object], what: str, seconds: float) -> None:
        """Ends the server when it takes longer, or says why it is gone."""
        deadline = time.monotonic() + seconds
        while not is_so():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                last = "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
                raise AssertionError(f"{what} did not start ({seconds:.0f} s are the most it gets):\n{last}")
            time.sleep(0.1)

    def stop(self, pid: int | None = None) -> None:
        """Asked to end, and waited for; `pid` is who is asked where the process we started only waits for another."""
        self.send(self.end, pid)

    def kill(self, pid: int | None = None) -> None:
        """At once, and waited for."""
        self.send(signal.SIGKILL, pid)

    def send(self, number: signal.Signals, pid: int | None) -> None:
        """Whatever is left of it after a minute, or afterwards, is killed."""
        with suppress(ProcessLookupError):
            os.kill(pid or self.process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(60)
        with suppress(ProcessLookupError, PermissionError):  # the reader, and what did not end
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()
