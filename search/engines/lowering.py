"""A query → tantivy's query: what is looked for in which field, and what it weighs.

Filters weigh nothing. What begins with something is looked up in the dictionary of words first, and found in all its
forms as any word is; a query never grows without a bound, and a cut is told as a note.
"""

import math
from collections.abc import Sequence

import tantivy
from tantivy import FieldType, Occur
from tantivy import Query as Lowered

from search import analysis
from search.analysis import stem_of, stems
from search.document import announced_within, submitted_within
from search.echo import is_plain
from search.engines.authors import named, names_held
from search.engines.base import (
    AUTHOR_WEIGHT,
    COMMON,
    EXACT_TITLE_SCORE,
    PAIR_WEIGHT,
    PREFIX_LIMIT,
    PREFIX_TOTAL,
    THERE_WEIGHT,
    TITLE_PHRASE_WEIGHT,
    title_weight,
)
from search.engines.schema import SCHEMA, TEXTS, WRITTEN
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
from search.titles import title_key

FIELDS: dict[TextField, tuple[str, ...]] = {
    "": ("title", "abstract", "authors"),
    "title": ("title",),
    "abstract": ("abstract",),
    "author": ("authors",),
    "first": ("first",),
}
NAMES = {"author": "name", "first": "first_name"}  # where the names of a field lie whole
LAST_DAY = (1 << 63) - 1
UNSPACED = "\u2e80"  # from here on scripts that need no space, whose names are one word


