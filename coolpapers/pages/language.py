"""POST /language: a reader chooses the language of the site; and /catalog/<language>.js, what its scripts say in it."""

from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django.views.i18n import JavaScriptCatalog

from coolpapers.languages import LANGUAGES, PARAM, named_language

KEPT = 31_536_000  # seconds that browsers keep a language's words for; their address changes with them


@csrf_exempt  # the worst that another site can do by it is to change the words of a page; so pages need no token
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keeps `language` in a cookie, and leads back to the page that the form was on."""
    name = request.POST.get("language", "")[:40]
    language = named_language(name)
    if language is None:
        known = ", ".join(code for code, _name in LANGUAGES)
        raise BadRequest(_("language={name} is not known here. Use one of: {known}.").format(name=name, known=known))
    response = HttpResponseRedirect(_back(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def _back(request: HttpRequest) -> str:
    """The page that the form was on, without the language in its address; the home page where that is not told."""
    came = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(came, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    parts = urlsplit(came)
    query = [(key, text) for key, texts in QueryDict(parts.query).lists() if key != PARAM for text in texts]
    path = "/" + parts.path.lstrip("/")
    return f"{path}?{urlencode(query)}" if query else path


def catalog(request: HttpRequest, language: str) -> HttpResponseBase:
    """Django's own functions with the language's words in them, for browsers to keep."""
    if language not in dict(LANGUAGES):
        raise Http404
    with translation.override(language):
        response = JavaScriptCatalog.as_view(packages=["coolpapers"])(request)
    response["Cache-Control"] = f"public, max-age={KEPT}, immutable"
    return response
