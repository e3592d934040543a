"""A Redis for tests: private, empty, without a file, and gone afterwards. It may be killed and started again."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.instance import free_port
from tests.programs import find_or_install
from tests.services import Server, Unavailable, own_folder, remove


class Redis:
    """A server that answers at `url`."""

    def __init__(self, program: Path) -> None:
        self.program, self.folder, self.port = program, own_folder("redis"), free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        try:
            self.start()
        except BaseException:
            remove(self.folder)
            raise

    def start(self) -> None:
        """At the same address, with nothing in it."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder]
        command = [self.program, *options]
        self.server = Server(command, folder=self.folder, environment=os.environ, log=self.folder / "log")
        self.server.wait_until(self.answers, "Redis", 30)

    def answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(100).startswith(b"+PONG")
        return False

    def kill(self) -> None:
        """By SIGKILL: all that was in it is lost."""
        self.server.kill()

    def stop(self) -> None:
        self.server.stop()
        remove(self.folder)


@contextmanager
def running_redis() -> Iterator[Redis]:
    """`Unavailable` where there is none."""
    program, reason = find_or_install("redis")
    if program is None:
        raise Unavailable(reason)
    server = Redis(program)
    try:
        yield server
    finally:
        server.stop()
