"""What a day page says of the ledger: how much of what arXiv announced is held here, and when that was checked.

Guarantee: numbers of what was announced come from the ledger's lines alone; where nothing was observed the page says
so, and never n of n from what is held. Combinations are told category by category: a sum would count a paper twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ingest.models import LedgerLine
from ingest.schedule import expected_listing

NAMED = 4  # categories that are told one by one


@dataclass(frozen=True, slots=True)
class DayLedger:
    """The ledger of a day in some categories, in words. `checked` is None where no announcement was observed; `empty`
    is what a page without papers says; `replaced` is how many papers got a new version, where one category is asked
    for."""

    text: str
    empty: str
    checked: datetime | None = None
    gap: bool = False
    replaced: int | None = None
    any_replaced: bool = False


def day_ledger(codes: Sequence[str], day: date, held: int, heading: str) -> DayLedger:
    """The day's ledger in these categories, of which `held` papers are here: one read of an index."""
    lines = list(LedgerLine.objects.filter(category__in=codes, day=day).order_by("category"))
    if not lines:
        return DayLedger(
            _("{held} held, announcement not observed").format(held=held) if held else "", _unobserved(day, heading)
        )
    announced = sum(line.expected for line in lines)
    return DayLedger(
        text=_told(lines[0]) if len(codes) == 1 else _told_together(lines, len(codes) - len(lines)),
        empty=_("No announcement in {heading} on {day}.").format(heading=heading, day=day)
        if not announced and len(lines) == len(codes)
        else _("No paper in {heading} that was announced on {day} is held here yet.").format(heading=heading, day=day),
        checked=min(line.checked for line in lines),
        gap=any(_has_gap(line) for line in lines),
        replaced=lines[0].replaced if len(codes) == 1 else None,
        any_replaced=any(line.replaced for line in lines),
    )


def _unobserved(day: date, heading: str) -> str:
    if day.weekday() > 4:
        return _("No announcement: arXiv lists nothing on a {weekday}.").format(weekday=date_format(day, "l"))
    if not expected_listing(day):
        return _("No announcement: arXiv lists nothing on {day}, after a holiday.").format(day=day)
    return _("No paper in {heading} is known to have been announced on {day}.").format(heading=heading, day=day)


def _has_gap(line: LedgerLine) -> bool:
    return line.held < line.expected


def _of(line: LedgerLine) -> str:
    told = _("{held} of {expected}") if line.whole else _("{held} of at least {expected}")
    return told.format(held=line.held, expected=line.expected)


def _told(line: LedgerLine) -> str:
    """One category's line: `132 of 132`."""
    notes = []
    if missing := max(0, line.expected - line.held):
        told = ngettext("{missing} is being fetched", "{missing} are being fetched", missing)
        notes.append(told.format(missing=missing))
    if waiting := line.held - line.indexed:
        notes.append(_("{waiting} not in the search yet").format(waiting=waiting))
    if not line.whole:
        notes.append(_("the announcement was not received whole"))
    if not line.expected and line.whole:
        return _("nothing was announced")
    return _(": ").join(filter(None, (_of(line), _(", ").join(notes))))


def _told_together(lines: Sequence[LedgerLine], unobserved: int) -> str:
    """Several categories: each by name where they are few, else those in which something is missing."""
    told = [line for line in lines if line.expected] or lines[:1]
    gaps = [line for line in told if _has_gap(line) or not line.whole]
    named = told if len(told) <= NAMED else gaps[:NAMED]
    parts = [f"{line.category_id} {_of(line)}" for line in named]
    if len(named) < len(told) and (more := len(gaps) - len(named)) > 0:
        parts.append(_("incomplete in {more} more").format(more=more))
    if complete := len(told) - max(len(named), len(gaps)):
        told_of = _("complete in {complete} others") if gaps else _("complete in all {complete} categories")
        parts.append(told_of.format(complete=complete))
    text = _(", ").join(parts)
    if any(_has_gap(line) for line in told):
        text = _("{held}: what is missing is being fetched").format(held=text)
    if unobserved:
        text = _("{held}; announcement not observed in {unobserved}").format(held=text, unobserved=unobserved)
    return text
