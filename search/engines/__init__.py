"""The engine that SEARCH_URL names.

embedded:///folder  an index in that folder, in this process (search.engines.embedded)
null://             no search
"""

import os
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from search.engines.base import Engine
from search.engines.null import NullEngine

_EMBEDDED = "embedded://"


def get_engine() -> Engine:
    """This process's engine; raises ImproperlyConfigured (search.checks finds that before a request does)."""
    return _engine(settings.SEARCH_URL, os.getpid())


@lru_cache(maxsize=4)
def _engine(url: str, pid: int) -> Engine:
    """`pid`: an opened index is not carried over a fork."""
    if url == "null://":
        return NullEngine()
    folder = Path(url.removeprefix(_EMBEDDED))
    if url.startswith(_EMBEDDED) and folder.is_absolute():
        from search.engines.embedded import EmbeddedEngine

        return EmbeddedEngine(folder)
    scheme = url.partition("://")[0][:40]  # the rest may hold a password
    raise ImproperlyConfigured(
        f"SEARCH_URL ({scheme}…) names no engine: use embedded:// with an absolute folder, such as"
        " embedded:///srv/papers/index, or null:// for no search."
    )
