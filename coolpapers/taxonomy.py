"""arXiv's categories, archives and groups, and expressions over them such as `cs.AI+cs.LG-cs.CY`.

Guarantees: pure; every code that arXiv has ever put on a paper leads to exactly one category of `CATEGORIES`, whichever
of its two spellings or retired archives it is written with; letters' case never matters on the way in and is arXiv's on
the way out. The tables are read once, from `coolpapers/data/{categories,archives}.tsv`, facts from arXiv's own
`arxiv/taxonomy/definitions.py` in github.com/arXiv/arxiv-base (MIT).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

MAX_TERMS = 50  # terms of one expression
MAX_TEXT = 2000  # characters of one expression


@dataclass(frozen=True)
class Category:
    """One category. `active` is False for the three that only old papers have (astro-ph, cond-mat, q-bio)."""

    code: str
    name: str
    group: str
    archive: str
    active: bool


@dataclass(frozen=True)
class Archive:
    """One archive. `categories` are the codes that its name stands for, in display order.

    They are canonical: math holds cs.IT and math-ph too, as its own math.IT and math.MP are these; an archive retired
    in favour of a category holds that one and is not `active`.
    """

    code: str
    name: str
    group: str
    active: bool
    categories: tuple[str, ...]


class UnknownCategory(ValueError):
    """A part of an expression that arXiv has no category or archive for. The message is a sentence for readers."""

    def __init__(self, part: str) -> None:
        self.part = part[:100]
        self.suggestions = _nearest(part[:40])
        told = _("“{name}” is not a category of arXiv.").format(name=part[:40]) if part else _("No category is named.")
        if self.suggestions:
            codes = pgettext("between alternatives", " or ").join(self.suggestions)
            told = _("{sentence} Did you mean {codes}?").format(sentence=told, codes=codes)
        super().__init__(told)


class TooManyCategories(ValueError):
    """An expression of more terms than are looked up at once. The message is a sentence for readers."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(_("At most {limit} categories can be combined.").format(limit=limit))


# The order of arXiv's home page.
GROUPS: tuple[tuple[str, str], ...] = (
    ("physics", "Physics"),
    ("math", "Mathematics"),
    ("cs", "Computer Science"),
    ("q-bio", "Quantitative Biology"),
    ("q-fin", "Quantitative Finance"),
    ("stat", "Statistics"),
    ("eess", "Electrical Engineering and Systems Science"),
    ("econ", "Economics"),
)

# Two spellings of one category: a paper in one is in the other, and arXiv lists it once.
ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "math.MP": "math-ph",
        "math.IT": "cs.IT",
        "stat.TH": "math.ST",
        "q-fin.EC": "econ.GN",
        "cs.SY": "eess.SY",
        "cs.NA": "math.NA",
    }
)


