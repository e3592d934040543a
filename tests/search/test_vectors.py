"""Vectors in the store: what is due, what is kept, what is read, each by its recipe."""

import io
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F

from coolpapers.models import Paper, Vector
from search import vectors
from search.embed import CHUNK, EmbeddingBusy, EmbedReport, alone, embed_due
from search.embeddings import Floats, Recipe, WordsEncoder
from tests.factories import make_paper
from tests.instance import ROOT, environment, wait_for

pytestmark = pytest.mark.django_db
RECIPE = Recipe(model="words", revision="", dimensions=384, max_tokens=256)
PAPERS = 3_000  # of the run that is killed


class Listening(WordsEncoder):
    """Notes what it was given, and breaks off before a batch if it is told to."""

    def __init__(self, recipe: Recipe = RECIPE, *, batches: int = 10**6) -> None:
        super().__init__(recipe)
        self.batches = batches
        self.heard: list[list[str]] = []

    def encode_documents(self, texts: Sequence[str]) -> Floats:
        if len(self.heard) == self.batches:
            raise KeyboardInterrupt
        self.heard.append(list(texts))
        return super().encode_documents(texts)


def change(paper: Paper, **values: object) -> None:
    """What the store does when a paper changes."""
    Paper.objects.filter(pk=paper.pk).update(revision=F("revision") + 1, **values)


def heard(recipe: Recipe = RECIPE) -> list[str]:
    """Embed what is due; the texts that were encoded for it."""
    encoder = Listening(recipe)
    embed_due(encoder=encoder)
    return [text for batch in encoder.heard for text in batch]


def test_paper_without_a_vector_is_due_until_it_has_one() -> None:
    paper = make_paper(title="Sets", abstract="All of them.")
    assert vectors.count_due(RECIPE) == 1
    assert heard() == ["Sets. All of them."]
    assert vectors.count_due(RECIPE) == 0
    assert not vectors.is_due(RECIPE)
    found = vectors.load(RECIPE)
    assert found.paper_ids.tolist() == [paper.pk]
    expected = WordsEncoder(RECIPE).encode_documents(["Sets. All of them."])
    assert np.allclose(found.floats(), expected, atol=np.abs(expected).max() / 127)


def test_change_that_leaves_the_text_alone_encodes_nothing() -> None:
    paper = make_paper(title="Sets")
    heard()
    change(paper, comments="12 pages")
    assert vectors.is_due(RECIPE)
    assert embed_due(encoder=Listening(batches=0)) == EmbedReport(encoded=0, kept=1)
    assert not vectors.is_due(RECIPE)


def test_changed_text_is_encoded_again_and_once() -> None:
    paper = make_paper(title="Sets")
    make_paper(title="Bags")
    heard()
    change(paper, title="Finite sets")
    assert heard() == ["Finite sets. "]
    assert heard() == []
    assert Vector.objects.count() == 2


def test_paper_that_changes_while_it_is_encoded_stays_due() -> None:
    paper = make_paper(title="Sets")
    read = vectors.due(RECIPE, 10)
    change(paper, title="Finite sets")
    vectors.save(RECIPE, read, WordsEncoder(RECIPE).encode_documents([one.text for one in read]))
    assert heard() == ["Finite sets. "]


def test_paper_deleted_while_it_is_encoded_harms_no_other() -> None:
    gone, kept = make_paper(), make_paper()
    read = vectors.due(RECIPE, 10)
    Paper.objects.filter(pk=gone.pk).delete()
    vectors.save(RECIPE, read, WordsEncoder(RECIPE).encode_documents([one.text for one in read]))
    assert vectors.load(RECIPE).paper_ids.tolist() == [kept.pk]


def test_deleted_paper_takes_its_vectors_along() -> None:
    paper = make_paper()
    heard()
    paper.delete()
    assert not Vector.objects.exists()


def test_withdrawn_paper_keeps_its_vector_without_encoding() -> None:
    paper = make_paper(title="Sets")
    heard()
    change(paper, withdrawn=True, withdrawn_reason="an error in Lemma 2")
    assert heard() == []
    assert vectors.load(RECIPE).paper_ids.tolist() == [paper.pk]


def test_two_recipes_stand_beside_each_other_and_never_meet() -> None:
    paper = make_paper(title="Sets")
    other = replace(RECIPE, dimensions=32)
    heard()
    assert vectors.count_due(other) == 1
    assert vectors.load(other).codes.shape == (0, 32)
    heard(other)
    change(paper, title="Bags")
    assert heard(other) == ["Bags. "]
    assert vectors.count_due(RECIPE) == 1
    assert vectors.load(RECIPE).codes.shape == (1, 384)
    assert vectors.load(other).codes.shape == (1, 32)
    assert vectors.count_by_recipe() == {RECIPE.fingerprint: 1, other.fingerprint: 1}
    assert vectors.forget_others(other) == 1
    assert vectors.count_by_recipe() == {other.fingerprint: 1}


def test_vectors_of_chosen_papers_come_by_rising_id() -> None:
    papers = [make_paper() for _ in range(4)]
    heard()
    wanted = [papers[3].pk, papers[1].pk, papers[3].pk, 10**9]
    assert vectors.load(RECIPE, wanted).paper_ids.tolist() == [papers[1].pk, papers[3].pk]
    assert vectors.load(RECIPE, []).codes.shape == (0, 384)


