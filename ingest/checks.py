"""The invariant: a site that others reach asks the real places of venues."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, register

from ingest.visit import upstream_problem


@register
def check_venue_upstream(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """ingest.E001: a fake place on a public site."""
    problem = upstream_problem()
    return [Error(problem, id="ingest.E001")] if problem else []
