"""Every read of what harvesting remembers, named as a sentence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from ingest.models import Request


@dataclass(frozen=True)
class AskedOfArxiv:
    """The requests of one day in UTC. `services`: service → how many; `problems`: how many had one; `size`: bytes.

    `closest`: seconds between the two closest starts, None before the second; `longest_pause`: seconds that an answer
    made everybody, or its service, wait; `last`: the last ones, newest first.
    """

    day: date
    services: dict[str, int]
    problems: int
    size: int
    closest: float | None
    longest_pause: int
    last: list[Request]

    @property
    def total(self) -> int:
        return sum(self.services.values())


class RequestQuerySet(models.QuerySet["Request"]):
    """Requests to arXiv."""

    def made_on(self, day: date) -> RequestQuerySet:
        """Those of a day in UTC."""
        begin = datetime.combine(day, time(), UTC)
        return self.filter(at__gte=begin, at__lt=begin + timedelta(days=1))

    def summary_of(self, day: date, last: int = 20) -> AskedOfArxiv:
        """What the public page tells of a day, with its `last` requests, newest first; two queries."""
        rows = list(self.made_on(day).order_by("at", "pk").values_list("at", "service", "problem", "size", "pause"))
        starts = [row[0] for row in rows]
        gaps = ((later - earlier).total_seconds() for earlier, later in pairwise(starts))
        return AskedOfArxiv(
            day=day,
            services=dict(sorted(Counter(row[1] for row in rows).items())),
            problems=sum(row[2] != "" for row in rows),
            size=sum(row[3] for row in rows),
            closest=min(gaps, default=None),
            longest_pause=max((row[4] for row in rows), default=0),
            last=list(self.made_on(day).order_by("-at", "-pk")[:last]),
        )
