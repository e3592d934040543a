"""What stands behind `date:`, `submitted:` or `announced:` → the first and the last day of it.

Pure. A part of a date stands for all of it: 2024 is from 1 January to 31 December, 2024-02 to the 29th.
"""

import calendar
import re
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from search.nodes import Dated
from search.sentences import one_after_another

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
_HOW = gettext_lazy("Write 2024, 2024-02, 2024-02-29 or a range such as 2024-01..2024-06.")


class BadDate(ValueError):
    """What can't be a date or a range; the message is a sentence for readers."""


def read_dates(text: str) -> Dated:
    """`2024-02`, `2024-01..2024-06`, `2024..`, `..2024-06-30` → days, both included. Raises BadDate."""
    start, dots, end = text.partition("..")
    if not dots:
        return Dated(*_period(start))
    if not start and not end:
        raise BadDate(str(one_after_another(_("A range needs a date on one side at least."), _HOW)))
    first = _period(start)[0] if start else None
    last = _period(end)[1] if end else None
    if first and last and first > last:
        raise BadDate(_("{first} is after {last}: write the earlier date first.").format(first=first, last=last))
    return Dated(first, last)


def write_dates(first: date | None, last: date | None) -> str:
    """The shortest text that is read as these days; not both are None."""
    for length in (len("2024"), len("2024-02"), len("2024-02-29")):
        start, end = (day.isoformat()[:length] if day else "" for day in (first, last))
        text = start if start == end else f"{start}..{end}"
        if read_dates(text) == Dated(first, last):
            break
    return text


def _period(text: str) -> tuple[date, date]:
    """The first and the last day of a year, a month or a day."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise BadDate(str(one_after_another(_("“{text}” is not a date.").format(text=text[:40]), _HOW)))
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    try:
        first = date(year, month or 1, day or 1)
        last = date(year, month or 12, day or calendar.monthrange(year, month or 12)[1])
    except ValueError:  # calendar.IllegalMonthError is one too
        raise BadDate(_("There is no {date}.").format(date=text)) from None
    return first, last
