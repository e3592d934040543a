"""Every read of the store, named as a sentence. Pages, feeds and search call these and nothing else.

Days are arXiv's listing dates. A list of a day or a category is first a list of paper ids read off the category rows'
covering index, then one fetch of the cards: the cost does not grow with depth or with the number of papers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone

if TYPE_CHECKING:
    from coolpapers.models import Category, Edition, IndexDue, Paper, PaperCategory, Venue  # noqa: F401 (names in strings)
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

    def keys_of(self, ids: Sequence[int]) -> list[str]:
        """The keys of these papers in this order."""
        found = dict(self.filter(pk__in=list(ids)).order_by().values_list("pk", "key"))
        return [found[pk] for pk in ids if pk in found]

    def texts_of(self, ids: Sequence[int]) -> list[tuple[int, str, str]]:
        """Id, title and abstract of each of these papers."""
        return list(self.filter(pk__in=list(ids)).order_by().values_list("pk", "title", "abstract"))

    def authors_of(self, ids: Sequence[int]) -> dict[int, list[str]]:
        """The authors of each of these papers."""
        return dict(self.filter(pk__in=list(ids)).values_list("pk", "authors"))

    def of_edition(self, edition: Edition, group: str | None = None) -> PaperQuerySet:
        """An edition's papers; `group` is a group's name."""
        groups = edition.groups.all() if group is None else edition.groups.filter(name=group)
        return self.filter(group__in=list(groups.values_list("pk", flat=True)))

    def missing_from(self, edition: Edition, group: str | None = None) -> int:
        """How many of the edition's papers, or of a group's, its source does not list any more."""
        return self.of_edition(edition, group).filter(missing_since__isnull=False).count()

    def sorted_by(self, sort: str | None) -> PaperQuerySet:
        """Newest first by 'submitted' or 'announced' (unknown last), else by place in time or in the proceedings."""
        if sort == "submitted":
            return self.order_by(F("submitted").desc(nulls_last=True), "-ordinal")
        if sort == "announced":
            day = Max("announcements__day", filter=~Q(announcements__kind__startswith="replace"))
            return self.annotate(announced=day).order_by(F("announced").desc(nulls_last=True), "-ordinal")
        return self.order_by("-ordinal")

    def ids_by_stars(self, period: tuple[date, date] | None = None) -> QuerySet[Any, int]:
        """Ids of the papers that have stars, most first; of a period by the stars that were given on its days."""
        if period is None:
            return self.filter(stars__gt=0).order_by("-stars", "-ordinal").values_list("pk", flat=True)
        given = apps.get_model("coolpapers", "Star").objects.filter(day__range=period)
        counted = given.values("paper_id", "paper__ordinal").annotate(n=Count("pk"))
        return counted.order_by("-n", "-paper__ordinal").values_list("paper_id", flat=True)

    def most_starred_of(self, ids: QuerySet[Any, int] | Sequence[int], limit: int) -> list[int]:
        """Those of the ids that have stars, most first: read off the index of what has stars."""
        starred = self.filter(stars__gt=0, pk__in=ids).order_by("-stars", "-ordinal")
        return list(starred.values_list("pk", flat=True)[:limit])

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

    def works_with_copies(self, ids: Sequence[int]) -> dict[int, int]:
        """The work of each of these papers that has one."""
        linked = self.filter(pk__in=list(ids), work__isnull=False).order_by()
        return dict(linked.values_list("pk", "work_id"))

    def other_copies(self, papers: Iterable[Paper]) -> dict[int, list[Paper]]:
        """The other copies of each of these papers' works, by the paper's id; one query, and none where none is
        linked."""
        linked = {paper.pk: paper.work_id for paper in papers if paper.work_id is not None}
        if not linked:
            return {}
        rows = self.filter(work__in=set(linked.values())).select_related("group__edition__venue")
        copies: dict[int | None, list[Paper]] = {}
        for copy in rows.defer("abstract", "comments").order_by("branch", "-ordinal", "pk"):
            copies.setdefault(copy.work_id, []).append(copy)
        others = {pk: [copy for copy in copies.get(work, ()) if copy.pk != pk] for pk, work in linked.items()}
        return {pk: found for pk, found in others.items() if found}

    def later_copies(self) -> list[int]:
        """Of several copies of one work among these papers all but the one that was here first."""
        linked = self.filter(work__isnull=False).order_by()
        first = dict(
            linked.values_list("work")
            .annotate(n=Count("pk"), first=Min("pk"))
            .filter(n__gt=1)
            .values_list("work", "first")
        )
        if not first:
            return []
        return list(linked.filter(work__in=first).exclude(pk__in=first.values()).values_list("pk", flat=True))

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

    def announced_within(self, first: date, last: date) -> CategoryRowQuerySet:
        """Rows first announced in their category on one of these days, both included."""
        return self.filter(day__range=(first, last))

    def of_papers(self, ids: Sequence[int]) -> CategoryRowQuerySet:
        """Rows of these papers, of which there may be some thousands."""
        return self.filter(paper__in=ids)

    def primary_of(self, ids: Sequence[int]) -> dict[int, str]:
        """The primary category of each of these papers that has one."""
        return dict(self.filter(paper__in=ids, place=0).order_by().values_list("paper_id", "category_id"))

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

    def count_days(self, first: date, last: date) -> list[tuple[date, int]]:
        """How many papers each of these days has, the newest day first; days without any are left out."""
        counted = self.filter(day__range=(first, last)).order_by().values("day")
        found = counted.annotate(n=Count("paper_id", distinct=True)).order_by("-day")
        return [(one["day"], one["n"]) for one in found if one["day"]]

    def count_day(self) -> tuple[int, bool]:
        """`count_papers` of a day or of some, and whether the day is only estimated for any of them: one walk for both.

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


