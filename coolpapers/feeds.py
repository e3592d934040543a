"""Any list of papers as an Atom feed (RFC 4287).

Guarantees: valid whatever the text; an entry's id is the paper's address here without a version, as papers.cool has it,
and on a site that knows its own address (SITE_URL) the same by whatever name it is asked; what makes an entry new to a
reader, its `updated`, never goes back and is not moved by a new version, unless ?updated=revised asks for that; the
same list gives the same bytes, so that conditional requests answer 304. Withdrawn papers are in none.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed

from coolpapers.exports import site_of
from coolpapers.exports.citation import first_known_day
from coolpapers.models import REPLACED, Branch, Paper
from coolpapers.rendering import plain_text
from coolpapers.taxonomy import CATEGORIES

if TYPE_CHECKING:
    from coolpapers.pages.lists import PaperList

LONG_AGO = datetime(1991, 8, 14, tzinfo=UTC)  # a feed without any dated entry
NOBODY = "Author not known"  # an entry without an author is no valid one (RFC 4287, section 4.1.2)


class TextFeed(Atom1Feed):
    """Django's Atom whose summaries are text, and not called HTML: a reader would run what looks like an element."""

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item | {"description": None})
        handler.addQuickElement("summary", item["description"], {"type": "text"})


class PaperFeed(TextFeed):
    """An Atom feed with all authors, categories with their names, the paper's source and its PDF as links, and the
    list's next part (RFC 5005, section 3)."""

    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        if following := self.feed["following"]:
            handler.addQuickElement("link", attrs={"rel": "next", "href": following})

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for name in item["authors"] or [NOBODY]:
            handler.startElement("author", {})
            handler.addQuickElement("name", name)
            handler.endElement("author")
        for term, label in item["subjects"]:
            handler.addQuickElement("category", attrs={"term": term, **({"label": label} if label else {})})
        if item["source"]:
            handler.addQuickElement("link", attrs={"rel": "via", "href": item["source"]})
        if item["pdf"]:
            handler.addQuickElement("link", attrs={"rel": "related", "type": "application/pdf", "href": item["pdf"]})


def updated_at(paper: Paper, day: date | None = None) -> datetime:
    """When the paper was new to a reader of the list: on the day of the list, where it is one of a day; a venue's when
    it was taken in here; else when announced as new, where that is known, or submitted.

    What is told later never makes it earlier: nothing is announced before it is submitted, and a day that is computed
    is the first one possible. A day that is only estimated, or is that of a cross-list, may be later than what is told
    then, and counts only where nothing else is known.
    """
    if day:
        return datetime.combine(day, time(), UTC)
    if paper.branch == Branch.VENUE:
        return paper.added
    known = first_known_day(paper, new=True)
    if known is None and paper.submitted:
        return paper.submitted
    known = known or first_known_day(paper)
    return datetime.combine(known, time(), UTC) if known else paper.added


def revised_at(paper: Paper, day: date | None = None) -> datetime:
    """The same, or when its newest version came, for who wants to be told of versions again."""
    replaced = [datetime.combine(day, time(), UTC) for day, kind, _how, _scope in paper.listings if kind in REPLACED]
    return max([updated_at(paper, day), *replaced, *([paper.revised] if paper.revised else [])])


def published_at(paper: Paper) -> datetime | None:
    """When its first version came."""
    if paper.submitted:
        return paper.submitted
    known = first_known_day(paper)
    return datetime.combine(known, time(), UTC) if known else None


def render_feed(request: HttpRequest, papers: PaperList) -> HttpResponse:
    """The list as application/atom+xml."""
    asked = request.GET.get("updated", "")
    if asked not in ("", "revised"):
        raise BadRequest(f"updated={asked[:40]} is not known here. updated=revised tells of new versions again.")
    when = revised_at if asked else updated_at
    site = site_of(request)
    feed = PaperFeed(
        title=papers.name,
        link=f"{site}{papers.url(show=None, skip=None)}",
        description=None,
        subtitle=papers.description,
        feed_url=request.build_absolute_uri(),
        feed_guid=f"{settings.SITE_URL.rstrip('/') or site}{papers.feed_url}",
        language="en",
        following=_following(papers, site, asked),
    )
    day = papers.days.day if papers.days else None
    for paper in papers.papers:
        path = paper.get_absolute_url()
        feed.add_item(
            title=plain_text(paper.title),
            link=f"{site}{path}",
            unique_id=f"{settings.SITE_URL.rstrip('/') or site}{path}",
            description=plain_text(paper.abstract),
            pubdate=published_at(paper),
            updateddate=when(paper, day),
            authors=paper.authors,
            subjects=_subjects(paper),
            source=paper.source_url,
            pdf=paper.pdf_url,
        )
    if not papers.papers:
        feed.latest_post_date = lambda: papers.changed or LONG_AGO  # type: ignore[method-assign]
    return HttpResponse(feed.writeString("utf-8"), content_type=Atom1Feed.content_type)


def _following(papers: PaperList, site: str, asked: str) -> str:
    if papers.next_url is None:
        return ""
    after = papers.options.skip + papers.options.show
    return f"{site}{papers.url(f'{papers.path}/feed', skip=after, updated=asked)}"


def _subjects(paper: Paper) -> list[tuple[str, str]]:
    """Categories, and the venue with its whole name."""
    named = [(code, CATEGORIES[code].name if code in CATEGORIES else "") for code in paper.codes]
    return [*named, (str(paper.group), paper.group.edition.venue.name)] if paper.group else named
