"""The way to places of venues: public hosts alone, one request at a time each, as their robots.txt allows.

`visit(url)` checks the address (ingest.addresses), waits for the host's turn over all processes, asks, and gives what
came or raises one of `ingest.outcomes`. Guarantees: a host is asked once in INTERVAL seconds, or in what its
Crawl-delay says; each redirect is checked as the first address was; a page that asks for a human is no answer, whatever
its status; a host that refuses us is left alone for hours.
"""

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from urllib.parse import urljoin, urlsplit, urlunsplit

from django.conf import settings
from django.core.cache import cache
from protego import Protego

from coolpapers.clock import get_clock
from ingest.addresses import Address, Forbidden, Resolve, check_host, look_up, read_address
from ingest.answers import MOVED, Fetched, Outcome, bad, judge, pause_for, read_xml, remember
from ingest.bodies import NotXml
from ingest.fetch import user_agent
from ingest.governor import PATIENCE, Governor, Turn
from ingest.manners import Cause
from ingest.outcomes import BadAnswer, FetchError, TryLater
from ingest.querysets import VENUE
from ingest.transport import Answer, exchange
from ingest.turns import get_turns

LIMIT = 64_000_000  # bytes, packed and unpacked
TIMEOUT = 90.0  # seconds for a whole answer
INTERVAL, FASTEST, SLOWEST = 2.0, 0.02, 30.0  # seconds between two requests to a host; of the fake one; at most
REDIRECTS = 5
ROBOTS_KEPT = 24 * 3600  # seconds
ROBOTS_LIMIT = 500_000  # bytes, as RFC 9309 wants
NAME = "CoolPapers"  # in robots.txt
GONE = {404, 410}
# What walls against robots say, with whatever status: Cloudflare, DataDome, Imperva, Anubis and their like. Captchas
# and scripts that such services also put into ordinary pages are no sign.
CHALLENGE = re.compile(
    rb"_cf_chl_opt|cf-browser-verification|captcha-delivery\.com|_incapsula_resource|within\.website/x/cmd/anubis"
    rb"|<title>\s*(?:just a moment|attention required|access denied|verifying you are human|security check|robot check"
    rb"|making sure you.{1,6}re not a bot|are you a robot|human verification|ddos-guard|pardon our interruption)",
    re.IGNORECASE,
)
WALL = 60_000  # bytes; a wall is shorter, and no paper's page: papers may speak of walls
log = logging.getLogger(__name__)


def visit(
    url: str,
    *,
    expect: str = "",
    missing_ok: bool = False,
    limit: int = LIMIT,
    timeout: float = TIMEOUT,
    resolve: Resolve = look_up,
) -> Fetched:
    """Ask for an address once, after waiting for the host's turn.

    `expect`: html, json, xml or "" for a body as it comes. `missing_ok`: 404 and 410 give an empty body. `limit`:
    bytes, packed and unpacked. `timeout`: seconds for the answer. `resolve`: finds a name's addresses. Raises
    FetchErrors only. Not for use inside a transaction.
    """
    check_upstream()
    seen: list[str] = []
    while url not in seen and len(seen) <= REDIRECTS:
        seen.append(url)
        address = read_address(url)
        interval = _check_robots(address, resolve)
        read = partial(_read, expect=expect, missing_ok=missing_ok)
        result = _ask(address, read, interval, limit, timeout, resolve)
        if isinstance(result, Fetched):
            return result
        url = result
    raise BadAnswer(f"Sent on and on, at last to {url[:200]}.")


Read = Callable[[Answer, Address, Turn], Outcome]


def _ask(address: Address, read: Read, interval: float, limit: int, timeout: float, resolve: Resolve) -> Fetched | str:
    """One request; what came, or the address to ask instead."""
    governor = Governor(get_turns(address.host), get_clock(), FASTEST if settings.VENUE_UPSTREAM else interval)
    with governor.turn(VENUE, patience=PATIENCE, lease=timeout + 30) as turn:
        answer = _exchange(address, limit, timeout, resolve)
        outcome = judge(answer, turn, who=address.host, read=partial(_seen, read, answer, address, turn))
    remember(address.url, VENUE, turn.start, answer, outcome)
    if isinstance(outcome.result, FetchError):
        raise outcome.result
    return outcome.result


def _exchange(address: Address, limit: int, timeout: float, resolve: Resolve) -> Answer:
    """The name is looked up here, once, and what was checked is what is connected to."""
    headers = {"User-Agent": user_agent()}
    if upstream := settings.VENUE_UPSTREAM:
        here = urlunsplit((*urlsplit(upstream)[:2], *urlsplit(address.url)[2:]))
        return exchange(here, headers={**headers, "Host": address.host}, limit=limit, timeout=timeout)
    try:
        ip = check_host(address, resolve)
    except OSError:
        return Answer(broken=f"The name {address.host} can't be found.")
    return exchange(address.url, headers=headers, limit=limit, timeout=timeout, ip=ip)


