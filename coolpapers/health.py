"""Whether a service of compose.yaml is well: `python -m coolpapers.health web 8000|worker|harvester|beat`.

Input: the service's own environment. Output: exit code 0, or 1 and a sentence that `docker inspect` shows.
Guarantees: web answers its home page, which reads the store; the workers on this machine answer the broker's ping; beat
wrote down lately what it sent. None of them waits for long or writes anything.
"""

import os
import socket
import sys
import time

from django.conf import settings
from kombu.exceptions import OperationalError

from coolpapers.celery import app
from coolpapers.serving import own_name, status_of_home

PING_SECONDS = 5.0
BEAT_SECONDS = 400.0  # it writes every 180 s


def what_is_wrong_with_web(port: str = "8000") -> str:
    """ "" where the home page is served, or sent to https."""
    status = status_of_home("127.0.0.1", int(port), own_name(settings.ALLOWED_HOSTS))
    if 0 < status < 400:
        return ""
    return f"The home page answers {status}." if status else f"Nothing answers on port {port}."


def what_is_wrong_with_worker(worker: str = "celery") -> str:
    """ "" where it answers: it may be at work, but hears the broker."""
    name = f"{worker}@{socket.gethostname()}"
    try:
        answers = app.control.ping(destination=[name], timeout=PING_SECONDS)
    except OperationalError as error:
        return f"The broker can't be reached ({error})."
    return "" if answers else f"{name} did not answer within {PING_SECONDS:.0f} s."


def what_is_wrong_with_harvester() -> str:
    """As of the other worker."""
    return what_is_wrong_with_worker("harvester")


def what_is_wrong_with_beat() -> str:
    """ "" where its schedule, however this Python's dbm calls the file, was written lately."""
    path = settings.CELERY_BEAT_FILE
    written = max((file.stat().st_mtime for file in path.parent.glob(f"{path.name}*")), default=0.0)
    late = time.time() - written
    return "" if late < BEAT_SECONDS else f"Nothing was sent for {late:.0f} s." if written else "Nothing was sent yet."


SERVICES = {
    "web": what_is_wrong_with_web,
    "worker": what_is_wrong_with_worker,
    "harvester": what_is_wrong_with_harvester,
    "beat": what_is_wrong_with_beat,
}


def main(service: str, *arguments: str) -> str:
    """What is wrong with the service, "" for nothing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coolpapers.settings")
    return SERVICES[service](*arguments)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) or 0)
