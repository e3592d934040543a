"""A query → an engine's own query: what is looked for in which field, and what it weighs. One for all engines.

Filters weigh nothing. What begins with something is found in all its forms; a query never grows without a bound, and a
cut is told as a note. How a piece is said to an engine, and what its index knows of words, is a `Dialect`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from search import analysis
from search.analysis import stems
from search.document import announced_within, submitted_within
from search.echo import is_plain
from search.engines.authors import HeldName, names_held
from search.engines.base import (
    AUTHOR_WEIGHT,
    COMMON,
    EXACT_TITLE_SCORE,
    NAME_SCORES,
    PAIR_WEIGHT,
    PREFIX_LIMIT,
    PREFIX_TOTAL,
    THERE_WEIGHT,
    TITLE_PHRASE_WEIGHT,
    title_weight,
)
from search.engines.fields import FIELDS, NAME_OF, TEXTS
from search.names import Fit, has_initial, name_keys
from search.nodes import (
    And,
    ByAuthor,
    Dated,
    HasId,
    InCategory,
    InVenue,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    TextField,
    Withdrawn,
    Word,
    leaves,
    wanted_texts,
)
from search.query import Query
from search.sentences import Sentence
from search.titles import title_key

LAST_DAY = (1 << 63) - 1
NAMED_TOO = _("Read as an author's name, too: “{name}”.")
CUT = _("Very many words begin like {beginnings}: the {number} most frequent are searched.")
UNSPACED = "\u2e80"  # from here on scripts that need no space, whose names are one word

Term = tuple[str, str]  # a field, and a word as it is looked up there
Q = TypeVar("Q")


class Dialect(Protocol[Q]):
    """An engine's queries, by their parts, on one state of its index, and what that holds."""

    def term(self, field: str, word: str) -> Q:
        """Papers with the word, which weighs as BM25 has it, with the factor k1 + 1."""

    def phrase(self, field: str, words: Sequence[str]) -> Q:
        """Papers with two or more words side by side, weighed likewise."""

    def beginning(self, start: str, weights: Mapping[str, float], limit: int) -> tuple[Q, bool]:
        """Papers with any word that begins so in any of the fields, all as one word that all these papers have; and
        whether some are left out, because there are more than `limit` such words."""

    def one_of(self, field: str, values: Sequence[str]) -> Q:
        """Papers with exactly one of the values at least, which weighs nothing."""

    def in_range(self, field: str, first: int, last: int) -> Q:
        """Papers whose number lies from first to last, both included, which weighs nothing."""

    def papers(self, paper_ids: Sequence[int]) -> Q:
        """These papers, which weighs nothing; few hundreds."""

    def scored(self, query: Q, score: float) -> Q:
        """What it finds, each with this score."""

    def boosted(self, query: Q, weight: float) -> Q:
        """What it finds, each with so many times its score."""

    def best_of(self, queries: Sequence[Q]) -> Q:
        """What any of them finds, with the greatest of its scores."""

    def any_of(self, queries: Sequence[Q]) -> Q:
        """What any of them finds, with the sum of its scores; nothing of none."""

    def all_of(self, wanted: Sequence[Q], excluded: Sequence[Q] = (), better: Sequence[Q] = ()) -> Q:
        """What all that is wanted finds (everything, where that is nothing), better where the last ones find it."""

    @property
    def size(self) -> int:
        """Papers held."""

    def papers_with(self, terms: Iterable[Term]) -> Mapping[Term, int]:
        """How many papers have each of the words; none: 0, or left out."""

    def names_beginning(self, field: str, starts: Sequence[str]) -> Mapping[str, int]:
        """All names (keys of search.names) that begin with one of these, and how many papers have each."""


