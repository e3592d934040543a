"""Papers → what a citation of each says: one for a work, of its published copy where there is one.

Guarantees: the works in their order, each once; a key depends on nothing but the copy of the work that was here first,
so it is the same in every export, after a new version and when the work is published (docs/decisions/0021); no two of
one export are alike, in whatever case. The number of queries does not depend on the number of papers.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from itertools import count

from coolpapers.exports.people import Person, split_name
from coolpapers.exports.sheet import Sheet
from coolpapers.models import Branch, Evidence, Kind, Paper, PaperCategory
from coolpapers.rendering import plain_text
from search.names import name_keys

KEY_LIMIT = 50  # characters of a paper's own key in a citation's


@dataclass(frozen=True, slots=True)
class Citation:
    """A work as it is cited. Text is as the store has it, dates are those that are known."""

    key: str
    title: str
    abstract: str
    people: tuple[Person, ...]
    names: tuple[str, ...]  # as printed
    year: int
    day: date | None  # of its first version, of a preprint
    venue: str  # "" of a preprint: Annual Meeting of the ACL 2018
    edition: str  # ACL.2018
    group: str
    doi: str
    url: str  # at its source
    pdf: str
    page: str  # here
    eprint: str  # arXiv's identifier of the work, where it has one
    primary: str  # and its category there
    subjects: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def is_published(self) -> bool:
        return bool(self.edition)


def cite(sheet: Sheet) -> list[Citation]:
    """Citations of the works of these papers."""
    copies = Paper.objects.other_copies(sheet.papers)
    works: dict[int, list[Paper]] = {}
    for paper in sheet.papers:
        works.setdefault(paper.work_id or -paper.pk, [paper, *copies.get(paper.pk, ())])
    preprints = [copy.pk for of_work in works.values() for copy in of_work if copy.branch == Branch.ARXIV]
    primary = PaperCategory.objects.primary_of(preprints)
    keys = unique_keys(works.values())
    return [_citation(sheet, of_work, key, primary) for of_work, key in zip(works.values(), keys, strict=True)]


def _citation(sheet: Sheet, copies: Sequence[Paper], key: str, primary: Mapping[int, str]) -> Citation:
    listed, shown = copies[0], published_first(copies)
    preprint = next((copy for copy in copies if copy.branch == Branch.ARXIV), None)
    edition = shown.group.edition if shown.group else None
    notes = () if edition else (plain_text(shown.journal_ref),)
    names = tuple(name for name in shown.authors if name.strip())
    return Citation(
        key=key,
        title=shown.title,
        abstract=plain_text(listed.abstract),  # of the other copies it is not read
        people=tuple(split_name(name) for name in names),
        names=names,
        year=edition.year if edition else year_of(shown),
        day=None if edition or not shown.submitted else shown.submitted.date(),
        venue=f"{edition.venue.name or edition.venue.code} {edition.in_venue}" if edition else "",
        edition=str(edition or ""),
        group=shown.group.name if shown.group else "",
        doi=own_doi(shown),
        url=shown.source_url or sheet.address_of(shown),
        pdf="" if shown.withdrawn else shown.pdf_url,
        page=sheet.address_of(shown),
        eprint=preprint.key if preprint else "",
        primary=primary.get(preprint.pk, "") if preprint else "",
        subjects=tuple(listed.codes),
        notes=tuple(filter(None, (*notes, "Withdrawn" if shown.withdrawn else ""))),
    )


def published_first(copies: Sequence[Paper]) -> Paper:
    """The published copy; of several one with a DOI, then one in proceedings rather than on OpenReview."""
    published = [copy for copy in copies if copy.group]
    return min(published, key=lambda copy: (not own_doi(copy), copy.key.endswith("@OpenReview")), default=copies[0])


def own_doi(paper: Paper) -> str:
    """Its own: some venues name that of the copy on arXiv, which is no publication's."""
    of_arxiv = paper.branch != Branch.ARXIV and "arxiv" in paper.doi.lower()
    return "" if of_arxiv else paper.doi


def first_known_day(paper: Paper, *, new: bool = False) -> date | None:
    """The first day on which it was announced, or announced as `new`; a day that is only estimated is no day."""
    kinds = (Kind.NEW,) if new else (Kind.NEW, Kind.CROSS)
    told = (day for day, kind, how, _scope in paper.listings if kind in kinds and how != Evidence.ESTIMATED)
    return min(told, default=None)


def year_of(paper: Paper) -> int:
    """A preprint's: of its first version, else that of its identifier."""
    return paper.submitted.year if paper.submitted else _year_of_key(paper)


def _year_of_key(paper: Paper) -> int:
    return int(paper.ordinal) // 10**8  # arXiv's month, or the edition's year (Paper.ordinal)


# --- Keys --------------------------------------------------------------------------------------------------------
def unique_keys(works: Iterable[Sequence[Paper]]) -> Iterator[str]:
    """A key for each work, by its copies; where two would be alike, the later one has a number behind it."""
    taken: set[str] = set()
    for copies in works:
        key = _key(min(copies, key=lambda copy: copy.pk))
        numbered = (f"{key}-{number}" for number in count(2))
        while key.lower() in taken:
            key = next(numbered)
        taken.add(key.lower())
        yield key


def _key(paper: Paper) -> str:
    """`vaswani2017-1706.03762`: the first author's family name, and the year and name of a copy."""
    names = name_keys(paper.authors[0]) if paper.authors else ()
    family = re.sub("[^a-z0-9]", "", _ascii(names[0].partition("_")[0]).lower()) if names else ""
    name = re.sub("[^A-Za-z0-9._]+", "-", _ascii(paper.key)).strip("-")
    if len(name) > KEY_LIMIT:
        digest = blake2b(paper.key.encode(), digest_size=4).hexdigest()
        name = f"{name[:KEY_LIMIT].rstrip('-')}-{digest}"
    return f"{family or 'paper'}{_year_of_key(paper)}-{name}"


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
