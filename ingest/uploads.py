"""Files of papers that somebody gave, kept in the database so that any worker can read them."""

import gzip
import hashlib
from typing import BinaryIO

from coolpapers.clock import get_clock
from ingest.clean import clean_text
from ingest.models import Upload

LIMIT = 100_000_000  # bytes as given


class TooLong(ValueError):
    """The message says how long a file may be."""


def keep_upload(*, name: str, body: bytes | BinaryIO, by: str = "") -> Upload:
    """The file as it is; raises TooLong."""
    data = body if isinstance(body, bytes) else body.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise TooLong(f"{name[:100]} is longer than {LIMIT // 10**6} MB: give it in parts, or packed by gzip.")
    digest = hashlib.sha256(data).hexdigest()
    packed = gzip.compress(data, 5)
    return Upload.objects.create(
        name=clean_text(name, limit=200), size=len(data), digest=digest, body=packed, at=get_clock().now(), by=by[:150]
    )


def read_upload(upload: Upload) -> bytes:
    """What was given."""
    return gzip.decompress(upload.body)
