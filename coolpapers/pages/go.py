"""/go: anything a person may paste, to where it leads here."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from coolpapers.identifiers import resolve_text, resolve_url
from coolpapers.pages.options import text_param

WORDS_LIMIT = 1_000  # characters of a pasted text that are searched for


def go(request: HttpRequest) -> HttpResponse:
    """?url= an address, ?q= any text: the paper's page, else the search for the words. Without either: a form."""
    url, text = text_param(request.GET, "url"), text_param(request.GET, "q")
    if not url and not text:
        return render(request, "go.html")
    base = request.build_absolute_uri("/")  # addresses of this site lead to where they are
    path = (resolve_url(url, base=base) if url else None) or resolve_text(text or url, base=base)
    if path is None:
        words = " ".join((text or url).split())[:WORDS_LIMIT]
        path = f"/search?{urlencode({'highlight': 1, 'query': words})}"
    return HttpResponseRedirect(path)
