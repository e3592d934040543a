"""What the embedded index holds of a document: tantivy's schema, and its fingerprint.

Nothing is stored as text: a hit is an id. Numbers stand in columns, to sort and to compare by.
"""

import hashlib
from importlib.metadata import version
from typing import Any

import tantivy

from search import analysis
from search.document import Document
from search.engines import fields
from search.engines.fields import COUNTED, EXACT, NAMES, NUMBERS, TEXTS

# Words of titles as they are written: stems begin otherwise (general, of generalization). With those of abstracts too
# indexing took half as long again.
WRITTEN = "written"


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
    repr((fields.FINGERPRINT, WRITTEN, version("tantivy"))).encode(), digest_size=8
).hexdigest()


def with_analyzers(index: tantivy.Index) -> tantivy.Index:
    """The index, ready to be written."""
    index.register_tokenizer("stemmed", analysis.stemmed_analyzer())
    index.register_tokenizer("plain", analysis.plain_analyzer())
    index.register_tokenizer("spaced", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index


def as_fields(document: Document) -> dict[str, Any]:
    """The document's values by field."""
    values = fields.as_fields(document)
    joined = {name: " ".join(values[name]) for name in NAMES}  # one text: a value each takes longer
    return values | joined | {WRITTEN: values["title"]}
