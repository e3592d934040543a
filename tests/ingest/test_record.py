"""Rows of the JSONL format become clean records, or say what is wrong with them."""

import re
import time
import unicodedata
from datetime import UTC, date, datetime
from html import escape
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clean import BadRecord, clean_names, clean_text, clean_url, split_names
from ingest.record import Announced, NotAccepted, record_from_json


def arxiv_row(**changes: Any) -> dict[str, Any]:
    row = {
        "id": "1706.03762",
        "title": "Attention Is All You Need",
        "authors": ["Ashish Vaswani"],
        "categories": ["cs.CL"],
    }
    return row | changes


def venue_row(**changes: Any) -> dict[str, Any]:
    row = {
        "id": "P18-1001",
        "venue": "ACL",
        "year": 2018,
        "title": "A title",
        "authors": ["A. Author"],
        "site": "https://aclanthology.org/P18-1001/",
    }
    return row | changes


# --- Text ---
@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  folded\n  title ", "folded title"),
        ("NUL\x00 and \x07bell and \x1besc", "NUL and bell and esc"),
        ("zero\u200bwidth \u202eoverride\u202c \ufeffmark", "zerowidth override mark"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("e\u0301cole", "école"),
        ("Z" + "\u0301" * 50 + "algo", "Ź\u0301\u0301\u0301\u0301algo"),
        (r"Schr\"odinger", "Schrödinger"),
        (None, ""),
        (42, "42"),
    ],
)
def test_text_is_stored_clean(raw: object, clean: str) -> None:
    assert clean_text(raw) == clean


# Any character there is, lone surrogates too, and pieces that make one another.
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
SOUP = st.lists(
    st.sampled_from(
        [r"\"", r"\c", "{", "}", "o", "$", "&", "amp;", "&#60;", "&lt", "--", "-", "~", "\u0301", "\u200b", " "]
    )
    | st.text(st.characters(exclude_categories=()), max_size=3),
    max_size=30,
).map("".join)


@given(st.one_of(ANY_TEXT, SOUP))
def test_f6_cleaning_leaves_one_line_that_xml_can_hold(text: str) -> None:
    once = clean_text(text)
    assert once == " ".join(once.split())
    assert not any(
        ord(c) < 32 or 127 <= ord(c) < 160 or 0xD800 <= ord(c) <= 0xDFFF or ord(c) in (0xFFFE, 0xFFFF) for c in once
    )
    assert unicodedata.is_normalized("NFC", once)
    ElementTree.fromstring(f"<a>{escape(once)}</a>")


@given(st.text(max_size=300))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once


@given(st.lists(st.one_of(ANY_TEXT, SOUP, st.sampled_from(["et al.", "and", "others", ":", ","])), max_size=5))
def test_f5_names_are_never_empty_and_never_et_al(names: list[str]) -> None:
    for name in clean_names(names):
        assert name == " ".join(name.split()) != ""
        assert not re.fullmatch(r"et\.? al\.?|others", name, re.IGNORECASE)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("McDonald\u00e2\u0080\u0099s", "McDonald’s"),  # UTF-8 read as Latin-1, in some proceedings
        ("Gl&auml;ser &#64257;t &ndash; AT&T; R&D", "Gläser \ufb01t – AT&T; R&D"),
        ("a < b and <think> stay", "a < b and <think> stay"),
    ],
)
def test_entities_and_wrong_encodings_are_read_as_meant(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


def test_what_lists_leave_at_a_name_goes() -> None:
    raw = [
        "NVIDIA",
        ":",
        "and C. Jones",
        "C. R. Stroud,",
        "*A. Mirhoseini",
        "Zhenhui (Jessie) Li",
        ".",
        "Andy Anderson",
        "Rand",
    ]
    assert clean_names(raw) == (
        "NVIDIA",
        "C. Jones",
        "C. R. Stroud",
        "A. Mirhoseini",
        "Zhenhui (Jessie) Li",
        "Andy Anderson",
        "Rand",
    )


def test_et_al_is_never_an_author() -> None:
    assert clean_names(["A. One", "et al.", "  ", "and others", "B. Two"]) == ("A. One", "B. Two")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "http://", "http://[", "x y"]
)
def test_only_web_addresses_are_links(url: str) -> None:
    assert clean_url(url) == ""


# --- arXiv ---
def test_key_is_canonical() -> None:
    assert record_from_json(arxiv_row(id="arXiv:1706.03762v5")).key == "1706.03762"
    assert record_from_json(arxiv_row(id="math.GT/0309136")).key == "math/0309136"


