"""Asking places of venues. This version asks none yet: editions come from files."""

from ingest.fetch import Fetched
from ingest.outcomes import BadAnswer


def visit(url: str, *, expect: str = "", missing_ok: bool = False) -> Fetched:
    """Raises BadAnswer."""
    raise BadAnswer(f"{url} is not asked by this version: give a file.")
