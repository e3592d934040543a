"""Reads of subscriptions and messages, named as sentences."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef

if TYPE_CHECKING:
    from coolpapers.digests.models import Mail, Subscription  # noqa: F401  (names in strings)

DAY = timedelta(days=1)


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Subscriptions."""

    def living(self) -> Self:
        """Confirmed, and not given up."""
        return self.filter(confirmed__isnull=False, stopped=None)

    def due(self, now: datetime) -> Self:
        """Whose next digest is to be made, the longest due first; not while an earlier one waits to be sent."""
        mails = apps.get_model("digests", "Mail").objects.filter(subscription=OuterRef("pk"), kind="digest")
        waiting = mails.filter(state__in=("due", "sending"))
        return self.living().filter(~Exists(waiting), next_at__lte=now).order_by("next_at", "pk")


class MailQuerySet(models.QuerySet["Mail"]):
    """Messages."""

    def due(self, now: datetime) -> Self:
        """To be sent now; who waits for a confirmation comes before any digest."""
        return self.filter(state="due", not_before__lte=now).order_by("kind", "not_before", "pk")

    def confirmations_within_a_day(self, now: datetime) -> Self:
        """Messages that ask whether an address wants a list, of the last 24 hours."""
        return self.filter(kind="confirm", asked__gt=now - DAY)

    def in_doubt(self, subscription: Subscription) -> Self:
        """Digests of which nobody knows whether they were sent, and that no later one told of."""
        return self.filter(subscription=subscription, kind="digest", state="doubt", told_of=False).order_by("asked")
