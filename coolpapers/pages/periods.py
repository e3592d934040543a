"""Periods of announcement days in an address: a week, a month, or from a day to a day.

Pure but for today's date. Guarantee: a period is 1 to LONGEST days, neither before arXiv began nor still to come; what
makes no sense is refused with a sentence (BadRequest → 400). Weeks are those of ISO 8601, from Monday: arXiv's
days of one week, since it lists nothing at weekends.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from coolpapers.pages.options import FIRST_DAY, text_param
from search.dates import BadDate, read_dates

LONGEST = 366  # days of one list
NAMES = ("week", "month", "from", "to")
# Formats of the first and the last day of a span, as sentences name it.
IN_A_MONTH = (pgettext_lazy("first of days in a month", "j"), pgettext_lazy("last of days in a month", "j M Y"))
OVER_MONTHS = (pgettext_lazy("first of days", "j M"), pgettext_lazy("last of days", "j M Y"))
_DAY = timedelta(days=1)
_WEEK = re.compile(r"([0-9]{4})-?W([0-9]{1,2})", re.IGNORECASE)
_MONTH = re.compile(r"[0-9]{4}-[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day, both included; `kind` is how the address says it: week, month or range."""

    first: date
    last: date
    kind: str = "range"

    @property
    def params(self) -> tuple[tuple[str, str], ...]:
        """What an address says for it: week=2026-W25, month=2026-06, from=…&to=…"""
        if self.kind == "range":
            return (("from", str(self.first)), ("to", str(self.last)))
        return ((self.kind, self.name),)

    @property
    def query(self) -> str:
        return "&".join(f"{name}={value}" for name, value in self.params)

    @property
    def name(self) -> str:
        """2026-W25, 2026-06, 2026-06-01 to 2026-06-10"""
        if self.kind == "week":
            year, week, _day = self.first.isocalendar()
            return f"{year}-W{week:02d}"
        if self.kind == "month":
            return f"{self.first:%Y-%m}"
        if self.first == self.last:
            return str(self.first)
        return _("{first} to {last}").format(first=self.first, last=self.last)

    @property
    def words(self) -> str:
        """The days, for a sentence or a bar where the name is not enough."""
        if self.kind == "month":
            return date_format(self.first, _("F Y"))
        within = (self.first.year, self.first.month) == (self.last.year, self.last.month)
        first, last = IN_A_MONTH if within else OVER_MONTHS
        return f"{date_format(self.first, str(first))}–{date_format(self.last, str(last))}"

    @property
    def label(self) -> str:
        return _("week") if self.kind == "week" else _("month")

    @property
    def this(self) -> str:
        return _("this week") if self.kind == "week" else _("this month")

    @property
    def before(self) -> "Period | None":
        """The period of the same kind or length that ends where this one begins; None before arXiv began."""
        if self.kind == "range":
            found = Period(self.first - (self.last - self.first) - _DAY, self.first - _DAY)
        else:
            found = period_of(self.first - _DAY, self.kind)
        return found if found.last >= FIRST_DAY else None

    @property
    def after(self) -> "Period | None":
        """The one that begins where this one ends; None while that has not begun."""
        if self.kind == "range":
            found = Period(self.last + _DAY, self.last + (self.last - self.first) + _DAY)
        else:
            found = period_of(self.last + _DAY, self.kind)
        return found if found.first <= _today() else None


def period_of(day: date, kind: str) -> Period:
    """The week or the month that the day lies in."""
    if kind == "week":
        monday = day - day.weekday() * _DAY
        return Period(monday, monday + 6 * _DAY, "week")
    first = day.replace(day=1)
    return Period(first, (first + 31 * _DAY).replace(day=1) - _DAY, "month")


def read_period(request: HttpRequest) -> Period | None:
    """?week=2026-W25, ?month=2026-06 or ?from= and ?to=, where a part of a date stands for all of it; None where the
    address says none of them. Raises BadRequest."""
    said = {name: text_param(request.GET, name, 40) for name in NAMES}
    said = {name: text for name, text in said.items() if text}
    if not said:
        return None
    kinds = {name if name in ("week", "month") else "range" for name in said}
    if len(kinds) > 1 or request.GET.get("date"):
        raise BadRequest(_("Say one of date, week, month, or from with to."))
    period = _read(kinds.pop(), said)
    if period.last < FIRST_DAY:
        raise BadRequest(
            _("{name} is before arXiv began, on {first_day}.").format(name=period.name, first_day=FIRST_DAY)
        )
    if period.first > _today():
        raise BadRequest(_("{name} has not come yet.").format(name=period.name))
    if (period.last - period.first).days >= LONGEST:
        raise BadRequest(
            _("{name} is too long: a list has at most {longest} days.").format(name=period.name, longest=LONGEST)
        )
    return period


def _read(kind: str, said: dict[str, str]) -> Period:
    if kind == "week":
        return _read_week(said["week"])
    if kind == "month":
        if not _MONTH.fullmatch(said["month"]):
            raise BadRequest(
                _("month={said} is not a month. Write it as year-month, like 2026-06.").format(said=said["month"])
            )
        return period_of(_read_range(said["month"], said["month"]).first, "month")
    first, last = said.get("from", ""), said.get("to", "")
    return _read_range(first or last, last or str(max(_today(), _read_range(first, first).first)))


def _read_week(text: str) -> Period:
    match = _WEEK.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        return period_of(date.fromisocalendar(int(match[1]), int(match[2]), 1), "week")
    except (ValueError, OverflowError):
        raise BadRequest(
            _("week={text} is not a week. Write it as year and week, like 2026-W25.").format(text=text)
        ) from None


def _read_range(first: str, last: str) -> Period:
    """Of dates or parts of them: to=2026-02 is to the 28th."""
    try:
        read = read_dates(f"{first}..{last}")
    except BadDate as error:
        raise BadRequest(str(error)) from None
    assert read.first is not None
    assert read.last is not None
    return Period(read.first, read.last)


def _today() -> date:
    """As arXiv's days go: the newest may be tomorrow's, seen from UTC."""
    return datetime.now(UTC).date() + _DAY
