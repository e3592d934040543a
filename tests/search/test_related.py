"""Related papers: like the paper in meaning or in rare words; never itself, a copy of it, or what is withdrawn."""

from pathlib import Path
from typing import Any

import pytest

from coolpapers.models import Paper
from ingest.store import link_copies
from search import index, vector_index
from search.embed import embed_due
from search.embeddings import get_encoder
from search.engines import get_engine
from search.pipeline import SearchPage
from search.ranking import NO_VECTORS
from search.related import BY_WORDS, NO_VECTOR, SWITCHED_OFF, WINDOW, alike, related, sharing_words
from tests.factories import make_paper

pytestmark = pytest.mark.django_db
WAVELETS = "Wavelets denoise seismograms of glaciers"


@pytest.fixture
def meaning(embedded: Path, settings: Any) -> None:
    """A site that has both words and meaning."""
    settings.EMBEDDING_MODEL = "words"


def hold(*, without_vector: Paper | None = None) -> None:
    """Index what is in the store, and the meaning of all of it, perhaps but one."""
    index.rebuild()
    embed_due(encoder=get_encoder())
    if without_vector:
        without_vector.vectors.all().delete()
    vector_index.follow()


def found(paper: Paper, offset: int = 0, limit: int = 1_000) -> SearchPage:
    return related(paper, offset=offset, limit=limit)


def make_others(count: int) -> None:
    """Papers of a field of their own, so that no other word is common."""
    for number in range(count):
        make_paper(title=f"Ribosomes number{number}", abstract="Proteins fold in cells.")


# --- What is related -------------------------------------------------------------------------------------------
def test_papers_are_found_by_meaning_and_by_rare_words(meaning: None) -> None:
    paper = make_paper(title=WAVELETS)
    near = make_paper(title="Wavelets denoise seismograms of volcanoes")
    less = make_paper(title="Glaciers and what else there is to say about ice in the mountains of our time")
    make_others(5)
    hold()
    page = found(paper)
    assert page.paper_ids == (near.pk, less.pk)
    assert (page.total, page.total_is_exact, page.degraded) == (2, True, None)
    first, last = page.hits
    assert (first.by_words, first.by_meaning) == (1, 1)
    assert (first.cosine or 0) > 0.5
    assert (last.by_words, last.by_meaning) == (2, None)


def test_meaning_alone_finds_papers_that_share_no_telling_word(meaning: None) -> None:
    """The encoder of the tests hears words that tell nothing, too."""
    paper = make_paper(title="On the use of this and that", abstract="Seismograms.")
    near = make_paper(title="On the use of this and that", abstract="Enzymes.")
    hold()
    assert found(paper).paper_ids == (near.pk,)
    assert found(paper).hits[0].by_words is None


def test_a_rare_word_counts_for_more_than_a_common_one(embedded: Path) -> None:
    paper = make_paper(title="Glaciers ribosomes")
    common = make_paper(title="Ribosomes")
    rare = make_paper(title="Glaciers")
    make_others(20)
    index.rebuild()
    ids = found(paper).paper_ids
    assert ids[0] == rare.pk
    assert common.pk in ids


def test_papers_of_both_branches_are_related(meaning: None) -> None:
    arxiv = make_paper(title=WAVELETS)
    venue = make_paper(title=WAVELETS + " again", venue="ACL")
    hold()
    assert (found(arxiv).paper_ids, found(venue).paper_ids) == ((venue.pk,), (arxiv.pk,))


@pytest.mark.parametrize("title", ["深度学习", "Ëdé ñandé", "???", "$x^2$"])
def test_paper_without_telling_words_has_an_answer(embedded: Path, title: str) -> None:
    paper = make_paper(title=title)
    other = make_paper(title="深度学习 2")
    index.rebuild()
    assert found(paper).paper_ids == ((other.pk,) if title == "深度学习" else ())


def test_question_is_of_words_by_which_papers_differ() -> None:
    assert sharing_words("???", "") is not None
    assert sharing_words(" ", "") is None
    query = sharing_words("Wavelet-based methods", "We propose a method for glaciers and ribosomes.")
    assert query is not None
    assert query.read_as == "wavelet OR based OR glaciers OR ribosomes"


# --- What never is ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("with_vectors", [True, False])
def test_h8_related_papers_are_never_itself_or_a_linked_copy(meaning: None, settings: Any, with_vectors: bool) -> None:
    paper, copy, third = (make_paper(title=WAVELETS, venue=venue) for venue in ("", "ACL", "EMNLP"))
    other = make_paper(title=WAVELETS + " again")
    if not with_vectors:
        settings.EMBEDDING_MODEL = "off"
        index.rebuild()
    else:
        hold()
    assert set(found(paper).paper_ids) == {copy.pk, third.pk, other.pk}  # nobody has linked them
    link_copies(papers=[paper, copy, third])
    paper.refresh_from_db()
    for _ in range(3):
        assert found(paper).paper_ids == (other.pk,)
    link_copies(papers=[paper, other])
    assert (found(paper).paper_ids, found(paper).total) == ((), 0)


