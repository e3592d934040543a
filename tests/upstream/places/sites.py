"""Places that give pages: a list, and a page a paper, in the forms that were recorded where there are recordings."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

from tests.upstream.fault import Answer
from tests.upstream.places import NOT_FOUND, Place, Visit, page
from tests.upstream.places.papers import HeldPaper, in_a_row, last_first

Pages = Mapping[str, str]


def site(pages: Pages) -> Place:
    """A place that has these pages; a path may have a query."""

    def answer(visit: Visit) -> Answer:
        query = "&".join(f"{name}={value}" for name, values in visit.query.items() for value in values)
        found = pages.get(f"{visit.path}?{query}" if query else visit.path)
        return page(found) if found is not None else NOT_FOUND

    return answer


def tags(paper: HeldPaper, pdf: str, flip: Callable[[str], str] = last_first, more: str = "") -> str:
    """What search engines are told of a paper."""
    authors = "".join(f'<meta name="citation_author" content="{escape(flip(name))}">\n' for name in paper.authors)
    return (
        f'<meta charset="utf-8">\n<title>{escape(paper.title)}</title>\n'
        f'<meta name="citation_title" content="{escape(paper.title)}">\n{authors}'
        f'<meta content="{pdf}" name="citation_pdf_url">\n{more}'
    )


def whole(head: str, body: str) -> str:
    return f"<!DOCTYPE html>\n<html>\n<head>\n{head}</head>\n<body>\n{body}</body>\n</html>\n"


# --- CVF, ECVA ---------------------------------------------------------------------------------------------------
def _cvf_list(names: Sequence[tuple[str, HeldPaper]]) -> str:
    told = []
    for name, paper in names:
        told.append(f'<dt class="ptitle"><br><a href="{name}">{escape(paper.title)}</a></dt>\n<dd>')
        told += [f'<form class="authsearch"><a href="#">{escape(author)}</a></form>' for author in paper.authors]
        told.append("</dd>\n")
    return whole("<title>Open Access Repository</title>", f'<div id="content"><dl>\n{"".join(told)}</dl></div>')


def cvf(conference: str, papers: Sequence[HeldPaper], *, days: int = 0) -> Pages:
    """A conference with all papers on one page, or `days` pages of days."""
    name, year = conference[:-4], conference[-4:]
    at = f"/content/{conference}"
    named = [(f"{at}/html/Author{n}_Title_{name}_{year}_paper.html", paper) for n, paper in enumerate(papers)]
    pages = {}
    for number, (path, paper) in enumerate(named):
        pdf = f"https://openaccess.thecvf.com{at}/papers/Author{number}_Title_{name}_{year}_paper.pdf"
        shown = f'<div id="papertitle">{escape(paper.title)}</div><div id="abstract">{escape(paper.abstract)}</div>'
        pages[path] = whole(
            tags(paper, pdf), f'{shown}\n<div class="bibref pre-white-space">@InProceedings{{x}}</div>\n'
        )
    if not days:
        return {**pages, f"/{conference}?day=all": _cvf_list(named)}
    links = "".join(f'<dd><a href="/{conference}?day=2019-06-{18 + day}">Day {day + 1}</a></dd>' for day in range(days))
    lists = {f"/{conference}?day=2019-06-{18 + day}": _cvf_list(named[day::days]) for day in range(days)}
    return {**pages, **lists, f"/{conference}?day=all": whole("<title>Days</title>", f"<dl>{links}</dl>")}


def ecva(year: int, papers: Sequence[HeldPaper]) -> Pages:
    """The list of all years, with one more than is asked for."""
    pages, listed = {}, []
    for number, paper in enumerate(papers):
        path = f"papers/eccv_{year}/papers_ECCV/html/{number}_ECCV_{year}_paper.php"
        pdf = f"https://www.ecva.net/papers/eccv_{year}/papers_ECCV/papers/{number:05d}.pdf"
        pages[f"/{path}"] = whole(
            tags(paper, pdf), f'<div id="abstract">"{escape(paper.abstract)}"</div>\n'.replace('"', "")
        )
        listed.append((path, paper))
    other = ("papers/eccv_1999/papers_ECCV/html/1_ECCV_1999_paper.php", papers[0])
    return {**pages, "/papers.php": _cvf_list([other, *listed])}


# --- NeurIPS -----------------------------------------------------------------------------------------------------
def neurips(year: int, papers: Sequence[HeldPaper], *, modern: bool = True) -> Pages:
    """Proceedings with two tracks, in the look of 2026 or the one before."""
    pages, listed = {}, []
    for number, paper in enumerate(papers):
        track = "Datasets_and_Benchmarks_Track" if number % 3 == 2 else "Conference"
        at = f"/paper_files/paper/{year}/hash/{number:032x}-Abstract-{track}.html"
        pdf = f"https://proceedings.neurips.cc/paper_files/paper/{year}/file/{number:032x}-Paper-{track}.pdf"
        names = escape(in_a_row(paper.authors))
        if modern:
            listed.append(
                f'<li data-track="{track.lower()}"><div class="paper-content"><a title="paper title" href="{at}">'
                f'{escape(paper.title)}</a><span class="paper-authors">{names}</span></div></li>\n'
            )
            body = (
                f'<h1 class="paper-title">{escape(paper.title)}</h1><p class="paper-authors">{names}</p>\n'
                f'<section class="paper-section"><h2 class="section-label">Abstract</h2>\n'
                f'<p class="paper-abstract">{escape(paper.abstract)}</section>\n'
                '<section class="paper-section paper-doi-section"><h2 class="section-label">DOI</h2></section>\n'
            )
        else:
            listed.append(f'<li><a title="paper title" href="{at}">{escape(paper.title)}</a> <i>{names}</i></li>\n')
            body = (
                f"<h4>{escape(paper.title)}</h4>\n<h4>Authors</h4>\n<p><i>{names}</i></p>\n<h4>Abstract</h4>\n"
                f'<p>\n <p>\n  {escape(paper.abstract)}\n </p>\n</p>\n<h4 class="modal-title">Name Change Policy</h4>\n'
            )
        pages[at] = whole(tags(paper, pdf), f'<div class="container-fluid">{body}</div>\n')
    count = f'<span class="paper-count">{len(papers)} papers</span>' if modern else ""
    pages[f"/paper_files/paper/{year}"] = whole("<title>Book</title>", f"{count}<ul>\n{''.join(listed)}</ul>\n")
    return pages


# --- IJCAI, USENIX, NDSS, ISCA, MICCAI ---------------------------------------------------------------------------
def ijcai(year: int, papers: Sequence[HeldPaper]) -> Pages:
    """The tags' authors are in no order, as there."""
    pages, listed = {}, []
    for number, paper in enumerate(papers, start=1):
        pdf = f"https://www.ijcai.org/proceedings/{year}/{number:04d}.pdf"
        authors = "".join(
            f'<meta name="citation_author" content="{escape(name)}" />\n' for name in sorted(paper.authors)
        )
        head = (
            f'<meta charset="utf-8">\n<meta name="citation_url" content="{pdf}" />\n{authors}'
            f'<meta name="citation_title" content="{escape(paper.title)}" />\n'
        )
        body = (
            f'<div class="container-fluid proceedings-detail"><div class="row"><div class="col-md-8"><h1>'
            f"{escape(paper.title)}</h1><h2>{escape(in_a_row(paper.authors))}</h2></div></div>\n"
            f'<div class="row"><div class="col-md-8"><div>Proceedings of the International Joint Conference on'
            f' Artificial Intelligence</div><div>Main Track. Pages 1-9. <a class="doi" href="#">'
            f"https://doi.org/10.24963/ijcai.{year}/{number}</a></div></div></div>\n"
            f'<div class="row"><div class="col-md-12">{escape(paper.abstract)}</div>\n'
            '<div class="col-md-12"><div class="keywords"><div class="title">Keywords:</div></div></div></div></div>\n'
        )
        pages[f"/proceedings/{year}/{number}"] = whole(head, body)
        listed.append(
            f'<div class="paper_wrapper"><div class="title">{escape(paper.title)}</div><div class="details">'
            f'<a href="{number:04d}.pdf">PDF</a> | <a href="/proceedings/{year}/{number}">Details</a></div></div>\n'
        )
    section = f'<div class="section"><div class="section_title"><h3>Main Track</h3></div>\n{"".join(listed)}</div>\n'
    return {**pages, f"/proceedings/{year}/": whole("<title>IJCAI</title>", section)}


