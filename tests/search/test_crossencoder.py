"""The first papers, read with the question: by a scorer made by hand, and by a real one that knows nothing."""

import importlib.util
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from search.crossencoder import FIRST, reading_by, reorder
from search.embeddings import EncoderUnavailable, in_encoder_thread
from tests.factories import make_paper
from tests.search.meaning import hold, search

Scorer = Callable[[str, Sequence[str]], Sequence[float]]


def by_length(question: str, texts: Sequence[str]) -> list[float]:
    """The longest text answers best."""
    return [float(len(text)) for text in texts]


def texts_of(paper_ids: Sequence[int]) -> dict[int, str]:
    """Of longer texts the higher ids; paper 3 is gone."""
    return {paper_id: "x" * paper_id for paper_id in paper_ids if paper_id != 3}


@pytest.fixture
def named(settings: Any) -> str:
    """RERANK_MODEL names one."""
    settings.RERANK_MODEL = "by hand"
    return "by hand"


def order(scorer: Scorer, paper_ids: Sequence[int], timeout: float = 10) -> list[int]:
    with reading_by("by hand", scorer):
        return reorder("question", paper_ids, texts_of, timeout)


def test_first_papers_are_ordered_by_it_and_the_others_stay(named: str) -> None:
    ids = list(range(10, 10 + FIRST + 5))
    assert order(by_length, ids) == ids[:FIRST][::-1] + ids[FIRST:]


def test_paper_that_is_gone_is_last_of_those_read(named: str) -> None:
    assert order(by_length, [1, 3, 2]) == [2, 1, 3]


def test_equal_papers_keep_their_order(named: str) -> None:
    assert order(lambda question, texts: [0.0] * len(texts), [2, 9, 4]) == [2, 9, 4]


def test_without_a_model_nothing_is_read(settings: Any) -> None:
    settings.RERANK_MODEL = ""
    assert reorder("question", [1, 2], lambda ids: pytest.fail("read"), 1) == [1, 2]


def breaks(question: str, texts: Sequence[str]) -> list[float]:
    raise RuntimeError("expected all tensors on one device")


@pytest.mark.parametrize("scorer", [breaks, lambda q, texts: [float("nan")] * len(texts), lambda q, texts: [1.0]])
def test_scorer_that_breaks_or_gives_no_numbers_is_an_error_with_a_sentence(named: str, scorer: Scorer) -> None:
    with pytest.raises(EncoderUnavailable, match="can't be read closely just now"):
        order(scorer, [1, 2])


@pytest.fixture
def slow() -> Iterator[tuple[Scorer, threading.Event]]:
    """A scorer that answers when the event is set, which it is when the test is over."""
    go = threading.Event()

    def score(question: str, texts: Sequence[str]) -> list[float]:
        assert go.wait(30)
        return by_length(question, texts)

    yield score, go
    go.set()
    in_encoder_thread(int).result(30)


def test_late_scorer_is_told_and_leaves_no_queue_behind(named: str, slow: tuple[Scorer, threading.Event]) -> None:
    score, go = slow
    asked = []

    def counted(question: str, texts: Sequence[str]) -> Sequence[float]:
        asked.append(question)
        return score(question, texts)

    for _ in range(5):
        with pytest.raises(EncoderUnavailable, match="takes too long just now"):
            order(counted, [1, 2], timeout=0.02)
    go.set()
    in_encoder_thread(int).result(30)
    assert len(asked) == 1


@pytest.mark.django_db
def test_search_shows_the_first_papers_as_it_has_them_but_for_a_title_typed_whole(named: str, meaning: None) -> None:
    exact = make_paper(title="Graph networks")
    papers = [make_paper(title="Graph networks again", abstract="word " * number) for number in range(5)]
    hold()
    with reading_by(named, by_length):
        page = search("graph networks", deadline_ms=10_000)
    assert page.degraded is None
    assert page.paper_ids == (exact.pk, *(paper.pk for paper in reversed(papers)))
    assert page.took_ms["reading"] >= 0


@pytest.mark.django_db
def test_search_keeps_its_order_and_says_why_where_it_breaks(named: str, meaning: None, settings: Any) -> None:
    for number in range(5):
        make_paper(title="Graph networks again", abstract="word " * number)
    hold()
    settings.RERANK_MODEL = ""
    before = search("graph networks").paper_ids
    settings.RERANK_MODEL = named
    with reading_by(named, breaks):
        page = search("graph networks", deadline_ms=10_000)
    assert page.paper_ids == before
    assert "as words and meaning have them" in (page.degraded or "")


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
@pytest.mark.filterwarnings("default")  # torch's own
def test_real_cross_encoder_is_loaded_from_a_folder_offline(settings: Any, tmp_path: Path) -> None:
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "x", "##x", "question"]
    (tmp_path / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizerFast(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
        num_labels=1,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    settings.RERANK_MODEL = str(tmp_path)
    ids = reorder("question", [1, 2, 4, 5], texts_of, 120)
    assert sorted(ids) == [1, 2, 4, 5]
    assert reorder("question", [1, 2, 4, 5], texts_of, 120) == ids
    settings.RERANK_MODEL = str(tmp_path / "none")
    with pytest.raises(EncoderUnavailable, match="can't be loaded"):
        reorder("question", [1, 2], texts_of, 120)
