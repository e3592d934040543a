"""Addresses on the web: how one is read, what wraps it, and which host and path is which paper, as data.

Guarantees: reading is pure and total, linear in the input, and never looks further than the parsed host name and path.
The tables are rows without behaviour; every pattern is matched against the whole of its subject and uses only what
Python's and JavaScript's regular expressions share ([0-9] for digits, no possessive or nested quantifiers), so that
`extension/identify.js` can hold the same rows. `coolpapers.identifiers` turns them into papers.

Keys are written as papers.cool writes them; forms that it is not known to have are marked "ours".
"""

from __future__ import annotations

import base64
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from urllib.parse import quote

MAX_URL = 8192  # characters of an address
MAX_HOST = 253  # characters of a host name, as in DNS
MAX_LAYERS = 3  # wrappers around an address
IGNORECASE = re.I | re.A  # of ASCII letters only, as in JavaScript


# --- Reading an address -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Address:
    """A parsed address. `host` is lower case and without `www.`; `raw_path` and `query` are as written, undecoded."""

    scheme: str
    host: str
    port: str
    raw_path: str
    query: str

    @cached_property
    def clean_path(self) -> str:
        """The undecoded path with `.` and `..` resolved, doubled slashes and the last one dropped."""
        kept: list[str] = []
        for segment in self.raw_path.split("/"):
            plain = segment.lower().replace("%2e", ".")
            if plain == "..":
                del kept[-1:]
            elif plain not in ("", "."):
                kept.append(segment)
        return "/" + "/".join(kept)

    @cached_property
    def path(self) -> str:
        """The decoded path, slashes tidied; empty for the root."""
        return re.sub("/+", "/", decode(self.clean_path)).rstrip("/")

    def param(self, name: str) -> str:
        """The first non-empty value of a parameter, decoded but for plus signs, which addresses hold; else empty."""
        for pair in self.query.split("&"):
            key, _, value = pair.partition("=")
            if value and decode(key) == name:
                return decode(value)
        return ""


ADDRESS = re.compile(r"([a-z][a-z0-9+-]*):([^?#]*)(?:\?([^#]*))?(?:#.*)?", IGNORECASE | re.S)
AUTHORITY = re.compile(r"(?:[^/]*@)?([^/@]*?)(?::([0-9]{0,5}))?(/.*)?", re.S)
CONTROLS = "".join(map(chr, range(33)))
WEB_SCHEMES = ("http", "https", "ftp")
EXTENSION_SCHEME = re.compile(r"[a-z-]*extension")


def parse_address(text: str) -> Address | None:
    """An http, https, ftp or browser extension's address as browsers read it, or None. The scheme may be missing."""
    text = re.sub("[\ud800-\udfff]", "\ufffd", text[: MAX_URL + 1])
    text = re.sub("[\t\r\n]", "", text).strip(CONTROLS)
    if not text or len(text) > MAX_URL:
        return None
    if re.match(r"//|[a-z0-9][a-z0-9.-]*\.[a-z]{2,}(?::[0-9]+)?(?:/|$)", text, IGNORECASE):
        text = "https://" + text.lstrip("/")
    match = ADDRESS.fullmatch(text)
    if match is None:
        return None
    scheme, rest, query = match[1].lower(), match[2].replace("\\", "/").lstrip("/"), match[3] or ""
    parts = AUTHORITY.fullmatch(rest)
    if parts is None or not (scheme in WEB_SCHEMES or EXTENSION_SCHEME.fullmatch(scheme)):
        return None
    if len(parts[1]) > MAX_HOST or int(parts[2] or 0) > 65535:
        return None
    host = unicodedata.normalize("NFKC", decode(parts[1])).lower().removesuffix(".").removeprefix("www.")
    port = "" if f"{scheme}:{parts[2]}" in ("http:80", "https:443") else parts[2] or ""
    return Address(scheme, host, port, parts[3] or "/", query)


def decode(text: str) -> str:
    """Percent escapes that are valid UTF-8 decoded; all others left as they are."""
    return re.sub(r"(?:%[0-9A-Fa-f]{2})+", _decoded_run, text)


