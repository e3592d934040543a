"""Every case of the lists has a test that is named after it, or a reason why not."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
CASES = {
    # A. Identifiers
    "A1": "numbers have four digits to 2014 and five from 2015, however they are padded",
    "A2": "old identifiers with class, version, %2F, trailing slash, .pdf",
    "A3": "prefixes, mirrors, HTML pages, fragments, DataCite DOIs",
    "A4": "DOIs, phone numbers, ISBNs and impossible months are no identifiers",
    "A5": "six digits only after arXiv's name; months and years that exist",
    "A6": "OpenReview's hyphens, ACL's two forms, PMLR's volumes, IJCAI's padding",
    "A7": "lists of identifiers: twice, one wrong among fifty, ten thousand, mixed sources",
    "A8": "two versions are one paper; every version leads to the paper",
    "A9": "path traversal, NUL, overlong, direction characters",
    # C. Days
    "C7": "days that are none get a sentence",
    "C8": "ends of partial ranges",
    # D. Categories
    "D1": "a cross-listed paper is in each of its categories and once in a union",
    "D2": "differences look at secondary categories; order and spelling of a combination do not matter",
    "D3": "two spellings of one category",
    "D4": "archives hold their categories; retired ones lead on",
    "D5": "what a category looks like",
    # E. Works
    "E1": "a withdrawn paper is related to nothing, and stays where it was",
    "E6": "copies of a work are one among related papers",
    # F. Text
    "F1": "TeX accents are letters, and found however they are typed",
    "F2": "names in any spelling",
    "F3": "formulas, lone dollars, signs",
    "F4": "a mark holds a whole formula, a snippet cuts none",
    "F5": "thousands of authors; et al. is nobody",
    "F6": "invisible characters are gone, and feeds stay valid",
    "F7": "exports escape what they export",
    # G. Queries
    "G1": "no text breaks search",
    "G2": "mistakes are told with their place; no engine is a page",
    "G3": "what binds tighter; lower-case words are words",
    "G4": "wildcards are at the end, of three letters, and capped",
    "G5": "fuzzy, boosts, ranges, scripts and other engines' fields mean nothing",
    "G6": "pages end where the papers end, and keep filters",
    "G7": "authors by initials, in their order, in any case",
    "G8": "a title typed whole comes first; phrases hold",
    "G9": "short, signed and foreign words; an explained nothing",
    "G10": "sorts differ; an unknown one is refused",
    "G11": "the total is what can be reached",
    "G12": "feeds hold the same filters, and are valid when empty",
    # H. Words and meaning together
    "H1": "a slow, broken or missing model leaves the order of words, in time, and is told",
    "H2": "another model is built beside and swapped in; two never meet",
    "H3": "vectors of no numbers, empty and endless abstracts, equal texts",
    "H4": "places from 1, only where a ranking has the paper; filters hold for both",
    "H5": "pages over a ranked window: none twice, none missing",
    "H6": "what says exactly what is wanted is not hurt; a floor on judged questions",
    "H7": "no engine need fuse or rerank",
    "H8": "related papers are never the paper itself, a version or a linked copy, and always the same",
    # L. Safety
    "L1": "stored text never becomes markup",
    "L2": "formulas never become markup, and end",
    "L3": "the content security policy allows nothing inline and no other host",
    "L4": "what is typed or linked never comes back as markup or leads elsewhere",
    "L5": "deployment check, foreign hosts",
    "L6": "limits",
    "L7": "nothing personal in shared caches; conditional requests",
    "L8": "other sites' scripts get no credentials",
    "L9": "errors and stray paths tell no secrets",
    "L10": "combinations and days cannot exhaust the site",
    "L11": "an import of stars",
}
NOT_YET = {
    "F7": "there is no export",
    "L11": "there are no stars",
}


def named_codes() -> set[str]:
    """The codes that tests' names begin with."""
    texts = "".join(path.read_text() for path in TESTS.rglob("*.py"))
    return {code.upper() for code in re.findall(r"def test_([a-z][0-9]{1,2})_", texts)}


def test_every_case_has_a_test_named_after_it() -> None:
    assert sorted(CASES.keys() - named_codes() - NOT_YET.keys()) == []


def test_what_has_a_test_by_now_is_not_called_missing() -> None:
    assert NOT_YET.keys() & named_codes() == set()
