"""The Celery application: which broker, which limits, what runs when.

Without REDIS_URL the broker is a SQLite file in DATA_DIR, spoken to through SQLAlchemy: nothing to install, some
60 messages a second. It does not redeliver what a killed worker had taken, so no task is the record of its own work:
what is due stands in the database (coolpapers.models.IndexDue, ingest.models.Run) and the schedule below finds what a
lost message left.

Queues: `celery` for the index, vectors and the schedule's tick; `arxiv` and `venues` for harvesting, which has a worker
of its own, so that neither waits for the other (ingest.jobs keeps one of its two processes free of venues).
"""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coolpapers.settings")

SCHEDULE = {
    # name: task, every so many seconds. All times are UTC.
    "index-what-is-due": {"task": "search.tasks.sweep_index", "schedule": 20.0, "options": {"expires": 20}},
    "follow-vectors": {"task": "search.tasks.follow_vectors", "schedule": 20.0, "options": {"expires": 20}},
    "follow-fallback": {"task": "search.tasks.follow_fallback", "schedule": 300.0, "options": {"expires": 300}},
    "embed-what-is-due": {"task": "search.tasks.embed_some", "schedule": 30.0, "options": {"expires": 30}},
    # Harvesting has a table of its own (ingest.slots); this only looks what is due there.
    "tick": {"task": "ingest.tasks.tick", "schedule": 20.0, "options": {"expires": 60}},
    "send-digests": {"task": "coolpapers.digests.tasks.send_digests", "schedule": 30.0, "options": {"expires": 30}},
}

app = Celery("coolpapers")
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_transport_options=settings.CELERY_BROKER_OPTIONS,
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_time_limit=1800,  # below Redis's visibility timeout, or a task would be delivered again while it runs
    task_publish_retry=False,  # a reader's request never waits for the broker; the sweep finds what was not sent
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    beat_schedule=SCHEDULE,
    beat_schedule_filename=str(settings.CELERY_BEAT_FILE),
    timezone="UTC",
    enable_utc=True,
)
app.autodiscover_tasks(["search", "ingest", "coolpapers.digests"])


@worker_process_init.connect  # type: ignore[untyped-decorator]
def give_way(**kwargs: Any) -> None:
    """What the worker does can wait and a reader can't: it has low priority, and torch gets one thread of it."""
    os.nice(10)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when torch is imported, which is when papers are embedded
