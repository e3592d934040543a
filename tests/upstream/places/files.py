"""Places that give files: the Anthology's XML, PMLR's bibliographies, and AAAI's OAI-PMH."""

from collections.abc import Mapping, Sequence
from html import escape

from tests.upstream.fault import Answer
from tests.upstream.places import NOT_FOUND, Place, Visit, page
from tests.upstream.places.papers import HeldPaper, in_a_row, last_first


# --- ACL Anthology -----------------------------------------------------------------------------------------------
def acl_collection(name: str, volumes: Mapping[str, Sequence[HeldPaper]]) -> str:
    """A collection's XML; each volume is called by its title."""
    told = [f'<?xml version="1.0" encoding="UTF-8"?>\n<collection id="{name}">']
    for volume, papers in volumes.items():
        title = f"Proceedings of a Meeting (Volume 1: {volume.title()} Papers)"
        told.append(f'  <volume id="{volume}" type="proceedings">\n    <meta>\n      <booktitle>{title}</booktitle>')
        told.append(
            f"      <venue>acl</venue>\n    </meta>\n    <frontmatter><url>{name}-{volume}.0</url></frontmatter>"
        )
        for number, paper in enumerate(papers, start=1):
            authors = "".join(_acl_author(author) for author in paper.authors)
            title = escape(paper.title).replace("Neural", "<fixed-case>N</fixed-case>eural")
            told.append(f'    <paper id="{number}">\n      <title>{title}</title>\n      {authors}')
            told.append(f"      <abstract>{escape(paper.abstract)}</abstract>")
            told.append(f'      <url hash="0">{name}-{volume}.{number}</url>\n    </paper>')
        told.append("  </volume>")
    return "\n".join([*told, "</collection>\n"])


def _acl_author(name: str) -> str:
    first, _, last = name.rpartition(" ")
    return f"<author><first>{escape(first)}</first><last>{escape(last)}</last></author>"


def acl(name: str, volumes: Mapping[str, Sequence[HeldPaper]]) -> Place:
    """The Anthology's files."""

    def answer(visit: Visit) -> Answer:
        if visit.path != f"/acl-org/acl-anthology/master/data/xml/{name}.xml":
            return NOT_FOUND
        return page(acl_collection(name, volumes), content_type="text/plain; charset=utf-8")

    return answer


# --- PMLR --------------------------------------------------------------------------------------------------------
def pmlr_list(volume: str, papers: Sequence[HeldPaper]) -> str:
    """A volume's page."""
    site = f"https://proceedings.mlr.press/{volume}"
    told = [f"<!DOCTYPE html>\n<html><head><title>Proceedings | {volume}</title></head><body>"]
    told.append('<p>[<a href="./assets/bib/bibliography.bib">bib</a>]</p>')
    for number, paper in enumerate(papers):
        told.append(f'<div class="paper">\n  <p class="title">{escape(paper.title)}</p>\n  <p class="details">')
        told.append(f'    <span class="authors">{escape(in_a_row(paper.authors))}</span>;\n  </p>\n  <p class="links">')
        told.append(f'    [<a href="{site}/author{number}a.html">abs</a>]\n  </p>\n</div>')
    return "\n".join([*told, "</body></html>\n"])


def pmlr_bibliography(volume: str, papers: Sequence[HeldPaper]) -> str:
    """A volume's BibTeX."""
    site = f"https://proceedings.mlr.press/{volume}"
    told = [f"@Proceedings{{{volume},\n  booktitle = {{Proceedings}},\n}}"]
    for number, paper in enumerate(papers):
        authors = " and ".join(last_first(name) for name in paper.authors)
        told.append(
            f"@InProceedings{{pmlr-{volume}-author{number}a,\n  title = \t {{{_tex(paper.title)}}},\n"
            f"  author =       {{{authors}}},\n  pdf = \t {{{site}/author{number}a/author{number}a.pdf}},\n"
            f"  url = \t {{{site}/author{number}a.html}},\n  abstract = \t {{{_tex(paper.abstract)}}}\n}}"
        )
    return "\n".join([*told, ""])


