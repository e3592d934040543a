"""A record of OAI-PMH in the forms `arXiv` and `arXivRaw`, and the sets that categories are.

Pure. As recorded in 2026: quotation marks are character references, and `created` of the `arXiv` form is the date of
the current version, not of the first.
"""

import re
from datetime import timedelta
from functools import cache
from html import escape

from coolpapers.taxonomy import ALIASES, ARCHIVES, CATEGORIES, canonical_category
from tests.upstream.world import State

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_SUFFIX = re.compile(r"(.+?),? (Jr\.?|Sr\.?|II|III|IV)$")
_PARTICLES = frozenset("van von de da di del der den la le dos ten ter".split())


def _element(name: str, text: str, indent: str = " " * 12) -> str:
    return f"{indent}<{name}>{escape_oai(text)}</{name}>\n" if text else ""


def escape_oai(text: str) -> str:
    return escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")


def spec_of(category: str) -> str:
    """A category's set: `cs:cs:CV`, `physics:cond-mat:dis-nn`, `physics:hep-th`."""
    archive = category.partition(".")[0]
    return f"{ARCHIVES[archive].group}:{category.replace('.', ':')}"


@cache
def specs_of(categories: tuple[str, ...]) -> tuple[str, ...]:
    """Both names of a category that has two; of a retired archive only what took it over."""
    names: list[str] = []
    for name in categories:
        names += [name] if name in ALIASES or name in CATEGORIES else []
        names += [canonical_category(name) or name]
    return tuple(dict.fromkeys(spec_of(name) for name in names))


def _header(state: State) -> str:
    sets = "".join(f"            <setSpec>{spec}</setSpec>\n" for spec in specs_of(state.paper.categories))
    return (
        "                <header>\n"
        f"        <identifier>oai:arXiv.org:{state.key}</identifier>\n"
        f"        <datestamp>{state.datestamp}</datestamp>\n{sets}    </header>\n"
    )


def split_name(name: str) -> tuple[str, str, str]:
    """Key name, forenames and suffix."""
    suffix = ""
    if match := _SUFFIX.match(name):
        name, suffix = match[1], match[2]
    words = name.split()
    at = len(words) - 1
    while at > 1 and words[at - 1].lower() in _PARTICLES:
        at -= 1
    return " ".join(words[at:]), " ".join(words[:at]), suffix


def _author(name: str) -> str:
    key, forenames, suffix = split_name(name)
    parts = _element("keyname", key, " " * 20)
    parts += _element("forenames", forenames, " " * 24) + _element("suffix", suffix, " " * 24)
    return f"                <author>\n{parts}                </author>\n"


def _rest(state: State) -> str:
    """What both forms end with, in one order."""
    paper = state.paper
    named = [("comments", paper.comments), ("msc-class", paper.msc_class), ("acm-class", paper.acm_class)]
    named += [("journal-ref", paper.journal_ref), ("doi", paper.doi), ("license", paper.license)]
    return "".join(_element(name, text) for name, text in named) + _element("abstract", paper.abstract)


def _open(form: str) -> str:
    space = f"http://arxiv.org/OAI/{form}/"
    return f'<{form} xmlns="{space}" {XSI} xsi:schemaLocation="{space} https://oaipmh.arxiv.org/OAI/{form}.xsd">'


def _arxiv(state: State) -> str:
    paper, created = state.paper, state.version.submitted.date()
    later = len(state.versions) > 1 or state.modified - state.version.submitted > timedelta(days=40)
    return (
        f"        <id>{paper.id}</id>\n        <created>{created}</created>\n"
        + (f"            <updated>{state.datestamp}</updated>\n" if later else "")
        + f"        <authors>\n{''.join(map(_author, paper.authors))}        </authors>\n"
        + _element("title", paper.title, " " * 8)
        + _element("categories", " ".join(paper.categories))
        + _rest(state)
    )


def _arxiv_raw(state: State) -> str:
    paper = state.paper
    versions = "".join(
        f'            <version version="v{version.number}">\n'
        f"                <date>{version.submitted:%a, %d %b %Y %H:%M:%S} GMT</date>\n"
        f"                <size>{version.size}kb</size>\n"
        + ("                <source_type>I</source_type>\n" if version.withdrawn else "")
        + "            </version>\n"
        for version in state.versions
    )
    return (
        f"        <id>{paper.id}</id>\n        <submitter>{escape_oai(paper.authors[0])}</submitter>\n{versions}"
        + _element("title", paper.title, " " * 8)
        + _element("authors", ", ".join(paper.authors), " " * 8)
        + _element("categories", " ".join(paper.categories), " " * 8)
        + _rest(state)
    )


@cache
def record_xml(state: State, form: str) -> str:
    """A record, made once."""
    body = _arxiv(state) if form == "arXiv" else _arxiv_raw(state)
    return (
        f"<record>\n{_header(state)}\n            <metadata>\n                        {_open(form)}\n{body}"
        f"    </{form}>\n\n            </metadata>\n        </record>\n"
    )
