"""A paper as its card: everything the one card partial (templates/papers/_card.html) shows, ready to print."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from html import escape
from types import MappingProxyType
from urllib.parse import quote

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from coolpapers.kept import Kept
from coolpapers.models import REPLACED, Branch, Evidence, Kind, Paper
from coolpapers.rendering import render_text
from search.keywords import telling_words
from search.snippets import matches, snippet

NOTHING = SafeString("")
AUTHORS_SHOWN = 40  # then "et al.": a list of 3,303 names is no card


PART = "\x03"  # around the name of a part in a form
# A card's number in its list stands in its remembered HTML as these; stored text holds no such control characters.
NUMBER, TOTAL = "\x01", "\x02"  # of ASCII: any other character makes each one of a card take twice the memory
STARS = "\x04"  # so does the count of its stars, which is no change of the paper


@dataclass(frozen=True, slots=True)
class Card:
    """A paper in a list: its whole card, what stands beside it, and what this page alone says below it, as HTML."""

    id: SafeString
    href: SafeString
    title: SafeString
    html: SafeString
    below: SafeString


def make_cards(
    papers: Sequence[Paper],
    *,
    first: int = 1,
    total: int | None = None,
    words: Sequence[str] = (),
    snippets: bool = False,
    all_authors: bool = False,
    below: Mapping[int, SafeString] = MappingProxyType({}),
    copies: Mapping[int, Sequence[Paper]] = MappingProxyType({}),
) -> list[Card]:
    """Cards numbered from `first`. `words` are a query's, to mark; `snippets` folds abstracts behind a part of them;
    `below` is what stands below the cards of papers, and `copies` the other copies of their works, by id."""
    of_all = str(len(papers) if total is None else total)
    cards, language = [], get_language()
    for number, paper in enumerate(papers, start=first):
        looks = (tuple(words), snippets, all_authors, _copies(copies.get(paper.pk, ())))
        # A paper that changed is another one, and a mark that its source lacks it is no change.
        key = (language, paper.pk, paper.revision, paper.changed, paper.missing_since, *looks)
        card = _KEPT.get(key, partial(_make_card, paper, *looks))
        html = card.html.replace(NUMBER, str(number)).replace(TOTAL, of_all)
        html = SafeString(html.replace(STARS, str(paper.stars or "")))  # numbers alone
        cards.append(Card(card.id, card.href, card.title, html, below.get(paper.pk, NOTHING)))
    return cards


# Cards without their numbers, some 10 kB each. A list is read many times between two changes of a paper, and its cards
# are most of a page's time.
_KEPT = Kept[Card](4_000)


def _make_card(paper: Paper, words: Sequence[str], snippets: bool, all_authors: bool, copies: SafeString) -> Card:
    parts = _make_parts(paper, words, snippets, all_authors) | {"copies": copies}
    html = SafeString(_filled(parts))  # literals of the template, and escaped parts
    return Card(parts["id"], parts["href"], parts["title"], html, NOTHING)


def _filled(parts: Mapping[str, SafeString]) -> str:
    form = _form(get_language(), tuple((name, bool(text)) for name, text in parts.items()))
    return "".join([parts[text] if place % 2 else text for place, text in enumerate(form)])


@lru_cache(maxsize=1_000)
def _form(language: str, there: tuple[tuple[str, bool], ...]) -> list[str]:
    """The card's template printed once for all cards that have the same parts: what it prints itself, and the names of
    parts, by turns; in the language of now. To print the template for each card took a third of a card's time."""
    parts = {name: SafeString(f"{PART}{name}{PART}" if is_there else "") for name, is_there in there}
    return render_to_string("papers/_card.html", parts).split(PART)


def _make_parts(paper: Paper, words: Sequence[str], snippets: bool, all_authors: bool) -> dict[str, SafeString]:
    """What the card's template prints, by its names there: HTML made of escaped parts only. The template asks of each
    whether it is there, and prints it as it is, without a filter."""
    keywords = ",".join(telling_words(paper.title, paper.abstract))
    href = _escaped(paper.get_absolute_url())
    shown, others = paper.authors[:AUTHORS_SHOWN], paper.authors[AUTHORS_SHOWN:]
    subjects = list(_subjects(paper))
    return {
        "withdrawn": SafeString("withdrawn" if paper.withdrawn else ""),
        "withdrawn_reason": render_text(paper.withdrawn_reason),
        "missing": _escaped(f"{paper.missing_since:%Y-%m-%d}" if paper.missing_since else ""),
        "number": SafeString(NUMBER),
        "total": SafeString(TOTAL),
        "stars": SafeString(STARS),
        "id": _escaped("_".join(paper.key.split())),  # ids hold no white space
        "href": href,
        "source": _escaped(paper.source_url) or href,
        "place": _escaped(_source_name(paper) if paper.source_url else ""),
        "pdf": _escaped("" if paper.withdrawn else paper.pdf_url),
        "title": _marked(paper.title, words),
        "abstract": _marked(paper.abstract, words),
        "snippet": _snippet(paper.abstract, words) if snippets else NOTHING,
        "authors": _author_links(shown, words),
        "authors_plural": _plural(len(shown)),
        "authors_more": SafeString(len(others) or ""),
        "other_authors": _author_links(others if all_authors else (), ()),
        "subjects": _joined(
            _link(f"subject-{n}", href, escape(name)) for n, (name, href) in enumerate(subjects, start=1)
        ),
        "subjects_plural": _plural(len(subjects)),
        "dates": _dates_line(paper),
        "keywords": _escaped(keywords),
        "related": _escaped(related_url(paper)),
    }


