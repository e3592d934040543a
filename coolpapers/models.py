"""The store: papers, where and when they were announced, the venues they belong to.

Guarantees, held by constraints in the database: one row a key; an arXiv paper has no group and a venue paper has one;
a paper stands once in a category and has at most one primary one; an announcement is told once. Text arrives clean
(ingest.record). What is unknown is null. Rows are written by ingest.store; reads are in coolpapers.querysets. What
readers let others see or carry from device to device is at the end; coolpapers.stars and coolpapers.marks write it.
"""

from datetime import date
from urllib.parse import quote

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Lower

from coolpapers.querysets import (
    CategoryQuerySet,
    CategoryRowQuerySet,
    EditionQuerySet,
    IndexDueQuerySet,
    PaperQuerySet,
    VenueQuerySet,
)


class Branch(models.TextChoices):
    """The two halves of the site, and the first part of every address."""

    ARXIV = "arxiv", "arXiv"
    VENUE = "venue", "Venues"


class Kind(models.TextChoices):
    """Why a paper stood in a day's listing."""

    NEW = "new", "new"
    CROSS = "cross", "cross-listed"
    REPLACE = "replace", "replaced"
    REPLACE_CROSS = "replace-cross", "replaced, cross-listed"


REPLACED = (Kind.REPLACE, Kind.REPLACE_CROSS)  # a new version: no day of its paper


class Evidence(models.TextChoices):
    """How the day of an announcement is known."""

    OBSERVED = "observed", "observed in arXiv's listing"
    COMPUTED = "computed", "computed from the instant of submission and arXiv's schedule"
    ESTIMATED = "estimated", "estimated from the day of submission"


class Category(models.Model):
    """An arXiv category; the rows follow coolpapers.taxonomy."""

    code = models.CharField(max_length=24, primary_key=True)
    name = models.CharField(max_length=120)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.code


class Venue(models.Model):
    """A conference or journal, such as EMNLP."""

    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200, blank=True)

    objects = VenueQuerySet.as_manager()

    class Meta:
        ordering = ("code",)
        constraints = (models.UniqueConstraint(Lower("code"), name="venue_code_once"),)

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return f"/venue/{quote(self.code)}"


class VenueName(models.Model):
    """Another name that leads to a venue, such as NIPS to NeurIPS."""

    code = models.CharField(max_length=60)
    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="names")

    class Meta:
        ordering = ("code",)
        constraints = (models.UniqueConstraint(Lower("code"), name="venue_name_once"),)

    def __str__(self) -> str:
        return self.code


class Edition(models.Model):
    """One year of a venue, such as EMNLP.2018; where a year has two, each has a label, as FAST.2026-Fall. It knows
    where its papers are pulled from (ingest.sources.registry)."""

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="editions")
    year = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=20, blank=True, default="", db_default="", help_text="of several in one year")
    also_of = models.ManyToManyField(
        Venue, blank=True, related_name="joint_editions", help_text="other venues that it is an edition of"
    )
    source = models.CharField(max_length=20, blank=True, default="", db_default="", help_text="empty: not pulled")
    fields = models.JSONField(blank=True, default=dict, db_default=Value({}, models.JSONField()))
    expected = models.PositiveIntegerField(null=True, blank=True, help_text="papers that it should have")
    every = models.PositiveSmallIntegerField(null=True, blank=True, help_text="days from one pull to the next")
    licence_note = models.TextField(blank=True, default="", db_default="", help_text="on what its source allows")
    added = models.DateTimeField(help_text="when this site first held it")
    pulled = models.DateTimeField(null=True, blank=True, help_text="when a pull last went through")

    held: int  # how many papers, filled by EditionQuerySet.with_held

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ("venue__code", "-year", "label")
        constraints = (
            models.UniqueConstraint("venue", "year", Lower("label"), name="edition_once"),
            models.CheckConstraint(condition=Q(year__gte=1900, year__lte=2200), name="edition_year_sane"),
        )

    def __str__(self) -> str:
        return f"{self.venue.code}.{self.in_venue}"

    def get_absolute_url(self) -> str:
        return f"/venue/{quote(str(self))}"

    @property
    def in_venue(self) -> str:
        """Its name among the editions of its venue: 2018, 2026-Fall."""
        return f"{self.year}{f'-{self.label}' if self.label else ''}"

    @property
    def is_complete(self) -> bool:
        """Whether it holds as many papers as it should; where that is not known, what it holds is all there is."""
        return self.held > 0 if self.expected is None else self.held >= self.expected

    def counted_groups(self) -> list[tuple[str, int]]:
        """Names of the groups that hold papers, in the order of the proceedings, with how many."""
        counted = self.groups.annotate(held=models.Count("papers")).filter(held__gt=0).order_by("pk")
        return list(counted.values_list("name", "held"))


