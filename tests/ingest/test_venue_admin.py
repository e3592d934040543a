"""Venues in the admin: forms, preview, pull, progress, cancel, roles and the log, against a place on loopback."""

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from coolpapers.models import Edition, Paper, Venue, VenueName
from ingest import jobs
from ingest.models import Copy, Run, RunState
from ingest.roles import EDITORS
from tests.factories import make_paper
from tests.ingest import shelf
from tests.ingest.clocks import NOON, standing_clock
from tests.ingest.shelf import HOST, Shelf, paper
from tests.upstream.places import FakePlaces

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(settings: Any, tmp_path: Path) -> Iterator[Shelf]:
    """25 papers, ten a page; messages go to a broker that nobody listens to."""
    settings.DATA_DIR = tmp_path
    settings.CELERY_BROKER_URL = f"sqla+sqlite:///{tmp_path / 'broker.sqlite3'}"
    standing_clock(settings, tmp_path)
    held = Shelf([paper(n, "Oral" if n < 5 else "Poster") for n in range(25)], a_page=10)
    with shelf.registered(), FakePlaces({HOST: held}) as places:
        settings.VENUE_UPSTREAM = places.url
        yield held


@pytest.fixture
def editor(place: Shelf) -> Client:
    """Logged in; nothing more than an editor."""
    user = User.objects.create_user("eve", is_staff=True)
    user.groups.add(Group.objects.get(name=EDITORS))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def edition(place: Shelf) -> Edition:
    venue = Venue.objects.create(code="COLM")
    return Edition.objects.create(venue=venue, year=2025, source="shelf", fields={"pages": "3"}, added=NOON)


