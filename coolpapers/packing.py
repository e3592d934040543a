"""The browser extension as the one file that stores and browsers take: the same bytes from the same folder, on any
machine."""

import io
import json
import zipfile
from pathlib import Path

NOT_PACKED = {"package.json", "store"}  # for Node, which runs the tests; for the stores' own pages
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first instant that a zip can tell


def packed_name(folder: Path) -> str:
    """Its file's name, with the version of its manifest."""
    version = json.loads((folder / "manifest.json").read_text())["version"]
    return f"cool-papers-{version}.zip"


def pack(folder: Path) -> bytes:
    """The zip of the folder's files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = path.relative_to(folder)
            if name.parts[0] in NOT_PACKED:
                continue
            entry = zipfile.ZipInfo(name.as_posix(), LONG_AGO)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            archive.writestr(entry, path.read_bytes())
    return packed.getvalue()