def test_categories_are_canonical_and_known() -> None:
    record = record_from_json(
        arxiv_row(categories=["cs.NA", "math.NA", "68T50", "I.2.7", "cs.CL"], primary_category="cs.CL")
    )
    assert record.categories == ("cs.CL", "math.NA")


def test_day_of_submission_is_not_an_instant() -> None:
    record = record_from_json(arxiv_row(created="2017-06-12"))
    assert (record.submitted, record.submitted_day_only) == (datetime(2017, 6, 12, tzinfo=UTC), True)
    exact = record_from_json(arxiv_row(submitted="2017-06-12T17:57:34Z", created="2017-06-12"))
    assert (exact.submitted, exact.submitted_day_only) == (datetime(2017, 6, 12, 17, 57, 34, tzinfo=UTC), False)


def test_unknown_dates_stay_unknown() -> None:
    record = record_from_json(arxiv_row(announced="2017-06-13"))
    assert (record.submitted, record.revised, record.version) == (None, None, None)


@pytest.mark.parametrize(
    ("announced", "day", "kind"),
    [
        ("2017-06-13", date(2017, 6, 13), "new"),
        ("2017-06-17", date(2017, 6, 16), "new"),  # a Saturday belongs to the Friday before
        ("2017-06-18", date(2017, 6, 16), "new"),
        ("2017-08-31", date(2017, 8, 31), "new"),  # two months: moderation
        ("2017-09-01", date(2017, 9, 1), "cross"),
    ],
)
def test_observed_day_is_a_listing_day(announced: str, day: date, kind: str) -> None:
    record = record_from_json(arxiv_row(announced=announced))
    assert record.announced == (Announced(day, kind, "observed"),)


