"""What a fault is: a change of a true answer to a request, kept by its name in `FAULTS`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.upstream.world import World

SERVICES = ("api", "oai", "rss")


@dataclass(frozen=True)
class Answer:
    """`wire` says how it is sent: plainly, or reset, hang, dribble or cut."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    wire: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Asked:
    """A request: what was asked of which service, and at which instant."""

    service: str
    path: str
    arguments: Mapping[str, list[str]]
    now: datetime
    world: World


Options = Mapping[str, Any]
Change = Callable[[Answer, Asked, Options], Answer | None]


@dataclass(frozen=True)
class Fault:
    """`about` is for people."""

    services: tuple[str, ...]
    about: str
    change: Change


FAULTS: dict[str, Fault] = {}


def fault(name: str, *services: str, about: str) -> Callable[[Change], Change]:
    def keep(change: Change) -> Change:
        FAULTS[name] = Fault(services or SERVICES, about, change)
        return change

    return keep