def _escaped(text: str) -> SafeString:
    """Escaped once, and not again at each of its places in the template."""
    return SafeString(escape(text))


def _plural(count: int) -> SafeString:
    return SafeString("" if count == 1 else "s")


def _source_name(paper: Paper) -> str:
    """What the place of `source_url` is called: arXiv, or what stands last in a venue paper's key, as OpenReview."""
    return Branch.ARXIV.label if paper.branch == Branch.ARXIV else paper.key.rpartition("@")[2]


def related_url(paper: Paper) -> str:
    """Where [REL] leads: the papers most like this one."""
    return f"{paper.get_absolute_url()}/related"


def _marked(text: str, words: Sequence[str]) -> SafeString:
    return render_text(text, matches(text, words)) if words else render_text(text)


def _snippet(text: str, words: Sequence[str]) -> SafeString:
    return render_text(*snippet(text, words))


def _link(css_class: str, href: str, label: str) -> str:
    """A link with its label as HTML. In Python, not in the template: a list has hundreds of them."""
    return f'<a class="{css_class}" href="{escape(href)}">{label}</a>'


def _joined(parts: Iterable[str], separator: str = ", ") -> SafeString:
    return SafeString(separator.join(parts))  # of parts that are escaped where they are made


def _author_links(names: Sequence[str], words: Sequence[str]) -> SafeString:
    """Links to what else the authors wrote; names are looked at one by one only where all of them hold a match."""
    if words and not matches(", ".join(names), words):
        words = ()
    return _joined(_link("author notranslate", author_url(name), _marked(name, words)) for name in names)


def author_url(name: str) -> str:
    """Where an author's name leads: the papers that are printed with it."""
    return f"/author/{quote(name, safe='')}"


def _subjects(paper: Paper) -> Iterable[tuple[str, str]]:
    """Categories and group of the paper, each with its list's address; its branch where no category is known."""
    for code in paper.codes:
        yield code, f"/arxiv/{code}"
    if paper.group:
        yield str(paper.group), paper.group.get_absolute_url()
    elif not paper.codes:
        yield Branch.ARXIV.label, f"/{Branch.ARXIV}"


def _copies(copies: Sequence[Paper]) -> SafeString:
    """Links to the other copies of a work, named by their places; two at one place by their keys, too."""
    places = Counter(copy.place for copy in copies)
    return _joined(
        (
            _link("copy notranslate", copy.get_absolute_url(), escape(_place_of(copy, alone=places[copy.place] == 1)))
            for copy in copies
        ),
        " · ",
    )


def _place_of(copy: Paper, *, alone: bool) -> str:
    return copy.place if alone else f"{copy.place} ({copy.key})"


def _instant(value: datetime, day_only: bool) -> str:
    return f"{value:%Y-%m-%d}" if day_only else f"{value:%Y-%m-%d %H:%M:%S} UTC"


def _dates(paper: Paper) -> Iterable[tuple[str, str, str]]:
    """The dates that are known, each under its own name: word, value, how it is known."""
    if paper.submitted:
        yield _("Submitted"), _instant(paper.submitted, paper.submitted_day_only), ""
    if paper.revised and paper.revised != paper.submitted:
        yield _("Revised"), _instant(paper.revised, paper.revised_day_only), ""
    yield from _announcements(paper)


def _announcements(paper: Paper) -> Iterable[tuple[str, str, str]]:
    """When it was announced, and where that was not everywhere at once; then its last replacement."""
    seen: set[str] = set()
    replaced = ""
    for day, kind, evidence, scope in sorted(paper.listings, key=lambda listing: (listing[0], listing[1] != Kind.NEW)):
        if kind in REPLACED:
            replaced = str(day)
            continue
        fresh = [code for code in scope.split() if code not in seen]
        seen.update(fresh)
        if evidence == Evidence.ESTIMATED:
            yield _("Announced"), f"≈ {day}", _("estimated from the day of submission")
            continue
        notes = []
        if kind == Kind.CROSS:
            if scope and not fresh:
                continue
            told = _("cross-listed to {categories}").format(categories=", ".join(fresh)) if scope else _("cross-listed")
            notes.append(told)
        if evidence == Evidence.COMPUTED:
            notes.append(_("computed from arXiv's schedule"))
        yield _("Announced"), str(day), ", ".join(notes)
    if replaced:
        yield _("Replaced"), replaced, ""


def _dates_line(paper: Paper) -> SafeString:
    """The first date carries papers.cool's class for it; the others stand after it."""
    colon = _(": ")
    return _joined(
        (
            f'<strong>{word}</strong>{colon}<span class="{"date-more" if place else "date-data"}">{value}</span>'
            + (f" ({escape(note)})" if note else "")
            for place, (word, value, note) in enumerate(_dates(paper))
        ),
        " · ",
    )
