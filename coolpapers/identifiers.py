"""Any identifier, address or free text → the papers it names, as paths on this site.

Guarantees: pure and total. Any string gives a path or None, never an exception; the clock is read only where no `today`
is given; the work grows linearly with the input and stops at fixed lengths. Addresses are judged by their parsed host
name and decoded path, never by a search in the raw text: `https://example.com/?u=https://arxiv.org/abs/…` is no paper.
The sites themselves are rows in `coolpapers.sites`; `extension/identify.js` is the twin of both.

    /arxiv/<id>[,<id>…]      /venue/<key>[,<key>…]      /search?query=<DOI>      a list page of papers.cool, kept
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Literal
from urllib.parse import quote

from coolpapers import sites
from coolpapers.sites import IGNORECASE, Address, compiled, is_on

MAX_KEY = 300  # characters of a key; the store's column
MAX_ID = 64  # characters of an arXiv identifier with all its trimmings
MAX_TEXT = 5000  # characters of free text that are read
MAX_PAPERS = 50  # papers of one free text


@dataclass(frozen=True)
class ArxivId:
    """`id` is canonical: `1706.03762`, `0704.0001`, `hep-th/9901001`; `version` as asked for, None where not said."""

    id: str
    version: int | None


@dataclass(frozen=True)
class Target:
    """What an address or a text leads to: canonical keys of papers, one DOI, or one path of a list page."""

    kind: Literal["arxiv", "venue", "doi", "path"]
    keys: tuple[str, ...]

    @property
    def path(self) -> str:
        """The path on this site, percent-encoded but for the `@`, `,` and `/` of keys."""
        if self.kind == "path":
            return self.keys[0]
        if self.kind == "doi":
            return "/search?query=" + quote(self.keys[0], safe="")
        return f"/{self.kind}/" + quote(",".join(self.keys), safe="@,/")


# --- One identifier ---------------------------------------------------------------------------------------------------

NEW_ID = re.compile(r"([0-9]{2})(0[1-9]|1[0-2])\.([0-9]{4,6})(?:v([1-9][0-9]{0,3}))?", IGNORECASE)
OLD_ID = re.compile(
    r"([a-z-]{2,10})(?:\.[a-z][a-z-]{1,9})?/([0-9]{2})(0[1-9]|1[0-2])([0-9]{3})(?:v([1-9][0-9]{0,3}))?", IGNORECASE
)
CANONICAL_ID = re.compile(r"(?:[a-z-]+/([0-9]{2})([0-9]{2})([0-9]{3})|([0-9]{2})([0-9]{2})\.([0-9]{4,6}))")


def parse_arxiv_id(text: str, *, today: date | None = None, prefixed: bool = False) -> ArxivId | None:
    """One whole identifier in canonical form, or None.

    Accepts what is seen in the wild: `arXiv:` before, `.pdf`, `.ps`, `.ps.gz` or `.html` after, a version, a subject
    class in old identifiers (dropped), a number padded for the wrong year (1406.02661, 2401.6769). Numbers of six
    digits only behind `arXiv:` or where `prefixed` says that the place vouches for it, such as an arXiv address.
    Forms: https://info.arxiv.org/help/arxiv_identifier.html
    """
    if len(text) > MAX_ID:
        return None
    text = text.strip(" \t\r\n")
    if text[:6].lower() == "arxiv:":
        text, prefixed = text[6:], True
    bare = re.sub(r"(?:\.pdf|\.ps\.gz|\.ps|\.html)$", "", text, flags=IGNORECASE)
    if match := NEW_ID.fullmatch(bare):
        return _new_id(match, today or date.today(), prefixed)
    if match := OLD_ID.fullmatch(bare):
        return _old_id(match)
    return None


def _new_id(match: re.Match[str], today: date, prefixed: bool) -> ArxivId | None:
    """Since April 2007: four digits until December 2014, five from 2015, six once a month has more than 99,999."""
    year, month, digits, version = match.groups()
    months = int(year) * 12 + int(month)
    # Next month too: it may have begun where arXiv is, or where the reader is.
    in_range = 7 * 12 + 4 <= months <= (today.year - 2000) * 12 + today.month + 1
    number, width = int(digits), 4 if int(year) < 15 else 5
    fits = 0 < number < 10**4 if width == 4 else number > 0
    if not in_range or not fits or (len(digits) == 6 and not prefixed):
        return None
    return ArxivId(f"{year}{month}.{number:0{width}d}", int(version) if version else None)


def _old_id(match: re.Match[str]) -> ArxivId | None:
    """From July 1991 to March 2007, numbered in each archive and month."""
    archive, year, month, number, version = match.groups()
    archive = archive.lower()
    in_range = 1991 * 12 + 7 <= _full_year(int(year)) * 12 + int(month) <= 2007 * 12 + 3
    if not in_range or number == "000" or not compiled(sites.OLD_ARCHIVE).fullmatch(archive):
        return None
    return ArxivId(f"{archive}/{year}{month}{number}", int(version) if version else None)


def _full_year(two_digits: int) -> int:
    """The year of an old identifier: 91 to 99 are of the nineties."""
    return two_digits + (1900 if two_digits >= 91 else 2000)


def arxiv_ordinal(id: str) -> int:
    """Canonical identifier → its place in time, yyyymm · 10⁶ + number: `1706.03762` → 201706003762.

    Identifiers of one month and different old archives share numbers. Raises ValueError for anything not canonical.
    """
    match = CANONICAL_ID.fullmatch(id)
    if match is None:
        raise ValueError(f"not a canonical arXiv identifier: {id[:80]!r}")
    if match[1]:
        year, month, number = _full_year(int(match[1])), int(match[2]), int(match[3])
    else:
        year, month, number = 2000 + int(match[4]), int(match[5]), int(match[6])
    return (year * 100 + month) * 10**6 + number


SOURCES = {name.lower(): name for name in sites.KEY_FORMS}
NAMES = {name.lower(): name for name in sites.NAMES.split(" ")}
EDITION = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]{0,30})\.([12][0-9]{3})")
ISCA_EDITION = re.compile(r"[a-z][a-z0-9_-]*_[12][0-9]{3}[a-z]*")


def parse_venue_key(text: str) -> str | None:
    """One key of a venue's paper in canonical form, as used in `/venue/<key>`, or None.

    The source behind the last `@` is matched ignoring case and given its own spelling; what stands before it must have
    the source's form (`sites.KEY_FORMS`). `<id>@<VENUE>.<YEAR>` is this site's own form for papers that their source
    gives no address. Never contains white space, control characters, `/`, `,`, `?`, `#` or `%`.
    """
    if len(text) > MAX_KEY:
        return None
    local, _, source = text.rpartition("@")
    if edition := EDITION.fullmatch(source):
        venue = NAMES.get(edition[1].lower(), edition[1])
        return f"{local}@{venue}.{edition[2]}" if _formed(sites.FALLBACK_ID, local) else None
    if ISCA_EDITION.fullmatch(source.lower()):  # papers.cool is seen to leave out @ISCA
        local, source = text, "ISCA"
    name = SOURCES.get(source.lower(), "")
    for form in sites.KEY_FORMS.get(name, ()):
        if found := _formed(form, local):
            return f"{found}@{name}"
    return None


def _formed(form: sites.KeyForm, local: str) -> str | None:
    """`local` in the canonical spelling of this form."""
    if form.case and not local.isascii():  # beyond ASCII, changing the case can change the letter
        return None
    cased = {"lower": local.lower, "upper": local.upper}.get(form.case, lambda: local)()
    match = compiled(form.pattern).fullmatch(cased)
    if match is None:
        return None
    found = form.key.format(*match.groups()) if form.key else cased
    paper, at, name = found.partition("@")
    return f"{paper}{at}{NAMES.get(name.lower(), name)}" if form.named else found


# --- One address ------------------------------------------------------------------------------------------------------


def resolve_url(url: str, today: date | None = None, *, base: str | None = None) -> str | None:
    """Any address → a path on this site, or None where it is no paper (nor a list page of papers.cool).

    `base` is this site's own address; below it an address leads to itself. See `identify_url` for the parts.
    """
    target = identify_url(url, today, base=base)
    return target.path if target else None


def identify_url(url: str, today: date | None = None, *, base: str | None = None) -> Target | None:
    """What an address leads to: unwrapped (three layers at most), then judged by the rules of its host, then as a DOI.

    The scheme may be missing (`arxiv.org/abs/…`). Raises nothing.
    """
    address = sites.unwrap(url)
    if address is None:
        return None
    if (own := _on_this_site(address, base)) is not None:
        return _identify_own(own, today)
    if address.host in sites.DOI_HOSTS:
        return identify_doi(sites.decode(address.raw_path).strip("/"), today)
    for rule, pattern, identify in _rules_of(address.host):
        if match := pattern.fullmatch(address.path):
            asked = next((value for name in rule.query if (value := address.param(name))), "")
            return identify([rule.key.format(*match.groups(), q=asked)], today)
    return None


Identify = Callable[[Iterable[str], date | None], Target | None]


@lru_cache(maxsize=500)  # an import asks for the same few hosts ten thousand times
def _rules_of(host: str) -> list[tuple[sites.Rule, re.Pattern[str], Identify]]:
    """The rules of a host, in their order, each with what makes a target of its key."""
    both: tuple[tuple[tuple[sites.Rule, ...], Identify], ...] = (
        (sites.ARXIV_RULES, _arxiv_target),
        (sites.VENUE_RULES, _venue_target),
    )
    return [
        (rule, compiled(rule.path, re.I), identify)
        for rules, identify in both
        for rule in rules
        if is_on(rule.hosts, host)
    ]


def _arxiv_target(ids: Iterable[str], today: date | None) -> Target | None:
    """The papers of these identifiers, each once; None unless all are valid. Their place vouches for six digits."""
    found = [parse_arxiv_id(id, today=today, prefixed=True) for id in ids]
    return Target("arxiv", tuple(dict.fromkeys(id.id for id in found if id))) if all(found) else None


def _venue_target(keys: Iterable[str], today: date | None = None) -> Target | None:
    """The papers of these keys, each once; None unless all are valid."""
    found = [parse_venue_key(key) for key in keys]
    return Target("venue", tuple(dict.fromkeys(key for key in found if key))) if all(found) else None


def identify_doi(doi: str, today: date | None = None) -> Target | None:
    """A DOI → the paper it names where it tells by itself, else the DOI to search for; None where it is no DOI.

    Names tell for arXiv, the ACL Anthology, IJCAI and AAAI (`sites.DOI_RULES`). Case does not matter.
    """
    if compiled(sites.DOI).fullmatch(doi) is None:
        return None
    if match := compiled(sites.DOI_ARXIV, re.I).fullmatch(doi):
        return _arxiv_target([match[1]], today)
    for pattern, key in sites.DOI_RULES:
        if (match := compiled(pattern, re.I).fullmatch(doi)) and (
            target := _venue_target([key.format(*match.groups())])
        ):
            return target
    return Target("doi", (doi,))


# --- Addresses of papers.cool and of this site ------------------------------------------------------------------------


def _on_this_site(address: Address, base: str | None) -> Address | None:
    """The address with its path as seen from the site's root, if it is one of papers.cool or below `base`."""
    if address.host == sites.OWN_HOST:
        return address
    own = sites.parse_address(base) if base else None
    if own is None or (own.host, own.port) != (address.host, address.port):
        return None
    below = address.clean_path.removeprefix(own.clean_path.rstrip("/"))
    if not below.startswith("/") or not address.clean_path.startswith(own.clean_path):
        return None
    return replace(address, raw_path=below)


