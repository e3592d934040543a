"""Every read of the store, named as a sentence. Pages, feeds and search call these and nothing else.

Days are arXiv's listing dates. A list of a day or a category is first a list of paper ids read off the category rows'
covering index, then one fetch of the cards: the cost does not grow with depth or with the number of papers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

if TYPE_CHECKING:
    from coolpapers.models import Category, Edition, IndexDue, Paper, PaperCategory  # noqa: F401 (names in strings)
    from coolpapers.taxonomy import CategoryExpression

# Of `approximate`. Written `=False`, Django asks for NOT approximate, for which SQLite has no use for the index.
KNOWN = (False,)
REJECTED_WAIT = timedelta(minutes=10)  # before a paper that the index would not take is tried again


class PaperQuerySet(models.QuerySet["Paper"]):
    """Papers."""

    def for_cards(self, ids: Sequence[int]) -> list[Paper]:
        """The papers of these ids in this order, with all that a card shows, in three queries; gone ones are left out.

        `codes` and `listings` are plain values: an object for each row would cost more than everything else.
        """
        found = self.select_related("group__edition__venue").in_bulk(list(ids))
        for paper in found.values():
            paper.codes, paper.listings = [], []
        rows = apps.get_model("coolpapers", "PaperCategory").objects.filter(paper__in=found).order_by("place")
        for paper_id, code in rows.values_list("paper_id", "category_id"):
            found[paper_id].codes.append(code)
        told = apps.get_model("coolpapers", "Announcement").objects.filter(paper__in=found).order_by("day")
        rows_told = told.values_list("paper_id", "day", "kind", "evidence", "scope")
        for paper_id, day, kind, evidence, scope in rows_told:
            found[paper_id].listings.append((day, kind, evidence, scope))
        return [found[i] for i in ids if i in found]

    def ids_of(self, keys: Sequence[str]) -> list[int]:
        """The ids of these keys' papers in this order; keys not held are left out."""
        found = dict(self.filter(key__in=list(keys)).values_list("key", "pk"))
        return [found[key] for key in keys if key in found]

    def authors_of(self, ids: Sequence[int]) -> dict[int, list[str]]:
        """The authors of each of these papers."""
        return dict(self.filter(pk__in=list(ids)).values_list("pk", "authors"))

    def of_edition(self, edition: Edition, group: str | None = None) -> PaperQuerySet:
        """An edition's papers; `group` is a group's name."""
        groups = edition.groups.all() if group is None else edition.groups.filter(name=group)
        return self.filter(group__in=list(groups.values_list("pk", flat=True)))

    def sorted_by(self, sort: str | None) -> PaperQuerySet:
        """Newest first by 'submitted' or 'announced' (unknown last), else by place in time or in the proceedings."""
        if sort == "submitted":
            return self.order_by(F("submitted").desc(nulls_last=True), "-ordinal")
        if sort == "announced":
            day = Max("announcements__day", filter=~Q(announcements__kind__startswith="replace"))
            return self.annotate(announced=day).order_by(F("announced").desc(nulls_last=True), "-ordinal")
        return self.order_by("-ordinal")

    def without_vector(self, recipe: str) -> PaperQuerySet:
        """Papers whose text the recipe of that fingerprint has not encoded as it is now, newest first.

        One walk of an index of place and revision, with one look-up of a vector each: no paper's row is read.
        """
        vectors = apps.get_model("coolpapers", "Vector").objects.filter(recipe=recipe)
        current = vectors.filter(paper=OuterRef("pk"), revision=OuterRef("revision"))
        return self.filter(~Exists(current)).order_by("-ordinal")

    def copies_of(self, paper: Paper) -> PaperQuerySet:
        """Other papers of the same work."""
        if paper.work_id is None:
            return self.none()
        return self.filter(work_id=paper.work_id).exclude(pk=paper.pk)

    def works_among(self, ids: Sequence[int]) -> set[int]:
        """The works that any of these papers belong to."""
        return set(self.filter(pk__in=list(ids), work__isnull=False).values_list("work", flat=True))

    def works_of(self, ids: Sequence[int]) -> dict[int, int | None]:
        """The work, where one is known, of each of these papers that is there and not withdrawn."""
        standing = self.filter(pk__in=list(ids), withdrawn=False)
        return dict(standing.order_by().values_list("pk", "work_id"))


