"""What the shipped papers promise. Reads the file that is shipped, and what its README says about it."""

import importlib.util
import json
import lzma
import re
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "coolpapers" / "data"
SAMPLE = DATA / "sample.jsonl.xz"
LINES = lzma.decompress(SAMPLE.read_bytes()).decode().removesuffix("\n").split("\n")
PAPERS = [json.loads(line) for line in LINES]
ARXIV = [paper for paper in PAPERS if "categories" in paper]
PROCEEDINGS = [paper for paper in PAPERS if "venue" in paper]
BY_ID = {paper["id"]: paper for paper in PAPERS}
README = (DATA / "README.md").read_text(encoding="utf-8")
DAYS = {"2026-04-27": 135, "2026-04-28": 455, "2026-04-29": 191, "2026-04-30": 185, "2026-05-01": 257}
CC_BY = "https://creativecommons.org/licenses/by/4.0/"


def text_of(paper):
    return f"{paper['title']} {paper['abstract']}"


@pytest.fixture(scope="module")
def select_sample():
    spec = importlib.util.spec_from_file_location("select_sample", DATA / "select_sample.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# The file


def test_file_is_about_three_thousand_papers_below_two_megabytes():
    assert 2_500 < len(PAPERS) < 3_500
    assert SAMPLE.stat().st_size < 2_000_000


def test_line_is_an_object_with_title_authors_and_abstract():
    assert all(paper["id"] and paper["title"] and paper["authors"] and paper["abstract"] for paper in PAPERS)


def test_field_without_a_value_is_absent():
    assert all(value not in (None, "", [], {}, False) for paper in PAPERS for value in paper.values())


def test_no_paper_is_there_twice():
    assert len(BY_ID) == len(PAPERS)


def test_paper_is_of_arxiv_or_of_proceedings():
    assert len(ARXIV) + len(PROCEEDINGS) == len(PAPERS)
    assert not [paper["id"] for paper in ARXIV if "venue" in paper]


def test_white_space_is_folded():
    texts = [text for p in PAPERS for text in (p["title"], p["abstract"], p.get("comments", ""), *p["authors"])]
    assert [text for text in texts if text != " ".join(text.split())] == []


def test_readme_explains_every_field():
    named = {name for row in re.findall(r"^\| (`.*?`) \|", README, re.M) for name in re.findall(r"`(\w+)`", row)}
    assert named == {field for paper in PAPERS for field in paper}


def test_readme_counts_are_the_files():
    groups = Counter((paper["venue"], paper["group"]) for paper in PROCEEDINGS)
    said = [f"{len(PAPERS):,} real papers", f"{len(ARXIV):,} papers", f"{len(PROCEEDINGS):,} papers"]
    said += [f"{group} {number}" for (_, group), number in groups.items()]
    assert [words for words in said if words not in README] == []
    parts = re.findall(r"^\| (?:arXiv|ACL|EMNLP)[^|]*\| ([\d,]+) \|", README, re.M)
    assert sum(int(number.replace(",", "")) for number in parts) == len(PAPERS)


# Days, dates and versions


def test_five_consecutive_announcement_days_are_whole():
    assert Counter(paper["announced"] for paper in ARXIV if "announced" in paper) == DAYS


def test_days_have_the_primary_categories_that_the_readme_names():
    primary = {paper["primary_category"] for paper in ARXIV if "announced" in paper}
    assert primary == {"cs.CV", "cs.CL", "cs.AI", "cs.IT", "cs.CE", "cs.GT", "cs.GR"}


def test_announcement_day_is_a_weekday():
    assert all(date.fromisoformat(day).weekday() < 5 for day in DAYS)


def test_some_category_has_a_day_of_three_papers_or_fewer():
    listed = Counter((p["announced"], code) for p in ARXIV if "announced" in p for code in p["categories"])
    assert {1, 2, 3} <= set(listed.values())
    assert max(listed.values()) > 100


def test_days_and_instants_are_in_their_form():
    for paper in ARXIV:
        assert all(date.fromisoformat(paper[field]) for field in ("created", "updated", "announced") if field in paper)
        instants = [paper[field] for field in ("submitted", "revised") if field in paper]
        instants += [version["created"] for version in paper.get("versions", [])]
        assert all(datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S%z") and moment[-1] == "Z" for moment in instants)


def test_day_is_left_out_where_the_instant_is_known():
    assert not [paper["id"] for paper in ARXIV if "submitted" in paper and ("created" in paper or "updated" in paper)]


def test_unknown_date_stays_unknown():
    undated = [p["id"] for p in ARXIV if not {"created", "submitted", "announced"} & p.keys()]
    assert "2203.05888" in undated
    assert "2507.06261" in undated


def test_several_papers_have_many_versions():
    numbers = Counter(paper["version"] for paper in ARXIV if "versions" in paper)
    assert sum(count for number, count in numbers.items() if number > 1) >= 40
    assert max(numbers) == 18


def test_version_history_is_whole_and_in_order():
    for paper in (paper for paper in ARXIV if "versions" in paper):
        moments = [version["created"] for version in paper["versions"]]
        assert [version["version"] for version in paper["versions"]] == list(range(1, paper["version"] + 1))
        assert moments == sorted(moments)
        assert (moments[0], moments[-1]) == (paper["submitted"], paper.get("revised", paper["submitted"]))


def test_incomplete_version_history_is_not_shown_as_one():
    paper = BY_ID["1706.03762"]
    assert (paper["version"], paper["submitted"]) == (7, "2017-06-12T17:57:34Z")
    assert "versions" not in paper


def test_version_one_is_not_revised():
    assert not [paper["id"] for paper in ARXIV if paper.get("version") == 1 and "revised" in paper]


def test_withdrawn_papers_say_why():
    withdrawn = [paper for paper in ARXIV if paper.get("withdrawn")]
    assert len(withdrawn) >= 5
    assert all("withdrawn" in paper["withdrawn_reason"] and paper["version"] > 1 for paper in withdrawn)
    assert "authorship dispute" in BY_ID["1511.07473"]["withdrawn_reason"]


def test_licences_of_papers_differ():
    licences = {paper["license"] for paper in ARXIV if "license" in paper}
    assert all(re.match(r"https?://(arxiv|creativecommons)\.org/licenses/", licence) for licence in licences)
    assert len(licences) >= 5


# Identifiers and categories


def test_arxiv_ids_are_canonical():
    form = re.compile(r"(0[7-9]|1[0-4])\d\d\.\d{4}|(1[5-9]|2\d)\d\d\.\d{5}|[a-z-]+/\d{7}")
    assert [paper["id"] for paper in ARXIV if not form.fullmatch(paper["id"])] == []


def test_ids_of_every_age_are_there():
    assert Counter(len(paper["id"]) for paper in ARXIV if "." in paper["id"]).keys() == {9, 10}
    archives = {paper["id"].partition("/")[0] for paper in ARXIV if "/" in paper["id"]}
    assert len(archives) == 32
    assert {"hep-th", "math", "cond-mat", "astro-ph", "cs", "quant-ph", "alg-geom", "cmp-lg", "acc-phys"} <= archives


def test_categories_are_arxivs_own():
    form = re.compile(r"[a-z-]+(\.[A-Z]{2}|\.[a-z-]+)?")
    assert {code for paper in ARXIV for code in paper["categories"] if not form.fullmatch(code)} == set()


def test_categories_are_many_and_each_has_a_few_papers():
    codes = Counter(code for paper in ARXIV for code in paper["categories"])
    assert len([code for code, count in codes.items() if count >= 5]) >= 155


def test_primary_category_comes_first_and_no_category_twice():
    assert all(paper["categories"][0] == paper["primary_category"] for paper in ARXIV)
    assert all(len(set(paper["categories"])) == len(paper["categories"]) for paper in ARXIV)


def test_cross_lists_are_there():
    assert sum(len({code.partition(".")[0] for code in paper["categories"]}) > 1 for paper in ARXIV) > 200


@pytest.mark.parametrize("pair", [("math.NA", "cs.NA"), ("cs.IT", "math.IT"), ("eess.SY", "cs.SY")])
def test_aliases_of_a_category_stand_together(pair):
    assert any(set(pair) <= set(paper["categories"]) for paper in ARXIV)


@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("1706.03762", "Attention Is All You Need"),
        ("1810.04805", "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding"),
        ("1409.0473", "Neural Machine Translation by Jointly Learning to Align and Translate"),
        ("1201.0490", "Scikit-learn: Machine Learning in Python"),
        ("cs/0205028", "NLTK: The Natural Language Toolkit"),
    ],
)
def test_famous_paper_is_there(key, title):
    assert BY_ID[key]["title"] == title