class Lowering:
    """One query on one state of the index; `lowered` is its query, `notes` what a reader should know."""

    def __init__(self, query: Query, searcher: tantivy.Searcher) -> None:
        self._query = query
        self._searcher = searcher
        title = title_weight(query.length, any_word=query.any_word)
        self._weights = {"title": title, "abstract": 1.0, "authors": AUTHOR_WEIGHT, "first": AUTHOR_WEIGHT}
        prefixes = sum(isinstance(leaf, Prefix) for leaf in leaves(query.tree)) if query.tree else 0
        self._expansions = min(PREFIX_LIMIT, PREFIX_TOTAL // max(prefixes, 1))  # of one beginning in one field
        self._cut: dict[str, None] = {}  # the beginnings of more words than that
        self._named = ""  # the text as the name of an author that the index has
        self.lowered = self._whole(query)

    @property
    def notes(self) -> tuple[str, ...]:
        """That the text is read as a name, too, and what was cut: a sentence each."""
        named_too = (f"Read as an author's name, too: “{self._named}”.",) if self._named else ()
        if not self._cut:
            return named_too
        named = ", ".join(f"“{text}*”" for text in list(self._cut)[:5]) + (" …" if len(self._cut) > 5 else "")
        return (
            *named_too,
            f"Very many words begin like {named}: the {self._expansions} most frequent are searched.",
        )

    def _whole(self, query: Query) -> Lowered:
        """What to look for, or else the paper whose title the whole text is; in the branch."""
        ways: list[tuple[Occur, Lowered]] = []
        if query.tree is not None:
            ways.append((Occur.Should, self._node(query.tree)))
        if query.title_key:
            ways.append((Occur.Should, _exact_title(query.title_key)))
        if query.name:
            ways.append((Occur.Should, self._bare_name(query.name)))
        found = Lowered.boolean_query(ways)
        if query.branch is None:
            return found
        return Lowered.boolean_query([(Occur.Must, found), (Occur.Must, _one_of("branch", (query.branch,)))])

    def _node(self, node: Node) -> Lowered:
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
                if self._query.any_word:
                    return Lowered.boolean_query(self._any_word(nodes))
                return Lowered.boolean_query([(Occur.Should, self._node(n)) for n in nodes])
            case InCategory(expression):
                kept = [(Occur.Must, _one_of("category", expression.included_codes))] if expression.include else []
                return _all_but(kept, [_one_of("category", expression.excluded_codes)] if expression.exclude else [])
            case InVenue(name):
                return _one_of("venue", (name.lower(),))
            case HasId(key):
                return _one_of("identifier", (key,))
            case Dated():
                return _dated(node)
            case Withdrawn():
                return _one_of("state", ("withdrawn",))
            case ByAuthor(name):
                return _one_of("name", name_keys(name)) if name_keys(name) else Lowered.empty_query()

    def _all(self, nodes: Sequence[Node]) -> Lowered:
        """All but the excluded ones; better where the title has the words side by side, best where it is them."""
        wanted = [(Occur.Must, self._node(node)) for node in nodes if not isinstance(node, Not)]
        excluded = [self._node(node.node) for node in nodes if isinstance(node, Not)]
        texts = [node.text for node in nodes if isinstance(node, Word | Phrase) and node.field in ("", "title")]
        better: list[tuple[Occur, Lowered]] = []
        if len(texts) > 1:
            side_by_side = _in_field("title", stems(" ".join(texts)))
            better.append((Occur.Should, Lowered.boost_query(side_by_side, TITLE_PHRASE_WEIGHT)))
        if texts and not is_plain(And(tuple(nodes))) and (key := title_key(" ".join(texts))):
            better.append((Occur.Should, _exact_title(key)))
        return _all_but(wanted, excluded, better)

    def _text(self, text: str, field: TextField) -> Lowered:
        """A word, or the phrase of its parts, in any one of the fields; as typed or spelled out."""
        spellings = analysis.spellings(text)
        words = {"stemmed": list(map(stems, spellings)), "plain": list(map(analysis.plain_words, spellings))}
        ways: list[tuple[Occur, Lowered]] = []
        for name in FIELDS[field]:
            found = [_in_field(name, spelling) for spelling in words[TEXTS[name]]]
            best = found[0] if len(found) == 1 else Lowered.disjunction_max_query(found)
            ways.append((Occur.Should, Lowered.boost_query(best, self._weights[name])))
        if field == "title" and (key := title_key(text)):
            ways.append((Occur.Should, _exact_title(key)))
        return Lowered.boolean_query(ways)

    def _any_word(self, nodes: Sequence[Node]) -> list[tuple[Occur, Lowered]]:
        """Any of the words in any field, without a query around each: 3.5 ms a question where nested ones took 13."""
        terms = dict.fromkeys(term for node in nodes if isinstance(node, Word) for term in _terms(node.text))
        return [
            (Occur.Should, Lowered.boost_query(Lowered.term_query(SCHEMA, name, word, "freq"), self._weights[name]))
            for name, word in terms
        ]

    def weighed(self, paper_ids: Sequence[int]) -> Lowered:
        """A question's words in these papers: as they are looked for, and more for those there and side by side."""
        words = list(wanted_texts(self._query.tree)) if self._query.tree else []
        better = self._any_word(words)
        for text in dict.fromkeys(word.text for word in words):
            terms = [Lowered.term_query(SCHEMA, name, word, "basic") for name, word in _terms(text)]
            if terms:
                papers = max(self._searcher.doc_freq(name, word) for name, word in _terms(text))
                there = Lowered.disjunction_max_query(terms)
                better.append((Occur.Should, Lowered.const_score_query(there, THERE_WEIGHT * self._rarity(papers))))
        for pair in filter(self._is_telling, self._query.pairs):
            for name in ("title", "abstract"):
                side_by_side = _in_field(name, stems(" ".join(pair)))
                better.append((Occur.Should, Lowered.boost_query(side_by_side, PAIR_WEIGHT)))
        return Lowered.boolean_query([(Occur.Must, _papers(paper_ids)), *better])

    def _author(self, text: str, field: TextField) -> Lowered:
        """Authors of that name, as they may print it; words without an initial also wherever a name holds them."""
        if " " not in text and len(analysis.plain_words(text)) < 2:
            return self._text(text, field)
        held = names_held(self._searcher, NAMES[field], text) if " " in text or text >= UNSPACED else {}
        found = named(NAMES[field], held)
        if not has_initial(text):
            found.append(self._text(text, field))
        return Lowered.disjunction_max_query(found) if found else Lowered.empty_query()

    def _bare_name(self, name: str) -> Lowered:
        """Papers by whom the whole text may name. Words without an initial are looked for as they stand."""
        held = names_held(self._searcher, NAMES["author"], name)
        if not has_initial(name):
            held = {key: how for key, how in held.items() if how is not Fit.ABBREVIATED}
        elif held:
            self._named = name
        found = named(NAMES["author"], held)
        return Lowered.disjunction_max_query(found) if found else Lowered.empty_query()

    def _is_telling(self, pair: tuple[str, str]) -> bool:
        papers = [self._searcher.doc_freq("abstract", stem) for word in pair for stem in stems(word)]
        return min(papers, default=0) <= COMMON * self._searcher.num_docs

    def _prefix(self, text: str, field: TextField) -> Lowered:
        """Any of the words that begin so, in any one of the fields."""
        start = analysis.plain_words(text)
        if len(start) != 1:
            return self._text(text, field)
        ways: list[tuple[Occur, Lowered]] = []
        for name in FIELDS[field]:
            terms = self._beginning(name, start[0])
            if len(terms) > self._expansions:
                self._cut[text] = None
            rarity = self._rarity(sum(papers for _, papers in terms))
            for term, papers in terms[: self._expansions]:
                # As one word that all these papers have; else the rarest that begins so, perhaps a slip, came first.
                weight = self._weights[name] * rarity / self._rarity(papers)
                found = Lowered.term_query(SCHEMA, name, term, "freq")
                ways.append((Occur.Should, Lowered.boost_query(found, weight)))
        return Lowered.boolean_query(ways) if ways else Lowered.empty_query()

    def _rarity(self, papers: int) -> float:
        """BM25's weight of a word that so many papers have (idf, as tantivy and Lucene have it)."""
        held = self._searcher.num_docs
        return math.log(1 + (held - min(papers, held) + 0.5) / (min(papers, held) + 0.5))

    def _beginning(self, name: str, start: str) -> list[tuple[str, int]]:
        """The field's terms of words that begin so, with how many papers have each, the most frequent first.

        Those whose stem is shorter than what was typed (generali*: general) are known by the words of titles. A few
        more than are searched tell that there are more.
        """
        found = self._searcher.terms_with_prefix(name, start, None, self._expansions + 1)
        if TEXTS[name] == "plain":
            return found
        written = self._searcher.terms_with_prefix(WRITTEN, start, None, self._expansions)
        shorter = dict.fromkeys(stem for word, _ in written if not (stem := stem_of(word)).startswith(start))
        return [*((stem, self._searcher.doc_freq(name, stem)) for stem in shorter), *found]


def within_filters(query: Query, searcher: tantivy.Searcher) -> Lowered:
    """All papers that a query of filters alone finds, in its branch; withdrawn ones where it asks for them."""
    lowering = Lowering(query, searcher)
    wanted = [(Occur.Must, lowering._node(query.tree))] if query.tree else []
    if query.branch:
        wanted.append((Occur.Must, _one_of("branch", (query.branch,))))
    asked = query.tree is not None and Withdrawn() in leaves(query.tree)
    return _all_but(wanted, [] if asked else [_one_of("state", ("withdrawn",))])


def all_but_papers(lowered: Lowered, paper_ids: Sequence[int]) -> Lowered:
    """What it finds, without these papers."""
    return Lowered.boolean_query([(Occur.Must, lowered), (Occur.MustNot, _papers(paper_ids))])


def _papers(paper_ids: Sequence[int]) -> Lowered:
    """These papers, which weighs nothing. Few: a set of numbers would be looked up by a walk of all there are."""
    terms = [(Occur.Should, Lowered.term_query(SCHEMA, "paper_id", paper_id, "basic")) for paper_id in paper_ids]
    return Lowered.const_score_query(Lowered.boolean_query(terms), 0.0)


def _terms(text: str) -> dict[tuple[str, str], None]:
    """Each field and a word as it is looked up there, of a text in all its spellings."""
    words = {"stemmed": stems, "plain": analysis.plain_words}
    return dict.fromkeys(
        (name, word)
        for spelling in analysis.spellings(text)
        for name in FIELDS[""]
        for word in words[TEXTS[name]](spelling)
    )


def _all_but(
    wanted: list[tuple[Occur, Lowered]], excluded: Sequence[Lowered], better: Sequence[tuple[Occur, Lowered]] = ()
) -> Lowered:
    everything = [(Occur.Must, Lowered.const_score_query(Lowered.all_query(), 0.0))]
    return Lowered.boolean_query([*(wanted or everything), *((Occur.MustNot, part) for part in excluded), *better])


def _exact_title(key: str) -> Lowered:
    return Lowered.const_score_query(Lowered.term_query(SCHEMA, "title_key", key, "basic"), EXACT_TITLE_SCORE)


def _one_of(name: str, values: Sequence[str]) -> Lowered:
    """Exactly one of the values, which weighs nothing."""
    if len(values) == 1:
        found = Lowered.term_query(SCHEMA, name, values[0], "basic")
    else:
        found = Lowered.term_set_query(SCHEMA, name, list(values))
    return Lowered.const_score_query(found, 0.0)


def _dated(node: Dated) -> Lowered:
    """All that is known of the date lies in the range."""
    if node.field == "submitted":
        return _in_range("submitted", *submitted_within(node.first, node.last))
    if node.field == "announced":
        return _in_range("announced", *announced_within(node.first, node.last))
    first = node.first.toordinal() if node.first else 1
    last = node.last.toordinal() if node.last else LAST_DAY - 1
    return Lowered.boolean_query([(Occur.Must, _in_range(name, first, last)) for name in ("first_day", "last_day")])


def _in_range(name: str, first: int, last: int) -> Lowered:
    """The number from first to last, both included, which weighs nothing."""
    found = Lowered.range_query(SCHEMA, name, FieldType.Unsigned, lower_bound=first, upper_bound=last)
    return Lowered.const_score_query(found, 0.0)


def _in_field(name: str, words: Sequence[str]) -> Lowered:
    if not words:
        return Lowered.empty_query()
    if len(words) == 1:
        return Lowered.term_query(SCHEMA, name, words[0], "freq")
    return Lowered.phrase_query(SCHEMA, name, list(words))
