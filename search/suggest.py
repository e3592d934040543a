"""What a query that finds nothing may have meant: its words as the index spells them, or one of them less.

Guarantees: what is suggested is another query and finds something; filters, excluded words, words with digits and
scripts other than Latin stay as they are.
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

from django.core.exceptions import ImproperlyConfigured

from search.analysis import plain_words
from search.echo import write
from search.engines import get_engine
from search.engines.base import Engine, EngineUnavailable
from search.narrowing import spell, without
from search.nodes import And, Node, Or, Phrase, Text, Word, all_of, any_of
from search.query import Query, parse_query
from search.spelling import LONGEST, SHORTEST

NEAR = 8  # spellings of a word that are tried
TRIES = 24  # searches for one suggestion
WORDS = 32  # of a query, to be looked up
MISTYPED = 6  # of them, which no paper has; where there are more it is another language, or none
LEFT_OUT = 12  # of them, the rarest, to be left out
RARE = 20  # papers: a word of so few may be a slip of theirs
MUCH_MORE = 50  # times as many papers have what it is a slip of
FEW = 3  # words: of fewer that papers have, one is taken for mistyped only where the other word is more frequent
MORE = 10  # times
SHORTER = 3  # queries with one word less that are offered

_TOKEN = re.compile(r"[^\W_]+")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text that finds so many papers."""

    text: str
    total: int


def suggest(query: Query) -> tuple[list[Suggestion], list[Suggestion]]:
    """For a query that finds nothing: what may have been meant, else the queries with one word less.

    An engine that fails suggests nothing, and a line in the log.
    """
    try:
        engine = get_engine()
        if other := corrected(query, engine):
            return [Suggestion(other.text, _total(engine, other))], []
        return [], shorter(query, engine)
    except (EngineUnavailable, ImproperlyConfigured) as error:
        log.warning("No suggestions: %s (%s)", error, error.__cause__ or "no further cause")
        return [], []


def corrected(query: Query, engine: Engine) -> Query | None:
    """The query with what is mistyped as the index spells it, where that finds something and the query does not."""
    for words in islice(_ways(query, engine), TRIES):
        other = _respelled(query, words)
        if other.tree != query.tree and _total(engine, other):
            return other
    return None


def shorter(query: Query, engine: Engine) -> list[Suggestion]:
    """The queries with one word or phrase less that find something, most papers first."""
    parts = query.tree.nodes if isinstance(query.tree, And) else ()
    texts = [without(query, part) for part in parts if isinstance(part, Text)][:LEFT_OUT]
    found = (Suggestion(text, _total(engine, parse_query(text, branch=query.branch))) for text in texts if text)
    return sorted((one for one in found if one.total), key=lambda one: -one.total)[:SHORTER]


def _total(engine: Engine, query: Query) -> int:
    return engine.search(query, sort="date", offset=0, limit=1).total


# --- Words ------------------------------------------------------------------------------------------------------------
def _ways(query: Query, engine: Engine) -> Iterator[dict[str, str]]:
    """What may have been meant, likeliest first: other words for some that were typed.

    Words that no paper has are mistyped; then rare ones, too, that are a slip away from frequent ones, for papers have
    slips. Where papers have each word, one is mistyped, and without it papers are found.
    """
    leaves = dict(islice(_words(query.tree), WORDS)) if query.tree else {}
    papers = {word: engine.spellings(word, field=leaf.field, limit=0).papers for word, leaf in leaves.items()}

    if sum(not count for count in papers.values()) > MISTYPED:
        return

    def near(word: str, least: int) -> list[str]:
        found = engine.spellings(word, field=leaves[word].field, limit=NEAR).near
        return [other for other, count in found if count >= least]

    missing = {word: others for word, count in papers.items() if not count and (others := near(word, 1))}
    yield from _combined(missing)
    rare = {word: others for word, n in papers.items() if 0 < n <= RARE and (others := near(word, MUCH_MORE * n))}
    yield from _combined(missing | rare if rare else {})
    if not all(papers.values()):
        return
    for word in sorted(papers, key=lambda word: papers[word])[:LEFT_OUT]:
        tree = _changed(query.tree, dict.fromkeys(_TOKEN.findall(leaves[word].text), ""))
        if tree is None or _total(engine, replace(query, tree=tree, title_key="")):
            least = 1 if len(papers) >= FEW else MORE * papers[word]
            yield from ({word: other} for other in near(word, least))


def _combined(others: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    """Every word with another one, the first ones first; after three words only the first one is tried."""
    tried = [near if place < 3 else near[:1] for place, near in enumerate(others.values())]
    for places in sorted(product(*(range(len(near)) for near in tried)), key=sum):
        if others:
            yield {word: near[place] for (word, near), place in zip(others.items(), places, strict=True)}


def _words(node: Node) -> Iterator[tuple[str, Word | Phrase]]:
    """The words that may be mistyped, as typed, each with the part of the query where it stands."""
    match node:
        case And(nodes) | Or(nodes):
            for inner in nodes:
                yield from _words(inner)
        case Word(text) | Phrase(text):
            for word in _TOKEN.findall(text):
                if SHORTEST <= len(word) <= LONGEST and word.isalpha() and "".join(plain_words(word)).isascii():
                    yield word, node


# --- Queries with other words -----------------------------------------------------------------------------------------
def _respelled(query: Query, words: Mapping[str, str]) -> Query:
    """The query with these words instead, in the text that was typed where that can be."""
    tree = _changed(query.tree, words)
    assert tree is not None
    texts = (_in_text(query.text, words), spell(tree), write(tree))
    read = [parse_query(text, branch=query.branch) for text in texts]
    return next((other for other in read if other.tree == tree and not other.problems), read[-1])


def _changed(node: Node | None, words: Mapping[str, str]) -> Node | None:
    """The tree with other words where they are looked for; None where nothing is left of it."""
    match node:
        case And(nodes):
            return all_of(changed for one in nodes if (changed := _changed(one, words)))
        case Or(nodes):
            return any_of(changed for one in nodes if (changed := _changed(one, words)))
        case Word(text, field) | Phrase(text, field):
            said = " ".join(_in_text(text, words).split())
            if not _TOKEN.search(said):
                return None
            return (Phrase if " " in said else Word)(said, field)
    return node


def _in_text(text: str, words: Mapping[str, str]) -> str:
    return _TOKEN.sub(lambda match: _like(match[0], words.get(match[0], match[0])), text)


def _like(typed: str, word: str) -> str:
    """The word in the case of what was typed."""
    if typed.isupper() and len(typed) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if typed[:1].isupper() else word
