"""What the jobs that ask arXiv do: one attempt each, from the source into the store, a page a transaction.

Input: a run, with its arguments and the cursor of the attempt before. Output: papers, feeds and the ledger; the run's
counts and cursor are saved with each page, so that whoever goes on loses none and asks for none twice. Nothing here
waits or tries again: an answer that can't be read raises what says when (ingest.jobs tells what becomes of that).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from django.conf import settings
from django.db import transaction

from coolpapers.clock import get_clock
from coolpapers.taxonomy import ARCHIVES
from ingest import runs, wanted
from ingest.fetch import GovernedSession, fetch
from ingest.ledger import check_ledger
from ingest.listings import apply_listings, keep_feed, listed_but_not_held
from ingest.models import Feed, Listed, Run, RunState
from ingest.outcomes import TryLater
from ingest.record import PaperRecord
from ingest.schedule import EASTERN, expected_listing
from ingest.sources.arxiv_api import RESULTS_A_PAGE, ApiAnswer, ApiError, papers_by_id, search_papers
from ingest.sources.arxiv_feed import ArxivFeed, feed_url, parse_feed
from ingest.sources.arxiv_oai import OaiPage, first_url, next_url, parse_page
from ingest.sources.base import Bad, BadPage
from ingest.store import save_records

PROBE = "cs"  # the feed that is asked for first: it tells whether there is anything new
MADE = time(0, 30)  # Eastern; feeds are made at midnight, and one that is empty by then stays so
AT_ONCE = 200  # papers in one request to the API
FOUND = 200  # papers of a search, where nobody says how many
FIRST_DAYS = timedelta(days=3)  # how far back a site looks that never harvested
LOOKED_BACK = timedelta(days=14)  # days whose gaps are looked after
PATIENT_AFTER = timedelta(days=2)  # gaps of older days are asked about every sixth hour only
RESTARTS = 3  # of a list whose token is not taken any more, in one attempt
UNREADABLE = timedelta(minutes=1)
T = TypeVar("T")


# --- Feeds: what was announced -----------------------------------------------------------------------------------
def pull_feeds(run: Run) -> None:
    """The feeds of today's listing that are not here yet. Where nothing new is to be had that costs one request."""
    now = get_clock().now()
    today = now.astimezone(EASTERN).date()
    if today.weekday() > 4:
        return
    if not _is_here(PROBE, today):
        feed = _pull_feed(run, PROBE)
        if feed.day != today or not (feed.entries or expected_listing(today)):
            return  # it is not made yet, or a holiday has none
    for name in _archives():
        if not _is_here(name, today):
            _pull_feed(run, name)
        if Feed.objects.filter(name=name, day=today, truncated=True).exists():
            for category in ARCHIVES[name].categories:
                if category != name and not _is_here(category, today):
                    _pull_feed(run, category)
    run.changed += apply_listings(today).changed
    check_ledger(today)


def _archives() -> list[str]:
    return [archive.code for archive in ARCHIVES.values() if archive.active]


def _is_here(name: str, day: date) -> bool:
    """Whether the day's feed was received, and was made by then."""
    made = datetime.combine(day, MADE, EASTERN).astimezone(UTC)
    rows = Feed.objects.filter(name=name, day=day)
    return rows.filter(entries__gt=0).exists() or rows.filter(received__gte=made).exists()


def _pull_feed(run: Run, name: str) -> ArxivFeed:
    run.requests += 1
    got = fetch(feed_url(settings.ARXIV_RSS_URL, name), service="rss")
    feed = _read(lambda: parse_feed(got.body))
    with transaction.atomic():
        if feed.name != name:
            run.notes.append(f"The feed of {name} calls itself {feed.name[:60]}.")
        keep_feed(replace(feed, name=name), body=got.body, received=got.received)
        _note_bad(run, feed.bad)
        runs.beat(run)
    return feed


# --- OAI-PMH: complete records -----------------------------------------------------------------------------------
def pull_oai(run: Run) -> None:
    """All that changed since the last harvest began, or from `from` on in `set`, page by page."""
    cursor = run.cursor
    if "since" not in cursor:
        cursor["since"] = run.arguments.get("from") or _last_harvest().isoformat()
    spec, restarts = run.arguments.get("set", ""), 0
    while True:
        page = _pull_page(run, cursor, spec)
        if page.error.startswith("badResumptionToken") and restarts < RESTARTS:
            restarts += 1
            cursor["token"] = ""  # from the beginning: what is held already costs nothing
            continue
        if page.error:
            raise runs.Hopeless(f"arXiv can't answer: {page.error}")
        before = cursor.get("token", "")
        cursor.setdefault("answered", page.response_date.date().isoformat())
        cursor["token"] = page.token
        with transaction.atomic():
            _save(run, page.records, page.bad)
            runs.beat(run)
        if not page.token:
            return
        if page.token == before:
            raise _unreadable("its list does not go on")


def _pull_page(run: Run, cursor: dict[str, str], spec: str) -> OaiPage:
    base = settings.ARXIV_OAI_URL
    token = cursor.get("token", "")
    run.requests += 1
    url = next_url(base, token) if token else first_url(base, since=date.fromisoformat(cursor["since"]), spec=spec)
    got = fetch(url, service="oai")
    return _read(lambda: parse_page(got.body))


def _last_harvest() -> date:
    """The day on which the last one of the schedule was answered first, by arXiv's clock."""
    done = Run.objects.filter(job="pull-oai", state=RunState.DONE, slot__isnull=False).order_by("-slot")
    for cursor in done.values_list("cursor", flat=True)[:10]:
        if answered := cursor.get("answered"):
            return date.fromisoformat(answered)
    return (get_clock().now() - FIRST_DAYS).date()