def test_e6_of_a_works_copies_the_best_is_related_once(meaning: None) -> None:
    paper = make_paper(title=WAVELETS)
    best = make_paper(title=WAVELETS + " again", venue="ACL")
    copy = make_paper(title=WAVELETS + " once more, with other words")
    hold()
    assert found(paper).paper_ids == (best.pk, copy.pk)
    link_copies(papers=[best, copy])
    assert (found(paper).paper_ids, found(paper).total) == ((best.pk,), 1)


@pytest.mark.parametrize("indexed", [True, False])
def test_e1_withdrawn_paper_is_related_to_nothing_but_has_related_papers(meaning: None, indexed: bool) -> None:
    paper = make_paper(title=WAVELETS)
    withdrawn = make_paper(title=WAVELETS + " again", withdrawn=indexed)
    hold()
    Paper.objects.filter(pk=withdrawn.pk).update(withdrawn=True)  # also where the index does not know it yet
    assert (found(paper).paper_ids, found(paper).total) == ((), 0)
    assert found(withdrawn).paper_ids == (paper.pk,)


def test_paper_that_is_gone_is_not_counted(meaning: None) -> None:
    paper = make_paper(title=WAVELETS)
    gone, there = make_paper(title=WAVELETS + " again"), make_paper(title=WAVELETS + " too")
    hold()
    gone.delete()
    assert (found(paper).paper_ids, found(paper).total) == ((there.pk,), 1)


# --- The list --------------------------------------------------------------------------------------------------
def test_pages_are_parts_of_one_list_whose_total_is_what_they_hold(meaning: None) -> None:
    papers = [make_paper(title=f"{WAVELETS} {'again ' * (number % 3)}") for number in range(WINDOW + 20)]
    hold()
    whole = found(papers[0])
    assert whole.total == len(whole.paper_ids) == len(set(whole.paper_ids)) == WINDOW
    parts = [found(papers[0], offset, 30).paper_ids for offset in range(0, WINDOW + 30, 30)]
    assert tuple(one for part in parts for one in part) == whole.paper_ids
    assert found(papers[0], WINDOW, 30).total == WINDOW


def test_equals_come_newest_first(meaning: None) -> None:
    paper, *same = (make_paper(title=WAVELETS) for _ in range(5))
    hold()
    assert found(paper).paper_ids == tuple(other.pk for other in reversed(same))


# --- Where something is missing --------------------------------------------------------------------------------
def test_without_meaning_words_find_related_papers_and_the_reason_is_told(meaning: None, settings: Any) -> None:
    paper, other = make_paper(title=WAVELETS), make_paper(title=WAVELETS + " again")
    index.rebuild()
    page = found(paper)
    assert (page.paper_ids, page.degraded) == ((other.pk,), f"{NO_VECTORS} {BY_WORDS}")
    hold(without_vector=paper)
    page = found(paper)
    assert (page.paper_ids, page.degraded) == ((other.pk,), f"{NO_VECTOR} {BY_WORDS}")
    settings.EMBEDDING_MODEL = "off"
    page = found(paper)
    assert (page.paper_ids, page.degraded) == ((other.pk,), f"{SWITCHED_OFF} {BY_WORDS}")


def test_another_papers_missing_vector_costs_it_nothing_but_meaning(meaning: None) -> None:
    paper, other = make_paper(title=WAVELETS), make_paper(title=WAVELETS + " again")
    hold(without_vector=other)
    assert (found(paper).paper_ids, found(paper).degraded) == ((other.pk,), None)
    assert found(paper).hits[0].cosine is None


def test_no_encoder_is_asked(meaning: None, settings: Any) -> None:
    paper, other = make_paper(title=WAVELETS), make_paper(title=WAVELETS + " again")
    hold()
    settings.EMBEDDING_MODEL = "a-model-that-nobody-has"
    assert (found(paper).paper_ids, found(paper).degraded) == ((other.pk,), None)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("null://", "Search is switched off on this site."),
        ("gopher://user:secret@host", "Search is not set up on this site."),
    ],
)
def test_site_without_search_says_so(settings: Any, url: str, sentence: str) -> None:
    settings.SEARCH_URL = url
    page = found(make_paper())
    assert (page.paper_ids, page.total, page.degraded) == ((), 0, sentence)


def test_words_and_meaning_can_be_asked_for_alone(meaning: None) -> None:
    paper = make_paper(title="Glaciers", abstract="On the use of this and that, and of this again.")
    by_word = make_paper(title="Glaciers", abstract="What else there may be in mountains, whoever was there before.")
    by_meaning = make_paper(title="Enzymes", abstract="On the use of this and that, and of this again.")
    hold()
    engine, ids = get_engine(), {}
    for mode in ("words", "vectors"):
        hits, reason = alike(engine, paper.pk, paper.title, paper.abstract, without=[paper.pk], mode=mode)
        ids[mode] = [hit.paper_id for hit in hits]
        assert reason is None
    assert by_word.pk in ids["words"]
    assert by_meaning.pk not in ids["words"]
    assert ids["vectors"][0] == by_meaning.pk
