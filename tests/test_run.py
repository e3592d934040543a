"""`make run` and what stands in its way, through its own door: real processes on free ports, temporary data folders."""

import ast
import functools
import http.server
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coolpapers import bootstrap
from tests.instance import ROOT, Instance, environment, free_port, wait_for
from tests.programs import require_program

CLOSED_INDEX = "http://127.0.0.1:9/"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that the first `make run` of this file fills."""
    return tmp_path_factory.mktemp("data") / "first"


@pytest.fixture(scope="module")
def first(data: Path) -> Iterator[Instance]:
    """A site from an empty folder, used by several tests; it has not heard of torch."""
    instance = Instance(data)
    try:
        yield instance.wait_until_ready()
    finally:
        instance.clean_up()


@pytest.fixture
def start(data: Path, first: Instance) -> Iterator[Callable[..., Instance]]:
    """Starts instances that are cleaned away in the end."""
    started: list[Instance] = []

    def begin(folder: Path, **settings: str) -> Instance:
        started.append(Instance(folder, **settings))
        return started[-1]

    yield begin
    for instance in started:
        instance.clean_up()


@pytest.fixture(scope="module")
def filled(first: Instance, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of a filled data folder."""
    copy = tmp_path_factory.mktemp("filled") / "data"
    shutil.copytree(first.data, copy)
    return copy


def last_line(text: str) -> str:
    return text.strip().splitlines()[-1].strip()


# --- A site from nothing, and what a second one beside it hears --------------------------------------------------
def test_the_first_run_fills_an_empty_folder_and_prints_the_address_last(first: Instance) -> None:
    assert last_line(first.said()) == f"Cool Papers is ready: {first.url}  (Ctrl-C stops it)"
    assert first.status() == 200
    assert first.status("/search?query=neural") == 200
    assert {"papers.sqlite3", "index", "logs", "static", "secret-key"} <= {path.name for path in first.data.iterdir()}


def test_the_same_folder_twice_is_refused_with_the_address_of_the_first(
    first: Instance, start: Callable[..., Instance]
) -> None:
    second = start(first.data, port=free_port())
    second.wait_until_over()
    assert second.process.returncode != 0
    assert f"already runs with this data folder ({first.data}) at {first.url}" in second.said()


def test_a_taken_port_is_named(first: Instance, start: Callable[..., Instance], tmp_path: Path) -> None:
    second = start(tmp_path / "other", port=first.port)
    second.wait_until_over()
    assert second.process.returncode != 0
    assert f"Port {first.port} is taken by another program: choose another one, such as PORT=" in second.said()


def test_another_folder_and_port_work_beside_the_first(
    first: Instance, start: Callable[..., Instance], filled: Path
) -> None:
    second = start(filled, ARGS="--no-worker").wait_until_ready()
    assert (first.status(), second.status()) == (200, 200)
    second.send(signal.SIGTERM)
    second.wait_until_over()
    assert first.status() == 200


def test_a_killed_worker_comes_back(first: Instance) -> None:
    wait_for("the worker and its children run", lambda: len(first.processes("celery")) >= 3)
    before = first.processes("celery")
    os.kill(before[0], signal.SIGKILL)
    wait_for(
        "a new worker", lambda: len(first.processes("celery")) >= 3 and not {*before} & {*first.processes("celery")}
    )
    assert "The background worker was killed by SIGKILL" in first.said()
    assert first.status() == 200


def test_the_first_run_says_how_somebody_gets_into_the_admin(first: Instance) -> None:
    assert f"`make admin` makes the first administrator of {first.url}/admin/" in first.said()
    assert first.status("/admin/login/") == 200


def test_ctrl_c_stops_everything(first: Instance) -> None:
    assert len(first.processes()) >= 6
    first.send(signal.SIGINT)
    first.wait_until_over()
    assert last_line(first.said()) == "Stopped."


# --- The second run, and ends of every kind ----------------------------------------------------------------------
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_second_run_is_ready_in_5_s_and_ends_when_asked(
    number: signal.Signals, start: Callable[..., Instance], filled: Path
) -> None:
    instance = start(filled).wait_until_ready()
    assert time.monotonic() - instance.started < 5
    assert instance.said().count("\n") <= 4, "it prepares again what is there"
    instance.send(number)
    instance.wait_until_over()


def test_a_closed_terminal_ends_it_even_where_only_make_hears_of_it(
    start: Callable[..., Instance], filled: Path
) -> None:
    ours, theirs = os.openpty()
    instance = start(filled, terminal=theirs, ARGS="--no-worker")
    os.close(theirs)
    instance.wait_until_ready()
    os.close(ours)
    instance.wait_until_over()


