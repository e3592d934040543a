"""A day's page says what arXiv announced and what of it is held, in honest words."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from coolpapers.clock import FileClock
from coolpapers.models import IndexDue
from ingest.ledger import check_ledger
from ingest.models import LedgerLine
from ingest.store import save_records
from tests.coolpapers.test_lists import get, keys
from tests.library import TUESDAY, arxiv_record
from tests.listings import feed, tell

pytestmark = pytest.mark.django_db
ONE, TWO = "2606.00001", "2606.00002"


@pytest.fixture(autouse=True)
def clock(settings: Any, tmp_path: Path) -> None:
    settings.CLOCK_FILE = str(tmp_path / "clock")
    FileClock(tmp_path / "clock").set(datetime(2026, 6, 16, 6, 31, tzinfo=UTC))


def told(client: Client, address: str) -> str:
    """What the page says of the ledger, as text."""
    html = get(client, f"/arxiv/{address}")
    found = re.search(r'<span class="ledger[^>]*>(.*?)</span>', html, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1]) if found else ""


def line(code: str, expected: int, held: int, **more: Any) -> None:
    facts = {"day": TUESDAY, "indexed": held, "checked": datetime(2026, 6, 16, 6, 31, tzinfo=UTC)} | more
    LedgerLine.objects.create(category_id=code, expected=expected, held=held, **facts)


def test_day_that_was_observed_is_told_with_when_it_was_checked(client: Client) -> None:
    save_records(records=[arxiv_record(ONE, announced=())])
    IndexDue.objects.all().delete()
    tell(feed("cs", TUESDAY, (ONE, "new", "cs.CL")))
    IndexDue.objects.all().delete()
    check_ledger(TUESDAY)
    assert told(client, "cs.CL") == "1 of 1 checked 2026-06-16 06:31 UTC"
    assert '<time datetime="2026-06-16T06:31:00+00:00">' in get(client, "/arxiv/cs.CL")


def test_day_that_was_not_observed_is_never_n_of_n(client: Client) -> None:
    save_records(records=[arxiv_record(ONE), arxiv_record(TWO)])
    assert told(client, "cs.CL") == "2 held, announcement not observed"
    assert told(client, "cs.CL+cs.LG") == "2 held, announcement not observed"
    assert " of 2" not in told(client, "cs.CL")


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({}, "129 of 132: 3 are being fetched"),
        ({"held": 131}, "131 of 132: 1 is being fetched"),
        ({"held": 132, "indexed": 130}, "132 of 132: 2 not in the search yet"),
        ({"held": 132, "whole": False}, "132 of at least 132: the announcement was not received whole"),
        ({"expected": 0, "held": 0}, "nothing was announced"),
    ],
)
def test_line_of_a_category(client: Client, more: dict[str, Any], text: str) -> None:
    save_records(records=[arxiv_record(ONE)])
    line("cs.CL", **({"expected": 132, "held": 129} | more))
    assert told(client, "cs.CL?date=2026-06-16").removesuffix(" checked 2026-06-16 06:31 UTC") == text


def test_combination_is_told_by_category(client: Client) -> None:
    save_records(records=[arxiv_record(ONE)])
    line("cs.CL", 132, 132)
    line("cs.LG", 213, 210)
    assert told(client, "cs.CL+cs.LG").startswith(
        "cs.CL 132 of 132, cs.LG 210 of 213: what is missing is being fetched checked"
    )
    assert "; announcement not observed in 1" in told(client, "cs.CL+cs.LG+hep-th")


def test_archive_names_what_is_missing(client: Client) -> None:
    save_records(records=[arxiv_record(ONE)])
    for code in ("cs.AI", "cs.AR", "cs.CC", "cs.CL", "cs.CV"):
        line(code, 10, 10)
    assert told(client, "cs").startswith("complete in all 5 categories; announcement not observed in 35")
    line("cs.LG", 213, 210)
    assert told(client, "cs").startswith("cs.LG 210 of 213, complete in 5 others: what is missing is being fetched;")


def test_gap_is_marked_and_the_day_before_is_reachable(client: Client) -> None:
    save_records(records=[arxiv_record(ONE, announced=())])
    tell(feed("cs", date(2026, 6, 15), (ONE, "new", "cs.CL")), feed("cs", TUESDAY, (TWO, "new", "cs.CL")))
    check_ledger(TUESDAY)
    html = get(client, "/arxiv/cs.CL?date=2026-06-16")
    assert '<span class="ledger gap"' in html
    assert told(client, "cs.CL?date=2026-06-16").startswith("0 of 1: 1 is being fetched")
    assert "No paper in cs.CL that was announced on 2026-06-16 is held here yet." in html
    assert "2026-06-15</a> is the day before that has papers" in html


def test_replaced_papers_are_paged_with_their_kind(client: Client) -> None:
    names = [f"2605.{number:05d}" for number in range(1, 31)]
    save_records(records=[arxiv_record(name, announced=()) for name in names])
    tell(feed("cs", TUESDAY, *((name, "replace", "cs.CL") for name in names)))
    html = get(client, "/arxiv/cs.CL?date=2026-06-16&kind=replace")
    assert len(keys(html)) == 25
    assert 'href="/arxiv/cs.CL?date=2026-06-16&amp;kind=replace&amp;skip=25"' in html
    assert len(keys(get(client, "/arxiv/cs.CL?date=2026-06-16&kind=replace&skip=25"))) == 5
    assert 'href="/arxiv/cs.CL?date=2026-06-16">New and cross-listed</a>' in html