def text(answer: Any) -> str:
    """What a page says, on one line."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def form(**changes: object) -> dict[str, object]:
    """What the form of an edition sends."""
    told: dict[str, object] = {
        "year": 2025,
        "label": "",
        "source": "shelf",
        "expected": "",
        "every": "",
        "licence_note": "",
    }
    return {**told, "shelf-shelf": "colm", "shelf-pages": "3", **changes}


ADD = "/admin/coolpapers/edition/add/"


def act(client: Client, edition: Edition, what: str, **more: Any) -> Run:
    """Press a button, let a worker do what was asked for, and see the run."""
    answer = client.post(f"/admin/coolpapers/edition/{edition.pk}/{what}/", more)
    run = Run.objects.latest("pk")
    assert answer.status_code == 302
    assert answer["Location"] == f"/admin/coolpapers/edition/{edition.pk}/run/{run.pk}/"
    return run


# --- Forms -------------------------------------------------------------------------------------------------------
def test_a_venue_is_added_with_its_other_names(editor: Client) -> None:
    names = {"names-TOTAL_FORMS": "1", "names-INITIAL_FORMS": "0", "names-0-code": "CLM"}
    editor.post("/admin/coolpapers/venue/add/", {"code": "COLM", "name": "Conference on Language Modeling", **names})
    assert VenueName.objects.get().venue.code == "COLM"
    assert "COLM" in text(editor.get("/admin/coolpapers/venue/?q=clm"))


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("search", "is a page of this site already"),
        ("Latest", "is a page of this site already"),
        ("colm", "There is a venue colm already"),
        ("nips", "is another name of NeurIPS already"),
        ("A.B", "Write letters"),
        ("a@b", "Write letters"),
        ("<script>", "Write letters"),
        ("", "required"),
    ],
)
def test_a_code_that_would_lead_elsewhere_is_refused(editor: Client, code: str, why: str) -> None:
    Venue.objects.create(code="COLM")
    VenueName.objects.create(code="NIPS", venue=Venue.objects.create(code="NeurIPS"))
    names = {"names-TOTAL_FORMS": "0", "names-INITIAL_FORMS": "0"}
    assert why in text(editor.post("/admin/coolpapers/venue/add/", {"code": code, "name": "", **names}))
    assert Venue.objects.count() == 2


def test_an_edition_is_added_with_what_its_source_asks_for(editor: Client) -> None:
    venue = Venue.objects.create(code="COLM")
    answer = editor.post(ADD, form(venue=venue.pk, expected="25"))
    edition = Edition.objects.get()
    assert answer["Location"] == f"/admin/coolpapers/edition/{edition.pk}/change/"
    assert (edition.source, edition.fields, edition.expected, edition.added) == (
        "shelf", {"shelf": "colm", "pages": "3"}, 25, NOON,
    )  # fmt: skip
    page = editor.get(answer["Location"]).content.decode()
    assert 'value="colm"' in page
    assert "From Shelf" in page


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"shelf-pages": "many"}, "can't be right"),
        ({"label": "a.b"}, "Write letters and digits"),
        ({"year": "1500"}, "year"),
        ({"source": "nothing"}, "not one of the available choices"),
        ({"source": "openreview", "openreview-venueid": ""}, "Venue id is missing"),
        ({"source": "openreview", "openreview-venueid": "a b"}, "can't be right"),
        ({"source": "pmlr", "pmlr-volume": "x" * 3000}, "at most"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_saved(
    editor: Client, changes: dict[str, str], why: str
) -> None:
    venue = Venue.objects.create(code="COLM")
    answer = editor.post(ADD, form(venue=venue.pk, **changes))
    assert answer.status_code == 200
    assert why in text(answer)
    assert not Edition.objects.exists()


def test_an_edition_is_there_once_and_not_also_of_its_own_venue(editor: Client, edition: Edition) -> None:
    again = editor.post(ADD, form(venue=edition.venue.pk))
    assert "There is an edition COLM.2025 already" in text(again)
    joint = editor.post(ADD, form(venue=edition.venue.pk, year=2026, also_of=[edition.venue.pk]))
    assert "It is an edition of COLM already" in text(joint)
    editor.post(ADD, form(venue=edition.venue.pk, label="Fall"))
    assert {str(one) for one in Edition.objects.all()} == {"COLM.2025", "COLM.2025-Fall"}


def test_every_source_is_offered_with_its_fields_and_unverified_ones_say_so(editor: Client, edition: Edition) -> None:
    page = text(editor.get(ADD))
    for words in ("OpenReview", "ACL Anthology", "NDSS (unverified)", "Unverified: it rests on", "Example: CVPR2024"):
        assert words in page


# --- Preview, pull, cancel ---------------------------------------------------------------------------------------
def test_a_preview_shows_what_a_pull_would_do_and_then_does_it(editor: Client, edition: Edition, place: Shelf) -> None:
    edition.expected = 26
    edition.save()
    run = act(editor, edition, "preview")
    waiting = editor.get(f"/admin/coolpapers/edition/{edition.pk}/run/{run.pk}/")
    assert "Waits for a worker" in text(waiting)
    assert 'data-follow="?part"' in waiting.content.decode()
    assert "A preview is under way" in text(editor.get(f"/admin/coolpapers/edition/{edition.pk}/change/"))
    jobs.perform(run.pk)
    part = editor.get(f"/admin/coolpapers/edition/{edition.pk}/run/{run.pk}/?part")
    assert "<html" not in part.content.decode()
    for words in ("Preview: nothing was written", "new 25", "Oral 5", "Poster 20", "25 papers found, 26 expected.",
                  "10 of the papers", paper(0)["title"], paper(24)["title"]):  # fmt: skip
        assert words in text(part)
    assert not Paper.objects.exists()

    pull = act(editor, edition, f"run/{run.pk}/pull")
    jobs.perform(pull.pk)
    assert Paper.objects.count() == 25
    done = text(editor.get(f"/admin/coolpapers/edition/{edition.pk}/run/{pull.pk}/"))
    assert "Done" in done
    assert "Cancel" not in done
    listed = text(editor.get("/admin/coolpapers/edition/?papers=mismatch"))
    assert "26 expected" in listed
    assert "COLM.2025 : 25 of 26 papers" in text(editor.get("/admin/"))


def test_what_changed_and_what_is_missing_is_named(editor: Client, edition: Edition, place: Shelf) -> None:
    jobs.perform(act(editor, edition, "pull").pk)
    place.papers[0]["abstract"] = "Another abstract."
    gone = place.papers.pop(7)
    run = act(editor, edition, "preview")
    jobs.perform(run.pk)
    shown = text(editor.get(f"/admin/coolpapers/edition/{edition.pk}/run/{run.pk}/"))
    assert "paper0@COLM.2025: abstract" in shown
    assert f"{gone['title']} paper7@COLM.2025" in shown
    assert "missing now 1" in shown


def test_a_file_goes_with_it_and_its_errors_are_told_by_line(editor: Client, edition: Edition) -> None:
    Edition.objects.update(source="jsonl", fields={})
    lines = [json.dumps({"title": "<b>One</b>", "authors": ["A B"]}), "{broken", json.dumps({"authors": []})]
    file = SimpleUploadedFile("colm.jsonl", "\n".join(lines).encode())
    run = act(editor, edition, "preview", file=file)
    jobs.perform(run.pk)
    page = editor.get(f"/admin/coolpapers/edition/{edition.pk}/run/{run.pk}/").content.decode()
    assert "line 2: it is no JSON" in page
    assert "line 3: there is no title" in page
    assert "&lt;b&gt;One&lt;/b&gt;" in page


def test_what_cannot_be_pulled_is_told_with_the_remedy(editor: Client, edition: Edition) -> None:
    Edition.objects.update(source="jsonl", fields={})
    answer = editor.post(f"/admin/coolpapers/edition/{edition.pk}/pull/", follow=True)
    assert "JSON Lines reads a file: give one, or its address." in text(answer)
    Edition.objects.update(source="shelf")
    act(editor, edition, "pull")
    answer = editor.post(f"/admin/coolpapers/edition/{edition.pk}/pull/", follow=True)
    assert "is being pulled already" in text(answer)
    assert Run.objects.count() == 1


def test_a_run_is_cancelled_and_nothing_is_written(editor: Client, edition: Edition) -> None:
    run = act(editor, edition, "pull")
    act(editor, edition, f"run/{run.pk}/cancel")
    jobs.perform(run.pk)
    run.refresh_from_db()
    assert (run.state, Paper.objects.count()) == (RunState.CANCELLED, 0)
    answer = editor.post(f"/admin/coolpapers/edition/{edition.pk}/run/{run.pk}/cancel/", follow=True)
    assert "It was over already." in text(answer)


def test_a_failure_says_why_and_that_nothing_was_changed(editor: Client, edition: Edition, place: Shelf) -> None:
    place.papers.clear()
    run = act(editor, edition, "pull")
    jobs.perform(run.pk)
    shown = text(editor.get(f"/admin/coolpapers/edition/{edition.pk}/run/{run.pk}/"))
    assert "Failed: nothing was changed" in shown
    assert "Shelf has no accepted paper for COLM.2025." in shown


def test_who_may_only_look_sees_the_edition_and_no_buttons(editor: Client, edition: Edition) -> None:
    user = User.objects.create_user("ann", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_edition"))
    client = Client()
    client.force_login(user)
    page = client.get(f"/admin/coolpapers/edition/{edition.pk}/change/")
    assert page.status_code == 200
    assert "COLM.2025" in text(page)
    assert "Preview" not in text(page)


def test_papers_are_never_deleted_by_the_way(edition: Edition) -> None:
    admin = Client()
    admin.force_login(User.objects.create_superuser("root"))
    empty = Edition.objects.create(venue=edition.venue, year=2024, added=NOON)
    jobs.perform(act(admin, edition, "pull").pk)
    for address in (f"edition/{edition.pk}", f"venue/{edition.venue.pk}"):
        assert admin.post(f"/admin/coolpapers/{address}/delete/", {"post": "yes"}).status_code == 403
    assert admin.post(f"/admin/coolpapers/edition/{empty.pk}/delete/", {"post": "yes"}).status_code == 302
    assert [str(one) for one in Edition.objects.all()] == ["COLM.2025"]


def test_pages_of_the_admin_take_the_same_few_queries_however_much_there_is(
    editor: Client, edition: Edition, django_assert_max_num_queries: Any
) -> None:
    for year in range(1990, 2024):
        one = Edition.objects.create(venue=edition.venue, year=year, source="shelf", expected=3, added=NOON)
        Run.objects.create(job="pull-venue", edition=one, asked=NOON, not_before=NOON, state="done")
    for address in ("edition/", f"edition/{edition.pk}/change/", "venue/", f"venue/{edition.venue.pk}/change/"):
        with django_assert_max_num_queries(22):
            assert editor.get(f"/admin/coolpapers/{address}").status_code == 200
    with django_assert_max_num_queries(12):
        assert editor.get("/admin/").status_code == 200


# --- Packs -------------------------------------------------------------------------------------------------------
def test_a_shipped_pack_is_looked_at_and_taken_in(editor: Client) -> None:
    seen = editor.post("/admin/coolpapers/venue/packs/", {"shipped": "COLM"})
    assert "Until then nothing is written." in text(seen)
    assert not Venue.objects.exists()
    whole = unescape(re.search(r'name="text" value="([^"]*)"', seen.content.decode())[1])  # type: ignore[index]
    taken = editor.post("/admin/coolpapers/venue/packs/", {"text": whole, "take": "1"}, follow=True)
    assert "COLM is taken in" in text(taken)
    assert Edition.objects.filter(venue__code="COLM").count() >= 2
    assert LogEntry.objects.latest("pk").get_change_message().startswith("Taken in from a pack")

    pack = editor.get(f"/admin/coolpapers/venue/{Venue.objects.get().pk}/pack/")
    assert pack["Content-Disposition"] == 'attachment; filename="colm.toml"'
    file = SimpleUploadedFile("colm.toml", pack.content)
    again = text(editor.post("/admin/coolpapers/venue/packs/", {"file": file}))
    assert "new 0 changed 0" in again


def test_a_broken_pack_is_told_and_nothing_is_written(editor: Client) -> None:
    for body, why in ((b"not toml", "no TOML"), (b'schema = 1\ncode = "a.b"\n', "code"), (b"\xff\xfe", "UTF-8")):
        file = SimpleUploadedFile("x.toml", body)
        assert why in text(editor.post("/admin/coolpapers/venue/packs/", {"file": file, "take": "1"}))
    assert "Choose a pack, or give a file." in text(editor.post("/admin/coolpapers/venue/packs/", {"take": "1"}))
    assert not Venue.objects.exists()


# --- K8. Roles, the log, and forgery -----------------------------------------------------------------------------
def test_k8_an_editor_manages_venues_and_nothing_else(editor: Client, edition: Edition) -> None:
    for address in ("auth/user/", "auth/group/", "admin/logentry/"):
        assert editor.get(f"/admin/{address}").status_code == 403
    assert editor.post("/admin/auth/user/add/", {"username": "evil"}).status_code == 403
    assert editor.post(f"/admin/coolpapers/edition/{edition.pk}/delete/", {"post": "yes"}).status_code == 403
    for address in ("coolpapers/venue/", "coolpapers/edition/", "ingest/copy/", "ingest/run/", "coolpapers/paper/"):
        assert editor.get(f"/admin/{address}").status_code == 200
    assert editor.get("/admin/ingest/run/add/").status_code == 403


def test_k8_who_may_not_change_editions_may_not_pull_them(edition: Edition) -> None:
    user = User.objects.create_user("ann", is_staff=True)
    client = Client()
    client.force_login(user)
    for what in ("preview", "pull"):
        assert client.post(f"/admin/coolpapers/edition/{edition.pk}/{what}/").status_code == 403
    assert Client().post(f"/admin/coolpapers/edition/{edition.pk}/pull/")["Location"].startswith("/admin/login/")
    assert not Run.objects.exists()


def test_k8_nothing_is_asked_for_by_get(editor: Client, edition: Edition) -> None:
    run = act(editor, edition, "preview")
    at = f"/admin/coolpapers/edition/{edition.pk}"
    for address in (f"{at}/preview/", f"{at}/pull/", f"{at}/run/{run.pk}/cancel/", f"{at}/run/{run.pk}/pull/"):
        answer = editor.get(address)
        assert (answer.status_code, answer["Allow"]) == (405, "POST")
    run.refresh_from_db()
    assert (Run.objects.count(), run.state) == (1, RunState.DUE)


def test_k8_each_action_needs_a_token_against_forgery(edition: Edition) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("root"))
    run = Run.objects.create(job="pull-venue", edition=edition, asked=NOON, not_before=NOON)
    at = f"/admin/coolpapers/edition/{edition.pk}"
    posts = (f"{at}/preview/", f"{at}/pull/", f"{at}/run/{run.pk}/cancel/", f"{at}/run/{run.pk}/pull/",
             f"{at}/change/", "/admin/coolpapers/venue/add/", "/admin/coolpapers/venue/packs/")  # fmt: skip
    for address in posts:
        assert client.post(address).status_code == 403
    assert Run.objects.count() == 1


def test_k8_every_change_is_in_the_log(editor: Client, edition: Edition) -> None:
    run = act(editor, edition, "preview")
    act(editor, edition, f"run/{run.pk}/cancel")
    pull = act(editor, edition, "pull")
    editor.post(f"/admin/coolpapers/edition/{edition.pk}/change/", form(venue=edition.venue.pk, expected=7))
    one, other = make_paper(key="2606.10001"), make_paper(key="2606.10002")
    copy = Copy.objects.create(one=one, other=other, why="the same title", found=NOON)
    editor.post(reverse("admin:ingest_copy_changelist"), {"action": "accept", "_selected_action": [copy.pk]})
    said = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
    assert said[:3] == [
        f"Asked for a preview (run {run.pk}).", f"Cancelled run {run.pk}.", f"Asked for a pull (run {pull.pk}).",
    ]  # fmt: skip
    assert "Expected" in said[3]
    assert said[4] == "Linked."
    assert {entry.user.username for entry in LogEntry.objects.all()} == {"eve"}
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    assert "Asked for a preview" in text(root.get("/admin/admin/logentry/"))


def test_k8_patterns_come_from_the_program_and_are_quick_on_anything(place: Shelf) -> None:
    """No field takes a pattern to run; those of the sources end at once, whatever somebody fills in."""
    import time

    from ingest.sources.base import check_fields
    from ingest.sources.registry import SOURCES

    hostile = ("a" * 10_000, "2024.acl-a" + ", 2024.acl-a" * 900 + "!", "A" * 60 + "!", "a/" * 5_000, "(a+)+$" * 1_000,
               "a-" * 5_000 + "!", "1" * 10_000 + ".", " ," * 5_000)  # fmt: skip
    for source in SOURCES.values():
        for field in source.fields:
            for value in hostile:
                began = time.perf_counter()
                check_fields(source, {field.name: value})
                assert time.perf_counter() - began < 0.25, (source.name, field.name, value[:20])