class Lowering(Generic[Q]):
    """One query on one state of the index; `notes` are what a reader should know of what was made so far."""

    def __init__(self, query: Query, dialect: Dialect[Q]) -> None:
        self._query = query
        self._say = dialect
        title = title_weight(query.length, any_word=query.any_word)
        self._weights = {"title": title, "abstract": 1.0, "authors": AUTHOR_WEIGHT, "first": AUTHOR_WEIGHT}
        prefixes = sum(isinstance(leaf, Prefix) for leaf in leaves(query.tree)) if query.tree else 0
        self._expansions = min(PREFIX_LIMIT, PREFIX_TOTAL // max(prefixes, 1))  # of one beginning in one field
        self._cut: dict[str, None] = {}  # the beginnings of more words than that
        self._name = ""  # the text as the name of an author that the index has

    @property
    def notes(self) -> tuple[Sentence, ...]:
        """That the text is read as a name, too, and what was cut: a sentence each."""
        named_too = (format_lazy(NAMED_TOO, name=self._name),) if self._name else ()
        if not self._cut:
            return named_too
        named = ", ".join(f"“{text}*”" for text in list(self._cut)[:5]) + (" …" if len(self._cut) > 5 else "")
        return (*named_too, format_lazy(CUT, beginnings=named, number=self._expansions))

    def whole(self) -> Q:
        """What to look for, or else the paper whose title the whole text is; in the branch."""
        query = self._query
        ways: list[Q] = []
        if query.tree is not None:
            ways.append(self._node(query.tree))
        if query.title_key:
            ways.append(self._exact_title(query.title_key))
        if query.name:
            ways += self._bare_name(query.name)
        found = self._say.any_of(ways)
        return found if query.branch is None else self._say.all_of([found, self._say.one_of("branch", (query.branch,))])

    def _node(self, node: Node) -> Q:
        match node:
            case Word(text, "author" | "first" as field) | Phrase(text, "author" | "first" as field):
                return self._author(text, field)
            case Word(text, field) | Phrase(text, field):
                return self._text(text, field)
            case Prefix(text, field):
                return self._prefix(text, field)
            case Not():
                return self._all((node,))
            case And(nodes):
                return self._all(nodes)
            case Or(nodes):
                return self._say.any_of(self._any_word(nodes) if self._query.any_word else list(map(self._node, nodes)))
            case InCategory(expression):
                kept = [self._say.one_of("category", expression.included_codes)] if expression.include else []
                dropped = [self._say.one_of("category", expression.excluded_codes)] if expression.exclude else []
                return self._say.all_of(kept, dropped)
            case InVenue(name):
                return self._say.one_of("venue", (name.lower(),))
            case HasId(key):
                return self._say.one_of("identifier", (key,))
            case Dated():
                return self._dated(node)
            case Withdrawn():
                return self._say.one_of("state", ("withdrawn",))
            case ByAuthor(name):
                keys = name_keys(name)
                return self._say.one_of("name", keys) if keys else self._say.any_of(())

    def _all(self, nodes: Sequence[Node]) -> Q:
        """All but the excluded ones; better where the title has the words side by side, best where it is them."""
        wanted = [self._node(node) for node in nodes if not isinstance(node, Not)]
        excluded = [self._node(node.node) for node in nodes if isinstance(node, Not)]
        texts = [node.text for node in nodes if isinstance(node, Word | Phrase) and node.field in ("", "title")]
        better: list[Q] = []
        if len(texts) > 1:
            side_by_side = self._in_field("title", stems(" ".join(texts)))
            better.append(self._say.boosted(side_by_side, TITLE_PHRASE_WEIGHT))
        if texts and not is_plain(And(tuple(nodes))) and (key := title_key(" ".join(texts))):
            better.append(self._exact_title(key))
        return self._say.all_of(wanted, excluded, better)

    # --- Words ----------------------------------------------------------------------------------------------------
    def _text(self, text: str, field: TextField) -> Q:
        """A word, or the phrase of its parts, in any one of the fields; as typed or spelled out."""
        spellings = analysis.spellings(text)
        words = {"stemmed": list(map(stems, spellings)), "plain": list(map(analysis.plain_words, spellings))}
        ways: list[Q] = []
        for name in FIELDS[field]:
            found = [self._in_field(name, spelling) for spelling in words[TEXTS[name]]]
            best = found[0] if len(found) == 1 else self._say.best_of(found)
            ways.append(self._say.boosted(best, self._weights[name]))
        if field == "title" and (key := title_key(text)):
            ways.append(self._exact_title(key))
        return self._say.any_of(ways)

    def _in_field(self, name: str, words: Sequence[str]) -> Q:
        if not words:
            return self._say.any_of(())
        return self._say.term(name, words[0]) if len(words) == 1 else self._say.phrase(name, words)

    def _exact_title(self, key: str) -> Q:
        return self._say.scored(self._say.one_of("title_key", (key,)), EXACT_TITLE_SCORE)

    def _prefix(self, text: str, field: TextField) -> Q:
        """Any of the words that begin so, in any one of the fields."""
        start = analysis.plain_words(text)
        if len(start) != 1:
            return self._text(text, field)
        weights = {name: self._weights[name] for name in FIELDS[field]}
        found, cut = self._say.beginning(start[0], weights, self._expansions)
        if cut:
            self._cut[text] = None
        return found

    # --- Questions ------------------------------------------------------------------------------------------------
    def _any_word(self, nodes: Sequence[Node]) -> list[Q]:
        """Any of the words in any field, without a query around each: 3.5 ms a question where nested ones took 13."""
        terms = dict.fromkeys(term for node in nodes if isinstance(node, Word) for term in _terms(node.text))
        return [self._say.boosted(self._say.term(name, word), self._weights[name]) for name, word in terms]

    def weighed(self, paper_ids: Sequence[int]) -> Q:
        """A question's words in these papers: as they are looked for, and more for those there and side by side."""
        words = list(wanted_texts(self._query.tree)) if self._query.tree else []
        terms = {text: _terms(text) for text in dict.fromkeys(word.text for word in words)}
        pairs = {pair: [("abstract", stem) for word in pair for stem in stems(word)] for pair in self._query.pairs}
        asked = dict.fromkeys(term for of_one in (*terms.values(), *pairs.values()) for term in of_one)
        papers = self._say.papers_with(asked)
        better = self._any_word(words)
        for of_one in filter(None, terms.values()):
            there = self._say.best_of([self._say.one_of(name, (word,)) for name, word in of_one])
            most = max(papers.get(term, 0) for term in of_one)
            better.append(self._say.scored(there, THERE_WEIGHT * rarity(most, self._say.size)))
        for pair, of_pair in pairs.items():
            if min((papers.get(term, 0) for term in of_pair), default=0) <= COMMON * self._say.size:
                for name in ("title", "abstract"):
                    side_by_side = self._in_field(name, stems(" ".join(pair)))
                    better.append(self._say.boosted(side_by_side, PAIR_WEIGHT))
        return self._say.all_of([self._say.papers(paper_ids)], better=better)

    # --- Names ----------------------------------------------------------------------------------------------------
    def _author(self, text: str, field: TextField) -> Q:
        """Authors of that name, as they may print it; words without an initial also wherever a name holds them."""
        if " " not in text and len(analysis.plain_words(text)) < 2:
            return self._text(text, field)
        held = names_held(self._say, NAME_OF[field], text) if " " in text or text >= UNSPACED else {}
        found = self._named(NAME_OF[field], held)
        if not has_initial(text):
            found.append(self._text(text, field))
        return self._say.best_of(found) if found else self._say.any_of(())

    def _bare_name(self, name: str) -> list[Q]:
        """Papers by whom the whole text may name. Words without an initial are looked for as they stand."""
        held = names_held(self._say, "name", name)
        if not has_initial(name):
            held = {key: one for key, one in held.items() if one.fit is not Fit.ABBREVIATED}
        elif held:
            self._name = name
        found = self._named("name", held)
        return [self._say.best_of(found)] if found else []

    def _named(self, field: str, held: Mapping[str, HeldName]) -> list[Q]:
        """Papers with these names, one query for each way to fit."""
        found = []
        for fit, score in NAME_SCORES.items():
            if keys := [key for key, one in held.items() if one.fit is fit]:
                found.append(self._say.scored(self._say.one_of(field, keys), score))
        return found

    # --- Filters --------------------------------------------------------------------------------------------------
    def within(self) -> Q:
        """All papers that a query of filters alone finds, in its branch; withdrawn ones where it asks for them."""
        tree, branch = self._query.tree, self._query.branch
        wanted = [self._node(tree)] if tree is not None else []
        if branch:
            wanted.append(self._say.one_of("branch", (branch,)))
        asked = tree is not None and Withdrawn() in leaves(tree)
        return self._say.all_of(wanted, [] if asked else [self._say.one_of("state", ("withdrawn",))])

    def _dated(self, node: Dated) -> Q:
        """All that is known of the date lies in the range."""
        if node.field == "submitted":
            return self._say.in_range("submitted", *submitted_within(node.first, node.last))
        if node.field == "announced":
            return self._say.in_range("announced", *announced_within(node.first, node.last))
        first = node.first.toordinal() if node.first else 1
        last = node.last.toordinal() if node.last else LAST_DAY - 1
        return self._say.all_of([self._say.in_range(name, first, last) for name in ("first_day", "last_day")])


def rarity(papers: int, size: int) -> float:
    """BM25's weight of a word that so many of so many papers have (idf, as tantivy and Lucene have it)."""
    return math.log(1 + (size - min(papers, size) + 0.5) / (min(papers, size) + 0.5))


def _terms(text: str) -> dict[Term, None]:
    """Each field and a word as it is looked up there, of a text in all its spellings."""
    words = {"stemmed": stems, "plain": analysis.plain_words}
    return dict.fromkeys(
        (name, word)
        for spelling in analysis.spellings(text)
        for name in FIELDS[""]
        for word in words[TEXTS[name]](spelling)
    )
