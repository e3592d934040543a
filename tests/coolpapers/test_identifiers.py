"""Identifiers, addresses and free text. The tables in tests/data/cases are shared with the browser extension."""

from __future__ import annotations

import re
import time
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coolpapers import sites
from coolpapers.identifiers import (
    ArxivId,
    Target,
    arxiv_ordinal,
    identify_text,
    identify_url,
    parse_arxiv_id,
    parse_venue_key,
    resolve_text,
    resolve_url,
)

TODAY = date(2026, 11, 23)
CASES = Path(__file__).parent.parent / "data" / "cases"
ANY_SETTINGS = settings(database=None, deadline=None, max_examples=300)


def table(name: str) -> list[tuple[str, str | None]]:
    """The cases of a file: what is given, and the path on our site or None."""
    lines = (CASES / name).read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(given_text, None if path == "-" else path) for given_text, path in pairs]


URLS = table("identifiers.tsv")
TEXTS = table("text.tsv")


# --- The shared tables ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("url", "path"), URLS)
def test_an_address_leads_where_the_table_says(url: str, path: str | None) -> None:
    assert resolve_url(url, TODAY) == path


@pytest.mark.parametrize(("text", "path"), TEXTS)
def test_a_text_leads_where_the_table_says(text: str, path: str | None) -> None:
    assert resolve_text(text, TODAY) == path


@pytest.mark.parametrize("path", sorted({path for _, path in URLS + TEXTS if path and not path.startswith("/search")}))
def test_the_path_of_a_paper_on_papers_cool_is_ours(path: str) -> None:
    assert resolve_url("https://papers.cool" + path, TODAY) == path


# --- Faults of papers.cool's own extension, and failure list A --------------------------------------------------------


@pytest.mark.parametrize("key", ["LcF-EEt8cCC", "rJl-b3RcF7", "B12Js_yRb", "-QJ__aPUTN2", "B13njo1R-"])
def test_openreview_ids_keep_hyphens_and_underscores(key: str) -> None:
    assert resolve_url(f"https://openreview.net/forum?id={key}", TODAY) == f"/venue/{key}@OpenReview"


@pytest.mark.parametrize("doi", ["10.1145/3292500.3330701", "10.1109/5.771073", "10.1007/1706.03762"])
def test_a_doi_is_never_read_as_an_arxiv_number(doi: str) -> None:
    assert resolve_text(f"see {doi}", TODAY) == "/search?query=" + quote(doi, safe="")


def test_numbers_in_foreign_addresses_are_no_papers() -> None:
    assert resolve_url("https://www.google.com/search?q=1706.03762", TODAY) is None
    assert resolve_text("https://www.google.com/search?q=1706.03762 or example.com/1706.03762", TODAY) is None


def test_old_identifiers_work_on_every_kind_of_address() -> None:
    for url in (
        "arxiv.org/abs/",
        "arxiv.org/pdf/",
        "alphaxiv.org/abs/",
        "scirate.com/arxiv/",
        "doi.org/10.48550/arXiv.",
    ):
        assert resolve_url(f"https://{url}math.GT/0309136v2", TODAY) == "/arxiv/math/0309136"


@pytest.mark.parametrize("text", ["1406.2661", "1406.02661", "arXiv:1406.02661", "1406.2661v1", "1406.02661.pdf"])
def test_a1_a_number_of_2014_has_four_digits(text: str) -> None:
    found = parse_arxiv_id(text, today=TODAY)
    assert found is not None
    assert found.id == "1406.2661"


@pytest.mark.parametrize("text", ["2401.6769", "2401.06769", "arxiv:2401.06769v3", "2401.06769.html"])
def test_a1_a_number_of_2024_has_five_digits(text: str) -> None:
    found = parse_arxiv_id(text, today=TODAY)
    assert found is not None
    assert found.id == "2401.06769"