class Group(models.Model):
    """A part of an edition, such as Long Papers; the unnamed group holds papers of which no part is known."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="groups")
    name = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("edition", "name"), name="group_once"),)

    def __str__(self) -> str:
        return f"{self.edition} - {self.name}" if self.name else str(self.edition)

    def get_absolute_url(self) -> str:
        """The edition's list of this group alone."""
        page = self.edition.get_absolute_url()
        return f"{page}?group={quote(self.name)}" if self.name else page


class Work(models.Model):
    """What several papers are copies of: one text on arXiv and in proceedings. Clearing `paper.work` undoes it."""

    def __str__(self) -> str:
        return f"work {self.pk}"


class Paper(models.Model):
    """One paper at one place. Its key is what the place calls it, as papers.cool writes it."""

    key = models.CharField(max_length=300, unique=True)
    branch = models.CharField(max_length=8, choices=Branch.choices)
    title = models.TextField()
    abstract = models.TextField(blank=True)
    authors = models.JSONField(default=list, help_text="names in order")
    comments = models.TextField(blank=True)
    doi = models.CharField(max_length=300, blank=True)
    journal_ref = models.TextField(blank=True)
    licence = models.URLField(max_length=300, blank=True, help_text="address of the licence; empty: unknown")
    source_url = models.URLField(max_length=1000, blank=True, help_text="the paper's page at its source")
    pdf_url = models.URLField(max_length=1000, blank=True)
    version = models.PositiveSmallIntegerField(null=True, blank=True)
    withdrawn = models.BooleanField(default=False)
    withdrawn_reason = models.TextField(blank=True)
    submitted = models.DateTimeField(null=True, blank=True, help_text="version 1; null: unknown")
    submitted_day_only = models.BooleanField(default=False, help_text="only the day of `submitted` is known")
    revised = models.DateTimeField(null=True, blank=True, help_text="the version held, where that is not the first")
    revised_day_only = models.BooleanField(default=False)
    modified = models.DateField(null=True, blank=True, help_text="its source's date of the record held; null: unknown")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, blank=True, related_name="papers")
    work = models.ForeignKey(Work, on_delete=models.SET_NULL, null=True, blank=True, related_name="papers")
    ordinal = models.BigIntegerField(help_text="place in time: yyyymm and number, or year and place in the edition")
    revision = models.PositiveIntegerField(default=1, help_text="grows with every change; the index follows it")
    record_hash = models.CharField(max_length=32, help_text="of the record that this row was last made from")
    added = models.DateTimeField(help_text="when this site first held it")
    changed = models.DateTimeField(help_text="when its text or facts last changed here")
    missing_since = models.DateTimeField(
        null=True, blank=True, help_text="when its edition's source first did not list it any more"
    )
    stars = models.PositiveIntegerField(default=0, db_default=0, help_text="that count; no change of the paper")
    categories = models.ManyToManyField(Category, through="PaperCategory", related_name="papers")

    # Filled by PaperQuerySet.for_cards: categories by place, and (day, kind, evidence, scope) of each announcement.
    codes: list[str]
    listings: list[tuple[date, str, str, str]]

    objects = PaperQuerySet.as_manager()

    class Meta:
        ordering = ("-ordinal",)
        indexes = (
            models.Index(fields=("branch", "-ordinal"), name="paper_newest"),
            models.Index(fields=("group", "-ordinal"), name="paper_of_group"),
            models.Index(fields=("doi",), name="paper_doi", condition=~Q(doi="")),
            models.Index(fields=("-ordinal", "revision"), name="paper_newest_revision"),  # what lacks a vector
            models.Index(fields=("missing_since",), name="paper_missing", condition=Q(missing_since__isnull=False)),
            models.Index(fields=("-stars", "-ordinal"), name="paper_starred", condition=Q(stars__gt=0)),
        )
        constraints = (
            models.CheckConstraint(condition=Q(branch__in=Branch.values), name="paper_branch_known"),
            models.CheckConstraint(
                condition=Q(branch=Branch.ARXIV, group=None) | Q(branch=Branch.VENUE, group__isnull=False),
                name="paper_group_iff_venue",
            ),
            models.CheckConstraint(condition=~Q(key="") & ~Q(title=""), name="paper_has_key_and_title"),
            models.CheckConstraint(condition=Q(version=None) | Q(version__gte=1), name="paper_version_positive"),
        )

    def __str__(self) -> str:
        return self.key

    def get_absolute_url(self) -> str:
        """The paper's one address here; `@`, `,` and `/` stand as they are (papers.cool's grammar)."""
        return f"/{self.branch}/{quote(self.key, safe='@,/')}"

    @property
    def place(self) -> str:
        """Where this copy of a work is: arXiv, ICLR.2024."""
        return str(self.group.edition) if self.group else Branch.ARXIV.label


