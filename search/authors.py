"""An author's name → the papers printed with it, and other printed names that may be the same person's.

A name is no person: two people share one, and one prints two. So a page of a name says which names it covers and links
to those that fit it, as far as `search.names` can tell, and never joins them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coolpapers.models import Paper
from search import pipeline
from search.engines import get_engine
from search.engines.base import EngineUnavailable
from search.names import fit, name_keys, printed_name, shortened
from search.nodes import ByAuthor
from search.query import Query

CONSIDERED = 1_000  # names of one family and initial; the most that 222,000 papers have are 657
SHOWN = 8
SAMPLE = 3  # papers of each, of which most say how it is spelled


@dataclass(frozen=True, slots=True)
class Print:
    """A name as a paper prints it, and how many papers have it, whatever its case, accents and signs."""

    name: str
    papers: int


def written_by(name: str) -> Query:
    """Papers printed with this name, but for case, accents and signs; as typed in any way that `author:` takes."""
    name = printed_name(name)
    return Query(text=name, tree=ByAuthor(name) if name_keys(name) else None)


def prints_of(name: str, papers: Iterable[Sequence[str]]) -> list[str]:
    """The spellings of the name among these papers' authors, the most frequent first."""
    keys = set(name_keys(printed_name(name)))
    found = Counter(author for authors in papers for author in authors if not keys.isdisjoint(name_keys(author)))
    return [spelling for spelling, _ in found.most_common()]


def other_prints(name: str) -> tuple[list[Print], int]:
    """Other names that may be the same author's, those of most papers first, and how many more there are.

    One of the two has all that the other has, at least as initials: John Smith, J. Smith and John A. Smith. None where
    the engine can't tell.
    """
    keys = name_keys(printed_name(name))
    try:
        engine = get_engine()
        like = [other for key in keys for other in engine.names_like(shortened(key), CONSIDERED)]
    except EngineUnavailable:
        return [], 0
    others = [other for other in dict.fromkeys(like) if _may_be_one(keys, name_keys(other))]
    found = [(other, pipeline.run(written_by(other), sort="date", offset=0, limit=SAMPLE)) for other in others[:SHOWN]]
    authors = Paper.objects.authors_of([paper_id for _, page in found for paper_id in page.paper_ids])
    prints = []
    for other, page in found:
        spelled = prints_of(other, (authors.get(paper_id, ()) for paper_id in page.paper_ids))
        prints += [Print(spelling, page.total) for spelling in spelled[:1]]
    return prints, len(others) - len(found)


def _may_be_one(keys: Sequence[str], others: Sequence[str]) -> bool:
    """Whether the names fit each other, and are not one name."""
    pairs = [(key, other) for key in keys for other in others]
    return set(keys).isdisjoint(others) and any(fit(a, b) or fit(b, a) for a, b in pairs)
