"""Papers → Markdown (CommonMark) to read, keep in notes or paste into an issue.

Guarantee: text stays text: no sign in it becomes a heading, a link, an image or HTML; formulas keep their dollars,
which GitHub, Obsidian and their like draw.
"""

import re

from coolpapers.exports.citation import first_known_day
from coolpapers.exports.sheet import Sheet
from coolpapers.models import Paper
from coolpapers.tex import formula_source, split_math

_SIGNS = re.compile(r"[\\`*_\[\]<>&~|#!]")
_AT_START = re.compile(r"^(\s*)(?:([-+=:])|(\d+)([.)]))")  # a list, a rule under a heading, a numbered list
# Of a formula, what would end a link or begin one, or HTML, where nobody draws formulas: as TeX's own words for it.
_IN_FORMULA = {"[": r"\lbrack ", "]": r"\rbrack ", "<": r"\lt ", ">": r"\gt ", "`": r"\lq "}


def write_markdown(sheet: Sheet) -> str:
    """A heading for the list, one for each paper, and below it what its card has."""
    count = f"{len(sheet.papers)} paper{'' if len(sheet.papers) == 1 else 's'}"
    head = [f"# {escaped(sheet.name)}", f"{count} of <{_target(sheet.address)}>", *map(escaped, sheet.notes)]
    return "\n\n".join([*head, *(_paper(sheet, paper) for paper in sheet.papers)]) + "\n"


def _paper(sheet: Sheet, paper: Paper) -> str:
    links = [("PDF", "" if paper.withdrawn else paper.pdf_url), ("Source", paper.source_url)]
    facts = [
        "**Withdrawn**" if paper.withdrawn else "",
        escaped(str(paper.group) if paper.group else ", ".join(paper.codes)),
        f"{day}" if (day := first_known_day(paper) or (paper.submitted and paper.submitted.date())) else "",
        *(f"[{label}]({_target(address)})" for label, address in links if address),
    ]
    parts = [
        f"## [{escaped(paper.title)}]({_target(sheet.address_of(paper))})",
        escaped(", ".join(paper.authors)),
        " · ".join(filter(None, facts)),
        escaped(paper.abstract),
    ]
    return "\n\n".join(filter(None, parts))


def escaped(text: str) -> str:
    """Text on one line that is no markup."""
    line = " ".join(text.split())
    parts = [(part.math, line[part.start : part.end]) for part in split_math(line)]
    whole = "".join(_formula(words) if math else _words(words) for math, words in parts)
    return _AT_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[2] else f"{m[1]}{m[3]}\\{m[4]}", whole)


def _words(text: str) -> str:
    """Signs behind backslashes; a dollar that begins no formula, too."""
    return _SIGNS.sub(r"\\\g<0>", text.replace(r"\$", "$")).replace("$", r"\$")


def _formula(formula: str) -> str:
    """Between dollars."""
    dollars = "$$" if formula.startswith(("$$", r"\[")) else "$"
    source = formula_source(formula).strip()
    return f"{dollars}{''.join(_IN_FORMULA.get(sign, sign) for sign in source)}{dollars}"


def _target(address: str) -> str:
    """An address for <…> and (…)."""
    return re.sub(r"[<>()\s\\]", lambda match: f"%{ord(match[0]):02X}", address)
