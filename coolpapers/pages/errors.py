"""What went wrong and what to do next: 400, 404 and 500, in words."""

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from coolpapers.pages.authors import UnknownAuthor
from coolpapers.pages.papers import NotHeld
from coolpapers.pages.venues import UnknownVenue


def _sentence(exception: Exception) -> str:
    """The sentence that our code raised; Django's own reasons are not for readers."""
    reason = exception.args[0] if exception.args else ""
    return reason if isinstance(reason, str) else ""


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 with the sentence that says which part of the address makes no sense."""
    ours = isinstance(exception, BadRequest)  # and not a foreign host name, say
    context = {"sentence": (ours and _sentence(exception)) or _("The address makes no sense here.")}
    return render(request, "errors/400.html", context, status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 that says what was not found, where it may be, and how to search for it."""
    context: dict[str, object] = {"sentence": _sentence(exception) if isinstance(exception, Http404) else ""}
    if isinstance(exception, UnknownAuthor):
        context["search_url"] = exception.search_url
    if isinstance(exception, UnknownVenue):
        context |= {"branch": "venue", "choices": exception.choices, "choices_label": exception.label}
    if isinstance(exception, NotHeld):
        context["branch"] = exception.branch
        context["elsewhere"] = [
            (_("{key} at arXiv").format(key=key), f"https://arxiv.org/abs/{key}")
            for key in exception.keys[:50]
            if exception.branch == "arxiv"
        ]
    return render(request, "errors/404.html", context, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: nothing of the store is touched, so that this page can be shown whatever broke."""
    return render(request, "errors/500.html", status=500)
