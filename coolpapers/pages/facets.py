"""The facets of a search as links: each adds its filter to the text of the query.

A value that the query has as a filter already is left out: it is shown among the filters.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from coolpapers.pages.lists import PaperList
from coolpapers.taxonomy import UnknownCategory, parse_expression
from search.engines.base import Facets
from search.narrowing import narrowed
from search.nodes import Dated, InCategory, InVenue, Node, Not, Withdrawn, filters
from search.query import Query

YEARS = 10  # links; the last may stand for all years up to it


@dataclass(frozen=True, slots=True)
class FacetLink:
    """A value, the address of the papers that have it, how many they are ("": not counted), what it means, and whether
    it is a name, which no language changes."""

    label: str
    href: str
    count: str
    title: str
    is_name: bool


@dataclass(frozen=True, slots=True)
class _Value:
    label: str
    filter: Node
    count: str = ""
    title: str = ""
    is_name: bool = False


def facet_links(query: Query, facets: Facets, papers: PaperList) -> list[tuple[str, list[FacetLink]]]:
    """The facets that have a value, by name; none of a title that is found by nothing but its letters."""
    if query.tree is None:
        return []
    now = filters(query.tree)
    parts = {
        _("Year"): _years(facets.years),
        _("Category"): _categories(facets.categories),
        _("Venue"): (_Value(code, InVenue(code), f"{count:,}", is_name=True) for code, count in facets.venues),
        _("Withdrawn"): () if Withdrawn() in now else (_Value(_("leave out"), Not(Withdrawn())),),
    }
    named = [
        (name, _links((one for one in values if one.filter not in now), query, papers))
        for name, values in parts.items()
    ]
    return [(name, links) for name, links in named if links]


def _links(values: Iterable[_Value], query: Query, papers: PaperList) -> list[FacetLink]:
    texts = ((value, narrowed(query, value.filter)) for value in values)
    return [
        FacetLink(value.label, papers.url(query=text, skip=None), value.count, value.title, value.is_name)
        for value, text in texts
        if text is not None
    ]


def _years(counts: tuple[tuple[int, int], ...]) -> Iterable[_Value]:
    """Newest first; where there are too many, the older ones as one."""
    single = counts if len(counts) <= YEARS else counts[: YEARS - 1]
    for year, count in single:
        yield _Value(str(year), Dated(date(year, 1, 1), date(year, 12, 31)), f"{count:,}")
    if older := counts[len(single) :]:
        year, total = older[0][0], sum(count for _year, count in older)
        label = _("{year} and before").format(year=year)
        yield _Value(label, Dated(None, date(year, 12, 31)), f"{total:,}")


def _categories(counts: tuple[tuple[str, int], ...]) -> Iterable[_Value]:
    for code, count in counts:
        try:
            expression = parse_expression(code)
        except UnknownCategory:
            continue
        yield _Value(code, InCategory(expression), f"{count:,}", expression.title, is_name=True)
