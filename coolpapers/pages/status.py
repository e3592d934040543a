"""How the site stands: /health for programs that ask whether it is well, /metrics for Prometheus, /status for readers.

Guarantees: they tell no address, password or error text of ours; each works while a part that it tells about does not.
Prometheus's text is written here: all values are read from the database when they are asked for, in any web process,
so its client package, which counts in memory, would have nothing to count.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from django.db import DatabaseError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_noop

from coolpapers.broker import BrokerAway, queue_depths
from coolpapers.feeds import LONG_AGO, TextFeed
from coolpapers.models import IndexDue
from ingest import standing
from ingest.governor import Standing, get_governor
from ingest.models import Incident, Request, Run, RunState
from ingest.turns import Ungoverned
from search.engines import get_engine
from search.engines.base import EngineUnavailable

SHOWN_REQUESTS = 30
# The jobs of the schedule (ingest.jobs), which the page names in its language.
JOB_NAMES = [
    gettext_noop("check-ledger"), gettext_noop("forget-old"), gettext_noop("link-works"), gettext_noop("pull-day"),
    gettext_noop("pull-feeds"), gettext_noop("pull-oai"), gettext_noop("pull-papers"), gettext_noop("pull-search"),
    gettext_noop("pull-venue"), gettext_noop("pull-wanted"),
]  # fmt: skip
IN_FEED = 50


# --- For programs ------------------------------------------------------------------------------------------------
def health(request: HttpRequest) -> HttpResponse:
    """/health: 200 and {"ok": true}, or 503 and what is wrong; with the age of each job's newest success."""
    wrong, jobs = [], {}
    try:
        for job in standing.job_ages():
            age = round(job.age.total_seconds()) if job.age is not None else None
            jobs[job.name] = {"done": job.done, "age_seconds": age, "late": job.late}
            if job.late:
                wrong.append(f"{job.name} is late.")
    except DatabaseError:
        wrong.append("The database can't be read.")
    wrong += filter(None, [what_is_wrong_with_index(), what_is_wrong_with_broker()])
    answer = JsonResponse({"ok": not wrong, "wrong": wrong, "jobs": jobs}, status=503 if wrong else 200)
    answer["Cache-Control"] = "no-store"
    answer._has_been_logged = True  # type: ignore[attr-defined]  # Django would log each 503 as an error of the page
    return answer


def what_is_wrong_with_index() -> str:
    """ "" where it can be searched, or is switched off."""
    engine = get_engine()
    try:
        unusable = not engine.off and engine.state().rebuild_reason
    except EngineUnavailable:
        unusable = "away"
    return "The index is away, or must be built." if unusable else ""


def what_is_wrong_with_broker() -> str:
    """ "" where messages can be sent."""
    try:
        queue_depths()
    except BrokerAway:
        return "The broker can't be reached."
    return ""


Samples = list[tuple[str, float]]  # labels as they are written, and the value


