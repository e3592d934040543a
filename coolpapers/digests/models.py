"""Who gets which list by e-mail, and every message that is to be sent or was.

An address is here only while somebody subscribes (an unconfirmed one for coolpapers.digests.subscribing.UNCONFIRMED);
its messages go with it. All instants are those of coolpapers.clock.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coolpapers.digests.querysets import MailQuerySet, SubscriptionQuerySet


class Every(models.TextChoices):
    """How often a digest comes, where there is something new."""

    DAY = "day", _("every day")
    WEEK = "week", _("once a week")


class Subscription(models.Model):
    """A list that an address gets by e-mail, from `confirmed` on."""

    address = models.EmailField(max_length=254)
    mailbox = models.CharField(max_length=254, help_text="the address in small letters, without what a + adds")
    path = models.CharField(max_length=700, help_text="of the list, such as /arxiv/cs.CL")
    query = models.CharField(max_length=300, blank=True, help_text="of a search")
    name = models.CharField(max_length=200, help_text="what the list is called to readers")
    every = models.CharField(max_length=4, choices=Every.choices, default=Every.DAY)
    language = models.CharField(max_length=15, default="en", help_text="of its messages: in which it was asked for")
    secret = models.CharField(max_length=32, help_text="in the links of its messages")
    asked = models.DateTimeField(help_text="when somebody last filled the form")
    confirmed = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True, help_text="when its next digest is made")
    since = models.DateField(null=True, blank=True, help_text="papers announced after this day are sent")
    told = models.JSONField(default=list, blank=True, help_text="ids of those that were sent")
    seen = models.BigIntegerField(default=0, help_text="venue papers up to this id were here before, or sent")
    failing_since = models.DateTimeField(null=True, blank=True, help_text="since when no message reaches the address")
    stopped = models.DateTimeField(null=True, blank=True, help_text="when this site gave the address up")

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ("-asked", "-pk")
        indexes = (
            models.Index(fields=("next_at",), name="subscription_due", condition=Q(next_at__isnull=False)),
            models.Index(fields=("mailbox",), name="subscription_mailbox"),
        )
        constraints = (models.UniqueConstraint(fields=("address", "path", "query"), name="subscription_once"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"  # without the address: the admin's log keeps this


class MailKind(models.TextChoices):
    """Why a message is sent."""

    CONFIRM = "confirm", "asks whether the address wants it"
    DIGEST = "digest", "digest"


class MailState(models.TextChoices):
    """Where a message stands. What waits to be tried again is due, from `not_before` on."""

    DUE = "due", "due"
    SENDING = "sending", "being sent"
    SENT = "sent", "sent"
    DOUBT = "doubt", "in doubt: not sent again"
    FAILED = "failed", "failed"


UNSENT = (MailState.DUE, MailState.SENDING)


class Mail(models.Model):
    """One message, from when its content is decided; what it tells of is never decided again."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="mails")
    kind = models.CharField(max_length=7, choices=MailKind.choices)
    state = models.CharField(max_length=7, choices=MailState.choices, default=MailState.DUE)
    every = models.CharField(max_length=4, choices=Every.choices, help_text="how often it comes, or is to come")
    papers = models.JSONField(default=list, blank=True, help_text="ids of the papers shown")
    total = models.PositiveIntegerField(default=0, help_text="new papers in all")
    first = models.DateField(null=True, blank=True, help_text="the first day that it tells of")
    last = models.DateField(null=True, blank=True)
    asked = models.DateTimeField()
    not_before = models.DateTimeField(help_text="it is due from then on")
    attempt = models.PositiveSmallIntegerField(default=0)
    started = models.DateTimeField(null=True, blank=True, help_text="the last attempt")
    ended = models.DateTimeField(null=True, blank=True)
    told_of = models.BooleanField(default=False, help_text="a later digest says that this one was in doubt")
    error = models.TextField(blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ("-asked", "-pk")
        indexes = (
            models.Index(fields=("state", "not_before"), name="mail_due"),
            models.Index(fields=("kind", "-asked"), name="mail_asked"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("subscription",),
                condition=Q(kind=MailKind.DIGEST, state__in=UNSENT),
                name="mail_one_digest_unsent",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.asked:%Y-%m-%d %H:%M}"


class Refusal(models.Model):
    """A mailbox that wants no message that it did not ask for. The address is not here, only a keyed hash of it."""

    sign = models.CharField(max_length=64, unique=True)
    since = models.DateTimeField()

    class Meta:
        ordering = ("-since",)

    def __str__(self) -> str:
        return f"refused {self.since:%Y-%m-%d}"
