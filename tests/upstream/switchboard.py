"""When which fault is shown: for the next requests, every so-many-th, or at random with a seed.

`Switchboard.set("503-seconds", "oai", every=3, seconds=20)`; several faults take turns. Over HTTP the same as JSON.
"""

import json
import threading
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.upstream import faults as _all_faults  # noqa: F401  (keeps them in FAULTS)
from tests.upstream.fault import FAULTS, SERVICES, Answer, Asked


@dataclass
class Rule:
    """When which faults are shown: `left` times, every `every`-th request, or with a `chance`; in turn if several."""

    faults: tuple[str, ...]
    service: str = ""
    left: int = 0
    every: int = 0
    chance: float = 0.0
    options: dict[str, Any] = field(default_factory=dict)
    random: Random = field(default_factory=Random)
    seen: int = 0
    shown: int = 0

    def is_due(self) -> bool:
        self.seen += 1
        if self.every:
            return self.seen % self.every == 0
        return self.random.random() < self.chance if self.chance else self.left > 0


class Switchboard:
    """Rules in the order they were set; the first one that is due and applies decides."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.lock = threading.Lock()

    def set(
        self,
        faults: str | list[str] | tuple[str, ...],
        service: str = "",
        *,
        next: int = 0,
        every: int = 0,
        chance: float = 0.0,
        seed: int = 0,
        **options: Any,
    ) -> Rule:
        """One of `next` (1 if none is given), `every` and `chance`; a service's name, or all that the fault is for."""
        names = (faults,) if isinstance(faults, str) else tuple(faults)
        if unknown := [name for name in names if name not in FAULTS]:
            raise ValueError(f"no fault is called {', '.join(unknown)}: {', '.join(FAULTS)}")
        if service and service not in SERVICES:
            raise ValueError(f"no service is called {service}: {', '.join(SERVICES)}")
        left = next if next or every or chance else 1
        rule = Rule(names, service, left, int(every), float(chance), options, Random(seed))
        with self.lock:
            self.rules.append(rule)
        return rule

    def clear(self) -> None:
        with self.lock:
            self.rules.clear()

    def apply(self, answer: Answer, asked: Asked) -> tuple[Answer, str]:
        """The answer to give, and the name of the fault in it."""
        with self.lock:
            for rule in self.rules:
                if rule.service in ("", asked.service) and rule.is_due():
                    for turn in range(len(rule.faults)):
                        name = rule.faults[(rule.shown + turn) % len(rule.faults)]
                        if asked.service in FAULTS[name].services:
                            changed = FAULTS[name].change(answer, asked, rule.options)
                            if changed is not None:
                                rule.shown += 1
                                rule.left -= 1 if rule.left else 0
                                return changed, name
        return answer, ""

    def as_json(self) -> str:
        told = ("faults", "service", "left", "every", "chance", "options", "seen", "shown")
        rules = [{name: getattr(rule, name) for name in told} for rule in self.rules]
        return json.dumps({"rules": rules, "faults": {name: fault.about for name, fault in FAULTS.items()}}, indent=1)