def _decoded_run(match: re.Match[str]) -> str:
    try:
        return bytes.fromhex(match[0].replace("%", "")).decode()
    except UnicodeDecodeError:
        return match[0]


def encode_rest(text: str) -> str:
    """What may not stand in an address percent-encoded; valid escapes and all else left as they are."""
    return re.sub(r"%(?![0-9A-Fa-f]{2})|[^!-~]|[\"<>\\^`{|}]", lambda match: quote(match[0], safe=""), text)


@cache
def compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """A pattern of the tables, compiled once; letters beyond ASCII have no case and no class."""
    return re.compile(pattern, flags | re.A)


def is_on(hosts: tuple[str, ...], host: str) -> bool:
    """Whether the host is one of these; `*.` stands for one label."""
    return host in hosts or "*." + host.partition(".")[2] in hosts


def unwrap(text: str) -> Address | None:
    """The web address inside at most three wrappers; a wrapper that holds none stands for itself."""
    address = parse_address(text)
    for _ in range(MAX_LAYERS):
        inner = _inside(address) if address else None
        if inner is None:
            break
        address = parse_address(inner)
    return address if address and address.scheme in WEB_SCHEMES else None


def _inside(address: Address) -> str | None:
    """The text of the wrapped address, or None where nothing is wrapped."""
    if EXTENSION_SCHEME.fullmatch(address.scheme):
        return address.param("file") or _from_scheme(f"{address.raw_path}?{address.query}")
    if address.host.endswith(".translate.goog"):
        return _untranslated(address)
    for wrapper in _wrappers_on(address.host):
        if match := compiled(wrapper.path, re.I).fullmatch(address.raw_path):
            if not wrapper.params:
                rest = match[1] + (f"?{address.query}" if address.query else "")
                return decode(rest) if re.match("https?%3A", rest, IGNORECASE) else rest
            values = map(address.param, wrapper.params)
            return next((found for value in values if (found := _absolute(value, wrapper.base64))), None)
    return None


@lru_cache(maxsize=500)  # an import asks for the same few hosts ten thousand times
def _wrappers_on(host: str) -> list[Wrapper]:
    return [wrapper for wrapper in WRAPPERS if compiled(wrapper.hosts).fullmatch(host)]


def _absolute(value: str, in_base64: bool) -> str | None:
    """A parameter's value where it is an absolute address; Bing writes `a1` and the address in base64url."""
    if in_base64:
        digits = value.removeprefix("a1").rstrip("=")
        if not value.startswith("a1") or not re.fullmatch("[A-Za-z0-9_-]+", digits) or len(digits) % 4 == 1:
            return None
        value = base64.urlsafe_b64decode(digits + "=" * (-len(digits) % 4)).decode(errors="replace")
    return value if re.match(r" *(?:(?:https?|ftp):/|//|[a-z-]*extension:)", value, IGNORECASE) else None


def _from_scheme(text: str) -> str | None:
    """What follows from the first `http://` or `https://` on, which may be percent-encoded."""
    match = re.search(r"https?(:|%3A)(?:/|%2F){1,2}.*", text, IGNORECASE | re.S)
    if match is None:
        return None
    return match[0] if match[1] == ":" else decode(match[0].partition("&")[0])


def _untranslated(address: Address) -> str:
    """Google's translating proxy writes `-` for a dot and `--` for a hyphen, and adds parameters named `_x_tr_…`."""
    label = address.host.removesuffix(".translate.goog")
    host = "-".join(part.replace("-", ".") for part in label.split("--"))
    query = "&".join(pair for pair in address.query.split("&") if not pair.startswith("_x_tr_"))
    return f"https://{host}{address.raw_path}" + (f"?{query}" if query else "")


# --- The tables -------------------------------------------------------------------------------------------------------

# Archives whose old identifiers (archive/YYMMNNN, July 1991 to March 2007) are in use.
# https://info.arxiv.org/help/arxiv_identifier.html
OLD_ARCHIVE = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|cs|dg-ga|"
    "funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math|math-ph|mtrl-th|nlin|nucl-ex|nucl-th|patt-sol|physics|plasm-ph|"
    "q-alg|q-bio|quant-ph|solv-int|supr-con"
)

