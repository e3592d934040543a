"""/arxiv/<id>/related and /venue/<key>/related: the papers most like one, of both branches.

Guarantees: one address a paper, as its page has; where meaning or the whole search is missing, the page says so.
"""

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from coolpapers.models import Paper
from coolpapers.pages.cards import related_url
from coolpapers.pages.lists import PaperList, show_list
from coolpapers.pages.options import ListOptions, Shape, moved, read_options
from coolpapers.pages.papers import NotHeld, key_of
from coolpapers.rendering import plain_text, render_text
from search.pipeline import SearchPage
from search.related import WINDOW, related


def related_papers(request: HttpRequest, branch: str, text: str, shape: Shape) -> HttpResponse:
    """The papers most like one, best first."""
    key = key_of(text, branch)
    if key != text:
        return moved(request, f"/{branch}/{quote(key, safe='@,/')}/related{shape.value}")
    paper = Paper.objects.filter(branch=branch, key=key).first()
    if paper is None:
        raise NotHeld([key], branch)
    options = read_options(request, shape.default_show)
    papers = _related_list(paper, related(paper, offset=options.skip, limit=options.show), options)
    return show_list(request, papers, shape, template="papers/related.html")


def _related_list(paper: Paper, found: SearchPage, options: ListOptions) -> PaperList:
    title = plain_text(paper.title)
    return PaperList(
        name=_("Related to {title}").format(title=title[:80]),
        heading=_("Related papers"),
        path=related_url(paper),
        branch=paper.branch,
        papers=Paper.objects.for_cards(found.paper_ids),
        total=found.total,
        options=options,
        description=_("Papers like {title}, with titles, authors and abstracts.").format(title=title[:200]),
        notes=(_("The {window} papers that are most like it.").format(window=WINDOW),) if found.total == WINDOW else (),
        empty=_("No related paper is found."),
        extra={
            "paper": paper,
            "title": render_text(paper.title),
            "degraded": found.degraded,
            "unavailable": found.unavailable,
        },
    )
