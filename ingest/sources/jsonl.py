"""JSON Lines: an object a line, with the names of coolpapers/data/README.md or others that are usual for them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.sources.base import Asked, Bad, BadPage, Get, Part, Source
from ingest.sources.files import ADDRESS, part_of, read_text


class _Twice(ValueError):
    """A key stands twice in an object, so nobody knows which one was meant."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Twice(f"{twice[:40]!r} is there twice")
    return told


def read_json(text: str) -> Any:
    """Decoded; ValueError with a sentence, also for what is nested too deeply."""
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no JSON ({error.msg}, character {error.pos + 1:,})") from None


def read_lines(text: str) -> Iterator[tuple[str, Mapping[str, Any] | Bad]]:
    """Each line that has something, by its number."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        name = f"line {number:,}"
        try:
            told = read_json(line)
        except ValueError as error:
            yield name, Bad(name, str(error))
            continue
        yield name, told if isinstance(told, dict) else Bad(name, "it is no object in braces")


def pull(asked: Asked, get: Get) -> Iterator[Part]:
    """All of it in one part."""
    text = read_text(asked, get)
    if text.lstrip()[:1] == "[":
        raise BadPage("it is a list in brackets, not an object a line: choose paperlists JSON for it")
    yield part_of(asked, read_lines(text))


SOURCE = Source(
    "jsonl",
    "JSON Lines",
    "A file with an object a line: title, authors (a list), abstract, group, site, pdf, doi, id.",
    (ADDRESS,),
    pull,
    reads_file=True,
)