def _identify_own(address: Address, today: date | None) -> Target | None:
    """Papers in canonical form; other pages of the two branches as they are, path and query."""
    branch, _, rest = address.path[1:].partition("/")
    if branch not in ("arxiv", "venue") or not rest:
        return None
    identify = _arxiv_target if branch == "arxiv" else _venue_target
    if rest == "kimi":
        return identify([address.param("paper")], today)
    if target := identify(rest.split(","), today):
        return target
    if re.search(r"[\x00-\x1f\x7f\\]|(?:^|/)\.\.?(?:/|$)", rest):
        return None
    kept = sites.encode_rest(address.clean_path)
    return Target("path", (f"{kept}?{sites.encode_rest(address.query)}" if address.query else kept,))


# --- Free text --------------------------------------------------------------------------------------------------------

INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
HYPHENS = re.compile("[\u2010-\u2015\u2212]")
# Full-width punctuation ends a word in Chinese and Japanese; NFKC alone would glue its ASCII twin to what follows.
FULL_WIDTH = re.compile("[\uff01\uff08\uff09\uff0c\uff1b\uff1f\uff3b\uff3d\uff5b\uff5d]")
WORD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./:?=&#%@+_~-"

# Printable ASCII without white space and without what delimits an address in a text: quotes, <>, [], {}, |, \\, ^, `.
# An address also ends where another one begins behind a comma or a bracket.
IN_ADDRESS = r"(?:(?![,;()]{1,3}https?://)[!#-;=?-Z_a-z~]){1,2000}"
URL_IN_TEXT = re.compile(rf"(?:https?|ftp|[a-z]{{2,10}}-extension)://{IN_ADDRESS}", IGNORECASE)
BARE_IN_TEXT = re.compile(
    rf"(?<![A-Za-z0-9@.-])([a-z0-9][a-z0-9.-]{{0,200}}\.[a-z]{{2,24}})(?::[0-9]{{1,5}})?/{IN_ADDRESS}", IGNORECASE
)
DOI_IN_TEXT = re.compile(r"(?<![0-9.])10\.[0-9]{4,9}/(?:(?!,10\.)[!#-;=?-Z_a-z~]){1,300}")
# Bare numbers are mostly measurements, dates and prices: what stands next to them decides.
NOT_BEFORE = r"(?<![A-Za-z0-9.=$])"
NOT_AFTER = r"(?![A-Za-z0-9%(^]|-[0-9]|\.[0-9])"
ARXIV_IN_TEXT = re.compile(
    rf"(?:(?<![A-Za-z0-9])(arxiv[:.] ?)|{NOT_BEFORE})"
    rf"([0-9]{{4}}\.[0-9]{{4,6}}|(?<!-)(?:{sites.OLD_ARCHIVE})(?:\.[a-z][a-z-]{{1,9}})?/[0-9]{{7}})"
    rf"(v[1-9][0-9]{{0,3}})?{NOT_AFTER}",
    IGNORECASE,
)
ACL_IN_TEXT = re.compile(
    rf"{NOT_BEFORE}([12][0-9]{{3}}\.[a-z0-9]{{1,40}}-[a-z0-9]{{1,40}}\.[0-9]{{1,6}})(?:v[1-9][0-9]?)?{NOT_AFTER}",
    IGNORECASE,
)
AROUND = r"[\x00-/:-@\[-`{-~\u2000-\u206f\u3000-\u303f]*"
OLD_ACL_ALONE = re.compile(rf"{AROUND}([a-z][0-9]{{2}}-[0-9]{{4}})(?:v[1-9])?(?:\.pdf)?{AROUND}", IGNORECASE)
CATEGORY = re.compile(rf"(?:arxiv\.)?(?:{sites.OLD_ARCHIVE}|econ|eess|q-fin|stat)\.[a-z-]{{2,9}}", IGNORECASE)


