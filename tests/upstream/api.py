"""The API of export.arxiv.org/api/query: papers by identifier and by search, as Atom, in the recorded form of 2026.

Input: the arguments of a request and an instant. Output: a status and XML. It knows a paper when its metadata are
visible, like OAI-PMH. Searches understand ti, au, abs, co, jr, cat, id, all and submittedDate, AND, OR, ANDNOT,
brackets and phrases; relevance is the newest first. An error is an entry with an address under `api/errors#`.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from html import escape
from xml.sax.saxutils import quoteattr

from coolpapers.taxonomy import canonical_category
from tests.upstream.world import State, World

MOST, DEEPEST = 2000, 30_000
_HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" '
    'xmlns="http://www.w3.org/2005/Atom">\n'
)
_ID = re.compile(r"([a-z-]+(?:\.[A-Z]{2})?/[0-9]{7}|[0-9]{4}\.[0-9]{4,6})(?:v([1-9][0-9]*))?")
_TOKEN = re.compile(r"\s*(?:(\(|\)|ANDNOT\b|AND\b|OR\b)|((?:[A-Za-z]+:)?(?:\[[^\]]*\]|\"[^\"]*\"|[^\s()\"\[\]]+)))\s*")
Test = Callable[[State], bool]


class ApiError(Exception):
    """What the API answers with an entry titled Error; the status is 400."""


def query(world: World, arguments: Mapping[str, list[str]], now: datetime) -> tuple[int, str]:
    asked = {name: values[0] for name, values in arguments.items()}
    try:
        start, most = _number(asked, "start", 0), _number(asked, "max_results", 10)
        if most > MOST or start + most > DEEPEST:
            raise ApiError(f"max_results must not be over {MOST}")
        found = _find(world, asked, now)
    except ApiError as error:
        return 400, error_feed(str(error), now)
    return 200, _feed(asked, found, start, most, now)


def _number(asked: Mapping[str, str], name: str, default: int) -> int:
    text = asked.get(name) or str(default)
    if not re.fullmatch(r"-?[0-9]+", text):
        raise ApiError(f"{name} must be an integer")
    if int(text) < 0:
        raise ApiError(f"{name} must be non-negative")
    return int(text)


def _find(world: World, asked: Mapping[str, str], now: datetime) -> list[State]:
    """Papers asked for by identifier come in that order where no order is asked for."""
    ids = [text.strip() for text in asked.get("id_list", "").split(",") if text.strip()]
    search = asked.get("search_query", "").strip()
    if ids:
        states = [state for state in (_by_id(world, text, now) for text in ids) if state]
    else:
        states = list(world.snapshot(now).states.values()) if search else []
    if search:
        test = parse(search)
        states = [state for state in states if test(state)]
    order = asked.get("sortBy", "relevance")
    if order not in ("relevance", "lastUpdatedDate", "submittedDate"):
        raise ApiError("sortBy must be in: relevance, lastUpdatedDate, submittedDate")
    if asked.get("sortOrder", "descending") not in ("ascending", "descending"):
        raise ApiError("sortOrder must be in: ascending, descending")
    if ids and order == "relevance":
        return states
    newest = asked.get("sortOrder") != "ascending"
    field = -1 if order == "lastUpdatedDate" else 0
    return sorted(states, key=lambda state: (state.versions[field].submitted, state.key), reverse=newest)


def _by_id(world: World, text: str, now: datetime) -> State | None:
    match = _ID.fullmatch(text)
    if match is None:
        raise ApiError(f"incorrect id format for {text}")
    key = re.sub(r"\.[A-Z]{2}/", "/", match[1])
    return world.state(key, now, int(match[2]) if match[2] else None)


# --- Searches ------------------------------------------------------------------------------------------------------
def parse(text: str) -> Test:
    """A query → whether a paper answers it. Operators go from left to right."""
    tokens, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ApiError(f"malformed query: {text}")
        tokens.append(match[1] or match[2])
        at = match.end()
    test, rest = _expression(tokens, text)
    if rest:
        raise ApiError(f"malformed query: {text}")
    return test


def _expression(tokens: list[str], text: str) -> tuple[Test, list[str]]:
    test, tokens = _operand(tokens, text)
    while tokens and tokens[0] != ")":
        operator = tokens[0] if tokens[0] in ("AND", "OR", "ANDNOT") else "OR"
        other, tokens = _operand(tokens[1:] if tokens[0] == operator else tokens, text)
        test = _combine(operator, test, other)
    return test, tokens


def _combine(operator: str, one: Test, other: Test) -> Test:
    if operator == "AND":
        return lambda state: one(state) and other(state)
    if operator == "ANDNOT":
        return lambda state: one(state) and not other(state)
    return lambda state: one(state) or other(state)


def _operand(tokens: list[str], text: str) -> tuple[Test, list[str]]:
    if not tokens or tokens[0] in (")", "AND", "OR", "ANDNOT"):
        raise ApiError(f"malformed query: {text}")
    if tokens[0] == "(":
        test, rest = _expression(tokens[1:], text)
        if not rest or rest[0] != ")":
            raise ApiError(f"malformed query: {text}")
        return test, rest[1:]
    return _term(tokens[0], text), tokens[1:]


def _term(token: str, text: str) -> Test:
    field, colon, value = token.partition(":")
    if not colon:
        field, value = "all", token
    if field in ("submittedDate", "lastUpdatedDate"):
        return _dates(value, -1 if field == "lastUpdatedDate" else 0, text)
    value = value.strip('"')
    if field == "cat":
        return _category(value)
    if field == "id":
        return lambda state: state.key == value
    if field not in ("ti", "au", "abs", "co", "jr", "all"):
        raise ApiError(f"malformed query: {text}")
    words = re.findall(r"\w+", value.replace("_", " ").lower())
    phrase = re.compile(r"\W+".join(rf"\b{re.escape(word)}\b" for word in words))
    return lambda state: bool(words) and phrase.search(_fields(state)[field]) is not None


def _category(value: str) -> Test:
    if value.endswith("*"):
        return lambda state: any(name.startswith(value[:-1]) for name in state.paper.categories)
    code = canonical_category(value)
    return lambda state: any(canonical_category(name) == code for name in state.paper.categories)


def _dates(value: str, version: int, text: str) -> Test:
    match = re.fullmatch(r"\[([0-9]{8}|[0-9]{12})\s+TO\s+([0-9]{8}|[0-9]{12})\]", value)
    if match is None:
        raise ApiError(f"malformed query: {text}")
    try:
        low = datetime.strptime(match[1].ljust(12, "0") + "+0000", "%Y%m%d%H%M%z")
        end = match[2] if len(match[2]) == 12 else f"{match[2]}2359"
        high = datetime.strptime(end + "+0000", "%Y%m%d%H%M%z").replace(second=59)
    except ValueError:
        raise ApiError(f"malformed query: {text}") from None
    return lambda state: low <= state.versions[version].submitted.replace(microsecond=0) <= high


@cache
def _fields(state: State) -> dict[str, str]:
    paper = state.paper
    fields = {
        "ti": paper.title,
        "au": ", ".join(paper.authors),
        "abs": paper.abstract,
        "co": paper.comments,
        "jr": paper.journal_ref,
    }
    fields["all"] = "\n".join([*fields.values(), " ".join(paper.categories), paper.id])
    return {name: text.lower() for name, text in fields.items()}


# --- XML -----------------------------------------------------------------------------------------------------------
def _escape(text: str) -> str:
    return escape(text, quote=False)


def _seconds(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _feed(asked: Mapping[str, str], found: list[State], start: int, most: int, now: datetime) -> str:
    ids = ",".join(text.strip() for text in asked.get("id_list", "").split(",") if text.strip())
    search = asked.get("search_query", "")
    if search and not re.match(r"[(A-Za-z]+:|\(", search):
        search = f"all:{search}"
    told = f"search_query={search}&id_list={ids}&start={start}&max_results={most}"
    link = f"https://arxiv.org/api/query?search_query={search}&start={start}&max_results={most}&id_list={ids}"
    mark = base64.b64encode(hashlib.sha1(told.encode()).digest()).decode().rstrip("=")
    return (
        f"{_HEAD}  <id>https://arxiv.org/api/{mark}</id>\n  <title>arXiv Query: {_escape(told)}</title>\n"
        f"  <updated>{_seconds(now)}</updated>\n"
        f'  <link href={quoteattr(link)} type="application/atom+xml"/>\n{_counts(most, len(found), start)}'
        + "".join(map(entry_xml, found[start : start + most]))
        + "</feed>\n"
    )


def _counts(page: int, total: int, start: int) -> str:
    return (
        f"  <opensearch:itemsPerPage>{page}</opensearch:itemsPerPage>\n"
        f"  <opensearch:totalResults>{total}</opensearch:totalResults>\n"
        f"  <opensearch:startIndex>{start}</opensearch:startIndex>\n"
    )


@cache
def entry_xml(state: State) -> str:
    """An entry, made once. A withdrawn version has no PDF."""
    paper, address = state.paper, f"{state.key}v{state.version.number}"
    pdf = f'    <link href="https://arxiv.org/pdf/{address}" rel="related" type="application/pdf" title="pdf"/>\n'
    scheme = 'scheme="http://arxiv.org/schemas/atom"'
    categories = "".join(f'    <category term="{name}" {scheme}/>\n' for name in paper.categories)
    authors = "".join(f"    <author>\n      <name>{_escape(name)}</name>\n    </author>\n" for name in paper.authors)
    doi = (
        f"    <arxiv:doi>{_escape(paper.doi)}</arxiv:doi>\n"
        f'    <link rel="related" href={quoteattr(f"https://doi.org/{paper.doi}")} title="doi"/>\n'
    )
    comment = f"    <arxiv:comment>{_escape(paper.comments)}</arxiv:comment>\n" if paper.comments else ""
    journal = f"    <arxiv:journal_ref>{_escape(paper.journal_ref)}</arxiv:journal_ref>\n" if paper.journal_ref else ""
    return (
        f"  <entry>\n    <id>http://arxiv.org/abs/{address}</id>\n    <title>{_escape(paper.title)}</title>\n"
        f"    <updated>{_seconds(state.version.submitted)}</updated>\n"
        f'    <link href="https://arxiv.org/abs/{address}" rel="alternate" type="text/html"/>\n'
        f"{'' if state.version.withdrawn else pdf}    <summary>{_escape(paper.abstract)}</summary>\n{categories}"
        f"    <published>{_seconds(state.versions[0].submitted)}</published>\n{comment}"
        f'    <arxiv:primary_category term="{paper.categories[0]}"/>\n{journal}{authors}{doi if paper.doi else ""}'
        "  </entry>\n"
    )


def error_feed(text: str, now: datetime, base: str = "https://arxiv.org/api/errors") -> str:
    address = f"{base}#{re.sub(r'[^A-Za-z0-9.]+', '_', text)}"
    return (
        f"{_HEAD}  <id>https://arxiv.org/</id>\n  <title>arXiv Search Results</title>\n"
        f"  <updated>{_seconds(now)}</updated>\n{_counts(1, 1, 0)}"
        f"  <entry>\n    <id>{_escape(address)}</id>\n    <title>Error</title>\n"
        f"    <updated>{_seconds(now)}</updated>\n"
        f'    <link href={quoteattr(address)} rel="alternate" type="text/html"/>\n'
        f"    <summary>{_escape(text)}</summary>\n    <author>\n      <name>arXiv api core</name>\n    </author>\n"
        "  </entry>\n</feed>\n"
    )
