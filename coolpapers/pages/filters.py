"""The filters of a search on its page: those in the query, each with the address without it, and the form of dates.

Filters live in the text of the query and nowhere else. What the form sends (?from=, ?to=, ?dated=) is put there by a
redirect.
"""

from dataclasses import dataclass, replace

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coolpapers.pages.lists import PaperList
from coolpapers.pages.options import text_param
from search.dates import BadDate, read_dates
from search.narrowing import narrowed, spell, without
from search.nodes import Dated, DateField, Node, filters
from search.query import Query

DATED: dict[str, DateField] = {"": "date", "submitted": "submitted", "announced": "announced"}  # ?dated=
NAMES = {"": gettext_lazy("any"), "submitted": gettext_lazy("submitted"), "announced": gettext_lazy("announced")}
NO_ROOM = gettext_lazy("This query is too long for dates beside it: shorten it first.")


@dataclass(frozen=True, slots=True)
class DateForm:
    """What the form shows, and what else it sends."""

    first: str
    last: str
    dated: str
    hidden: tuple[tuple[str, str], ...]


def address_with_dates(request: HttpRequest, query: Query, text: str) -> tuple[str, str]:
    """The address where the form's dates are in the query, "" where the form was not sent; what is wrong with them.

    Raises BadRequest where ?dated= is none of DATED.
    """
    sent = {name: text_param(request.GET, name, 40) for name in ("from", "to", "dated") if name in request.GET}
    if not sent:
        return "", ""
    dated, first, last = (sent.get(name, "") for name in ("dated", "from", "to"))
    if dated not in DATED:
        raise BadRequest(
            _("dated={dated} is not known here. Use one of: {known}, or nothing.").format(
                dated=dated, known=", ".join(filter(None, DATED))
            )
        )
    if first or last:
        try:
            added = narrowed(query, replace(read_dates(f"{first}..{last}"), field=DATED[dated]))
        except BadDate as error:
            return "", _("{error} The dates are left out.").format(error=error)
        if added is None:
            return "", str(NO_ROOM)
        text = added
    params = request.GET.copy()
    for name in (*sent, "skip"):
        params.pop(name, None)
    params["query"] = text
    return f"{request.path}?{params.urlencode()}", ""


def shown_filters(request: HttpRequest, query: Query, papers: PaperList, told: str) -> dict[str, object]:
    """What the page of the list shows of them; `told` is what is wrong with the dates that were sent."""
    return {
        "dates": _date_form(request, query, papers),
        "dates_told": told,
        "dated": [(name, NAMES[name]) for name in DATED],
        "filters": [(spell(part), papers.url(query=without(query, part), skip=None)) for part in _filters(query)],
    }


def _date_form(request: HttpRequest, query: Query, papers: PaperList) -> DateForm:
    """The form with the dates of the query, which it takes out of the text, or else with what was sent."""
    now = next((part for part in _filters(query) if isinstance(part, Dated)), None)
    text = without(query, now) if now else str(papers.extra["query_text"])
    options = papers.options
    shown = (("show", str(options.asked)),) if options.asked != options.default else ()
    kept = (("query", text), *((name, value) for name, value in papers.params if name != "query"), *shown)
    if now is None:
        first, last, dated = (text_param(request.GET, name, 40) for name in ("from", "to", "dated"))
        return DateForm(first, last, dated, kept)
    dated = next(param for param, field in DATED.items() if field == now.field)
    return DateForm(str(now.first or ""), str(now.last or ""), dated, kept)


def _filters(query: Query) -> tuple[Node, ...]:
    return filters(query.tree) if query.tree else ()
