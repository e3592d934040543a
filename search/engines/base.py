"""What every engine does: the one contract between the site and an index.

An engine is told by search.index what to hold and answers search.pipeline; it knows neither the database nor a page.
Weights of ranking are here, so that all engines rank alike. Errors: `EngineUnavailable`, with a sentence that a reader
may see; what the engine itself said is its `__cause__`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from django.utils.translation import gettext_lazy
from numpy.typing import NDArray

from search.document import Document
from search.embeddings import Floats, Recipe
from search.names import Fit
from search.nodes import TextField
from search.query import Query
from search.sentences import Sentence, Told

Numbers = NDArray[np.int64]

# Best first, or newest first by place in time (`Document.ordinal`), by submission, by announcement; unknown dates last.
Sort = Literal["relevance", "date", "submitted", "announced"]
SORTS: tuple[Sort, ...] = ("relevance", "date", "submitted", "announced")

# How much a word counts by where it stands; the abstract is 1.
TITLE_WEIGHT = 2.0  # "graph networks for traffic": papers about it before the many that mention it
SHORT_TITLE_WEIGHT = 3.0  # "attention", "diffusion models": what little is asked for is a subject, and titles name it
SHORT = 2  # words
ANY_WORD_TITLE_WEIGHT = 0.5  # a question names its subject nowhere in particular; a title is short and so weighs much
AUTHOR_WEIGHT = 1.5  # "bengio": papers by Bengio before papers whose abstract names Bengio
TITLE_PHRASE_WEIGHT = 2.0  # "deep learning": titles that say it before titles with "deep" here and "learning" there
PAIR_WEIGHT = 0.1  # of a question: two of its words side by side in the paper as they are in it
COMMON = 0.2  # of all papers: where both words have more, their pair tells little and costs most to look for
THERE_WEIGHT = 0.4  # of a question: that a word is there at all, in parts of its rarity
EXACT_TITLE_SCORE = 100_000.0  # above any sum of the others: a title typed whole comes first
# A name is the author's or it is not: how rare it is weighs nothing, and no word beside it outweighs how well it fits.
NAME_SCORES = {Fit.EXACT: 3_000.0, Fit.FULL: 2_000.0, Fit.ABBREVIATED: 1_000.0}

# How many of the words that begin with something are searched in a field, the most frequent first.
PREFIX_LIMIT = 200
PREFIX_TOTAL = 800  # of one query, shared among its beginnings: 60 of three letters took 280 ms, and now 100


def title_weight(words: int, *, any_word: bool) -> float:
    """How much a word in the title counts in a query of so many words, all wanted or any of them."""
    if any_word:
        return ANY_WORD_TITLE_WEIGHT
    return SHORT_TITLE_WEIGHT if words <= SHORT else TITLE_WEIGHT


OTHER_RECIPE = gettext_lazy("The index holds vectors of another recipe (manage.py search_index rebuild).")
WRONG_LENGTH = gettext_lazy("The vector asked for has {asked} dimensions, and those of the index have {held}.")


class EngineUnavailable(Told):
    """The engine can't do what was asked just now."""


class IndexBusy(EngineUnavailable):
    """Somebody else has been writing to the index for as long as we were willing to wait."""


class RebuildNeeded(EngineUnavailable):
    """The index was never built, or was built by another version of this program."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A paper found, with its score (0 where the order is by date)."""

    paper_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Results:
    """One window of what was found, how many works there are in all, and sentences for the reader.

    Where the total is not exact there are more.
    """

    hits: tuple[Hit, ...]
    total: int
    total_is_exact: bool = True
    notes: tuple[Sentence, ...] = ()  # which engines may keep for other readers