FILE_ENDING = r"(?:\.pdf|\.ps\.gz|\.ps|\.html)?"
ARXIV_ID = r"(?:arxiv:)?(?:[a-z-]+(?:\.[a-z-]+)?/[0-9]{7}|[0-9]{4}\.[0-9]{4,6})(?:v[0-9]+)?" + FILE_ENDING
BELOW = r"(?:/.*)?"  # what a page has beneath it: figures, attachments, galleys
ACL_ID = r"[12][0-9]{3}\.[a-z0-9]{1,40}-[a-z0-9]{1,40}\.[0-9]{1,6}|[a-z][0-9]{2}-[0-9]{4}"
YEAR = r"([12][0-9]{3})"


@dataclass(frozen=True)
class Rule:
    """Addresses of one shape, all of them papers.

    `hosts` are exact, without `www.`; `*.` stands for one label. `path` is matched, ignoring case, against the decoded
    path without its last slash. `key` is filled with the groups of `path` ({0}, {1} …) and with {q}, the first
    non-empty parameter named in `query`; an empty `key` says: nothing here is a paper. The first rule whose host and
    path match decides.
    """

    hosts: tuple[str, ...]
    path: str
    key: str
    query: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wrapper:
    """Addresses that carry another one: in a parameter of `params`, else in the group of `path`, query included.

    `hosts` and `path` are patterns, matched ignoring case; `path` here is the undecoded path.
    """

    hosts: str
    path: str
    params: tuple[str, ...] = ()
    base64: bool = False


@dataclass(frozen=True)
class KeyForm:
    """How a venue key is written before `@source`: put into `case`, then matched whole, case and all, by `pattern`."""

    pattern: str
    case: str = ""  # "lower", "upper" or as it is
    key: str = ""  # filled with the groups; empty: as matched
    named: bool = False  # what follows the first @ takes its spelling from NAMES


ARXIV_HOSTS = ("arxiv.org", "*.arxiv.org", "xxx.lanl.gov", "xxx.itp.ac.cn")
NEURIPS_HOSTS = (
    "proceedings.neurips.cc",
    "papers.nips.cc",
    "papers.neurips.cc",
    "proceedings.nips.cc",
    "datasets-benchmarks-proceedings.neurips.cc",
)
HASHED_PAPER = rf"(?:/paper_files)?/paper/{YEAR}/(?:hash|file)/([0-9a-f]{{32}})-[^/]+"
ACL_FOLDER = r"(?:/(?:papers|pdf|attachments|revisions))?(?:/[a-z]/[a-z][0-9]{2})?"
ACL_PAPER = rf"{ACL_FOLDER}/({ACL_ID})(?:[ve][0-9]{{1,2}})?(?:\.[a-z].*|/.*)?"
ALPHAXIV_PAGE = r"(?:/[a-z]{2,3}(?:-[a-z]{2,4})?)?/(?:abs|pdf|html|overview|replicate|audio|resources)"
ISCA_EDITION = r"(?:/archive)?(?:/pdfs)?/([a-z][a-z0-9_-]{0,60})_([12][0-9]{3}[a-z]{0,8})"
CVF_FOLDER = r"/content[_/][^/]+(?:/[^/]+)?/(?:html|papers|supplemental)(?:/[^/]+)?"
CVF_ENDING = r"_(?:paper|supplemental)\.[a-z0-9]+"
OJS = r"(?:/ojs)?/index\.php"
# Slides, artefact appendices and preprints that USENIX keeps beside the papers.
USENIX_FILE = r"/system/files/(?:conference/[a-z0-9-]+/)?(?![^/]*(?:slides|prepub|appendix|poster))"
USENIX_SLUG = r"(?:paper[-_])?([a-z0-9_-]+?)(?:_[0-9]+)?\.pdf"

