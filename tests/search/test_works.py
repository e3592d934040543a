"""Copies of a work in lists that words and meaning make, and in those behind their window."""

from collections.abc import Sequence
from typing import Any

import pytest

from coolpapers.models import Paper
from ingest.store import link_copies
from tests.factories import make_paper
from tests.search.meaning import hold, search

pytestmark = pytest.mark.django_db
QUESTION = "which graph networks or theory has a paper"


@pytest.fixture
def linked(meaning: None, monkeypatch: Any) -> dict[int, int]:
    """Papers of which half are linked by twos and threes, in any mixture of what words and meaning find; a small
    window. Paper → what its copies have in common."""
    monkeypatch.setattr("search.pipeline.WORDS_WINDOW", 20)
    monkeypatch.setattr("search.ranking.MEANING_WINDOW", 30)
    titles = ("Graph networks", "Graph theory", "Networks theory", "Networks of networks")
    papers = [make_paper(title=titles[n * 5 % 4], abstract=f"Paper {n % 50}.") for n in range(200)]
    for n in range(50):
        link_copies(papers=[papers[n], papers[199 - n], *([papers[60 + n]] if n % 5 == 0 else [])])
    hold()
    return {pk: work or -pk for pk, work in Paper.objects.values_list("pk", "work")}


def works(ids: Sequence[int], linked: dict[int, int]) -> list[int]:
    return [linked[pk] for pk in ids]


@pytest.mark.parametrize("text", ["graph", "graph networks", "graph -theory", "networks", QUESTION])
def test_every_page_size_shows_each_work_once_and_as_many_as_told(linked: dict[int, int], text: str) -> None:
    whole = search(text, limit=1_000)
    assert whole.degraded is None
    found = works(whole.paper_ids, linked)
    assert len(found) == len(set(found)) == whole.total
    by_words = search(text, limit=1_000, mode="lexical")
    assert set(works(by_words.paper_ids, linked)) <= set(found)
    for size in (7, 20, 33):
        pages = [search(text, offset=start, limit=size) for start in range(0, whole.total + size, size)]
        assert {page.total for page in pages} == {whole.total}
        assert tuple(one for page in pages for one in page.paper_ids) == whole.paper_ids, size


def test_no_work_is_lost(linked: dict[int, int]) -> None:
    having = Paper.objects.filter(title__icontains="graph").values_list("pk", flat=True)
    found = works(search("graph", limit=1_000).paper_ids, linked)
    assert set(works(list(having), linked)) <= set(found)