class CategoryRowQuerySet(models.QuerySet["PaperCategory"]):
    """Papers in categories, as the ids that a list page needs."""

    def in_expression(self, expression: CategoryExpression) -> CategoryRowQuerySet:
        """Rows of papers that are in one of the included categories and in none of the excluded ones.

        All categories are named where all are meant: each is then one walk of the index that a day has, and no scan.
        """
        codes = expression.possible_codes
        rows = self.filter(category__in=codes) if len(codes) != 1 else self.filter(category=codes[0])
        if excluded := expression.excluded_codes:
            others = self.model._default_manager.filter(paper=OuterRef("paper"), category__in=excluded)
            rows = rows.filter(~Exists(others))
        return rows

    def announced_on(self, day: date) -> CategoryRowQuerySet:
        """Rows first announced in their category on that day."""
        return self.filter(day=day)

    def of_papers(self, ids: Sequence[int]) -> CategoryRowQuerySet:
        """Rows of these papers, of which there may be some thousands."""
        return self.filter(paper__in=ids)

    def paper_ids(self, order: str, *, once: bool) -> QuerySet[PaperCategory, int]:
        """Paper ids, newest first by `order`: 'ordinal', 'submitted' or 'day' (unknown last).

        `once`: the rows are of one category, so that no paper stands in them twice and the index gives the order.
        """
        newest = F(order).desc(nulls_last=True)
        if once:
            return self.order_by(newest, "-ordinal").values_list("paper_id", flat=True)
        grouped = self.values("paper_id", "ordinal").annotate(newest=Max(order))
        return grouped.order_by(F("newest").desc(nulls_last=True), "-ordinal").values_list("paper_id", flat=True)

    def count_papers(self, *, once: bool) -> int:
        """How many papers, each once however many of the categories hold it."""
        return self.count() if once else self.aggregate(n=Count("paper_id", distinct=True))["n"]

    def count_day(self) -> tuple[int, bool]:
        """`count_papers` of one day, and whether the day is only estimated for any of them: one walk for both.

        Asked for alone, SQLite answers the second question by way of every estimated day there is (24 ms, not 0.7).
        """
        counted = self.aggregate(
            papers=Count("paper_id", distinct=True), estimated=Count("pk", filter=Q(approximate=True))
        )
        return counted["papers"], counted["estimated"] > 0


class CategoryQuerySet(models.QuerySet["Category"]):
    """Categories and their days."""

    def newest_day(self, codes: Iterable[str]) -> date | None:
        """The newest announcement day that is known, not only estimated, for any of the categories."""
        rows = apps.get_model("coolpapers", "PaperCategory").objects.filter(category=OuterRef("pk"), day__isnull=False)
        newest = rows.filter(approximate__in=KNOWN).order_by("-day").values("day")[:1]
        found = self.filter(pk__in=codes).annotate(newest=Subquery(newest)).aggregate(day=Max("newest"))
        day: date | None = found["day"]
        return day

    def days_around(self, codes: Iterable[str], day: date) -> tuple[date | None, date | None]:
        """The nearest earlier and later day with papers, estimated ones included."""
        rows = apps.get_model("coolpapers", "PaperCategory").objects.filter(category=OuterRef("pk"))
        before = rows.filter(day__lt=day).order_by("-day").values("day")[:1]
        after = rows.filter(day__gt=day).order_by("day").values("day")[:1]
        around = self.filter(pk__in=codes).annotate(before=Subquery(before), after=Subquery(after))
        found = around.aggregate(newest=Max("before"), oldest=Min("after"))
        return found["newest"], found["oldest"]

    def with_newest_days(self) -> dict[str, date]:
        """Category code → its newest known day, for all categories that hold a paper with one."""
        rows = apps.get_model("coolpapers", "PaperCategory").objects.filter(
            category=OuterRef("pk"), approximate__in=KNOWN
        )
        newest = rows.filter(day__isnull=False).order_by("-day").values("day")[:1]
        pairs = self.annotate(newest=Subquery(newest)).values_list("code", "newest")
        return {code: day for code, day in pairs if day}

    def holding_papers(self) -> set[str]:
        """Codes of the categories that hold a paper."""
        rows = apps.get_model("coolpapers", "PaperCategory").objects.filter(category=OuterRef("pk"))
        return set(self.filter(Exists(rows)).values_list("code", flat=True))


class EditionQuerySet(models.QuerySet["Edition"]):
    """Editions of venues."""

    def named(self, venue: str, year: int, label: str = "") -> Edition | None:
        """The edition such as ('emnlp', 2018), whatever the case; a venue is known by its other names, too."""
        named = Q(venue__code__iexact=venue) | Q(venue__names__code__iexact=venue)
        return self.select_related("venue").filter(named, year=year, label__iexact=label).order_by("pk").first()

    def newest_of(self, venue: str) -> Edition | None:
        """The venue's newest edition that holds papers."""
        return self.holding_papers().filter(venue__code__iexact=venue).order_by("-year").first()

    def last_added(self) -> Edition | None:
        """The edition that this site took in last."""
        return self.holding_papers().order_by("-added", "-pk").first()

    def holding_papers(self) -> EditionQuerySet:
        """Editions with at least one paper."""
        papers = apps.get_model("coolpapers", "Paper").objects.filter(group__edition=OuterRef("pk"))
        return self.select_related("venue").filter(Exists(papers))

    def with_counts(self) -> EditionQuerySet:
        """Editions with papers, each with its number of papers as `held`, newest year first in each venue."""
        counted = self.select_related("venue").annotate(held=Count("groups__papers"))
        return counted.filter(held__gt=0).order_by(F("venue__code"), "-year")


class IndexDueQuerySet(models.QuerySet["IndexDue"]):
    """What the search index does not show yet."""

    def oldest(self, limit: int) -> list[int]:
        """Ids of the papers that have been due longest; of those that the engine would not take, not at once again."""
        just_rejected = ~Q(problem="") & Q(since__gt=timezone.now() - REJECTED_WAIT)
        return list(self.exclude(just_rejected).order_by("since").values_list("paper_id", flat=True)[:limit])

    def rejected(self) -> Self:
        """Papers that the engine would not take, the newest first."""
        return self.exclude(problem="").order_by("-since")
