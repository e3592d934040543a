"""Papers by key as a file: /export?ids= for keys of both branches, and /<branch>/<key>[,<key>…]/bibtex.

An address that names papers of one branch has /export as every list does (coolpapers.pages.papers).
"""

from collections.abc import Sequence

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from coolpapers.exports import bibtex_of
from coolpapers.identifiers import parse_venue_key
from coolpapers.models import Paper
from coolpapers.pages.lists import PaperList, show_list
from coolpapers.pages.options import SHOW_LIMIT, ListOptions, Shape, text_param
from coolpapers.pages.papers import NotHeld, arxiv_key, parts_of, without_aliases


def selection(request: HttpRequest) -> HttpResponse:
    """/export?ids=<key>[,<key>…]: those that are held, in this order."""
    parts = parts_of(text_param(request.GET, "ids", 1_000_000))
    keys = _keys([arxiv_key(part) or parse_venue_key(part) for part in parts])
    if not keys:
        raise BadRequest(_("ids= names no paper. Write keys with commas between, like ids=1706.03762,P18-1001@ACL."))
    found = Paper.objects.for_cards(Paper.objects.ids_of(keys))
    if not found:
        raise NotHeld(keys, "all")
    papers = PaperList(
        name=_("{count} papers").format(count=len(found)) if len(found) > 1 else found[0].key,
        heading=_("Chosen papers"),
        path="/export",
        branch="all",
        papers=found,
        total=len(found),
        options=ListOptions(show=SHOW_LIMIT, skip=0, sort=None, asked=SHOW_LIMIT, default=SHOW_LIMIT),
        params=(("ids", ",".join(keys)),),
    )
    return show_list(request, papers, Shape.EXPORT)


def bibtex(request: HttpRequest, text: str, branch: str) -> HttpResponse:
    """Entries of the papers that an address names, as a file that a browser shows."""
    parse = arxiv_key if branch == "arxiv" else parse_venue_key
    keys = _keys([parse(part) for part in parts_of(text)])
    papers = Paper.objects.for_cards(Paper.objects.filter(branch=branch).ids_of(keys))
    if not papers:
        raise NotHeld(keys, branch) if keys else Http404(_("{text} is not a paper's key.").format(text=text[:80]))
    return HttpResponse(bibtex_of(request, papers), content_type="text/plain; charset=utf-8")


def _keys(parsed: Sequence[str | None]) -> list[str]:
    return without_aliases([key for key in parsed if key is not None])