@dataclass(frozen=True, slots=True)
class Facets:
    """How many of all works found are of each year, category and venue; what a paper has nothing of counts nowhere.
    Of one work's copies each counts where it differs from the others.

    Years: those that their dates lie in (`Document.year`), newest first. The others: most papers first, then by name.
    """

    years: tuple[tuple[int, int], ...] = ()
    categories: tuple[tuple[str, int], ...] = ()
    venues: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Spellings:
    """How many papers have a word, and which words of the index it may have been, with how many have those.

    Those a slip away, else those two slips away (search.spelling); the most frequent first.
    """

    papers: int
    near: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many papers a new index holds, and which the engine would not take: paper → its reason."""

    papers: int
    rejected: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EngineState:
    """What the engine holds; `rebuild_reason` says why it must be built anew, "" where it need not."""

    documents: int
    rebuild_reason: Sentence = ""
    rebuilding: bool = False  # another index is being built, and until then this one answers and takes no changes
    standing_in: Sentence = ""  # why another engine answers for this one, as a sentence for readers


class Packed(Protocol):
    """Vectors as the store keeps them (search.vectors.Vectors): row i of the codes times scale i."""

    @property
    def paper_ids(self) -> Numbers: ...
    @property
    def codes(self) -> NDArray[np.int8]: ...
    @property
    def scales(self) -> Floats: ...


@dataclass(frozen=True, slots=True)
class VectorState:
    """What an index of vectors holds: papers with one, of which recipe, and the `mark` of the last writer."""

    recipe: Recipe | None
    papers: int = 0
    mark: int = 0
    rebuild_reason: Sentence = ""  # why it must be built anew; "" where it need not


class VectorIndex(Protocol):
    """The vectors of one recipe, beside the words. All methods but `state` raise EngineUnavailable."""

    @property
    def carried(self) -> bool:
        """Whether they lie in the papers' documents, and go with them into an index that is built anew."""

    def state(self) -> VectorState:
        """What it holds; never raises."""

    def vectors_of(self, recipe: Recipe, paper_ids: Sequence[int]) -> tuple[Numbers, Floats]:
        """Those of the papers that have a vector, in the order asked for, and the vectors, of length 1."""

    def paper_ids(self) -> Numbers:
        """The papers that have one, by rising id."""

    def append(self, recipe: Recipe, vectors: Packed, *, mark: int, timeout: float) -> None:
        """Hold these, each in place of its paper's earlier one."""

    def forget(self, paper_ids: Sequence[int], *, timeout: float) -> None:
        """Hold these papers' vectors no longer."""

    def rebuild(self, recipe: Recipe, batches: Iterable[Packed], *, mark: int, timeout: float) -> int:
        """Build beside from these alone, then swap; how many papers. Until then the old one answers."""


class Writer(Protocol):
    """Changes that become visible together when the `writing()` block ends."""

    @property
    def rejected(self) -> Mapping[int, str]:
        """After the block: the papers that the engine would not take, each with its reason."""

    def put(self, documents: Iterable[Document]) -> None:
        """Hold these documents, each in place of the same paper's earlier one."""

    def forget(self, paper_ids: Iterable[int]) -> None:
        """Hold these papers no longer."""


class Engine(Protocol):
    """An index of papers. All methods but `state` raise EngineUnavailable."""

    name: str
    off: bool  # there is no search: nothing is held and nothing need be written
    remote: bool  # another machine or process answers, and this one only waits

    @property
    def vectors(self) -> VectorIndex | None:
        """The papers' vectors; None where it holds none."""

    def search(self, query: Query, *, sort: Sort, offset: int, limit: int, without: Sequence[int] = ()) -> Results:
        """Hits offset … offset+limit in an order that is total: the same on every page. Past the end: no hits.

        Of several copies of one work (`Document.work`) that it finds the first in this order is a hit, and no other.
        As if the papers `without` were not held; they are few. What has no words to weigh (`search.nodes.has_words`)
        comes newest first where relevance is asked for.
        """

    def facets(self, query: Query, *, limit: int) -> Facets:
        """Every year, and at most `limit` categories and venues, of all papers that the query finds; exact counts."""

    def weigh(self, query: Query, paper_ids: Sequence[int]) -> Mapping[int, float]:
        """What the words of a question (`Query.any_word`) weigh in each of these papers, few hundreds; none: left out.

        As `search` weighs them, and more for each word that is there at all and for those side by side as asked.
        """

    def nearest(self, recipe: Recipe, vector: Floats, *, within: Query, limit: int) -> tuple[Numbers, Floats]:
        """The papers whose vectors are nearest, and their cosines, nearest first; of those alone that `within` finds
        (a query of filters; empty: of all). Withdrawn papers are none of them, unless it asks for them."""

    def spellings(self, word: str, *, field: TextField, limit: int) -> Spellings:
        """What a word of Latin letters may have been, `limit` at most: words of titles or, where `field` looks, names.

        They are in lower case and without accents. With limit 0 only the papers that have the word are counted.
        """

    def names_like(self, name: str, limit: int) -> tuple[str, ...]:
        """Printed names that `author:` finds by this one, folded, those of most papers first, at most `limit`."""

    def writing(self, *, timeout: float, mending: bool = False) -> AbstractContextManager[Writer]:
        """Changes to the index in use: waits `timeout` seconds for other writers, where an engine has one at a time,
        then raises IndexBusy.

        What is written of papers that the caller reads inside the block never replaces a newer state of them, nor a
        deletion, unless the index is being compared with the store (`mending`).
        """

    def rebuild(self, documents: Iterable[Document], *, timeout: float) -> Rebuilt:
        """Build beside from these documents alone, then swap; until then the old index answers. Vectors stay."""

    def revisions(self) -> Iterator[tuple[int, int]]:
        """Every paper held and its revision, by rising id."""

    def state(self) -> EngineState:
        """What it holds. Never raises: an index that can't be read is one to rebuild."""
