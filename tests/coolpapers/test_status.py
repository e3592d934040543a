"""/health, /metrics, /status and the feed of incidents."""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from coolpapers.clock import FileClock
from coolpapers.models import Category
from coolpapers.pages.status import JOB_NAMES
from ingest import jobs
from ingest.incidents import end_incident, open_incident
from ingest.models import Feed, LedgerLine, Request
from ingest.runs import ask
from tests.coolpapers.test_lists import get
from tests.ingest.clocks import NOON, standing_clock
from tests.ingest.jobs import registered

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def clock(settings: Any, tmp_path: Path) -> FileClock:
    settings.CELERY_BROKER_URL = f"sqla+sqlite:///{tmp_path / 'broker.sqlite3'}"
    settings.ARXIV = True
    return standing_clock(settings, tmp_path)


@pytest.fixture
def _one_job(clock: FileClock) -> Iterator[None]:
    """A single job, done at noon."""
    with registered():
        for name in list(jobs.JOBS):
            del jobs.JOBS[name]
        jobs.JOBS["pull-it"] = jobs.Job(lambda run: None, fresh=3 * HOUR)
        jobs.perform(ask("pull-it", {}).pk)
        yield


def read_health(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/health")
    return answer.status_code, json.loads(answer.content)


def test_every_job_has_a_name_to_be_translated() -> None:
    assert set(jobs.JOBS) <= set(JOB_NAMES)


@pytest.mark.usefixtures("_one_job")
def test_health_is_ok_while_jobs_are_fresh(client: Client, clock: FileClock) -> None:
    assert read_health(client) == (
        200,
        {
            "ok": True,
            "wrong": [],
            "jobs": {"pull-it": {"done": "2026-06-15T12:00:00Z", "age_seconds": 0, "late": False}},
        },
    )


@pytest.mark.usefixtures("_one_job")
def test_i4_a_beat_that_is_dead_shows_in_health_metrics_and_status(client: Client, clock: FileClock) -> None:
    clock.set(NOON + 4 * HOUR)
    status, told = read_health(client)
    assert (status, told["wrong"]) == (503, ["pull-it is late."])
    text = client.get("/metrics").content.decode()
    assert 'coolpapers_job_late{job="pull-it"} 1\n' in text
    assert 'coolpapers_job_age_seconds{job="pull-it"} 14400\n' in text
    assert "late" in get(client, "/status")


def test_a_job_that_nobody_ever_asked_for_is_late(client: Client, clock: FileClock) -> None:
    with registered():
        assert read_health(client)[0] == 503


@pytest.mark.usefixtures("_one_job")
def test_health_says_which_part_is_away_and_nothing_of_it(client: Client, settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://:hunter2@127.0.0.1:9/0"
    settings.SEARCH_URL = "elasticsearch://elastic:hunter2@127.0.0.1:9/x"
    with connection.execute_wrapper(refuse):
        answer = client.get("/health")
    assert json.loads(answer.content)["wrong"] == [
        "The database can't be read.",
        "The index is away, or must be built.",
        "The broker can't be reached.",
    ]
    for secret in (b"hunter2", b"127.0.0.1", b"elastic:", b"the table"):
        assert secret not in answer.content


def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> None:
    raise DatabaseError("the table is gone")


@pytest.mark.usefixtures("_one_job")
def test_metrics_are_in_prometheuss_format_and_leave_out_what_is_away(client: Client, settings: Any) -> None:
    Category.objects.get_or_create(code="cs.CL")
    LedgerLine.objects.create(
        day=date(2026, 6, 15), category_id="cs.CL", expected=9, held=7, indexed=7, checked=NOON
    )  # fmt: skip
    Request.objects.create(at=NOON, service="oai", url="x", problem="503")
    Request.objects.create(at=NOON - 13 * HOUR, service="oai", url="yesterday")
    answer = client.get("/metrics")
    text = answer.content.decode()
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    sample = r'coolpapers_\w+(\{\w+="[\w-]+"\})? [0-9.e+]+'
    assert all(re.fullmatch(rf"# (HELP|TYPE) coolpapers_\w+ .+|{sample}", line) for line in text.splitlines())
    for line in ('requests_today{service="oai"} 1', 'request_problems_today{service="oai"} 1', "ledger_gap_days 1",
                 "ledger_missing_papers 2", 'queue_messages{queue="arxiv"} 0', "index_due 0", 'runs{state="done"} 1',
                 "incidents_open 0", "unreadable 0"):  # fmt: skip
        assert f"coolpapers_{line}\n" in text
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:9/0"
    text = client.get("/metrics").content.decode()
    assert "queue_messages" not in text
    assert "coolpapers_unreadable 1\n" in text


@pytest.mark.usefixtures("_one_job")
def test_status_tells_freshness_gaps_incidents_and_requests(client: Client) -> None:
    empty = get(client, "/status")
    assert "none was observed yet" in empty
    assert "No announcement was checked yet." in empty
    Category.objects.get_or_create(code="cs.CL")
    LedgerLine.objects.create(
        day=date(2026, 6, 15), category_id="cs.CL", expected=9, held=8, indexed=7, checked=NOON
    )  # fmt: skip
    Feed.objects.create(name="cs", day=date(2026, 6, 15), received=NOON, entries=9, digest="x", body=b"x")
    Request.objects.create(at=NOON, service="rss", url="https://x/<script>", status=200)
    assert "nearer together" not in get(client, "/status")
    Request.objects.create(at=NOON + timedelta(seconds=3.04), service="rss", url="https://x/", status=200)
    Request.objects.create(
        at=NOON + timedelta(seconds=1), service="venue", url="https://proceedings.example/", status=200
    )
    open_incident(subject="gap 2026-06-15", text="One paper is missing.")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", get(client, "/status")))
    for words in ("Newest listing2026-06-15, received 2026-06-15 12:00", "1 paper missing in 1 category",
                  "gap 2026-06-15, since 2026-06-15 12:00. One paper is missing.", "2 requests to rss",
                  "1 request to places of venues",
                  "No two to arXiv began nearer together than 3.0 s.",
                  "pull-itdone 2026-06-15 12:00", "https://x/&lt;script&gt;"):  # fmt: skip
        assert words in text
    assert "proceedings.example" not in text
    end_incident(subject="gap 2026-06-15")
    assert "None is open." in get(client, "/status")


def test_the_feed_of_incidents_keeps_an_entry_that_is_over(client: Client, clock: FileClock) -> None:
    assert b"<entry>" not in client.get("/status/feed").content
    open_incident(subject="gap 2026-06-15", text="<b>Two</b> papers are missing.")
    first = client.get("/status/feed")
    assert first.headers["Content-Type"].startswith("application/atom+xml")
    assert b"&lt;b&gt;Two" in first.content
    assert client.get("/status/feed", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    clock.set(NOON + HOUR)
    end_incident(subject="gap 2026-06-15")
    text = client.get("/status/feed").content.decode()
    assert "gap 2026-06-15 (over since 2026-06-15 13:00 UTC)" in text
    assert re.findall(r"<id>(.+?)</id>", first.content.decode())[1] in text
    assert "<updated>2026-06-15T13:00:00" in text


def test_an_incident_of_a_subject_is_open_once(clock: FileClock) -> None:
    first = open_incident(subject="x", text="a")
    assert open_incident(subject="x", text="b").pk == first.pk
    assert end_incident(subject="x")
    assert not end_incident(subject="x")
    assert open_incident(subject="x", text="c").pk != first.pk


@pytest.mark.parametrize("path", ["/status", "/health", "/metrics", "/status/feed"])
def test_they_are_limited_like_other_pages(client: Client, settings: Any, path: str) -> None:
    settings.LIMITS = {"lists": 2, "feeds": 2, "searches": 0, "logins": 0}
    assert [client.get(path).status_code == 429 for _ in range(3)] == [False, False, True]


def test_robots_keep_off(client: Client) -> None:
    assert "Disallow: /metrics" in client.get("/robots.txt").content.decode()