def usenix(conference: str, papers: Sequence[HeldPaper], *, old: bool = False) -> Pages:
    """Technical sessions in the look of 2026 or of 2016, with a talk that has no paper."""
    pages, listed = {}, []
    for number, paper in enumerate(papers):
        below = "/technical-sessions" if old else ""
        at = f"/conference/{conference}{below}/presentation/author{number}"
        people = " ".join(f"{escape(name)}, <em>A University;</em>" for name in paper.authors)
        item = f'<div class="field-item odd"><p>{people}</p></div>'
        shown = f'<div class="field field-name-field-paper-people-text">{item}</div>'
        link = f'<a href="{at}">{escape(paper.title)}</a>'
        listed.append(
            f'<div class="node node-paper clearfix"><h2 class="node-title">{link}</h2>{shown}</div>\n'
            if old
            else f'<article class="node node-paper view-mode-schedule"><h2>{link}</h2>{shown}</article>\n'
        )
        pdf = f"https://www.usenix.org/system/files/{conference}-author{number}.pdf"
        about = (
            '<div class="field field-name-field-paper-description-long"><div class="field-label">Abstract:&nbsp;</div>'
            f'<div class="field-items"><div class="field-item odd"><p>{escape(paper.abstract)}</p></div></div></div>\n'
        )
        pages[at] = whole(tags(paper, pdf, flip=str), about)
    keynote = f'<a href="/conference/{conference}/presentation/keynote">A talk</a>'
    talk = f'<article class="node node-event"><h2>{keynote}</h2></article>'
    sessions = whole("<title>Technical Sessions</title>", f"{talk}\n{''.join(listed)}")
    return {**pages, f"/conference/{conference}/technical-sessions": sessions}


