"""A printed author's name → its parts, as reference managers want them.

Pure. A name is never turned around on a guess: what has one word, an "and", a comma that means nothing known, or is a
team's, stays whole. As in BibTeX, a particle is written small: Yann Le Cun is Cun, Guido van der Berg is van der Berg.
"""

from dataclasses import dataclass
from functools import lru_cache

from search.names import BODIES, PARTICLES, SUFFIXES, printed_name


@dataclass(frozen=True, slots=True)
class Person:
    """A name; `whole` where it has no parts, and then nothing else."""

    family: str = ""
    given: str = ""
    particle: str = ""  # van der
    suffix: str = ""  # Jr.
    whole: str = ""

    @property
    def listed(self) -> str:
        """`van der Berg, Guido, Jr.`"""
        family = f"{self.particle} {self.family}".strip()
        return self.whole or ", ".join(filter(None, (family, self.given, self.suffix)))


@lru_cache(maxsize=16_384)
def split_name(printed: str) -> Person:
    """The parts of a name as papers print it."""
    name = printed_name(printed)
    words = name.split()
    if len(words) < 2 or "," in name or _is_body(words):
        return Person(whole=name)
    behind = len(words)
    while behind > 1 and _is_suffix(words[behind - 1]):
        behind -= 1
    names, suffix = words[:behind], " ".join(words[behind:])
    family = len(names) - 1
    if _is_initial(names[-1]) and not _is_initial(names[0]):  # Hanumanthappa J.
        return Person(names[0], " ".join(names[1:]), suffix=suffix)
    particle = family
    while particle > 1 and names[particle - 1].islower() and _bare(names[particle - 1]) in PARTICLES:
        particle -= 1
    given = " ".join(names[:particle])
    return Person(names[family], given, " ".join(names[particle:family]), suffix)


def _is_body(words: list[str]) -> bool:
    return _bare(words[-1]) in BODIES or words[0] == "The" or "and" in map(str.lower, words)


def _is_suffix(word: str) -> bool:
    """Jr. and III, but not the family name Ii."""
    return _bare(word) in SUFFIXES and (word.isupper() or word[1:2] == "r")


def _is_initial(word: str) -> bool:
    return word.endswith(".") and len(word) == 2


def _bare(word: str) -> str:
    return word.lower().rstrip(".")
