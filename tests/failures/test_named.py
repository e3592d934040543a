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
    # B. Harvesting arXiv
    "B1": "three seconds between starts and one connection, over processes and services",
    "B2": "what arXiv asks to wait is waited, by everybody",
    "B3": "a token that is not taken any more: the list from its beginning, no gap, nothing twice",
    "B4": "tokens without cursor, empty tokens, nothing that matches, errors with status 200",
    "B5": "a harvest that was cut off goes on at its page; done twice it changes nothing",
    "B6": "the next harvest begins at arXiv's own date of the last answer",
    "B7": "a touch of everything changes nothing",
    "B8": "pages that are empty or short, though there is more",
    "B9": "an error entry is no paper",
    "B10": "what was announced and did not come is a gap until it does",
    "B11": "empty feeds: well on weekends and holidays, an incident on a Tuesday",
    "B12": "a category with few or no papers on a day has none of the day before",
    "B13": "broken transport, wrong charsets, bombs and pages for people are no answers",
    "B14": "other orders and namespaces, missing and unknown fields",
    "B15": "twice in a page, an older record after a newer one",
    "B16": "a request says whose it is",
    "B17": "a paper that is not held is fetched once for all who wait; absent ones are remembered",
    "B18": "PDFs are linked, never stored or served",
    # C. Days
    "C1": "instants of submission and their days of announcement",
    "C2": "the same across changes of summer time, in any zone of the server",
    "C3": "a paper held back by moderators stands on its day of announcement, and on no other",
    "C4": "a day is arXiv's own, whatever the reader's",
    "C5": "replacements are not new, cross-lists are",
    "C6": "the month of an identifier is not that of submission",
    "C7": "days that are none get a sentence",
    "C8": "ends of partial ranges",
    "C9": "a first version later than the current one",
    # D. Categories
    "D1": "a cross-listed paper is in each of its categories and once in a union",
    "D2": "differences look at secondary categories; order and spelling of a combination do not matter",
    "D3": "two spellings of one category",
    "D4": "archives hold their categories; retired ones lead on",
    "D5": "what a category looks like",
    # E. Works
    "E1": "a withdrawn paper is related to nothing, and stays where it was",
    "E2": "posted again, the badge goes",
    "E3": "a new title or author is one record, and the index follows",
    "E4": "copies by an identifier first, then by title and authors, never by a title alone",
    "E5": "one shared author is not enough; what was taken apart stays apart",
    "E6": "copies of a work are one in search and among related papers; cards name the others",
    "E7": "one paper twice in an import is one; what was not accepted is not listed",
    "E8": "a paper that an import lacks is marked and stays; the expected number is looked at",
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
    # I. Jobs
    "I1": "the same task delivered twice has one effect",
    "I2": "killed in the middle, it goes on and does nothing twice",
    "I3": "longer than the visibility timeout, it is done once",
    "I4": "two beats are one, and a silent one is told",
    "I5": "each slot once, whatever the clocks of summer and leap days do",
    "I6": "a broker or a database that fails costs a wait; a bad message blocks nobody",
    "I7": "what is rolled back is not run",
    "I8": "a slow venue cannot starve arXiv, and what hangs is cut off",
    "I9": "a clock put back starts no storm and stops nothing",
    "I10": "migrations apply while workers run",
    # K. Venues and the places that they are pulled from
    "K1": "addresses inside a network, in any spelling, are not asked",
    "K2": "redirects that lead inside, in circles or away from https; names that change their mind",
    "K3": "endless, slow, packed and nested answers and files; another thing than was asked for",
    "K4": "an import is previewed, all or nothing, its errors told by line; markup is text, bad links are dropped",
    "K5": "robots.txt, one request at a time, walls that are no empty editions",
    "K6": "both APIs of OpenReview, pages, names, groups, and what was not accepted",
    "K7": "unknown, renamed, joint and twice-a-year venues; the newest complete edition",
    "K8": "editors and administrators, the log, forgery, and that nothing happens by GET",
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
    "L11": "an import of stars runs nothing and fills nothing",
    # M. Feeds
    "M1": "every list is a valid feed: ids stay, updated never goes back, a new version is not new, 304, a most",
    # N. The extension; what only a script of it shows is in tests/extension/*.test.mjs, by the same names
    "N1": "pages, frames, links, words, the PDF viewer, private windows, saved groups of tabs",
    "N2": "words that are no identifier are searched for; a link that is none is told; a server of one's own, by https",
    "N3": "a script that sleeps wakes, menus stay; pages that make themselves anew; a redirect without a loop, and off",
    "N4": "a page of another form is left alone",
    # O. Readers
    "O1": "keys, but not while typing or composing; the focus is seen, and Back finds all as it was",
    "O2": "screen readers, contrast, little room, large text, few colours, no motion",
    "O3": "English and Chinese, complete; what addresses and caches say of it; other scripts; formulas kept",
    "O4": "without JavaScript, and on paper",
    "O5": "marks outlast days, tabs, blocked and full storage; a file brings them elsewhere",
}
NOT_YET: dict[str, str] = {}


def named_codes() -> set[str]:
    """The codes that tests' names begin with."""
    texts = "".join(path.read_text() for path in TESTS.rglob("*.py"))
    return {code.upper() for code in re.findall(r"def test_([a-z][0-9]{1,2})_", texts)}


def test_every_case_has_a_test_named_after_it() -> None:
    assert sorted(CASES.keys() - named_codes() - NOT_YET.keys()) == []


def test_what_has_a_test_by_now_is_not_called_missing() -> None:
    assert NOT_YET.keys() & named_codes() == set()
