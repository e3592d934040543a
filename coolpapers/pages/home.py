"""The home page: every category by group with its newest day, every venue with its editions, search, and /choose: the
list of what is chosen there."""

from datetime import date

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coolpapers.models import Category, Paper
from coolpapers.pages.choice import Choice, read_choice
from coolpapers.pages.options import read_date, text_param
from coolpapers.pages.periods import Period, period_of
from coolpapers.pages.venues import venue_rows
from coolpapers.taxonomy import ARCHIVES, CATEGORIES, GROUPS, parse_expression

NOTHING = gettext_lazy("Nothing is chosen to be shown yet. Choose below, then open it.")
KINDS = ("", "day", "week", "month", "keep")


def home(request: HttpRequest, told: str = "") -> HttpResponse:
    """/, and ?c= and ?v= for what is chosen on it; `told` is what is wrong with what was asked for."""
    days = Category.objects.with_newest_days()
    holding = Category.objects.holding_papers()
    newest = max(days.values(), default=None)
    groups = [
        (
            name,
            f"/arxiv/{_all_of(code)}",
            [(c, days.get(c.code), c.code in holding) for c in CATEGORIES.values() if c.group == code and c.active],
        )
        for code, name in GROUPS
    ]
    context = {
        "groups": [group for group in groups if group[2]],
        "everything": f"/arxiv/{_all_of()}",
        "periods": [period_of(newest, kind) for kind in ("week", "month")] if newest else [],
        "venues": venue_rows(),
        "newest": newest,
        "held": Paper.objects.count(),
        "choice": read_choice(request.GET),
        "told": told,
    }
    return render(request, "home.html", context)


def choose(request: HttpRequest) -> HttpResponse:
    """/choose: the redirect to the list of ?c= and ?v=, on ?date= or in ?of= that day's week or month, where no day is
    named of the newest one; of=keep: to the home page with the choice in its address."""
    kind, choice = text_param(request.GET, "of", 9), read_choice(request.GET)
    if kind not in KINDS:
        raise BadRequest(
            _("of={kind} is not known here. Use one of: {kinds}.").format(kind=kind, kinds=", ".join(KINDS[1:]))
        )
    if kind == "keep":
        return HttpResponseRedirect(choice.home_url)
    if not choice.leads:
        return home(request, told=str(NOTHING))
    period = _period(kind, read_date(request), choice)
    return HttpResponseRedirect(choice.list_url(period, starred=request.GET.get("sort") == "1"))


def _period(kind: str, day: date | None, choice: Choice) -> Period | None:
    if kind in ("week", "month"):
        expression = choice.expression
        day = day or (Category.objects.newest_day(expression.possible_codes) if expression else None)
        return period_of(day, kind) if day else None
    return Period(day, day, "date") if day else None


def _all_of(group: str = "") -> str:
    """The expression of all archives of a group, or of arXiv."""
    archives = [one.code for one in ARCHIVES.values() if one.active and group in ("", one.group)]
    return parse_expression("+".join(archives)).canonical.text
