"""?explain=1 on a search page: why each paper stands where it stands, and what the search took.

A line below each card, made for this search alone: the card itself is remembered and stays as it is.
"""

from collections.abc import Iterable, Mapping, Sequence

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import ordinal
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from coolpapers.models import Paper
from search.pipeline import SearchPage
from search.ranking import WORDS_WINDOW, Found
from search.snippets import matches

# What `SearchPage.took_ms` names, but for "all", as a reader is told it.
STAGES = {
    "words": gettext_lazy("words"),
    "encode": gettext_lazy("encoding the query"),
    "meaning": gettext_lazy("meaning"),
    "reading": gettext_lazy("reading the first papers"),
}


def lines(found: SearchPage, papers: Sequence[Paper], words: Sequence[str], first: int) -> dict[int, SafeString]:
    """The line of each paper, by its id; `words` are those of the query, `first` is the place of the first paper."""
    held = {paper.pk: paper for paper in papers}
    told = {}
    for place, hit in enumerate(found.hits, first):
        if paper := held.get(hit.paper_id):
            parts = [_("{nth} here").format(nth=_nth(place)), *_ranks(hit, place, found), _here(paper, words, hit)]
            told[hit.paper_id] = format_html('<p class="why">{}</p>', " · ".join(filter(None, parts)))
    return told


def summary(found: SearchPage, sort: str | None) -> str:
    """How the whole list is ordered, and the milliseconds of each stage."""
    if sort == "prefer":
        how = _("Papers with the words that you prefer come first")
    elif sort == "stars":
        how = _("Papers with most stars come first")
    elif sort not in (None, "relevance"):
        how = _("Ordered by date")
    elif not found.ranked:
        how = _("Ranked by words alone")
    elif found.ranked < found.total:
        how = _("The first {ranked:,} are ranked by words and meaning, the rest by words").format(ranked=found.ranked)
    else:
        how = _("Ranked by words and meaning")
    return _("{how}. {times}.").format(how=how, times=_times(found.took_ms))


def _ranks(hit: Found, place: int, found: SearchPage) -> Iterable[str]:
    """The paper's places in the two rankings, or that it is in one of them alone; none where the list is by date."""
    if hit.by_words is not None:
        told = _("{nth} by words")
        if hit.by_meaning is None:
            ranked = place <= found.ranked
            told = _("{nth} by words alone (it has no vector yet)") if ranked else _("{nth} by words alone")
        yield told.format(nth=_nth(hit.by_words))
    if hit.by_meaning is not None:
        alone = hit.by_words is None and found.ranked >= found.total
        told = (
            _("{nth} by meaning alone (cosine {cosine:.2f})") if alone else _("{nth} by meaning (cosine {cosine:.2f})")
        )
        yield told.format(nth=_nth(hit.by_meaning), cosine=hit.cosine)
        if hit.by_words is None and not alone:  # perhaps it is further down by words
            yield _("not among the first {most} by words").format(most=WORDS_WINDOW)


def _nth(place: int) -> str:
    """1st, 2nd: English alone says it by a number's end."""
    return str(ordinal(place) if get_language() == settings.LANGUAGE_CODE else place)


def _here(paper: Paper, words: Sequence[str], hit: Found) -> str:
    """Which of the words stand in the paper."""
    texts = (paper.title, paper.abstract, ", ".join(paper.authors))
    there = [word for word in words if any(matches(text, (word,)) for text in texts)]
    if there:
        return _("has {words}").format(words=", ".join(there))
    return _("has none of the words") if hit.by_meaning and hit.by_words is None else ""


def _times(took_ms: Mapping[str, float]) -> str:
    stages = [f"{label} {took_ms[name]:.1f} ms" for name, label in STAGES.items() if name in took_ms]
    whole = _("all {ms:.1f} ms") if stages else _("It took {ms:.1f} ms")
    told = _(", ").join((*stages, whole.format(ms=took_ms.get("all", 0.0))))
    return told[0].upper() + told[1:]
