"""/search, /arxiv/search and /venue/search, and their feeds."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from coolpapers.identifiers import parse_arxiv_id, resolve_text
from coolpapers.models import Alias, Paper
from coolpapers.pages import explain
from coolpapers.pages.facets import facet_links
from coolpapers.pages.filters import address_with_dates, shown_filters
from coolpapers.pages.lists import PaperList, show_list, sort_params
from coolpapers.pages.options import ListOptions, Shape, read_options, text_param
from coolpapers.pages.preference import search_part
from search.engines.base import Facets
from search.facets import count_ahead, facets_of
from search.nodes import HasId, may_be_pasted
from search.pipeline import SearchPage
from search.query import Query, parse_query
from search.suggest import Suggestion, suggest
from search.venues import as_called_here

NAMES = {None: gettext_lazy("Search"), "arxiv": gettext_lazy("Search arXiv"), "venue": gettext_lazy("Search venues")}
PLACES = ((None, gettext_lazy("Both")), ("arxiv", "arXiv"), ("venue", gettext_lazy("Venues")))
# What the empty page shows of the language; docs/search.md has all of it. Each finds something in the shipped sample.
EXAMPLES = (
    ('"language models" reasoning -image', gettext_lazy("a phrase and a word, without another word")),
    ("(graph OR network) AND survey", gettext_lazy("one of two words, and a third; operators in capitals")),
    ("title:(vision OR speech) author:li", gettext_lazy("only in the title, only in the authors; also abstract:")),
    ("quant* computing", gettext_lazy("all words that begin so")),
    ("category:cs.CL date:2018-07..2026 parsing", gettext_lazy("in a category, in a range of dates")),
    ('venue:"ACL.2018 - Long Papers"', gettext_lazy("a venue, an edition or a part of one")),
)


def search(request: HttpRequest, branch: str | None = None, shape: Shape = Shape.PAGE) -> HttpResponse:
    """Papers that match ?query=, best first or as ?sort= says."""
    options = read_options(request, shape.default_show)
    page = shape is Shape.PAGE
    text = text_param(request.GET, "query")
    query = as_called_here(parse_query(text, branch=branch))
    if page and (path := identified(_pasted(text, query))) is not None:
        return HttpResponseRedirect(path)
    moved, told = address_with_dates(request, query, text)
    if moved:
        return HttpResponseRedirect(moved)
    ahead = count_ahead(query) if page else None
    found = search_part(query, options, "relevance")
    facets = facets_of(found.answered, ahead) if page else Facets
    papers = _result_list(text, query, found, options, _looks(request, page))
    words = (found.corrected or query).words
    shown: dict[str, object] = {"words": words if papers.extra["highlight"] else (), "snippets": True}
    if page:
        papers.extra.update(shown_filters(request, query, papers, told))
        papers.extra.update(_offers(query, found, facets, papers))
        papers.extra["explain_url"] = papers.url(explain=None if papers.extra["explain"] else 1)
        if papers.extra["explain"]:
            papers.extra["why"] = explain.summary(found, "prefer" if options.prefer else options.sort)
            shown["below"] = explain.lines(found, papers.papers, words, papers.first)
    return show_list(request, papers, shape, template="search/results.html", **shown)


def _looks(request: HttpRequest, page: bool) -> dict[str, str]:
    """What of the address says how the results look; only a page is explained."""
    sent = {name: text_param(request.GET, name, 9) for name in ("highlight", "explain")}
    return {name: value for name, value in sent.items() if value and (page or name != "explain")}


def _offers(query: Query, found: SearchPage, facets: Callable[[], Facets], papers: PaperList) -> dict[str, object]:
    """Links to other searches: with a filter more where something is found, else what may have been meant."""
    offers: dict[str, object] = {}
    if found.answered:
        offers["facets"] = facet_links(found.answered, facets(), papers)
    if other := found.corrected:
        return offers | {"instead": (other.text, papers.url(query=other.text, skip=None))}
    if found.total or found.failed:
        return offers
    meant, shorter = suggest(query)

    def address(one: Suggestion) -> str:
        return papers.url(query=one.text, skip=None)

    return {
        "meant": [
            (one.text, ngettext("{total:,} paper", "{total:,} papers", one.total).format(total=one.total), address(one))
            for one in meant
        ],
        "shorter": [(one.text, f"{one.total:,}", address(one)) for one in shorter],
    }


def identified(text: str) -> str | None:
    """The address of the held paper that the whole text identifies (an id, a key, a DOI, an address), else None."""
    if not text or len(text) > 500 or any(space in text for space in "\t\n") or text.count(" ") > 1:
        return None
    identifier = parse_arxiv_id(text)  # also where the number is padded for another year
    path = f"/arxiv/{identifier.id}" if identifier else resolve_text(text)
    if path is None:
        return None
    branch, _, key = path.removeprefix("/").partition("/")
    if branch in {"arxiv", "venue"}:
        held = Paper.objects.filter(branch=branch, key=key).exists() or Alias.objects.filter(key=key).exists()
        return path if held else None
    paper = Paper.objects.filter(~Q(doi=""), doi__iexact=text.strip()).only("branch", "key").first()
    return paper.get_absolute_url() if paper else None


def _pasted(text: str, query: Query) -> str:
    """The text where it may name a paper by itself, and "" where it says what to look for (`graph -id:1706.03762`)."""
    if isinstance(query.tree, HasId):
        return query.tree.key
    return text if query.tree is None or may_be_pasted(query.tree) else ""


def _result_list(text: str, query: Query, found: SearchPage, options: ListOptions, looks: dict[str, str]) -> PaperList:
    branch = query.branch
    heading = str(NAMES[branch])
    path = f"/{branch}/search" if branch else "/search"
    params = [*([("query", text)] if text else ()), *looks.items(), *sort_params(options)]
    branches = [
        (label, (f"/{place}/search" if place else "/search") + f"?{urlencode(params)}", place == branch)
        for place, label in PLACES
    ]
    return PaperList(
        name=f"{text[:80]} - {heading}" if text else heading,
        heading=heading,
        path=path,
        branch=branch or "all",
        papers=Paper.objects.for_cards(found.paper_ids),
        total=found.total,
        options=options,
        params=tuple(params),
        description=_("Papers found for: {text}").format(text=text[:200]) if text else "",
        total_is_exact=found.total_is_exact,
        notes=(*(problem.sentence for problem in query.problems), *found.notes),
        empty="",
        sorts=("relevance", "date", "submitted", "announced", "stars"),
        by_mail=query.tree is not None,
        extra={
            "highlight": looks.get("highlight", "0") != "0",
            "explain": looks.get("explain", "0") != "0",
            "branches": branches,
            "examples": [(typed, meaning, f"{path}?{urlencode({'query': typed})}") for typed, meaning in EXAMPLES],
            **_told(text, query, found),
        },
    )


def _told(text: str, query: Query, found: SearchPage) -> dict[str, object]:
    """What the page says of the query, and of what is missing in the answer."""
    pasted = _pasted(text, query)
    return {
        "query_text": text,
        "degraded": found.degraded,
        "failed": found.failed,
        "unavailable": found.unavailable,
        "asked": bool(text),
        "nothing_asked": query.tree is None,
        "read_as": "" if query.is_plain else query.read_as,
        "not_held": resolve_text(pasted) if pasted and len(pasted) < 500 else None,
    }
