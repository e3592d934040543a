"""What the embedded index holds of a document: the fields of tantivy's schema, and their fingerprint.

Nothing is stored as text: a hit is an id. Numbers stand in columns, to sort and to compare by.
"""

import hashlib
from importlib.metadata import version
from typing import Any

import tantivy

from search import analysis, names
from search.document import SCHEMA as DOCUMENT_SCHEMA
from search.document import Document

NUMBERS = ("paper_id", "revision", "date", "submitted", "announced", "first_day", "last_day", "year")
TEXTS = {"title": "stemmed", "abstract": "stemmed", "authors": "plain", "first": "plain"}  # field: analyzer
# Words of titles as they are written: stems begin otherwise (general, of generalization). With those of abstracts too
# indexing took half as long again.
WRITTEN = "written"
EXACT = ("title_key", "branch", "category", "venue", "venue_code", "identifier", "state")
COUNTED = ("category", "venue_code")  # those of them that stand in columns, too, to be counted over all hits
NAMES = ("name", "first_name")  # of all authors, and of the first: `search.names` has their form


def _make_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in NUMBERS:
        builder.add_unsigned_field(name, fast=True, indexed=name == "paper_id")
    for name, analyzer in TEXTS.items():
        builder.add_text_field(name, tokenizer_name=analyzer, index_option="position")
    builder.add_text_field(WRITTEN, tokenizer_name="plain", index_option="basic")
    for name in EXACT:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=name in COUNTED)
    for name in NAMES:
        builder.add_text_field(name, tokenizer_name="spaced", index_option="basic")
    return builder.build()


SCHEMA = _make_schema()
FINGERPRINT = hashlib.blake2b(
    repr(
        (
            (DOCUMENT_SCHEMA, analysis.VERSION, names.VERSION, version("tantivy")),
            (NUMBERS, TEXTS, WRITTEN, EXACT, COUNTED, NAMES),
        )
    ).encode(),
    digest_size=8,
).hexdigest()


def with_analyzers(index: tantivy.Index) -> tantivy.Index:
    """The index, ready to be written."""
    index.register_tokenizer("stemmed", analysis.stemmed_analyzer())
    index.register_tokenizer("plain", analysis.plain_analyzer())
    index.register_tokenizer("spaced", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index


def as_fields(document: Document) -> dict[str, Any]:
    """The document's values by field."""
    title = _texts(document.title)
    first = document.authors[:1]
    keys = [names.name_keys(name) for name in document.authors]
    return {
        "paper_id": document.paper_id,
        "revision": document.revision,
        "date": document.by_date,
        "submitted": document.by_submitted,
        "announced": document.by_announced,
        "first_day": document.days[0],
        "last_day": document.days[1],
        "year": document.year,
        "title": title,
        WRITTEN: title,
        "abstract": _texts(document.abstract),
        "authors": [analysis.prepare(one) for name in document.authors for one in analysis.spellings(name)],
        "first": [analysis.prepare(one) for name in first for one in analysis.spellings(name)],
        "title_key": document.title_key or [],
        "branch": document.branch,
        "category": list(document.categories),
        "venue": [name.lower() for name in document.places],
        "venue_code": document.venue or [],
        "identifier": list(filter(None, (document.key, document.doi.lower(), *document.aliases))),
        "state": ["withdrawn"] if document.withdrawn else [],
        "name": " ".join([key for of_one in keys for key in of_one]),  # one text: a value each takes longer
        "first_name": " ".join(keys[0]) if keys else "",
    }


def _texts(text: str) -> list[str]:
    """The text, and what of it can be spelled otherwise."""
    prepared = analysis.prepare(text)
    return [prepared, *analysis.spelled_out_parts(prepared)]
