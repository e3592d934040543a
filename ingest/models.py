"""What harvesting remembers: runs, requests made, announcements as they were received, and the ledger made of them.

All instants are those of coolpapers.clock. Days are arXiv's listing dates.
"""

from django.db import models
from django.db.models import Q, Value

from coolpapers.models import Category, Edition, Paper
from ingest.querysets import RequestQuerySet


class RunState(models.TextChoices):
    """Where a run stands. What waits to be tried again is due, from `not_before` on."""

    DUE = "due", "due"
    RUNNING = "running", "running"
    DONE = "done", "done"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


class Run(models.Model):
    """One piece of harvesting: the durable record of it, whatever becomes of messages and processes.

    A run of the schedule has a slot, and each slot of a job has one run, however many beats there are.
    """

    job = models.CharField(max_length=40, help_text="a name in ingest.jobs.JOBS")
    slot = models.DateTimeField(null=True, blank=True, help_text="of the schedule; null: somebody asked for it")
    arguments = models.JSONField(default=dict, blank=True)
    edition = models.ForeignKey(
        Edition, on_delete=models.SET_NULL, null=True, blank=True, related_name="runs", help_text="that it pulls"
    )
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.DUE)
    asked = models.DateTimeField()
    asked_by = models.CharField(max_length=150, blank=True, default="", db_default="", help_text="empty: the schedule")
    not_before = models.DateTimeField(help_text="it is due from then on")
    started = models.DateTimeField(null=True, blank=True, help_text="the last attempt")
    ended = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    holder = models.CharField(max_length=80, blank=True, help_text="the process that holds it, until `lease_until`")
    lease_until = models.DateTimeField(null=True, blank=True)
    cursor = models.JSONField(default=dict, blank=True, help_text="where the next attempt goes on")
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)
    requests = models.PositiveIntegerField(default=0)
    notes = models.JSONField(default=list, blank=True, help_text="bad records and what else is to be known, the first")
    report = models.JSONField(
        default=dict, blank=True, db_default=Value({}, models.JSONField()), help_text="of an edition: what was found"
    )
    error = models.TextField(blank=True)

    class Meta:
        ordering = ("-asked", "-pk")
        indexes = (
            models.Index(fields=("state", "not_before"), name="run_due"),
            models.Index(fields=("job", "-asked"), name="run_of_job"),
        )
        constraints = (
            models.UniqueConstraint(fields=("job", "slot"), condition=Q(slot__isnull=False), name="run_slot_once"),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="run_state_known"),
        )

    def __str__(self) -> str:
        return f"{self.job} {self.slot or self.asked:%Y-%m-%d %H:%M}"


