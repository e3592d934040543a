"""A list of papers: built once, shown as a page, as a feed or as a file to take along.

`PaperList` is what every list page, search and feed hands on; `show_list` renders it. The lists of days and categories
are built in coolpapers.pages.days, those of venues in coolpapers.pages.venues.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coolpapers.digests.lists import digest_form_url
from coolpapers.exports import FORMATS, render_export
from coolpapers.feeds import render_feed
from coolpapers.models import Paper
from coolpapers.pages.cards import Card, make_cards
from coolpapers.pages.options import SHOW_LIMIT, ListOptions, Shape
from coolpapers.pages.periods import Period
from coolpapers.taxonomy import CategoryExpression


@dataclass(frozen=True, slots=True)
class Days:
    """The day of a list and its neighbours; `approximate` when it is estimated from days of submission. `more` is what
    an address says beside the day."""

    day: date | None
    before: date | None = None
    after: date | None = None
    approximate: bool = False
    more: str = ""


@dataclass(frozen=True, slots=True)
class PaperList:
    """A part of a list of papers, with what a page or a feed says about the whole."""

    name: str  # in the window's title and the feed's
    heading: str
    path: str  # of the list, without /feed
    branch: str  # the body's id: arxiv, venue or all
    papers: Sequence[Paper]
    total: int
    options: ListOptions
    total_is_exact: bool = True  # or there are more
    params: tuple[tuple[str, str], ...] = ()  # what paging must keep
    description: str = ""
    subtitle: str = ""
    notes: tuple[str, ...] = ()
    days: Days | None = None
    period: Period | None = None
    groups: tuple[tuple[str, str, int], ...] = ()  # name, address, papers
    empty: str = field(default_factory=lambda: _("There are no papers here."))
    sorts: tuple[str, ...] = ()
    expression: CategoryExpression | None = None  # of a list of categories: subjects are added to it and taken away
    changed: datetime | None = None
    extra: dict[str, object] = field(default_factory=dict)
    by_mail: bool = False  # whether it can come as a digest
    asked_for: bool = False  # its papers were, by their keys: then its feed has withdrawn ones, too

    @property
    def digest_url(self) -> str:
        """The form that sends it by e-mail; "" where it can't be."""
        if not (self.by_mail and settings.DIGESTS):
            return ""
        return digest_form_url(self.path, dict(self.params).get("query", ""))

    @property
    def first(self) -> int:
        return self.options.skip + 1

    @property
    def last(self) -> int:
        return self.options.skip + len(self.papers)

    @property
    def picked(self) -> tuple[date | None, date | None]:
        """The first and the last day that it shows, for its form of days."""
        if self.period:
            return self.period.first, self.period.last
        return (self.days.day, self.days.day) if self.days else (None, None)

    @property
    def total_text(self) -> str:
        """How many papers there are, in words where that is not exactly known."""
        return str(self.total) if self.total_is_exact else _("more than {total}").format(total=self.total)

    @property
    def past_end(self) -> bool:
        return not self.papers and self.options.skip > 0 and self.total > 0

    def url(self, path: str | None = None, **changes: object) -> str:
        """This list's address with some parameters changed; None leaves one out."""
        options = self.options
        kept: dict[str, object] = dict(self.params)
        kept["show"] = options.asked if options.asked != options.default else None
        kept["skip"] = options.skip or None
        kept |= changes
        query = urlencode([(name, str(value)) for name, value in kept.items() if value not in (None, "", 0)])
        return f"{path or self.path}?{query}" if query else path or self.path

    @property
    def feed_url(self) -> str:
        return self.url(f"{self.path}/feed", show=None, skip=None, explain=None)

    @property
    def export_links(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What there is to take along, and for each the label and address of every format."""
        plain: dict[str, object] = {"explain": None, "highlight": None}
        whole = self.total_is_exact and self.total <= SHOW_LIMIT
        told = _("all {count:,}") if whole else _("the first {count:,}")
        size = told.format(count=self.total if whole else SHOW_LIMIT)
        parts = {size: plain | {"show": None, "skip": None}}
        if self.total > len(self.papers):
            told = _("{first:,} to {last:,}") if self.options.skip else _("these {count:,}")
            here = told.format(first=self.first, last=self.last, count=len(self.papers))
            parts[here] = plain | {"show": self.options.show, "skip": self.options.skip}
        return [
            (label, [(one.label, self.url(f"{self.path}/export", format=one.name, **part)) for one in FORMATS.values()])
            for label, part in parts.items()
        ]

    @property
    def next_url(self) -> str | None:
        """The next part; by what was asked for, not by what came, or a paper deleted meanwhile would show one twice."""
        after = self.options.skip + self.options.show
        more = after < self.total or (not self.total_is_exact and len(self.papers) == self.options.show)
        return self.url(skip=after) if self.papers and more else None

    @property
    def previous_url(self) -> str | None:
        if self.options.skip <= 0:
            return None
        return self.url(skip=max(0, min(self.options.skip, self.total) - self.options.show))

    @property
    def all_url(self) -> str | None:
        """The whole list on one page, where it fits on one."""
        whole = self.total_is_exact and len(self.papers) < self.total <= SHOW_LIMIT
        return self.url(show=self.total, skip=None) if whole else None

    @property
    def sort_links(self) -> list[tuple[str, str, bool]]:
        """Label, address, and whether the list is in that order now; the first order is the list's own."""
        own = self.sorts[0] if self.sorts else ""
        now = "" if self.options.prefer else self.options.sort or own
        return [
            (str(SORT_NAMES[name]), self.url(sort=None if name == own else sort_param(name), skip=None), name == now)
            for name in self.sorts
        ]

    @property
    def for_you_url(self) -> str:
        """As much of the list as one page takes, for the browser to put in its reader's order."""
        whole = self.all_url or (self.url(show=SHOW_LIMIT) if self.next_url else self.url())
        return f"{whole}#for-you"

    @property
    def inbox(self) -> str:
        """The categories of a day that is new, and not one of replacements: what the reader may have read of it."""
        plain = self.days is not None and self.days.day is not None and not self.days.more and not self.days.approximate
        return self.expression.text if self.expression and plain else ""

    @property
    def unpreferred_url(self) -> str:
        """The list in its own order."""
        return self.url(sort=None, skip=None)

    @property
    def kept_params(self) -> tuple[tuple[str, str], ...]:
        """What a form that sets another order sends along."""
        return tuple((name, value) for name, value in self.params if name != "sort")


SORT_PARAMS = {"date": "0", "stars": "1"}
SORT_NAMES = {
    "relevance": gettext_lazy("relevance"),
    "date": gettext_lazy("date"),
    "submitted": gettext_lazy("submitted"),
    "announced": gettext_lazy("announced"),
    "stars": gettext_lazy("stars"),
}


def sort_param(sort: str) -> str:
    """How an address says this order."""
    return SORT_PARAMS.get(sort, sort)


RETRY_AFTER = "30"  # seconds, where search is away


def show_list(
    request: HttpRequest, papers: PaperList, shape: Shape, *, template: str = "papers/list.html", **card_options: object
) -> HttpResponse:
    """The list as a page, an Atom feed or a file; what is missing of it is also in a header, Search-Degraded.

    Where it is all missing for a while (`extra["unavailable"]`) the status is 503, so that nobody keeps the answer.
    """
    if shape is Shape.FEED:
        response = render_feed(request, papers if papers.asked_for else without_withdrawn(papers))
    elif shape is Shape.EXPORT:
        response = render_export(request, papers)
    else:
        cards: list[Card] = make_cards(
            papers.papers,
            first=papers.first,
            total=papers.total,
            copies=Paper.objects.other_copies(papers.papers),
            **card_options,  # type: ignore[arg-type]
        )
        response = render(request, template, {"list": papers, "cards": cards, **papers.extra})
    with translation.override(None):  # a header is for programs
        told = str(papers.extra.get("degraded") or "")
    if told:
        response["Search-Degraded"] = " ".join(told.encode("ascii", "replace").decode().split())
    if papers.extra.get("unavailable"):
        response.status_code = 503
        response["Retry-After"] = RETRY_AFTER
    return response


def sort_params(options: ListOptions) -> tuple[tuple[str, str], ...]:
    """The order that an address asked for, for paging to keep. A comma tells one word from the name of an order."""
    if options.prefer:
        return (("sort", ",".join(options.prefer) + ("," if len(options.prefer) == 1 else "")),)
    return (("sort", sort_param(options.sort)),) if options.sort else ()


def without_withdrawn(papers: PaperList) -> PaperList:
    """The list as its feed has it: nobody is told of a withdrawn paper that was not asked for."""
    return replace(papers, papers=[paper for paper in papers.papers if not paper.withdrawn])
