"""A session that answers from a list, and remembers what was asked."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit


@dataclass
class FakeAnswer:
    content: bytes
    status_code: int = 200


@dataclass
class FakeSession:
    """Each request gets the next of the bodies; one too many is a mistake of the test."""

    bodies: list[FakeAnswer]
    urls: list[str] = field(default_factory=list)

    def __init__(self, *bodies: bytes | FakeAnswer) -> None:
        self.bodies = [body if isinstance(body, FakeAnswer) else FakeAnswer(body) for body in bodies]
        self.urls = []

    def get(self, url: str, *, headers: object = None) -> FakeAnswer:
        self.urls.append(url)
        assert self.bodies, f"one request too many: {url}"
        return self.bodies.pop(0)

    def asked(self, name: str) -> list[str]:
        """A parameter of every request."""
        return [parse_qs(urlsplit(url).query, keep_blank_values=True)[name][0] for url in self.urls]
