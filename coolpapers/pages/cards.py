"""A paper as its card: everything the one card partial (templates/papers/_card.html) shows, ready to print."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from django.utils.safestring import SafeString

from coolpapers.models import Evidence, Kind, Paper
from coolpapers.rendering import render_text
from search.keywords import telling_words
from search.snippets import matches, snippet

AUTHORS_SHOWN = 40  # then "et al.": a list of 3,303 names is no card


@dataclass(frozen=True, slots=True)
class Link:
    label: str | SafeString
    href: str


@dataclass(frozen=True, slots=True)
class Dated:
    """One date of a paper, with the word for it and how it is known."""

    word: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    paper: Paper
    number: int
    total: int
    href: str
    title: SafeString
    abstract: SafeString
    snippet: SafeString | None
    authors: tuple[Link, ...]
    authors_more: int
    subjects: tuple[Link, ...]
    dates: tuple[Dated, ...]
    keywords: str
    related: str

    @property
    def key(self) -> str:
        return self.paper.key


def make_cards(
    papers: Sequence[Paper],
    *,
    first: int = 1,
    total: int | None = None,
    words: Sequence[str] = (),
    snippets: bool = False,
    all_authors: bool = False,
) -> list[Card]:
    """Cards numbered from `first`. `words` are a query's, to mark; `snippets` folds abstracts behind a part of them."""
    count = len(papers) if total is None else total
    return [
        _make_card(paper, number, count, words, snippets, all_authors)
        for number, paper in enumerate(papers, start=first)
    ]


def _make_card(paper: Paper, number: int, total: int, words: Sequence[str], snippets: bool, all_authors: bool) -> Card:
    keywords = ",".join(telling_words(paper.title, paper.abstract))
    shown = paper.authors if all_authors else paper.authors[:AUTHORS_SHOWN]
    return Card(
        paper=paper,
        number=number,
        total=total,
        href=paper.get_absolute_url(),
        title=_marked(paper.title, words),
        abstract=_marked(paper.abstract, words),
        snippet=_snippet(paper.abstract, words) if snippets and paper.abstract else None,
        authors=tuple(Link(_marked(name, words), author_url(name)) for name in shown),
        authors_more=len(paper.authors) - len(shown),
        subjects=tuple(_subjects(paper)),
        dates=tuple(_dates(paper)),
        keywords=keywords,
        related=_related(paper, keywords),
    )


def _related(paper: Paper, keywords: str) -> str:
    """The search that [REL] leads to, as on papers.cool: any of the paper's telling words."""
    if not keywords:
        return ""
    return f"/{paper.branch}/search?{urlencode({'highlight': 1, 'query': keywords}, safe=',')}"


def _marked(text: str, words: Sequence[str]) -> SafeString:
    return render_text(text, matches(text, words) if words else ())


def _snippet(text: str, words: Sequence[str]) -> SafeString:
    part = snippet(text, words)
    return render_text(part, matches(part, words) if words else ())


def author_url(name: str) -> str:
    """Where an author's name leads: the papers that carry it."""
    phrase = '"' + name.replace('"', " ") + '"'
    return f"/search?query={quote(phrase)}"


def _subjects(paper: Paper) -> Iterable[Link]:
    for row in paper.category_rows.all():
        yield Link(row.category_id, f"/arxiv/{row.category_id}")
    if paper.group:
        yield Link(str(paper.group), paper.group.get_absolute_url())


def _instant(value: datetime, day_only: bool) -> str:
    return f"{value:%Y-%m-%d}" if day_only else f"{value:%Y-%m-%d %H:%M:%S} UTC"


def _dates(paper: Paper) -> Iterable[Dated]:
    """The dates that are known, each under its own name."""
    if paper.submitted:
        yield Dated("Submitted", _instant(paper.submitted, paper.submitted_day_only))
    if paper.revised and paper.revised != paper.submitted:
        yield Dated("Revised", _instant(paper.revised, paper.revised_day_only))
    for row in paper.announcements.all():
        if row.evidence == Evidence.ESTIMATED:
            yield Dated("Announced", f"≈ {row.day}", "estimated from the day of submission")
            continue
        notes = [Kind(row.kind).label] if row.kind != Kind.NEW else []
        if row.evidence == Evidence.COMPUTED:
            notes.append("computed from arXiv's schedule")
        yield Dated("Announced", str(row.day), ", ".join(notes))