class PaperCategory(models.Model):
    """A paper in a category, with what a day page sorts by copied here: one index walk a page, at any depth."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="category_rows")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="paper_rows")
    place = models.PositiveSmallIntegerField(help_text="0: the primary category")
    day = models.DateField(null=True, help_text="first announced here (new or cross); null: unknown")
    approximate = models.BooleanField(default=False, help_text="`day` is only estimated")
    submitted = models.DateTimeField(null=True)
    ordinal = models.BigIntegerField()

    objects = CategoryRowQuerySet.as_manager()

    class Meta:
        ordering = ("place",)
        indexes = (
            models.Index(fields=("category", "day", "-ordinal"), name="category_day"),
            models.Index(fields=("category", "approximate", "-day"), name="category_known_day"),
            models.Index(fields=("category", "-submitted", "-ordinal"), name="category_submitted"),
        )
        constraints = (
            models.UniqueConstraint(fields=("paper", "category"), name="paper_in_category_once"),
            models.UniqueConstraint(fields=("paper",), condition=Q(place=0), name="paper_primary_once"),
        )

    def __str__(self) -> str:
        return f"{self.paper_id} in {self.category_id}"


class Announcement(models.Model):
    """A paper in arXiv's listing of a day (the listing's own date, Monday to Friday)."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="announcements")
    day = models.DateField()
    kind = models.CharField(max_length=13, choices=Kind.choices)
    evidence = models.CharField(max_length=10, choices=Evidence.choices)
    scope = models.CharField(
        max_length=400,
        blank=True,
        default="",
        db_default="",
        help_text="the categories it was announced in, with spaces between; empty: in all that it has",
    )

    class Meta:
        ordering = ("day",)
        constraints = (
            models.UniqueConstraint(fields=("paper", "day", "kind"), name="announcement_once"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="announcement_kind_known"),
            models.CheckConstraint(condition=Q(evidence__in=Evidence.values), name="announcement_evidence_known"),
        )

    def __str__(self) -> str:
        return f"{self.paper_id} {self.kind} {self.day}"


