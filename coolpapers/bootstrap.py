"""From a bare Python to a running site: make the virtual environment, install the pinned packages, start the server.

    python3 coolpapers/bootstrap.py [--only-install] [options of `manage.py serve`]

Input: requirements.txt beside this package and, from the environment, VENV (default `.venv`) and pip's own settings.
Guarantee: the standard library is all it needs, and any Python 3 can read it (hence no f-strings), so that an old one
gets a sentence instead of a syntax error. Whatever stops it (no network, a full disk, kill -9) ends in one sentence or
silently, and the next call goes on from there. With everything installed it costs a few milliseconds.

The order is the fastest honest one: pip installs uv alone, by its pinned hashes, and uv installs the rest. pip is what
people have configured (mirror, proxy, certificate), so its settings are handed to uv, and where uv fails pip tries.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

OLDEST_PYTHON = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
REQUIREMENTS = os.path.join(ROOT, "requirements.txt")
TORCH_REQUIREMENTS = os.path.join(ROOT, "requirements-torch.txt")
REDIRECTING = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONHOME")  # would install somewhere else

# What an installer's log shows (in lower case, the first that fits) → what to tell.
REASONS = (
    ("no space left|disk quota exceeded", "the disk is full"),
    ("do not match the hashes|hash mismatch", "a downloaded package is not the pinned one (its hash differs)"),
    ("permission denied|read-only file system", "a file can't be written"),
    ("certificate", "the package index's certificate is not trusted (PIP_CERT names a file of trusted ones)"),
    (
        "connection refused|connection reset|connection broken|connect error|name resolution|dns error|timed out"
        "|timeout|unreachable|proxyerror|tunnel|failed to fetch|newconnectionerror|unexpected eof",
        "the package index can't be reached",
    ),
    (
        "no matching distribution|could not find a version|not found in the package|no solution found|http error",
        "the package index does not offer a pinned package",
    ),
)


class CannotStart(Exception):
    """What stands in the way, as one sentence for the person at the terminal."""


def say(text: str) -> None:
    """One line for the person at the terminal, who may have closed it."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


def venv_folder() -> str:
    """Where the virtual environment lies."""
    return os.path.join(ROOT, os.environ.get("VENV", "") or ".venv")


def venv_python(venv: str) -> str:
    """The environment's interpreter."""
    return os.path.join(venv, "bin", "python")


def uv_program(venv: str) -> str:
    """The environment's uv."""
    return os.path.join(venv, "bin", "uv")


# --- What is installed -------------------------------------------------------------------------------------------
def fingerprint(requirements: str, venv: str) -> str:
    """Changes when the pinned packages or the Python under the environment change."""
    with open(requirements, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    return "{} {}\n".format(digest, os.path.realpath(venv_python(venv)))


def stamp_path(requirements: str, venv: str) -> str:
    """The file that says which version of `requirements` was installed to its end."""
    return os.path.join(venv, os.path.basename(requirements) + ".installed")


def is_installed(requirements: str, venv: str) -> bool:
    """Whether exactly these requirements were installed to the end."""
    if not os.path.exists(venv_python(venv)):  # also a link to a Python that was removed
        return False
    try:
        with open(stamp_path(requirements, venv)) as file:
            return file.read() == fingerprint(requirements, venv)
    except OSError:
        return False


def is_unfinished(requirements: str, venv: str) -> bool:
    """Whether an installation of these requirements runs or was cut off: what is there may be half of it."""
    return os.path.exists(unfinished_path(requirements, venv))


def unfinished_path(requirements: str, venv: str) -> str:
    """The file that is there from an installation's beginning to its end."""
    return stamp_path(requirements, venv) + ".unfinished"


@contextlib.contextmanager
def stamped(requirements: str, venv: str) -> "Iterator[bool]":
    """Around an installation: no stamp while it runs, one when it reached its end. Gives whether one was cut off."""
    stamp = stamp_path(requirements, venv)
    unfinished = unfinished_path(requirements, venv)
    cut_off = os.path.exists(unfinished)
    with contextlib.suppress(OSError):
        os.remove(stamp)
    open(unfinished, "w").close()
    yield cut_off
    with open(stamp, "w") as file:
        file.write(fingerprint(requirements, venv))
    os.remove(unfinished)


@contextlib.contextmanager
def installing_alone() -> Iterator[None]:
    """One installation at a time in this checkout; the kernel frees the lock of a killed one."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Another installation runs in this checkout: waiting for it...")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def requirement_blocks(requirements: str) -> "dict[str, str]":
    """The file cut into one text for each line with its hashes, by package name (several lines of a name joined)."""
    blocks = dict[str, str]()
    name = ""
    with open(requirements, encoding="utf-8") as file:
        for line in file:
            start = re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==", line)
            if start:
                name = start.group(1)
            if name and not line.startswith("#"):
                blocks[name] = blocks.get(name, "") + line
    return blocks


# --- Running an installer ----------------------------------------------------------------------------------------
def clean_environment() -> "dict[str, str]":
    """Ours without what would send packages elsewhere, and with answers instead of questions."""
    environment = {name: value for name, value in os.environ.items() if name not in REDIRECTING}
    environment.setdefault("PIP_RETRIES", "2")
    environment.update(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", PYTHONNOUSERSITE="1")
    return environment


def run_logged(command: "list[str]", venv: str, environment: "dict[str, str]", doing: str = "") -> bool:
    """Run with all output in the environment's install.log; True when it went well. `doing` counts the seconds."""
    started = time.monotonic()
    counting = bool(doing) and sys.stdout.isatty()
    with open(os.path.join(venv, "install.log"), "ab") as log:
        log.write("\n$ {}\n".format(" ".join(command)).encode())
        log.flush()
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=ROOT
            )
        except OSError as error:  # there is no such program, or not one for this machine
            log.write("{}\n".format(error).encode())
            return False
    try:
        while True:
            try:
                return process.wait(timeout=1) == 0
            except subprocess.TimeoutExpired:
                if counting:
                    print("\r\033[K{} {:.0f} s".format(doing, time.monotonic() - started), end="", flush=True)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    finally:
        if counting:
            print("\r\033[K", end="", flush=True)


