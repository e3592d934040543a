"""Text that somebody typed → a frozen `Query`, the same for every engine.

Pure. Guarantees: any str gives a Query and nothing raises; what can't be read is told as a `Problem` beside the tree
and the rest is still searched; nothing is silently widened (what is left out of the search is told, but for signs
alone, which no index holds); `parse_query(query.read_as)` has an equal tree.

The language is in docs/search.md. search.tokens cuts the text, search.fields reads values, search.parser makes the
tree, search.echo writes it as text.
"""

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from django.utils.translation import gettext as _

from search.echo import is_plain, write
from search.fields import FIELDS
from search.names import bare_name
from search.nodes import And, Node, Not, Prefix, Word, all_of, any_of, filters, is_bounded, wanted_texts
from search.parser import PART, WORD_LIMIT, Parser
from search.titles import title_key
from search.tokens import QUOTES, Problem, Reader, Token

__all__ = [
    "PROBLEM_LIMIT", "TEXT_LIMIT", "WORD_LIMIT", "Meant", "Problem", "Query", "any_word_of", "parse_query",
    "split_meaning", "text_to_mean",
]  # fmt: skip

TEXT_LIMIT = 2_000  # characters; the longest title that the store keeps
PROBLEM_LIMIT = 8  # of them are told


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for. `text` is what was typed, printable; `words` are what to mark in the hits.

    `tree` is None where there is nothing to look for. `title_key` is the typed text as the title it may be, `name` as
    the author's name.
    """

    text: str
    tree: Node | None
    branch: str | None = None
    words: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    title_key: str = ""
    name: str = ""
    any_word: bool = False  # a question widened by `any_word_of`
    pairs: tuple[tuple[str, str], ...] = ()  # and its telling words that stand side by side in it

    @property
    def is_empty(self) -> bool:
        """Nothing to look for, not even a title."""
        return self.tree is None and not self.title_key

    @property
    def read_as(self) -> str:
        """The tree as text; "" where there is none."""
        return write(self.tree) if self.tree else ""

    @property
    def is_plain(self) -> bool:
        """Whether it is read as words and phrases that are all wanted: then there is nothing to explain."""
        return self.tree is None or is_plain(self.tree)

    @property
    def length(self) -> int:
        """How many words are looked for."""
        return sum(len(PART.findall(leaf.text)) for leaf in wanted_texts(self.tree)) if self.tree else 0


# What a question consists of besides its subject, function words left out.
_ASKING = frozenset(
    "about above across after against all also am among any article articles based been being between both but can "
    "could describe described discuss done each else ever existing explore explores find focus focuses give if "
    "including investigate investigates know like looking me more most my no only or other over paper papers please "
    "provide recommend research researchers show some studies study such suggest tell them there through under "
    "upon us use used uses using various work works would you your".split()
)
# Function words are marked in the hits only where the query has no others.
_UNMARKED = frozenset(
    "a an and are as at be by do does for from has have how in into is it its not of on or our than that the their "
    "these this to via was we what when where which who why will with".split()
)
_TELLING_NOTHING = _UNMARKED | _ASKING
_LISTED = rf"(?!-)[^\s,{QUOTES}]+"
_ANY_OF = re.compile(rf"\s*{_LISTED}(?:(?:,{_LISTED})+|(?:\s*,\s*{_LISTED}){{2,}})\s*,?\s*")
_OF_FIELD = re.compile(r"\s*\(|.*?(?<![^\s,(])(?:{}):\S".format("|".join(FIELDS)), re.IGNORECASE | re.DOTALL)
# Control and format characters, and halves of surrogate pairs: each becomes one space, so that positions stay.
_UNWANTED = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def parse_query(text: str, *, branch: str | None = None) -> Query:
    """What `text` asks for in one branch ("arxiv", "venue") or in both (None)."""
    problems: list[Problem] = []
    if len(text) > TEXT_LIMIT:
        message = _("Only the first {limit:,} characters are searched.").format(limit=TEXT_LIMIT)
        problems.append(Problem(message, TEXT_LIMIT))
    text = _UNWANTED.sub(" ", text[:TEXT_LIMIT])
    tree = _tree(text, problems)
    if tree is not None and not is_bounded(tree):
        problems.append(Problem(_("Every word is excluded: add one to look for."), 0))
        tree = None
    return Query(
        text=text.strip(),
        tree=tree,
        branch=branch,
        words=_marked(tree) if tree else (),
        problems=_told(problems),
        title_key=title_key(text),
        name=bare_name(text),
    )


def _tree(text: str, problems: list[Problem]) -> Node | None:
    if _ANY_OF.fullmatch(text) and not _OF_FIELD.match(text):
        listed = [Token("word", match.group(), match.start()) for match in re.finditer(r"[^\s,]+", text)]
        return Parser(listed, problems).list_of_any()
    return Parser(list(Reader(text, problems).tokens()), problems).parse()


def _told(problems: list[Problem]) -> tuple[Problem, ...]:
    """The problems in the order of the text, the first ones where there are many."""
    told = sorted(dict.fromkeys(problems), key=lambda problem: problem.position if problem.piece else -1)
    if len(told) > PROBLEM_LIMIT:
        message = _("{number} more mistakes are not listed.").format(number=len(told) - PROBLEM_LIMIT)
        return (*told[:PROBLEM_LIMIT], Problem(message, told[PROBLEM_LIMIT].position))
    return tuple(told)


def _marked(tree: Node) -> tuple[str, ...]:
    """What to mark in the hits; only a prefix ends with a star."""
    leaves = wanted_texts(tree)
    texts = (f"{leaf.text}*" if isinstance(leaf, Prefix) else leaf.text.rstrip("*") for leaf in leaves)
    told = tuple(dict.fromkeys(texts))
    return tuple(text for text in told if text.lower() not in _UNMARKED) or told


def any_word_of(query: Query) -> Query | None:
    """The same query for papers with any of its telling words; None where these are too few, or more than words.

    Filters beside the words stay. A word with signs inside (text-guided) is its parts, not their phrase: questions and
    papers set hyphens differently.
    """
    split = split_meaning(query)
    if split is None or split.excluded:
        return None
    parts = [part for word in split.words for part in PART.findall(word.text)]
    telling = [Word(part) for part in dict.fromkeys(parts) if part.lower() not in _TELLING_NOTHING]
    if len(telling) < 2:
        return None
    kept = {word.text for word in telling}
    pairs = dict.fromkeys(pair for pair in pairwise(parts) if kept.issuperset(pair))
    tree = all_of(filter(None, (any_of(telling), *split.filters)))
    return replace(query, tree=tree, any_word=True, pairs=tuple(pairs))


class Meant(NamedTuple):
    """A query that is words in no field, and beside them what only says where to look or what to leave out."""

    words: tuple[Word, ...]
    filters: tuple[Node, ...]
    excluded: tuple[Node, ...]

    @property
    def within(self) -> Node | None:
        """What a paper must hold to be found, whatever it means."""
        return all_of((*self.filters, *self.excluded))


def split_meaning(query: Query) -> Meant | None:
    """The parts of such a query; None where quotes, fields, stars or OR say more exactly what is wanted."""
    if query.tree is None:
        return None
    nodes = query.tree.nodes if isinstance(query.tree, And) else (query.tree,)
    beside = filters(query.tree)
    words = tuple(node for node in nodes if isinstance(node, Word) and not node.field)
    excluded = tuple(node for node in nodes if isinstance(node, Not) and node not in beside)
    if not words or len(words) + len(beside) + len(excluded) < len(nodes):
        return None
    return Meant(words, beside, excluded)


def text_to_mean(query: Query, meant: Meant) -> str:
    """What is encoded of it: the text as typed, or, where more than words was typed, its words."""
    return " ".join(word.text for word in meant.words) if meant.filters or meant.excluded else query.text
