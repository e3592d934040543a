"""In which language a request is answered.

?lang= of the address decides; else, for a page, the reader's choice (a cookie that nothing but /language sets), then
what the browser prefers; else it is English. What programs ask for (feeds, files, JSON) looks at the address alone, so
that it is the same for all who ask, and the admin is English. Guarantee: a page that depends on the reader says so in
Vary, and two answers to one address differ by language in nothing but words.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

LANGUAGES: list[tuple[str, str]] = settings.LANGUAGES  # code and own name
PARAM = "lang"
# How the addresses of answers that no reader sees end.
PROGRAMS = ("/feed", "/export", "/bibtex", "/inbox", "/suggest", "/health", "/metrics", "/star", "/sync", "/account")
FILES = (".xml", ".txt", ".zip", ".webmanifest", ".js")


class LanguageMiddleware:
    """Answers in the request's language, and says in the headers which it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = named_language(request.GET.get(PARAM, ""))
        fixed = asked is not None or not _is_page(request)
        language = asked or (settings.LANGUAGE_CODE if fixed else translation.get_language_from_request(request))
        with translation.override(language):
            response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Language", tag_of(language))
            if not fixed:
                patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def _is_page(request: HttpRequest) -> bool:
    path = request.path_info
    return not (path.endswith((*PROGRAMS, *FILES)) or path.startswith(f"/{settings.ADMIN_PATH}"))


def named_language(name: str) -> str | None:
    """The code of a language of this site (`zh-hans`) that somebody calls `zh`, `zh-CN` or so."""
    try:
        return translation.get_supported_language_variant(name) if name else None
    except LookupError:
        return None


def tag_of(code: str) -> str:
    """How HTML and HTTP call the language: `zh-Hans`."""
    return translation.to_locale(code).replace("_", "-")


def other_languages(request: HttpRequest) -> list[tuple[str, str]]:
    """Of each language of this site its tag, and the address of this page in it."""
    kept = request.GET.copy()
    kept.pop(PARAM, None)
    told = []
    for code, _name in LANGUAGES:
        query = urlencode([*((key, text) for key, texts in kept.lists() for text in texts), (PARAM, code)])
        told.append((tag_of(code), request.build_absolute_uri(f"{request.path}?{query}")))
    return told


@cache
def catalog_url(language: str) -> str:
    """Where scripts find their words in a language, by its words; "" for their own."""
    if language == settings.LANGUAGE_CODE:
        return ""
    folder = Path(settings.LOCALE_PATHS[0]) / translation.to_locale(language) / "LC_MESSAGES"
    read = (folder / "djangojs.mo").read_bytes()
    return f"/catalog/{language}.js?{hashlib.sha256(read).hexdigest()[:12]}"