class Visited(models.Model):
    """An answer that a run of an edition got. An attempt goes on from those of the one before, and a pull from those of
    its preview; they are deleted when nobody needs them any more."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="visited")
    url = models.CharField(max_length=1000, help_text="that was asked for")
    final_url = models.CharField(max_length=1000, help_text="after redirects")
    content_type = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    body = models.BinaryField(help_text="in gzip")

    class Meta:
        verbose_name_plural = "visited"
        constraints = (models.UniqueConstraint(fields=("run", "url"), name="visited_once"),)

    def __str__(self) -> str:
        return self.url


class Upload(models.Model):
    """A file of papers that somebody gave, as it was."""

    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField(help_text="bytes")
    digest = models.CharField(max_length=64, help_text="SHA-256, as hex")
    body = models.BinaryField(help_text="in gzip")
    at = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return self.name


class Request(models.Model):
    """One request to arXiv, kept for some weeks: what the public page counts."""

    at = models.DateTimeField(help_text="when it was started")
    service = models.CharField(max_length=8, help_text="api, oai or rss")
    url = models.CharField(max_length=1000)
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="null: there was no answer")
    size = models.PositiveIntegerField(default=0, help_text="bytes as they came")
    milliseconds = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    pause = models.PositiveIntegerField(default=0, db_default=0, help_text="seconds to wait because of this answer")

    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("-at",), name="request_at"),)

    def __str__(self) -> str:
        return f"{self.service} {self.at:%Y-%m-%d %H:%M:%S}"


class Feed(models.Model):
    """A feed of announcements exactly as it was received, so that what was expected can be shown for ever."""

    name = models.CharField(max_length=24, help_text="an archive or a category, such as cs or cs.AI")
    day = models.DateField(help_text="that the feed tells")
    received = models.DateTimeField()
    entries = models.PositiveIntegerField()
    truncated = models.BooleanField(default=False, help_text="it holds as many entries as a feed can: more are missing")
    digest = models.CharField(max_length=32)
    body = models.BinaryField(help_text="as received, in gzip")

    class Meta:
        ordering = ("-day", "name")
        constraints = (models.UniqueConstraint(fields=("name", "day", "digest"), name="feed_once"),)

    def __str__(self) -> str:
        return f"{self.name} {self.day}"


class Listed(models.Model):
    """A paper in a feed of a day, whether it is held here or not."""

    day = models.DateField()
    feed = models.CharField(max_length=24)
    key = models.CharField(max_length=40, db_index=True)
    version = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=13, help_text="coolpapers.models.Kind")
    categories = models.CharField(max_length=400, help_text="with spaces between, the primary one first")

    class Meta:
        verbose_name_plural = "listed"
        indexes = (models.Index(fields=("day", "kind"), name="listed_day"),)
        constraints = (models.UniqueConstraint(fields=("day", "feed", "key", "kind"), name="listed_once"),)

    def __str__(self) -> str:
        return f"{self.key} {self.kind} {self.day}"


class LedgerLine(models.Model):
    """A day of a category: what arXiv's feeds announced of it, what is held, and what the index shows.

    There is a line only where the announcement was observed; `expected` never comes from what is held.
    """

    day = models.DateField()
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="ledger_lines")
    expected = models.PositiveIntegerField(help_text="new and cross-listed papers that were announced")
    held = models.PositiveIntegerField()
    indexed = models.PositiveIntegerField()
    replaced = models.PositiveIntegerField(default=0, db_default=0, help_text="papers with a new version")
    whole = models.BooleanField(default=True, help_text="no feed that tells of the day was cut off")
    checked = models.DateTimeField()

    class Meta:
        ordering = ("-day", "category_id")
        indexes = (models.Index(fields=("day",), name="ledger_gap", condition=~Q(held=models.F("expected"))),)
        constraints = (models.UniqueConstraint(fields=("category", "day"), name="ledger_line_once"),)

    def __str__(self) -> str:
        return f"{self.category_id} {self.day}: {self.held} of {self.expected}"


class Incident(models.Model):
    """Something an operator and readers should know of: it begins, and ends when it is over."""

    subject = models.CharField(max_length=120, help_text="one open incident a subject, such as `gap 2026-06-15`")
    text = models.TextField()
    began = models.DateTimeField()
    ended = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-began", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("subject",), condition=Q(ended=None), name="incident_open_once"),
        )

    def __str__(self) -> str:
        return self.subject


class WantedState(models.TextChoices):
    """What became of a paper that somebody asked for."""

    WAITING = "waiting", "waiting"
    ABSENT = "absent", "not at arXiv"


class Wanted(models.Model):
    """A paper that a reader asked for and that is not held. The row goes when the paper is here."""

    key = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=8, choices=WantedState.choices, default=WantedState.WAITING)
    asked = models.DateTimeField(help_text="since when somebody waits, or waited last")
    until = models.DateTimeField(null=True, blank=True, help_text="of an absent one: it is not asked for again before")

    class Meta:
        verbose_name_plural = "wanted"
        indexes = (models.Index(fields=("state", "asked"), name="wanted_waiting"),)

    def __str__(self) -> str:
        return self.key


class CopyState(models.TextChoices):
    """What was made of two papers that may be copies of one work."""

    WAITING = "waiting", "waits for a look"
    LINKED = "linked", "linked"
    REFUSED = "refused", "not the same"


class Copy(models.Model):
    """Two papers that are, may be or are not copies of one work, and why. What was refused is never linked by itself
    again."""

    one = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=CopyState.choices, default=CopyState.WAITING)
    why = models.CharField(max_length=200)
    found = models.DateTimeField()

    class Meta:
        verbose_name_plural = "copies"
        ordering = ("-found", "-pk")
        indexes = (models.Index(fields=("state", "-found"), name="copy_waiting"),)
        constraints = (
            models.UniqueConstraint(fields=("one", "other"), name="copy_once"),
            models.CheckConstraint(condition=Q(one__lt=models.F("other")), name="copy_in_order"),
        )

    def __str__(self) -> str:
        return f"{self.one} and {self.other}"
