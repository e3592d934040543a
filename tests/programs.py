"""What tests need beyond Python: programs, found or installed, and the data of `../shared`.

`require_program("chromium")` → its path: from PATH, else installed with apt where that may be done (root on a
Debian-like machine), else the test is skipped, naming program and package; under CI=true it fails instead.
`python -m tests.programs chromium` prints the path, for the Makefile.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import NoReturn

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@dataclass(frozen=True)
class Program:
    """Names that it may have on PATH or paths with wildcards, and the Debian packages that bring it."""

    commands: tuple[str, ...]
    packages: tuple[str, ...]


PROGRAMS = {
    "chromium": Program(
        ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
        ("chromium", "fonts-dejavu-core"),  # without any font there is no text on a page
    ),
    "firefox": Program(("firefox-esr", "firefox"), ("firefox-esr",)),
    "node": Program(("node", "nodejs"), ("nodejs",)),
    "make": Program(("make", "gmake"), ("make",)),
    "mvn": Program(("mvn",), ("maven",)),
    "compose": Program(("docker-compose",), ("docker-compose",)),
    "curl": Program(("curl",), ("curl",)),
    "gettext": Program(("msgfmt",), ("gettext",)),
    "openssl": Program(("openssl",), ("openssl",)),
    "postgres": Program(("postgres", "/usr/lib/postgresql/*/bin/postgres"), ("postgresql",)),
    "redis": Program(("redis-server", "valkey-server"), ("redis-server",)),
}


def find_program(name: str) -> Path | None:
    """Its path where it is installed."""
    for command in PROGRAMS[name].commands:
        for path in sorted(glob(command), reverse=True) if command.startswith("/") else [command]:
            if found := shutil.which(path):
                return Path(found)
    return None


def install(packages: tuple[str, ...]) -> str:
    """Install with apt; an empty text when that went well, else why not."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return "installing it takes root and apt"
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    command = [*apt, "install", "--no-install-recommends", *packages]
    if subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0:
        return ""
    subprocess.run([*apt, "update"], env=environment, capture_output=True, check=False)
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    lines = (again.stderr or again.stdout).strip().splitlines() or ["no reason given"]
    return "" if again.returncode == 0 else f"apt could not install it: {lines[-1]}"


def find_or_install(name: str) -> tuple[Path | None, str]:
    """Its path, or None and why there is none. Several test runs at once install it once."""
    if path := find_program(name):
        return path, ""
    with (Path(tempfile.gettempdir()) / "coolpapers-tests-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if path := find_program(name):
            return path, ""
        reason = install(PROGRAMS[name].packages)
    packages = " ".join(PROGRAMS[name].packages)
    return find_program(
        name
    ), f"{name} is not here ({reason or 'not even after installing it'}): apt install {packages}"


def is_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def give_up(reason: str) -> NoReturn:
    """The end of the test: skipped, or failed where everything has to run (CI=true)."""
    if is_ci():
        pytest.fail(reason)
    pytest.skip(reason)


def require_program(name: str) -> Path:
    """Its path, or the end of the test: skipped, or failed where everything has to run (CI=true)."""
    path, reason = find_or_install(name)
    return path or give_up(reason)


def shared_data(path: str = ".") -> Path:
    """A file or folder of the `shared` folder beside the checkout, or a skipped test: it is not part of the project."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"../shared/{path} is not beside this checkout")
    return found


if __name__ == "__main__":
    path, reason = find_or_install(sys.argv[1])
    sys.exit(reason if path is None else sys.stdout.write(f"{path}\n") and 0)
