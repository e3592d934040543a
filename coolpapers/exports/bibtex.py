r"""Citations → BibTeX.

Guarantees: whatever a title holds, the entry ends where it should, by BibTeX's own count of braces, which knows no
`\}`; text stays text, capitals stay capitals (the whole title is in braces), authors stay in order; formulas stay
formulas where they are whole and hold only commands that draw (coolpapers/exports/formulas.py). Letters are UTF-8, as
biber and every BibTeX of this century read them.
"""

import re

from coolpapers.exports.citation import Citation, cite
from coolpapers.exports.formulas import safe_formula
from coolpapers.exports.people import Person
from coolpapers.exports.sheet import Sheet
from coolpapers.rendering import plain_text
from coolpapers.tex import split_math

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{sign: f"\\{sign}" for sign in "&%#_$"},
}
_JOINS = re.compile(r"\band\b|,", re.IGNORECASE)


def write_bibtex(sheet: Sheet) -> str:
    """Entries with a line between them."""
    return "\n".join(map(entry, cite(sheet)))


def entry(work: Citation) -> str:
    """The entry of a work."""
    fields = {
        "title": f"{{{escaped(work.title)}}}",
        "author": " and ".join(_author(person, name) for person, name in zip(work.people, work.names, strict=True)),
        "booktitle": escaped(work.venue),
        "year": str(work.year),
        "note": escaped("; ".join(work.notes)),
        "doi": _verbatim(work.doi),
        "url": _verbatim(work.url),
    }
    if work.eprint:
        fields |= {"eprint": work.eprint, "archivePrefix": "arXiv", "primaryClass": work.primary}
    kind = "inproceedings" if work.is_published else "misc"
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{work.key},", ",\n".join(lines), "}\n"])


def _author(person: Person, printed: str) -> str:
    """As printed, where BibTeX reads that as it is meant. A team, and what holds " and " or a comma, is one name."""
    if person.whole:
        text = escaped(person.whole)
        return f"{{{text}}}" if " " in person.whole or _JOINS.search(person.whole) else text
    if _JOINS.search(printed) or person.suffix or printed.split()[-1] != person.family:
        family = f"{person.particle} {person.family}".strip()
        parts = filter(None, (family, person.suffix, person.given))
        return ", ".join(f"{{{escaped(part)}}}" if _JOINS.search(part) else escaped(part) for part in parts)
    return escaped(printed)


def escaped(text: str) -> str:
    """Text for a field: signs that mean something to TeX as themselves, formulas as they are."""
    return "".join(
        (part.math and safe_formula(text[part.start : part.end])) or _plain(text[part.start : part.end])
        for part in split_math(" ".join(text.split()))
    )


def _plain(text: str) -> str:
    return "".join(_SPECIAL.get(sign, sign) for sign in plain_text(text))


def _verbatim(text: str) -> str:
    """An address or a DOI, which BibTeX takes as it is."""
    return text.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")
