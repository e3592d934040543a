"""What an index in Elasticsearch holds of a document: its mapping and settings, and their fingerprint.

Guarantees: no field comes by itself (`dynamic: strict`); the analyzers find the words that search.analysis finds, in
texts that it prepared, so that words looked up are the index's own (tests/search/test_elastic.py compares them).

A possessive needs no filter of its own: the tokenizer parts at every sign, so "Bayes's" is found by "bayes", as "don't"
is by "don’t". Vectors lie in a field for each recipe, as the store's signed bytes: what a cosine of them says is what
the embedded index says.
"""

import hashlib
from typing import Any

from search.engines import fields
from search.engines.fields import EXACT, NAMES, NUMBERS, TEXTS

DELETIONS_KEPT = "1h"
ANALYSIS: dict[str, Any] = {
    # All that is neither a letter nor a digit parts words; texts in other scripts come without any other signs.
    "tokenizer": {"words": {"type": "simple_pattern", "pattern": "[A-Za-z0-9\u0080-\U0010ffff]+"}},
    "filter": {"english": {"type": "stemmer", "language": "porter2"}},
    "analyzer": {
        # Folding comes before lower case, which would leave a dot on İ.
        "stemmed": {"tokenizer": "words", "filter": ["asciifolding", "lowercase", "english"]},
        "plain": {"tokenizer": "words", "filter": ["asciifolding", "lowercase"]},
    },
}


def _text(name: str) -> dict[str, Any]:
    """Words; of titles and abstracts also as they are written, which is where words that begin so are looked for."""
    field: dict[str, Any] = {"type": "text", "analyzer": TEXTS[name]}
    if TEXTS[name] == "stemmed":
        field["fields"] = {"written": {"type": "text", "analyzer": "plain", "index_options": "freqs"}}
    return field


PROPERTIES: dict[str, Any] = {
    **{name: {"type": "long"} for name in NUMBERS},
    **{name: _text(name) for name in TEXTS},
    **{name: {"type": "keyword"} for name in (*EXACT, *NAMES)},
}
for _unsearched in ("revision", "year", "work"):
    PROPERTIES[_unsearched] |= {"index": False}

FINGERPRINT = hashlib.blake2b(
    repr((fields.FINGERPRINT, ANALYSIS, PROPERTIES)).encode(), digest_size=8
).hexdigest()  # fmt: skip


def new_index(meta: dict[str, Any]) -> dict[str, Any]:
    """The body that makes an index to be filled: nothing is shown or copied before `filled` says so."""
    return {
        "settings": {
            "number_of_shards": 1,  # a million papers fit in one, and its counts and scores are exact
            "number_of_replicas": 0,
            "refresh_interval": "-1",  # who writes shows what was written, all at once
            "max_result_window": 100_000_000,  # pages have no end
            "gc_deletes": DELETIONS_KEPT,  # so long no late writer brings a deleted paper back
            "search.slowlog.threshold.query.warn": "1s",
            "analysis": ANALYSIS,
        },
        "mappings": {"dynamic": "strict", "_meta": meta, "properties": PROPERTIES},
    }
