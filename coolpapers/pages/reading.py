"""/reading: what a reader starred, read and put aside, shown by the browser from what it keeps; and its optional sync.

Guarantees: the page itself is the same for everybody; what is about one person (who is signed in, the marks of an
account) is JSON that no cache keeps. Accounts are made by the operator, in the admin; signing in is limited as there.
"""

import json
import time
from typing import Any

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from coolpapers.marks import AT_ONCE, WORDS, BadMarks, merge_marks

LONGEST = 1_000_000  # characters of a request: a full one has some 400,000


def reading(request: HttpRequest) -> HttpResponse:
    """/reading"""
    return render(request, "reading/reading.html")


@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """Who is signed in, and the token that a sync needs."""
    if not request.user.is_authenticated:
        return JsonResponse({"user": None})
    return JsonResponse({"user": request.user.pk, "name": request.user.get_username(), "token": get_token(request)})


@require_POST
@never_cache
def sync(request: HttpRequest) -> HttpResponse:
    """Take in a device's marks, and answer with those of the others."""
    if not request.user.is_authenticated:
        return JsonResponse({"error": "Sign in first."}, status=403)
    try:
        merged = merge_marks(user=request.user, now=int(time.time() * 1_000), **_read(request))
    except BadMarks as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse(
        {
            "marks": merged.marks,
            "changes": merged.changes,
            "more": merged.more,
            "words": merged.words,
            "words_at": merged.words_at,
        }
    )


def _read(request: HttpRequest) -> dict[str, Any]:
    """What was sent, or BadMarks."""
    if len(request.body) > LONGEST:
        raise BadMarks(f"That is too much at once: send {AT_ONCE} marks.")
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError):
        raise BadMarks("That is no JSON.") from None
    match data:
        case {"since": int(since), "marks": list(rows), "words": str(words), "words_at": int(words_at)}:
            if 0 <= since < 1 << 62 and 0 <= words_at < 1 << 53 and len(words) <= WORDS:
                return {"rows": rows, "since": since, "words": words.replace("\x00", ""), "words_at": words_at}
    raise BadMarks("A sync is {since, marks, words, words_at}.")


class SignIn(LoginView):
    """/sign-in; back to /reading, or to ?next= on this site."""

    template_name = "reading/sign_in.html"
    next_page = "/reading"


class SignOut(LogoutView):
    """/sign-out, by POST alone; who only opens it is led to the button."""

    http_method_names = ["get", "head", "post", "options"]
    next_page = "/reading"

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        return HttpResponseRedirect("/reading")
