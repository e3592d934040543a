"""What every list understands from its address: show, skip, sort, date and kind.

Guarantee: a value that makes no sense is refused with a sentence (BadRequest → 400), never read as something else.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum

from django.core.exceptions import BadRequest
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
    QueryDict,
)
from django.utils.translation import gettext as _

from coolpapers.taxonomy import CategoryExpression, TooManyCategories, UnknownCategory, parse_expression

SHOW_DEFAULT = 25
FEED_SHOW = 100  # entries of a feed that does not say; a day's feed has the whole day
SHOW_LIMIT = 1_000  # as papers.cool; a list asked for more says so and links on
SKIP_LIMIT = 10**9
PREFER_LIMIT = 20  # words
WORD_LIMIT = 50  # characters
WIDE_COMMAS = str.maketrans("，、", ",,")  # of Chinese keyboards
FIRST_DAY = date(1991, 8, 14)  # arXiv's first day
# ?sort= → what to sort by
# Anything else with a comma in it is words that the reader prefers (coolpapers/pages/preference.py).
SORTS = {"0": "date", "1": "stars", "relevance": "relevance", "submitted": "submitted", "announced": "announced"}

# What no text has a use for, and XML forbids: controls, lone surrogates, non-characters.
CONTROL = re.compile(r"[\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]")


class Shape(Enum):
    """What a list is answered as, and how its address then ends: a page, an Atom feed, or a file to take along."""

    PAGE = ""
    FEED = "/feed"
    EXPORT = "/export"

    @property
    def default_show(self) -> int:
        """How many papers where the address does not say."""
        return {Shape.PAGE: SHOW_DEFAULT, Shape.FEED: FEED_SHOW, Shape.EXPORT: SHOW_LIMIT}[self]


@dataclass(frozen=True, slots=True)
class ListOptions:
    """Which part of a list, in which order; `sort` is None where the address does not say. Papers with words of
    `prefer` come first."""

    show: int
    skip: int
    sort: str | None
    asked: int
    default: int = SHOW_DEFAULT
    prefer: tuple[str, ...] = ()

    @classmethod
    def whole(cls, sort: str) -> "ListOptions":
        """All that one page may show, in that order."""
        return cls(show=SHOW_LIMIT, skip=0, sort=sort, asked=SHOW_LIMIT)

    @property
    def cut(self) -> bool:
        """More were asked for than a page shows."""
        return self.asked > self.show


def text_param(query: QueryDict, name: str, limit: int = 20_000) -> str:
    """A parameter's text without control characters, cut to `limit` characters."""
    return CONTROL.sub(" ", query.get(name, "")[:limit]).strip()


def moved(request: HttpRequest, path: str, *, lasting: bool = True, query: str | None = None) -> HttpResponse:
    """The redirect to the one address of what is asked for; parameters stay, or become `query`. Not `lasting`: it may
    lead elsewhere tomorrow."""
    said = request.META.get("QUERY_STRING", "") if query is None else query
    redirect = HttpResponsePermanentRedirect if lasting else HttpResponseRedirect
    return redirect(f"{path}?{said}" if said else path)


def _number(request: HttpRequest, name: str, default: int, low: int, high: int) -> int:
    text = request.GET.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,12}", text) or int(text) < low:
        raise BadRequest(
            _("{name}={text} is not a number from {low}. Try {name}={default}.").format(
                name=name, text=text[:40], low=low, default=default
            )
        )
    return min(int(text), high)


def read_options(request: HttpRequest, show_default: int = SHOW_DEFAULT) -> ListOptions:
    """show, skip and sort of the request; raises BadRequest. A form sends preferred words as `prefer`."""
    sort, words = text_param(request.GET, "sort"), text_param(request.GET, "prefer")
    if sort and sort not in SORTS and "," not in sort:
        known = ", ".join(SORTS)
        raise BadRequest(
            _("sort={sort} is not known here. Use one of: {known}; or words to put first: sort=word,word.").format(
                sort=sort[:40], known=known
            )
        )
    prefer = _read_words(sort) if "," in sort else _read_words(words)
    asked = _number(request, "show", show_default, 1, 10**9)
    return ListOptions(
        show=min(asked, SHOW_LIMIT),
        skip=_number(request, "skip", 0, 0, SKIP_LIMIT),
        sort=None if prefer else SORTS.get(sort),
        asked=asked,
        default=show_default,
        prefer=prefer,
    )


def _read_words(text: str) -> tuple[str, ...]:
    """Words and phrases between commas, or words between spaces where there is no comma, each once."""
    text = text.translate(WIDE_COMMAS)
    parts = text.split(",") if "," in text else text.split()
    words = tuple(dict.fromkeys(filter(None, (" ".join(part.split()) for part in parts))))
    if text and not words:
        raise BadRequest(_("No word is named to put first. Write them with commas: sort=word,word."))
    if len(words) > PREFER_LIMIT:
        raise BadRequest(
            _("{words} words are named to put first; a list takes {prefer_limit}.").format(
                words=len(words), prefer_limit=PREFER_LIMIT
            )
        )
    if long := next((word for word in words if len(word) > WORD_LIMIT), ""):
        raise BadRequest(
            _("{long}… is too long; a word has at most {word_limit} characters.").format(
                long=long[:WORD_LIMIT], word_limit=WORD_LIMIT
            )
        )
    return words


def read_expression(text: str) -> CategoryExpression:
    """The canonical expression of an address; raises Http404 for unknown categories, BadRequest for too many."""
    try:
        return parse_expression(text).canonical
    except UnknownCategory as error:
        raise Http404(str(error)) from None
    except TooManyCategories as error:
        raise BadRequest(str(error)) from None


def read_date(request: HttpRequest) -> date | None:
    """?date=YYYY-MM-DD; raises BadRequest for anything that is not a day arXiv can have had."""
    text = text_param(request.GET, "date", 40)
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        day = None
    if day is None:
        raise BadRequest(_("date={text} is not a day. Write it as year-month-day, like 2026-06-15.").format(text=text))
    if day < FIRST_DAY:
        raise BadRequest(_("{name} is before arXiv began, on {first_day}.").format(name=day, first_day=FIRST_DAY))
    if day > datetime.now(UTC).date() + timedelta(days=1):
        raise BadRequest(_("{name} has not come yet.").format(name=day))
    return day


def read_kind(request: HttpRequest) -> str:
    """?kind=replace, or ""; raises BadRequest for anything else."""
    kind = text_param(request.GET, "kind", 40)
    if kind not in ("", "replace"):
        raise BadRequest(
            _("kind={kind} is not known here. kind=replace lists the papers that got a new version.").format(kind=kind)
        )
    return kind
