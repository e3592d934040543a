"""The sources of venues by name: what an operator chooses from.

To add one: a module with a `SOURCE` here, its recorded forms under tests/data/<name>/, a fake of the place in
tests/upstream/places/, and a line below.
"""

from ingest.sources.base import Source

_ALL: tuple[Source, ...] = ()
SOURCES = {source.name: source for source in _ALL}
