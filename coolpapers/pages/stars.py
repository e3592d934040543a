"""POST /arxiv/star and /venue/star: a reader's star for a paper, counted once; and /stars, papers by them.

The shape is papers.cool's: ?key=pdf|kimi|unstar&paper=ID. Here each key but `unstar` is one star (`star` is ours), and
its `delta` means nothing. Guarantees: a star counts once for an account, or for a signed cookie that goes to this
address alone; without an account one network gives a paper at most ADDRESS_STARS a day, and all papers STARS_PER_DAY;
a page of another site can give none. docs/decisions/0023 says what a determined script could still do.
"""

import secrets
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from coolpapers.limits import client_network
from coolpapers.memory import memory
from coolpapers.models import Paper
from coolpapers.pages.lists import PaperList, show_list
from coolpapers.pages.options import Shape, read_options
from coolpapers.pages.papers import NotHeld, key_of
from coolpapers.pages.periods import read_period
from coolpapers.stars import give_star, take_star, voter_of

GIVING = ("star", "pdf", "kimi")
ADDRESS_STARS = 5  # readers of one network may like one paper; a script that throws its cookie away gets no further
DAY = 24 * 3600  # seconds
COOKIE, SALT, KEPT = "voter", "coolpapers.stars", 2 * 365 * DAY


@csrf_exempt  # papers.cool's shape has no token; the browser's word on where it comes from is asked instead
@require_POST
@never_cache
def star(request: HttpRequest, branch: str) -> HttpResponse:
    """The paper's stars as JSON, and whether this reader's counts among them."""
    if not _is_ours(request):
        raise PermissionDenied
    key = request.GET.get("key", "")
    if key not in (*GIVING, "unstar"):
        raise BadRequest(_("key={key} is not known here. Use star or unstar.").format(key=key[:40]))
    paper_key = key_of(request.GET.get("paper", "")[:300], branch)
    paper = Paper.objects.filter(branch=branch, key=paper_key).first()
    if paper is None:
        raise NotHeld([paper_key], branch)
    who, cookie = _who(request)
    voter = voter_of(who, paper)
    if key == "unstar":
        stars, counted = take_star(paper=paper, voter=voter), False
    else:
        may_add = (lambda: True) if cookie is None else (lambda: _address_may(request, paper))
        stars, counted = give_star(paper=paper, voter=voter, day=datetime.now(UTC).date(), may_add=may_add)
    response = JsonResponse({"paper": paper.key, "stars": stars, "counted": counted})
    if cookie and counted:
        _keep(response, cookie, request.path)
    return response


def _is_ours(request: HttpRequest) -> bool:
    """Browsers say which site a POST comes from; what says nothing is no browser, and acts for nobody else."""
    origin = request.headers.get("Origin")
    return origin is None or (urlsplit(origin).netloc == request.get_host() and origin != "null")


def _who(request: HttpRequest) -> tuple[str, str | None]:
    """Who gives the star, and the random name of its cookie where that is no account."""
    if request.user.is_authenticated:
        return f"account {request.user.pk}", None
    known = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=KEPT)
    cookie = known or secrets.token_urlsafe(16)
    return f"cookie {cookie}", cookie


def _address_may(request: HttpRequest, paper: Paper) -> bool:
    """Whether this network may give the paper one more star today. Where nobody can tell, it may not: unlike a page, a
    count is worth nothing when anybody can raise it."""
    client = client_network(request.META, settings.PROXIES)
    if client is None:
        return False
    of_paper = memory.count(f"star:{client}:{paper.pk}", DAY)
    of_all = memory.count(f"star:{client}", DAY)
    if of_paper is None or of_all is None:
        return False
    return of_paper <= ADDRESS_STARS and of_all <= settings.STARS_PER_DAY


def _keep(response: HttpResponse, cookie: str, path: str) -> None:
    """The cookie goes back to this one address, so that no page is asked for with it."""
    response.set_signed_cookie(
        COOKIE, cookie, salt=SALT, max_age=KEPT, path=path, httponly=True, samesite="Strict", secure=settings.HTTPS
    )


def starred(request: HttpRequest, shape: Shape = Shape.PAGE) -> HttpResponse:
    """/stars: papers by their stars; with ?week=, ?month= or ?from= and ?to= by those given on these days."""
    options = read_options(request, shape.default_show)
    period = read_period(request)
    ids = Paper.objects.ids_by_stars((period.first, period.last) if period else None)
    papers = PaperList(
        name=_("Most starred {name}").format(name=period.name) if period else _("Most starred"),
        heading=_("Most starred"),
        subtitle=period.words if period else "",
        path="/stars",
        branch="all",
        papers=Paper.objects.for_cards(list(ids[options.skip : options.skip + options.show])),
        total=ids.count(),
        options=options,
        period=period,
        params=period.params if period else (),
        description=_("Papers that readers starred, most stars first."),
        notes=(_("By the stars that were given here on these days."),) if period else (),
        empty=_("Nobody starred a paper here in these days.") if period else _("Nobody starred a paper here yet."),
    )
    return show_list(request, papers, shape)
