"""Papers by key: /arxiv/<id>[,<id>…], /venue/<key>[,<key>…], and /papers/<key>,<key>… of both.

Guarantee: every other spelling of a key (version, padding, class, alias, case) redirects to the one address; an arXiv
paper that is not held is asked for, and the page says so until it is here; any other key that is not held gives a 404
that says where the paper is.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from coolpapers.clock import get_clock
from coolpapers.exports import bibtex_of, cite_links, site_of
from coolpapers.identifiers import parse_arxiv_id, parse_venue_key
from coolpapers.models import Alias, Paper
from coolpapers.pages import metadata
from coolpapers.pages.cards import make_cards
from coolpapers.pages.lists import PaperList, show_list, sort_params
from coolpapers.pages.options import SHOW_DEFAULT, SHOW_LIMIT, Shape, moved, read_options
from coolpapers.pages.preference import part_of
from coolpapers.rendering import plain_text
from ingest.models import Wanted, WantedState
from ingest.tasks import ask_for_wanted
from ingest.wanted import AT_ONCE, want

ANY = "papers"  # instead of a branch: papers of both
LOOK_AGAIN = 4  # seconds, while a paper is fetched
SLOW = timedelta(minutes=2)  # then the page says that it takes long


class NotHeld(Http404):
    """Papers that exist, as far as their keys tell, but are not held here; `absent`: nor at arXiv, which was asked."""

    def __init__(self, keys: Sequence[str], branch: str, *, absent: bool = False) -> None:
        where = _("arXiv has no paper {key}.") if absent else _("{key} is not held here.")
        super().__init__(where.format(key=keys[0]) if len(keys) == 1 else _("None of these papers is held here."))
        self.keys, self.branch = tuple(keys), branch


def arxiv_key(text: str) -> str | None:
    identifier = parse_arxiv_id(text, prefixed=True)
    return identifier.id if identifier else None


def are_arxiv_keys(text: str) -> bool:
    """Whether an address after /arxiv/ names papers and not categories."""
    return any(arxiv_key(part) for part in text.split(",", 50)[:50])


def arxiv_papers(request: HttpRequest, text: str, shape: Shape) -> HttpResponse:
    """/arxiv/<id>[,<id>…]."""
    return _papers(request, text, "arxiv", arxiv_key, shape)


def venue_papers(request: HttpRequest, text: str, shape: Shape) -> HttpResponse:
    """/venue/<key>[,<key>…]."""
    return _papers(request, text, "venue", parse_venue_key, shape)


def any_papers(request: HttpRequest, text: str, shape: Shape) -> HttpResponse:
    """/papers/<key>,<key>…; papers of one branch have their address there."""
    parts = [part.strip() for part in text.split(",", SHOW_LIMIT) if part.strip()]
    branches = {"arxiv" if arxiv_key(part) else "venue" for part in parts if arxiv_key(part) or parse_venue_key(part)}
    if len(branches) == 1:
        return moved(request, f"/{branches.pop()}/{quote(text, safe='@,/')}{shape.value}")
    return _papers(request, text, ANY, lambda part: arxiv_key(part) or parse_venue_key(part), shape)


def key_of(text: str, branch: str) -> str:
    """The key of the one paper that an address names; raises Http404 where it names none, or several."""
    parsed = (arxiv_key if branch == "arxiv" else parse_venue_key)(text)
    if parsed is None:
        raise Http404(_("{text} is not a paper's key.").format(text=text[:80]))
    return without_aliases([parsed])[0]


def _papers(
    request: HttpRequest, text: str, branch: str, parse: Callable[[str], str | None], shape: Shape
) -> HttpResponse:
    parts = parts_of(text)
    parsed = [(part, parse(part)) for part in parts]
    wrong = [part for part, key in parsed if key is None]
    if len(wrong) == len(parts):
        raise Http404(_("{text} is not a paper's key.").format(text=text[:80]))
    keys = without_aliases([key for _part, key in parsed if key is not None])
    canonical = ",".join([*keys, *wrong])
    if canonical != text:
        return moved(request, f"/{branch}/{quote(canonical, safe='@,/')}{shape.value}")
    if len(parts) == 1 and shape is Shape.PAGE:
        return _paper(request, keys[0], branch)
    return _several(request, keys, wrong, branch, shape)


def parts_of(text: str) -> list[str]:
    """What stands between commas; raises BadRequest where it is more than one address takes."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > SHOW_LIMIT:
        raise BadRequest(
            _("{parts:,} papers are asked for; one address takes {show_limit:,}.").format(
                parts=len(parts), show_limit=SHOW_LIMIT
            )
        )
    return parts


def without_aliases(keys: Sequence[str]) -> list[str]:
    """The keys with aliases replaced by what they lead to, each once."""
    aliases = dict(Alias.objects.filter(key__in=keys).values_list("key", "paper__key"))
    return list(dict.fromkeys(aliases.get(key, key) for key in keys))


