"""Papers → BibTeX, for /arxiv/<id>/bibtex and /venue/<key>/bibtex.

An entry is of a work: that of its published copy where there is one, with `eprint` of its copy on arXiv. Guarantees:
whatever a title holds, the entry ends where it should, and text stays text; formulas stay formulas where they are
whole. Letters are UTF-8, as biber and every BibTeX of this century read them.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import count

from coolpapers.models import Branch, Paper, PaperCategory

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%#_$"},
}
_FORMULA = re.compile(r"(\$[^$]+\$)")
STOP = {"a", "an", "the", "on", "of", "in", "to", "for", "and", "with", "is", "are"}


def entries(papers: Iterable[Paper]) -> str:
    """Entries of these papers' works, each once, in their order."""
    papers = list(papers)
    copies = Paper.objects.other_copies(papers)
    works: dict[int, list[Paper]] = {}
    for paper in papers:
        works.setdefault(paper.work_id or -paper.pk, [paper, *copies.get(paper.pk, ())])
    preprints = [copy.pk for of_work in works.values() for copy in of_work if copy.branch == Branch.ARXIV]
    primary = PaperCategory.objects.primary_of(preprints)
    told: dict[str, str] = {}
    for of_work in works.values():
        key = _free(_key(_shown(of_work)), told)
        told[key] = entry(of_work, key, primary)
    return "\n".join(told.values())


def entry(copies: Sequence[Paper], key: str, primary: Mapping[int, str]) -> str:
    """The entry of a work, of which these are the copies; `primary`: categories of papers of arXiv, by id."""
    paper = _shown(copies)
    preprint = next((copy for copy in copies if copy.branch == Branch.ARXIV), None)
    fields = {
        "title": f"{{{escaped(paper.title)}}}",
        "author": " and ".join(_name(name) for name in paper.authors),
        **(_published(paper) if paper.group else _unpublished(paper)),
        "doi": _verbatim(_doi(paper)),
        "url": _verbatim(paper.source_url),
    }
    if preprint is not None:
        fields |= {"eprint": preprint.key, "archivePrefix": "arXiv", "primaryClass": primary.get(preprint.pk, "")}
    kind = "inproceedings" if paper.group else "misc"
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{key},", ",\n".join(lines), "}\n"])


def _shown(copies: Sequence[Paper]) -> Paper:
    """The published copy; of several one with a DOI, then one in proceedings rather than on OpenReview."""
    published = [copy for copy in copies if copy.group]
    return min(published, key=lambda copy: (not _doi(copy), copy.key.endswith("@OpenReview")), default=copies[0])


def _doi(paper: Paper) -> str:
    """Its own: some venues name that of the copy on arXiv, which is no publication's."""
    of_arxiv = paper.branch != Branch.ARXIV and "arxiv" in paper.doi.lower()
    return "" if of_arxiv else paper.doi


def _published(paper: Paper) -> dict[str, str]:
    edition = paper.group.edition  # type: ignore[union-attr]
    venue = edition.venue.name or edition.venue.code
    return {"booktitle": escaped(f"{venue} {edition.in_venue}"), "year": str(edition.year)}


def _unpublished(paper: Paper) -> dict[str, str]:
    return {"year": str(paper.submitted.year) if paper.submitted else "", "note": escaped(paper.journal_ref)}


def _name(name: str) -> str:
    """A name that holds " and " is one name all the same."""
    text = escaped(name)
    return f"{{{text}}}" if re.search(r"\band\b|,", name, re.IGNORECASE) else text


def escaped(text: str) -> str:
    """Text for a field: signs that mean something to TeX as themselves, formulas as they are."""
    parts = _FORMULA.split(text)
    return "".join(part if place % 2 and _is_whole(part) else _plain(part) for place, part in enumerate(parts))


def _plain(text: str) -> str:
    return "".join(_SPECIAL.get(sign, sign) for sign in text)


def _is_whole(formula: str) -> bool:
    """Whether its braces close, in order: another formula would end the entry, or never."""
    depth = 0
    for sign in re.findall(r"(?<!\\)[{}]", formula):
        depth += 1 if sign == "{" else -1
        if depth < 0:
            return False
    return depth == 0 and "@" not in formula


def _verbatim(text: str) -> str:
    """An address or a DOI, which BibTeX takes as it is."""
    return text.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")


def _key(paper: Paper) -> str:
    """Of the first author's last name, the year and the title's first word that says something."""
    last = paper.authors[0].split()[-1] if paper.authors and paper.authors[0].split() else "anonymous"
    year = paper.group.edition.year if paper.group else paper.submitted.year if paper.submitted else ""
    words = [word for word in re.findall(r"[a-z0-9]+", _ascii(paper.title)) if word not in STOP]
    return f"{''.join(re.findall('[a-z0-9]+', _ascii(last))) or 'paper'}{year}{words[0] if words else ''}"


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


def _free(key: str, taken: Collection[str]) -> str:
    """The key, or with a number behind it where another entry has it."""
    numbered = (f"{key}-{number}" for number in count(2))
    return key if key not in taken else next(free for free in numbered if free not in taken)
