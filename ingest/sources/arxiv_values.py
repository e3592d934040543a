"""Values as arXiv writes them into its records, whatever the form: versions, instants, withdrawals in words. Pure."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ingest.clean import BadRecord

_MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_WORK = (
    r"(?:paper|article|submission|manuscript|preprint|work|version|note|report|draft|document|thesis|comment|letter)"
)
_WITHDRAWN = re.compile(
    rf"^\W*(?:{_WORK} (?:has been |is |was )?)?withdrawn\b"
    rf"|\b(?:this|the|our) {_WORK}(?: \w+){{0,3}}? (?:has|have|had|was|is)(?: \w+)?(?: been)? withdrawn\b"
    r"(?! from (?!(?:the )?arxiv))"
    r"|\bwithdrawn by (?:the )?arxiv\b",
    re.IGNORECASE,
)
_IN_ITS_PLACE = re.compile(
    rf"\W*(?:this|the|our) {_WORK} (?:has|have|was|is)(?: \w+)?(?: been)? withdrawn\b", re.IGNORECASE
)


def says_withdrawn(comments: str, abstract: str) -> bool:
    """Whether the words of a record say that its paper is withdrawn, for forms that have no mark of it.

    Authors write it into the comments ("This paper has been withdrawn by the author due to …"), formerly also in the
    place of the abstract. Of 609 comments with "withdr" in 221,779 records, this takes the 490 that say it of the
    paper itself, and not "withdrawn from the conference" or "replaces …, which has been withdrawn".
    """
    text = f"{comments} {abstract[:300]}"
    if "ithdrawn" not in text and "ITHDRAWN" not in text:
        return False
    return bool(_WITHDRAWN.search(" ".join(comments.split())) or _IN_ITS_PLACE.match(" ".join(abstract[:300].split())))


def read_version(text: str) -> int:
    """The number of v3: 3; BadRecord for anything else."""
    number = text.removeprefix("v")
    if not (number.isascii() and number.isdecimal()) or not 1 <= int(number[:6]) <= 1000:
        raise BadRecord(f"a version has no number: {text[:40]!r}")
    return int(number)


def read_mail_date(text: str, field: str) -> datetime:
    """An instant as in mail, Fri, 15 Aug 2025 12:57:35 GMT; BadRecord for anything else."""
    parts = text.split()
    try:
        if len(parts) == 6 and parts[5] == "GMT":  # all of arXiv's: a tenth of what the library takes
            hour, minute, second = parts[4].split(":")
            month = _MONTHS[parts[2]]
            return datetime(int(parts[3]), month, int(parts[1]), int(hour), int(minute), int(second), tzinfo=UTC)
        instant = parsedate_to_datetime(text)
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, KeyError, TypeError, OverflowError, IndexError):
        raise BadRecord(f"{field} is not a date: {text[:40]!r}") from None
