"""tantivy's queries, as search.engines.lowering writes them, and what a tantivy index knows of words."""

from collections.abc import Iterable, Mapping, Sequence

import tantivy
from tantivy import FieldType, Occur
from tantivy import Query as Lowered

from search.analysis import stem_of
from search.engines.authors import NAMES_LIMIT
from search.engines.fields import TEXTS
from search.engines.lowering import Term, rarity
from search.engines.schema import SCHEMA, WRITTEN

LOOKED_UP = 500  # papers, one by one


class TantivyQueries:
    """A `Dialect` on one searcher."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self._searcher = searcher

    # --- Queries --------------------------------------------------------------------------------------------------
    def term(self, field: str, word: str) -> Lowered:
        return Lowered.term_query(SCHEMA, field, word, "freq")

    def phrase(self, field: str, words: Sequence[str]) -> Lowered:
        return Lowered.phrase_query(SCHEMA, field, list(words))

    def beginning(self, start: str, weights: Mapping[str, float], limit: int) -> tuple[Lowered, bool]:
        """The words are looked up first, and the most frequent are searched."""
        ways: list[Lowered] = []
        cut = False
        for field, weight in weights.items():
            terms = self._terms_beginning(field, start, limit)
            cut = cut or len(terms) > limit
            of_all = rarity(sum(papers for _, papers in terms), self.size)
            for word, papers in terms[:limit]:
                # As one word that all these papers have; else the rarest that begins so, perhaps a slip, came first.
                alike = weight * of_all / rarity(papers, self.size)
                ways.append(self.boosted(self.term(field, word), alike))
        return self.any_of(ways), cut

    def one_of(self, field: str, values: Sequence[str]) -> Lowered:
        if len(values) == 1:
            found = Lowered.term_query(SCHEMA, field, values[0], "basic")
        else:
            found = Lowered.term_set_query(SCHEMA, field, list(values))
        return Lowered.const_score_query(found, 0.0)

    def in_range(self, field: str, first: int, last: int) -> Lowered:
        found = Lowered.range_query(SCHEMA, field, FieldType.Unsigned, lower_bound=first, upper_bound=last)
        return Lowered.const_score_query(found, 0.0)

    def papers(self, paper_ids: Sequence[int]) -> Lowered:
        """One by one: a set of numbers would be looked up by a walk of all there are."""
        terms = [(Occur.Should, Lowered.term_query(SCHEMA, "paper_id", paper_id, "basic")) for paper_id in paper_ids]
        return Lowered.const_score_query(Lowered.boolean_query(terms), 0.0)

    def many_papers(self, paper_ids: Sequence[int]) -> Lowered:
        """`papers`, also thousands of them: to leave out 2,500 of 280,000 took 6 ms, and one by one 15."""
        if len(paper_ids) <= LOOKED_UP:
            return self.papers(paper_ids)
        return Lowered.const_score_query(Lowered.term_set_query(SCHEMA, "paper_id", list(paper_ids)), 0.0)

    def scored(self, query: Lowered, score: float) -> Lowered:
        return Lowered.const_score_query(query, score)

    def boosted(self, query: Lowered, weight: float) -> Lowered:
        return Lowered.boost_query(query, weight)

    def best_of(self, queries: Sequence[Lowered]) -> Lowered:
        return Lowered.disjunction_max_query(list(queries))

    def any_of(self, queries: Sequence[Lowered]) -> Lowered:
        return Lowered.boolean_query([(Occur.Should, query) for query in queries]) if queries else Lowered.empty_query()

    def all_of(
        self, wanted: Sequence[Lowered], excluded: Sequence[Lowered] = (), better: Sequence[Lowered] = ()
    ) -> Lowered:
        everything = (Lowered.const_score_query(Lowered.all_query(), 0.0),)
        parts = {Occur.Must: wanted or everything, Occur.MustNot: excluded, Occur.Should: better}
        return Lowered.boolean_query([(occur, query) for occur, queries in parts.items() for query in queries])

    # --- What the index holds -------------------------------------------------------------------------------------
    @property
    def size(self) -> int:
        return self._searcher.num_docs

    def papers_with(self, terms: Iterable[Term]) -> dict[Term, int]:
        return {(field, word): self._searcher.doc_freq(field, word) for field, word in terms}

    def names_beginning(self, field: str, starts: Sequence[str]) -> dict[str, int]:
        return dict(
            pair for start in starts for pair in self._searcher.terms_with_prefix(field, start, None, NAMES_LIMIT)
        )

    written_field = WRITTEN

    def alike(self, field: str, word: str, start: str) -> list[str]:
        return [other for other, _ in self._searcher.terms_with_prefix(field, start, None)]

    def _terms_beginning(self, field: str, start: str, limit: int) -> list[tuple[str, int]]:
        """The field's terms of words that begin so, with how many papers have each, the most frequent first.

        Those whose stem is shorter than what was typed (generali*: general) are known by the words of titles. A few
        more than are searched tell that there are more.
        """
        found = self._searcher.terms_with_prefix(field, start, None, limit + 1)
        if TEXTS[field] == "plain":
            return found
        written = self._searcher.terms_with_prefix(WRITTEN, start, None, limit)
        shorter = dict.fromkeys(stem for word, _ in written if not (stem := stem_of(word)).startswith(start))
        return [*((stem, self._searcher.doc_freq(field, stem)) for stem in shorter), *found]
