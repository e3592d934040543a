"""The index follows the store, whatever happens in between."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from coolpapers.models import Alias, Evidence, IndexDue, Paper
from search import index
from search.document import Document, all_documents, load_documents
from search.engines import get_engine
from search.engines.base import Engine, EngineUnavailable, IndexBusy, RebuildNeeded, Writer
from search.engines.embedded import EmbeddedEngine
from tests.factories import announce, make_paper
from tests.search.documents import find, forget, make_document, put

pytestmark = pytest.mark.django_db


@pytest.fixture
def engine(embedded: Path) -> Engine:
    """An index that is built and empty."""
    index.rebuild()
    return get_engine()


def change(paper: Paper, **fields: object) -> None:
    """What the store does when a paper changes."""
    with transaction.atomic():
        Paper.objects.filter(pk=paper.pk).update(revision=F("revision") + 1, **fields)
        paper.refresh_from_db()
        index.mark_due([(paper.pk, paper.revision)])


def delete(paper: Paper) -> None:
    pk = paper.pk
    with transaction.atomic():
        paper.delete()
        index.mark_due([(pk, 0)])


def make_due(**fields: object) -> Paper:
    paper = make_paper(**fields)
    index.mark_due([(paper.pk, paper.revision)])
    return paper


def due() -> dict[int, int]:
    return dict(IndexDue.objects.values_list("paper_id", "revision"))


class Meddling(EmbeddedEngine):
    """The real engine, and something that happens at a chosen moment."""

    def __init__(
        self, folder: Path, *, before_commit: Callable[[], object] = int, after_commit: Callable[[], object] = int
    ) -> None:
        super().__init__(folder)
        self._before_commit = before_commit
        self._after_commit = after_commit

    @contextmanager
    def writing(self, *, timeout: float, mending: bool = False) -> Iterator[Writer]:
        with super().writing(timeout=timeout, mending=mending) as writer:
            yield writer
            self._before_commit()
        self._after_commit()

    def rebuild(self, documents: Iterable[Document], *, timeout: float) -> int:
        count = super().rebuild(documents, timeout=timeout)
        self._after_commit()
        return count


def crash() -> None:
    raise SystemError("the process is gone")


# --- What is due ---------------------------------------------------------------------------------------------------
def test_due_papers_are_found_and_no_longer_due(engine: Engine) -> None:
    one, two = make_due(title="Word one"), make_due(title="Word two")
    assert index.index_papers([one.pk, two.pk]) == index.IndexReport(written=2)
    assert find(engine, "word") == [two.pk, one.pk]
    assert due() == {}


def test_paper_that_is_not_due_is_skipped(engine: Engine) -> None:
    quiet, loud = make_paper(title="Word"), make_due(title="Word")
    assert index.index_papers([quiet.pk]) == index.IndexReport(skipped=1)
    assert index.index_papers([quiet.pk, loud.pk, loud.pk]) == index.IndexReport(written=1, skipped=1)
    assert find(engine, "word") == [loud.pk]


def test_changed_paper_replaces_what_the_index_had(engine: Engine) -> None:
    paper = make_due(title="Old")
    index.index_papers([paper.pk])
    change(paper, title="New")
    index.index_papers([paper.pk])
    assert find(engine, "old") == []
    assert list(engine.revisions()) == [(paper.pk, 2)]


def test_deleted_paper_leaves_the_index(engine: Engine) -> None:
    paper = make_due(title="Word")
    index.index_papers([paper.pk])
    pk = paper.pk
    delete(paper)
    assert index.index_papers([pk]) == index.IndexReport(forgotten=1)
    assert find(engine, "word") == []
    assert due() == {}


def test_paper_gone_without_a_word_leaves_the_index_when_it_is_next_due(engine: Engine) -> None:
    paper = make_due(title="Word")
    index.index_papers([paper.pk])
    change(paper)
    Paper.objects.all().delete()
    index.sweep()
    assert find(engine, "word") == []
    assert due() == {}


def test_withdrawn_paper_is_still_found(engine: Engine) -> None:
    paper = make_due(title="Word", withdrawn=True)
    index.index_papers([paper.pk])
    assert find(engine, "word") == [paper.pk]


def test_mark_due_keeps_the_place_in_the_line_and_the_last_revision() -> None:
    index.mark_due([(1, 1), (2, 1)])
    first = IndexDue.objects.get(pk=1).since
    index.mark_due([(3, 1), (1, 2), (1, 3)])
    assert due() == {1: 3, 2: 1, 3: 1}
    assert IndexDue.objects.get(pk=1).since == first


def test_rolled_back_change_is_not_due() -> None:
    def fail() -> None:
        with transaction.atomic():
            make_due()
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert due() == {}


# --- Races and crashes -----------------------------------------------------------------------------------------------
def test_paper_that_changes_while_it_is_written_stays_due(engine: Engine, embedded: Path) -> None:
    paper = make_due(title="Old")
    index.index_papers([paper.pk], engine=Meddling(embedded, before_commit=lambda: change(paper, title="New")))
    assert due() == {paper.pk: 2}
    index.sweep()
    assert find(engine, "new") == [paper.pk]
    assert due() == {}


def test_crash_before_the_commit_leaves_everything_due(engine: Engine, embedded: Path) -> None:
    paper = make_due(title="Word")
    with pytest.raises(SystemError):
        index.index_papers([paper.pk], engine=Meddling(embedded, before_commit=crash))
    assert find(engine, "word") == []
    assert due() == {paper.pk: 1}
    index.sweep()
    assert find(engine, "word") == [paper.pk]


def test_crash_between_the_commit_and_the_list_does_no_harm(engine: Engine, embedded: Path) -> None:
    paper = make_due(title="Word")
    with pytest.raises(SystemError):
        index.index_papers([paper.pk], engine=Meddling(embedded, after_commit=crash))
    assert due() == {paper.pk: 1}
    index.sweep()
    assert find(engine, "word") == [paper.pk]
    assert list(engine.revisions()) == [(paper.pk, 1)]
    assert due() == {}


def test_late_writer_does_not_bring_an_old_state_back(engine: Engine, embedded: Path) -> None:
    # The message of revision 1 is worked on last: it writes what the store has then.
    paper = make_due(title="Old")
    change(paper, title="New")
    index.index_papers([paper.pk])
    index.mark_due([(paper.pk, 1)])
    index.index_papers([paper.pk])
    assert find(engine, "new") == [paper.pk]
    assert list(engine.revisions()) == [(paper.pk, 2)]


def test_busy_index_leaves_papers_due(engine: Engine, embedded: Path) -> None:
    paper = make_due(title="Word")
    with EmbeddedEngine(embedded).writing(timeout=0), pytest.raises(IndexBusy):
        index.index_papers([paper.pk], timeout=0)
    assert due() == {paper.pk: 1}


def test_index_that_was_never_built_leaves_papers_due(embedded: Path) -> None:
    paper = make_due(title="Word")
    with pytest.raises(RebuildNeeded):
        index.index_papers([paper.pk])
    assert due() == {paper.pk: 1}
    index.rebuild()
    assert find(get_engine(), "word") == [paper.pk]
    assert due() == {}


def test_sweep_drains_what_is_due_longest_first(engine: Engine) -> None:
    papers = [make_due(title="Word") for _ in range(5)]
    for age, paper in enumerate(papers):
        IndexDue.objects.filter(pk=paper.pk).update(since=timezone.now() - timezone.timedelta(hours=age))
    assert index.sweep(2).written == 2
    assert sorted(find(engine, "word")) == [papers[3].pk, papers[4].pk]
    assert index.sweep().written == 3
    assert index.sweep() == index.IndexReport()
    assert due() == {}


# --- Rebuild -------------------------------------------------------------------------------------------------------
def test_rebuild_takes_all_papers_and_clears_what_it_shows(engine: Engine) -> None:
    put(engine, make_document(999_999, "Word of a paper that is not in the store"))
    papers = [make_due(title="Word") for _ in range(3)]
    IndexDue.objects.create(paper_id=555_555, revision=0, since=timezone.now())
    told: list[int] = []
    assert index.rebuild(told.append) == 3
    assert told == [3]
    assert sorted(find(engine, "word")) == [paper.pk for paper in papers]
    assert due() == {}


def test_papers_that_change_during_a_rebuild_stay_due_and_are_newest_afterwards(engine: Engine) -> None:
    changed, deleted, quiet = (make_due(title="Old") for _ in range(3))
    added: list[Paper] = []
    gone = deleted.pk

    def meanwhile(_: int) -> None:  # after the first batch was read, before the swap
        if not added:
            change(changed, title="New")
            delete(deleted)
            added.append(make_due(title="New"))

    index.rebuild(meanwhile)
    assert due() == {changed.pk: 2, gone: 0}  # the added one came in time for the next batch
    index.sweep()
    assert find(engine, "new") == [added[0].pk, changed.pk]
    assert find(engine, "old") == [quiet.pk]
    assert due() == {}


def test_failed_rebuild_leaves_the_old_index_and_what_is_due(engine: Engine) -> None:
    one = make_due(title="Word")
    index.sweep()
    two = make_due(title="Word")

    def fail(_: int) -> None:
        raise SystemError

    with pytest.raises(SystemError):
        index.rebuild(fail)
    assert find(engine, "word") == [one.pk]
    assert due() == {two.pk: 1}


def test_crash_between_the_swap_and_the_list_does_no_harm(engine: Engine, embedded: Path) -> None:
    paper = make_due(title="Word")
    with pytest.raises(SystemError):
        index.rebuild(engine=Meddling(embedded, after_commit=crash))
    assert find(engine, "word") == [paper.pk]
    index.sweep()
    assert find(engine, "word") == [paper.pk]
    assert due() == {}


# --- Reconcile and status ---------------------------------------------------------------------------------------------
def test_reconcile_mends_every_difference_and_says_which(engine: Engine) -> None:
    papers = [make_paper(title="Word") for _ in range(6)]
    index.rebuild()
    forget(engine, papers[0].pk, papers[1].pk)
    Paper.objects.filter(pk=papers[2].pk).update(revision=2, title="Changed")
    papers[3].delete()
    put(engine, make_document(1_000_000, "Word"))
    assert index.reconcile() == index.ReconcileReport(missing=2, outdated=1, surplus=2)
    assert find(engine, "word") == [papers[n].pk for n in (5, 4, 1, 0)]
    assert find(engine, "changed") == [papers[2].pk]
    assert index.reconcile().total == 0


def test_reconcile_of_nothing_and_of_everything(engine: Engine) -> None:
    assert index.reconcile().total == 0
    papers = [make_paper(title="Word") for _ in range(3)]
    assert index.reconcile() == index.ReconcileReport(missing=3, outdated=0, surplus=0)
    for paper in papers:
        paper.delete()
    assert index.reconcile() == index.ReconcileReport(missing=0, outdated=0, surplus=3)


def test_status_tells_both_sides(embedded: Path) -> None:
    make_due()
    make_paper()
    before = index.status()
    assert (before.documents, before.papers, before.due, before.needs_rebuild) == (0, 2, 1, True)
    index.rebuild()
    after = index.status()
    assert (after.engine, after.documents, after.papers, after.due) == ("embedded", 2, 2, 0)
    assert not after.needs_rebuild


def test_without_search_papers_are_taken_off_the_list_and_nothing_is_built(settings) -> None:
    settings.SEARCH_URL = "null://"
    paper = make_due()
    assert index.index_papers([paper.pk]) == index.IndexReport(skipped=1)
    assert due() == {}
    make_due()
    assert index.rebuild() == 0
    assert due() == {}
    assert index.reconcile().total == 0
    status = index.status()
    assert status.off
    assert not status.needs_rebuild
    with pytest.raises(EngineUnavailable, match="switched off"):
        find(get_engine(), "word")


# --- Documents -----------------------------------------------------------------------------------------------------
def test_document_holds_what_the_store_knows() -> None:
    submitted = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    paper = make_paper(
        key="2401.00001",
        title="Title",
        abstract="Abstract",
        authors=["Ada Lovelace"],
        categories=("cs.LG", "stat.ML"),
        doi="10.1/x",
        submitted=submitted,
        day=date(2024, 1, 3),
        revision=7,
    )
    for key in ("b@ACL", "a@OpenReview"):
        Alias.objects.create(key=key, paper=paper)
    assert load_documents([paper.pk, 10**9]) == [
        Document(
            paper_id=paper.pk,
            revision=7,
            key="2401.00001",
            branch="arxiv",
            title="Title",
            abstract="Abstract",
            authors=("Ada Lovelace",),
            categories=("cs.LG", "stat.ML"),
            venue="",
            edition="",
            group="",
            doi="10.1/x",
            submitted=submitted,
            announced=date(2024, 1, 3),
            ordinal=202401_000001,
            withdrawn=False,
            aliases=("a@OpenReview", "b@ACL"),
        )
    ]
    (document,) = load_documents([make_paper(venue="EMNLP", year=2018, group="Long Papers").pk])
    assert (document.venue, document.edition, document.group) == ("EMNLP", "EMNLP.2018", "Long Papers")
    assert (document.branch, document.categories, document.announced, document.submitted) == ("venue", (), None, None)


def test_known_day_goes_before_an_estimated_one() -> None:
    paper = make_paper(categories=("cs.LG",), day=date(2024, 1, 3), evidence=Evidence.ESTIMATED)
    announce(paper, ("cs.AI",), day=date(2024, 1, 5))
    assert load_documents([paper.pk])[0].announced == date(2024, 1, 5)


def test_documents_are_read_in_a_fixed_number_of_queries(django_assert_num_queries) -> None:
    few = [make_paper().pk for _ in range(3)]
    with django_assert_num_queries(3):
        load_documents(few)
    many = few + [make_paper(categories=("cs.LG", "cs.AI"), day=date(2024, 1, 3)).pk for _ in range(30)]
    with django_assert_num_queries(3):
        assert len(load_documents(many)) == 33
    with django_assert_num_queries(5):  # one batch, and the look for another
        assert len(list(all_documents())) == 1


def test_all_documents_come_by_rising_id_each_once() -> None:
    ids = [make_paper().pk for _ in range(25)]
    batches = list(all_documents(batch=10))
    assert [len(batch) for batch in batches] == [10, 10, 5]
    assert [document.paper_id for batch in batches for document in batch] == ids