def ndss(year: int, papers: Sequence[HeldPaper]) -> Pages:
    pages, listed = {}, []
    for number, paper in enumerate(papers):
        at = f"/ndss-paper/paper-number-{number}/"
        people = ", ".join(f"{escape(name)} (A University)" for name in paper.authors)
        body = (
            f'<h1 class="entry-title">{escape(paper.title)}</h1>\n'
            f'<div class="paper-data"><p><strong><p>{people}</p></strong></p>'
            f"<p><p>{escape(paper.abstract)}</p></p></div>\n"
            f'<a href="https://www.ndss-symposium.org/wp-content/uploads/{year}-{number}-paper.pdf">Paper</a>'
        )
        pages[at] = whole(f"<title>{escape(paper.title)}</title>", body)
        listed.append(
            f'<div><h3>{escape(paper.title)}</h3><a href="https://www.ndss-symposium.org{at}">Details</a></div>\n'
        )
    return {**pages, f"/ndss{year}/accepted-papers/": whole("<title>Accepted Papers</title>", "".join(listed))}


def isca(conference: str, papers: Sequence[HeldPaper]) -> Pages:
    pages, listed = {}, []
    short = conference.rpartition("_")[0]
    for number, paper in enumerate(papers):
        name = f"author{number:02d}_{short}"
        pdf = f"https://www.isca-archive.org/{conference}/{name}.pdf"
        pages[f"/{conference}/{name}.html"] = whole(
            tags(paper, pdf, flip=str), f'<div id="abstract"><p>{escape(paper.abstract)}</p></div>\n'
        )
        listed.append(f'<p><a class="w3-text" href="{name}.html">{escape(paper.title)}</a></p>\n')
    return {**pages, f"/{conference}/": whole("<title>Archive</title>", "".join(listed))}


def miccai(year: int, papers: Sequence[HeldPaper]) -> Pages:
    pages, listed = {}, []
    for number, paper in enumerate(papers, start=1):
        at = f"/miccai-{year}/{number:03d}-Paper{number:04d}.html"
        people = "".join(f'<a href="/miccai-{year}/tags#x">{escape(last_first(name))}</a> ' for name in paper.authors)
        body = (
            f'<h1>{escape(paper.title)}</h1>\n<div class="post-authors">{people}</div>\n'
            f'<h1 id="abstract-id">Abstract</h1>\n<p>{escape(paper.abstract)}</p>\n'
            f'<h1 id="link-id">Links to Paper</h1>\n'
            f'<p>Main Paper: <a href="https://papers.miccai.org/miccai-{year}/paper/{number:04d}_paper.pdf">pdf</a></p>\n'
        )
        pages[at] = whole(f"<title>{escape(paper.title)}</title>", body)
        listed.append(f'<li><a href="{at}">{escape(paper.title)}</a></li>\n')
    return {**pages, f"/miccai-{year}/": whole("<title>Papers</title>", f"<ul>{''.join(listed)}</ul>")}
