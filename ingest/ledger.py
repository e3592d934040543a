"""The ledger: of each day and category, what arXiv's feeds announced, what of it is held, and what the index shows.

Guarantees: expected comes from the feeds alone; a category has a line only where a feed told of it on that day, also
where it announced nothing; checking again changes nothing but the time. What is missing is an incident, `gap <day>`,
until it is held; a weekday of which the schedule expects a listing and no feed brought one is `silent <day>`, until a
listing of that day or a later one comes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import F

from coolpapers.clock import get_clock
from coolpapers.models import IndexDue
from ingest.days import MAKES_DAY, codes_of_feed
from ingest.incidents import end_incident, open_incident
from ingest.listings import announced_on, held_of, replaced_on
from ingest.models import Feed, Incident, LedgerLine, Listed
from ingest.schedule import EASTERN, expected_listing

LATE = time(6)  # Eastern: feeds are made at midnight, and what has not come by then is missed
LATELY = timedelta(days=14)
NAMED = 10  # categories that an incident names


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """A day, each paper counted once. `gaps` are the categories in which something is missing; `whole` says that every
    category's announcement was received to its end; `silent` that a listing was expected and none came."""

    day: date
    expected: int = 0
    held: int = 0
    indexed: int = 0
    gaps: tuple[str, ...] = ()
    whole: bool = True
    silent: bool = False


def follow_index(limit: int = 5) -> None:
    """Count days anew of which the index did not show everything, once it has all that was due."""
    oldest = get_clock().now().date() - LATELY
    late = LedgerLine.objects.filter(day__gte=oldest, indexed__lt=F("held")).order_by("-day")
    days = list(late.values_list("day", flat=True).distinct()[:limit])
    if days and not IndexDue.objects.filter(problem="").exists():
        for day in days:
            check_ledger(day)


@transaction.atomic
def check_ledger(day: date) -> LedgerReport:
    """Count the day and write its lines; later days too, where it takes papers from them that it announced before."""
    report, differs = _check(day)
    if differs:
        keys = Listed.objects.filter(day=day, kind__in=MAKES_DAY).values("key")
        later = Listed.objects.filter(day__gt=day, kind__in=MAKES_DAY, key__in=keys)
        for other in later.order_by("day").values_list("day", flat=True).distinct():
            _check(other)
    return report


def _check(day: date) -> tuple[LedgerReport, bool]:
    """The report, and whether other papers are expected than at the last check."""
    if not Listed.objects.filter(day=day).exists():
        return LedgerReport(day, silent=_tell_silence(day)), False
    for subject in _open_subjects("silent "):
        if subject <= f"silent {day}":
            end_incident(subject=subject)
    announced = announced_on(day)
    places = held_of(day, announced)
    due = _due_for_index(set(places.values()))
    before = dict(LedgerLine.objects.filter(day=day).values_list("category_id", "expected"))
    lines = _lines(day, announced, places, due)
    LedgerLine.objects.bulk_create(
        lines,
        update_conflicts=True,
        unique_fields=["category", "day"],
        update_fields=["expected", "held", "indexed", "replaced", "whole", "checked"],
    )
    missing = {key for code, keys in announced.items() for key in keys if (code, key) not in places}
    every = set().union(*announced.values())
    held = every - missing
    ids = {key: pk for (_code, key), pk in places.items()}
    report = LedgerReport(
        day,
        expected=len(every),
        held=len(held),
        indexed=sum(ids[key] not in due for key in held),
        gaps=tuple(line.category_id for line in lines if line.held < line.expected),
        whole=all(line.whole for line in lines),
    )
    _tell_gap(report, lines)
    return report, before != {line.category_id: line.expected for line in lines}


def _lines(
    day: date, announced: Mapping[str, set[str]], places: Mapping[tuple[str, str], int], due: set[int]
) -> list[LedgerLine]:
    """A line for each category that a feed of the day told of, in alphabetical order."""
    feeds = Feed.objects.filter(day=day).values_list("name", "truncated").distinct()
    told = {code for name, _truncated in feeds for code in codes_of_feed(name)}
    whole = {code for name, truncated in feeds if not truncated for code in codes_of_feed(name)}
    replaced = replaced_on(day)
    now = get_clock().now()
    lines = []
    for code in sorted(told.union(code for code, keys in announced.items() if keys)):
        keys = announced.get(code, set())
        ids = [places[code, key] for key in keys if (code, key) in places]
        lines.append(
            LedgerLine(
                day=day,
                category_id=code,
                expected=len(keys),
                held=len(ids),
                indexed=sum(pk not in due for pk in ids),
                replaced=len(replaced.get(code, ())),
                whole=code in whole,
                checked=now,
            )
        )
    return lines


def _due_for_index(ids: Iterable[int]) -> set[int]:
    """Those of the papers that the index does not show as they are."""
    wanted, due = sorted(ids), set[int]()
    for start in range(0, len(wanted), 1_000):
        due.update(
            IndexDue.objects.filter(paper_id__in=wanted[start : start + 1_000]).values_list("paper_id", flat=True)
        )
    return due


# --- Incidents ---------------------------------------------------------------------------------------------------
def _tell_gap(report: LedgerReport, lines: Iterable[LedgerLine]) -> None:
    if not report.gaps:
        end_incident(subject=f"gap {report.day}")
        return
    named = [f"{line.category_id} {line.held} of {line.expected}" for line in lines if line.held < line.expected]
    more = f" and {len(named) - NAMED} categories more" if len(named) > NAMED else ""
    of = f"{report.expected - report.held} of {report.expected} papers that arXiv announced on {report.day}"
    text = f"{of} are not held yet: {', '.join(named[:NAMED])}{more}."
    open_incident(subject=f"gap {report.day}", text=text)


def _tell_silence(day: date) -> bool:
    """Whether a listing of that day was expected and is missed; told as an incident."""
    now = get_clock().now()
    is_late = now >= datetime.combine(day, LATE, EASTERN)
    if not is_late or not expected_listing(day) or Listed.objects.filter(day__gt=day).exists():
        return False
    received = Feed.objects.filter(day=day).exists()
    how = "the feeds that came are empty" if received else "no feed of it was received"
    open_incident(subject=f"silent {day}", text=f"arXiv was to have a listing of {day}, but {how}.")
    return True


def _open_subjects(prefix: str) -> list[str]:
    return list(Incident.objects.filter(subject__startswith=prefix, ended=None).values_list("subject", flat=True))
