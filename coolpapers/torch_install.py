"""Adds torch to the environment that runs this, after the site is up: `python -m coolpapers.torch_install`.

Input: requirements-torch.txt (torch and what only torch needs, pinned with hashes).
Output: exit code 0 when torch is there; otherwise 1, and the last line printed says why, as half a sentence.
Guarantee: an installation that was cut off is repaired by the next one; one that is complete costs milliseconds.

On Linux the index's torch brings several GB of CUDA with it, of which a machine without a graphics card uses nothing.
uv can ask for the same version's CPU build from where torch publishes it; whether that place can be reached is tried
once, for PROBE_SECONDS. docs/decisions/0001-torch.md says what this costs and what it gives up.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import FrameType

from coolpapers.bootstrap import (
    TORCH_REQUIREMENTS,
    clean_environment,
    install_hashed,
    installing_alone,
    is_installed,
    requirement_blocks,
    run_logged,
    stamped,
    uv_environment,
    uv_program,
    why_it_failed,
)

PROBE_SECONDS = 10
CPU_BUILD_BYTES = 2 * 10**9
CUDA_BUILD_BYTES = 6 * 10**9  # 5.4 GB measured for torch 2.15.0, in uv's cache and (as links, on one disk) in .venv
CUDA_PACKAGES = ("nvidia-", "cuda-", "triton")


class NotAdded(Exception):
    """Why torch could not be added, as half a sentence."""


def torch_is_installed() -> bool:
    """Whether the pinned torch was installed to its end in the environment that runs this. Does not import it."""
    return is_installed(TORCH_REQUIREMENTS, sys.prefix)


def uv_install(*arguments: str) -> list[str]:
    """The command `uv pip install` for this environment."""
    return [
        uv_program(sys.prefix),
        "pip",
        "install",
        "--python",
        sys.executable,
        "--no-progress",
        "--no-deps",
        *arguments,
    ]


def pinned_version(blocks: dict[str, str]) -> str:
    """torch's version in requirements-torch.txt."""
    found = re.match(r"torch==(\S+)", blocks["torch"])
    if not found:
        raise NotAdded("requirements-torch.txt names no torch")
    return found.group(1)


def installed_build() -> str:
    """The installed torch's version with its build, such as `2.15.0+cpu`; empty when there is none."""
    try:
        return version("torch")
    except PackageNotFoundError:
        return ""


def check_space(needed: int) -> None:
    """Stop before a download that can't fit: it is unpacked beside the environment and in uv's cache."""
    cache = Path(os.environ.get("UV_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    while not cache.exists():
        cache = cache.parent
    for folder in (Path(sys.prefix), cache):
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise NotAdded(
                f"it needs about {needed / 10**9:.0f} GB and the disk of {folder} has {free / 10**9:.1f} GB left"
            )


def cpu_build_is_reachable(pinned: str, environment: dict[str, str]) -> bool:
    """Whether uv finds the same version's CPU build within the time limit; nothing is installed."""
    environment = {**environment, "UV_HTTP_RETRIES": "0"}  # one try
    probe = uv_install("--dry-run", "--torch-backend", "cpu", f"torch=={pinned}")
    try:
        answer = subprocess.run(
            probe, env=environment, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return answer.returncode == 0 and f"torch=={pinned}+cpu" in answer.stdout + answer.stderr


def install_cpu_build(pinned: str, blocks: dict[str, str], environment: dict[str, str], *, again: bool) -> bool:
    """torch's CPU build, pinned by version, and the rest without CUDA, pinned by hash; True when both went well."""
    check_space(CPU_BUILD_BYTES)
    torch = uv_install("--torch-backend", "cpu", f"torch=={pinned}", *["--reinstall"] * again)
    if not run_logged(torch, sys.prefix, environment):
        return False
    rest = [text for name, text in blocks.items() if name != "torch" and not name.startswith(CUDA_PACKAGES)]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rest.txt")
        Path(path).write_text("".join(rest), encoding="utf-8")
        return install_hashed(path, sys.prefix, environment, again=again)


def install_torch() -> None:
    """The CPU build where it can be had (Linux), else the hashed file as it stands."""
    blocks = requirement_blocks(TORCH_REQUIREMENTS)
    pinned = pinned_version(blocks)
    environment = clean_environment()
    with_uv = uv_environment(sys.prefix, environment)
    cuda_is_here = installed_build() == pinned  # a CPU build says 2.15.0+cpu
    with stamped(TORCH_REQUIREMENTS, sys.prefix) as again:
        if (
            sys.platform == "linux"
            and not cuda_is_here
            and cpu_build_is_reachable(pinned, with_uv)
            and install_cpu_build(pinned, blocks, with_uv, again=again)
        ):
            return
        check_space(CUDA_BUILD_BYTES if sys.platform == "linux" else CPU_BUILD_BYTES)
        if not install_hashed(TORCH_REQUIREMENTS, sys.prefix, environment, again=again):
            raise NotAdded(why_it_failed(sys.prefix))


def stop(number: int, frame: FrameType | None) -> None:
    """The site stops: so does the installer that runs under us."""
    raise KeyboardInterrupt


def main() -> int:
    """Install unless it is there; print why when that fails."""
    signal.signal(signal.SIGTERM, stop)
    try:
        with installing_alone():
            if not torch_is_installed():
                install_torch()
    except NotAdded as reason:
        sys.stdout.write(f"{reason}\n")
        return 1
    except OSError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stdout.write("it was stopped\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
