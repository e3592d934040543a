"""/arxiv/<expression>: the lists of a day, of the day's replacements, of a week, a month or another period, and of
categories without any known day.

Guarantees: one address a combination of categories; a day holds what was announced in the categories on it, and says
beside it what arXiv's feeds announced (coolpapers.pages.ledger); a replacement is never among what is new.
"""

from dataclasses import replace
from datetime import date
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from coolpapers.clock import get_clock
from coolpapers.memory import memory
from coolpapers.models import Category, Paper, PaperCategory
from coolpapers.pages.ledger import day_ledger
from coolpapers.pages.lists import Days, PaperList, show_list, sort_params
from coolpapers.pages.options import (
    SHOW_DEFAULT,
    SHOW_LIMIT,
    ListOptions,
    Shape,
    moved,
    read_date,
    read_expression,
    read_kind,
    read_options,
    text_param,
)
from coolpapers.pages.periods import Period, period_of, read_period
from coolpapers.pages.preference import part_of
from coolpapers.taxonomy import CategoryExpression
from ingest.listings import replaced_on
from ingest.schedule import newest_listing

REMEMBERED = 300  # seconds that a costly combination's papers are kept for


def category_list(request: HttpRequest, text: str, shape: Shape) -> HttpResponse:
    """/arxiv/<expression>: the newest announcement day, ?date=, or a period. Other spellings redirect to the canonical
    one, and a day's week or month (`&of=week`, from the form of days) to its address."""
    expression = read_expression(text)
    if expression.text != text:
        return moved(request, f"/arxiv/{expression.text}{shape.value}")
    if moved_to := _of_day(request):
        return moved(request, request.path, query=moved_to)
    options = read_options(request, SHOW_DEFAULT if shape is Shape.PAGE else SHOW_LIMIT)
    if period := read_period(request):
        return show_list(request, _period_list(expression, options, period), shape)
    asked, replaced = read_date(request), read_kind(request) == "replace"
    day = asked or Category.objects.newest_day(expression.possible_codes)
    if replaced and day is None:
        day = newest_listing(get_clock().now())
    build = _newest_list if day is None else _replaced_list if replaced else _day_list
    papers = build(expression, options, day)
    said = (("date", str(day)),) if asked else ()
    kind = (("kind", "replace"),) if replaced else ()
    papers = replace(papers, params=(*said, *kind, *papers.params))
    return show_list(request, papers, shape)


def _of_day(request: HttpRequest) -> str:
    """The query with the week or the month of ?date= instead of it, where ?of= says so; "" where it does not."""
    kind, day = text_param(request.GET, "of", 9), read_date(request)
    if kind not in ("", "day", "week", "month"):
        raise BadRequest(_("of={kind} is not known here. Use day, week or month.").format(kind=kind))
    if not kind:
        return ""
    query = request.GET.copy()
    for name in ("of", "date", "kind"):
        query.pop(name, None)
    if day is not None:
        query.update(dict((("date", str(day)),) if kind == "day" else period_of(day, kind).params))
    return query.urlencode()


def _expression_heading(expression: CategoryExpression) -> tuple[str, str]:
    """Heading and subtitle: one term with what it means, or the whole expression."""
    if len(expression.include) == 1 and not expression.exclude:
        return expression.text, expression.title.removesuffix(f" ({expression.text})")
    return expression.title, ""


def _ids(rows: object, order: str, options: ListOptions, once: bool) -> list[int]:
    return part_of(rows.paper_ids(order, once=once), options)  # type: ignore[attr-defined]


def _expression_list(expression: CategoryExpression, options: ListOptions, **rest: Any) -> PaperList:
    """A list of the expression; `rest` is what its day or its order says."""
    heading, subtitle = _expression_heading(expression)
    return PaperList(
        heading=heading,
        subtitle=subtitle,
        path=f"/arxiv/{expression.text}",
        branch="arxiv",
        options=options,
        params=sort_params(options),
        expression=expression,
        by_mail=True,
        **rest,
    )


