"""The only way to the outside: arXiv's three addresses, one request at a time, by arXiv's terms (docs/sources.md).

`fetch(url, service=…)` waits for its turn (`ingest.governor`), asks, and gives what came, checked (`ingest.bodies`), or
raises one of `ingest.outcomes`. Guarantees: each request says who asks, is a `Request` row afterwards whatever came of
it, and goes to a configured address only, redirects too; what an answer asked for is known to all processes before the
turn ends.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urljoin, urlsplit

import requests
from django.conf import settings
from django.db import Error, transaction
from requests.structures import CaseInsensitiveDict

from ingest.bodies import CutOff, Forbidden, NotXml, check_xml
from ingest.governor import PATIENCE, Governor, Turn, get_governor, stopped
from ingest.manners import Cause, Pause
from ingest.models import Request
from ingest.outcomes import BadAnswer, FetchError, Refused, TooLarge, TryLater
from ingest.transport import Answer, exchange

__all__ = ["BadAnswer", "FetchError", "Fetched", "GovernedSession", "Refused", "TooLarge", "TryLater", "fetch"]

LIMIT = 64_000_000  # bytes; a page of OAI-PMH has about 3 million, the longest feed about 5
TIMEOUT = 90.0  # seconds for a whole answer; with the wait in line and for a short pause less than a run's lease
REDIRECTS = 3
GARBLED = 3  # times in a row that bytes which are no letters are asked for again; then they are taken as they are
LATER = {408, 500, 502, 504}  # and what stands in front of arXiv: 520 to 599
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


def fetch(
    url: str,
    *,
    service: str,
    expect: str = "xml",
    limit: int = LIMIT,
    timeout: float = TIMEOUT,
    patience: float = PATIENCE,
    governor: Governor | None = None,
) -> Fetched:
    """Ask `service` (api, oai or rss) once, after waiting for our turn.

    `expect`: xml, or anything else for a body as it comes. `limit`: bytes, packed and unpacked. `timeout`: seconds for
    the answer. `patience`: seconds that it waits for the end of a pause; `TryLater` or `Refused` at once if that is
    longer. Raises `FetchError`s only, and ValueError for an address that is not the service's. Not for use inside a
    transaction, which would keep others from writing for as long as arXiv takes.
    """
    if origin(url) != origin(addresses().get(service, "")):
        raise ValueError(f"{url} is not an address of {service}.")
    governor = governor or get_governor()
    for _ in range(REDIRECTS + 1):
        with governor.turn(service, patience=patience, lease=timeout + 30) as turn:
            answer = exchange(url, headers={"User-Agent": user_agent()}, limit=limit, timeout=timeout)
            outcome = _judge(answer, url, expect, turn)
        _remember(url, service, turn.start, answer, outcome)
        if isinstance(outcome.result, FetchError):
            raise outcome.result
        if isinstance(outcome.result, Fetched):
            return outcome.result
        url = outcome.result
    raise BadAnswer(f"Redirected more than {REDIRECTS} times, at last to {url}.")


class GovernedSession(requests.Session):
    """A session for libraries that bring none of their manners: each GET goes through `fetch`, headers are ours."""

    def __init__(self, service: str = "api", *, patience: float = PATIENCE, governor: Governor | None = None) -> None:
        super().__init__()
        self.service, self.patience, self.governor = service, patience, governor

    def send(self, request: requests.PreparedRequest, **options: object) -> requests.Response:
        """Raises what `fetch` raises, but gives an answer with a status from 400 on: its words may tell the library."""
        if request.method != "GET" or not request.url:
            raise ValueError(f"Only GET leaves this site, not {request.method}.")
        response = requests.Response()
        response.url, response.request, response.encoding = request.url, request, "utf-8"
        try:
            found = fetch(request.url, service=self.service, patience=self.patience, governor=self.governor)
        except BadAnswer as error:
            if error.status is None or error.status < 400:
                raise
            response.status_code, body = error.status, error.body
        else:
            response.status_code, response.url, body = found.status, found.url, found.body
            response.headers = CaseInsensitiveDict(found.headers)
        response._content = body  # as requests' own adapters do once it is read
        return response


def user_agent() -> str:
    """Our name, and who runs this site, as far as it is set; each as one word without brackets."""
    contact = settings.CONTACT
    if "@" in contact and not contact.startswith(("mailto:", "http:", "https:")):
        contact = f"mailto:{contact}"
    site = f"+{settings.SITE_URL}" if settings.SITE_URL else ""
    about = "; ".join(quote(word, safe="+:/?#@!$&'*,=%~[]") for word in (site, contact) if word)
    return f"CoolPapers/{settings.VERSION}" + (f" ({about})" if about else "")


# --- Addresses ---------------------------------------------------------------------------------------------------
def addresses() -> dict[str, str]:
    """Service → its address."""
    return {"api": settings.ARXIV_API_URL, "oai": settings.ARXIV_OAI_URL, "rss": settings.ARXIV_RSS_URL}


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port: what has to be the same for an address to be the same server."""
    try:
        parts = urlsplit(url)
        return parts.scheme, (parts.hostname or ""), parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", url, None