class VenueQuerySet(models.QuerySet["Venue"]):
    """Venues."""

    def known_as(self, name: str) -> Venue | None:
        """The venue of this code, else the one that has it as another name; whatever the case."""
        named = self.filter(Q(code__iexact=name) | Q(names__code__iexact=name)).order_by("pk")
        return min(named, key=lambda venue: venue.code.lower() != name.lower(), default=None)

    def with_at_signs(self) -> list[str]:
        """Codes and other names that look like a paper's key."""
        named = Q(code__contains="@") | Q(names__code__contains="@")
        pairs = self.filter(named).values_list("code", "names__code")
        return [name for pair in pairs for name in pair if name and "@" in name]


class EditionQuerySet(models.QuerySet["Edition"]):
    """Editions of venues."""

    def named(self, venue: str, year: int, label: str = "") -> Edition | None:
        """The edition such as ('emnlp', 2018), whatever the case; a venue is known by its other names, too."""
        home = apps.get_model("coolpapers", "Venue").objects.known_as(venue)
        return self.select_related("venue").filter(venue=home, year=year, label__iexact=label).first() if home else None

    def of_venue(self, venue: Venue) -> EditionQuerySet:
        """The venue's editions, joint ones too."""
        joint = venue.joint_editions.order_by().values("pk")
        return self.select_related("venue").filter(Q(venue=venue) | Q(pk__in=joint))

    def newest_first(self) -> EditionQuerySet:
        """By year; of one year's editions the one that was added last is first, for labels tell no order."""
        return self.order_by("-year", "-added", "-pk")

    def newest_of(self, venue: Venue) -> tuple[Edition | None, Edition | None]:
        """The venue's newest edition that is complete, or else that holds papers; and a newer one that is not complete,
        where there is one."""
        newest = [edition for edition in self.of_venue(venue).with_held().newest_first() if edition.held]
        chosen = next((edition for edition in newest if edition.is_complete), newest[0] if newest else None)
        return chosen, newest[0] if newest and newest[0] is not chosen else None

    def last_added(self) -> Edition | None:
        """The edition that this site took in last."""
        return self.holding_papers().with_held().order_by("-added", "-pk").first()

    def holding_papers(self) -> EditionQuerySet:
        """Editions with at least one paper."""
        papers = apps.get_model("coolpapers", "Paper").objects.filter(group__edition=OuterRef("pk"))
        return self.select_related("venue").filter(Exists(papers))

    def with_held(self) -> EditionQuerySet:
        """Editions, each with its number of papers as `held`.

        Counted in the index of groups for each edition: a join of all papers, grouped by what an edition has, takes
        twice the time (100,000 papers in 200 editions: 31 and 78 ms).
        """
        papers = apps.get_model("coolpapers", "Paper").objects.filter(group__edition=OuterRef("pk")).order_by()
        counted = papers.values("group__edition").annotate(papers=Count("pk")).values("papers")
        return self.annotate(held=Coalesce(Subquery(counted), 0))  # type: ignore[no-redef]

    def with_counts(self) -> EditionQuerySet:
        """Editions with papers, each with its number of papers as `held`, by venue, the newest first in each."""
        counted = self.holding_papers().with_held()
        return counted.order_by(Lower("venue__code"), "-year", "-added", "-pk")


class IndexDueQuerySet(models.QuerySet["IndexDue"]):
    """What the search index does not show yet."""

    def oldest(self, limit: int) -> list[int]:
        """Ids of the papers that have been due longest; of those that the engine would not take, not at once again."""
        just_rejected = ~Q(problem="") & Q(since__gt=timezone.now() - REJECTED_WAIT)
        return list(self.exclude(just_rejected).order_by("since").values_list("paper_id", flat=True)[:limit])

    def rejected(self) -> Self:
        """Papers that the engine would not take, the newest first."""
        return self.exclude(problem="").order_by("-since")