@pytest.mark.parametrize(
    ("text", "id", "version"),
    [
        ("hep-th/9711200", "hep-th/9711200", None),
        ("hep-th/9901001v3", "hep-th/9901001", 3),
        ("math.GT/0309136", "math/0309136", None),
        ("MATH.gt/0309136V2", "math/0309136", 2),
        ("cond-mat.mes-hall/0408502v10", "cond-mat/0408502", 10),
        ("cond-mat/0612198v2", "cond-mat/0612198", 2),
        ("arXiv:cs/0506078.ps.gz", "cs/0506078", None),
    ],
)
def test_a2_old_identifiers_lose_their_class_and_keep_their_version(text: str, id: str, version: int | None) -> None:
    assert parse_arxiv_id(text, today=TODAY) == ArxivId(id, version)


@pytest.mark.parametrize("archive", sites.OLD_ARCHIVE.split("|"))
def test_a2_every_archive_with_old_identifiers_is_known(archive: str) -> None:
    assert resolve_url(f"https://arxiv.org/abs/{archive}/9901001", TODAY) == f"/arxiv/{archive}/9901001"
    assert resolve_text(f"see {archive}/9901001.", TODAY) == f"/arxiv/{archive}/9901001"


@pytest.mark.parametrize("text", ["2024.12345", "9999.99999", "1234.56789", "1713.00001", "1700.00001", "9701.1234"])
def test_a4_numbers_that_no_month_can_have_are_no_identifiers(text: str) -> None:
    assert parse_arxiv_id(text, today=TODAY) is None
    assert resolve_text(text, TODAY) is None


def test_a5_six_digits_need_an_arxiv_host_or_prefix() -> None:
    assert parse_arxiv_id("2601.123456", today=TODAY) is None
    assert parse_arxiv_id("2601.123456", today=TODAY, prefixed=True) == ArxivId("2601.123456", None)
    assert parse_arxiv_id("arXiv:2601.123456v2", today=TODAY) == ArxivId("2601.123456", 2)
    assert resolve_text("2601.123456", TODAY) is None


def test_a5_identifiers_begin_and_end_with_their_scheme() -> None:
    assert parse_arxiv_id("hep-th/9107001", today=TODAY) == ArxivId("hep-th/9107001", None)
    assert parse_arxiv_id("hep-th/9106001", today=TODAY) is None
    assert parse_arxiv_id("hep-th/0703001", today=TODAY) == ArxivId("hep-th/0703001", None)
    assert parse_arxiv_id("hep-th/0704001", today=TODAY) is None
    assert parse_arxiv_id("0704.0001", today=TODAY) == ArxivId("0704.0001", None)
    assert parse_arxiv_id("0703.0001", today=TODAY) is None


def test_a5_next_month_may_have_begun_elsewhere_but_not_the_one_after() -> None:
    assert parse_arxiv_id("2612.00001", today=date(2026, 11, 30)) == ArxivId("2612.00001", None)
    assert parse_arxiv_id("2701.00001", today=date(2026, 11, 30)) is None
    assert parse_arxiv_id("2701.00001", today=date(2026, 12, 31)) == ArxivId("2701.00001", None)


@pytest.mark.parametrize("text", ["", "1706.03762v0", "1706.03762v", "1706.0376", "1706.03762x", "v1", "hep-th/990100"])
def test_what_is_not_one_whole_identifier_is_none(text: str) -> None:
    expected = ArxivId("1706.00376", None) if text == "1706.0376" else None
    assert parse_arxiv_id(text, today=TODAY) == expected


