"""A card is printed from a form of its template: the same as the template itself prints."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.template.loader import render_to_string

from coolpapers.models import Paper
from coolpapers.pages.cards import AUTHORS_SHOWN, PART, _filled, _make_parts, make_cards

MANY = [f"Ada {number}. Lovelace" for number in range(AUTHORS_SHOWN + 3)]


def make_paper(**fields: Any) -> Paper:
    listings = fields.pop("listings", [])
    values = {"branch": "arxiv", "key": "2401.00001", "title": "Graphs", "abstract": "", "authors": [], "version": 1}
    paper = Paper(**(values | fields))
    paper.codes, paper.listings = ["cs.LG", "cs.DM"][: len(paper.authors)], listings
    return paper


@pytest.mark.parametrize("all_authors", [False, True])
@pytest.mark.parametrize("snippets", [False, True])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"abstract": "We draw <graphs> & $x < y$.", "authors": ["Ada Lovelace"]},
        {"title": "<script>alert(1)</script> $\\alpha$", "authors": ['O\'Neil "x"', "李"]},
        {"authors": MANY, "submitted": datetime(2024, 1, 1, tzinfo=UTC)},
        {"withdrawn": True, "withdrawn_reason": "An error in <Lemma> $2$", "abstract": "Of graphs."},
        {"title": f"{PART}title{PART} {{{{ pdf }}}}", "listings": [(date(2024, 1, 2), "new", "observed", "")]},
    ],
)
def test_form_prints_what_the_template_prints(fields: dict[str, Any], snippets: bool, all_authors: bool) -> None:
    parts = _make_parts(make_paper(**fields), ("graph",), snippets, all_authors)
    assert _filled(parts) == render_to_string("papers/_card.html", parts)


def test_card_says_its_number_and_escapes_what_it_holds() -> None:
    paper = make_paper(title="<b>Graphs</b>", authors=["A & B"], withdrawn=True, withdrawn_reason="<i>")
    (card,) = make_cards([paper], first=7, total=9)
    assert 'title="7/9"' in card.html
    assert "#7<" in card.html
    for raw, escaped in (("<b>", "&lt;b&gt;"), ("A & B", "A &amp; B"), ("<i>", "&lt;i&gt;")):
        assert raw not in card.html
        assert escaped in card.html
    assert "<strong>Author</strong>" in card.html
