"""?explain=1 on a search page: why each paper stands where it stands, and what the search took.

A line below each card, made for this search alone: the card itself is remembered and stays as it is.
"""

from collections.abc import Iterable, Mapping, Sequence

from django.contrib.humanize.templatetags.humanize import ordinal
from django.utils.html import format_html
from django.utils.safestring import SafeString

from coolpapers.models import Paper
from search.pipeline import SearchPage
from search.ranking import WORDS_WINDOW, Found
from search.snippets import matches

# What `SearchPage.took_ms` names, but for "all", as a reader is told it.
STAGES = {"words": "words", "encode": "encoding the query", "meaning": "meaning", "reading": "reading the first papers"}


def lines(found: SearchPage, papers: Sequence[Paper], words: Sequence[str], first: int) -> dict[int, SafeString]:
    """The line of each paper, by its id; `words` are those of the query, `first` is the place of the first paper."""
    held = {paper.pk: paper for paper in papers}
    told = {}
    for place, hit in enumerate(found.hits, first):
        if paper := held.get(hit.paper_id):
            parts = [f"{ordinal(place)} here", *_ranks(hit, place, found), _here(paper, words, hit)]
            told[hit.paper_id] = format_html('<p class="why">{}</p>', " · ".join(filter(None, parts)))
    return told


def summary(found: SearchPage, sort: str | None) -> str:
    """How the whole list is ordered, and the milliseconds of each stage."""
    if sort == "prefer":
        how = "Papers with the words that you prefer come first"
    elif sort == "stars":
        how = "Papers with most stars come first"
    elif sort not in (None, "relevance"):
        how = "Ordered by date"
    elif not found.ranked:
        how = "Ranked by words alone"
    elif found.ranked < found.total:
        how = f"The first {found.ranked:,} are ranked by words and meaning, the rest by words"
    else:
        how = "Ranked by words and meaning"
    return f"{how}. {_times(found.took_ms)}."


def _ranks(hit: Found, place: int, found: SearchPage) -> Iterable[str]:
    """The paper's places in the two rankings, or that it is in one of them alone; none where the list is by date."""
    if hit.by_words is not None:
        alone = " alone" if hit.by_meaning is None else ""
        no_vector = " (it has no vector yet)" if alone and place <= found.ranked else ""
        yield f"{ordinal(hit.by_words)} by words{alone}{no_vector}"
    if hit.by_meaning is not None:
        alone = " alone" if hit.by_words is None and found.ranked >= found.total else ""
        yield f"{ordinal(hit.by_meaning)} by meaning{alone} (cosine {hit.cosine:.2f})"
        if hit.by_words is None and not alone:  # perhaps it is further down by words
            yield f"not among the first {WORDS_WINDOW} by words"


def _here(paper: Paper, words: Sequence[str], hit: Found) -> str:
    """Which of the words stand in the paper."""
    texts = (paper.title, paper.abstract, ", ".join(paper.authors))
    there = [word for word in words if any(matches(text, (word,)) for text in texts)]
    if there:
        return f"has {', '.join(there)}"
    return "has none of the words" if hit.by_meaning and hit.by_words is None else ""


def _times(took_ms: Mapping[str, float]) -> str:
    stages = [f"{label} {took_ms[name]:.1f} ms" for name, label in STAGES.items() if name in took_ms]
    whole = f"{'all' if stages else 'It took'} {took_ms.get('all', 0.0):.1f} ms"
    told = ", ".join((*stages, whole))
    return told[0].upper() + told[1:]
