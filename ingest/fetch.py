"""The way to arXiv: its three addresses, one request at a time, by arXiv's terms (docs/sources.md).

`fetch(url, service=…)` waits for its turn (`ingest.governor`), asks, and gives what came, checked (`ingest.bodies`), or
raises one of `ingest.outcomes`. Guarantees: each request says who asks, is a `Request` row afterwards whatever came of
it, and goes to a configured address only, redirects too; what an answer asked for is known to all processes before the
turn ends.
"""

from datetime import datetime
from functools import partial
from urllib.parse import quote, urljoin, urlsplit

import requests
from django.conf import settings
from requests.structures import CaseInsensitiveDict

from ingest.answers import MOVED, Fetched, Outcome, bad, judge, read_xml, remember
from ingest.governor import PATIENCE, Governor, get_governor
from ingest.outcomes import BadAnswer, FetchError, Refused, TooLarge, TryLater
from ingest.transport import Answer, exchange

__all__ = ["BadAnswer", "FetchError", "Fetched", "GovernedSession", "Refused", "TooLarge", "TryLater", "fetch"]

LIMIT = 64_000_000  # bytes; a page of OAI-PMH has about 3 million, the longest feed about 5
TIMEOUT = 90.0  # seconds for a whole answer; with the wait in line and for a short pause less than a run's lease
REDIRECTS = 3


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
            outcome = judge(answer, turn, who="arXiv", read=partial(_read, answer, url, expect, turn.start))
        remember(url, service, turn.start, answer, outcome)
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
def _read(answer: Answer, url: str, expect: str, at: datetime) -> Outcome:
    """What came whole, and asks for no pause by its status."""
    if answer.status in MOVED:
        return _follow(answer, url)
    if answer.status != 200:
        return bad(f"arXiv answered {answer.status}.", answer)
    if expect != "xml":
        return Outcome(Fetched(url, answer.status, answer.headers, answer.body, at))
    return read_xml(answer, url, at)


def _follow(answer: Answer, url: str) -> Outcome:
    location = answer.headers.get("Location", "")
    try:
        target = urljoin(url, location)
        if location and _is_allowed(target, url):
            return Outcome(target)
    except ValueError:
        pass  # an address that is none
    return bad(f"arXiv sends us to {location[:200]!r}, which is not an address of its that is set.", answer)