def test_today_is_the_clock_only_where_it_is_not_given() -> None:
    now = date.today()
    assert parse_arxiv_id(f"{now:%y%m}.00001") == ArxivId(f"{now:%y%m}.00001", None)
    assert resolve_url(f"https://arxiv.org/abs/{now:%y%m}.00001") == f"/arxiv/{now:%y%m}.00001"
    assert resolve_text(f"{now:%y%m}.00001") == f"/arxiv/{now:%y%m}.00001"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("NGB6YNnO5o@OpenReview", "NGB6YNnO5o@OpenReview"),
        ("NGB6YNnO5o@openreview", "NGB6YNnO5o@OpenReview"),
        ("n19-1423@ACL", "N19-1423@ACL"),
        ("2024.ACL-Long.800@acl", "2024.acl-long.800@ACL"),
        ("sun21c@v139@pmlr", "sun21c@v139@PMLR"),
        ("Glasmachers13@v29@PMLR", "Glasmachers13@v29@PMLR"),
        ("0001@2023@IJCAI", "1@2023@IJCAI"),
        ("29303@AAAI", "29303@AAAI"),
        ("7347@icwsm@aaai", "7347@ICWSM@AAAI"),
        ("Fu_It's_A+B@CVPR2025@CVF", "Fu_It's_A+B@CVPR2025@CVF"),
        ("Ye_Yuan_3D_Ego-Pose_Estimation@ECCV2018@ECVA", "Ye_Yuan_3D_Ego-Pose_Estimation@ECCV2018@ECVA"),
        ("xu-haichuan@usenixsecurity24@usenix", "xu-haichuan@usenixsecurity24@USENIX"),
        ("smith@FAST@USENIX", "smith@fast@USENIX"),
        ("2025-822@NDSS", "2025-822@NDSS"),
        ("0118A063B4AAE95277F0BC1752C75ABF@2019@neurips", "0118a063b4aae95277f0bc1752c75abf@2019@NeurIPS"),
        ("0118a063b4aae95277f0bc1752c75abf@2025@ICLR", "0118a063b4aae95277f0bc1752c75abf@2025@ICLR"),
        ("0118a063b4aae95277f0bc1752c75abf@2023@MLSys", "0118a063b4aae95277f0bc1752c75abf@2023@MLSYS"),
        ("pedregosa11a@v12@JMLR", "pedregosa11a@v12@JMLR"),
        ("mcauliffe17@interspeech_2017@ISCA", "mcauliffe17@interspeech_2017@ISCA"),
        ("ng26@Interspeech_2026", "ng26@interspeech_2026@ISCA"),
        ("06384@aaai.2021", "06384@AAAI.2021"),
        ("site_30d9651dad@ECCV.2024", "site_30d9651dad@ECCV.2024"),
        ("4068@NEURIPS.2013", "4068@NeurIPS.2013"),
        ("p25@Some-Workshop.2010", "p25@Some-Workshop.2010"),
    ],
)
def test_a6_a_venue_key_has_one_spelling(text: str, key: str) -> None:
    assert parse_venue_key(text) == key
    assert parse_venue_key(key) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "@AAAI",
        "NGB6YNnO5o",
        "NeurIPS.2023",
        "NGB6YNnO5o@Elsewhere",
        "../../etc/passwd@NDSS",
        "..@AAAI.2021",
        ".@ECCV.2024",
        "a/b@NDSS",
        "a\\b@NDSS",
        "a%2fb@NDSS",
        "a,b@NDSS",
        " 29303@AAAI",
        "29303@AAAI ",
        "29303@AAAI\n",
        "29303\x00@AAAI",
        "29303\u202e@AAAI",
        "２９３０３@AAAI",
        "٢٩٣٠٣@AAAI",
        "29303@ＡＡＡＩ",
        "\u017f18-1001@ACL",
        "smith@osdi23\u212a@USENIX",
        "0@2023@IJCAI",
        "2024.acl-long.0@ACL",
        "P18-1000@ACL",
        "auto-draft-42@NDSS",
        "short@OpenReview",
        "a?b@ECCV.2024",
        "<b>@ECCV.2024",
        "a" * 300 + "@NDSS",
    ],
)
def test_a9_what_is_no_key_is_refused(text: str) -> None:
    assert parse_venue_key(text) is None