ARXIV_RULES: tuple[Rule, ...] = (
    Rule(("info.arxiv.org", "blog.arxiv.org", "static.arxiv.org", "status.arxiv.org"), r".*", ""),
    Rule(
        ARXIV_HOSTS,
        rf"/(?:abs|pdf|html|format|ps|e-print|src|tar|dvi|tb|refs|cits|trackback|bibtex)/({ARXIV_ID}){BELOW}",
        "{0}",
    ),
    Rule(ARXIV_HOSTS, rf"/ftp/arxiv/papers/[0-9]{{4}}/({ARXIV_ID})", "{0}"),
    Rule(ARXIV_HOSTS, rf"/ftp/([a-z-]+)/papers/[0-9]{{4}}/([0-9]{{7}}(?:v[0-9]+)?){FILE_ENDING}", "{0}/{1}"),
    Rule(ARXIV_HOSTS, r"/api/query", "{q}", ("id_list",)),
    Rule(("ar5iv.labs.arxiv.org", "ar5iv.org"), rf"/(?:html|abs|pdf|papers)/({ARXIV_ID}){BELOW}", "{0}"),
    Rule(("arxiv-vanity.com",), rf"/papers/({ARXIV_ID}){BELOW}", "{0}"),
    Rule(("alphaxiv.org",), rf"{ALPHAXIV_PAGE}/({ARXIV_ID}){BELOW}", "{0}"),
    Rule(("huggingface.co", "hf.co"), rf"(?:/api)?/papers/({ARXIV_ID}){BELOW}", "{0}"),
    Rule(("scirate.com",), rf"/arxiv/({ARXIV_ID}){BELOW}", "{0}"),
    Rule(("semanticscholar.org", "api.semanticscholar.org"), rf"/arxiv/({ARXIV_ID}){BELOW}", "{0}"),
    Rule(
        ("semanticscholar.org", "api.semanticscholar.org"),
        rf"(?:/graph/v1)?(?:/paper)?/(?=arxiv:)({ARXIV_ID}){BELOW}",
        "{0}",
    ),
    Rule(
        ("dblp.org", "dblp.uni-trier.de"),
        r"/rec/(?:[a-z0-9]+/)?journals/corr/abs-([0-9]{4})-([0-9]{4,5})(?:\.[a-z]+)?",
        "{0}.{1}",
    ),
)