def _tex(text: str) -> str:
    return text.replace("%", "\\%").replace("&", "\\&").replace("{", "").replace("}", "")


def pmlr(volume: str, papers: Sequence[HeldPaper]) -> Place:
    """A volume: its page and its bibliography."""

    def answer(visit: Visit) -> Answer:
        if visit.path == f"/{volume}/":
            return page(pmlr_list(volume, papers))
        if visit.path == f"/{volume}/assets/bib/bibliography.bib":
            return page(pmlr_bibliography(volume, papers), content_type="application/x-bibtex")
        return NOT_FOUND

    return answer


# --- AAAI --------------------------------------------------------------------------------------------------------
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">\n'
    "\t<responseDate>2026-10-09T23:24:22Z</responseDate>\n\t<request>https://ojs.aaai.org/index.php/AAAI/oai</request>\n"
)
_DC = 'xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
SETS = {"AAAI:ML": "AAAI Technical Track on Machine Learning I", "AAAI:HAI": "AAAI Technical Track on Humans and AI"}


def aaai_record(number: int, paper: HeldPaper, volume: int) -> str:
    """A record of OAI-PMH."""
    spec = sorted(SETS)[number % 2]
    creators = "".join(f"<dc:creator>{escape(last_first(name))}</dc:creator>" for name in paper.authors)
    at = f"https://ojs.aaai.org/index.php/AAAI/article/view/{30000 + number}"
    return (
        f"\t\t<record>\n\t\t\t<header><identifier>oai:ojs.aaai.org:article/{30000 + number}</identifier>"
        f"<datestamp>2024-03-25T00:00:00Z</datestamp><setSpec>{spec}</setSpec></header>\n"
        f"\t\t\t<metadata>\n<oai_dc:dc {_DC}>\n"
        f'\t<dc:title xml:lang="en-US">{escape(paper.title)}</dc:title>\n\t{creators}\n'
        f'\t<dc:description xml:lang="en-US">{escape(paper.abstract)}</dc:description>\n'
        "\t<dc:date>2024-03-24</dc:date>\n"
        f"\t<dc:identifier>{at}</dc:identifier>\n"
        f"\t<dc:identifier>10.1609/aaai.v{volume}i1.{30000 + number}</dc:identifier>\n"
        f'\t<dc:source xml:lang="en-US">Proceedings of the AAAI Conference on Artificial Intelligence; Vol.'
        f" {volume} No. 1: AAAI Technical Tracks; 1-9</dc:source>\n\t<dc:source>2374-3468</dc:source>\n"
        f"\t<dc:relation>{at}/{32000 + number}</dc:relation>\n</oai_dc:dc>\n\t\t\t</metadata>\n\t\t</record>\n"
    )


def aaai_page(records: Sequence[str], token: str, size: int) -> str:
    """ListRecords."""
    end = f'\t\t<resumptionToken completeListSize="{size}" cursor="0">{token}</resumptionToken>\n'
    return f"{_HEAD}\t<ListRecords>\n{''.join(records)}{end}\t</ListRecords>\n</OAI-PMH>\n"


def aaai_sets() -> str:
    """ListSets."""
    sets = "".join(
        f"<set><setSpec>{spec}</setSpec><setName>{name}</setName></set>\n" for spec, name in sorted(SETS.items())
    )
    return f"{_HEAD}<ListSets>\n{sets}</ListSets>\n</OAI-PMH>\n"


def aaai(records: Sequence[str], a_page: int = 5) -> Place:
    """OAI-PMH of a journal; tokens are the places where pages begin."""

    def answer(visit: Visit) -> Answer:
        if visit.path != "/index.php/AAAI/oai":
            return NOT_FOUND
        if visit.first("verb") == "ListSets":
            return page(aaai_sets(), content_type="text/xml; charset=utf-8")
        start = int(visit.first("resumptionToken", "0"))
        end = start + a_page
        token = str(end) if end < len(records) else ""
        return page(aaai_page(records[start:end], token, len(records)), content_type="text/xml; charset=utf-8")

    return answer
