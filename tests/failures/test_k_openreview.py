"""Lists K and E, what speaks of OpenReview: two APIs and what they call an accepted paper, pages of 1,000 notes, hidden
authors, and one paper twice."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from coolpapers.models import Edition, Paper, Venue
from ingest import editions, jobs
from ingest.models import Run, RunState
from ingest.sources.base import Asked, BadPage, Got, Part
from ingest.sources.openreview import SOURCE, group_of, read_note, read_page
from tests.coolpapers.test_lists import get
from tests.ingest.clocks import NOON, standing_clock
from tests.upstream.fault import Answer
from tests.upstream.places import FakePlaces, Place, Visit, page
from tests.upstream.places.openreview import HOSTS, decided, note, place
from tests.upstream.places.papers import HeldPaper

VENUE = "ICLR.cc/2024/Conference"
Note = dict[str, Any]


def paper(number: int, group: str = "Poster") -> HeldPaper:
    return HeldPaper(
        f"Study {number} of Things", (f"Ada Author{number}", "Bob Writer"), f"We look at {number} things.", group
    )


def with_content(told: Note, **fields: object) -> Note:
    """The note with other fields, wrapped or plain as its own are; None takes one away."""
    wrapped = isinstance(told["content"]["title"], dict)
    changed = {name: {"value": value} if wrapped else value for name, value in fields.items()}
    content = told["content"] | changed
    return {**told, "content": {name: field for name, field in content.items() if fields.get(name, "") is not None}}


def read(told: Note, venueid: str = VENUE) -> dict[str, Any]:
    row = read_note(told, venueid)
    assert row is not None, "it is accepted"
    return row


# --- Two shapes --------------------------------------------------------------------------------------------------
def test_k6_both_shapes_of_a_note_become_the_same_row() -> None:
    one, other = (read(note(7, paper(7), VENUE, api=api)) for api in ("1", "2"))
    assert one == other
    assert (one["title"], one["authors"]) == (paper(7).title, list(paper(7).authors))
    assert one["site"] == "https://openreview.net/forum?id=paper00007"
    assert one["pdf"] == "https://openreview.net/pdf?id=paper00007"


def test_k6_a_paper_without_a_file_has_no_link_to_one() -> None:
    assert read(with_content(note(7, paper(7), VENUE), pdf=None))["pdf"] == ""


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"notes": 3}', b'{"notes": [3]}', b"\xff{", b"[" * 100_000, b'{"notes": null}']
)
def test_k6_an_answer_of_another_shape_is_no_page(body: bytes) -> None:
    with pytest.raises(BadPage):
        read_page(body)


@pytest.mark.parametrize(
    "broken", [{"content": None}, {"content": []}, {"content": {"title": {}, "venueid": {"value": VENUE}}}, {}]
)
def test_k6_a_broken_note_is_told_and_costs_no_other(broken: Note) -> None:
    told = {"id": "broken\ud800\x00", "forum": "broken", **broken}
    part = only_part([told, note(1, paper(1), VENUE)])
    assert [record.key for record in part.records] == ["paper00001@OpenReview"]
    assert [bad.key for bad in part.bad] == ["broken@OpenReview"]


@pytest.mark.django_db
def test_k6_a_paper_whose_note_breaks_is_not_missing(pull: Callable[..., Run]) -> None:
    notes = notes_of(3)
    pull(place(VENUE, notes))
    run = pull(place(VENUE, [*notes[:2], with_content(notes[2], title="")]))
    assert (run.state, run.bad, run.report["gone"]) == (RunState.DONE, 1, 0)
    assert run.notes == ["paper00002@OpenReview: there is no title"]


@pytest.mark.parametrize("id", ["", None, 3, "a/b", "../../etc", "x" * 200, "a\ud800b", {"a": 1}])
def test_k6_a_note_whose_id_makes_no_address_is_told(id: object) -> None:
    part = only_part([{**note(0, paper(0), VENUE), "id": id, "forum": id}, note(1, paper(1), VENUE)])
    assert [record.key for record in part.records] == ["paper00001@OpenReview"]
    assert len(part.bad) == 1


def only_part(notes: Sequence[Note]) -> Part:
    """What one answer of API 2 becomes."""

    def get(url: str, *, expect: str = "", missing_ok: bool = False) -> Got:
        return Got(url, json.dumps({"notes": list(notes), "count": len(notes)}).encode())

    (part,) = SOURCE.pull(Asked("ICLR", 2024, fields={"venueid": VENUE}), get)
    return part


# --- What is accepted --------------------------------------------------------------------------------------------
NOT_ACCEPTED = [
    "Submitted to ICLR 2024",
    "ICLR 2024 Submitted",
    "ICLR 2024 Conference Submission",
    "ICLR 2024 Conference Blind Submission",
    "ICLR 2024 Conference Withdrawn Submission",
    "ICLR 2024 Conference Desk Rejected Submission",
    "Under review at ICLR 2024",
    "Decision pending for ICLR 2024",
    "ICLR 2024 Invite to Workshop Track",
]


@pytest.mark.parametrize("api", ["1", "2"])
@pytest.mark.parametrize("venue", NOT_ACCEPTED)
def test_k6_a_note_that_keeps_the_venue_id_is_not_accepted_where_its_venue_says_so(venue: str, api: str) -> None:
    assert read_note(note(0, paper(0), VENUE, api=api, venue=venue), VENUE) is None


@pytest.mark.parametrize("api", ["1", "2"])
@pytest.mark.parametrize("state", ["Withdrawn_Submission", "Rejected_Submission", "Desk_Rejected_Submission"])
def test_k6_a_changed_venue_id_is_not_the_venue(state: str, api: str) -> None:
    assert read_note(note(0, paper(0), f"{VENUE}/{state}", api=api), VENUE) is None


def test_k6_a_deleted_note_is_no_paper() -> None:
    assert read_note({**note(0, paper(0), VENUE), "ddate": 1700000000000}, VENUE) is None


@pytest.mark.parametrize(
    ("decision", "group"),
    [
        ("Accept (Talk)", "Oral"),
        ("Accept (Spotlight)", "Spotlight"),
        ("Accept (Poster)", "Poster"),
        ("Accept: Poster", "Poster"),
        ("Accept", ""),
        ("Reject", None),
        ("Invite to Workshop Track", None),
        ("", None),
    ],
)
def test_k6_in_older_years_a_reply_tells_the_decision(decision: str, group: str | None) -> None:
    row = read_note(decided(0, paper(0), VENUE, decision), VENUE)
    assert (row and row["group"]) == group


@pytest.mark.parametrize(
    ("invitation", "content"),
    [
        ("ICLR.cc/2017/conference/-/paper12/acceptance", {"decision": "Accept (Oral)"}),
        ("ICLR.cc/2018/Conference/-/Acceptance_Decision", {"decision": "Accept (Oral)"}),
        ("ICLR.cc/2019/Conference/-/Paper12/Meta_Review", {"recommendation": "Accept (Oral)"}),
        ("ICLR.cc/2020/Conference/Paper12/-/Decision", {"decision": "Accept (Talk)"}),
    ],
)
def test_k6_each_year_had_a_name_of_its_own_for_the_decision(invitation: str, content: Note) -> None:
    told = decided(0, paper(0), VENUE, "")
    comment = {"invitation": "x/-/Official_Comment", "content": {"title": "Accept it", "decision": "Accept (Poster)"}}
    told["details"]["directReplies"] = [comment, 3, None, {"invitation": invitation, "content": content}]
    assert read(told)["group"] == "Oral"


def test_k6_the_chairs_decision_counts_more_than_what_was_recommended() -> None:
    told = decided(0, paper(0), VENUE, "Reject")
    recommended = {"invitation": f"{VENUE}/Paper0/-/Meta_Review", "content": {"recommendation": "Accept (Poster)"}}
    told["details"]["directReplies"].insert(0, recommended)
    assert read_note(told, VENUE) is None


def test_k6_where_nothing_says_that_an_older_paper_was_accepted_it_is_not() -> None:
    told = {**note(0, paper(0), VENUE, api="1"), "invitation": f"{VENUE}/-/Blind_Submission"}
    assert read_note(with_content(told, venue=None), VENUE) is None
    assert read(with_content(note(0, paper(0), VENUE), venue=None))["group"] == ""


# --- Groups ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("venue", "group"),
    [
        ("ICLR 2024 oral", "Oral"),
        ("ICLR 2024 spotlight", "Spotlight"),
        ("ICLR 2024 poster", "Poster"),
        ("ICML 2025 spotlightposter", "Spotlight"),
        ("ICLR 2025 conditionaloral", "Oral"),
        ("NeurIPS 2022 Accept", ""),
        ("NeurIPS 2023 Datasets and Benchmarks Poster", "Datasets and Benchmarks Poster"),
        ("NeurIPS 2021 Datasets and Benchmarks Track (Round 1)", "Datasets and Benchmarks Round 1"),
        ("EMNLP 2023 Findings", "Findings"),
        ("EMNLP 2023 Main", ""),
        ("ICLR 2023 notable top 5%", "Notable top 5%"),
        ("COLM", ""),
        ("COLM 2024", ""),
        ("CogInterp @ NeurIPS 2025 Poster", "Poster"),
        ("CODEML@ICML25 Spotlight 2025", "Spotlight"),
        ("Temporal Graphs Workshop 2024 Poster", "Poster"),
        ("ICLR 2024 Behavioral Science Poster", "Behavioral Science Poster"),
        ("", ""),
    ],
)
def test_k6_oral_spotlight_poster_and_tracks_are_told_however_they_are_written(venue: str, group: str) -> None:
    assert group_of(venue) == group


# --- Authors -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("told", "names"),
    [
        (["Anonymous"], []),
        (["Anonymous authors"], []),
        (["anonymous author(s) "], []),
        (["Paper under double-blind review"], []),
        (["Ada Anonymous"], ["Ada Anonymous"]),
        ([], []),
        (None, []),
        ("Ada Author, Bob Writer", ["Ada Author", "Bob Writer"]),
        ([{"fullname": "Ada Author", "username": "~Ada1"}, {"username": "~Bob1"}, None, 3], ["Ada Author"]),
    ],
)
def test_k6_authors_that_are_not_told_are_nobody(told: object, names: list[str]) -> None:
    assert read(with_content(note(0, paper(0), VENUE), authors=told))["authors"] == names


def test_k6_a_paper_without_authors_is_a_paper() -> None:
    part = only_part([with_content(note(0, paper(0), VENUE), authors=["Anonymous"])])
    assert [record.authors for record in part.records] == [()]


# --- Pages -------------------------------------------------------------------------------------------------------
@pytest.fixture
def pull(settings: Any, tmp_path: Path) -> Callable[..., Run]:
    """Pull ICLR.2024 from a place; the run when it is through."""
    settings.DATA_DIR = tmp_path
    standing_clock(settings, tmp_path)

    def pull(answer: Place, api: str = "2") -> Run:
        with FakePlaces({HOSTS[api]: answer}) as places:
            settings.VENUE_UPSTREAM = places.url
            venue, _ = Venue.objects.get_or_create(code="ICLR")
            known = {"source": "openreview", "fields": {"venueid": VENUE, "api": api}, "added": NOON}
            edition, _ = Edition.objects.get_or_create(venue=venue, year=2024, defaults=known)
            run = editions.ask_pull(edition, by="ada")
            jobs.perform(run.pk)
            run.refresh_from_db()
            return run

    return pull


def changed(answer: Place, change: Callable[[Visit, Note], object]) -> Place:
    """The place, with its answers changed."""

    def instead(visit: Visit) -> Answer:
        if visit.path != "/notes":
            return answer(visit)
        told = json.loads(answer(visit).body)
        change(visit, told)
        return page(json.dumps(told), content_type="application/json")

    return instead


def notes_of(count: int, api: str = "2") -> list[Note]:
    return [note(number, paper(number), VENUE, api=api) for number in range(count)]


@pytest.mark.django_db
@pytest.mark.parametrize(("api", "told"), [("2", True), ("1", True), ("2", False)])
@pytest.mark.parametrize("count", [1000, 2001])
def test_k6_an_edition_of_several_pages_is_pulled_whole(
    pull: Callable[..., Run], count: int, api: str, told: bool
) -> None:
    held = place(VENUE, notes_of(count, api))
    run = pull(held if told else changed(held, lambda visit, answer: answer.pop("count")), api)
    assert (run.state, run.error, run.new, run.report["twice"]) == (RunState.DONE, "", count, 0)
    assert Paper.objects.count() == count


@pytest.mark.django_db
def test_k6_pages_that_end_too_early_are_no_shorter_edition(pull: Callable[..., Run]) -> None:
    def end(visit: Visit, answer: Note) -> None:
        if visit.first("offset") != "0":
            answer["notes"] = []

    run = pull(changed(place(VENUE, notes_of(1001)), end))
    assert (run.state, Paper.objects.count()) == (RunState.FAILED, 0)
    assert "it ends after 1,000 of 1,001 notes" in run.error


@pytest.mark.django_db
def test_k6_a_place_that_repeats_its_first_page_is_no_edition(pull: Callable[..., Run]) -> None:
    notes = notes_of(1001)
    run = pull(changed(place(VENUE, notes), lambda visit, answer: answer.update(notes=notes[:1000])))
    assert (run.state, Paper.objects.count()) == (RunState.FAILED, 0)
    assert "the same notes again" in run.error


@pytest.mark.django_db
def test_k6_a_venue_id_that_has_nothing_says_what_to_try(pull: Callable[..., Run]) -> None:
    run = pull(place("ICLR.cc/2023/Conference", notes_of(3)))
    assert (run.state, Paper.objects.count()) == (RunState.FAILED, 0)
    assert "look at the venue id, or try the other API" in run.error


@pytest.mark.django_db
def test_k6_the_report_counts_what_was_not_accepted(pull: Callable[..., Run]) -> None:
    refused = [note(9, paper(9), VENUE, api="1", venue="ICLR 2024 Submitted"), decided(8, paper(8), VENUE, "Reject")]
    run = pull(place(VENUE, [*notes_of(3, "1"), *refused]), "1")
    assert (run.state, run.new, run.report["unaccepted"], run.report["told"]) == (RunState.DONE, 3, 2, 5)
    assert run.report["warnings"] == []


# --- E7: the same paper twice, and papers that were not accepted -------------------------------------------------
@pytest.mark.django_db
def test_e7_a_note_on_two_pages_is_one_paper(pull: Callable[..., Run]) -> None:
    notes = notes_of(1001)

    def overlap(visit: Visit, answer: Note) -> None:
        answer["count"] = 1002
        if visit.first("offset") != "0":
            answer["notes"] = notes[999:]

    run = pull(changed(place(VENUE, notes), overlap))
    assert (run.state, run.new, run.report["twice"]) == (RunState.DONE, 1001, 1)
    assert Paper.objects.filter(key="paper00999@OpenReview").count() == 1
    assert "1 paper there twice: taken once." in run.report["warnings"]


@pytest.mark.django_db
def test_e7_a_paper_that_was_submitted_twice_is_one_paper(pull: Callable[..., Run]) -> None:
    again = {**note(5, paper(1), VENUE), "id": "again00005", "forum": "again00005"}
    run = pull(place(VENUE, [*notes_of(3), again]))
    assert (run.new, run.report["twice"], Paper.objects.count()) == (3, 1, 3)


@pytest.mark.django_db
@pytest.mark.parametrize("venue", NOT_ACCEPTED)
def test_e7_what_was_withdrawn_or_rejected_is_not_in_the_edition(
    client: Client, pull: Callable[..., Run], venue: str
) -> None:
    run = pull(place(VENUE, [*notes_of(2), note(2, paper(2), VENUE, venue=venue)]))
    assert (run.new, run.report["unaccepted"]) == (2, 1)
    html = get(client, Edition.objects.get().get_absolute_url())
    assert paper(1).title in html
    assert paper(2).title not in html


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["Withdrawn_Submission", "Desk_Rejected_Submission"])
def test_e7_a_paper_that_is_withdrawn_later_is_marked_and_kept(pull: Callable[..., Run], state: str) -> None:
    notes = notes_of(3)
    pull(place(VENUE, notes))
    run = pull(place(VENUE, [*notes[:2], note(2, paper(2), f"{VENUE}/{state}")]))
    assert (run.state, run.new, run.report["gone"]) == (RunState.DONE, 0, 1)
    assert Paper.objects.count() == 3
    assert Paper.objects.get(missing_since__isnull=False).key == "paper00002@OpenReview"
