"""The sources of venues by name: what an operator chooses from.

To add one: a module with a `SOURCE` here, its recorded forms under tests/data/<name>/, a fake of the place in
tests/upstream/places/, and a line below.
"""

from ingest.sources import (
    aaai,
    acl,
    bibtex,
    csv_rows,
    cvf,
    ecva,
    ijcai,
    isca,
    jsonl,
    miccai,
    ndss,
    neurips,
    openreview,
    paperlists,
    pmlr,
    usenix,
)
from ingest.sources.base import Source

_MODULES = (
    openreview,
    acl,
    pmlr,
    cvf,
    ecva,
    neurips,
    aaai,
    ijcai,
    usenix,
    ndss,
    isca,
    miccai,
    paperlists,
    bibtex,
    csv_rows,
    jsonl,
)
SOURCES: dict[str, Source] = {module.SOURCE.name: module.SOURCE for module in _MODULES}