VENUE_RULES: tuple[Rule, ...] = (
    Rule(
        ("openreview.net", "api.openreview.net", "api2.openreview.net"),
        r"/(?:forum|pdf|attachment|references/pdf|revisions|notes)",
        "{q}@OpenReview",
        ("forum", "id"),
    ),
    Rule(
        ("aclanthology.org", "aclanthology.info", "aclanthology.coli.uni-saarland.de"),
        rf"(?:/anthology(?:-new)?)?{ACL_PAPER}",
        "{0}@ACL",
    ),
    Rule(("aclweb.org",), rf"/anthology(?:-new)?{ACL_PAPER}", "{0}@ACL"),
    Rule(("proceedings.mlr.press",), r"/([vr][0-9]+)/([a-z0-9_-]+?)(?:-supp)?(?:\.html|\.pdf|/.*)?", "{1}@{0}@PMLR"),
    Rule(NEURIPS_HOSTS, HASHED_PAPER, "{1}@{0}@NeurIPS"),
    Rule(("proceedings.iclr.cc",), HASHED_PAPER, "{1}@{0}@ICLR"),
    Rule(("proceedings.mlsys.org",), HASHED_PAPER, "{1}@{0}@MLSYS"),
    # CVF writes …_CVPR_2019_paper; until 2018 also …_2013_CVPR_paper.
    Rule(("openaccess.thecvf.com",), rf"{CVF_FOLDER}/([^/]+)_([a-z]{{2,12}})_{YEAR}{CVF_ENDING}", "{0}@{1}{2}@CVF"),
    Rule(("openaccess.thecvf.com",), rf"{CVF_FOLDER}/([^/]+)_{YEAR}_([a-z]{{2,12}}){CVF_ENDING}", "{0}@{2}{1}@CVF"),
    Rule(  # ours
        ("ecva.net",),
        rf"(?:/papers/eccv_[0-9]{{4}})?/papers_ECCV/(?:html|papers)/(?:[0-9]+_)?([^/]+)_ECCV_{YEAR}_paper\.(?:php|pdf)",
        "{0}@ECCV{1}@ECVA",
    ),
    Rule(("ojs.aaai.org", "aaai.org"), rf"{OJS}/AAAI/article/(?:view|download)/([0-9]+){BELOW}", "{0}@AAAI"),
    Rule(  # ours: AAAI's other journals and proceedings
        ("ojs.aaai.org", "aaai.org"),
        rf"{OJS}/([a-z-]+)/article/(?:view|download)/([0-9]+){BELOW}",
        "{1}@{0}@AAAI",
    ),
    Rule(("cdn.aaai.org",), r"/ojs/([0-9]+)/.*", "{0}@AAAI"),
    Rule(("ijcai.org",), rf"/proceedings/{YEAR}/([0-9]{{1,6}})(?:\.pdf)?", "{1}@{0}@IJCAI"),
    Rule(
        ("isca-archive.org", "isca-speech.org"),
        rf"{ISCA_EDITION}/([a-z0-9_-]{{1,120}})_\1\.(?:html|pdf)",
        "{2}@{0}_{1}@ISCA",
    ),
    Rule(
        ("usenix.org",),
        r"/conference/([a-z0-9-]+)/(?:technical-sessions/)?presentation/([a-z0-9_-]+)",
        "{1}@{0}@USENIX",
    ),
    Rule(("usenix.org",), rf"{USENIX_FILE}sec([0-9]{{2}})-{USENIX_SLUG}", "{1}@usenixsecurity{0}@USENIX"),
    Rule(("usenix.org",), rf"{USENIX_FILE}([a-z]+[0-9]{{2,4}})-{USENIX_SLUG}", "{1}@{0}@USENIX"),
    Rule(("ndss-symposium.org",), r"/ndss-paper/([^/]+)", "{0}@NDSS"),
    Rule(("ndss-symposium.org",), rf"/wp-content/uploads/{YEAR}-(f?[0-9]+)-paper\.pdf", "{0}-{1}@NDSS"),
    Rule(("jmlr.org",), r"/papers/v(?:olume)?([0-9]+)/([a-z0-9_-]+)(?:[./].*)?", "{1}@v{0}@JMLR"),  # ours
)

DOI_HOSTS = ("doi.org", "dx.doi.org")
DOI = r"10\.[0-9]{4,9}/[^\x00-\x20\x7f]{1,300}"
# Whose DOIs name a paper by themselves; all others are looked up by search. AAAI's number is the article id of its site
# only from volume 34 (2020) on: volume 33 numbered otherwise.
DOI_ARXIV = r"10\.48550/arxiv\.(.+)"
DOI_RULES: tuple[tuple[str, str], ...] = (
    (rf"10\.18653/v1/({ACL_ID})", "{0}@ACL"),
    (rf"10\.24963/ijcai\.{YEAR}/([0-9]{{1,6}})", "{1}@{0}@IJCAI"),
    (r"10\.1609/aaai\.v(?:3[4-9]|[4-9][0-9]|[1-9][0-9]{2})i[0-9]{1,3}\.([0-9]+)", "{0}@AAAI"),
)

OWN_HOST = "papers.cool"

GOOGLE = r"google\.(?:com?\.)?[a-z]{2,3}"
WRAPPERS: tuple[Wrapper, ...] = (
    Wrapper(GOOGLE, r"/url/?", ("q", "url")),
    Wrapper(rf"scholar\.{GOOGLE}", r"/scholar_url/?", ("url",)),
    Wrapper(rf"translate\.{GOOGLE}", r".*", ("u",)),
    Wrapper(r"(?:[a-z0-9]+\.)?bing\.com", r"/ck/a/?", ("u",), base64=True),
    Wrapper(r"(?:html\.|lite\.)?duckduckgo\.com", r"/l/?", ("uddg",)),
    Wrapper(r"link\.zhihu\.com", r".*", ("target",)),
    Wrapper(r"lm?\.facebook\.com", r"/l\.php/?", ("u",)),
    Wrapper(r"out\.reddit\.com", r".*", ("url",)),
    Wrapper(r"web\.archive\.org", r"/+web/+(?:[0-9]{1,14}(?:[a-z]{2}_)?\*?/+)?(.+)"),
    Wrapper(r"r\.jina\.ai", r"/+(.+)"),
    Wrapper(r".*", r".*/viewer\.html", ("file",)),  # pdf.js, wherever it is hosted
)

