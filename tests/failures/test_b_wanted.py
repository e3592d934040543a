"""B17 and reading of papers that are not held: fetched once for all who wait, by the page alone, without a script."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from coolpapers.clock import FileClock
from coolpapers.models import Paper
from ingest import jobs, wanted
from ingest.models import Request, Run, RunState, Wanted
from ingest.tasks import ask_for_wanted
from tests.upstream.server import FakeArxiv

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asked(settings: Any) -> None:
    settings.ARXIV = True


def known_keys(arxiv: FakeArxiv, clock: FileClock, count: int) -> list[str]:
    states = arxiv.world.snapshot(clock.now()).states
    return [key for key, state in states.items() if not state.version.withdrawn][:count]


def do_what_is_due() -> None:
    while due := jobs.runs_to_wake():
        for run, _queue in due:
            jobs.perform(run.pk)


def test_b17_reader_sees_fetching_and_then_the_paper(client: Client, arxiv: FakeArxiv, clock: FileClock) -> None:
    (key,) = known_keys(arxiv, clock, 1)
    page = client.get(f"/arxiv/{key}")
    assert page.status_code == 202
    text = page.content.decode()
    assert f"<h1>Fetching {key}</h1>" in text
    assert re.search(r'<meta http-equiv="refresh" content="[0-9]+">', text)  # it needs no script
    assert page.headers["Cache-Control"] == "no-store"
    do_what_is_due()
    page = client.get(f"/arxiv/{key}")
    assert page.status_code == 200
    assert Paper.objects.get().title in page.content.decode().replace("&#x27;", "'")
    assert not Wanted.objects.exists()


def test_b17_all_who_wait_cost_one_request(client: Client, arxiv: FakeArxiv, clock: FileClock) -> None:
    keys = known_keys(arxiv, clock, 5)
    for _ in range(20):
        for key in keys:
            assert client.get(f"/arxiv/{key}").status_code == 202
    assert Run.objects.filter(job="pull-wanted").count() == 1
    do_what_is_due()
    assert len(arxiv.log.entries) == 1
    assert Paper.objects.count() == 5


def test_b17_a_thousand_unknown_ids_make_no_stampede(client: Client, arxiv: FakeArxiv) -> None:
    keys = [f"2602.{number:05d}" for number in range(90_000, 91_000)]
    for key in keys:
        assert client.get(f"/arxiv/{key}").status_code == 202
    do_what_is_due()
    asked = len(arxiv.log.entries)
    assert asked == 1_000 // wanted.AT_ONCE
    assert arxiv.log.most_at_once() == 1
    assert min(arxiv.log.gaps()) >= 3.0
    for key in keys[:50]:  # nor is it asked for again
        page = client.get(f"/arxiv/{key}")
        assert page.status_code == 404
        assert f"arXiv has no paper {key}." in page.content.decode()
    do_what_is_due()
    assert len(arxiv.log.entries) == asked


def test_b17_no_more_than_so_many_wait(client: Client, arxiv: FakeArxiv) -> None:
    wanted.want([f"2602.{number:05d}" for number in range(80_000, 80_000 + wanted.WAITING_LIMIT)])
    assert client.get("/arxiv/2602.99999").status_code == 404
    assert Wanted.objects.count() == wanted.WAITING_LIMIT


def test_b17_an_absent_paper_is_asked_for_again_when_it_may_have_come(
    client: Client, arxiv: FakeArxiv, clock: FileClock
) -> None:
    states = arxiv.world.states
    now, later = clock.now(), clock.now() + timedelta(days=8)
    coming = sorted(set(arxiv.world.snapshot(later).states) - set(arxiv.world.snapshot(now).states) & set(states))
    key = coming[0]
    client.get(f"/arxiv/{key}")
    do_what_is_due()
    assert client.get(f"/arxiv/{key}").status_code == 404
    clock.set(later)
    assert client.get(f"/arxiv/{key}").status_code == 202
    do_what_is_due()
    assert client.get(f"/arxiv/{key}").status_code == 200


@pytest.mark.parametrize("key", ["2604.00001", "2512.123456789", "9912.00001"])
def test_b17_an_id_that_cannot_be_yet_asks_nobody(client: Client, arxiv: FakeArxiv, key: str) -> None:
    assert client.get(f"/arxiv/{key}").status_code == 404
    assert not Wanted.objects.exists()


def test_b17_where_arxiv_is_not_to_be_asked_the_page_says_where_the_paper_is(
    client: Client, arxiv: FakeArxiv, settings: Any
) -> None:
    settings.ARXIV = False
    page = client.get("/arxiv/2602.00001")
    assert page.status_code == 404
    assert "https://arxiv.org/abs/2602.00001" in page.content.decode()
    assert not Wanted.objects.exists()


def test_b17_several_papers_are_fetched_beside_those_that_are_held(
    client: Client, arxiv: FakeArxiv, clock: FileClock
) -> None:
    keys = known_keys(arxiv, clock, 3)
    client.get(f"/arxiv/{keys[0]}")
    do_what_is_due()
    page = client.get(f"/arxiv/{','.join(keys)}")
    assert page.status_code == 200
    assert f"Being fetched from arXiv: {', '.join(keys[1:])}." in page.content.decode()
    do_what_is_due()
    page = client.get(f"/arxiv/{','.join(keys)}").content.decode()
    assert "Being fetched" not in page
    assert Paper.objects.count() == 3


def test_b17_a_page_that_waits_long_says_so_and_a_lost_message_costs_nothing(
    client: Client, arxiv: FakeArxiv, clock: FileClock
) -> None:
    (key,) = known_keys(arxiv, clock, 1)
    client.get(f"/arxiv/{key}")
    Run.objects.update(state=RunState.FAILED)
    clock.sleep(150)
    assert "arXiv has not answered since" in client.get(f"/arxiv/{key}").content.decode()
    Run.objects.all().delete()
    ask_for_wanted()  # as `tick` does
    do_what_is_due()
    assert client.get(f"/arxiv/{key}").status_code == 200
    assert Request.objects.count() == 1
