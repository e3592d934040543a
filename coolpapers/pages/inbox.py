"""/arxiv/<expression>/inbox?date=: the keys of a day's papers, and how many the days before it have, as JSON.

The same for everybody: which of them a reader looked at is known in the reader's browser alone, which asks for this to
say how much of a day is read and what came since the last look.
"""

from datetime import timedelta

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from coolpapers.models import Paper, PaperCategory
from coolpapers.pages.options import moved, read_date, read_expression

BACK = timedelta(days=30)
MOST = 3_000  # papers of a day: all of arXiv has some 1,500


def inbox(request: HttpRequest, text: str) -> HttpResponse:
    """{"day", "keys", "days": [[day, papers], …]}, the newest day first."""
    expression = read_expression(text)
    if expression.text != text:
        return moved(request, f"/arxiv/{expression.text}/inbox")
    day = read_date(request)
    if day is None:
        raise BadRequest(_("Which day? Write it as date=2026-06-15."))
    rows = PaperCategory.objects.in_expression(expression)
    ids = list(rows.announced_on(day).paper_ids("ordinal", once=expression.is_single)[:MOST])
    days = rows.count_days(day - BACK, day)
    response = JsonResponse({"day": str(day), "keys": Paper.objects.keys_of(ids), "days": days})
    response["Cache-Control"] = "public, max-age=60"
    return response