def why_it_failed(venv: str) -> str:
    """The reason in the last command's part of the log, in plain words."""
    with open(os.path.join(venv, "install.log"), encoding="utf-8", errors="replace") as file:
        log = file.read().rpartition("\n$ ")[2].lower()
    for pattern, reason in REASONS:
        if re.search(pattern, log):
            return reason
    return "the installer stopped with an error"


def cannot_install(venv: str) -> CannotStart:
    """The sentence for an installation that failed; the next `make run` continues it."""
    return CannotStart(
        "The packages could not be installed: {}. The whole story is in {}; `make run` tries again.".format(
            why_it_failed(venv), os.path.relpath(os.path.join(venv, "install.log"))
        )
    )


def uv_environment(venv: str, environment: "dict[str, str]") -> "dict[str, str]":
    """`environment` with pip's configuration in uv's words, where uv has one and nobody has set it already."""
    listing = subprocess.run(
        [venv_python(venv), "-m", "pip", "config", "list"], env=environment, capture_output=True, text=True, check=False
    ).stdout
    # The environment's entries come last in pip's list and win, as they do for pip.
    pip = dict(re.findall(r"^\S*\.([a-z-]+)='(.*)'$", listing, re.MULTILINE))
    words = {
        "UV_DEFAULT_INDEX": pip.get("index-url"),
        "UV_INDEX": " ".join(pip.get("extra-index-url", "").replace("\\n", " ").split()),
        "UV_FIND_LINKS": ",".join(pip.get("find-links", "").replace("\\n", " ").split()),
        "UV_INSECURE_HOST": " ".join(pip.get("trusted-host", "").replace("\\n", " ").split()),
        "UV_NO_INDEX": "1" if pip.get("no-index", "").lower() in ("1", "true", "yes", "on") else "",
        "UV_HTTP_TIMEOUT": pip.get("timeout") or pip.get("default-timeout"),
        "SSL_CERT_FILE": pip.get("cert"),
        "SSL_CLIENT_CERT": pip.get("client-cert"),
        "ALL_PROXY": pip.get("proxy"),
        "UV_INDEX_STRATEGY": "unsafe-best-match",  # all indexes count, as for pip; the hashes make it safe
    }
    return dict({name: value for name, value in words.items() if value}, **environment)