def _is_allowed(target: str, url: str) -> bool:
    """The same host, from http to https too, or one of arXiv's that is configured."""
    ours = {origin(address) for address in (url, *addresses().values())}
    ours |= {("https", host, 443) for scheme, host, port in ours if (scheme, port) == ("http", 80)}
    return origin(target) in ours and "@" not in urlsplit(target).netloc


# --- What an answer means ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Outcome:
    """What it is, or the address to ask instead; `pause`: what all keep because of it; `lossy`: letters are lost."""

    result: Fetched | FetchError | str
    problem: str = ""
    pause: Pause | None = None
    lossy: bool = False


def _judge(answer: Answer, url: str, expect: str, turn: Turn) -> _Outcome:
    """What becomes of the answer; a pause is begun within the turn."""
    status, now = answer.status, turn.governor.clock.now()
    if status == 403:
        return _pause(turn, Cause.REFUSED, "arXiv refuses us (403). Its operators have to be asked why.", answer)
    if status in {429, 503} or (status in LATER and _seconds_asked(answer, now) is not None):
        return _pause(turn, Cause.SLOW, f"arXiv asks to wait ({status}).", answer)
    if status is not None and (status in LATER or status >= 520):
        return _pause(turn, Cause.FAILED, f"arXiv has a problem ({status}).", answer)
    if answer.too_large:
        return _Outcome(TooLarge(answer.broken), answer.broken)
    if answer.broken:
        return _pause(turn, Cause.FAILED, answer.broken, answer)
    try:
        outcome = _judge_whole(answer, url, expect, turn.start)
    except (NotXml, CutOff) as error:
        return _pause(turn, Cause.FAILED, str(error), answer)
    if outcome.lossy and turn.state.streak(turn.service, Cause.GARBLED) < GARBLED:
        return _pause(turn, Cause.GARBLED, outcome.problem, answer)
    turn.went_well()
    return outcome


def _judge_whole(answer: Answer, url: str, expect: str, at: datetime) -> _Outcome:
    """What came whole, and asks for no pause by its status."""
    if answer.status in {301, 302, 303, 307, 308}:
        return _follow(answer, url)
    if answer.status != 200:
        return _bad(f"arXiv answered {answer.status}.", answer)
    if expect != "xml":
        return _Outcome(Fetched(url, answer.status, answer.headers, answer.body, at))
    try:
        body = check_xml(answer.body, answer.headers.get("Content-Type", ""))
    except Forbidden as error:
        return _bad(str(error), answer)
    fetched = Fetched(url, answer.status, answer.headers, body.data, at, body.problem)
    return _Outcome(fetched, body.problem, lossy=body.lossy)


def _pause(turn: Turn, cause: Cause, reason: str, answer: Answer) -> _Outcome:
    asked = None if cause in {Cause.FAILED, Cause.GARBLED} else _seconds_asked(answer, turn.governor.clock.now())
    pause = turn.must_pause(cause, reason, asked)
    return _Outcome(stopped(pause), reason, pause)


def _bad(reason: str, answer: Answer) -> _Outcome:
    return _Outcome(BadAnswer(reason, status=answer.status, body=answer.body), reason)


def _follow(answer: Answer, url: str) -> _Outcome:
    location = answer.headers.get("Location", "")
    try:
        target = urljoin(url, location)
        if location and _is_allowed(target, url):
            return _Outcome(target)
    except ValueError:
        pass  # an address that is none
    return _bad(f"arXiv sends us to {location[:200]!r}, which is not an address of its that is set.", answer)


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
def _remember(url: str, service: str, at: datetime, answer: Answer, outcome: _Outcome) -> None:
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