@pytest.mark.parametrize("victim", ["manage.py", "make"])
def test_kill_9_leaves_no_process_and_the_next_run_works(
    victim: str, start: Callable[..., Instance], filled: Path
) -> None:
    instance = start(filled).wait_until_ready()
    wait_for("the worker and its children run", lambda: len(instance.processes("celery")) >= 3)
    killed = instance.process.pid if victim == "make" else instance.processes(victim)[0]
    os.kill(killed, signal.SIGKILL)
    if victim == "manage.py":
        start(filled, port=instance.port, ARGS="--no-worker").wait_until_ready().send(signal.SIGINT)
    wait_for("nothing is left of it", lambda: not instance.processes(), 12)


def test_a_web_server_that_dies_ends_the_run_with_its_last_words(start: Callable[..., Instance], filled: Path) -> None:
    instance = start(filled).wait_until_ready()
    os.kill(instance.processes("gunicorn")[0], signal.SIGKILL)
    instance.wait_until_over()
    assert instance.process.returncode != 0
    assert re.search(
        r"The web server was killed by SIGKILL; the end of .*web\.log:\n.*Listening at", instance.said(), re.S
    )


def test_the_web_process_does_not_import_torch(start: Callable[..., Instance], filled: Path, tmp_path: Path) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text(
        "import os, pathlib\npathlib.Path(__file__ + str(os.getpid())).touch()"
    )
    instance = start(filled, PYTHONPATH=str(tmp_path)).wait_until_ready()
    assert instance.status("/search?query=neural+networks") == 200
    assert not (tmp_path / "torch" / "__init__.py.imported").exists()
    instance.send(signal.SIGINT)
    instance.wait_until_over()


def test_the_site_serves_while_torch_cannot_be_added(
    start: Callable[..., Instance], filled: Path, tmp_path: Path
) -> None:
    environment_folder = borrowed_venv(tmp_path / "venv")
    no_uv = {"UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path / "cache")}
    no_pip = {"PIP_INDEX_URL": CLOSED_INDEX, "PIP_IGNORE_INSTALLED": "1"}
    settings = {"NO_TORCH": "0", "VENV": str(environment_folder), "ARGS": "--no-worker"}
    instance = start(filled, **no_uv, **no_pip, **settings).wait_until_ready()
    wait_for("word about torch", lambda: "torch could not be added" in instance.said())
    assert last_line(instance.said()) == (
        "Meaning search: torch could not be added (the package index can't be reached); lists and word search work "
        f"without it, and the next `make run` tries again. Cool Papers: {instance.url}"
    )
    assert instance.said().index("adding torch in the background") < instance.said().index("is ready")
    assert instance.status() == 200
    instance.send(signal.SIGINT)
    instance.wait_until_over()


def borrowed_venv(folder: Path) -> Path:
    """An environment with the packages of the one that runs the tests, made in a moment; torch may be added to it."""
    venv.create(folder, with_pip=False, symlinks=True)
    packages = next((folder / "lib").glob("python*")) / "site-packages"
    ours = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "borrowed.pth").write_text("\n".join(ours))
    (folder / "bin" / "uv").symlink_to(bootstrap.uv_program(sys.prefix))
    Path(bootstrap.stamp_path(bootstrap.REQUIREMENTS, str(folder))).write_text(
        bootstrap.fingerprint(bootstrap.REQUIREMENTS, str(folder))
    )
    return folder


