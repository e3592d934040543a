"""Whether two papers are copies of one work, by what is printed on them.

Pure. An identifier that one of them names for the other decides, where anything else agrees. Else the titles must be
the same, as they are compared (search.titles), and more must agree: at least half of the authors, or the abstracts. A
title alone links nothing, and titles that many texts have ("Introduction", "Reply to …") count only where the abstracts
agree.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from search.names import fit, name_keys
from search.titles import title_key

ALIKE = 0.5  # of the shorter abstract's runs of words stand in the other one: then one text was made from the other
A_LITTLE = 0.2
UNLIKE = 0.05
RUN = 5  # words
FEW_RUNS = 15  # a shorter abstract tells nothing
LONG_AFTER = 6  # years between copies; later ones are rather another text of that title
GENERIC = frozenset(
    "abstract acknowledgements acknowledgments afterword author authorindex conclusion conclusions contents "
    "corrigendum discussion editorial epilogue errata erratum foreword frontmatter index introduction keynote "
    "organizers overview panel postscript preface prologue rejoinder summary tableofcontents tutorial welcome".split()
)
_GENERIC_BEGINNINGS = re.compile(
    "(?:addendum|comments?on|comments?to|corrections?to|corrections?for|corrigendum|discussionof|editorial|errat(?:um|a)"
    "|forewordto|introductionto(?:the)?(?:special|focus|theme)|noteon|prefaceto|rejoinder|repl(?:y|ies)to|responseto"
    "|retraction|specialissue|withdrawn)"
)
_WORD = re.compile(r"[^\W_]+")


class Verdict(StrEnum):
    """SAME is linked, PERHAPS waits for somebody who looks, OTHER is forgotten."""

    SAME = "same"
    PERHAPS = "perhaps"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Printed:
    """What of a paper is compared. `names`: DOIs and keys that it is known by or says of itself, in lower case; `year`
    None: unknown."""

    title: str
    authors: Sequence[str]
    abstract: str = ""
    names: frozenset[str] = frozenset()
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, and a sentence that says why."""

    verdict: Verdict
    why: str


def judge(one: Printed, other: Printed) -> Judgement:
    """Symmetric."""
    key, alike = title_key(one.title), likeness(one.abstract, other.abstract)
    same_title = key != "" and key == title_key(other.title)
    if named := one.names & other.names:
        # Authors type DOIs, and sometimes that of the paper before theirs.
        if same_title or (alike or 0) >= A_LITTLE or shared_authors(one.authors, other.authors):
            return Judgement(Verdict.SAME, f"Both are {min(named)}.")
        return Judgement(Verdict.PERHAPS, f"Both are {min(named)}, but neither title nor authors are the same.")
    if not same_title:
        return Judgement(Verdict.OTHER, "The titles differ.")
    if alike is not None and alike >= ALIKE:
        return Judgement(Verdict.SAME, "Title and abstract are the same.")
    if is_generic(key):
        return Judgement(Verdict.OTHER, "Many texts have this title.")
    shared, most = shared_authors(one.authors, other.authors), max(len(one.authors), len(other.authors))
    if not shared:
        if alike is not None and alike >= A_LITTLE:
            return Judgement(Verdict.PERHAPS, "Title and a part of the abstract are the same, no author is.")
        return Judgement(Verdict.OTHER, "Only the title is the same.")
    of = f"{shared} of {most} authors"
    if one.year and other.year and abs(one.year - other.year) > LONG_AFTER:
        return Judgement(Verdict.PERHAPS, f"Title and {of} are the same, but {abs(one.year - other.year)} years apart.")
    if shared == 1:
        if most == 1 and (alike is None or alike > UNLIKE):
            return Judgement(Verdict.SAME, "Title and only author are the same.")
        return Judgement(Verdict.PERHAPS, f"Title and {of} are the same.")
    if shared * 2 < most:
        return Judgement(Verdict.PERHAPS, f"Title and {of} are the same.")
    return Judgement(Verdict.SAME, f"Title and {of} are the same.")


def is_generic(key: str) -> bool:
    """Whether texts that have nothing to do with each other have the title of this key."""
    return key in GENERIC or _GENERIC_BEGINNINGS.match(key) is not None


def likeness(one: str, other: str) -> float | None:
    """How much of the shorter text stands in the other, 0 to 1, by runs of words; None where one is too short."""
    first, second = runs(one), runs(other)
    shorter = min(len(first), len(second))
    return len(first & second) / shorter if shorter >= FEW_RUNS else None


def runs(text: str) -> set[tuple[str, ...]]:
    """The text as runs of words, without case and signs."""
    words = _WORD.findall(text.lower())
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


def shared_authors(one: Iterable[str], other: Iterable[str]) -> int:
    """How many names of the one list fit a name of the other, each once; also family name first, also abbreviated."""
    left = [_readings(name) for name in other]
    shared = 0
    for name in one:
        readings = _readings(name)
        place = next((n for n, others in enumerate(left) if _fits(readings, others)), None)
        if place is not None:
            shared += 1
            del left[place]
    return shared


def _readings(name: str) -> tuple[str, ...]:
    """The keys of a name as printed, and with its last word, then its first, as what it is not by rule."""
    words = name.split()
    turned = " ".join((*words[1:], words[0])) if len(words) > 1 else ""
    return tuple(dict.fromkeys((*name_keys(name), *name_keys(turned))))


def _fits(one: Sequence[str], other: Sequence[str]) -> bool:
    return any(fit(a, b) or fit(b, a) for a in one for b in other)
