"""Every read of what harvesting remembers, named as a sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from ingest.models import Request  # noqa: F401 (name in a string)

VENUE = "venue"  # the service of a request to a place of venues; arXiv has three


class RequestQuerySet(models.QuerySet["Request"]):
    """Requests to arXiv, and to places of venues."""

    def to_arxiv(self) -> RequestQuerySet:
        """Those that keep arXiv's three seconds; each host of venues has a turn of its own."""
        return self.exclude(service=VENUE)

    def made_on(self, day: date) -> RequestQuerySet:
        """Those of a day in UTC."""
        begin = datetime.combine(day, time(), UTC)
        return self.filter(at__gte=begin, at__lt=begin + timedelta(days=1))

    def closest_starts(self) -> float | None:
        """Seconds between the two of these that began nearest together; None where there are not two."""
        starts = list(self.order_by("at", "pk").values_list("at", flat=True))
        return min(((later - earlier).total_seconds() for earlier, later in pairwise(starts)), default=None)