def metrics(request: HttpRequest) -> HttpResponse:
    """/metrics: gauges in Prometheus's text format (https://prometheus.io/docs/instrumenting/exposition_formats/).

    What can't be read has no sample, and `coolpapers_unreadable` counts it.
    """
    lines, unreadable = [], 0
    for name, help_text, read in METRICS:
        try:
            samples = read()
        except (DatabaseError, BrokerAway):
            unreadable += 1
            continue
        lines += [f"# HELP coolpapers_{name} {help_text}", f"# TYPE coolpapers_{name} gauge"]
        lines += [f"coolpapers_{name}{labels} {value:g}" for labels, value in samples]
    lines += ["# HELP coolpapers_unreadable Metrics that are missing here because a part is away."]
    lines += ["# TYPE coolpapers_unreadable gauge", f"coolpapers_unreadable {unreadable}", ""]
    answer = HttpResponse("\n".join(lines), content_type="text/plain; version=0.0.4; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    return answer


def _ages() -> Samples:
    return [
        (f'{{job="{job.name}"}}', round(job.age.total_seconds())) for job in standing.job_ages() if job.age is not None
    ]


def _runs() -> Samples:
    counts = dict(Run.objects.order_by().values_list("state").annotate(Count("pk")))
    return [(f'{{state="{state}"}}', counts.get(state, 0)) for state in RunState.values]


METRICS: list[tuple[str, str, Callable[[], Samples]]] = [
    ("job_age_seconds", "Since the newest success of each job of the schedule.", _ages),
    (
        "job_late",
        "1 where that is longer than it may be, or where a job was never asked for.",
        lambda: [(f'{{job="{job.name}"}}', job.late) for job in standing.job_ages()],
    ),
    ("runs", "Runs by their state.", _runs),
    ("ledger_gap_days", "Days with fewer papers than were announced.", lambda: [("", len(standing.gaps()))]),
    (
        "ledger_missing_papers",
        "Papers that were announced and are not held, in all categories together.",
        lambda: [("", sum(gap.missing for gap in standing.gaps()))],
    ),
    (
        "queue_messages",
        "Messages that wait in Celery's broker.",
        lambda: [(f'{{queue="{name}"}}', count) for name, count in queue_depths().items()],
    ),
    ("index_due", "Papers that the index does not show as they are.", lambda: [("", IndexDue.objects.count())]),
    (
        "requests_today",
        "Requests to arXiv, and to places of venues, since 00:00 UTC.",
        lambda: [(f'{{service="{s.name}"}}', s.asked) for s in standing.requests_today()],
    ),
    (
        "request_problems_today",
        "Those of them that had no good answer.",
        lambda: [(f'{{service="{s.name}"}}', s.problems) for s in standing.requests_today()],
    ),
    ("incidents_open", "Incidents that are not over.", lambda: [("", Incident.objects.filter(ended=None).count())]),
]


# --- For readers -------------------------------------------------------------------------------------------------
def status(request: HttpRequest) -> HttpResponse:
    """/status"""
    day, received, checked = standing.newest_listing()
    known = list(standing.incidents())
    context = {
        "day": day,
        "received": received,
        "checked": checked,
        "jobs": standing.job_ages(),
        "gaps": standing.gaps(),
        "open_incidents": [incident for incident in known if incident.ended is None],
        "past_incidents": [incident for incident in known if incident.ended is not None],
        "services": standing.requests_today(),
        "closest": standing.asked_today().to_arxiv().closest_starts(),
        "last_requests": Request.objects.to_arxiv()[:SHOWN_REQUESTS],
        "waiting": standing.waiting_runs(),
        "paused": paused(),
    }
    return render(request, "status.html", context)


def paused() -> Standing:
    """Whether arXiv is not asked for a while; taken as asked where that can't be told."""
    try:
        return get_governor().standing()
    except Ungoverned:
        return Standing()


def incidents_feed(request: HttpRequest) -> HttpResponse:
    """/status/feed: incidents as Atom. One that is over is the same entry, updated."""
    page = request.build_absolute_uri("/status")
    feed = TextFeed(
        title="Cool Papers: incidents",
        link=page,
        description=None,
        subtitle="Gaps, harvesting that does not succeed, and what else readers should know of.",
        feed_url=request.build_absolute_uri(),
        language="en",
    )
    known = list(Incident.objects.all()[:IN_FEED])
    for incident in known:
        over = f" (over since {incident.ended:%Y-%m-%d %H:%M} UTC)" if incident.ended else ""
        address = f"{page}#incident-{incident.pk}"
        feed.add_item(
            title=f"{incident.subject}{over}",
            link=address,
            unique_id=address,
            description=incident.text,
            author_name="Cool Papers",
            pubdate=incident.began,
            updateddate=incident.ended or incident.began,
        )
    feed.latest_post_date = lambda: newest(known)  # type: ignore[method-assign]
    return HttpResponse(feed.writeString("utf-8"), content_type=TextFeed.content_type)


def newest(known: list[Incident]) -> datetime:
    """When something of them changed last: the same incidents give the same bytes."""
    changes: Iterator[datetime] = (incident.ended or incident.began for incident in known)
    return max(changes, default=LONG_AGO).astimezone(UTC)
