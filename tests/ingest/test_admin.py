"""The admin: who gets in, what it shows, and that a run is asked for again by POST alone."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from coolpapers.models import Paper
from ingest import jobs
from ingest.models import Copy, CopyState, Incident, Request, Run
from ingest.runs import ask, fail, take
from ingest.works import link_works
from tests.factories import make_paper
from tests.ingest.clocks import NOON, standing_clock
from tests.ingest.jobs import registered

pytestmark = pytest.mark.django_db
HOSTILE = "</pre><script>alert(1)</script>"


@pytest.fixture
def operator(settings: Any, tmp_path: Path) -> Client:
    """Logged in, with a failed run whose error is hostile."""
    settings.CELERY_BROKER_URL = f"sqla+sqlite:///{tmp_path / 'broker.sqlite3'}"
    standing_clock(settings, tmp_path)
    run = take(ask("forget-old", {"day": "2026-06-15"}).pk, "me")
    assert run is not None
    fail(run, "it broke", error=f"Traceback\nValueError: {HOSTILE}")
    Request.objects.create(at=NOON, service="oai", url=HOSTILE)
    client = Client()
    client.force_login(User.objects.create_superuser("ada", password="x"))
    return client


PAGES = ("/admin/", "/admin/ingest/run/", "/admin/ingest/run/?state__exact=failed", "/admin/ingest/request/",
         "/admin/ingest/incident/", "/admin/ingest/copy/?state__exact=waiting",
         "/admin/ingest/ledgerline/?gap=1", "/admin/ingest/feed/",
         "/admin/coolpapers/paper/?q=2606.10001", "/admin/auth/user/", "/admin/auth/user/add/")  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_strangers_are_sent_to_the_login_and_operators_see_it(
    page: str, client: Client, operator: Client, library: None
) -> None:
    assert client.get(page).headers["Location"].startswith("/admin/login/?next=")
    html = operator.get(page).content.decode()
    assert "Cool Papers" in html
    assert "<script>alert" not in html


@pytest.mark.parametrize("page", [*PAGES, "/admin/login/"])
def test_l3_the_admin_works_under_the_strict_policy(page: str, operator: Client) -> None:
    answer = operator.get(page, follow=True)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    html = answer.content.decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", html)
    inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", html)
    assert [attributes for attributes in inline if "application/json" not in attributes] == []


def test_a_run_shows_its_error_and_is_changed_by_nobody(operator: Client) -> None:
    run = Run.objects.get()
    html = operator.get(f"/admin/ingest/run/{run.pk}/change/").content.decode()
    assert "ValueError: &lt;/pre&gt;&lt;script&gt;" in html
    assert 'name="_save"' not in html
    assert operator.post(f"/admin/ingest/run/{run.pk}/change/", {"job": "x"}).status_code == 403
    assert operator.post(f"/admin/ingest/run/{run.pk}/delete/", {"post": "yes"}).status_code == 403
    assert operator.get("/admin/ingest/run/add/").status_code == 403


def test_a_paper_is_found_by_its_key(operator: Client, library: None) -> None:
    html = operator.get("/admin/coolpapers/paper/?q=2606.10001").content.decode()
    assert html.count('class="field-key"') == 1


def test_again_asks_for_a_new_run_with_the_same_arguments(operator: Client) -> None:
    old = Run.objects.get()
    chosen = {"action": "again", "_selected_action": [old.pk]}
    assert operator.get("/admin/ingest/run/", chosen).status_code in {200, 302}
    assert Run.objects.count() == 1, "GET asks for nothing"
    answer = operator.post("/admin/ingest/run/", chosen, follow=True)
    assert "1 run(s) were asked for." in answer.content.decode()
    new = Run.objects.exclude(pk=old.pk).get()
    assert (new.job, new.arguments, new.state, new.slot) == ("forget-old", {"day": "2026-06-15"}, "due", None)
    assert jobs.perform(new.pk) is not None
    assert not Incident.objects.filter(ended=None).exists()


def test_k8_again_needs_a_token_and_the_right(operator: Client) -> None:
    old = Run.objects.get()
    chosen = {"action": "again", "_selected_action": [old.pk]}
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get())
    assert strict.post("/admin/ingest/run/", chosen).status_code == 403
    reader = Client()
    staff = User.objects.create_user("eve", is_staff=True)
    from django.contrib.auth.models import Permission

    staff.user_permissions.add(Permission.objects.get(codename="view_run"))
    reader.force_login(staff)
    assert reader.get("/admin/ingest/run/").status_code == 200
    reader.post("/admin/ingest/run/", chosen)
    assert Run.objects.count() == 1


def test_a_run_of_a_job_that_is_gone_is_not_asked_for_again(operator: Client) -> None:
    run = ask("gone", {})
    with registered():
        answer = operator.post("/admin/ingest/run/", {"action": "again", "_selected_action": [run.pk]}, follow=True)
    assert "1 name a job that this version does not have." in answer.content.decode()
    assert Run.objects.filter(job="gone").count() == 1


def test_passwords_are_not_tried_without_end(client: Client, settings: Any) -> None:
    settings.LIMITS = settings.LIMITS | {"logins": 3}
    codes = [client.post("/admin/login/", {"username": "a", "password": str(n)}).status_code for n in range(5)]
    assert codes == [200, 200, 200, 429, 429]


def test_public_pages_ask_the_database_no_more_for_an_operator(
    operator: Client, client: Client, library: None, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for page in ("/arxiv/cs.CL", "/arxiv/2606.10001", "/status"):
        client.get(page)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(page)
        assert not [query for query in asked.captured_queries if "session" in query["sql"] or "auth_" in query["sql"]]
        with django_assert_num_queries(len(asked)):
            answer = operator.get(page)
        assert "Set-Cookie" not in answer.headers


def test_e5_a_link_is_made_and_undone_by_post_alone_and_by_who_may(operator: Client, client: Client) -> None:
    one = make_paper(title=f"On Groups {HOSTILE}", authors=["Wei Wang", HOSTILE])
    other = make_paper(title=f"On Groups {HOSTILE}", authors=["Wei Wang", "Alan Turing"], venue="ACL")
    link_works()
    copy = Copy.objects.get()
    assert "<script>alert" not in operator.get("/admin/ingest/copy/").content.decode()

    def choose(who: Client, action: str) -> str:
        who.post("/admin/ingest/copy/", {"action": action, "_selected_action": [copy.pk]})
        return Copy.objects.get().state

    operator.get("/admin/ingest/copy/", {"action": "accept", "_selected_action": [copy.pk]})
    assert choose(client, "accept") == CopyState.WAITING  # a stranger
    reader = Client()
    user = User.objects.create_user("reader", password="x", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_copy"))
    reader.force_login(user)
    assert reader.get("/admin/ingest/copy/").status_code == 200
    assert choose(reader, "accept") == CopyState.WAITING
    assert choose(operator, "accept") == CopyState.LINKED
    assert list(Paper.objects.copies_of(Paper.objects.get(pk=one.pk))) == [other]
    assert choose(operator, "refuse") == CopyState.REFUSED
    assert not Paper.objects.copies_of(Paper.objects.get(pk=one.pk)).exists()
