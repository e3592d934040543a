"""Celery's app and manage.py with the tests' jobs: `celery --app tests.ingest.celery_app worker …`, and
`python -m tests.ingest.celery_app pull …`. Beat sends nothing but `tick`, every TEST_TICK_SECONDS.
"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.ingest.worker_settings")
django.setup()

from coolpapers.celery import app  # noqa: E402  (needs the settings)
from ingest import jobs  # noqa: E402
from tests.ingest.jobs import JOBS  # noqa: E402

jobs.JOBS.update(JOBS)
tick = dict(app.conf.beat_schedule["tick"], schedule=float(os.environ.get("TEST_TICK_SECONDS", "1")))
app.conf.update(beat_schedule={"tick": tick}, beat_max_loop_interval=1)

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", *sys.argv[1:]])
