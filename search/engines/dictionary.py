"""The words that the embedded index holds, as a dictionary of spellings.

Titles are held as they are written, and names; words of abstracts alone are known, but never proposed. One slip is
looked up letter by letter (650 look-ups of a word of twelve letters take 0.8 ms); two slips are looked for among the
words that begin alike, and only where one leads nowhere.
"""

import tantivy

from search.analysis import plain_words, stem_of
from search.engines.base import Spellings
from search.engines.lowering import FIELDS
from search.engines.schema import TEXTS, WRITTEN
from search.nodes import TextField
from search.spelling import LONGEST, SAME_START, SHORTEST_FOR_TWO, is_within_two, one_slip


def spellings(searcher: tantivy.Searcher, word: str, field: TextField, limit: int) -> Spellings:
    """How many papers have the word, and what it may have been, the most frequent first."""
    plain = next(iter(plain_words(word)), "")
    forms = {"plain": plain, "stemmed": stem_of(plain)}
    papers = max(searcher.doc_freq(name, forms[TEXTS[name]]) for name in FIELDS[field])
    if not limit or len(plain) > LONGEST:
        return Spellings(papers)
    held = dict.fromkeys("authors" if TEXTS[name] == "plain" else WRITTEN for name in FIELDS[field])
    near = _counted(searcher, list(held), one_slip(plain))
    if not near and len(plain) >= SHORTEST_FOR_TWO:
        alike = {term for name in held for term, _ in searcher.terms_with_prefix(name, plain[:SAME_START], None)}
        near = _counted(searcher, list(held), {term for term in alike if is_within_two(plain, term)} - {plain})
    return Spellings(papers, tuple(sorted(near.items(), key=lambda one: (-one[1], one[0]))[:limit]))


def _counted(searcher: tantivy.Searcher, names: list[str], words: set[str]) -> dict[str, int]:
    """Those words that papers have in one of the fields, with how many in that where most have it."""
    counts = {word: max(searcher.doc_freq(name, word) for name in names) for word in words}
    return {word: count for word, count in counts.items() if count}