# Letters that the file names of CVF and ECVA hold; ids of the fallback form are written with the same.
STEM = r"(?!\.)[A-Za-z0-9_.'+&!()$:;=~*\u00c0-\u024f\u0370-\u03ff-]+"
HASHED_KEY = KeyForm(r"[0-9a-f]{32}@[12][0-9]{3}", "lower")
# Items numbered 0 are a volume's front matter. Old volumes have one digit, workshops' and some others two.
# https://github.com/acl-org/acl-anthology, bin/anthology: the forms of its ids.
ACL_FRONT_MATTER = r"(?!.*-[0-9]000$)(?!(?:W[0-9]{2}|C69)-[0-9]{2}00$)(?!D19-[5-9][0-9]00$)"

KEY_FORMS: dict[str, tuple[KeyForm, ...]] = {
    "OpenReview": (KeyForm(r"[A-Za-z0-9_-]{6,16}"),),
    "ACL": (
        KeyForm(r"[12][0-9]{3}\.[a-z0-9]+-[a-z0-9]+\.[1-9][0-9]*", "lower"),
        KeyForm(ACL_FRONT_MATTER + r"[A-Z][0-9]{2}-[0-9]{4}", "upper"),
    ),
    "PMLR": (KeyForm(r"(?=[^@]*[0-9])[A-Za-z0-9][A-Za-z0-9_-]*@[vr][0-9]{1,4}"),),
    "JMLR": (KeyForm(r"(?=[^@]*[0-9])[A-Za-z0-9][A-Za-z0-9_-]*@v[0-9]{1,4}"),),
    "NeurIPS": (HASHED_KEY,),
    "ICLR": (HASHED_KEY,),
    "MLSYS": (HASHED_KEY,),
    "CVF": (KeyForm(STEM + r"@[A-Z]{2,12}[12][0-9]{3}"),),
    "ECVA": (KeyForm(STEM + r"@ECCV[12][0-9]{3}"),),
    "AAAI": (KeyForm(r"[1-9][0-9]{0,6}(?:@[A-Za-z][A-Za-z-]{1,20})?", named=True),),
    "IJCAI": (KeyForm(r"0*([1-9][0-9]{0,4})@" + YEAR, key="{0}@{1}"),),
    "ISCA": (KeyForm(r"(?=[^@]*[0-9])[a-z0-9_-]+@[a-z][a-z0-9_-]*_[12][0-9]{3}[a-z]*", "lower"),),
    "USENIX": (KeyForm(r"[a-z0-9][a-z0-9_-]*@[a-z0-9][a-z0-9-]*", "lower"),),
    "NDSS": (KeyForm(r"(?!auto-draft(?:-[0-9]+)?$)[a-z0-9][a-z0-9_-]*", "lower"),),
}
FALLBACK_ID = KeyForm(STEM)  # `<id>@<VENUE>.<YEAR>`, ours, where an edition's papers have no page of their own

# Spelling of names that follow an `@`: AAAI's journals, and venues of the fallback form.
NAMES = (
    "AAAI-SS AIES AIIDE AIMagazine HCOMP ICAPS ICWSM SOCS "
    "3DV AAAI ACL ACML AISTATS ALT BMVC COLING COLM COLT CoNLL CoRL CVPR EACL ECCV EMNLP FAST ICCV ICLR ICML ICRA "
    "IJCAI INTERSPEECH IROS IWSLT KDD L4DC LoG MICCAI MIDL MLSYS NAACL NDSS NeurIPS OSDI RSS TACL TMLR UAI USENIX-Sec "
    "WACV WWW"
)
