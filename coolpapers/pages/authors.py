"""/author/<name>: the papers that are printed with a name, of both branches.

Guarantees: the page says which printed names it covers, and links those that may be the same person's; a name that no
paper has is a 404 that leads to a search; without an engine the page says so.
"""

from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from coolpapers.models import Paper
from coolpapers.pages.cards import author_url
from coolpapers.pages.lists import PaperList, show_list, sort_params
from coolpapers.pages.options import ListOptions, Shape, read_options
from coolpapers.pages.preference import search_part
from search import pipeline
from search.authors import other_prints, prints_of, written_by
from search.names import listed_by_initial

NAME_LIMIT = 300  # characters; the store keeps no longer name


class UnknownAuthor(Http404):
    """A name that no paper here is printed with; `search_url` looks for names like it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No paper here has an author printed as {name}.")
        self.search_url = _wider(name)[1]


def author_list(request: HttpRequest, text: str, shape: Shape) -> HttpResponse:
    """The papers of a name, newest first or as ?sort= says; the name as papers print it or as `author:` takes it."""
    if len(text) > NAME_LIMIT:
        raise BadRequest(_("A name has at most {name_limit} characters.").format(name_limit=NAME_LIMIT))
    options = read_options(request, shape.default_show)
    query = written_by(text)
    found = search_part(query, options, "date")
    if not found.total and not found.degraded:
        raise UnknownAuthor(query.text)
    papers = _author_list(query.text, text, found, options)
    if shape is Shape.PAGE:
        others, more = other_prints(query.text)
        papers.extra["others"] = [(other, author_url(other.name)) for other in others]
        papers.extra["more_others"] = more
    return show_list(request, papers, shape, template="papers/author.html")


def _author_list(name: str, text: str, found: pipeline.SearchPage, options: ListOptions) -> PaperList:
    papers = Paper.objects.for_cards(found.paper_ids)
    prints = prints_of(name, (paper.authors for paper in papers))
    heading = prints[0] if prints else name
    return PaperList(
        name=heading,
        heading=heading,
        path=author_url(text),
        branch="all",
        papers=papers,
        total=found.total,
        total_is_exact=found.total_is_exact,
        options=options,
        params=sort_params(options),
        description=_("Papers with an author printed as {heading}, with titles, authors and abstracts.").format(
            heading=heading
        ),
        empty="",
        sorts=("date", "submitted", "announced", "stars"),
        extra={
            "prints": prints,
            "degraded": found.degraded,
            "unavailable": found.unavailable,
            "wider": _wider(heading),
        },
    )


def _wider(name: str) -> tuple[str, str]:
    """The search for all whose family name and initial are these, and its address."""
    typed = f'author:"{listed_by_initial(name)}"'
    return typed, f"/search?{urlencode({'query': typed})}"
