"""A mail server on this machine that keeps what it is given, and fails as it is told."""

import email
import email.policy
import socketserver
import threading
from dataclasses import dataclass, field
from email.message import EmailMessage
from types import TracebackType
from typing import Self


@dataclass
class Accepted:
    """A message as the server got it."""

    sender: str
    recipient: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = email.message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    def part(self, kind: str = "plain") -> str:
        body = self.message.get_body((kind,))
        assert body is not None
        return str(body.get_content()).replace("\r\n", "\n")


@dataclass
class MailServer:
    """`replies`: what to answer to a command instead of yes, by its word, such as {"RCPT": "550 nobody here"}; END is
    the end of a message. "drop" closes the connection instead, "keep, drop" after the message was kept. `once`:
    only the next time."""

    replies: dict[str, str] = field(default_factory=dict)
    once: dict[str, str] = field(default_factory=dict)
    accepted: list[Accepted] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    at_the_end: threading.Event | None = None  # a message came; then END waits for `go_on`
    go_on: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                outer.connections += 1
                Session(outer, self).run()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = int(self.server.server_address[1])
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self) -> str:
        return f"smtp+plain://127.0.0.1:{self.port}"

    def reply(self, word: str) -> str:
        return self.once.pop(word, "") or self.replies.get(word, "")

    def to(self, address: str) -> list[Accepted]:
        return [one for one in self.accepted if one.recipient == address]


class Session:
    """One connection."""

    def __init__(self, server: MailServer, handler: socketserver.StreamRequestHandler) -> None:
        self.server, self.handler = server, handler
        self.sender = self.recipient = ""

    def say(self, line: str) -> None:
        self.handler.wfile.write(f"{line}\r\n".encode())

    def run(self) -> None:
        try:
            if (greeting := self.server.reply("CONNECT")) == "drop":
                return
            self.say(greeting or "220 mail.test")
            while line := self.handler.rfile.readline():
                if not self.obey(line.decode("ascii", "replace").strip()):
                    return
        except OSError:
            return

    def obey(self, line: str) -> bool:
        """One command; False where the connection ends."""
        word = line.partition(" ")[0].upper()
        self.server.commands.append(line)
        if told := self.server.reply(word):
            if told != "drop":
                self.say(told)
            return told != "drop"
        if word == "DATA":
            return self.take()
        if word in ("MAIL", "RCPT"):
            address = line.partition("<")[2].partition(">")[0]
            self.sender, self.recipient = (address, "") if word == "MAIL" else (self.sender, address)
        self.say("221 bye" if word == "QUIT" else "250 yes")
        return word != "QUIT"

    def take(self) -> bool:
        self.say("354 go on")
        lines = []
        while (line := self.handler.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        if self.server.at_the_end is not None:
            self.server.at_the_end.set()
            self.server.go_on.wait(30)
        told = self.server.reply("END")
        if not told or told == "keep, drop":
            self.server.accepted.append(Accepted(self.sender, self.recipient, b"".join(lines)))
        if told.endswith("drop"):
            return False
        self.say(told or "250 kept")
        return True
