"""The invariant: SEARCH_URL names an engine that there is."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from search.engines import get_engine


@register
def check_search_url(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """search.E001: no such engine."""
    try:
        get_engine()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="search.E001")]
    return []