def test_a7_many_identifiers_make_one_page_of_fifty_papers_each_once() -> None:
    numbers = [f"2301.{n:05d}" for n in range(1, 10_001)]
    path = resolve_text(",".join(numbers), TODAY)
    assert path == "/arxiv/" + ",".join(numbers[:50])
    assert resolve_text("1706.03762 " * 100, TODAY) == "/arxiv/1706.03762"


def test_a7_an_invalid_one_among_many_is_left_out_of_a_text() -> None:
    assert resolve_text("1706.03762, 1713.00001, 2301.00003", TODAY) == "/arxiv/1706.03762,2301.00003"


def test_a7_a_list_page_with_an_invalid_part_stays_as_it_is() -> None:
    assert resolve_url("https://papers.cool/arxiv/1706.03762,oops", TODAY) == "/arxiv/1706.03762,oops"


def test_a8_two_versions_are_one_paper() -> None:
    assert resolve_text("arXiv:1706.03762v1 and arXiv:1706.03762v5", TODAY) == "/arxiv/1706.03762"
    assert resolve_url("https://papers.cool/arxiv/1706.03762v1,1706.03762v2", TODAY) == "/arxiv/1706.03762"


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "\x00",
        "http://[",
        "http://[::1",
        "http://[::1]:x/abs/1706.03762",
        "https://arxiv.org:port/abs/1706.03762",
        "https://arxiv.org:/abs/%",
        "https://arxiv.org/abs/%zz%f",
        "https://arxiv.org/abs/%ff%fe",
        "https://arxiv.org/abs/1706.03762%00",
        "https://arxiv.org/abs/1706.03762%0a",
        "https://arxiv.org/abs/\u202e1706.03762",
        "https://arxiv.org/abs/１７０６.０３７６２",
        "https://arxiv.org/abs/١٧٠٦.٠٣٧٦٢",
        "\ud800https://arxiv.org/abs/\udfff",
        "https://doi.org/10.1145/\ud800",
        "https://www.bing.com/ck/a?u=a1A",
        "https://www.bing.com/ck/a?u=a1_____w",
        "https://.translate.goog/",
        "mailto:a@b",
        "data:text/html,1706.03762",
    ],
)
def test_a9_hostile_addresses_are_no_papers_and_no_errors(hostile: str) -> None:
    path = resolve_url(hostile, TODAY)
    assert path is None or path == "/search?query=10.1145%2F%EF%BF%BD"
    resolve_text(hostile, TODAY)


# --- What the rules leave to judgement --------------------------------------------------------------------------------


def test_an_address_below_our_own_base_leads_to_itself() -> None:
    base = "http://localhost:8000/papers/"
    assert resolve_url("http://localhost:8000/papers/arxiv/1706.03762v2", TODAY, base=base) == "/arxiv/1706.03762"
    assert resolve_url("http://localhost:8000/papers/venue/AAAI?show=5", TODAY, base=base) == "/venue/AAAI?show=5"
    assert resolve_url("http://localhost:8000/other/arxiv/1706.03762", TODAY, base=base) is None
    assert resolve_url("http://localhost:9000/papers/arxiv/1706.03762", TODAY, base=base) is None
    assert resolve_text("http://localhost:8000/papers/arxiv/cs.AI", TODAY, base=base) == "/arxiv/cs.AI"


def test_the_parts_of_a_target_are_bare_keys() -> None:
    stem = "https://openaccess.thecvf.com/content/CVPR2025/html/Li_It%27s_CVPR_2025_paper.html"
    assert identify_url(stem, TODAY) == Target("venue", ("Li_It's@CVPR2025@CVF",))
    assert identify_text("1706.03762 2301.00003", TODAY) == Target("arxiv", ("1706.03762", "2301.00003"))