def test_packed_vectors_are_near_the_unpacked_ones_and_numbers_that_are_none_are_near_to_nothing() -> None:
    for _ in range(3):
        make_paper()
    read = vectors.due(RECIPE, 3)
    rows = np.random.default_rng(5).standard_normal((3, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows[2, :] = np.nan
    vectors.save(RECIPE, read, rows)
    held = dict(zip((found := vectors.load(RECIPE)).paper_ids.tolist(), found.floats(), strict=True))
    for paper, row in zip(read[:2], rows, strict=False):
        assert held[paper.paper_id] @ row > 0.999
    assert not held[read[2].paper_id].any()


# --- Batches -------------------------------------------------------------------------------------------------------
def test_newest_papers_come_first_and_a_batch_holds_texts_of_like_length() -> None:
    for number in range(CHUNK + 8):
        make_paper(title="t" * (1 + number * 7 % 50), ordinal=number)
    encoder = Listening()
    embed_due(encoder=encoder, batch=64)
    first = [text for batch in encoder.heard[: CHUNK // 64] for text in batch]
    assert [len(text) for text in first] == sorted(len(text) for text in first)
    oldest = sorted(len(f"{'t' * (1 + number * 7 % 50)}. ") for number in range(8))
    assert [len(text) for text in encoder.heard[-1]] == oldest


def test_interrupted_run_is_continued_where_it_ended() -> None:
    for number in range(10):
        make_paper(title="t" * (number + 1))
    with pytest.raises(KeyboardInterrupt):
        embed_due(encoder=Listening(batches=2), batch=3)
    assert Vector.objects.count() == 6
    rest = heard()
    assert len(rest) == 4
    assert sorted(map(len, rest)) == [9, 10, 11, 12]


def test_limit_and_enough_end_a_run() -> None:
    for _ in range(10):
        make_paper()
    told: list[int] = []
    assert embed_due(encoder=Listening(), limit=3, batch=2, progress=told.append) == EmbedReport(encoded=3)
    assert told == [2, 1]
    assert embed_due(encoder=Listening(), batch=2, enough=lambda: True) == EmbedReport(encoded=2)
    assert vectors.count_due(RECIPE) == 5


def test_only_one_process_embeds_at_a_time() -> None:
    with alone(0), pytest.raises(EmbeddingBusy), alone(0):
        pass
    with alone(0):
        pass


# --- manage.py embed -----------------------------------------------------------------------------------------------
def said(*arguments: str) -> str:
    """What `manage.py embed …` prints."""
    out = io.StringIO()
    call_command("embed", *arguments, stdout=out)
    return out.getvalue().strip()


def test_command_embeds_and_tells_how_it_stands(settings) -> None:
    settings.EMBEDDING_MODEL = "words"
    for _ in range(3):
        make_paper()
    assert said("--limit", "2") == "Encoded: 2 papers; unchanged in their text: 0."
    assert said("--status").splitlines() == [
        "Model: words",
        f"Recipe: {RECIPE.fingerprint}",
        "Vectors: 2",
        "Due: 1",
    ]
    assert said() == "Encoded: 1 papers; unchanged in their text: 0."
    assert said() == "Every paper has its vector."
    settings.EMBEDDING_DIMENSIONS = 32
    said("--limit", "1")
    assert f"Vectors of recipe {RECIPE.fingerprint}: 3" in said("--status")
    assert said("--forget-others") == "Deleted: 3 vectors of other recipes."


@pytest.mark.parametrize("arguments", [("--limit", "0"), ("--batch", "0")])
def test_command_refuses_numbers_that_make_no_sense(settings, arguments: tuple[str, ...]) -> None:
    settings.EMBEDDING_MODEL = "words"
    with pytest.raises(CommandError, match="start from 1"):
        said(*arguments)


def test_command_without_a_model_is_one_sentence() -> None:
    with pytest.raises(CommandError, match="switched off"):
        said()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="processes of its own, on a SQLite file")
def test_killed_command_loses_one_batch_at_most(tmp_path: Path) -> None:
    data = environment(DATA_DIR=str(tmp_path), EMBEDDING_MODEL="words")
    papers = tmp_path / "papers.jsonl"
    papers.write_text(
        "\n".join(
            f'{{"id": "2601.{n:05d}", "title": "Paper {n}", "categories": ["cs.CL"]}}' for n in range(1, PAPERS + 1)
        )
    )
    for command in (["migrate"], ["load_records", str(papers)]):
        subprocess.run([sys.executable, str(ROOT / "manage.py"), *command], env=data, check=True, capture_output=True)

    def count() -> int:
        with sqlite3.connect(tmp_path / "papers.sqlite3", timeout=5) as database:
            return int(database.execute("SELECT count(*) FROM coolpapers_vector").fetchone()[0])

    embed = [sys.executable, str(ROOT / "manage.py"), "embed", "--batch", "5"]
    running = subprocess.Popen(embed, env=data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for("some batches are committed", lambda: count() >= 50)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    held = count()
    assert 50 <= held < PAPERS
    again = subprocess.run(embed, env=data, check=True, capture_output=True, text=True)
    assert f"Encoded: {PAPERS - held:,} papers" in again.stdout
    assert count() == PAPERS