def _day_list(expression: CategoryExpression, options: ListOptions, day: date | None) -> PaperList:
    """One announcement day of an expression."""
    assert day is not None
    codes = expression.possible_codes
    rows = PaperCategory.objects.in_expression(expression).announced_on(day)
    order = "submitted" if options.sort == "submitted" else "ordinal"
    ids = _ids(rows, order, options, expression.is_single)
    heading = _expression_heading(expression)[0]
    total, approximate = rows.count_day()
    before, after = Category.objects.days_around(codes, day)
    ledger = day_ledger(codes, day, total, heading)
    return _expression_list(
        expression,
        options,
        name=f"{heading} {day}",
        papers=Paper.objects.for_cards(ids),
        total=total,
        description=_("arXiv papers in {heading} announced on {day}, with titles, authors and abstracts.").format(
            heading=heading, day=day
        ),
        days=Days(day, before, after, approximate),
        extra={"ledger": ledger, "replaced_url": f"/arxiv/{expression.text}?date={day}&kind=replace"},
        notes=(_("The day is estimated from days of submission; arXiv's listing may differ by a day or two."),)
        if approximate
        else (),
        empty=ledger.empty,
        sorts=("announced", "submitted", "stars"),
    )


def _period_list(expression: CategoryExpression, options: ListOptions, period: Period) -> PaperList:
    """What was announced in an expression on the days of a period, each paper once, by its newest of these days."""
    rows = PaperCategory.objects.in_expression(expression).announced_within(period.first, period.last)
    order = "submitted" if options.sort == "submitted" else "day"
    heading = _expression_heading(expression)[0]
    total, approximate = rows.count_day()
    papers = _expression_list(
        expression,
        options,
        name=f"{heading} {period.name}",
        papers=Paper.objects.for_cards(_ids(rows, order, options, expression.is_single)),
        total=total,
        description=_("arXiv papers in {heading} announced {words}, with titles, authors and abstracts.").format(
            heading=heading, words=period.words
        ),
        period=period,
        notes=(_("Some of these days are estimated from days of submission."),) if approximate else (),
        empty=_("No paper in {heading} is known to have been announced {words}.").format(
            heading=heading, words=period.words
        ),
        sorts=("announced", "submitted", "stars"),
    )
    return replace(papers, params=(*period.params, *papers.params))


def _replaced_list(expression: CategoryExpression, options: ListOptions, day: date | None) -> PaperList:
    """The papers of an expression of which arXiv's feeds of the day tell a new version."""
    assert day is not None
    codes = expression.possible_codes
    replaced = replaced_on(day)
    keys = sorted(set().union(*(replaced.get(code, ()) for code in codes)))
    held = Paper.objects.ids_of(keys)
    rows = PaperCategory.objects.in_expression(expression).of_papers(held)
    order = "submitted" if options.sort == "submitted" else "ordinal"
    heading = _expression_heading(expression)[0]
    before, after = Category.objects.days_around(codes, day)
    return _expression_list(
        expression,
        options,
        name=_("{heading} {day}, replaced").format(heading=heading, day=day),
        papers=Paper.objects.for_cards(_ids(rows, order, options, expression.is_single)),
        total=rows.count_papers(once=expression.is_single),
        description=_("arXiv papers in {heading} of which a new version was announced on {day}.").format(
            heading=heading, day=day
        ),
        days=Days(day, before, after, more="&kind=replace"),
        extra={"new_url": f"/arxiv/{expression.text}?date={day}"},
        notes=(
            _("Papers that got a new version on this day, up to their fifth: arXiv's feeds tell of no later ones."),
        ),
        empty=_("No new version of a paper in {heading} is known of {day}.").format(heading=heading, day=day),
        sorts=("date", "submitted", "stars"),
    )


def _newest_list(expression: CategoryExpression, options: ListOptions, day: date | None) -> PaperList:
    """The newest papers by submission: no announcement day of the expression is known."""
    rows = PaperCategory.objects.in_expression(expression)
    order = "day" if options.sort == "announced" else "submitted"
    if expression.is_single:
        ids, total = _ids(rows, order, options, True), rows.count()
    else:  # every row of every category is looked at: 0.2 to 1.1 s in 221,779 papers, so not again for each reader
        part = f"{expression.text} {order} {options.skip} {options.show} {','.join(options.prefer)} {options.sort}"
        ids = memory.recall(part, REMEMBERED, lambda: _ids(rows, order, options, False))
        total = memory.recall(expression.text, REMEMBERED, lambda: rows.count_papers(once=False))
    heading = _expression_heading(expression)[0]
    return _expression_list(
        expression,
        options,
        name=heading,
        papers=Paper.objects.for_cards(ids),
        total=total,
        description=_("The newest arXiv papers in {heading} by submission, with titles, authors and abstracts.").format(
            heading=heading
        ),
        days=Days(None),
        notes=(_("Newest by submission: no announcement day is known here."),) if ids else (),
        empty=_("No paper in {heading} is held here yet.").format(heading=heading),
        sorts=("submitted", "announced", "stars"),
    )
