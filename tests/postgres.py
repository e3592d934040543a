"""A PostgreSQL for tests: private, empty, in memory as far as it goes, and gone afterwards.

`python -m tests.postgres pytest …` runs a module of Python's with DATABASE_URL naming one, and ends as that does. Where
PostgreSQL can't be had it says so and runs nothing, which is an error under CI=true.
"""

import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.instance import free_port
from tests.programs import find_or_install, is_ci
from tests.services import Server, Unavailable, as_user, hand_over, own_folder, remove

USER = "coolpapers"
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
}
# Words are sorted as people sort them, as on most sites that use PostgreSQL, and not by their bytes as SQLite does.
SORTING = ("--locale-provider=icu", "--icu-locale=en-US")  # from version 15


class Postgres:
    """A server that answers at `url`, the address of a database whose user may make others."""

    def __init__(self, programs: Path) -> None:
        self.programs, self.data = programs, own_folder("postgres")
        self.password, self.port = secrets.token_hex(16), free_port()
        try:
            self.make_cluster()
            options = [f"--{name}={value}" for name, value in (OPTIONS | {"port": str(self.port)}).items()]
            command = [programs / "postgres", "-D", self.data / "cluster", *options]
            log = self.data / "log"
            self.server = Server(command, folder=self.data, environment=os.environ, log=log, end=signal.SIGINT)
            self.server.wait_until(self.answers, "PostgreSQL", 60)
        except BaseException:
            remove(self.data)
            raise

    @property
    def url(self) -> str:
        return f"postgres://{USER}:{self.password}@127.0.0.1:{self.port}/postgres"

    def make_cluster(self) -> None:
        password_file = self.data / "password"
        password_file.write_text(self.password)
        hand_over(password_file)
        initdb = self.programs / "initdb"
        version = re.search(r"\d+", subprocess.check_output([initdb, "--version"], text=True))
        command = [initdb, "--no-sync", "--auth=scram-sha-256", f"--pwfile={password_file}", f"--username={USER}"]
        command += ["--encoding=UTF8", "--locale=C.UTF-8", *(SORTING if version and int(version[0]) >= 15 else ())]
        command += [f"--pgdata={self.data / 'cluster'}"]
        run = subprocess.run(command, cwd=self.data, capture_output=True, text=True, check=False, **as_user())
        assert run.returncode == 0, f"initdb: {run.stderr}"

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """With its data."""
        self.server.stop()
        remove(self.data)


def start_postgres() -> Postgres:
    """Raises `Unavailable` where there is none."""
    program, reason = find_or_install("postgres")
    if program is None:
        raise Unavailable(reason)
    return Postgres(program.resolve().parent)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    server = start_postgres()
    try:
        yield server
    finally:
        server.stop()


def main(module: list[str]) -> int:
    try:
        with running_postgres() as server:
            signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is for what we run
            environment = os.environ | {"DATABASE_URL": server.url}
            return subprocess.run([sys.executable, "-m", *module], env=environment, check=False).returncode
    except Unavailable as error:
        sys.stderr.write(f"Not tested on PostgreSQL: {error}\n")
        return int(is_ci())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