# --- What an answer means ----------------------------------------------------------------------------------------
def _seen(read: Read, answer: Answer, address: Address, turn: Turn) -> Outcome:
    """A wall is no answer; redirects lead to another address; the rest is `read`."""
    if CHALLENGE.search(answer.body[:200_000]) and _may_be_wall(answer):
        why = f"{address.host} answered with a page that asks for a human: it keeps programs out."
        return pause_for(turn, Cause.REFUSED, why, answer)
    if answer.status in MOVED:
        return _follow(answer, address)
    return read(answer, address, turn)


def _may_be_wall(answer: Answer) -> bool:
    """Whether it may be a wall: it says by its status that it is no answer, or is short."""
    return answer.status != 200 or (len(answer.body) < WALL and b"citation_title" not in answer.body)


def _follow(answer: Answer, address: Address) -> Outcome:
    try:
        target = read_address(urljoin(address.url, answer.headers.get("Location", "")))
    except (Forbidden, ValueError) as error:
        return _forbidden(f"{address.host} sends us where nobody is asked: {error}")
    if address.scheme == "https" and target.scheme != "https":
        return _forbidden(f"{address.host} sends us from https to http ({target.url[:100]}).")
    return Outcome(target.url)


def _forbidden(reason: str) -> Outcome:
    return Outcome(Forbidden(reason), reason)


def _read(answer: Answer, address: Address, turn: Turn, *, expect: str, missing_ok: bool) -> Outcome:
    """An answer that is no redirect."""
    url, at = address.url, turn.start
    if missing_ok and answer.status in GONE:
        return Outcome(Fetched(url, answer.status or 0, answer.headers, b"", at))
    if answer.status != 200:
        return bad(f"{address.host} answered {answer.status} to {urlsplit(url).path[:200]}.", answer)
    if expect == "xml":
        return read_xml(answer, url, at)
    head = answer.body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if expect == "json" and not head.startswith((b"{", b"[")):
        raise NotXml(f"No JSON came from {address.host}, but {head[:60]!r}.")
    if expect == "html" and not head.startswith(b"<"):
        raise NotXml(f"No page came from {address.host}, but {head[:60]!r}.")
    return Outcome(Fetched(url, answer.status, answer.headers, answer.body, at))


# --- robots.txt --------------------------------------------------------------------------------------------------
def _check_robots(address: Address, resolve: Resolve) -> float:
    """Seconds between two requests to the host; raises Forbidden where its robots.txt keeps us from the address, and
    what `visit` raises where that can't be known."""
    rules = Protego.parse(_robots(address, resolve))
    if not rules.can_fetch(address.url, NAME):
        raise Forbidden(f"{address.host} does not want programs at {urlsplit(address.url).path[:200]} (robots.txt).")
    return min(SLOWEST, max(INTERVAL, rules.crawl_delay(NAME) or 0))


def _robots(address: Address, resolve: Resolve) -> str:
    """The host's rules, a day old at most; none where there are none."""
    key = f"robots:{address.scheme}:{address.host}"
    if (kept := cache.get(key)) is not None:
        return str(kept)
    url = f"{address.scheme}://{address.host}/robots.txt"
    for _ in range(REDIRECTS):
        result = _ask(read_address(url), _read_robots, INTERVAL, ROBOTS_LIMIT, TIMEOUT, resolve)
        if isinstance(result, Fetched):
            text = result.body.decode(errors="replace") if result.status == 200 else ""
            cache.set(key, text, ROBOTS_KEPT)
            return text
        url = result
    raise TryLater(get_clock().now() + timedelta(hours=1), f"{address.host} has a robots.txt that leads nowhere.")


def _read_robots(answer: Answer, address: Address, turn: Turn) -> Outcome:
    """Whatever says that there is none (RFC 9309, 2.3.1.3) allows everything."""
    return Outcome(Fetched(address.url, answer.status or 0, answer.headers, answer.body, turn.start))


# --- The fake one ------------------------------------------------------------------------------------------------
LOCAL = {"localhost", "127.0.0.1", "[::1]", "::1", "testserver"}


def upstream_problem() -> str:
    """Why VENUE_UPSTREAM can't be used as it is; "" where it can, or is not set."""
    upstream = settings.VENUE_UPSTREAM
    if not upstream:
        return ""
    try:
        parts = urlsplit(upstream)
        host = parts.hostname or ""
    except ValueError:
        return "VENUE_UPSTREAM is no address."
    if parts.scheme != "http" or host not in LOCAL:
        return "VENUE_UPSTREAM is for tests, and leads to this machine: write it as http://127.0.0.1:8098."
    if settings.HTTPS or not set(settings.ALLOWED_HOSTS) <= LOCAL:
        return "VENUE_UPSTREAM is for tests: a site that others reach asks the real places. Remove it."
    return ""


def check_upstream() -> None:
    """Raises Forbidden: papers never come from a fake place on a public site."""
    if problem := upstream_problem():
        raise Forbidden(problem)
