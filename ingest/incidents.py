"""What an operator and readers should know of: one open incident a subject, from when it begins until it is over.

Texts are public (/status and its feed): say what it means for a reader, no address, no traceback.
"""

from django.db import transaction

from coolpapers.clock import get_clock
from ingest.models import Incident


@transaction.atomic
def open_incident(*, subject: str, text: str) -> Incident:
    """The open incident of the subject: a new one, or the one there is with this text."""
    found, is_new = Incident.objects.get_or_create(
        subject=subject[:120], ended=None, defaults={"text": text, "began": get_clock().now()}
    )
    if not is_new and found.text != text:
        found.text = text
        found.save(update_fields=["text"])
    return found


def end_incident(*, subject: str) -> bool:
    """Whether there was one to end."""
    return bool(Incident.objects.filter(subject=subject[:120], ended=None).update(ended=get_clock().now()))