def test_the_surest_evidence_decides_between_arxiv_and_venues() -> None:
    assert resolve_text("1706.03762, https://aclanthology.org/P18-1001", TODAY) == "/venue/P18-1001@ACL"
    assert resolve_text("2024.acl-long.800 1706.03762", TODAY) == "/arxiv/1706.03762"


def test_invisible_characters_do_not_hide_an_identifier() -> None:
    assert resolve_text("1706.\u00ad03762", TODAY) == "/arxiv/1706.03762"
    assert resolve_text("\u202a1706.0\u200b3762\u202c", TODAY) == "/arxiv/1706.03762"
    assert resolve_text("2024.acl\u2010long.800", TODAY) == "/venue/2024.acl-long.800@ACL"


def test_a_word_torn_by_the_limit_is_not_misread() -> None:
    url = "https://arxiv.org/abs/1706.03762"
    for length in range(4960, 5001):
        assert resolve_text("x " * (length // 2) + url, TODAY) in (None, "/arxiv/1706.03762")
    assert resolve_text("x" * 4999 + " " + url, TODAY) is None


def test_every_row_of_the_rules_is_met_by_a_case() -> None:
    met = set()
    for url, _ in URLS:
        address = sites.unwrap(url)
        for rule in (*sites.ARXIV_RULES, *sites.VENUE_RULES) if address else ():
            if sites.is_on(rule.hosts, address.host) and sites.compiled(rule.path, re.I).fullmatch(address.path):
                met.add(rule)
    assert met == {*sites.ARXIV_RULES, *sites.VENUE_RULES}


# --- Order ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id", "ordinal"),
    [
        ("hep-th/9901001", 199901000001),
        ("math/0309136", 200309000136),
        ("0704.0001", 200704000001),
        ("1706.03762", 201706003762),
        ("2601.123456", 202601123456),
    ],
)
def test_the_ordinal_is_month_and_number(id: str, ordinal: int) -> None:
    assert arxiv_ordinal(id) == ordinal


@pytest.mark.parametrize("id", ["", "1706.03762v1", "1706", "hep-th", "x" * 1000, "１７０６.０３７６２"])
def test_the_ordinal_of_anything_else_is_an_error(id: str) -> None:
    with pytest.raises(ValueError, match="not a canonical arXiv identifier"):
        arxiv_ordinal(id)


@ANY_SETTINGS
@given(
    st.integers(7, 26),
    st.integers(1, 12),
    st.integers(1, 9999),
    st.integers(7, 26),
    st.integers(1, 12),
    st.integers(1, 9999),
)
def test_ordinals_sort_as_time(y1: int, m1: int, n1: int, y2: int, m2: int, n2: int) -> None:
    def number(y: int, m: int, n: int) -> str:
        return f"{y:02d}{m:02d}.{n:0{4 if y < 15 else 5}d}"

    earlier = arxiv_ordinal(number(y1, m1, n1)) < arxiv_ordinal(number(y2, m2, n2))
    assert earlier == ((y1, m1, n1) < (y2, m2, n2))


# --- Properties -------------------------------------------------------------------------------------------------------

FRAGMENTS = st.sampled_from(
    [url for url, _ in URLS]
    + [text for text, _ in TEXTS]
    + [
        "https://",
        "http://[",
        "@",
        ",",
        " ",
        "%",
        "%2F",
        "%ff",
        "/",
        "?id=",
        "#",
        "..",
        "10.1145/",
        "\ud800",
        "\x00",
        "）",
    ]
    + ["arxiv:", "1706.03762", "hep-th/9901001", "v2", "https://papers.cool/arxiv/", "https://papers.cool/venue/"]
)
SOUP = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.lists(st.one_of(FRAGMENTS, st.text(max_size=5)), max_size=8).map("".join),
)


def is_path(path: str | None) -> bool:
    """Whether this is None or a path that is safe to redirect to."""
    return path is None or (
        path[0] == "/" and path[1] != "/" and path.isascii() and path.isprintable() and " " not in path
    )