# --- The steps ---------------------------------------------------------------------------------------------------
def check_python() -> None:
    """Stop when this Python is too old, or cannot make virtual environments (as on Debian without python3-venv)."""
    version = "{}.{}".format(*sys.version_info[:2])
    if sys.version_info < OLDEST_PYTHON:
        needed = "{}.{}".format(*OLDEST_PYTHON)
        raise CannotStart(
            "Python {} or newer is needed, this is {}: install it, or name one with `make run PYTHON=...`.".format(
                needed, version
            )
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise CannotStart(
            "Python's venv module is missing: install it (on Debian and Ubuntu: `apt install python3-venv`, "
            "or `python{}-venv` for that version alone).".format(version)
        )


def make_venv(venv: str) -> None:
    """An environment with a working pip; a half-made one is made anew, a working one is left alone."""
    unfinished = os.path.join(venv, "unfinished")
    if os.path.exists(venv_python(venv)) and not os.path.exists(unfinished):
        works = [venv_python(venv), "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"]
        if subprocess.run(works, capture_output=True, check=False).returncode == 0:
            return
    say("Making the virtual environment in {}...".format(os.path.relpath(venv)))
    if os.path.isdir(venv):
        shutil.rmtree(venv)
    os.makedirs(venv)
    open(unfinished, "w").close()
    if not run_logged([sys.executable, "-m", "venv", venv], venv, clean_environment()):
        raise CannotStart(
            "The virtual environment could not be made: {}. The whole story is in {}.".format(
                why_it_failed(venv), os.path.relpath(os.path.join(venv, "install.log"))
            )
        )
    os.remove(unfinished)


def install_uv(venv: str, environment: "dict[str, str]") -> None:
    """The pinned uv, through pip, into the environment; one that a killed pip left there in part is replaced."""
    pinned = requirement_blocks(REQUIREMENTS)["uv"]
    with contextlib.suppress(OSError):
        version = subprocess.run([uv_program(venv), "--version"], capture_output=True, text=True, check=False).stdout
        if pinned.startswith("uv=={} ".format(version.split(" ")[1] if version.startswith("uv ") else "?")):
            return
    with tempfile.TemporaryDirectory() as folder:
        only_uv = os.path.join(folder, "uv.txt")
        with open(only_uv, "w", encoding="utf-8") as file:
            file.write(pinned)
        pip = [venv_python(venv), "-m", "pip", "install", "--no-deps", "--require-hashes", "--force-reinstall"]
        if not run_logged([*pip, "-r", only_uv], venv, environment, "Fetching the installer..."):
            raise cannot_install(venv)


def install_hashed(
    requirements: str, venv: str, environment: "dict[str, str]", *, again: bool, doing: str = ""
) -> bool:
    """Every line of a file, by uv, else by pip; True when it went well. `again`: packages may be there in part."""
    what = ["--no-deps", "--require-hashes", "-r", requirements]
    uv = [uv_program(venv), "pip", "install", "--python", venv_python(venv), "--no-progress", *what]
    pip = [venv_python(venv), "-m", "pip", "install", *what]
    for command, anew in ((uv, "--reinstall"), (pip, "--force-reinstall")):
        settings = uv_environment(venv, environment) if command is uv else environment
        if run_logged(command + [anew] * again, venv, settings, doing):
            return True
    return False


def install(venv: str) -> None:
    """Everything that the site and its tests need, unless it is there already."""
    if is_installed(REQUIREMENTS, venv):
        return
    check_python()
    try:
        with installing_alone():
            if is_installed(REQUIREMENTS, venv):
                return
            make_venv(venv)
            started = time.monotonic()
            doing = "Installing the pinned packages..."
            say(doing)
            environment = clean_environment()
            install_uv(venv, environment)
            with stamped(REQUIREMENTS, venv) as again:
                if not install_hashed(REQUIREMENTS, venv, environment, again=again, doing=doing):
                    raise cannot_install(venv)
            say("The packages are installed ({:.0f} s).".format(time.monotonic() - started))
    except OSError as error:
        problem = "{} ({})".format(error.strerror or error, error.filename or ROOT)
        raise CannotStart("The packages could not be installed: {}.".format(problem)) from None


def end_with_make() -> None:
    """When `make` is killed outright nobody is left to pass a Ctrl-C on: end as if it had been pressed (Linux)."""
    if sys.platform == "linux" and os.environ.get("MAKELEVEL"):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG; it outlives exec


def main(arguments: "list[str]") -> None:
    """Install, then become the server (unless --only-install)."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, stop)
    try:
        end_with_make()
        venv = venv_folder()
        install(venv)
    except CannotStart as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped; `make run` goes on from here.")
    if "--only-install" not in arguments:
        python = venv_python(venv)
        os.chdir(ROOT)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # a Ctrl-C waits until the server can handle it
        os.execv(python, [python, "manage.py", "serve", *arguments])  # noqa: S606 (we become the server)


if __name__ == "__main__":
    main(sys.argv[1:])
