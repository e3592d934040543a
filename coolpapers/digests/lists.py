"""The lists that can come by e-mail: an expression of categories, a venue, an edition, a search.

Input: the path and the query of a list's address. Output: `DigestList`, or NoSuchList with a sentence for the reader.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlencode

from django.utils.translation import gettext as _

from coolpapers.models import Edition, Venue
from coolpapers.taxonomy import CategoryExpression, TooManyCategories, UnknownCategory, parse_expression
from search.query import Query, parse_query
from search.venues import as_called_here

BRANCHES = {"/search": None, "/arxiv/search": "arxiv", "/venue/search": "venue"}
LONGEST_QUERY = 300  # characters
LONGEST_PATH = 700
NAME = 80  # characters of a search that its name shows
_EDITION = re.compile(r"(?P<venue>.+)\.(?P<year>[0-9]{4})(?:-(?P<label>.+))?")


class NoSuchList(ValueError):
    """The message says why it can't be sent."""


@dataclass(frozen=True, slots=True)
class DigestList:
    """One of `expression`, `venue`, `edition` and `search` is set. `quotes`: its name has words that somebody typed."""

    path: str
    query: str
    expression: CategoryExpression | None = None
    venue: Venue | None = None
    edition: Edition | None = None
    search: Query | None = None

    @property
    def name(self) -> str:
        """What it is called to readers."""
        if self.search is not None:
            shown = f"{self.query[:NAME]}…" if len(self.query) > NAME else self.query
            return _("Search: {words}").format(words=shown)
        if self.expression is not None:
            title = self.expression.title
            return title[:197] + "…" if len(title) > 198 else title
        return self.venue.code if self.venue else str(self.edition)

    @property
    def quotes(self) -> bool:
        return self.search is not None

    def address(self, **params: str) -> str:
        """Of the list on this site, with more parameters."""
        said = ({"query": self.query} if self.query else {}) | params
        return f"{self.path}?{urlencode(said)}" if said else self.path


def read_list(path: str, query: str = "") -> DigestList:
    """The list at an address of this site, by its one spelling. Raises NoSuchList."""
    found = _read(path[:2000], query)
    if len(found.path) > LONGEST_PATH:
        raise NoSuchList(_("These are too many categories for one digest."))
    return found


def _read(path: str, query: str) -> DigestList:
    if path in BRANCHES:
        return _read_search(path, query)
    branch, _slash, name = path.removeprefix("/").partition("/")
    if branch == "arxiv":
        return _read_expression(name)
    if branch == "venue":
        return _read_venue(unquote(name))
    raise NoSuchList(_("Categories, venues and searches come by e-mail; this is none of them."))


def _read_search(path: str, text: str) -> DigestList:
    text = " ".join(text.split())
    if len(text) > LONGEST_QUERY:
        told = _("A search that comes by e-mail has at most {limit} characters.")
        raise NoSuchList(told.format(limit=LONGEST_QUERY))
    query = as_called_here(parse_query(text, branch=BRANCHES[path]))
    if query.tree is None:
        raise NoSuchList(_("This search looks for nothing: type words first."))
    return DigestList(path, text, search=query)


def _read_expression(name: str) -> DigestList:
    try:
        expression = parse_expression(name).canonical
    except (UnknownCategory, TooManyCategories) as error:
        raise NoSuchList(str(error)) from None
    return DigestList(f"/arxiv/{expression.text}", "", expression)


def _read_venue(name: str) -> DigestList:
    if venue := Venue.objects.known_as(name) if len(name) <= 60 else None:
        return DigestList(venue.get_absolute_url(), "", venue=venue)
    match = _EDITION.fullmatch(name) if len(name) <= 100 else None
    edition = Edition.objects.named(match["venue"], int(match["year"]), match["label"] or "") if match else None
    if edition is None:
        raise NoSuchList(_("No venue is called {name} here.").format(name=name[:60]))
    return DigestList(edition.get_absolute_url(), "", edition=edition)


def digest_form_url(path: str, query: str = "") -> str:
    """The address of the form for a list."""
    said = {"list": path} | ({"query": query} if query else {})
    return f"/digest?{urlencode(said, safe='/', quote_via=quote)}"
