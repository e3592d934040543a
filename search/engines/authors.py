"""Names in the embedded index: which of them fit a name that is asked for, and the query for the papers that have them.

All names of one family and one initial lie together in the dictionary of the index (at most 657 among the 370,000 names
of 222,000 papers), and `search.names.fit` looks at each.
"""

import tantivy
from tantivy import Query as Lowered

from search.engines.base import NAME_SCORES
from search.engines.schema import SCHEMA
from search.names import Fit, beginning, fit, name_keys

NAMES_LIMIT = 20_000  # of one family and initial, those of most papers


def names_held(searcher: tantivy.Searcher, column: str, name: str) -> dict[str, Fit]:
    """The keys in a column that fit the name, those of most papers first under each way to read it."""
    found: dict[str, Fit] = {}
    for asked in name_keys(name):
        start = beginning(asked)
        for key in _begin(searcher, column, start) if start else _one(searcher, column, asked):
            if (how := fit(asked, key)) and how > found.get(key, 0):
                found[key] = how
    return found


def named(column: str, names: dict[str, Fit]) -> list[Lowered]:
    """Papers with these names, one query for each way to fit."""
    found = []
    for how, score in NAME_SCORES.items():
        if keys := [key for key, one in names.items() if one is how]:
            found.append(Lowered.const_score_query(Lowered.term_set_query(SCHEMA, column, keys), score))
    return found


def _begin(searcher: tantivy.Searcher, column: str, start: str) -> list[str]:
    return [key for key, _ in searcher.terms_with_prefix(column, start, None, NAMES_LIMIT)]


def _one(searcher: tantivy.Searcher, column: str, key: str) -> list[str]:
    return [key] if searcher.doc_freq(column, key) else []