def _rows(name: str) -> list[list[str]]:
    """The rows of a table of ours: tab-separated, `#` begins a comment."""
    lines = (Path(__file__).parent / "data" / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def _categories(archives: list[list[str]]) -> dict[str, Category]:
    groups = {code: group for code, _, group, _ in archives}
    return {
        code: Category(code, name, groups[archive], archive, state == "active")
        for code, name, archive, state in _rows("categories.tsv")
    }


def _archives(rows: list[list[str]], categories: Mapping[str, Category]) -> dict[str, Archive]:
    """Archives by code, their members taken from the categories, the aliases and the archives' successors."""
    members: dict[str, set[str]] = {code: {successor} for code, _, _, successor in rows if successor != "-"}
    for category in categories.values():
        members.setdefault(category.archive, set()).add(category.code)
    for alias, code in ALIASES.items():
        members[alias.partition(".")[0]].add(code)
    return {
        code: Archive(code, name, group, successor == "-", tuple(c for c in categories if c in members[code]))
        for code, name, group, successor in rows
    }


_ARCHIVE_ROWS = _rows("archives.tsv")
CATEGORIES: Mapping[str, Category] = MappingProxyType(_categories(_ARCHIVE_ROWS))
ARCHIVES: Mapping[str, Archive] = MappingProxyType(_archives(_ARCHIVE_ROWS, CATEGORIES))

_CANONICAL = {
    **{code.lower(): code for code in CATEGORIES},
    **{alias.lower(): code for alias, code in ALIASES.items()},
    **{archive.code: archive.categories[0] for archive in ARCHIVES.values() if not archive.active},
}
# What an expression may name: all of these, and archives by their codes.
_TERMS = {**{archive.code: archive.code for archive in ARCHIVES.values() if archive.active}, **_CANONICAL}
_LONGEST = max(term.count("-") for term in _TERMS) + 1


def canonical_category(text: str) -> str | None:
    """A category's code as written on a paper → its code in `CATEGORIES`, or None where arXiv has no such category.

    Retired archives that are some papers' only category lead to what took them over (alg-geom → math.AG). Archives that
    never were a category, such as cs, are None.
    """
    return _CANONICAL.get(text.strip().lower()) if len(text) < 100 else None


@dataclass(frozen=True)
class CategoryExpression:
    """Papers in any of `include`, or in any category where it is empty, that are in none of `exclude`.

    Both hold terms in canonical spelling, in the order named, each once: categories, and archives as such.
    `canonical` is the one among all expressions of the same papers that has an address.
    """

    include: tuple[str, ...]
    exclude: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The expression as the site's addresses spell it: `cs.AI+cs.LG-cs.CY`. Parsing it gives an equal one."""
        return "+".join(self.include) + "".join(f"-{term}" for term in self.exclude)

    @property
    def canonical(self) -> CategoryExpression:
        """The same papers with as few terms as it takes, each side in alphabetical order, letters' case apart.

        What an archive holds beside the archive goes, and what is added and taken away again; where nothing would be
        left to add, all stays: no paper is in cs.AI-cs.AI, and many are in -cs.AI.
        """
        exclude = _widest(self.exclude)
        taken = set(_codes(exclude))
        include = _widest(tuple(term for term in self.include if not taken.issuperset(_codes((term,)))))
        return CategoryExpression(include or _widest(self.include), exclude)

    @property
    def title(self) -> str:
        """For people: a single term with its name, others spelled out: `cs.AI + cs.LG − cs.CY`."""
        if len(self.include) == 1 and not self.exclude:
            return f"{_name(self.include[0])} ({self.include[0]})"
        return " − ".join([" + ".join(self.include) or _("All categories"), *self.exclude])

    @property
    def included_codes(self) -> tuple[str, ...]:
        """Codes of categories, archives replaced by theirs, in display order; empty means all."""
        return _codes(self.include)

    @property
    def excluded_codes(self) -> tuple[str, ...]:
        """Codes of categories, archives replaced by theirs, in display order."""
        return _codes(self.exclude)

    @property
    def possible_codes(self) -> tuple[str, ...]:
        """Codes of the categories that a paper of it can be in by virtue of `include`: none of the excluded ones."""
        excluded = set(self.excluded_codes)
        return tuple(code for code in self.included_codes or CATEGORIES if code not in excluded)

    @property
    def is_single(self) -> bool:
        """Whether this is exactly one category; an archive of several is not."""
        return len(self.included_codes) == 1 and len(self.include) == 1 and not self.exclude


def _name(term: str) -> str:
    """An archive's own name where the term is one (astro-ph), else the category's."""
    return ARCHIVES[term].name if term in ARCHIVES else CATEGORIES[term].name


def _widest(terms: Iterable[str]) -> tuple[str, ...]:
    """The terms in alphabetical order, without those whose categories another one has too."""
    codes = {term: set(_codes((term,))) for term in terms}
    kept = (t for t in codes if not any(codes[t] < codes[other] for other in codes))
    return tuple(sorted(kept, key=str.lower))


def _codes(terms: Iterable[str]) -> tuple[str, ...]:
    wanted = {code for term in terms for code in (ARCHIVES[term].categories if term in ARCHIVES else (term,))}
    return tuple(code for code in CATEGORIES if code in wanted)


def parse_expression(text: str, *, limit: int = MAX_TERMS) -> CategoryExpression:
    """`cs.AI+cs.LG-cs.CY` → expression: `+`, `,` and white space add a term, `-` takes one away.

    Taken away from all categories where none is added. Hyphens within codes are told from minus signs by the longest
    code that fits: `quant-ph-cond-mat` is quant-ph without cond-mat. An archive stands for all its categories.
    Raises UnknownCategory, also where nothing is named, and TooManyCategories beyond `limit` distinct terms.
    """
    if len(text) > MAX_TEXT:
        raise TooManyCategories(limit)
    joined = re.sub(r"[\x00-\x20]*-[\x00-\x20]*", "-", text)
    include: dict[str, None] = {}
    exclude: dict[str, None] = {}
    for run in re.split(r"[+,\x00-\x20]+", joined):
        for term, taken_away in _signed_terms(run):
            (exclude if taken_away else include)[term] = None
    if not include and not exclude:
        raise UnknownCategory("")
    if len(include) + len(exclude) > limit:
        raise TooManyCategories(limit)
    return CategoryExpression(tuple(include), tuple(exclude))


def _signed_terms(run: str) -> Iterator[tuple[str, bool]]:
    """The terms of text without `+`, each with whether a minus sign stands before it."""
    pieces = run.split("-")
    at, taken_away = 0, False
    while at < len(pieces):
        if pieces[at]:
            width = _width(pieces, at)
            if not width:
                raise UnknownCategory(_unknown_part(pieces, at))
            yield _TERMS["-".join(pieces[at : at + width]).lower()], taken_away
            at += width
        else:
            at += 1
        taken_away = True


def _width(pieces: list[str], at: int) -> int:
    """How many pieces the longest known code that begins at `at` has; 0 where none does."""
    for width in range(min(_LONGEST, len(pieces) - at), 0, -1):
        if "-".join(pieces[at : at + width]).lower() in _TERMS:
            return width
    return 0


def _unknown_part(pieces: list[str], at: int) -> str:
    """What was meant as one code: up to where a known one begins."""
    end = at + 1
    while end < len(pieces) and pieces[end] and not _width(pieces, end):
        end += 1
    return "-".join(pieces[at:end])


def _nearest(part: str) -> tuple[str, ...]:
    """Up to three codes that may have been meant: those of this last part (ml → stat.ML), then the most alike."""
    wanted = part.lower()
    ending = wanted.rpartition(".")[2]
    same = [code for code in CATEGORIES if code.lower().rpartition(".")[2] == ending]
    own_spelling = [term for term, canonical in _TERMS.items() if canonical.lower() == term]
    alike = [_TERMS[term] for term in difflib.get_close_matches(wanted, own_spelling, n=3, cutoff=0.6)]
    return tuple(dict.fromkeys(same + alike))[:3]
