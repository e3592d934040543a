"""Records become rows once, whole, and never lose what is known."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from coolpapers.models import Alias, Announcement, Edition, Group, IndexDue, Paper, PaperCategory, Venue, Work
from ingest.record import Announced, PaperRecord, Place
from ingest.store import link_copies, save_batch, save_records, unlink_copy

pytestmark = pytest.mark.django_db

SUBMITTED = datetime(2017, 6, 12, 17, 57, 34, tzinfo=UTC)
OBSERVED = Announced(date(2017, 6, 13), "new", "observed")
ESTIMATED = Announced(date(2017, 6, 14), "new", "estimated")


def arxiv(key: str = "1706.03762", **changes: object) -> PaperRecord:
    record = PaperRecord(
        key=key, branch="arxiv", title="Attention", abstract="Text.", authors=("A", "B"), categories=("cs.CL", "cs.LG"),
        submitted=SUBMITTED, announced=(OBSERVED,), ordinal=201706003762,
    )  # fmt: skip
    return replace(record, **changes)  # type: ignore[arg-type]


def venue(key: str = "P18-1001@ACL", place: Place | None = None, **changes: object) -> PaperRecord:
    record = PaperRecord(key=key, branch="venue", title="A paper", place=place or Place("ACL", 2018, "Long Papers"))
    return replace(record, **changes)  # type: ignore[arg-type]


def test_a_key_that_a_paper_has_is_no_other_papers_alias() -> None:
    forum = venue("nI7EmXq2PL@OpenReview", aliases=("ab12@2023@NeurIPS",))
    save_records(records=[forum])
    assert list(Alias.objects.values_list("key", "paper__key")) == [("ab12@2023@NeurIPS", forum.key)]
    save_records(records=[venue("ab12@2023@NeurIPS", title="Held by itself")])
    assert not Alias.objects.exists()
    save_records(records=[replace(forum, abstract="Told again.")])
    assert not Alias.objects.exists()


def test_saving_again_changes_nothing() -> None:
    assert save_records(records=[arxiv(), venue()]).new == 2
    before = list(Paper.objects.order_by("pk").values())
    report = save_records(records=[arxiv(), venue()])
    assert (report.new, report.changed, report.same) == (0, 0, 2)
    assert list(Paper.objects.order_by("pk").values()) == before


def test_batches_hold_every_record() -> None:
    told: list[int] = []
    records = [arxiv(f"1706.{n:05d}", ordinal=201706000000 + n) for n in range(1, 26)]
    report = save_records(records=records, batch=10, progress=told.append)
    assert (report.new, told, Paper.objects.count()) == (25, [10, 10, 5], 25)


def test_key_twice_in_a_batch_is_one_paper() -> None:
    report = save_batch(records=[arxiv(), arxiv(title="Attention, later")])
    assert report.new == 1
    assert Paper.objects.get().title == "Attention, later"


def test_batch_is_stored_whole_or_not_at_all() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        save_batch(records=[arxiv(), venue(title="")])
    assert Paper.objects.count() == IndexDue.objects.count() == 0


def test_changed_paper_gets_a_revision_and_is_due_for_the_index() -> None:
    save_batch(records=[arxiv()])
    paper = Paper.objects.get()
    IndexDue.objects.all().delete()
    report = save_batch(records=[arxiv(title="Attention!")])
    assert report.changed == 1
    due = IndexDue.objects.get()
    assert (due.paper_id, due.revision) == (paper.pk, paper.revision + 1)


def test_new_category_is_a_change() -> None:
    save_batch(records=[arxiv()])
    assert save_batch(records=[arxiv(categories=("cs.CL", "stat.ML"))]).changed == 1
    codes = Paper.objects.get().category_rows.order_by("place").values_list("category_id", "place")
    assert list(codes) == [("cs.CL", 0), ("stat.ML", 1)]


def test_unknown_never_erases_known() -> None:
    save_batch(records=[arxiv(doi="10.1/x", comments="8 pages", version=2, withdrawn=True)])
    report = save_batch(records=[arxiv(doi="", submitted=None, abstract="", authors=(), announced=())])
    paper = Paper.objects.get()
    assert report.same == 1
    assert (paper.doi, paper.submitted, paper.abstract, paper.authors) == ("10.1/x", SUBMITTED, "Text.", ["A", "B"])
    assert (paper.version, paper.withdrawn) == (2, True)


def test_instant_is_not_lost_to_a_day() -> None:
    save_batch(records=[arxiv()])
    save_batch(records=[arxiv(submitted=datetime(2017, 6, 12, tzinfo=UTC), submitted_day_only=True)])
    paper = Paper.objects.get()
    assert (paper.submitted, paper.submitted_day_only) == (SUBMITTED, False)


def test_older_version_never_replaces_a_newer_one() -> None:
    save_batch(records=[arxiv(version=3, title="Third")])
    assert save_batch(records=[arxiv(version=2, title="Second")]).same == 1
    assert Paper.objects.get().title == "Third"


def test_newer_version_clears_a_withdrawal() -> None:
    save_batch(records=[arxiv(version=2, withdrawn=True, withdrawn_reason="an error")])
    save_batch(records=[arxiv(version=3)])
    paper = Paper.objects.get()
    assert (paper.withdrawn, paper.withdrawn_reason) == (False, "")


def test_observed_day_replaces_an_estimate() -> None:
    save_batch(records=[arxiv(announced=(ESTIMATED,))])
    assert set(PaperCategory.objects.values_list("day", "approximate")) == {(ESTIMATED.day, True)}
    save_batch(records=[arxiv()])
    assert set(PaperCategory.objects.values_list("day", "approximate")) == {(OBSERVED.day, False)}
    assert [a.evidence for a in Announcement.objects.all()] == ["observed"]


def test_estimate_never_replaces_an_observed_day() -> None:
    save_batch(records=[arxiv()])
    assert save_batch(records=[arxiv(announced=(ESTIMATED,))]).same == 1
    assert set(PaperCategory.objects.values_list("day", "approximate")) == {(OBSERVED.day, False)}


def test_replacement_is_no_new_day_of_a_category() -> None:
    later = Announced(date(2017, 8, 1), "replace", "observed")
    save_batch(records=[arxiv(announced=(OBSERVED, later))])
    assert set(PaperCategory.objects.values_list("day", flat=True)) == {OBSERVED.day}
    assert Announcement.objects.count() == 2


def test_venue_is_one_whatever_its_case() -> None:
    save_batch(records=[venue(), venue("P18-1002@ACL", Place("acl", 2018, "Short Papers"))])
    assert Venue.objects.get().code == "ACL"
    assert [str(e) for e in Edition.objects.all()] == ["ACL.2018"]
    assert {g.name for g in Group.objects.all()} == {"Long Papers", "Short Papers"}


# --- What the database itself refuses ---
def test_venue_paper_needs_a_group_and_arxiv_paper_has_none() -> None:
    save_batch(records=[arxiv(), venue()])
    with pytest.raises(IntegrityError, match="paper_group_iff_venue"), transaction.atomic():
        Paper.objects.filter(branch="venue").update(group=None)
    with pytest.raises(IntegrityError, match="paper_group_iff_venue"), transaction.atomic():
        Paper.objects.filter(branch="arxiv").update(group=Group.objects.get())


@pytest.mark.parametrize("changes", [{"branch": "biorxiv"}, {"title": ""}, {"key": ""}, {"version": 0}])
def test_database_refuses_nonsense(changes: dict[str, object]) -> None:
    save_batch(records=[arxiv()])
    with pytest.raises(IntegrityError), transaction.atomic():
        Paper.objects.update(**changes)


def test_paper_has_one_primary_category() -> None:
    save_batch(records=[arxiv()])
    with pytest.raises(IntegrityError), transaction.atomic():
        PaperCategory.objects.update(place=0)


# --- Works ---
def test_copies_are_linked_and_the_link_can_be_undone() -> None:
    save_batch(records=[arxiv(), venue(), venue("x@OpenReview")])
    first, second, third = Paper.objects.order_by("pk")
    link_copies(papers=[first, second])
    work = link_copies(papers=[Paper.objects.get(pk=second.pk), third])
    assert set(work.papers.all()) == {first, second, third}
    assert set(Paper.objects.copies_of(Paper.objects.get(pk=first.pk))) == {second, third}
    for paper in (first, second, third):
        unlink_copy(paper=Paper.objects.get(pk=paper.pk))
    assert not Work.objects.exists()
    assert Paper.objects.count() == 3
