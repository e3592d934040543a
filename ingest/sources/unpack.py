"""Files as they come → bytes and text: unpacked, and decoded.

Input: a file that is plain, or packed by gzip, xz or zip. Guarantees: no more than a limit of bytes comes out and not
much more is held in memory, whatever a file promises; the time grows with the file and with what comes out of it, never
with their product; nothing in a file is run. Errors: BadPage, which says what to do.
"""

import gzip
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from ingest.sources.base import BadPage

UNPACKED = 400_000_000  # bytes
CHUNK = 1_000_000
XZ_MEMORY = 100_000_000  # bytes that xz may ask for; xz -9 takes 65 MB
XZ_STREAMS = 1_000  # one after the other in a file: each costs a copy of the rest
MEMBERS = 1_000  # of a zip that is looked at
PACKED = {b"\x1f\x8b": "gzip", b"\xfd7zXZ\x00": "xz", b"PK\x03\x04": "zip", b"PK\x05\x06": "zip"}
OTHERS = {b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "zstd", b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!": "RAR", b"%PDF-": "PDF"}
# What the three libraries raise of broken files, by their sources and by files with bytes changed at random.
BROKEN = (
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    lzma.LZMAError,
    zlib.error,
    struct.error,
    zipfile.BadZipFile,
)
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


def unpacked(body: bytes, limit: int = UNPACKED) -> bytes:
    """What is packed in it, or itself."""
    kind = packing(body)
    try:
        if kind == "zip":
            data = _of_zip(body, limit)
        elif kind:
            data = _bounded(
                _of_xz(body) if kind == "xz" else _in_chunks(gzip.GzipFile(fileobj=io.BytesIO(body))), limit
            )
        else:
            data = body
    except BadPage:
        raise
    except BROKEN as error:
        raise BadPage(f"it can't be unpacked ({kind}: {str(error)[:100] or 'it is cut off'})") from None
    if kind and packing(data):
        raise BadPage(f"it is packed twice ({kind}, {packing(data)}): unpack it once")
    if other := _other(data):
        raise BadPage(f"it is a {other} file: give one that is plain, or packed by gzip, xz or zip")
    return data


def packing(body: bytes) -> str:
    """gzip, xz, zip, or "" for a plain file."""
    return next((name for magic, name in PACKED.items() if body.startswith(magic)), "")


def _other(data: bytes) -> str:
    if data[257:262] == b"ustar":
        return "tar"
    return next((name for magic, name in OTHERS.items() if data.startswith(magic)), "")


def _bounded(parts: Iterable[bytes], limit: int) -> bytes:
    data = io.BytesIO()
    for part in parts:
        data.write(part)
        if data.tell() > limit:
            raise BadPage(f"it has more than {limit // 10**6} MB once unpacked: give it in parts")
    return data.getvalue()


def _in_chunks(file: Any) -> Iterator[bytes]:
    while part := file.read(CHUNK):
        yield part


def _of_xz(body: bytes) -> Iterator[bytes]:
    """All streams of the file. lzma.LZMAFile would give a stream as much memory as it asks for."""
    for _ in range(XZ_STREAMS):
        stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)
        part = stream.decompress(body, CHUNK)
        while part or not stream.eof:
            if not part and stream.needs_input:
                raise EOFError
            yield part
            part = b"" if stream.eof else stream.decompress(b"", CHUNK)
        body = stream.unused_data.lstrip(b"\0")
        if not body:
            return
    raise BadPage(f"it has more than {XZ_STREAMS:,} streams: pack it anew")


def _of_zip(body: bytes, limit: int) -> bytes:
    """The one file that is in it; what macOS puts beside each file is none."""
    if body.count(b"PK\x01\x02") > MEMBERS:
        raise BadPage(f"there are more than {MEMBERS:,} files in it: pack the one with the papers alone")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        listed = [info for info in archive.infolist() if not info.is_dir()]
        if any(info.filename == "[Content_Types].xml" for info in listed):
            raise BadPage("it is a workbook or document of an office program: save the table as CSV")
        members = [info for info in listed if not info.filename.startswith("__MACOSX/")]
        if len(members) != 1:
            raise BadPage(f"there are {len(members)} files in it: pack the one with the papers alone")
        if members[0].flag_bits & 1:
            raise BadPage("it wants a password: pack it without one")
        # The other ways are unpacked without a limit by zipfile: 40 bytes of bzip2 are 45 MB.
        if members[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadPage("it is a zip that is packed in an unusual way: use Deflate, or gzip or xz")
        with archive.open(members[0]) as file:
            return _bounded(_in_chunks(file), limit)


# --- Text --------------------------------------------------------------------------------------------------------
def decoded(data: bytes) -> str:
    """As text: UTF-8, or UTF-16 that says so by its first two bytes. BadPage names the line that is none."""
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        name = "UTF-16, as its beginning says" if encoding == "utf-16" else "UTF-8"
        raise BadPage(f"line {line:,} is not {name}: save the file as UTF-8") from None


def lines_of(text: str) -> Iterator[str]:
    """Its lines with what ends them, however that is written, one at a time: a list of them, or StringIO, would take as
    much memory as the text, or four times as much."""
    return (match.group() for match in _LINE.finditer(text))
