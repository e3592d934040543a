"""The engine that SEARCH_URL names.

embedded:///folder         an index in that folder, in this process (search.engines.embedded)
elasticsearch://host:9200  an index in Elasticsearch (search.engines.elastic); +https for TLS
null://                    no search

With SEARCH_FALLBACK_URL another engine answers while that one can't (search.engines.fallback).
"""

import os
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from search.engines.base import Engine
from search.engines.fallback import FallbackEngine
from search.engines.null import NullEngine

_EMBEDDED = "embedded://"


def get_engine() -> Engine:
    """This process's engine; raises ImproperlyConfigured (search.checks finds that before a request does)."""
    if settings.SEARCH_FALLBACK_URL:
        return _with_fallback(settings.SEARCH_URL, settings.SEARCH_FALLBACK_URL, os.getpid())
    return _engine(settings.SEARCH_URL, os.getpid())


def engine_at(url: str) -> Engine:
    """The engine that another SEARCH_URL would name; raises ImproperlyConfigured."""
    return _engine(url, os.getpid())


@lru_cache(maxsize=4)
def _with_fallback(url: str, fallback: str, pid: int) -> Engine:
    return FallbackEngine(_engine(url, pid), _engine(fallback, pid))


@lru_cache(maxsize=8)
def _engine(url: str, pid: int) -> Engine:
    """`pid`: an opened index, or a connection, is not carried over a fork."""
    if url == "null://":
        return NullEngine()
    folder = Path(url.removeprefix(_EMBEDDED))
    if url.startswith(_EMBEDDED) and folder.is_absolute():
        from search.engines.embedded import EmbeddedEngine

        return EmbeddedEngine(folder)
    if url.startswith(("elasticsearch://", "elasticsearch+https://")):
        from search.engines.elastic import ElasticEngine  # half a second, for those alone who need it
        from search.engines.elastic_cluster import Cluster, read_address

        address = read_address(url, api_key=settings.SEARCH_API_KEY, ca_file=settings.SEARCH_CA_FILE)
        timeout = settings.SEARCH_TIMEOUT_MS / 1_000
        return ElasticEngine(Cluster(address), replicas=settings.SEARCH_REPLICAS, timeout=timeout)
    scheme = url.partition("://")[0][:40]  # the rest may hold a password
    raise ImproperlyConfigured(
        f"SEARCH_URL ({scheme}…) names no engine: use embedded:// with an absolute folder, such as"
        " embedded:///srv/papers/index, elasticsearch://host:9200, or null:// for no search."
    )