def test_a_site_that_harvests_has_a_harvester_that_comes_back(start: Callable[..., Instance], filled: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    addresses = dict.fromkeys(("ARXIV_API_URL", "ARXIV_OAI_URL", "ARXIV_RSS_URL"), nowhere)
    instance = start(filled, ARXIV="1", **addresses).wait_until_ready()
    wait_for("two workers and their children run", lambda: len(instance.processes("celery")) >= 6)
    harvester = instance.processes("harvester@")
    os.kill(harvester[0], signal.SIGKILL)
    wait_for("a new harvester", lambda: len(set(instance.processes("harvester@")) - set(harvester)) >= 3)
    assert "The harvester was killed by SIGKILL" in instance.said()
    instance.send(signal.SIGINT)
    instance.wait_until_over()


# --- What stands in the way ends in one sentence -----------------------------------------------------------------
def make_run(**settings: str) -> subprocess.CompletedProcess[str]:
    """A `make run` that is expected to end by itself."""
    return subprocess.run(
        [require_program("make"), "run"],
        cwd=ROOT,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def sentence(run: subprocess.CompletedProcess[str]) -> str:
    """What it said on its way out, without make's own closing line."""
    assert run.returncode != 0
    lines = [line for line in run.stderr.splitlines() if not line.startswith("make")]
    assert len(lines) == 1, run.stderr
    return lines[0]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = sentence(make_run(DATA_DIR=str(tmp_path / "file" / "data")))
    assert str(tmp_path / "file" / "data") in told
    assert "choose another folder" in told


def test_a_port_that_is_no_port(tmp_path: Path) -> None:
    assert sentence(make_run(DATA_DIR=str(tmp_path), PORT="http")) == "PORT is 'http': use a number from 1 to 65535."


def test_an_address_of_another_machine(tmp_path: Path) -> None:
    told = sentence(make_run(DATA_DIR=str(tmp_path), PORT=str(free_port()), HOST="192.0.2.1"))
    assert told.startswith("The site can't be served on 192.0.2.1: ")


def test_no_python() -> None:
    assert sentence(make_run(PYTHON="python-that-is-not-here")).startswith(
        "Python 3.11 or newer is needed and python-that-is-not-here is not here: install it"
    )


def run_bootstrap(pretend: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """bootstrap.py under a Python that `pretend` changes."""
    code = f"import sys, runpy; {pretend}; runpy.run_path('coolpapers/bootstrap.py', run_name='__main__')"
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=ROOT, env=environment(VENV=str(folder)), capture_output=True, text=True, check=False
    )


def test_an_old_python_is_told_so(tmp_path: Path) -> None:
    run = run_bootstrap("sys.version_info = (3, 9, 2)", tmp_path / "venv")
    assert sentence(run).startswith("Python 3.11 or newer is needed, this is 3.9: ")
    assert not (tmp_path / "venv").exists()


def test_an_old_python_can_read_bootstrap() -> None:
    source = (ROOT / "coolpapers" / "bootstrap.py").read_text()
    tree = ast.parse(source, feature_version=(3, 5))
    too_new = (ast.JoinedStr, ast.NamedExpr, ast.Match, ast.AnnAssign)
    assert [node.lineno for node in ast.walk(tree) if isinstance(node, too_new)] == []


def test_a_missing_venv_module_is_named(tmp_path: Path) -> None:
    run = run_bootstrap("sys.modules['ensurepip'] = None", tmp_path / "venv")
    assert sentence(run).startswith("Python's venv module is missing: install it (on Debian and Ubuntu: `apt install")


# --- Downloads that break, and an installation from nothing ------------------------------------------------------
@pytest.fixture(scope="module")
def bare_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with pip and nothing else, as a broken download leaves it."""
    folder = tmp_path_factory.mktemp("venv") / "venv"
    venv.create(folder, with_pip=True, symlinks=True)
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A package index on this machine: its folder and its address."""
    folder = tmp_path / "index"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Not in the tests' output."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def broken_download(folder: Path, index: str) -> str:
    """What `make run` says with this package index."""
    told = sentence(make_run(VENV=str(folder), PIP_INDEX_URL=index))
    assert told.startswith("The packages could not be installed: ")
    assert "install.log; `make run` tries again." in told
    return told


def test_an_index_that_cannot_be_reached(bare_venv: Path) -> None:
    assert "the package index can't be reached" in broken_download(bare_venv, CLOSED_INDEX)


def test_an_index_that_answers_nonsense(bare_venv: Path, index: tuple[Path, str]) -> None:
    folder, address = index
    (folder / "uv").mkdir()
    (folder / "uv" / "index.html").write_text("<p>Please log in to the Wi-Fi.")
    assert "the package index does not offer a pinned package" in broken_download(bare_venv, address)


def test_a_download_that_is_not_the_pinned_package(bare_venv: Path, index: tuple[Path, str]) -> None:
    folder, address = index
    pinned = bootstrap.requirement_blocks(bootstrap.REQUIREMENTS)["uv"].split()[0].removeprefix("uv==")
    (folder / "uv").mkdir()
    (folder / "uv" / f"uv-{pinned}-py3-none-any.whl").write_bytes(b"something else")
    assert "a downloaded package is not the pinned one" in broken_download(bare_venv, address)


def test_an_installation_cut_off_half_way_is_finished_by_the_next(tmp_path: Path) -> None:
    log, folder = tmp_path / "log", tmp_path / "venv"
    command = [require_program("make"), "run", "ARGS=--only-install"]
    settings = environment(VENV=str(folder))
    with log.open("wb") as file:
        cut_off = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=file, stderr=file, start_new_session=True)
    wait_for("the installation begins", lambda: "Installing" in log.read_text() or cut_off.poll() is not None)
    os.killpg(cut_off.pid, signal.SIGKILL)
    cut_off.wait()
    finished = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
    if "can't be reached" in finished.stderr and not os.environ.get("CI"):
        pytest.skip("no package index can be reached from here")
    assert finished.stdout.splitlines()[-1].startswith("The packages are installed"), finished.stderr
    started = time.monotonic()
    assert subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, check=True).stdout == b""
    assert time.monotonic() - started < 2
