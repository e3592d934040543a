"""Elasticsearch as this process reaches it: where SEARCH_URL points, and what its errors mean to a reader.

Guarantees: every call ends within its time limit; whatever the client, the network or the cluster raises comes out as
EngineUnavailable with a sentence, and the error itself is its cause. A cluster that did not answer is left alone by
pages for a few seconds, so that they do not wait for it one after the other; then it is asked again, without a restart.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import elastic_transport
from django.core.exceptions import ImproperlyConfigured
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError
from elasticsearch.serializer import OrjsonSerializer

from search.engines.base import EngineUnavailable, RebuildNeeded
from search.sentences import Sentence

MAJOR = 9  # of Elasticsearch; the client's
ADMIN_TIMEOUT = 10.0  # seconds for what is no search
WAITS = (0.2, 0.5, 1.0, 2.0)  # seconds before what is not hurried is asked again
LEFT_ALONE = 3.0  # seconds after no answer
CONNECTIONS = 16  # kept open to each node; the threads of one process are fewer

DOWN = _("The search engine does not answer just now.")
SLOW = _("The search engine takes too long just now.")
REFUSED = _("The search engine does not let this site in: its name, password or key is wrong.")
READ_ONLY = _("The search engine takes no changes just now: its disk is nearly full, or it was made read-only.")
OVERLOADED = _("The search engine has too much to do just now.")
INCOMPLETE = _("A part of the search index is out of reach just now.")
NOT_BUILT = _("The search index has not been built yet (manage.py search_index rebuild).")
OTHER_PRODUCT = _("What SEARCH_URL names is not Elasticsearch.")
OTHER_MAJOR = _("The search engine is Elasticsearch {version}, and this site needs version {major}.")
UNKNOWN_MAJOR = _("The search engine is Elasticsearch of another major version, and this site needs version {major}.")
FAILED = _("The search engine can't answer this.")

_SCHEMES = {"elasticsearch": "http", "elasticsearch+https": "https"}
_PREFIX = re.compile(r"[a-z][a-z0-9_-]{0,99}")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Address:
    """Nodes (`http://host:port`), what the names of indices begin with, and who asks: name and password, or a key."""

    nodes: tuple[str, ...]
    prefix: str = "coolpapers"
    login: tuple[str, str] | None = None
    api_key: str = ""
    ca_file: str = ""


def read_address(url: str, *, api_key: str = "", ca_file: str = "") -> Address:
    """`elasticsearch://user:password@host:9200,other:9200/prefix`; +https for TLS. Raises ImproperlyConfigured."""
    scheme, _, rest = url.partition("://")
    hosts, _, prefix = rest.partition("/")
    login, _, hosts = hosts.rpartition("@")
    user, _, password = login.partition(":")
    try:
        nodes = tuple(_node(_SCHEMES[scheme], host) for host in hosts.split(","))
    except (KeyError, ValueError) as error:
        raise ImproperlyConfigured(
            "SEARCH_URL names no node: it looks like elasticsearch://user:password@host:9200/coolpapers, with"
            " elasticsearch+https:// for https and more hosts behind commas. Signs in a password are written as %40."
        ) from error
    if prefix and not _PREFIX.fullmatch(prefix):
        raise ImproperlyConfigured(
            "What stands behind the last / of SEARCH_URL begins the names of indices: use small letters, digits, - and"
            " _, a letter first."
        )
    who = (unquote(user), unquote(password)) if login else None
    return Address(nodes, prefix or "coolpapers", who, api_key, ca_file)


def _node(scheme: str, host: str) -> str:
    parts = urlsplit(f"{scheme}://{host}")
    if not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError(host)
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{scheme}://{name}:{parts.port or 9200}"


class Cluster:
    """One connection pool. `call` is the only way to it."""

    def __init__(self, address: Address, *, major: int = MAJOR) -> None:
        self.address = address
        self._major = major
        self._waiting: dict[float, Elasticsearch] = {}  # by seconds; to make one takes half a millisecond
        self._known = False  # it is Elasticsearch, of our major version
        self._silent_until = 0.0

    @cached_property
    def _client(self) -> Elasticsearch:
        address = self.address
        trusted: dict[str, Any] = {"ca_certs": address.ca_file} if address.ca_file else {}
        return Elasticsearch(
            list(address.nodes),
            basic_auth=address.login if not address.api_key else None,
            api_key=address.api_key or None,
            connections_per_node=CONNECTIONS,
            max_retries=len(address.nodes),  # another node, or the same over a new connection
            retry_on_timeout=False,
            retry_on_status=(),
            serializer=OrjsonSerializer(),  # a third of the time, and a rebuild writes a million documents
            **trusted,
        )

    def call(self, ask: Callable[[Elasticsearch], T], *, timeout: float = ADMIN_TIMEOUT, hurried: bool = False) -> T:
        """What `ask` gives, asked with a client that waits so many seconds for each answer; again, later and later,
        where the cluster has too much to do, unless `hurried`. Raises EngineUnavailable, and RebuildNeeded where an
        index is missing."""
        with self._named():
            client = self._waiting.get(timeout) or self._waiting.setdefault(
                timeout, self._client.options(request_timeout=timeout)
            )
            for wait in () if hurried else WAITS:
                try:
                    return self._ask(ask, client)
                except ApiError as error:
                    if error.status_code != 429 or error_type(error) == "cluster_block_exception":
                        raise
                    time.sleep(wait)
            return self._ask(ask, client)

    def _ask(self, ask: Callable[[Elasticsearch], T], client: Elasticsearch) -> T:
        if not self._known:
            self._check(str(client.info()["version"]["number"]))
        return ask(client)

    def leave_alone(self) -> None:
        """For who answers a reader: raises at once where it did not answer a moment ago."""
        if time.monotonic() < self._silent_until:
            raise EngineUnavailable(DOWN)

    def _check(self, version: str) -> None:
        if version.partition(".")[0] != str(self._major):
            raise EngineUnavailable(format_lazy(OTHER_MAJOR, version=version, major=self._major))
        self._known = True

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except elastic_transport.ConnectionTimeout as error:
            self._silent_until = time.monotonic() + LEFT_ALONE
            raise EngineUnavailable(SLOW) from error
        except elastic_transport.TransportError as error:
            self._silent_until = time.monotonic() + LEFT_ALONE
            raise EngineUnavailable(DOWN) from error
        except UnsupportedProductError as error:
            raise EngineUnavailable(OTHER_PRODUCT) from error
        except ApiError as error:
            if error.status_code == 404 and error_type(error) == "index_not_found_exception":
                raise RebuildNeeded(NOT_BUILT) from error
            raise EngineUnavailable(sentence_for(error.status_code, error_type(error))) from error


def error_type(error: ApiError) -> str:
    """Elasticsearch's own name of the error, of its root where it tells one; "" where the answer has none."""
    body = error.body if isinstance(error.body, dict) else {}
    told = body.get("error")
    if not isinstance(told, dict):
        return ""
    roots = [str(root.get("type", "")) for root in told.get("root_cause") or [] if isinstance(root, dict)]
    types = [*roots, str(told.get("type", ""))]
    return next((name for name in types if name in _SENTENCES), types[0])


_SENTENCES: dict[str, Sentence] = {
    "cluster_block_exception": READ_ONLY,
    "circuit_breaking_exception": OVERLOADED,
    "es_rejected_execution_exception": OVERLOADED,
    "no_shard_available_action_exception": INCOMPLETE,
    "unavailable_shards_exception": INCOMPLETE,
    "search_phase_execution_exception": INCOMPLETE,
    "media_type_header_exception": format_lazy(UNKNOWN_MAJOR, major=MAJOR),
    "security_exception": REFUSED,
}


def sentence_for(status: int, kind: str) -> Sentence:
    """What to tell of an answer with this status and this type of error."""
    if status in (401, 403) and kind != "cluster_block_exception":
        return REFUSED
    if status == 503 and kind == "search_phase_execution_exception":
        return INCOMPLETE
    if kind in _SENTENCES and kind != "search_phase_execution_exception":
        return _SENTENCES[kind]
    if status == 429:
        return OVERLOADED
    return INCOMPLETE if status == 503 else FAILED
