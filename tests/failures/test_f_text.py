"""List F: from a source's row, through the store and the index, to the page and the feed."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from coolpapers.models import Paper
from ingest.record import record_from_json
from ingest.store import save_records
from search.index import rebuild
from tests.coolpapers.test_feeds import ATOM, feed
from tests.coolpapers.test_lists import get, keys

pytestmark = pytest.mark.django_db
PAPER = "/arxiv/2606.00001"
Take = Callable[..., None]


@pytest.fixture
def take(db: None, settings: Any, tmp_path: Path) -> Take:
    """Takes a row in as a source would hand it on, and indexes it."""
    settings.SEARCH_URL = f"embedded://{tmp_path / 'index'}"

    def take(**changes: Any) -> None:
        row = {"id": "2606.00001", "title": "A title", "abstract": "An abstract.", "authors": ["A. One"],
               "categories": ["cs.CL"], "announced": "2026-06-16"}  # fmt: skip
        save_records(records=[record_from_json(row | changes)])
        rebuild()

    return take


def summary(html: str) -> str:
    (found,) = re.findall(r'class="summary notranslate">(.*?)</p>', html)
    return str(found)


@pytest.mark.parametrize(
    ("tex", "text", "typed"),
    [
        (r"Schr\"odinger", "Schrödinger", ["schrodinger", "Schroedinger", "SCHRÖDINGER", "Schro\u0308dinger"]),
        (r"{\'E}cole", "École", ["ecole", "école"]),
        (r"\L ukasz", "Łukasz", ["lukasz", "łukasz"]),
        (r"Fran\c{c}ois", "François", ["francois"]),
        (r"Haji\v{c}", "Hajič", ["hajic", "Hajič"]),
        (r"na\"{\i}ve", "naïve", ["naive"]),
        (r"S{\o}ren", "Søren", ["soren", "Søren", "soeren"]),
        (r"Erd\H{o}s", "Erdős", ["erdos"]),
    ],
)
def test_f1_tex_accents_are_letters_and_found_however_typed(
    client: Client, take: Take, tex: str, text: str, typed: list[str]
) -> None:
    take(title=f"On {tex} and others", authors=[f"A. {tex}"])
    html = get(client, PAPER)
    assert html.count(text) >= 3  # the title, the author and the metadata
    assert tex not in html
    for query in typed:
        assert keys(get(client, f"/search?query={quote(query)}")) == ["2606.00001"], query


def test_f1_unknown_command_is_no_accent(client: Client, take: Take) -> None:
    take(title=r"A \textit{test} of \tests")
    assert "A test of \\tests" in get(client, PAPER)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Elsebeth Schrøder", ["schroder", "Schrøder", "Schröder"]),
        ("Diyarbakır İnce", ["ince", "İnce", "diyarbakır"]),
        ("Karl Weiß", ["weiss", "Weiß"]),
        ("Nguyễn Đình Thi", ["dinh", "nguyen", "Đình"]),
        ("Jean\u2010Pierre Serre", ["jean-pierre", "pierre", '"jean-pierre serre"', "Serre, J.-P."]),
        ("Conan O\u2019Neil", ["O'Neil", "O\u2019Neil", 'author:"O\'Neil, C"']),
        ("Guido van der Berg", ['"van der Berg"', 'author:"van der Berg, G"', 'au:"Berg, G van der"']),
        ("Alfonso de la Cruz Jr.", ['"de la Cruz"', "cruz", 'au:"de la Cruz, A"', 'au:"Cruz Jr., A"']),
        ("Loring Tu III", ['"Loring Tu"', 'au:"Tu, L"']),
        ("Madonna", ["madonna"]),
        ("王小明", ["王小明", "小明", 'author:"王 小明"']),
        ("Юрий Манин", ["манин", 'au:"Манин, Ю"']),
        ("Elsa Flor", ["flor_e", "Flor, E", "E. Flor"]),
        ("Jan Hajič", ["hajic", 'author:"Hajic, J"']),
    ],
)
def test_f2_names_are_shown_as_written_and_found_as_typed(
    client: Client, take: Take, name: str, typed: list[str]
) -> None:
    take(authors=[name, "B. Two"])
    address = f"/author/{quote(name, safe='')}"
    assert f'href="{address}">{name.replace(chr(39), "&#x27;")}</a>' in get(client, PAPER)
    assert keys(get(client, address)) == ["2606.00001"]
    for query in (*typed, f'"{name}"', f'author:"{name}"', f'first:"{name}"'):
        assert keys(get(client, f"/search?query={quote(query)}")) == ["2606.00001"], query


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("in $O^*(2.619^k)$ time", r"in <math alttext=\"\$O\^\*\(2\.619\^k\)\$\".*</math> time"),
        (r"costs \$5", r"costs \$5"),
        ("one $ alone", r"one \$ alone"),
        ("from $5 to $10 each", r"from \$5 to \$10 each"),
        ("$$x$$ shown", r'<math alttext="\$\$x\$\$" display="block">.*</math> shown'),
        (r"\(x\) and \[y\]", r"<math .*</math> and <math .*</math>"),
        (r"50\% of A\&B", r"50% of A&amp;B"),
        (r"\textit{very} \emph{new}", r"very new"),
        ("if $r<s$ then", r'if <math alttext="\$r&lt;s\$".*&lt;.*</math> then'),
        ("R&D <now>", r"R&amp;D &lt;now&gt;"),
        ("a 😀 day", r"a 😀 day"),
        ("folded\n  lines\r\n here", r"folded lines here"),
    ],
)
def test_f3_formulas_and_signs_are_shown_as_meant(client: Client, take: Take, text: str, html: str) -> None:
    take(title=text, abstract=text)
    page = get(client, PAPER)
    assert re.fullmatch(html, summary(page)), summary(page)
    (entry,) = feed(client, "/arxiv/cs.CL/feed").iter(f"{ATOM}entry")
    assert "\n" not in entry.findtext(f"{ATOM}title", "")
    (content,) = re.findall(r'<meta name="citation_title" content="([^"]*)">', page)
    assert "<" not in content


def test_f4_mark_holds_the_whole_formula_and_the_snippet_cuts_none(client: Client, take: Take) -> None:
    take(abstract="filler words " * 60 + r"$\alpha + needle_{x<y}$ &amp; more " + "filler words " * 60)
    html = get(client, "/search?query=needle&highlight=1")
    (snippet,) = re.findall(r'class="fold"><summary>(.*?)</summary>', html)
    for text in (snippet, summary(html)):
        assert text.count("<math") == text.count("</math>") == text.count("<mark>") == text.count("</mark>") == 1
        assert re.search(r"<mark><math .*</math></mark>", text)
        assert "<mark>" not in text.split("<math")[1]
    assert len(re.sub("<[^>]+>", "", snippet)) < 600
    assert "&amp; more" in snippet


def test_f5_three_thousand_authors_fit(client: Client, take: Take) -> None:
    take(authors=[f"Given Family{n}" for n in range(3303)] + ["et al."])
    listed = get(client, "/arxiv/cs.CL")
    assert listed.count('class="author notranslate"') == 40
    assert "et al. (3263 more)" in listed
    assert len(listed) < 20_000
    assert get(client, PAPER).count('class="author notranslate"') == 3303
    (entry,) = feed(client, "/arxiv/cs.CL/feed").iter(f"{ATOM}entry")
    assert len(entry.findall(f"{ATOM}author")) == 3303
    assert keys(get(client, "/search?query=%22Given+Family3302%22")) == ["2606.00001"]


def test_f5_a_collaboration_is_an_author_and_et_al_is_none(client: Client, take: Take) -> None:
    take(authors=["The ATLAS Collaboration", ":", "G. Aad", "et al"])
    names = re.findall(r'class="author notranslate"[^>]*>([^<]+)<', get(client, PAPER))
    assert names == ["The ATLAS Collaboration", "G. Aad"]


HOSTILE = (
    "zero\u200bwidth \u202eoverride\u202c \u2066isolate\u2069 \ufeffmark NUL\x00 bell\x07 esc\x1b c1\x9b lone\ud800 "
)
HOSTILE += "non\uffff tab\tline\u2028end Z" + "\u0301" * 5000 + "algo ]]> &#0; &#x1b; <x>"
INVISIBLE = re.compile("[\u200b\u202a-\u202e\u2066-\u2069\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\uffff]")


def test_f6_hostile_text_is_stored_clean_and_every_list_and_feed_of_it_is_valid(client: Client, take: Take) -> None:
    facts = dict.fromkeys(("title", "abstract", "comments", "journal_ref", "withdrawn_reason"), HOSTILE)
    take(**facts, authors=[HOSTILE, "B. Two"], withdrawn=True)
    take(id="x", venue="ACL", year=2018, group=HOSTILE[:90], site="https://aclanthology.org/P18-1001/", **facts)
    lists = ("/arxiv/cs.CL", "/arxiv/2606.00001,2606.00002", "/venue/ACL.2018", "/search?query=zerowidth")
    for address in (*lists, PAPER, "/venue/P18-1001@ACL", "/"):
        html = get(client, address)
        assert not INVISIBLE.search(html.replace("\n", "")), address
    assert "zerowidth override isolate mark NUL bell esc" in summary(get(client, PAPER))
    assert get(client, PAPER).count("\u0301") < 100
    Paper.objects.update(withdrawn=False)  # feeds leave withdrawn papers out
    for address in (a.replace("?", "/feed?", 1) if "?" in a else f"{a}/feed" for a in lists):
        (entry, *_rest) = feed(client, address).iter(f"{ATOM}entry")
        assert "zerowidth override" in entry.findtext(f"{ATOM}title", "")
        assert not INVISIBLE.search("".join(entry.itertext()).replace("\n", ""))
