"""/search/suggest: titles for what somebody is typing; and /opensearch.xml, by which a browser offers this search.

The answer is that of OpenSearch Suggestions 1.1, `[typed, titles, what they are, addresses]`, which browsers and the
extension read; any page may ask, for nothing in it is anybody's own.
"""

import re

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from coolpapers.models import Paper
from coolpapers.pages.options import text_param
from coolpapers.pages.papers import without_aliases
from coolpapers.pages.search import identified
from coolpapers.rendering import plain_text
from search import pipeline
from search.query import parse_query

MOST = 6
TYPED_LIMIT = 200  # characters; a text that long is pasted, not typed
KEPT_FOR = 300  # seconds
_BEGINNING = re.compile(r"(?:^|\s)[^\W_]{3,}$")
_TOO_SHORT = re.compile(r"\s[^\W_]{1,2}$")  # to be the beginning of a word


def suggestions(request: HttpRequest) -> HttpResponse:
    """?query=: the held paper that it identifies, else those that its words find, the last of them as a beginning."""
    typed = text_param(request.GET, "query", TYPED_LIMIT)
    papers = _papers(typed) if typed else []
    told = [
        typed,
        [plain_text(paper.title) for paper in papers],
        [", ".join(paper.authors[:3]) for paper in papers],
        [request.build_absolute_uri(paper.get_absolute_url()) for paper in papers],
    ]
    response = JsonResponse(told, safe=False, content_type="application/x-suggestions+json")
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = f"public, max-age={KEPT_FOR}"
    return response


def open_search(request: HttpRequest) -> HttpResponse:
    """/opensearch.xml"""
    base = request.build_absolute_uri("/")
    return render(request, "opensearch.xml", {"base": base}, content_type="application/opensearchdescription+xml")


def _papers(typed: str) -> list[Paper]:
    if path := identified(typed):
        key = path.split("/", 2)[2]
        return list(Paper.objects.filter(key__in=without_aliases([key])))
    beginning = f"{typed}*" if _BEGINNING.search(typed) else _TOO_SHORT.sub("", typed)
    found = pipeline.run(parse_query(beginning), sort="relevance", offset=0, limit=MOST, mode="lexical")
    held = Paper.objects.in_bulk(found.paper_ids)
    return [held[pk] for pk in found.paper_ids if pk in held]
