"""What every index holds of a document: its fields, and how each is looked up. Pure.

Texts are given to the engines as search.analysis prepares them, and each engine cuts them into the words that
search.analysis finds. Names lie whole in fields of their own, in the form of `search.names`.
"""

import hashlib
from typing import Any

from search import analysis, names
from search.document import SCHEMA as DOCUMENT_SCHEMA
from search.document import Document
from search.nodes import TextField

NUMBERS = ("paper_id", "revision", "date", "submitted", "announced", "first_day", "last_day", "year", "work")
TEXTS = {"title": "stemmed", "abstract": "stemmed", "authors": "plain", "first": "plain"}  # field: its words
EXACT = ("title_key", "branch", "category", "venue", "venue_code", "identifier", "state")
LINKED = "linked"  # the state of what is a copy of a work
COUNTED = ("category", "venue_code")  # those of them that facets count
NAMES = ("name", "first_name")  # of all authors, and of the first

# What stands for a text that is not there: no word to the embedded engine, and to Elasticsearch one that nobody can
# look for. So both count every paper when they weigh how rare a word is and how long a text, not only those with an
# abstract.
MISSING = "\ue000"

# Where a query's field looks.
FIELDS: dict[TextField, tuple[str, ...]] = {
    "": ("title", "abstract", "authors"),
    "title": ("title",),
    "abstract": ("abstract",),
    "author": ("authors",),
    "first": ("first",),
}
NAME_OF = {"author": "name", "first": "first_name"}  # where the names of a field lie whole

FINGERPRINT = hashlib.blake2b(
    repr((DOCUMENT_SCHEMA, analysis.VERSION, names.VERSION, NUMBERS, TEXTS, EXACT, COUNTED, NAMES, MISSING)).encode(),
    digest_size=8,
).hexdigest()


def as_fields(document: Document) -> dict[str, Any]:
    """The document's values by field."""
    authors = [_names(name) for name in document.authors]
    first_day, last_day = document.days
    keys = [names.name_keys(name) for name in document.authors]
    return {
        "paper_id": document.paper_id,
        "revision": document.revision,
        "date": document.by_date,
        "submitted": document.by_submitted,
        "announced": document.by_announced,
        "first_day": first_day,
        "last_day": last_day,
        "year": document.year,
        "work": document.one_of,
        "title": _texts(document.title),
        "abstract": _texts(document.abstract),
        "authors": [spelled for of_one in authors for spelled in of_one],
        "first": authors[0] if authors else [],
        "title_key": document.title_key or [],
        "branch": document.branch,
        "category": list(document.categories),
        "venue": [name.lower() for name in document.places],
        "venue_code": document.venue or [],
        "identifier": list(filter(None, (document.key, document.doi.lower(), *document.aliases))),
        "state": [*(["withdrawn"] if document.withdrawn else []), *([LINKED] if document.work else [])],
        "name": [key for of_one in keys for key in of_one],
        "first_name": list(keys[0]) if keys else [],
    }


def _names(name: str) -> list[str]:
    """A name in its spellings."""
    if name.isascii():  # nine in ten
        return [analysis.prepare(name)]
    return list(map(analysis.prepare, analysis.spellings(name)))


def _texts(text: str) -> list[str]:
    """The text, and what of it can be spelled otherwise."""
    if not text:
        return [MISSING]
    prepared = analysis.prepare(text)
    return [prepared, *analysis.spelled_out_parts(prepared)]