def resolve_text(text: str, today: date | None = None, *, base: str | None = None) -> str | None:
    """Free text, such as a selection → a path on this site, or None where it names no paper.

    See `identify_text` for what is found in what order.
    """
    target = identify_text(text, today, base=base)
    return target.path if target else None


def identify_text(text: str, today: date | None = None, *, base: str | None = None) -> Target | None:
    """The papers that a text names, at most 50, the surest evidence first; raises nothing.

    The order: addresses, addresses without a scheme, DOIs, arXiv identifiers, ACL identifiers; each is taken out of the
    text before the next is looked for, known or not, so that numbers in foreign addresses and DOIs are not taken for
    identifiers. Papers on arXiv and papers of venues have different pages: the kind found first wins. Without papers,
    the first list page of papers.cool or the first DOI is the answer. A text that is nothing but keys of this site is
    these. Bare arXiv identifiers must have their month's number of digits; behind `arXiv:` they are mended as in an
    address.
    """
    text = _readable(text)
    if "@" in text and (target := _venue_target(key.strip() for key in text.split(","))):
        return _joined([target])
    alone = OLD_ACL_ALONE.fullmatch(text)
    found: list[Target] = []
    text = _take_addresses(URL_IN_TEXT, text, found, lambda url: identify_url(url, today, base=base))
    text = _take_addresses(BARE_IN_TEXT, text, found, lambda url: identify_url(f"https://{url}", today, base=base))
    text = _take_addresses(DOI_IN_TEXT, text, found, lambda doi: identify_doi(doi, today))
    for prefix, number, _ in ARXIV_IN_TEXT.findall(text):
        id = parse_arxiv_id(number, today=today, prefixed=bool(prefix))
        if id and (prefix or "/" in number or id.id == number):
            found.append(Target("arxiv", (id.id,)))
    for item in [alone[1]] if alone else ACL_IN_TEXT.findall(text):
        if target := _venue_target([f"{item}@ACL"]):
            found.append(target)
    return _joined(found)


