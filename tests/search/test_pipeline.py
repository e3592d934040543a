"""A query becomes a page of results, or a sentence that says why not."""

from pathlib import Path

import pytest

from search import index
from search.pipeline import ANY_WORD, run
from search.query import parse_query
from tests.factories import make_paper

pytestmark = pytest.mark.django_db


def test_page_holds_ids_in_order_the_total_and_the_time(embedded: Path) -> None:
    papers = [make_paper(title="Word") for _ in range(7)]
    index.rebuild()
    page = run(parse_query("word"), sort="date", offset=2, limit=3)
    assert page.paper_ids == tuple(paper.pk for paper in papers[4:1:-1])
    assert (page.total, page.total_is_exact, page.degraded) == (7, True, None)
    assert page.took_ms["all"] > 0


def test_empty_query_is_an_empty_page_and_asks_no_engine(embedded: Path) -> None:
    page = run(parse_query("---"), sort="relevance", offset=0, limit=10)
    assert (page.paper_ids, page.total, page.degraded) == ((), 0, None)


def test_question_finds_papers_with_any_of_its_words_and_says_so(embedded: Path) -> None:
    best = make_paper(title="Parsing with little data")
    other = make_paper(title="Data for speech")
    make_paper(title="Which are there")
    index.rebuild()
    question = "Which papers are there about parsing languages that have little data?"
    page = run(parse_query(question), sort="relevance", offset=0, limit=10)
    assert page.paper_ids == (best.pk, other.pk)
    assert (page.total, page.notes) == (2, (ANY_WORD,))
    last = run(parse_query(question), sort="relevance", offset=1, limit=10)
    assert (last.paper_ids, last.total, last.notes) == ((other.pk,), 2, (ANY_WORD,))


def test_filter_beside_a_question_finds_its_part_of_what_the_question_finds(embedded: Path) -> None:
    asked = "Which papers are there about parsing languages that have little data?"
    best = make_paper(title="Parsing with little data", categories=("cs.CL",))
    make_paper(title="Data for speech")
    for _ in range(12):
        make_paper(title="Kernels", abstract="which kernels are there for speech", categories=("cs.LG",))
    kernel = make_paper(title="Which kernels are there for speech", categories=("cs.CL",))
    index.rebuild()
    page = run(parse_query(f"{asked} cat:cs.CL"), sort="relevance", offset=0, limit=10)
    assert (page.paper_ids, page.notes) == ((best.pk,), (ANY_WORD,))
    page = run(parse_query("which kernels are there for speech cat:cs.CL"), sort="relevance", offset=0, limit=10)
    assert (page.paper_ids, page.notes) == ((kernel.pk,), ())  # not widened: many have all of the words elsewhere


def test_question_need_not_have_a_papers_hyphens(embedded: Path) -> None:
    paper = make_paper(title="Queries guided by text")
    index.rebuild()
    page = run(
        parse_query("Which works exploit text-guided models in some scenes?"), sort="relevance", offset=0, limit=10
    )
    assert page.paper_ids == (paper.pk,)


def test_paper_counts_for_more_where_it_has_all_words_of_a_question(embedded: Path) -> None:
    said = "parsing data speech models graphs kernels"
    most = said.removesuffix(" kernels")
    some = make_paper(title="Parsing speech", abstract=most)
    whole = make_paper(title="A survey", abstract=f"{said}. " + "Other text. " * 2)
    for _ in range(20):
        make_paper(title="Filler", abstract="nothing here")
    index.rebuild()
    page = run(parse_query(said), sort="relevance", offset=0, limit=10)
    assert page.paper_ids == (whole.pk, some.pk)


@pytest.mark.parametrize(
    "text",
    [
        "parsing missing", "parsing of data in a missing -word", "title:parsing of data in a missing word",
        '"parsing of data" in a missing word', "(parsing of data in) AND (a missing OR word)",
    ],
)  # fmt: skip
def test_short_and_explicit_queries_stay_as_they_are(embedded: Path, text: str) -> None:
    make_paper(title="Parsing of data")
    index.rebuild()
    page = run(parse_query(text), sort="relevance", offset=0, limit=10)
    assert (page.paper_ids, page.notes) == ((), ())


def test_search_without_an_index_answers_with_the_reason_and_recovers(embedded: Path) -> None:
    paper = make_paper(title="Word")
    page = run(parse_query("word"), sort="relevance", offset=0, limit=10)
    assert (page.paper_ids, page.total) == ((), 0)
    assert page.degraded is not None
    assert "not been built" in page.degraded
    index.rebuild()
    page = run(parse_query("word"), sort="relevance", offset=0, limit=10)
    assert (page.paper_ids, page.degraded) == ((paper.pk,), None)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("null://", "Search is switched off on this site."),
        ("gopher://user:secret@host", "Search is not set up on this site."),
    ],
)
def test_site_without_search_says_so(settings, url: str, sentence: str) -> None:
    settings.SEARCH_URL = url
    assert run(parse_query("word"), sort="relevance", offset=0, limit=10).degraded == sentence


def test_damaged_index_answers_with_the_reason(embedded: Path) -> None:
    make_paper(title="Word")
    index.rebuild()
    for path in embedded.glob("generation-*/meta.json"):
        path.unlink()
        path.write_text("{")
    page = run(parse_query("word"), sort="relevance", offset=0, limit=10)
    assert page.degraded is not None
    assert str(embedded) not in page.degraded


def test_unknown_sort_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="relevance, date, submitted, announced"):
        run(parse_query("word"), sort="stars", offset=0, limit=10)
