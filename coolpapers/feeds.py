"""Any list of papers as an Atom feed (RFC 4287).

Guarantees: well-formed whatever the text; an entry's id is the paper's absolute address here, as papers.cool has it;
the same list gives the same bytes, so that conditional requests answer 304.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed

from coolpapers.models import REPLACED, Paper
from coolpapers.rendering import plain_text

if TYPE_CHECKING:
    from coolpapers.pages.lists import PaperList

LONG_AGO = datetime(1991, 8, 14, tzinfo=UTC)  # a feed without any dated entry


class PaperFeed(Atom1Feed):
    """Django's Atom with all authors, categories with their scheme, and the PDF as a link."""

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for name in item["authors"]:
            handler.startElement("author", {})
            handler.addQuickElement("name", name)
            handler.endElement("author")
        if item["pdf"]:
            handler.addQuickElement("link", attrs={"rel": "related", "type": "application/pdf", "href": item["pdf"]})


def updated_at(paper: Paper, day: date | None = None) -> datetime:
    """When a reader of the feed should see the paper as new: on the day of the list, where it is one of a day, else
    when announced, else when submitted, else when taken in here."""
    if day:
        return datetime.combine(day, time(), UTC)
    days = [day for day, kind, _evidence, _scope in paper.listings if kind not in REPLACED]
    if days:
        return datetime.combine(min(days), time(), UTC)
    return paper.submitted or paper.added


def render_feed(request: HttpRequest, papers: PaperList) -> HttpResponse:
    """The list as application/atom+xml."""
    feed = PaperFeed(
        title=papers.name,
        link=request.build_absolute_uri(papers.url(show=None, skip=None)),
        description=None,
        subtitle=papers.description,
        feed_url=request.build_absolute_uri(),
        language="en",
    )
    day = papers.days.day if papers.days else None
    for paper in papers.papers:
        address = request.build_absolute_uri(paper.get_absolute_url())
        feed.add_item(
            title=plain_text(paper.title),
            link=address,
            unique_id=address,
            description=plain_text(paper.abstract),
            updateddate=updated_at(paper, day),
            categories=paper.codes or [str(paper.group)],
            authors=paper.authors,
            pdf=paper.pdf_url,
        )
    if not papers.papers:
        feed.latest_post_date = lambda: papers.changed or LONG_AGO  # type: ignore[method-assign]
    return HttpResponse(feed.writeString("utf-8"), content_type=Atom1Feed.content_type)
