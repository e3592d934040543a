"""Text that somebody typed → a frozen `Query`, the same for every engine.

Pure. Guarantees: any str gives a Query and nothing raises; what can't be read is told as a `Problem` beside the tree
and the rest is still searched; nothing is silently widened (what is left out of the search is told, but for signs
alone, which no index holds).

Grammar: words, all of them wanted; "a phrase", its words side by side in one field; -word and -"phrase", not wanted;
`one,two,three` and nothing else: any of these words (with spaces from three words on: "Smith, J" is a name). A word
with signs inside (t-SNE, pre-training) is one `Word`; the engine reads it as the phrase of its parts.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from search.titles import title_key

TEXT_LIMIT = 2_000  # characters; the longest title that the store keeps
WORD_LIMIT = 64  # those in phrases and between hyphens too: a phrase of 900 common words would take 0.4 s


@dataclass(frozen=True, slots=True)
class Word:
    """A word as typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand side by side."""

    text: str


@dataclass(frozen=True, slots=True)
class Not:
    node: "Node"


@dataclass(frozen=True, slots=True)
class And:
    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    nodes: tuple["Node", ...]


Node = Word | Phrase | Not | And | Or


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read, as a sentence, and the character of the query where it stands."""

    message: str
    position: int


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for. `text` is what was typed, printable; `words` are what to mark in the hits.

    `tree` is None where there is nothing to look for. `title_key` is the typed text as the title it may be.
    """

    text: str
    tree: Node | None
    branch: str | None = None
    words: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    title_key: str = ""

    @property
    def is_empty(self) -> bool:
        """Nothing to look for, not even a title."""
        return self.tree is None and not self.title_key


# Function words are marked in the hits only where the query has no others.
_UNMARKED = frozenset(
    "a an and are as at be by do does for from has have how in into is it its not of on or our than that the their "
    "these this to via was we what when where which who why will with".split()
)
_QUOTES = '"“”„‟«»'
_MINUS = r"(?<!\S)-(?=[^\s-])"
_TOKEN = re.compile(rf"(?P<minus>{_MINUS})?(?:(?P<quote>[{_QUOTES}])|(?P<word>[^\s{_QUOTES}]+))")
_CLOSING = re.compile(rf"[{_QUOTES}]")
_LISTED = rf"(?!-)[^\s,{_QUOTES}]+"
_ANY_OF = re.compile(rf"\s*{_LISTED}(?:(?:,{_LISTED})+|(?:\s*,\s*{_LISTED}){{2,}})\s*,?\s*")
_PART = re.compile(r"[\u2e80-\U0003ffff]|[^\W_\u2e80-\U0003ffff]+")  # scripts without spaces: each character
_EDGES = ".,;:!?'‘’…-–—"  # signs that cling to a word in running text
# Control and format characters, and halves of surrogate pairs: each becomes one space, so that positions stay.
_UNWANTED = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


class _Term(NamedTuple):
    """A word or phrase as it stands in the text."""

    leaf: Word | Phrase
    excluded: bool
    position: int

    @property
    def node(self) -> Node:
        return Not(self.leaf) if self.excluded else self.leaf


def parse_query(text: str, *, branch: str | None = None) -> Query:
    """What `text` asks for in one branch ("arxiv", "venue") or in both (None)."""
    problems: list[Problem] = []
    if len(text) > TEXT_LIMIT:
        problems.append(Problem(f"Only the first {TEXT_LIMIT:,} characters are searched.", TEXT_LIMIT))
    text = _UNWANTED.sub(" ", text[:TEXT_LIMIT])
    any_of = _ANY_OF.fullmatch(text) is not None
    terms = list(_within_limit(_listed(text) if any_of else _terms(text, problems), problems))
    wanted = tuple(term.leaf for term in terms if not term.excluded)
    if terms and not wanted:
        problems.append(Problem("Every word is excluded: add one to look for.", 0))
    return Query(
        text=text.strip(),
        tree=_tree(tuple(dict.fromkeys(term.node for term in terms)), any_of) if wanted else None,
        branch=branch,
        words=_marked(wanted),
        problems=tuple(problems),
        title_key=title_key(text),
    )


def _tree(nodes: tuple[Node, ...], any_of: bool) -> Node:
    if len(nodes) == 1:
        return nodes[0]
    return Or(nodes) if any_of else And(nodes)


def _listed(text: str) -> Iterator[_Term]:
    """The words of a comma list."""
    for match in re.finditer(r"[^\s,]+", text):
        if _is_searchable(match.group()):
            yield _Term(Word(_tidy(match.group())), False, match.start())


def _terms(text: str, problems: list[Problem]) -> Iterator[_Term]:
    """The words and phrases of everything else, in order."""
    position = 0
    excluded = False
    while match := _TOKEN.search(text, position):
        position = match.end()
        excluded = excluded or match["minus"] is not None
        leaf: Word | Phrase
        if match["word"]:
            leaf = Word(_tidy(match["word"]))
        elif closing := _CLOSING.search(text, position):
            leaf = Phrase(_tidy(text[position : closing.start()]))
            position = closing.end()
        else:
            message = "This quotation mark has no partner: the words after it are read one by one."
            problems.append(Problem(message, match.start("quote")))
            continue  # a minus before it excludes the word that follows
        if _is_searchable(leaf.text):
            yield _Term(leaf, excluded, match.start())
        excluded = False


def _within_limit(terms: Iterator[_Term], problems: list[Problem]) -> Iterator[_Term]:
    """The terms that hold the first WORD_LIMIT words; the one that crosses the limit is cut."""
    left = WORD_LIMIT
    for term in terms:
        ends = [match.end() for match in _PART.finditer(term.leaf.text)]
        if len(ends) > left:
            problems.append(Problem(f"Only the first {WORD_LIMIT} words are searched.", term.position))
            if left:
                yield term._replace(leaf=type(term.leaf)(term.leaf.text[: ends[left - 1]]))
            return
        left -= len(ends)
        yield term


def _is_searchable(text: str) -> bool:
    """Whether an index can hold any of it: it has a letter or a digit."""
    return any(map(str.isalnum, text))


def _tidy(text: str) -> str:
    """A word or phrase without the signs around it, composed, with single spaces."""
    return unicodedata.normalize("NFC", " ".join(text.split())).strip(_EDGES)


def _marked(wanted: tuple[Word | Phrase, ...]) -> tuple[str, ...]:
    """What to mark in the hits."""
    texts = tuple(dict.fromkeys(leaf.text for leaf in wanted))
    return tuple(text for text in texts if text.lower() not in _UNMARKED) or texts