def test_day_of_a_known_submission_is_estimated_or_computed() -> None:
    estimated = record_from_json(arxiv_row(created="2017-06-12"))
    assert estimated.announced == (Announced(date(2017, 6, 13), "new", "estimated"),)
    computed = record_from_json(arxiv_row(submitted="2017-06-12T17:57:34Z"))
    assert computed.announced == (Announced(date(2017, 6, 13), "new", "computed"),)
    late = record_from_json(arxiv_row(submitted="2017-06-12T18:57:34Z"))
    assert late.announced == (Announced(date(2017, 6, 14), "new", "computed"),)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"id": "nonsense"}, "identifier"),
        ({"id": None}, "identifier"),
        ({"title": " "}, "title"),
        ({"authors": "A, B"}, "authors"),
        ({"categories": []}, "category"),
        ({"categories": ["xx.YY"]}, "category"),
        ({"created": "12 June"}, "created"),
        ({"created": "0000-00-00"}, "created"),
        ({"submitted": "2017-06-12T17:57:34"}, "time zone"),
        ({"version": 0}, "version"),
        ({"version": "v2"}, "version"),
    ],
)
def test_bad_row_says_what_is_wrong(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(BadRecord, match=word):
        record_from_json(arxiv_row(**changes))


@pytest.mark.parametrize("row", [None, 3, "text", [], [1]])
def test_row_that_is_no_object_is_bad(row: object) -> None:
    with pytest.raises(BadRecord, match="object"):
        record_from_json(row)


# --- Venues ---
def test_venue_key_comes_from_the_site() -> None:
    record = record_from_json(venue_row(), position=0)
    assert record.key == "P18-1001@ACL"
    assert record.place is not None
    assert (record.place.venue, record.place.year) == ("ACL", 2018)


def test_venue_key_falls_back_to_the_id_in_the_edition() -> None:
    assert record_from_json(venue_row(id="06384", venue="aaai", site="", year=2021)).key == "06384@AAAI.2021"


def test_edition_keeps_the_order_of_its_proceedings() -> None:
    first, second = (record_from_json(venue_row(), position=n).ordinal for n in (0, 1))
    assert first > second


@pytest.mark.parametrize("status", ["Reject", "Withdraw", "Desk Reject", "Active"])
def test_submission_that_was_not_accepted_is_left_out(status: str) -> None:
    with pytest.raises(NotAccepted):
        record_from_json(venue_row(status=status))


@pytest.mark.parametrize("changes", [{"year": "2018"}, {"year": 99}, {"venue": "<script>"}, {"venue": "a/b"}])
def test_bad_edition_says_what_is_wrong(changes: dict[str, Any]) -> None:
    with pytest.raises(BadRecord, match=r"venue|year"):
        record_from_json(venue_row(**changes))


# --- One line of authors ---
@pytest.mark.parametrize(
    ("listed", "names"),
    [
        ("Li Ma, Xiao-Hai Liu, and Shi-Lin Zhu", ["Li Ma", "Xiao-Hai Liu", "Shi-Lin Zhu"]),
        ("A. One and B. Two & C. Three; D. Four", ["A. One", "B. Two", "C. Three", "D. Four"]),
        (r"{\O}yvind Borck and Elsebeth Schr\"oder", ["Øyvind Borck", "Elsebeth Schröder"]),
        ("A. Baldi (1), L. David\n  (1) and A. Simionescu (2) ((1) Harvard, (2) MPI)",
         ["A. Baldi", "L. David", "A. Simionescu"]),
        ("R. Cesaroni (5) ((5) INAF))", ["R. Cesaroni"]),
        ("E. Grimpampi (1), A. Sacripanti (1,3) ((1) Rome, Italy (2) Pescara", ["E. Grimpampi", "A. Sacripanti"]),
        ("C. R. Stroud, Jr., Fernando Brandao, J. Doe, III", ["C. R. Stroud Jr.", "Fernando Brandao", "J. Doe III"]),
        ("H.E.S.S. Collaboration: F. Aharonian, et al", ["H.E.S.S. Collaboration", "F. Aharonian"]),
        ("The ATLAS Collaboration", ["The ATLAS Collaboration"]),
        ("A. One, for the STAR Collaboration", ["A. One", "for the STAR Collaboration"]),
        ("A. One et al., B. Two, et. al.", ["A. One", "B. Two"]),
        ("Al Smith, Fortuna Rand, Ofelia Band", ["Al Smith", "Fortuna Rand", "Ofelia Band"]),
        ("(all of them)", []),
        ("", []),
        (" , ;and ", []),
    ],
)  # fmt: skip
def test_line_of_authors_is_split_into_names(listed: str, names: list[str]) -> None:
    assert clean_names(split_names(listed)) == tuple(names)


def test_line_of_thousands_of_brackets_is_split_in_no_time() -> None:
    start = time.process_time()
    assert split_names("A. One " + "(" * 50_000 + ")" * 49_999) == ["A. One"]
    assert split_names("A. One " + "()" * 50_000 + ", B. Two") == ["A. One", "B. Two"]
    assert split_names(f"A. One{' ' * 50_000}B. Two") == ["A. One B. Two"]
    assert len(split_names(", ".join(f"A. Name{n} (1)" for n in range(20_000)))) == 20_000
    assert time.process_time() - start < 2


@given(st.text(st.sampled_from("aB.,;:()& andetlIJr\\'"), max_size=60))
def test_any_line_of_authors_gives_names_without_edges(listed: str) -> None:
    for name in clean_names(split_names(listed)):
        assert name
        assert name == name.strip()


def test_a_paper_of_ndss_is_known_by_its_pages_name_and_its_pdfs_number() -> None:
    site = "https://www.ndss-symposium.org/ndss-paper/some-attack/"
    pdf = "https://www.ndss-symposium.org/wp-content/uploads/2024-123-paper.pdf"
    row = {"venue": "NDSS", "year": 2024, "title": "Some Attack", "authors": ["A B"], "site": site, "pdf": pdf}
    record = record_from_json(row)
    assert (record.key, record.aliases) == ("some-attack@NDSS", ("2024-123@NDSS",))


def test_a_paper_of_neurips_is_known_by_its_hash_and_its_forum() -> None:
    proceeding = f"https://papers.nips.cc/paper_files/paper/2023/hash/{'ab12' * 8}-Abstract-Conference.html"
    row = {"venue": "NeurIPS", "year": 2023, "title": "Some Bounds", "authors": ["A B"], "id": "nI7EmXq2PL"}
    told = {"site": "https://openreview.net/forum?id=nI7EmXq2PL", "proceeding": proceeding}
    record = record_from_json({**row, **told})
    assert (record.key, record.aliases) == ("nI7EmXq2PL@OpenReview", (f"{'ab12' * 8}@2023@NeurIPS",))
    told = {"pdf": proceeding.replace("hash", "file"), "openreview": "https://openreview.net/forum?id=nI7EmXq2PL"}
    record = record_from_json({**row, **told})
    assert (record.key, record.aliases) == (f"{'ab12' * 8}@2023@NeurIPS", ("nI7EmXq2PL@OpenReview",))
