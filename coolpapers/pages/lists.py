"""A list of papers: built once, shown as a page or as a feed.

`PaperList` is what every list page, search and feed hands on; `show_list` renders it as HTML or Atom. The view below
builds the lists of venues; those of days and categories are in coolpapers.pages.days.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from urllib.parse import quote, urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from coolpapers.feeds import render_feed
from coolpapers.models import Edition, Paper
from coolpapers.pages.cards import Card, make_cards
from coolpapers.pages.options import SHOW_LIMIT, ListOptions, moved, read_options, text_param

FEED_SHOW = 100  # entries of a feed that does not say; a day's feed has the whole day


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
    groups: tuple[tuple[str, str, int], ...] = ()  # name, address, papers
    empty: str = "There are no papers here."
    sorts: tuple[str, ...] = ()
    changed: datetime | None = None
    extra: dict[str, object] = field(default_factory=dict)

    @property
    def first(self) -> int:
        return self.options.skip + 1

    @property
    def last(self) -> int:
        return self.options.skip + len(self.papers)

    @property
    def total_text(self) -> str:
        """How many papers there are, in words where that is not exactly known."""
        return str(self.total) if self.total_is_exact else f"more than {self.total}"

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
        now = self.options.sort or own
        return [
            (name, self.url(sort=None if name == own else sort_param(name), skip=None), name == now)
            for name in self.sorts
        ]


def sort_param(sort: str) -> str:
    """How an address says this order."""
    return "0" if sort == "date" else sort


RETRY_AFTER = "30"  # seconds, where search is away


def show_list(
    request: HttpRequest, papers: PaperList, *, feed: bool, template: str = "papers/list.html", **card_options: object
) -> HttpResponse:
    """The list as a page, or as an Atom feed; what is missing of it is also in a header, Search-Degraded.

    Where it is all missing for a while (`extra["unavailable"]`) the status is 503, so that nobody keeps the answer.
    """
    if feed:
        response = render_feed(request, papers)
    else:
        cards: list[Card] = make_cards(papers.papers, first=papers.first, total=papers.total, **card_options)  # type: ignore[arg-type]
        response = render(request, template, {"list": papers, "cards": cards, **papers.extra})
    if told := str(papers.extra.get("degraded") or ""):
        response["Search-Degraded"] = " ".join(told.encode("ascii", "replace").decode().split())
    if papers.extra.get("unavailable"):
        response.status_code = 503
        response["Retry-After"] = RETRY_AFTER
    return response


def sort_params(options: ListOptions) -> tuple[tuple[str, str], ...]:
    """The order that an address asked for, for paging to keep."""
    return (("sort", sort_param(options.sort)),) if options.sort else ()


def without_withdrawn(papers: PaperList) -> PaperList:
    """The list as its feed has it: nobody is told of a withdrawn paper."""
    return replace(papers, papers=[paper for paper in papers.papers if not paper.withdrawn])


# --- Venues ------------------------------------------------------------------------------------------------------
_EDITION = re.compile(r"(?P<venue>.+)\.(?P<year>[0-9]{4})")


def venue_list(request: HttpRequest, text: str, feed: bool) -> HttpResponse:
    """/venue/<VENUE>.<YEAR>, /venue/<VENUE> (its newest edition) and /venue/latest (the edition added last)."""
    if text == "latest":
        edition = Edition.objects.last_added()
    elif match := _EDITION.fullmatch(text):
        edition = Edition.objects.named(match["venue"], int(match["year"]))
    else:
        edition = Edition.objects.newest_of(text)
    if edition is None:
        raise Http404(f"There is no venue or edition {text[:80]} here. The home page lists those that there are.")
    named = text if text == "latest" else str(edition) if "." in text else edition.venue.code
    if named != text:
        return moved(request, f"/venue/{quote(named)}{'/feed' if feed else ''}")
    papers = _edition_list(request, edition, f"/venue/{quote(text)}", read_options(request, FEED_SHOW if feed else 25))
    return show_list(request, without_withdrawn(papers) if feed else papers, feed=feed)


def _edition_list(request: HttpRequest, edition: Edition, path: str, options: ListOptions) -> PaperList:
    groups = edition.counted_groups()
    group = text_param(request.GET, "group", 200) or None
    if group is not None and group not in {name for name, _count in groups}:
        names = ", ".join(name for name, _count in groups if name)
        raise Http404(f"{edition} has no group {group[:80]}." + (f" Its groups are: {names}." if names else ""))
    ids = Paper.objects.of_edition(edition, group).sorted_by(options.sort).values_list("pk", flat=True)
    total = sum(count for name, count in groups if group in (None, name))
    name = f"{edition} - {group}" if group else str(edition)
    return PaperList(
        name=name,
        heading=name,
        path=path,
        branch="venue",
        papers=Paper.objects.for_cards(list(ids[options.skip : options.skip + options.show])),
        total=total,
        options=options,
        params=(*((("group", group),) if group else ()), *sort_params(options)),
        description=f"The accepted papers of {name}, with titles, authors and abstracts.",
        groups=tuple((n, f"{path}?{urlencode({'group': n})}", count) for n, count in groups if n),
        empty=f"{name} holds no paper.",
        changed=edition.added,
        extra={"edition": edition, "group": group},
    )