def _readable(text: str) -> str:
    """At most 5,000 characters in compatibility form; a word torn by the cut is left out rather than misread."""
    text = FULL_WIDTH.sub(lambda mark: chr(ord(mark[0]) - 0xFEE0).join("  "), _cut(text))
    # In pieces: sorting a long run of combining marks takes time with its square.
    text = "".join(unicodedata.normalize("NFKC", text[at : at + 500]) for at in range(0, len(text), 500))
    return _cut(HYPHENS.sub("-", INVISIBLE.sub("", text)))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT].rstrip(WORD)


def _take_addresses(
    pattern: re.Pattern[str], text: str, found: list[Target], identify: Callable[[str], Target | None]
) -> str:
    """The text without what `pattern` finds; what it leads to is added to `found`."""

    def take(match: re.Match[str]) -> str:
        if match.lastindex and CATEGORY.fullmatch(match[1]):  # `math.GT/0309136` is an identifier, not a host
            return match[0]
        whole = _without_closing(match[0])
        if target := identify(whole):
            found.append(target)
            return " "
        # A list without spaces: where the first part is a paper, the parts that are no addresses stay to be looked at.
        parts = re.split("[,;()]+", whole)
        targets = [identify(part) if pattern.fullmatch(part) else None for part in parts] if parts[1:] else [None]
        found.extend(target for target in targets if target)
        left = [part for part, target in zip(parts, targets, strict=True) if not target]
        return " ".join(["", *left, ""]) if targets[0] else " "

    return pattern.sub(take, text)


def _without_closing(address: str) -> str:
    """The address without the sentence's punctuation at its end and without brackets that it did not open."""
    surplus = address.count(")") - address.count("(")
    end = len(address)
    while end and (address[end - 1] in ".,;:!?'*" or (address[end - 1] == ")" and surplus > 0)):
        end -= 1
        surplus -= address[end] == ")"
    return address[:end]


def _joined(found: list[Target]) -> Target | None:
    """One page of all papers of the kind that was found first, each once; without papers the first of the rest."""
    papers = [target for target in found if target.kind in ("arxiv", "venue")]
    if not papers:
        return found[0] if found else None
    keys = dict.fromkeys(key for target in papers if target.kind == papers[0].kind for key in target.keys)
    return Target(papers[0].kind, tuple(keys)[:MAX_PAPERS])
