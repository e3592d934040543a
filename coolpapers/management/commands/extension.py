"""`manage.py extension table|build`: the browser extension's module of data, and the files for the stores.

`table` prints extension/sites.js, the rules of coolpapers.sites and the patterns of coolpapers.identifiers as
JavaScript reads them; a test holds the file to it. `build` packs the folder: the same bytes from the same folder, on
any machine.
"""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from coolpapers import identifiers, sites
from coolpapers.packing import pack, packed_name

HEAD = "// Made by `manage.py extension table` from coolpapers/sites.py and identifiers.py: change those, never this.\n"
PATTERNS = {
    identifiers: "NEW_ID OLD_ID EDITION ISCA_EDITION INVISIBLE HYPHENS FULL_WIDTH URL_IN_TEXT BARE_IN_TEXT DOI_IN_TEXT "
    "ARXIV_IN_TEXT ACL_IN_TEXT OLD_ACL_ALONE CATEGORY",
    sites: "ADDRESS AUTHORITY EXTENSION_SCHEME",
}
NUMBERS = {identifiers: "MAX_KEY MAX_ID MAX_TEXT MAX_PAPERS", sites: "MAX_URL MAX_HOST MAX_LAYERS"}


def in_javascript(pattern: str, *, any_sign: bool = False) -> str:
    """A pattern of Python's as JavaScript reads it: there, `.` leaves out more than the newline."""
    dot = r"[^]" if any_sign else r"[^\n]"
    return re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\.", lambda found: dot if found[0] == "." else found[0], pattern)


def table() -> dict[str, Any]:
    """All that the extension needs to know of sites."""
    patterns = {
        name: {
            "source": in_javascript((pattern := getattr(module, name)).pattern, any_sign=bool(pattern.flags & re.S)),
            "flags": "i" if pattern.flags & re.I else "",
        }
        for module, names in PATTERNS.items()
        for name in names.split()
    }
    numbers = {name: getattr(module, name) for module, names in NUMBERS.items() for name in names.split()}
    return {
        **numbers,
        "WORD": identifiers.WORD,
        "CONTROLS": sites.CONTROLS,
        "WEB_SCHEMES": sites.WEB_SCHEMES,
        "OWN_HOST": sites.OWN_HOST,
        "OLD_ARCHIVE": sites.OLD_ARCHIVE,
        "NAMES": sites.NAMES.split(),
        "ARXIV_RULES": [_row(rule, "path") for rule in sites.ARXIV_RULES],
        "VENUE_RULES": [_row(rule, "path") for rule in sites.VENUE_RULES],
        "WRAPPERS": [_row(wrapper, "hosts", "path") for wrapper in sites.WRAPPERS],
        "KEY_FORMS": {name: [_row(form, "pattern") for form in forms] for name, forms in sites.KEY_FORMS.items()},
        "FALLBACK_ID": _row(sites.FALLBACK_ID, "pattern"),
        "DOI_HOSTS": sites.DOI_HOSTS,
        "DOI": in_javascript(sites.DOI),
        "DOI_ARXIV": in_javascript(sites.DOI_ARXIV),
        "DOI_RULES": [[in_javascript(pattern), key] for pattern, key in sites.DOI_RULES],
        "PATTERNS": patterns,
    }


def _row(row: Any, *patterns: str) -> dict[str, Any]:
    return {name: in_javascript(value) if name in patterns else value for name, value in asdict(row).items()}


def module() -> str:
    """The whole file."""
    lines = (f"export const {name} = {json.dumps(value, ensure_ascii=True)};" for name, value in table().items())
    return HEAD + "\n".join(lines) + "\n"


class Command(BaseCommand):
    help = "Print the sites that the browser extension knows, or pack it for the stores."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_subparsers(dest="what", required=True, metavar="{table,build}")
        what.add_parser("table", help="print extension/sites.js, from the tables of the site")
        packed = what.add_parser("build", help="write the zip that stores and browsers take")
        packed.add_argument("--output", type=Path, default=Path("dist"), metavar="FOLDER", help="default: dist")

    def handle(self, **options: Any) -> None:
        if options["what"] == "table":
            self.stdout.write(module(), ending="")
        else:
            folder, output = settings.BASE_DIR / "extension", options["output"]
            output.mkdir(parents=True, exist_ok=True)
            target = output / packed_name(folder)
            target.write_bytes(pack(folder))
            self.stdout.write(str(target))
