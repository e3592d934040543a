"""compose.yaml as `docker compose config` reads it, and each of its services as a process of this machine.

No image can be pulled where the tests run. So a service's command, environment and health check are taken as they
stand, and `Here.translate` alone puts this machine's hosts, ports and folders for those of the containers. What an
official image does before its command runs is done by `start_postgres` and `start_elasticsearch`, as it documents.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import yaml

from tests.elastic import OwnNode, start_node
from tests.instance import ROOT, free_port
from tests.programs import require_program
from tests.services import Server, as_user, hand_over, own_folder

SECRETS = ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "ELASTIC_PASSWORD")
HEALTH_SECONDS = 120.0  # all that any of them takes on a busy machine


# --- What stands in the files ------------------------------------------------------------------------------------
def compose_command() -> list[str]:
    """`docker compose`, or Debian's own program where Docker lacks that plugin."""
    try:
        if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0:
            return ["docker", "compose"]
    except OSError:
        pass
    return [str(require_program("compose"))]


def run_config(env_file: Path) -> "subprocess.CompletedProcess[str]":
    """`docker compose config` with this .env and nothing from our environment."""
    command = [*compose_command(), "--env-file", str(env_file), "--file", str(ROOT / "compose.yaml"), "config"]
    ours = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
    return subprocess.run(command, cwd=ROOT, env=ours, capture_output=True, text=True, check=False)


@dataclass(frozen=True)
class Service:
    """One service of `docker compose config`, with each `$$` a `$` again, as a container gets it."""

    name: str
    settings: Mapping[str, Any]

    @property
    def image(self) -> str:
        return str(self.settings["image"])

    @property
    def command(self) -> list[str]:
        return [word.replace("$$", "$") for word in self.settings.get("command") or []]

    @property
    def environment(self) -> dict[str, str]:
        """Variables that have a value; the others are not set in the container."""
        given = (self.settings.get("environment") or {}).items()
        return {name: str(value).replace("$$", "$") for name, value in given if value is not None}

    @property
    def health_check(self) -> list[str]:
        """As a command; [] without one."""
        how, *words = (self.settings.get("healthcheck") or {}).get("test") or ["NONE"]
        words = [word.replace("$$", "$") for word in words]
        return {"NONE": [], "CMD": words, "CMD-SHELL": ["sh", "-c", *words]}[how]

    @property
    def needs(self) -> dict[str, str]:
        """The services that it waits for, and until when."""
        return {name: how["condition"] for name, how in (self.settings.get("depends_on") or {}).items()}

    @property
    def networks(self) -> set[str]:
        return set(self.settings.get("networks") or {})


def read_services(printed: str) -> dict[str, Service]:
    """All services of what `docker compose config` printed, each after those that it waits for."""
    found = {name: Service(name, settings) for name, settings in yaml.safe_load(printed)["services"].items()}
    ordered: dict[str, Service] = {}

    def add(names: Iterable[str]) -> None:
        for name in names:
            if name not in ordered:
                add(found[name].needs)
                ordered[name] = found[name]

    add(found)
    return ordered


