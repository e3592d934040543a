"""Pulls of editions: `ask_preview`, `ask_pull`, `cancel` and what a worker then does, against a place on loopback."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from coolpapers.clock import FileClock
from coolpapers.models import Alias, Edition, Group, Paper, Venue
from ingest import editions, jobs, runs
from ingest.models import Incident, Run, RunState, Visited
from ingest.uploads import keep_upload
from ingest.visited import GiveWay, Visits
from tests.factories import make_paper
from tests.ingest import shelf
from tests.ingest.clocks import NOON, standing_clock
from tests.ingest.shelf import HOST, Shelf, paper
from tests.upstream.places import CHALLENGE, FakePlaces, page

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock(settings: Any, tmp_path: Path) -> FileClock:
    settings.DATA_DIR = tmp_path
    return standing_clock(settings, tmp_path)


@pytest.fixture
def place(settings: Any) -> Iterator[Shelf]:
    """25 papers, ten a page."""
    held = Shelf([paper(n, "Oral" if n < 5 else "Poster") for n in range(25)], a_page=10)
    with shelf.registered(), FakePlaces({HOST: held}) as places:
        settings.VENUE_UPSTREAM = places.url
        held.places = places  # type: ignore[attr-defined]
        yield held


@pytest.fixture
def edition(place: Shelf) -> Edition:
    venue = Venue.objects.create(code="COLM")
    return Edition.objects.create(venue=venue, year=2025, source="shelf", fields={"pages": "3"}, added=NOON)


def done(run: Run) -> Run:
    """The run after one attempt."""
    jobs.perform(run.pk)
    run.refresh_from_db()
    return run


def pull(edition: Edition) -> Run:
    return done(editions.ask_pull(edition, by="ada"))


def test_a_pull_stores_the_edition_in_its_order_with_its_groups(edition: Edition) -> None:
    run = pull(edition)
    assert (run.state, run.new, run.report["groups"]) == (RunState.DONE, 25, {"Oral": 5, "Poster": 20})
    keys = Paper.objects.of_edition(edition).order_by("-ordinal").values_list("key", flat=True)
    assert list(keys) == [f"paper{n}@COLM.2025" for n in range(25)]
    edition.refresh_from_db()
    assert edition.pulled is not None
    assert NOON <= edition.pulled < NOON + timedelta(minutes=1)


def test_a_preview_tells_what_a_pull_would_do_and_writes_nothing(edition: Edition, place: Shelf) -> None:
    pull(edition)
    place.papers[0]["abstract"] = "Another abstract."
    place.papers[1:2] = [paper(100)]
    before = list(Paper.objects.order_by("pk").values())
    run = done(editions.ask_preview(edition, by="ada"))
    report = run.report
    assert (report["new"], report["changed"], report["gone"], report["same"]) == (1, 1, 1, 23)
    assert report["shown"]["changed"] == [["paper0@COLM.2025", paper(0)["title"], ["abstract"]]]
    assert report["shown"]["gone"] == [["paper1@COLM.2025", paper(1)["title"]]]
    assert len(report["samples"]) == 10
    assert list(Paper.objects.order_by("pk").values()) == before


def test_a_preview_of_an_edition_that_is_not_here_leaves_no_trace_of_it(place: Shelf) -> None:
    asked = {"venue": "NEW", "year": 2025, "source": "shelf", "fields": {"pages": "3"}, "preview": True}
    run = done(editions.ask_run(asked, by="ada"))
    assert run.report["new"] == 25
    for model in (Venue, Edition, Group, Paper):
        assert not model.objects.exists()


def test_a_pull_after_a_preview_asks_the_place_for_nothing_again(edition: Edition, place: Shelf) -> None:
    preview = done(editions.ask_preview(edition, by="ada"))
    asked = len(place.places.visits)  # type: ignore[attr-defined]
    run = done(editions.ask_pull(edition, by="ada", of=preview))
    assert (run.new, run.requests, len(place.places.visits)) == (25, 0, asked)  # type: ignore[attr-defined]
    assert not Visited.objects.exists()


def test_a_paper_that_is_found_again_is_no_longer_missing(edition: Edition, place: Shelf) -> None:
    pull(edition)
    lost = place.papers.pop(3)
    assert pull(edition).report["gone"] == 1
    assert Paper.objects.get(missing_since__isnull=False).key == "paper3@COLM.2025"
    place.papers.insert(3, lost)
    pull(edition)
    assert not Paper.objects.filter(missing_since__isnull=False).exists()


def test_a_second_pull_of_the_same_changes_nothing(edition: Edition) -> None:
    pull(edition)
    revisions = list(Paper.objects.values_list("key", "revision", "changed"))
    run = pull(edition)
    assert (run.new, run.changed, run.same) == (0, 0, 25)
    assert list(Paper.objects.values_list("key", "revision", "changed")) == revisions


def test_the_same_paper_under_another_key_is_one_paper(edition: Edition, place: Shelf) -> None:
    pull(edition)
    place.papers[2] = {**place.papers[2], "id": "camera-ready2"}
    run = pull(edition)
    assert (run.new, run.report["gone"], Paper.objects.count()) == (0, 0, 25)
    assert Alias.objects.get().key == "camera-ready2@COLM.2025"


def test_a_paper_that_stands_there_twice_is_taken_once(edition: Edition, place: Shelf) -> None:
    place.papers += [{**paper(7), "id": "again7"}, paper(8)]
    run = pull(edition)
    assert (run.new, run.report["twice"]) == (25, 2)
    assert "2 papers there twice: taken once." in run.report["warnings"]


def test_too_few_papers_are_told(edition: Edition) -> None:
    Edition.objects.update(expected=26)
    edition.refresh_from_db()
    assert "25 papers found, 26 expected." in pull(edition).report["warnings"]


def test_entries_that_cannot_be_read_are_told_one_by_one(edition: Edition, place: Shelf) -> None:
    place.papers[4] = {"id": "broken", "title": ""}
    place.papers[5]["status"] = "Reject"
    run = pull(edition)
    assert (run.new, run.bad, run.report["unaccepted"]) == (23, 1, 1)
    assert run.notes == ["entry 5: there is no title"]


def test_an_edition_without_papers_is_an_error_and_not_an_empty_edition(edition: Edition, place: Shelf) -> None:
    pull(edition)
    place.papers.clear()
    run = pull(edition)
    assert (run.state, run.error) == (RunState.FAILED, "Shelf has no accepted paper for COLM.2025.")
    assert Paper.objects.filter(missing_since=None).count() == 25


def test_the_schedule_never_marks_most_of_an_edition_as_missing(edition: Edition, place: Shelf) -> None:
    pull(edition)
    del place.papers[5:]
    run = done(editions.ask_pull(edition, by=""))
    assert run.state == RunState.FAILED
    assert "20 of 25 papers held were not found. Nothing was changed" in run.error
    assert not Paper.objects.filter(missing_since__isnull=False).exists()
    assert Incident.objects.get(ended=None).subject == "failed pull-venue COLM.2025"


def test_what_somebody_asked_for_and_fails_is_no_incident(edition: Edition, place: Shelf) -> None:
    place.papers.clear()
    assert pull(edition).state == RunState.FAILED
    assert not Incident.objects.exists()


def test_an_attempt_goes_on_where_the_one_before_stopped(edition: Edition, place: Shelf, clock: FileClock) -> None:
    places: FakePlaces = place.places  # type: ignore[attr-defined]
    places.fault(HOST, page("", 503), "/colm/2")
    run = pull(edition)
    assert (run.state, run.requests, Paper.objects.count()) == (RunState.DUE, 2, 0)
    run = until_over(run, clock)
    assert (run.state, run.new) == (RunState.DONE, 25)
    assert sorted(places.paths(HOST)) == ["/colm/0", "/colm/1", "/colm/2", "/colm/2"]


def until_over(run: Run, clock: FileClock) -> Run:
    """Attempts at the instants that the run waits for."""
    for _ in range(5):
        if run.state != RunState.DUE:
            return run
        clock.set(max(clock.now(), run.not_before))
        run = done(run)
    return run


def test_a_page_for_humans_is_no_edition_without_papers(edition: Edition, place: Shelf) -> None:
    place.places.fault(HOST, CHALLENGE, "/colm/0")  # type: ignore[attr-defined]
    run = pull(edition)
    assert run.state == RunState.DUE
    assert "human" in run.error


def test_a_cancelled_run_writes_nothing_more(edition: Edition) -> None:
    run = runs.take(editions.ask_pull(edition, by="ada").pk, "a worker")
    assert run is not None
    assert editions.cancel(Run.objects.get(pk=run.pk))
    with pytest.raises(runs.LeaseLost):
        editions.pull_venue(run)
    run.refresh_from_db()
    assert (run.state, Paper.objects.count(), Visited.objects.count()) == (RunState.CANCELLED, 0, 0)
    assert not editions.cancel(run)
    assert editions.active_run(edition) is None


def test_an_edition_is_pulled_by_one_run_at_a_time(edition: Edition) -> None:
    editions.ask_preview(edition, by="ada")
    with pytest.raises(editions.NotPullable, match="being pulled already"):
        editions.ask_pull(edition, by="bob")


def test_an_edition_that_is_not_filled_in_says_what_is_missing(edition: Edition) -> None:
    edition.source = ""
    with pytest.raises(editions.NotPullable, match="Choose the source"):
        editions.ask_pull(edition, by="ada")
    edition.source, edition.fields = "shelf", {"pages": "many"}
    with pytest.raises(editions.NotPullable, match="'many' can't be right: write it like 3"):
        editions.ask_pull(edition, by="ada")


def test_an_uploaded_file_is_read(edition: Edition) -> None:
    lines = b'{"id": "a", "title": "A title of a paper", "authors": ["Ada"]}\n'
    upload = keep_upload(name="colm.jsonl", body=lines, by="ada")
    run = done(editions.ask_pull(edition, by="ada", upload=upload))
    assert (run.new, Paper.objects.get().title) == (1, "A title of a paper")


def test_the_schedule_asks_again_after_so_many_days(edition: Edition, clock: FileClock) -> None:
    assert editions.ask_for_due() == []
    Edition.objects.update(every=7)
    (run,) = editions.ask_for_due()
    assert (run.edition, run.asked_by) == (edition, "")
    assert editions.ask_for_due() == []  # it is on its way
    done(run)
    clock.set(NOON + 6 * DAY)
    assert editions.ask_for_due() == []
    done(editions.ask_preview(edition, by="ada"))  # which is no pull
    clock.set(NOON + 7 * DAY)
    assert len(editions.ask_for_due()) == 1


def test_a_long_pull_lets_others_go_first(edition: Edition) -> None:
    run = runs.take(editions.ask_pull(edition, by="ada").pk, "a worker")
    assert run is not None
    get = Visits(run, patient=0, looked=0)
    get(f"https://{HOST}/colm/0", expect="json")
    other = Edition.objects.create(venue=edition.venue, year=2026, source="shelf", fields={}, added=NOON)
    editions.ask_preview(other, by="ada")
    get(f"https://{HOST}/colm/0", expect="json")  # it was got before
    with pytest.raises(GiveWay):
        get(f"https://{HOST}/colm/1", expect="json")


def test_copies_on_arxiv_are_linked_by_the_pull(edition: Edition, place: Shelf) -> None:
    text = "We look at the same thing from many sides, and say so in a text that is long enough to be compared with it."
    place.papers[0] = paper(0, abstract=text)
    arxiv = make_paper(key="2501.00001", title=paper(0)["title"], authors=paper(0)["authors"], abstract=text)
    run = pull(edition)
    assert run.report["linked"] == 1
    arxiv.refresh_from_db()
    assert Paper.objects.copies_of(arxiv).get().key == "paper0@COLM.2025"