# Difficult text


def test_paper_with_3303_authors_is_whole():
    assert len(BY_ID["2507.06261"]["authors"]) == 3303


def test_formulas_are_many():
    assert sum("$" in paper["title"] for paper in ARXIV) >= 25
    assert sum(bool(re.search(r"\$.+\$", paper["abstract"])) for paper in ARXIV) >= 150


def test_accents_come_as_tex_and_as_unicode():
    assert any(re.search(r"\\\"", name) for paper in ARXIV for name in paper["authors"])
    assert any(re.search(r"\\'", paper["title"]) for paper in ARXIV)
    for accent in (r"\c{", r"\H{", r"\v{", r"{\L}", r"{\o}", r"{\ss}"):
        assert any(accent in text_of(paper) for paper in ARXIV), accent
    assert sum(any(ord(char) > 127 for name in paper["authors"] for char in name) for paper in ARXIV) >= 100


def test_text_that_looks_hostile_is_there():
    assert any(re.search(r"\$[^$]*\w<\w[^$]*\$", paper["abstract"]) for paper in ARXIV)
    assert any("&" in paper["title"] for paper in ARXIV)
    assert any(re.search(r"&#?\w+;", text_of(paper)) for paper in ARXIV)
    assert any("\x7f" in paper["title"] for paper in ARXIV)
    assert BY_ID["P18-1198"]["title"].startswith("What you can cram into a single $&!#* vector")