# --- The API: papers by their identifiers ------------------------------------------------------------------------
def pull_papers(run: Run) -> None:
    """The papers of `keys`; without them those that were announced lately and are not held."""
    if keys := run.arguments.get("keys"):
        for part in _parts(keys[run.cursor.get("done", 0) :]):
            _pull_part(run, part)
            run.cursor["done"] = run.cursor.get("done", 0) + len(part)
            runs.beat(run)
        return
    for day in _days_to_mend(run):
        _mend(run, day)


def _days_to_mend(run: Run) -> list[date]:
    now = get_clock().now()
    often = now.hour % 6 == 0 or run.slot is None
    oldest = (now - (LOOKED_BACK if often else PATIENT_AFTER)).date()
    return list(Listed.objects.filter(day__gte=oldest).order_by("day").values_list("day", flat=True).distinct())


def _mend(run: Run, day: date) -> None:
    """Ask for what the day announced and is not held; what is held hears of the day."""
    missing = listed_but_not_held(day)
    for part in _parts(missing):
        _pull_part(run, part)
        runs.beat(run)
    if missing:
        apply_listings(day, missing)
        check_ledger(day)


def _pull_part(run: Run, keys: Sequence[str]) -> ApiAnswer:
    run.requests += 1
    answer = _ask_api(run, keys)
    _save(run, answer.records, answer.bad)
    if answer.missing:
        shown = f"{', '.join(answer.missing[:5])}{' and more' if len(answer.missing) > 5 else ''}"
        run.notes.append(f"arXiv did not give {shown}.")
    return answer


def _ask_api(run: Run, keys: Sequence[str]) -> ApiAnswer:
    """arXiv refuses all of a request for one identifier: then each half is asked for by itself."""
    try:
        return _read(lambda: papers_by_id(keys, GovernedSession("api"), base=settings.ARXIV_API_URL))
    except ApiError:
        if len(keys) == 1:
            return ApiAnswer(missing=tuple(keys))
        run.requests += 2
        one, other = (_ask_api(run, half) for half in (keys[: len(keys) // 2], keys[len(keys) // 2 :]))
        return ApiAnswer(
            one.records + other.records,
            one.missing + other.missing,
            one.bad + other.bad,
            doubtful=one.doubtful or other.doubtful,
        )


def pull_search(run: Run) -> None:
    """The first `limit` papers that arXiv finds for `query`, in its own syntax; all of them again after a fault."""
    query, limit = run.arguments["query"], int(run.arguments.get("limit", FOUND))
    session = GovernedSession("api")
    try:
        answer = _read(lambda: search_papers(query, session, limit, base=settings.ARXIV_API_URL))
    except ApiError as error:
        raise runs.Hopeless(f"arXiv does not take this query: {error}") from error
    run.requests += max(1, -(-len(answer.records) // RESULTS_A_PAGE))
    _save(run, answer.records, answer.bad)
    run.notes.append(f"arXiv finds {answer.total:,} papers for it.")
    runs.beat(run)


def pull_wanted(run: Run) -> None:
    """What readers wait for, a hundred papers a request, until nobody waits."""
    while keys := wanted.waiting():
        answer = _pull_part(run, keys)
        found = [record.key for record in answer.records]
        wanted.settle(found=found, missing=sorted(set(keys) - set(found)))
        runs.beat(run)


# --- Days ------------------------------------------------------------------------------------------------------
def pull_day(run: Run) -> None:
    """One day: what its stored announcement tells and is not held; today's feeds; else all that changed from then on,
    with days computed from submission."""
    day = date.fromisoformat(run.arguments["day"])
    if day == get_clock().now().astimezone(EASTERN).date():
        pull_feeds(run)
    if Listed.objects.filter(day=day).exists():
        run.changed += apply_listings(day).changed
        _mend(run, day)
        check_ledger(day)
        return
    run.notes.append(f"No announcement of {day} was observed: days are computed from submission.")
    run.cursor.setdefault("since", day.isoformat())
    pull_oai(run)


def check_ledgers(run: Run) -> None:
    """Count the last two weeks anew, days without a feed too: gaps open and close incidents."""
    now = get_clock().now()
    today = now.astimezone(EASTERN).date()
    for back in range(LOOKED_BACK.days, -1, -1):
        day = today - timedelta(days=back)
        if day.weekday() < 5:
            check_ledger(day)
            runs.beat(run)


# --- Counting ----------------------------------------------------------------------------------------------------
def _save(run: Run, records: Sequence[PaperRecord], bad: Sequence[Bad]) -> None:
    report = save_records(records=records)
    run.new += report.new
    run.changed += report.changed
    run.same += report.same
    _note_bad(run, bad)


def _note_bad(run: Run, bad: Sequence[Bad]) -> None:
    run.bad += len(bad)
    run.notes += [f"{one.key}: {one.reason}" for one in bad]


def _read(read: Callable[[], T]) -> T:
    """What a parser makes of an answer; one that is not whole is asked for again later."""
    try:
        return read()
    except ApiError:
        raise
    except BadPage as error:
        raise _unreadable(str(error)) from error


def _unreadable(why: str) -> TryLater:
    return TryLater(get_clock().now() + UNREADABLE, f"arXiv's answer can't be used: {why}.")


def _parts(keys: Iterable[str]) -> Iterator[list[str]]:
    rest = list(keys)
    for start in range(0, len(rest), AT_ONCE):
        yield rest[start : start + AT_ONCE]
