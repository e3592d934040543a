"""How much one address may ask of the costly pages: search and its suggestions, authors and related papers, feeds and
exports, combinations of categories, digests, how the site stands, stars; and how often it, and all together with one
name, may try to sign in.

Input: a request; the limits of settings.LIMITS, in requests a minute, far above what a person can read. Output:
nothing, or a 429 that says when to come back. Guarantees: an address is the other end of the connection, or, behind
proxies of ours, what the outermost of them saw, so that no header of the client changes it; an IPv6 address counts as
its /64, the smallest network that one customer gets. A name that is tried counts as sign-in reads it, however it is
spelled, and whether somebody has it or not. Where the shared memory is down, requests pass. Static files, the home
page, a category's newest day, editions and papers are never limited.
"""

import hashlib
import ipaddress
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coolpapers.memory import memory
from coolpapers.taxonomy import ARCHIVES, canonical_category

WINDOW = 60  # seconds
LONG = 100  # papers; a longer page costs more than any search
ADDRESSES = 3  # so many must try one name at full speed before its owner can't sign in: no single one keeps anybody out
SEARCHES = ("/search", "/arxiv/search", "/venue/search")
STARS = ("/arxiv/star", "/venue/star", "/reading/account", "/reading/sync")
DAYS = ("date", "week", "month", "from", "to")
STATES = ("/status", "/health", "/metrics")
TOO_MANY = _("More than {limit} requests of this kind came from your address within a minute.")
TOO_MANY_LOGINS = _("More than {limit} attempts to sign in came from your address within a minute.")
TOO_MANY_OF_A_NAME = _("More than {limit} attempts to sign in with this name were made within a minute.")
_RELATED = re.compile(r"/(?:arxiv|venue)/.+/related", re.DOTALL)


def scope_of(path: str, query: Mapping[str, str]) -> str | None:
    """Which of settings.LIMITS a request falls under; None: none."""
    if path in (f"/{settings.ADMIN_PATH}login/", "/sign-in"):
        return "logins"
    if path == "/search/suggest":
        return "suggestions"
    if path in STATES:
        return "lists"
    if path in STARS:
        return "stars"
    if path == "/stars":
        return "lists"
    if path == "/digest" or path.startswith("/digest/"):
        return "digests"
    if path.endswith(("/feed", "/export", "/bibtex")) or path.startswith("/sitemap-"):
        return "feeds"
    if path in SEARCHES or path.startswith("/author/") or _RELATED.fullmatch(path):
        return "searches"
    if not path.startswith(("/arxiv/", "/venue/")):
        return None
    show = query.get("show", "")
    if not query.keys().isdisjoint(DAYS) or (show.isdecimal() and len(show) < 20 and int(show) > LONG):
        return "lists"
    return "lists" if path.startswith("/arxiv/") and _is_combination(path.removeprefix("/arxiv/")) else None


def _is_combination(name: str) -> bool:
    """Anything but papers, which begin with a number or have a slash, and single categories and archives."""
    if name[:1].isdigit() or "/" in name or name.lower().startswith("arxiv:"):
        return False
    return name.lower() not in ARCHIVES and canonical_category(name) is None


def client_network(meta: Mapping[str, Any], proxies: int) -> str | None:
    """The IPv4 address or IPv6 /64 that a request comes from; None where it can't be told (a socket without proxy).

    Each of our `proxies` adds the address it saw at the right end of X-Forwarded-For; what stands further left, the
    client may have written.
    """
    connected = str(meta.get("REMOTE_ADDR", ""))
    seen = [hop.strip() for hop in str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",") if hop.strip()]
    claimed = seen[-min(proxies, len(seen))] if proxies and seen else connected
    return _network(claimed) or _network(connected)


def _network(text: str) -> str | None:
    """`192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80` → what counts as one client."""
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((address, 64), strict=False))
        address = address.ipv4_mapped
    return str(address)


class LimitMiddleware:
    """Counts what settings.LIMITS names, and refuses what is too much."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        """None, or the 429 instead of the view's answer."""
        scope = scope_of(request.path_info, request.GET)
        if scope is None or not settings.LIMITS[scope]:
            return None
        for name, limit, reason in counted(scope, request):
            used = memory.count(f"{scope}:{name}", WINDOW)
            if used is not None and used > limit:  # what is refused here counts for nothing else
                return too_many(request, str(reason).format(limit=limit))
        return None


def counted(scope: str, request: HttpRequest) -> Iterator[tuple[str, int, Promise]]:
    """What a request counts for, how often that may come, and what is told where it came more often."""
    limit = settings.LIMITS[scope]
    client = client_network(request.META, settings.PROXIES)
    if scope != "logins":
        if client is not None:
            yield client, limit, TOO_MANY
        return
    if request.method != "POST":  # the empty form
        return
    if client is not None:
        yield client, limit, TOO_MANY_LOGINS
    if name := name_tried(request):
        yield f"name:{name}", limit * ADDRESSES, TOO_MANY_OF_A_NAME


def name_tried(request: HttpRequest) -> str | None:
    """A short sign for the user's name that sign-in would look up; None where it would look nobody up."""
    try:
        longest = User._meta.get_field("username").max_length
        name = UsernameField(max_length=longest).clean(request.POST.get("username"))
    except ValidationError:
        return None
    return hashlib.blake2b(name.encode(), digest_size=16).hexdigest()


def too_many(request: HttpRequest, reason: str) -> HttpResponse:
    """429 with the seconds until the window ends."""
    wait = max(1, math.ceil(WINDOW - memory.clock() % WINDOW))
    response = render(request, "errors/429.html", {"wait": wait, "reason": reason}, status=429)
    response["Retry-After"] = str(wait)
    response["Cache-Control"] = "no-store"
    return response
