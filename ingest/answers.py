"""What an answer of the outside means, for arXiv (ingest.fetch) and for places of venues (ingest.visit) alike.

`judge` gives an `Outcome`: what was fetched, the error that it is, or the address to ask instead. A pause that the
answer asks for, or makes sensible, is begun within the turn: all processes know of it before the next one asks.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.db import Error, transaction

from ingest.bodies import CutOff, Forbidden, NotXml, check_xml
from ingest.governor import Turn, stopped
from ingest.manners import Cause, Pause
from ingest.models import Request
from ingest.outcomes import BadAnswer, FetchError, TooLarge
from ingest.transport import Answer

GARBLED = 3  # times in a row that bytes which are no letters are asked for again; then they are taken as they are
LATER = {408, 500, 502, 504}  # and what stands in front of a place: 520 to 599
MOVED = {301, 302, 303, 307, 308}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fetched:
    """An answer with status 200. `received`: when it was asked for; `problem`: what of the body had to be put right."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    received: datetime
    problem: str = ""


@dataclass(frozen=True)
class Outcome:
    """What it is, or the address to ask instead; `pause`: what all keep because of it; `lossy`: letters are lost."""

    result: Fetched | FetchError | str
    problem: str = ""
    pause: Pause | None = None
    lossy: bool = False


def judge(answer: Answer, turn: Turn, *, who: str, read: Callable[[], Outcome]) -> Outcome:
    """What becomes of the answer of `who`; `read` looks at one that is whole and asks for no pause by its status.

    `read` may raise NotXml or CutOff: what came is not what was asked for, and may be later."""
    status, now = answer.status, turn.governor.clock.now()
    if status == 403:
        return pause_for(turn, Cause.REFUSED, f"{who} refuses us (403). Its operators have to be asked why.", answer)
    if status in {429, 503} or (status in LATER and _seconds_asked(answer, now) is not None):
        return pause_for(turn, Cause.SLOW, f"{who} asks to wait ({status}).", answer)
    if status is not None and (status in LATER or status >= 520):
        return pause_for(turn, Cause.FAILED, f"{who} has a problem ({status}).", answer)
    if answer.too_large:
        return Outcome(TooLarge(answer.broken), answer.broken)
    if answer.broken:
        return pause_for(turn, Cause.FAILED, answer.broken, answer)
    try:
        outcome = read()
    except (NotXml, CutOff) as error:
        return pause_for(turn, Cause.FAILED, str(error), answer)
    if outcome.lossy and turn.state.streak(turn.service, Cause.GARBLED) < GARBLED:
        return pause_for(turn, Cause.GARBLED, outcome.problem, answer)
    if outcome.pause is None:
        turn.went_well()
    return outcome


def pause_for(turn: Turn, cause: Cause, reason: str, answer: Answer) -> Outcome:
    """Nobody asks for a while."""
    asked = None if cause in {Cause.FAILED, Cause.GARBLED} else _seconds_asked(answer, turn.governor.clock.now())
    pause = turn.must_pause(cause, reason, asked)
    return Outcome(stopped(pause), reason, pause)


def bad(reason: str, answer: Answer) -> Outcome:
    """Asking again won't make it better."""
    return Outcome(BadAnswer(reason, status=answer.status, body=answer.body), reason)


def read_xml(answer: Answer, url: str, at: datetime) -> Outcome:
    """The answer as XML that names its encoding rightly; raises NotXml and CutOff."""
    try:
        body = check_xml(answer.body, answer.headers.get("Content-Type", ""))
    except Forbidden as error:
        return bad(str(error), answer)
    fetched = Fetched(url, answer.status or 0, answer.headers, body.data, at, body.problem)
    return Outcome(fetched, body.problem, lossy=body.lossy)


def _seconds_asked(answer: Answer, now: datetime) -> float | None:
    """Retry-After, which is seconds or a date; None where it is not there or neither."""
    text = answer.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", text):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())


# --- What is remembered ------------------------------------------------------------------------------------------
def remember(url: str, service: str, at: datetime, answer: Answer, outcome: Outcome) -> None:
    """A row for the public page. An answer is worth more than its row: a database in trouble only gets a line."""
    pause = outcome.pause
    try:
        with transaction.atomic():
            Request.objects.create(
                at=at,
                service=service,
                url=url[:1000],
                status=answer.status,
                size=answer.size,
                milliseconds=answer.milliseconds,
                problem=outcome.problem[:300],
                pause=round((pause.until - pause.since).total_seconds()) if pause else 0,
            )
    except Error as error:
        log.warning("A request to %s could not be written down: %s", service, error)
