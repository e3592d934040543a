"""What the worker does for digests. Done twice, or not, it does no harm: the rows in the database are the record."""

import logging
import time

from celery import shared_task
from django.conf import settings
from django.db import DatabaseError, transaction

from coolpapers.digests import outbox, subscribing

SECONDS = 15.0  # then others have their turn: the schedule comes again in 30 s
WAKE_SECONDS = 30
log = logging.getLogger(__name__)


@shared_task(name="coolpapers.digests.tasks.send_digests")  # type: ignore[untyped-decorator]  # Celery has no types
def send_digests() -> None:
    """Make what is due, send what is made, forget what is old."""
    if not settings.DIGESTS:
        return
    until = time.monotonic() + SECONDS

    def enough() -> bool:
        return time.monotonic() > until

    try:
        made = outbox.make_due(enough)
        sent = outbox.send_due(enough)
        subscribing.forget_old()
        outbox.forget_old_mails()
    except DatabaseError as error:
        log.warning("Digests are late, the database fails: %s", error)
    else:
        if made or sent:
            log.info("Digests: %d made; messages sent: %d.", made, sent)


def wake() -> None:
    """Send word when the transaction is committed; where the broker is down the schedule comes."""
    transaction.on_commit(lambda: send_digests.apply_async(expires=WAKE_SECONDS), robust=True)