def _paper(request: HttpRequest, key: str, branch: str) -> HttpResponse:
    found = Paper.objects.for_cards(Paper.objects.filter(branch=branch).ids_of([key]))
    if not found:
        return _fetching(request, key, branch)
    paper = found[0]
    (card,) = make_cards([paper], all_authors=True)
    context = {
        "paper": paper,
        "card": card,
        "branch": branch,
        "plain_title": plain_text(paper.title),
        "plain_abstract": plain_text(paper.abstract),
        "copies": Paper.objects.other_copies([paper]).get(paper.pk, []),
        **_versions(paper),
        **_cited(request, paper),
    }
    return render(request, "papers/paper.html", context)


def _cited(request: HttpRequest, paper: Paper) -> dict[str, object]:
    """How the page and its head cite the paper."""
    address = f"{site_of(request)}{paper.get_absolute_url()}"
    return {
        "address": address,
        "citation": list(metadata.citation(paper, address)),
        "linked_data": metadata.linked_data(paper, address),
        "bibtex": bibtex_of(request, [paper]),
        "cite_links": cite_links(paper),
    }


def _listed(keys: Sequence[str]) -> str:
    told = ", ".join(keys[:20])
    return _("{keys} and more").format(keys=told) if len(keys) > 20 else told


def _fetching(request: HttpRequest, key: str, branch: str) -> HttpResponse:
    """202 and a page that looks again by itself, until the paper is here or arXiv says that there is none."""
    wanted = _want([key], branch).get(key)
    if wanted is None or wanted.state == WantedState.ABSENT:
        raise NotHeld([key], branch, absent=wanted is not None)
    slow = get_clock().now() - wanted.asked > SLOW
    context = {"key": key, "asked": wanted.asked, "slow": slow, "seconds": LOOK_AGAIN * (5 if slow else 1)}
    response = render(request, "papers/fetching.html", context, status=202)
    response["Retry-After"] = str(context["seconds"])
    response["Cache-Control"] = "no-store"
    return response


def _want(keys: Sequence[str], branch: str) -> dict[str, Wanted]:
    """How it stands with papers that are not held, which are asked for; nothing where arXiv is not to be asked."""
    if not (keys and settings.ARXIV and branch == "arxiv"):
        return {}
    found = want(keys)
    if any(wanted.state == WantedState.WAITING for wanted in found.values()):
        ask_for_wanted()
    return found


def _versions(paper: Paper) -> dict[str, object]:
    """An arXiv paper's versions, newest first, each with whether it can be read; where they are not known, the address
    of the one before a withdrawal."""
    if paper.branch != "arxiv":
        return {}
    versions = list(paper.versions.order_by("-number"))
    if versions:
        newest = versions[0].number
        return {"versions": [(v, not (v.withdrawn or (paper.withdrawn and v.number == newest))) for v in versions]}
    before = paper.version - 1 if paper.withdrawn and paper.version else 0
    return {"earlier": f"https://arxiv.org/abs/{paper.key}v{before}" if before else ""}


def _several(
    request: HttpRequest, keys: Sequence[str], wrong: Sequence[str], branch: str, shape: Shape
) -> HttpResponse:
    options = read_options(request, SHOW_DEFAULT if shape is Shape.PAGE else SHOW_LIMIT)
    found = Paper.objects.filter(key__in=keys)
    if branch != ANY:
        found = found.filter(branch=branch)
    held = list(found.sorted_by(options.sort).values_list("key", flat=True))
    missing = [key for key in keys if key not in held]
    wanted = _want(missing[:AT_ONCE], branch) if shape is Shape.PAGE else {}
    fetching = [key for key in missing if key in wanted and wanted[key].state == WantedState.WAITING]
    if not held and not fetching:
        raise NotHeld(keys, branch)
    known = set(held)
    here = [key for key in keys if key in known] if options.sort in (None, "relevance") else held
    shown = Paper.objects.for_cards(part_of(found.ids_of(here), options))
    notes = []
    if fetching:
        notes.append(
            _("Being fetched from arXiv: {fetching}. Open this page again in a moment.").format(
                fetching=_listed(fetching)
            )
        )
    if others := [key for key in missing if key not in fetching]:
        notes.append(_("Not held here: {others}.").format(others=_listed(others)))
    if wrong:
        notes.append(_("Not a paper's key: {wrong}.").format(wrong=", ".join(part[:60] for part in wrong[:20])))
    papers = PaperList(
        asked_for=True,
        name=here[0] if len(here) == 1 else _("{count} papers").format(count=len(here)),
        heading=_("Chosen papers"),
        path=f"/{branch}/{quote(','.join([*keys, *wrong]), safe='@,/')}",
        branch="all" if branch == ANY else branch,
        papers=shown,
        total=len(here),
        options=options,
        params=sort_params(options),
        sorts=("relevance", "date", "submitted", "announced", "stars"),
        description=_("Chosen papers, with titles, authors and abstracts."),
        notes=tuple(notes),
    )
    return show_list(request, papers, shape)