class Version(models.Model):
    """A version of an arXiv paper."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    submitted = models.DateTimeField()
    size = models.PositiveIntegerField(null=True, blank=True, help_text="bytes of its source; null: unknown")
    withdrawn = models.BooleanField(default=False, help_text="this version withdraws the paper")

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("paper", "number"), name="version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="version_number_positive"),
        )

    def __str__(self) -> str:
        return f"{self.paper_id} v{self.number}"


class Alias(models.Model):
    """Another key that leads to a paper."""

    key = models.CharField(max_length=300, unique=True)
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="aliases")

    class Meta:
        verbose_name_plural = "aliases"

    def __str__(self) -> str:
        return self.key


class IndexDue(models.Model):
    """A paper that the search index does not show yet as it is here: the durable list behind the messages.

    Written in the transaction that changes the paper; removed when the index has that revision. The paper may be gone:
    then the index is to forget it.
    """

    paper_id = models.BigIntegerField(primary_key=True)
    revision = models.PositiveIntegerField(help_text="of the paper when it became due; 0: deleted")
    since = models.DateTimeField()
    problem = models.CharField(
        max_length=500, blank=True, default="", db_default="", help_text="why the engine would not take the paper"
    )

    objects = IndexDueQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "index due"
        indexes = (models.Index(fields=("since",), name="index_due_since"),)

    def __str__(self) -> str:
        return f"paper {self.paper_id} at revision {self.revision}"


class Vector(models.Model):
    """What a paper means, as one recipe puts it (search.vectors). Kept small: there is one for each of a million."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="vectors", db_index=False)
    recipe = models.CharField(max_length=16, help_text="fingerprint of the recipe; vectors of two are never compared")
    revision = models.PositiveIntegerField(help_text="of the paper when its text was last looked at")
    text_hash = models.CharField(max_length=16, help_text="of the text that is encoded here")
    packed = models.BinaryField(help_text="a float32 scale and one signed byte a dimension")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("paper", "recipe"), name="vector_once"),)

    def __str__(self) -> str:
        return f"vector of paper {self.paper_id} by {self.recipe}"


class Star(models.Model):
    """A star that counts for others. Nobody's name is here: `voter` is another one for each paper (coolpapers.stars).

    `Paper.stars` is how many of these a paper has; neither is a change of the paper.
    """

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="star_rows")
    voter = models.CharField(max_length=32, help_text="keyed hash of who gave it and of the paper")
    day = models.DateField(help_text="when it was given (UTC)")

    class Meta:
        indexes = (models.Index(fields=("day", "paper"), name="star_given_on"),)
        constraints = (models.UniqueConstraint(fields=("paper", "voter"), name="star_once"),)

    def __str__(self) -> str:
        return f"a star of paper {self.paper_id}"


class Reader(models.Model):
    """What an account keeps beside its marks, for a reader who chose to sync: preference words, and a count of changes
    that devices ask by."""

    user = models.OneToOneField("auth.User", on_delete=models.CASCADE, related_name="reader")
    words = models.TextField(blank=True, help_text="preference words, one a line")
    words_at = models.BigIntegerField(default=0, help_text="milliseconds since 1970 when they were last written")
    changes = models.BigIntegerField(default=0, help_text="grows with every change that was taken in")

    def __str__(self) -> str:
        return f"reader {self.user_id}"


class Mark(models.Model):
    """What a reader who syncs thinks of a paper; an empty `flags` says that all marks were taken off (a tombstone)."""

    reader = models.ForeignKey(Reader, on_delete=models.CASCADE, related_name="marks")
    key = models.CharField(max_length=300, help_text="the paper's; it need not be held here")
    flags = models.CharField(max_length=3, blank=True, help_text="s starred, r read, x not interested")
    at = models.BigIntegerField(help_text="milliseconds since 1970 when it was made; the later one wins")
    title = models.CharField(max_length=300, blank=True)
    words = models.CharField(max_length=300, blank=True, help_text="the paper's telling words")
    change = models.BigIntegerField(help_text="Reader.changes when it was taken in")

    class Meta:
        indexes = (models.Index(fields=("reader", "change"), name="mark_changed"),)
        constraints = (models.UniqueConstraint(fields=("reader", "key"), name="mark_once"),)

    def __str__(self) -> str:
        return f"{self.key} {self.flags}"
