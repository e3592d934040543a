"""Copies of one work among the papers held: found, linked, and what is in doubt kept for somebody who looks.

One pass: what the papers in question are known by (title, DOI, identifiers) is remembered, all papers go past, and
those that share some of it are compared (ingest.matching). That is seconds, and no column has to be kept.

Guarantees: done twice it changes nothing; what somebody refused stays apart; two papers of arXiv are never linked by
themselves. Withdrawn papers are copies like others.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from coolpapers.clock import get_clock
from coolpapers.identifiers import identify_doi, identify_url
from coolpapers.models import Branch, Paper
from ingest.matching import Judgement, Printed, Verdict, judge
from ingest.models import Copy, CopyState
from ingest.store import link_copies, tell_of_works, unlink_copy
from search.titles import title_key

COMMON = 8  # papers that are known by one thing: more have it by mistake, or it says nothing ("Introduction")
BATCH = 500
_COLUMNS = ("pk", "key", "branch", "title", "doi", "source_url", "pdf_url")

Pair = tuple[int, int]


@dataclass(slots=True)
class LinkReport:
    """`compared`: pairs that were; `linked`: of them, those that are new copies; `waiting`: new, for a look."""

    compared: int = 0
    linked: int = 0
    waiting: int = 0


def link_works(
    *, ids: Collection[int] | None = None, dry_run: bool = False, told: Callable[[int], object] = lambda papers: None
) -> LinkReport:
    """Find the copies of these papers, else of all venues' papers, and link those that are sure; `told` hears how many
    papers went past."""
    report = LinkReport()
    pairs = sorted(_candidates(ids, told))
    for start in range(0, len(pairs), BATCH):
        with transaction.atomic():
            _settle(pairs[start : start + BATCH], report, dry_run)
    return report


# --- Finding -----------------------------------------------------------------------------------------------------
def _candidates(ids: Collection[int] | None, told: Callable[[int], object]) -> set[Pair]:
    """Pairs that share a title, a DOI or an identifier."""
    asked = Paper.objects.filter(branch=Branch.VENUE) if ids is None else Paper.objects.filter(pk__in=list(ids))
    known_by: dict[str, list[int]] = defaultdict(list)
    on_arxiv: dict[int, bool] = {}
    for pk, branch, things in _known(asked):
        on_arxiv[pk] = branch == Branch.ARXIV
        for thing in things:
            known_by[thing].append(pk)
    sharing: dict[str, set[int]] = defaultdict(set)
    for number, (pk, branch, things) in enumerate(_known(Paper.objects.all()), start=1):
        on_arxiv[pk] = branch == Branch.ARXIV
        for thing in things & known_by.keys():
            sharing[thing].add(pk)
        if number % BATCH == 0:
            told(BATCH)
    return {
        (min(one, other), max(one, other))
        for thing, papers in sharing.items()
        if len(papers) <= COMMON
        for one in known_by[thing]
        for other in papers
        if one != other and not (on_arxiv[one] and on_arxiv[other])
    }


def _known(papers: QuerySet[Paper]) -> Iterator[tuple[int, str, set[str]]]:
    """Each paper with what it is known by."""
    rows = papers.order_by("pk").values_list(*_COLUMNS).iterator(BATCH * 4)
    for pk, key, branch, title, doi, source_url, pdf_url in rows:
        yield pk, branch, {f"title {title_key(title)}", *names_of(key, branch, doi, (source_url, pdf_url))}


def names_of(key: str, branch: str, doi: str, urls: Iterable[str]) -> frozenset[str]:
    """The identifiers that a paper has or names: its DOI, and papers' paths here, as "/arxiv/1706.03762"."""
    names = {f"/{branch}/{key}".lower()}
    if doi:
        names.add(doi.lower())
    if "arxiv" in doi.lower() and (target := identify_doi(doi)):
        names.add(target.path.lower())
    for url in urls if branch == Branch.VENUE else ():  # those of arXiv's papers say what the key does
        if "arxiv.org" in url and (target := identify_url(url)):
            names.add(target.path.lower())
    return frozenset(names)


# --- Linking -----------------------------------------------------------------------------------------------------
def _settle(pairs: Sequence[Pair], report: LinkReport, dry_run: bool) -> None:
    """Compare pairs of which nothing is known yet, link the sure ones and note the doubtful."""
    asked = set(pairs)
    members = {pk for pair in asked for pk in pair}
    settled = set(Copy.objects.filter(one__in=members, other__in=members).values_list("one", "other"))
    papers = Paper.objects.select_related("group__edition").in_bulk(members)
    works: set[int] = set()
    for pair in sorted(asked - settled):
        if not papers.keys() >= set(pair):
            continue  # one is gone meanwhile
        one, other = papers[pair[0]], papers[pair[1]]
        judgement = judge(printed(one), printed(other))
        report.compared += 1
        if judgement.verdict is Verdict.OTHER:
            continue
        sure = judgement.verdict is Verdict.SAME and not _refused_between(one, other)
        report.linked, report.waiting = report.linked + sure, report.waiting + (not sure)
        if not dry_run:
            works |= _note(one, other, judgement, sure)
    tell_of_works(works)


def printed(paper: Paper) -> Printed:
    """What of a paper is compared."""
    edition = paper.group.edition if paper.group else None
    return Printed(
        title=paper.title,
        authors=paper.authors,
        abstract=paper.abstract,
        names=names_of(paper.key, paper.branch, paper.doi, (paper.source_url, paper.pdf_url)),
        year=edition.year if edition else paper.submitted.year if paper.submitted else None,
    )


def _refused_between(one: Paper, other: Paper) -> bool:
    """Whether to join their works would join two papers of which somebody said that they are not the same."""
    works = Paper.objects.works_among([one.pk, other.pk])
    members = {one.pk, other.pk, *Paper.objects.filter(work__in=works).values_list("pk", flat=True)}
    return Copy.objects.filter(state=CopyState.REFUSED, one__in=members, other__in=members).exists()


def _note(one: Paper, other: Paper, judgement: Judgement, sure: bool) -> set[int]:
    """The work that they are copies of now, where that is sure."""
    state = CopyState.LINKED if sure else CopyState.WAITING
    Copy.objects.create(one=one, other=other, state=state, why=judgement.why, found=get_clock().now())
    return {link_copies(papers=[one, other], tell=False).pk} if sure else set()


@transaction.atomic
def accept(copy: Copy) -> None:
    """Somebody looked: they are the same."""
    Copy.objects.filter(pk=copy.pk).update(state=CopyState.LINKED)
    link_copies(papers=[copy.one, copy.other])


@transaction.atomic
def refuse(copy: Copy) -> None:
    """Somebody looked: they are not the same. Linked ones come apart: the second leaves the work, and is no copy of
    any other paper in it either."""
    Copy.objects.filter(pk=copy.pk).update(state=CopyState.REFUSED)
    other = copy.other
    rest = Paper.objects.filter(work__in=Paper.objects.works_among([other.pk])).exclude(pk=other.pk)
    if not rest.filter(pk=copy.one_id).exists():
        return
    with_rest = Q(one=other, other__in=rest.values("pk")) | Q(other=other, one__in=rest.values("pk"))
    Copy.objects.filter(with_rest, state=CopyState.LINKED).update(state=CopyState.REFUSED)
    unlink_copy(paper=other)
