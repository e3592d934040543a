"""/arxiv/…, /venue/… and /author/…: what the rest of the address names, decided in one place."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from coolpapers.pages.authors import author_list
from coolpapers.pages.days import category_list
from coolpapers.pages.inbox import inbox
from coolpapers.pages.options import CONTROL, Shape, moved
from coolpapers.pages.papers import any_papers, are_arxiv_keys, arxiv_papers, venue_papers
from coolpapers.pages.related import related_papers
from coolpapers.pages.search import search
from coolpapers.pages.selection import bibtex
from coolpapers.pages.venues import names_venue, venue_index, venue_list


def _split(rest: str) -> tuple[str, Shape]:
    """The list's name, and what it is asked for as. No name has characters that can't be read."""
    if CONTROL.search(rest):
        raise Http404
    shape = next((shape for shape in (Shape.FEED, Shape.EXPORT) if rest.endswith(shape.value)), Shape.PAGE)
    return rest.removesuffix(shape.value), shape


def _without_slash(request: HttpRequest) -> HttpResponse:
    """One address a page: a slash at its end is taken off."""
    return moved(request, "/" + request.get_full_path_info().split("?")[0].strip("/"))


def arxiv(request: HttpRequest, rest: str) -> HttpResponse:
    """/arxiv/search, /arxiv/<id>…, /arxiv/<id>/related and /bibtex, /arxiv/<expression>; lists also with /feed and
    /export."""
    if rest.endswith("/"):
        return _without_slash(request)
    name, shape = _split(rest)
    if name == "search":
        return search(request, "arxiv", shape)
    if name.endswith("/related"):
        return related_papers(request, "arxiv", name.removesuffix("/related"), shape)
    if name.endswith("/bibtex") and shape is Shape.PAGE:
        return bibtex(request, name.removesuffix("/bibtex"), "arxiv")
    if name.endswith("/inbox") and shape is Shape.PAGE:
        return inbox(request, name.removesuffix("/inbox"))
    if are_arxiv_keys(name):
        return arxiv_papers(request, name, shape)
    return category_list(request, name, shape)


def venue(request: HttpRequest, rest: str) -> HttpResponse:
    """/venue/search, /venue/latest, /venue/<key>@<source>…, the same /related and /bibtex,
    /venue/<VENUE>[.<YEAR>[-<LABEL>]]; lists also with /feed and /export."""
    if rest.endswith("/"):
        return _without_slash(request)
    name, shape = _split(rest)
    if name == "search":
        return search(request, "venue", shape)
    if name.endswith("/related"):
        return related_papers(request, "venue", name.removesuffix("/related"), shape)
    if "@" in name and name.endswith("/bibtex") and shape is Shape.PAGE:
        return bibtex(request, name.removesuffix("/bibtex"), "venue")
    if "@" in name and not names_venue(name):
        return venue_papers(request, name, shape)
    return venue_list(request, name, shape)


def papers(request: HttpRequest, rest: str) -> HttpResponse:
    """/papers/<key>[,<key>…] of both branches, also with /feed and /export."""
    if rest.endswith("/"):
        return _without_slash(request)
    return any_papers(request, *_split(rest))


def author(request: HttpRequest, rest: str) -> HttpResponse:
    """/author/<name>, also with /feed and /export."""
    if rest.endswith("/"):
        return _without_slash(request)
    return author_list(request, *_split(rest))


def index(request: HttpRequest, branch: str) -> HttpResponse:
    """/arxiv alone is the part of the home page that lists it, /venue the index of venues."""
    if branch == "venue":
        return venue_index(request)
    return HttpResponseRedirect(f"/#{branch}")