@ANY_SETTINGS
@given(SOUP)
@example("https://papers.cool/venue//evil.example")
@example("https://papers.cool//evil.example/arxiv/x")
@example("https://papers.cool/arxiv/x\r\nSet-Cookie: a=b")
@example("https://papers.cool/arxiv/x%0d%0aSet-Cookie:%20a=b")
def test_any_address_gives_a_safe_path_or_none(url: str) -> None:
    path = resolve_url(url, TODAY)
    assert is_path(path)
    if path and not path.startswith("/search"):
        assert resolve_url("https://papers.cool" + path, TODAY) == path


@ANY_SETTINGS
@given(SOUP)
def test_any_text_gives_a_safe_path_or_none(text: str) -> None:
    assert is_path(resolve_text(text, TODAY))


@ANY_SETTINGS
@given(SOUP)
def test_a_parsed_key_parses_to_itself(text: str) -> None:
    if key := parse_venue_key(text):
        assert parse_venue_key(key) == key
        assert not set(key) & set("/\\,?#% \t\r\n")
        assert resolve_url("https://papers.cool/venue/" + quote(key), TODAY) == "/venue/" + quote(key, safe="@")
    if found := parse_arxiv_id(text, today=TODAY):
        assert parse_arxiv_id(found.id, today=TODAY, prefixed=True) == ArxivId(found.id, None)
        assert arxiv_ordinal(found.id) > 0


@ANY_SETTINGS
@given(st.sampled_from([url for url, path in URLS if path]), st.text(max_size=10), st.text(max_size=10))
def test_what_follows_a_hash_changes_nothing(url: str, before: str, after: str) -> None:
    if "#" not in url:
        assert resolve_url(f"{url}#{before}{after}", TODAY) == resolve_url(url, TODAY)


# --- Cost -------------------------------------------------------------------------------------------------------------

PREFIXES = [
    "",
    "https://",
    "https://arxiv.org/abs/",
    "https://papers.cool/venue/",
    "https://doi.org/10.1234/",
    "https://openreview.net/forum?",
    "https://www.google.com/url?q=",
    "https://www.bing.com/ck/a?u=a1",
    "https://web.archive.org/web/",
    "https://openaccess.thecvf.com/content/",
    "https://proceedings.mlr.press/v1/",
    "https://www.isca-archive.org/",
    "https://www.usenix.org/system/files/",
    "https://example.com/viewer.html?file=",
    "chrome-extension://x/",
]
UNITS = ["a", "1", "a.", "a/", "/", "@", "%", "%2F", "%e4", "&a=", "(", ")", ",", "-", "_a", "1706.0376", "1706.03762,"]
UNITS += [
    "https://",
    "https://a,",
    "10.1145/a,",
    "10.1145/))",
    "arxiv:",
    "hep-th/",
    "2024.a-",
    "\ufdfa",
    "\u0315\u0300",
]
UNITS += ["arxiv.org/abs/1706.03762,", "https://arxiv.org/abs/1706.03762,", "x@AAAI,", "%2e/", "\ud800", "\x00", "（"]


@pytest.mark.parametrize("unit", UNITS)
def test_hostile_repetition_is_cheap(unit: str) -> None:
    for prefix in PREFIXES:
        for length in (4_990, 8_190, 100_000):
            text = (prefix + unit * (length // len(unit) + 1))[:length]
            start = time.perf_counter()
            for resolve in (resolve_url, resolve_text, parse_arxiv_id, parse_venue_key):
                resolve(text)
            assert time.perf_counter() - start < 0.5


def test_a_megabyte_costs_no_more_than_its_limit() -> None:
    for text in ("x" * 10**6, "https://arxiv.org/abs/" + "1" * 10**6, " " * 10**6, "\ud800" * 10**6):
        start = time.perf_counter()
        assert resolve_url(text) is None
        assert resolve_text(text) is None
        assert time.perf_counter() - start < 0.5
