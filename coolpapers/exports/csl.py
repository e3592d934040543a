"""Citations → CSL-JSON, which pandoc, Zotero and every citeproc read.

Guarantee: an array of items of the schema csl-data.json 1.0.2 (github.com/citation-style-language/schema): each with
its `id` and `type`, no other variables, no empty ones.
"""

import json
from typing import Any

from coolpapers.exports.citation import Citation, cite
from coolpapers.exports.people import Person
from coolpapers.exports.sheet import Sheet
from coolpapers.rendering import plain_text


def write_csl(sheet: Sheet) -> str:
    """The array, an item a line."""
    items = ",\n".join(json.dumps(item(work), ensure_ascii=False) for work in cite(sheet))
    return f"[\n{items}\n]\n" if items else "[]\n"


def item(work: Citation) -> dict[str, Any]:
    """One item; a preprint is an `article`, as Zotero has it, with arXiv's identifier as its number."""
    day = work.day
    variables: dict[str, Any] = {
        "id": work.key,
        "type": "paper-conference" if work.is_published else "article",
        "title": plain_text(work.title),
        "author": [name(person) for person in work.people],
        "issued": {"date-parts": [[day.year, day.month, day.day] if day else [work.year]]},
        "container-title": work.venue,
        "abstract": work.abstract,
        "DOI": work.doi,
        "URL": work.url,
        "keyword": ", ".join(work.subjects),
        "note": "; ".join(work.notes),
    }
    if work.eprint:
        variables |= {"archive": "arXiv", "archive_location": work.eprint}
    if not work.is_published:
        variables |= {"publisher": "arXiv", "number": f"arXiv:{work.eprint}"}
    return {variable: value for variable, value in variables.items() if value}


def name(person: Person) -> dict[str, str]:
    """A name variable."""
    if person.whole:
        return {"literal": person.whole}
    parts = {"family": person.family, "given": person.given}
    more = {"non-dropping-particle": person.particle, "suffix": person.suffix}
    return {part: value for part, value in (parts | more).items() if value}
