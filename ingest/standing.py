"""How harvesting stands now: what /health, /metrics and /status tell. Reads only.

All ages are by coolpapers.clock. Days of requests are in UTC.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum

from coolpapers.clock import get_clock
from ingest.jobs import JOBS
from ingest.models import Feed, Incident, LedgerLine, Request, Run, RunState
from ingest.querysets import RequestQuerySet

LATELY = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class JobAge:
    """A job of the schedule. `done`: when its newest success ended; `since`: what its age counts from."""

    name: str
    done: datetime | None
    age: timedelta | None
    late: bool


def job_ages() -> list[JobAge]:
    """Every job that is on. One that never succeeded counts from when it was first asked for; never asked is late."""
    now = get_clock().now()
    rows = Run.objects.values("job").annotate(done=Max("ended", filter=Q(state=RunState.DONE)), first=Min("asked"))
    known = {row["job"]: row for row in rows}
    ages = []
    for name, job in sorted(JOBS.items()):
        if job.off or job.fresh is None:
            continue
        row = known.get(name, {"done": None, "first": None})
        since = row["done"] or row["first"]
        age = now - since if since else None
        ages.append(JobAge(name, row["done"], age, age is None or age > job.fresh))
    return ages


@dataclass(frozen=True, slots=True)
class Gap:
    """A day that is not whole: how many categories, and how many papers are missing in them together."""

    day: date
    categories: int
    missing: int


def gaps() -> list[Gap]:
    """Days of the ledger where fewer papers are held than were announced, the newest first."""
    lines = LedgerLine.objects.filter(~Q(held=F("expected"))).order_by().values("day")
    told = lines.annotate(categories=Count("pk"), missing=Sum(F("expected") - F("held"))).order_by("-day")
    return [Gap(**row) for row in told]


@dataclass(frozen=True, slots=True)
class Service:
    """Requests of today to one of arXiv's services, or to places of venues."""

    name: str
    asked: int
    problems: int


def asked_today() -> RequestQuerySet:
    """Requests since 00:00 UTC."""
    return Request.objects.made_on(get_clock().now().astimezone(UTC).date())


def requests_today() -> list[Service]:
    """By service; none of arXiv's is missing."""
    rows = asked_today().order_by().values_list("service")
    told = rows.annotate(asked=Count("pk"), problems=Count("pk", filter=~Q(problem="")))
    counts = {name: (asked, problems) for name, asked, problems in told}
    return [Service(name, *counts.get(name, (0, 0))) for name in dict.fromkeys(("rss", "oai", "api", *sorted(counts)))]


def waiting_runs() -> QuerySet[Run]:
    """Runs that were tried and wait until they are tried again."""
    return Run.objects.filter(state=RunState.DUE, not_before__gt=get_clock().now()).order_by("not_before")


def newest_listing() -> tuple[date | None, datetime | None, datetime | None]:
    """The newest day that a feed told of, when the last feed was received, and when the ledger was checked last."""
    told = Feed.objects.aggregate(Max("day"), Max("received"))
    return told["day__max"], told["received__max"], LedgerLine.objects.aggregate(Max("checked"))["checked__max"]


def incidents() -> QuerySet[Incident]:
    """Open ones, and those that ended lately."""
    return Incident.objects.filter(Q(ended=None) | Q(ended__gte=get_clock().now() - LATELY))
