"""Any list of papers as a file to take along: one module a format, and the answer that carries it.

Guarantees: the same list gives the same bytes, so that conditional requests answer 304; no text of a paper ends the
entry, line or cell that it stands in. BibTeX, RIS and CSL-JSON have an entry a work, its published copy before the
preprint; Markdown, CSV and identifiers have the papers as the list shows them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from coolpapers.exports.bibtex import write_bibtex
from coolpapers.exports.csl import write_csl
from coolpapers.exports.csv_table import write_csv
from coolpapers.exports.keys import write_keys
from coolpapers.exports.markdown import write_markdown
from coolpapers.exports.ris import write_ris
from coolpapers.exports.sheet import Sheet
from coolpapers.models import Paper

if TYPE_CHECKING:
    from coolpapers.pages.lists import PaperList

NAME_LIMIT = 80  # characters of a file's name


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what ?format= calls it and what else may be typed for it, its label, and how its files are."""

    name: str
    label: str
    other_names: tuple[str, ...]
    ending: str
    content_type: str
    write: Callable[[Sheet], str]


# Zotero and its like take files of the first three types in by themselves. CSL-JSON's is the one that doi.org answers.
FORMATS = {
    made.name: made
    for made in (
        Format("bibtex", "BibTeX", ("bib",), "bib", "application/x-bibtex; charset=utf-8", write_bibtex),
        Format("ris", "RIS", (), "ris", "application/x-research-info-systems; charset=utf-8", write_ris),
        Format("csl", "CSL-JSON", ("csl-json", "json"), "json", "application/vnd.citationstyles.csl+json", write_csl),
        Format("markdown", "Markdown", ("md",), "md", "text/markdown; charset=utf-8", write_markdown),
        Format("csv", "CSV", (), "csv", "text/csv; charset=utf-8; header=present", write_csv),
        Format("ids", "Plain ids", ("keys", "text", "txt"), "txt", "text/plain; charset=utf-8", write_keys),
    )
}
_BY_ANY_NAME = {name: made for made in FORMATS.values() for name in (made.name, *made.other_names)}


def read_format(request: HttpRequest) -> Format:
    """?format=, BibTeX where the address does not say; raises BadRequest."""
    text = request.GET.get("format", "").strip() or "bibtex"
    if (found := _BY_ANY_NAME.get(text.lower())) is None:
        raise BadRequest(
            _("format={text} is not known here. Use one of: {formats}.").format(
                text=text[:40], formats=", ".join(FORMATS)
            )
        )
    return found


def render_export(request: HttpRequest, papers: PaperList) -> HttpResponse:
    """The papers of the list as a file in ?format=; where there are more, a Link header leads on.

    A list that can't be had for a while is a sentence, not an empty file.
    """
    form = read_format(request)
    if papers.extra.get("unavailable"):
        return HttpResponse(f"{papers.extra.get('degraded')}\n", content_type="text/plain; charset=utf-8")
    day = papers.days.day if papers.days else None  # the newest day is another one tomorrow
    sheet = Sheet(
        name=papers.name,
        address=request.build_absolute_uri(papers.url(show=None, skip=None, highlight=None, date=day)),
        site=site_of(request),
        papers=papers.papers,
        notes=papers.notes,
    )
    response = HttpResponse(form.write(sheet), content_type=form.content_type)
    response["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=file_name(papers.name, papers.first, form.ending)
    )
    if papers.next_url:
        following = papers.url(
            f"{papers.path}/export", format=form.name, skip=papers.options.skip + papers.options.show
        )
        response["Link"] = f'<{request.build_absolute_uri(following)}>; rel="next"'
    return response


def site_of(request: HttpRequest) -> str:
    """Scheme and host that the site was asked by."""
    return request.build_absolute_uri("/").rstrip("/")


def bibtex_of(request: HttpRequest, papers: Sequence[Paper]) -> str:
    """Entries of these papers' works."""
    return write_bibtex(Sheet(name="", address="", site=site_of(request), papers=papers))


def cite_links(paper: Paper) -> list[tuple[str, str]]:
    """Label and address of one paper in each format that is one; BibTeX as text that a browser shows."""
    page = paper.get_absolute_url()
    names = ("ris", "csl", "markdown", "csv")
    files = [(FORMATS[name].label, f"{page}/export?format={name}") for name in names]
    return [("BibTeX", f"{page}/bibtex"), *files]


def file_name(name: str, first: int, ending: str) -> str:
    """`cs.CL 2026-06-16` → cs.CL-2026-06-16.bib: a list's name in characters that every system takes, in any script.

    A later part of a list says which paper it begins with.
    """
    words = re.sub(r"[^\w.+]+", "-", name).replace("-+-", "+")[:NAME_LIMIT].strip("-.") or "papers"
    part = f"-from-{first}" if first > 1 else ""
    return f"{words}{part}.{ending}"