def image_environment() -> dict[str, str]:
    """The variables that the Dockerfile sets."""
    lines = re.findall(r"^ENV (.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    return dict(pair.split("=", 1) for line in lines for pair in line.split())


# --- The same on this machine ------------------------------------------------------------------------------------
class Process(Protocol):
    """A service that runs here."""

    def stop(self) -> None: ...


@dataclass
class Program:
    """A service that runs as we do, in a process group of its own."""

    process: "subprocess.Popen[bytes]"

    def stop(self) -> None:
        """Asked to end, as Docker asks, and killed with all it started when it does not."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Here:
    """Where what compose.yaml names is on this machine, and what of it runs."""

    services: dict[str, Service]
    folder: Path  # for what is in the volume `papers`, and for logs
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, Process] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)  # exit codes of what ended by itself

    IN_CONTAINERS = {"web": 8000, "postgres": 5432, "redis": 6379, "elasticsearch": 9200}

    def __post_init__(self) -> None:
        self.ports = {name: free_port() for name in self.IN_CONTAINERS}
        self.owned = own_folder("compose")  # of servers that don't run as root
        (self.folder / "papers").mkdir()

    def translate(self, text: str) -> str:
        """The one place where a container's names become this machine's."""
        for name, port in self.IN_CONTAINERS.items():
            text = re.sub(rf"(?<=[@/]){name}(?=:{port}\b)|0\.0\.0\.0(?=:{port}\b)", "127.0.0.1", text)
            text = re.sub(rf"(?<![\w.]){port}(?!\w)", str(self.ports[name]), text)
        text = re.sub(r"(?<![a-z])/data(?![a-z])", str(self.folder / "papers"), text)
        text = text.replace("/venv/bin", str(Path(sys.executable).parent))
        return text.replace("$PATH", os.environ["PATH"])

    def environment_of(self, service: Service) -> dict[str, str]:
        """What the service's processes get, and nothing of ours but the way to programs."""
        programs = require_program("postgres").resolve().parent
        image = image_environment() if service.image == "coolpapers" else {}
        base = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(self.folder)}
        return base | {name: self.translate(value) for name, value in (image | service.environment).items()}

    def run(self, service: Service, command: list[str], **options: Any) -> "subprocess.CompletedProcess[str]":
        """A command in the service's place, to its end: as `docker compose exec` and `run` do it."""
        command = [self.translate(word) for word in command]
        environment = self.environment_of(service)
        if service.name == "postgres":  # there it finds the socket; here the port
            environment |= {"PGHOST": str(self.owned), "PGPORT": str(self.ports["postgres"])}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False, **options)

    def start(self, name: str) -> None:
        """Once all that it waits for is as it should be."""
        service = self.services[name]
        for other, condition in service.needs.items():
            if condition == "service_completed_successfully":
                assert self.done[other] == 0, self.log_of(other).read_text()
            else:
                assert condition == "service_healthy"
                self.wait_until_healthy(other)
        starts = {"postgres": self.start_postgres, "elasticsearch": self.start_elasticsearch}
        starts.get(name, self.start_command)(service)

    def start_command(self, service: Service) -> None:
        """What needs nothing before its command."""
        with self.log_of(service.name).open("wb") as log:
            process = subprocess.Popen(
                [self.translate(word) for word in service.command],
                cwd=ROOT,
                env=self.environment_of(service),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if service.settings["restart"] == "no":  # it ends by itself
            self.done[service.name] = process.wait(HEALTH_SECONDS)
        else:
            self.running[service.name] = Program(process)

    def start_postgres(self, service: Service) -> None:
        """The image's entry point: a cluster with this user, password and database; then the command.

        There the socket trusts everybody and other containers give the password; here who comes by TCP does.
        """
        folder, environment = self.owned / "postgres", self.environment_of(service)
        run = {"env": environment, "check": True, "capture_output": True, "cwd": self.owned, **as_user()}
        password = self.owned / "password"
        password.write_text(environment["POSTGRES_PASSWORD"])
        hand_over(password)
        user = f"--username={environment['POSTGRES_USER']}"
        wishes = [*environment["POSTGRES_INITDB_ARGS"].split(), "--auth-local=trust", "--auth-host=scram-sha-256"]
        subprocess.run(["initdb", user, f"--pwfile={password}", *wishes, folder], **run)
        with (folder / "postgresql.conf").open("a") as settings:
            settings.write(f"port = {self.ports['postgres']}\nlisten_addresses = '127.0.0.1'\n")
            settings.write(f"unix_socket_directories = '{self.owned}'\n")
        subprocess.run(["pg_ctl", "--pgdata", folder, "--wait", "--log", self.owned / "first.log", "start"], **run)
        there = [user, f"--host={self.owned}", f"--port={self.ports['postgres']}"]
        subprocess.run(["createdb", *there, environment["POSTGRES_DB"]], **run)
        subprocess.run(["pg_ctl", "--pgdata", folder, "--wait", "--mode=fast", "stop"], **run)
        environment["PGDATA"] = str(folder)
        self.running[service.name] = Server(
            [self.translate(word) for word in service.command],
            folder=self.owned,
            environment=environment,
            log=self.log_of(service.name),
            end=signal.SIGINT,
        )

    def start_elasticsearch(self, service: Service) -> None:
        """The image's entry point: names with a dot are settings, the password is put into the keystore, the heap is an
        option of Java's; then the server."""
        environment = self.environment_of(service)
        heap = re.search(r"-Xmx(\w+)", environment["ES_JAVA_OPTS"])
        assert heap is not None
        self.running[service.name] = start_node(
            settings={name: value for name, value in environment.items() if "." in name},
            heap=heap[1],
            password=environment["ELASTIC_PASSWORD"],
        )

    def is_healthy(self, name: str) -> bool:
        service = self.services[name]
        return self.run(service, service.health_check).returncode == 0

    def wait_until_healthy(self, name: str) -> None:
        deadline = time.monotonic() + HEALTH_SECONDS
        while not self.is_healthy(name):
            said = self.run(self.services[name], self.services[name].health_check)
            assert time.monotonic() < deadline, (
                f"{name} is not well: {said.stdout!r} {said.stderr!r}\n{self.says(name)}"
            )
            time.sleep(0.5)

    def log_of(self, name: str) -> Path:
        return (self.owned if name == "postgres" else self.folder) / f"{name}.log"

    def says(self, name: str) -> str:
        return self.log_of(name).read_text(errors="replace") if self.log_of(name).exists() else ""

    def stop(self, name: str) -> None:
        """It and, of Elasticsearch, its data."""
        process = self.running.pop(name)
        process.stop()
        if isinstance(process, OwnNode):
            process.discard()

    def clean_up(self) -> None:
        """The last started first."""
        for name in reversed(self.running.copy()):
            self.stop(name)
        shutil.rmtree(self.owned)
