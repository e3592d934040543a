"""The fields of the query language: their names, and what a value in one of them asks for.

Pure. `leaf` never raises: a value that can't be read comes back as a sentence.
"""

import re
import unicodedata
from dataclasses import replace
from typing import Literal, get_args

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coolpapers.identifiers import identify_text
from coolpapers.taxonomy import TooManyCategories, UnknownCategory, parse_expression
from search.dates import BadDate, read_dates
from search.names import printed_name
from search.nodes import DateField, HasId, InCategory, InVenue, Node, Phrase, Prefix, TextField, Withdrawn, Word, any_of
from search.sentences import one_after_another

FilterField = Literal["category", "venue", "id", "is"] | DateField
Field = TextField | FilterField
_FILTERS = frozenset(field for kind in get_args(FilterField) for field in get_args(kind))

# As typed, in any case → the field. The short ones are arXiv's.
FIELDS: dict[str, Field] = {
    "title": "title", "ti": "title",
    "abstract": "abstract", "abs": "abstract",
    "author": "author", "au": "author",
    "first": "first",
    "category": "category", "cat": "category",
    "venue": "venue",
    "id": "id", "arxiv": "id", "doi": "id",
    "date": "date",
    "submitted": "submitted",
    "announced": "announced",
    "is": "is",
    "all": "",
}  # fmt: skip

_EDGES = ".,;:!?'‘’…-–— "  # signs that cling to a word in running text
_PREFIX = re.compile(r"([^\W_\u2e80-\U0003ffff]{3,})\*")
_STAR = gettext_lazy(
    "A star stands for any ending only behind three or more letters of one plain word; here it is read as a sign."
)
_LEFT_OUT = gettext_lazy("The field is left out.")
_EDITION = re.compile(r"(.*?[^\W\d])[\s.]*((?:19|20)[0-9]{2})(?:\s*-\s*(.+))?")


def leaf(field: Field, text: str, *, quoted: bool) -> tuple[Node | None, str]:
    """What the value asks for, or None where it asks for nothing; and what is wrong with it, "" where nothing is."""
    match field:
        case "category":
            return _category(text)
        case "venue":
            return _venue(text), ""
        case "id":
            return _identifier(text)
        case "date" | "submitted" | "announced":
            return _date(field, text)
        case "is":
            return _state(text)
    return _text(field, text, quoted)


def is_filter(field: Field) -> bool:
    """Whether the field says where to look and not what for."""
    return field in _FILTERS


def is_searchable(text: str) -> bool:
    """Whether an index can hold any of it: it has a letter or a digit."""
    return any(map(str.isalnum, text))


def tidy(text: str) -> str:
    """A word or phrase without the signs around it, composed, with single spaces."""
    return unicodedata.normalize("NFC", " ".join(text.split())).strip(_EDGES)


def _text(field: TextField, text: str, quoted: bool) -> tuple[Node | None, str]:
    text = tidy(text)
    told = ""
    if "*" in text and not quoted:
        if match := _PREFIX.fullmatch(text):
            return Prefix(match[1], field), ""
        told = str(_STAR)
    if field in ("author", "first"):
        text = tidy(printed_name(text))
    if not is_searchable(text):
        return None, told
    return (Phrase if " " in text else Word)(text, field), told


def _category(text: str) -> tuple[Node | None, str]:
    text = text.strip(" ,;:!?\"'")
    try:
        return InCategory(parse_expression(text.removesuffix("*").removesuffix("."))), ""
    except (UnknownCategory, TooManyCategories) as error:
        return None, _left_out(str(error))


def _venue(text: str) -> Node | None:
    """`ACL 2018` is `ACL.2018`. Which venues there are the index knows."""
    name = tidy(text)
    if not is_searchable(name):
        return None
    if match := _EDITION.fullmatch(name):
        name = f"{match[1]}.{match[2]}" + (f" - {match[3]}" if match[3] else "")
    return InVenue(name)


def _identifier(text: str) -> tuple[Node | None, str]:
    target = identify_text(text)
    if target is None or target.kind == "path":
        return None, _left_out(_("“{text}” is no identifier of a paper.").format(text=text[:60]))
    return any_of(HasId(key.lower() if target.kind == "doi" else key) for key in target.keys), ""


def _date(field: DateField, text: str) -> tuple[Node | None, str]:
    try:
        return replace(read_dates("".join(text.split()).strip(",;:!?")), field=field), ""
    except BadDate as error:
        return None, _left_out(str(error))


def _state(text: str) -> tuple[Node | None, str]:
    if tidy(text).lower() == "withdrawn":
        return Withdrawn(), ""
    told = _("“{text}” is nothing to ask for here: a paper is:withdrawn or is not.").format(text=text[:40])
    return None, _left_out(told)


def _left_out(why: str) -> str:
    return str(one_after_another(why, _LEFT_OUT))
