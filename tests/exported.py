"""Readers of what the site exports, stricter than those that people use: each fails on what is not quite right."""

import csv
import io
import json
import re
from typing import Any

import bibtexparser
from bibtexparser.model import Entry

# csl-data.json 1.0.2 (github.com/citation-style-language/schema), as far as we use it.
CSL_TYPES = {"article", "paper-conference"}
CSL_TEXTS = {"id", "type", "title", "container-title", "abstract", "DOI", "URL", "keyword", "note", "archive",
             "archive_location", "publisher", "number"}  # fmt: skip
CSL_NAME_PARTS = {"family", "given", "non-dropping-particle", "suffix", "literal"}


def read_bibtex(text: str) -> list[dict[str, str]]:
    """Entries with their type, key and fields; by bibtexparser, and by BibTeX's own count of braces."""
    library = bibtexparser.parse_string(text)
    assert library.failed_blocks == []
    assert [block for block in library.blocks if not isinstance(block, Entry)] == []
    entries = [
        {"type": one.entry_type, "key": one.key, **{field.key: field.value for field in one.fields}}
        for one in library.entries
    ]
    assert [found[:2] for found in _count_braces(text)] == [(one["type"], one["key"]) for one in entries]
    keys = [one["key"].lower() for one in entries]
    assert len(set(keys)) == len(keys), "BibTeX takes keys in any case for one"
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", key) for key in keys)
    return entries


def _count_braces(text: str) -> list[tuple[str, str]]:
    """Type and key of each entry, as BibTeX finds its end: a backslash before a brace means nothing to it."""
    found, at = [], 0
    while (start := text.find("@", at)) >= 0:
        assert text[at:start].strip() == "", "something stands between entries"
        head = re.compile(r"@([a-z]+)\{([^,\s]+),").match(text, start)
        assert head, text[start : start + 60]
        depth, at = 1, head.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        found.append((head[1], head[2]))
    assert text[at:].strip() == ""
    return found


def read_ris(text: str) -> list[list[tuple[str, str]]]:
    """Records as tags and values in order."""
    assert not re.search(r"[^\r]\n|\r[^\n]", text), "lines end with CR and LF"
    records: list[list[tuple[str, str]]] = []
    is_open = False
    for line in text.split("\r\n"):
        if not line and not is_open:
            continue
        match = re.fullmatch(r"([A-Z][A-Z0-9])  - (.*)", line)
        assert match, f"no line of RIS: {line!r}"
        tag, value = match[1], match[2]
        assert not re.search("[\\x00-\\x1f\\x7f-\\x9f\u2028\u2029]", value)
        assert (tag == "TY") is not is_open, "TY begins a record, and ER ends it"
        if tag == "TY":
            records.append([])
            is_open = True
        records[-1].append((tag, value))
        is_open = is_open and tag != "ER"
        assert value or tag == "ER"
    assert not is_open
    return records


def read_csl(text: str) -> list[dict[str, Any]]:
    """Items, each checked against the schema."""
    items = json.loads(text)
    assert isinstance(items, list)
    for item in items:
        assert item["type"] in CSL_TYPES
        assert set(item) <= CSL_TEXTS | {"author", "issued"}
        assert all(isinstance(item[name], str) and item[name] for name in CSL_TEXTS & set(item))
        for name in item.get("author", []):
            assert name
            assert set(name) <= CSL_NAME_PARTS
            assert all(isinstance(part, str) and part for part in name.values())
        ((*parts,),) = item["issued"]["date-parts"]
        assert set(item["issued"]) == {"date-parts"}
        assert len(parts) in {1, 3}
        assert all(isinstance(part, int) for part in parts)
    assert len({item["id"] for item in items}) == len(items)
    return items


def read_csv(text: str) -> list[dict[str, str]]:
    """Rows by their header; no cell may be a formula to a spreadsheet."""
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
    for row in rows:
        assert None not in row, "a row has more cells than the header"
        assert not [cell for cell in row.values() if cell is None or cell.lstrip()[:1] in set("=+-@\t\r＝＋－＠")]
    return rows
