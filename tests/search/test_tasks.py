"""What the worker does when it is told, and when it is not."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from coolpapers.celery import SCHEDULE, app
from coolpapers.models import IndexDue, Vector
from search import index, tasks
from search.embed import alone
from search.engines import get_engine
from search.engines.embedded import EmbeddedEngine
from tests.factories import make_paper
from tests.search.documents import find

pytestmark = pytest.mark.django_db


@pytest.fixture
def due_paper(embedded: Path) -> int:
    """A paper that is due, of an index that is built."""
    index.rebuild()
    paper = make_paper(title="Word")
    index.mark_due([(paper.pk, paper.revision)])
    return paper.pk


def test_tasks_have_the_names_that_messages_and_schedule_use() -> None:
    app.loader.import_default_modules()
    assert {"search.tasks.index_papers", "search.tasks.sweep_index", "search.tasks.embed_some"} <= set(app.tasks)
    assert {entry["task"] for entry in SCHEDULE.values()} == {
        "search.tasks.sweep_index",
        "search.tasks.embed_some",
        "search.tasks.follow_vectors",
        "search.tasks.follow_fallback",
        "ingest.tasks.tick",
        "coolpapers.digests.tasks.send_digests",
    }


def test_message_indexes_its_papers_however_often_it_comes(due_paper: int) -> None:
    for _ in range(3):
        tasks.index_papers([due_paper])
    assert find(get_engine(), "word") == [due_paper]
    assert list(get_engine().revisions()) == [(due_paper, 1)]


def test_sweep_indexes_what_a_lost_message_left(due_paper: int) -> None:
    tasks.sweep_index()
    assert find(get_engine(), "word") == [due_paper]
    assert not IndexDue.objects.exists()


def test_engine_that_is_away_leaves_papers_due_and_fails_no_task(due_paper: int, embedded: Path, settings) -> None:
    settings.SEARCH_URL = f"embedded://{embedded / 'write.lock' / 'index'}"
    tasks.index_papers([due_paper])
    tasks.sweep_index()
    assert IndexDue.objects.count() == 1
    settings.SEARCH_URL = f"embedded://{embedded}"
    tasks.sweep_index()
    assert find(EmbeddedEngine(embedded), "word") == [due_paper]


def test_worker_embeds_what_is_due_by_itself(settings) -> None:
    settings.EMBEDDING_MODEL = "words"
    for _ in range(20):
        make_paper()
    tasks.embed_some()
    assert Vector.objects.count() == 20


def test_embedding_gives_way_to_a_change_that_comes_meanwhile(due_paper: int, settings) -> None:
    settings.EMBEDDING_MODEL = "words"
    for _ in range(20):
        make_paper()
    IndexDue.objects.update(since=timezone.now() + timedelta(minutes=1))
    tasks.embed_some()
    assert Vector.objects.count() == tasks.EMBED_BATCH
    IndexDue.objects.update(since=timezone.now() - timedelta(minutes=1))  # an index that can't be written now
    tasks.embed_some()
    assert Vector.objects.count() == 21


def test_without_a_model_or_while_another_embeds_no_task_fails(settings) -> None:
    make_paper()
    tasks.embed_some()
    settings.EMBEDDING_MODEL = "words"
    with alone(0):
        tasks.embed_some()
    assert not Vector.objects.exists()
