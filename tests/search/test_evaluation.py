"""Figures of judged queries, worked out by hand, and the command that prints them."""

import gzip
import json
from io import StringIO
from pathlib import Path

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
