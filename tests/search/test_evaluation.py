"""Figures of judged queries, worked out by hand, and the command that prints them."""

import gzip
import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from search.evaluation import ndcg, recall, reciprocal_rank

CORPUS = [("a", "Parsing charts"), ("b", "Speech"), ("c", "Parsing of speech"), ("d", "Vision")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with gzip.open(tmp_path / "corpus.jsonl.gz", "wt") as file:
        for key, title in CORPUS:
            file.write(json.dumps({"id": key, "title": title, "abstract": ""}) + "\n")
    (tmp_path / "few.queries.jsonl").write_text('{"id": "1", "text": "parsing"}\n{"id": "4", "text": "vision"}\n')
    (tmp_path / "few.qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\ta\t2\n1\tb\t0\n4\td\t1\n4\tb\t1\n")
    return tmp_path


def test_figures_are_those_worked_out_by_hand() -> None:
    grades = {"a": 2, "b": 1}
    assert ndcg(["a", "b"], grades) == 1
    assert ndcg(["x", "a"], grades) == pytest.approx((2 / 1.5849625) / (2 + 1 / 1.5849625))
    assert ndcg([*"0123456789", "a"], grades) == 0
    assert recall(["x", "b"], grades, 2) == 0.5
    assert recall(["x", "b"], grades, 1) == 0
    assert reciprocal_rank(["x", "b", "a"], grades) == 0.5
    assert reciprocal_rank(["x"], grades) == 0


def test_command_measures_a_folder_and_prints_nothing_but_its_figures(folder: Path) -> None:
    out = StringIO()
    call_command("search_eval", str(folder), "--json", stdout=out, verbosity=0)
    (row,) = json.loads(out.getvalue()).values()
    assert row["lexical"].keys() == {"ndcg@10", "recall@20", "recall@100", "mrr", "ms"}
    assert (row["lexical"]["recall@20"], row["lexical"]["mrr"]) == (0.75, 1)


def test_command_measures_four_configurations_where_there_is_an_encoder(folder: Path, settings: Any) -> None:
    settings.EMBEDDING_MODEL = "words"
    out = StringIO()
    call_command("search_eval", str(folder), "--json", stdout=out, verbosity=0)
    figures = json.loads(out.getvalue())
    assert list(figures) == ["few"]
    assert list(figures["few"]) == ["lexical", "vectors", "fused", "fused + rerank"]
    for row in figures["few"].values():
        assert list(row) == ["ndcg@10", "recall@20", "recall@100", "mrr", "ms"]
        assert row["mrr"] == 1
        assert row["ms"] > 0
    assert figures["few"]["fused"]["recall@20"] >= figures["few"]["lexical"]["recall@20"]
    table = StringIO()
    call_command("search_eval", str(folder), stdout=table, verbosity=0)
    lines = table.getvalue().splitlines()
    assert [line[25:41].strip() for line in lines] == ["configuration", *figures["few"]]


def test_command_says_that_it_measures_words_alone_without_an_encoder(folder: Path) -> None:
    out, told = StringIO(), StringIO()
    call_command("search_eval", str(folder), "--json", stdout=out, stderr=told, verbosity=0)
    assert list(json.loads(out.getvalue())["few"]) == ["lexical"]
    assert "Search by meaning is switched off." in told.getvalue()
    assert "by words alone" in told.getvalue()


def test_recorded_vectors_of_queries_stand_in_for_the_encoder(folder: Path, settings: Any) -> None:
    settings.EMBEDDING_MODEL, settings.EMBEDDING_DIMENSIONS = "some model that is not here", 2
    np.save(folder / "vectors.some.npy", np.array([[127, 0], [0, 127], [90, 90], [-127, 0]], np.int8))
    np.save(folder / "few.query-vectors.some.npy", np.array([[0, 1], [-1, 0]], np.float16))
    out = StringIO()
    call_command("search_eval", str(folder), "--json", stdout=out, verbosity=0)
    vectors = json.loads(out.getvalue())["few"]["vectors"]
    assert vectors["mrr"] == pytest.approx((1 / 3 + 1) / 2, abs=1e-3)
    np.save(folder / "few.query-vectors.some.npy", np.zeros((3, 2), np.float16))
    with pytest.raises(CommandError, match=r"few.query-vectors.some.npy holds \(3, 2\)"):
        call_command("search_eval", str(folder), verbosity=0)


def test_part_holds_the_queries_of_one_parity(folder: Path) -> None:
    seen = []
    for part in ("even", "odd"):
        out = StringIO()
        call_command("search_eval", str(folder), "--json", "--part", part, stdout=out, verbosity=0)
        seen.append(json.loads(out.getvalue())["few"]["lexical"]["recall@20"])
    assert sorted(seen) == [0.5, 1]


@pytest.mark.parametrize("missing", ["corpus.jsonl.gz", "few.queries.jsonl", "few.qrels.tsv"])
def test_folder_without_a_part_is_refused_with_its_name(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(CommandError, match=missing.removeprefix("few.")):
        call_command("search_eval", str(folder), verbosity=0)