# Proceedings


def test_editions_are_complete_by_group():
    assert Counter((paper["venue"], paper["year"], paper["group"]) for paper in PROCEEDINGS) == {
        ("ACL", 2018, "Long Papers"): 256,
        ("ACL", 2018, "Short Papers"): 125,
        ("ACL", 2018, "System Demonstrations"): 24,
        ("ACL", 2018, "Student Research Workshop"): 22,
        ("ACL", 2018, "Tutorial Abstracts"): 8,
        ("EMNLP", 2018, "Main"): 549,
        ("EMNLP", 2018, "System Demonstrations"): 29,
        ("EMNLP", 2018, "Tutorial Abstracts"): 6,
    }


def test_proceedings_are_the_acl_anthologys_under_cc_by():
    assert {paper["license"] for paper in PROCEEDINGS} == {CC_BY}
    assert all(paper["site"] == f"https://aclanthology.org/{paper['id']}/" for paper in PROCEEDINGS)
    assert all(paper["pdf"] == f"https://aclanthology.org/{paper['id']}.pdf" for paper in PROCEEDINGS)


def test_front_matter_is_no_paper():
    assert not [paper["id"] for paper in PROCEEDINGS if re.search(r"-\d0+$", paper["id"])]


def test_some_papers_are_in_proceedings_and_on_arxiv():
    titles = {paper["title"].lower() for paper in PROCEEDINGS}
    assert sum(paper["title"].lower() in titles for paper in ARXIV) >= 30


# The command that makes it


@pytest.mark.parametrize(
    ("listed", "names"),
    [
        ("Li Ma, Xiao-Hai Liu, and Shi-Lin Zhu", ["Li Ma", "Xiao-Hai Liu", "Shi-Lin Zhu"]),
        (r"{\O}yvind Borck and Elsebeth Schr\"oder", [r"{\O}yvind Borck", r"Elsebeth Schr\"oder"]),
        ("A. Baldi (1), L. David\n  (1) and A. Simionescu (2) ((1) Harvard, (2) MPI)",
         ["A. Baldi", "L. David", "A. Simionescu"]),
        ("R. Cesaroni (5) ((5) INAF))", ["R. Cesaroni"]),
        ("E. Grimpampi (1), A. Sacripanti (1,3) ((1) Rome, Italy (2) Pescara", ["E. Grimpampi", "A. Sacripanti"]),
        ("C. R. Stroud, Jr., Fernando Brandao", ["C. R. Stroud, Jr.", "Fernando Brandao"]),
        ("H.E.S.S. Collaboration: F. Aharonian, et al", ["H.E.S.S. Collaboration", "F. Aharonian"]),
    ],
)  # fmt: skip
def test_line_of_authors_is_split_into_names(select_sample, listed, names):
    assert select_sample.split_authors(listed) == names


def test_versions_are_put_in_order_of_number(select_sample):
    told = select_sample.history({1: "2008-11-22T00:00:00Z", 10: "2011-02-01T00:00:00Z", 2: "2009-01-01T00:00:00Z"})
    assert (told["version"], told["revised"]) == (10, "2011-02-01T00:00:00Z")
    assert "versions" not in told
