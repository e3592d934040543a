"""The lists that can come by e-mail: an expression of categories, a venue, an edition, a search.

Input: the path and the query of a list's address. Output: `DigestList`, or NoSuchList with a sentence for the reader.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlencode

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
    name: str
    expression: CategoryExpression | None = None
    venue: Venue | None = None
    edition: Edition | None = None
    search: Query | None = None

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
        raise NoSuchList("These are too many categories for one digest.")
    return found


def _read(path: str, query: str) -> DigestList:
    if path in BRANCHES:
        return _read_search(path, query)
    branch, _, name = path.removeprefix("/").partition("/")
    if branch == "arxiv":
        return _read_expression(name)
    if branch == "venue":
        return _read_venue(unquote(name))
    raise NoSuchList("Categories, venues and searches come by e-mail; this is none of them.")


def _read_search(path: str, text: str) -> DigestList:
    text = " ".join(text.split())
    if len(text) > LONGEST_QUERY:
        raise NoSuchList(f"A search that comes by e-mail has at most {LONGEST_QUERY} characters.")
    query = as_called_here(parse_query(text, branch=BRANCHES[path]))
    if query.tree is None:
        raise NoSuchList("This search looks for nothing: type words first.")
    shown = f"{text[:NAME]}…" if len(text) > NAME else text
    return DigestList(path, text, f"Search: {shown}", search=query)


def _read_expression(name: str) -> DigestList:
    try:
        expression = parse_expression(name).canonical
    except (UnknownCategory, TooManyCategories) as error:
        raise NoSuchList(str(error)) from None
    title = expression.title
    return DigestList(f"/arxiv/{expression.text}", "", title[:197] + "…" if len(title) > 198 else title, expression)


def _read_venue(name: str) -> DigestList:
    if venue := Venue.objects.known_as(name) if len(name) <= 60 else None:
        return DigestList(venue.get_absolute_url(), "", venue.code, venue=venue)
    match = _EDITION.fullmatch(name) if len(name) <= 100 else None
    edition = Edition.objects.named(match["venue"], int(match["year"]), match["label"] or "") if match else None
    if edition is None:
        raise NoSuchList(f"No venue is called {name[:60]} here.")
    return DigestList(edition.get_absolute_url(), "", str(edition), edition=edition)


def digest_form_url(path: str, query: str = "") -> str:
    """The address of the form for a list."""
    said = {"list": path} | ({"query": query} if query else {})
    return f"/digest?{urlencode(said, safe='/', quote_via=quote)}"
