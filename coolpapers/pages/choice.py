"""What somebody chose on the home page: categories and venues to show and to leave out, and the one list of them.

In an address `c=cs.AI` and `v=ACL` are shown, `c=-cs.CY` is left out, as often as there are such. Categories alone are
a list of their days. With a venue among them it is a search for papers of any of them: days then hold for the
categories, since a venue's papers are not announced.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.utils.translation import gettext as _

from coolpapers.models import Venue
from coolpapers.pages.options import CONTROL
from coolpapers.pages.periods import Period
from coolpapers.taxonomy import CategoryExpression, TooManyCategories, canonical_category, parse_expression
from search.dates import write_dates

MOST = 400  # names in one address: there are fewer categories, and so many venues are not opened together


@dataclass(frozen=True, slots=True)
class Names:
    """Names to show and to leave out, as they are called here; no name is in both."""

    shown: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.shown or self.excluded)

    def in_address(self, param: str) -> list[tuple[str, str]]:
        return [*((param, name) for name in self.shown), *((param, f"-{name}") for name in self.excluded)]


@dataclass(frozen=True, slots=True)
class Choice:
    """All that is chosen. It `leads` somewhere where a category or a venue is shown, or categories are left out of
    all."""

    categories: Names = Names()
    venues: Names = Names()

    def __bool__(self) -> bool:
        return bool(self.categories or self.venues)

    @property
    def leads(self) -> bool:
        return bool(self.categories or self.venues.shown)

    @property
    def expression(self) -> CategoryExpression | None:
        """Its categories as the one expression that has an address; raises BadRequest where there are too many."""
        if not self.categories:
            return None
        text = CategoryExpression(self.categories.shown, self.categories.excluded).text
        try:
            return parse_expression(text).canonical
        except TooManyCategories as error:
            raise BadRequest(str(error)) from None

    @property
    def words(self) -> str:
        """`cs.AI + ACL − cs.CY`, in the order chosen."""
        shown = (*self.categories.shown, *self.venues.shown)
        return " − ".join([" + ".join(shown) or "all", *self.categories.excluded, *self.venues.excluded])

    @property
    def home_url(self) -> str:
        """The home page that shows this choice."""
        params = [*self.categories.in_address("c"), *self.venues.in_address("v")]
        return f"/?{urlencode(params)}" if params else "/"

    def list_url(self, period: Period | None, *, starred: bool = False) -> str:
        """The address of its list, of the days of `period`, the most starred papers first where `starred`."""
        expression = self.expression
        if not self.venues.shown:
            assert expression is not None
            params = [*(period.params if period else ()), *((("sort", "1"),) if starred else ())]
            return f"/arxiv/{expression.text}{f'?{urlencode(params)}' if params else ''}"
        if expression is None and len(self.venues.shown) == 1 and not self.venues.excluded:
            address = Venue.objects.get(code=self.venues.shown[0]).get_absolute_url()
            return f"{address}?sort=1" if starred else address
        path = "/search" if self.categories.shown else "/venue/search"
        query = [("query", self._query(expression, period)), ("sort", "1" if starred else "0")]
        return f"{path}?{urlencode(query)}"

    def _query(self, expression: CategoryExpression | None, period: Period | None) -> str:
        """As somebody would type it: (category:cs.AI announced:2026-06) OR venue:"ACL"."""
        wanted = [f'venue:"{_bare(name)}"' for name in self.venues.shown]
        if expression is not None and self.categories.shown:
            dated = f" announced:{write_dates(period.first, period.last)}" if period else ""
            wanted.insert(0, f"(category:{expression.text}{dated})" if dated else f"category:{expression.text}")
        left_out = [f'-venue:"{_bare(name)}"' for name in self.venues.excluded]
        text = " OR ".join(wanted)
        return " ".join([f"({text})" if left_out and len(wanted) > 1 else text, *left_out])


def read_choice(query: QueryDict) -> Choice:
    """?c= and ?v= of an address; raises BadRequest where there is no such category or venue."""
    return Choice(_names(query, "c"), _names(query, "v"))


def _names(query: QueryDict, param: str) -> Names:
    texts = [CONTROL.sub(" ", text[:100]).strip() for text in query.getlist(param)]
    said = list(dict.fromkeys(filter(None, texts)))
    if len(said) > MOST:
        raise BadRequest(_("{said} names are too many to be opened together.").format(said=len(said)))
    find = _category if param == "c" else _venue
    left_out = [find(text[1:]) for text in said if text.startswith("-")]
    return _apart([find(text) for text in said if not text.startswith("-")], left_out)


def _apart(shown: Sequence[str], excluded: Sequence[str]) -> Names:
    return Names(tuple(dict.fromkeys(n for n in shown if n not in excluded)), tuple(dict.fromkeys(excluded)))


def _category(text: str) -> str:
    code = canonical_category(text)
    if code is None:
        raise BadRequest(_("{text} is not a category of arXiv.").format(text=text[:40]))
    return code


def _venue(text: str) -> str:
    venue = Venue.objects.known_as(text) if len(text) <= 60 else None
    if venue is None:
        raise BadRequest(_("No venue is called {name} here.").format(name=text[:60]))
    return venue.code


def _bare(name: str) -> str:
    return name.replace('"', "")
