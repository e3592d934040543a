"""List E, what speaks of versions: withdrawn, posted again, changed."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from coolpapers.models import IndexDue, Paper, Vector, Version
from ingest.record import Announced, PaperRecord, RecordVersion
from ingest.store import save_batch, save_records
from search.index import index_papers, rebuild
from search.related import related
from search.tasks import embed_some
from tests.coolpapers.test_feeds import feed, ids
from tests.coolpapers.test_lists import get, keys
from tests.library import TUESDAY, arxiv_record, venue_record

pytestmark = pytest.mark.django_db
KEY = "2606.00001"
REASON = "An error in Theorem 1 that we can't mend"


def version(number: int, withdrawn: bool = False) -> RecordVersion:
    return RecordVersion(
        number, datetime(2026, 6, number, 9, 30, tzinfo=UTC), None if withdrawn else 1_500_000, withdrawn
    )


def record(number: int, *, withdrawn: bool = False, **changes: Any) -> PaperRecord:
    told = tuple(version(n, withdrawn and n == number) for n in range(1, number + 1))
    facts = {
        "version": number,
        "versions": told,
        "withdrawn": withdrawn,
        "withdrawn_reason": REASON if withdrawn else "",
    }
    return arxiv_record(KEY, **(facts | changes))


@pytest.fixture
def withdrawn(settings: Any, tmp_path: Any) -> None:
    settings.SEARCH_URL = f"embedded://{tmp_path / 'index'}"
    save_records(records=[record(2), arxiv_record("2606.00002", title=f"Paper {KEY}"), venue_record("P18-1001@ACL")])
    save_records(records=[record(3, withdrawn=True)])
    rebuild()


def test_e1_page_has_badge_and_reason_and_no_pdf_of_the_withdrawn_version(client: Client, withdrawn: None) -> None:
    html = get(client, f"/arxiv/{KEY}")
    assert '<span class="badge">withdrawn</span>' in html
    assert REASON.replace("'", "&#x27;") in html
    assert f'href="https://arxiv.org/pdf/{KEY}"' not in html
    assert f"pdf/{KEY}v3" not in html
    assert "citation_pdf_url" not in html


def test_e1_older_versions_are_still_linked(client: Client, withdrawn: None) -> None:
    html = get(client, f"/arxiv/{KEY}")
    for number in (1, 2):
        assert f'href="https://arxiv.org/pdf/{KEY}v{number}"' in html
    for number in (1, 2, 3):
        assert f'href="https://arxiv.org/abs/{KEY}v{number}"' in html
    assert ">2026-06-02 09:30 UTC</time> 1.4" in html.replace("\xa0", " ")


def test_e1_withdrawn_paper_whose_versions_are_not_known_leads_to_the_one_before(client: Client) -> None:
    save_records(records=[record(3, withdrawn=True, versions=())])
    assert f'<a href="https://arxiv.org/abs/{KEY}v2" rel="noopener">' in get(client, f"/arxiv/{KEY}")


def test_e1_withdrawn_paper_is_out_of_feeds_and_related_papers(client: Client, withdrawn: None) -> None:
    assert ids(feed(client, "/arxiv/cs.CL/feed")) == ["http://testserver/arxiv/2606.00002"]
    Paper.objects.filter(branch="venue").update(withdrawn=True)
    assert ids(feed(client, "/venue/ACL.2018/feed")) == []
    other = Paper.objects.get(key="2606.00002")
    assert Paper.objects.get(key=KEY).pk not in related(other, offset=0, limit=100).paper_ids


def test_e1_withdrawn_paper_is_still_reachable(client: Client, withdrawn: None) -> None:
    assert keys(get(client, f"/arxiv/{KEY}")) == [KEY]
    assert KEY in keys(get(client, "/arxiv/cs.CL"))
    assert ids(feed(client, f"/arxiv/{KEY}/feed")) == [f"http://testserver/arxiv/{KEY}"]  # asked for by its key
    assert keys(get(client, "/search?query=is:withdrawn")) == [KEY]


def test_e2_posted_again_the_badge_goes(client: Client, withdrawn: None) -> None:
    save_records(records=[record(4)])
    html = get(client, f"/arxiv/{KEY}")
    assert '<span class="badge">' not in html.split('class="facts"')[0]
    assert f'href="https://arxiv.org/pdf/{KEY}"' in html
    assert f'href="https://arxiv.org/pdf/{KEY}v4"' in html
    assert f"pdf/{KEY}v3" not in html  # that version stays withdrawn
    assert ids(feed(client, "/arxiv/cs.CL/feed"))[-1] == f"http://testserver/arxiv/{KEY}"


def test_e2_withdrawal_that_comes_late_does_not_come_back() -> None:
    save_batch(records=[record(4)])
    save_batch(records=[record(3, withdrawn=True)])
    assert not Paper.objects.get().withdrawn
    assert list(Version.objects.values_list("number", "withdrawn")) == [(1, False), (2, False), (3, True), (4, False)]


def test_e2_a_source_that_goes_by_the_authors_words_does_not_clear_the_badge_of_that_version() -> None:
    save_batch(records=[record(3, withdrawn=True)])
    save_batch(records=[record(3, versions=(), modified=date(2026, 6, 20))])
    assert Paper.objects.get().withdrawn
    save_batch(records=[record(4, versions=(), modified=date(2026, 6, 21))])
    assert not Paper.objects.get().withdrawn


def test_e2_a_source_that_numbers_no_versions_clears_by_a_later_revision() -> None:
    told: dict[str, Any] = {"version": None, "versions": (), "revised_day_only": True}
    save_batch(records=[record(3, withdrawn=True, revised=datetime(2026, 6, 3, 9, tzinfo=UTC))])
    same_day = datetime(2026, 6, 3, tzinfo=UTC)
    save_batch(records=[record(3, **told, revised=same_day, modified=date(2026, 6, 20))])
    assert Paper.objects.get().withdrawn  # touched, not posted again
    save_batch(records=[record(4, **told, revised=datetime(2026, 6, 21, tzinfo=UTC), modified=date(2026, 6, 22))])
    paper = Paper.objects.get()
    assert (paper.withdrawn, paper.withdrawn_reason, paper.version) == (False, "", None)


def test_e3_title_changed_in_v2_is_one_record_and_the_index_follows(client: Client, withdrawn: None) -> None:
    save_records(records=[record(4, title="Zebra graphs")])
    index_papers(list(IndexDue.objects.values_list("paper_id", flat=True)))
    assert Paper.objects.filter(key=KEY).count() == 1
    assert keys(get(client, "/search?query=zebra")) == [KEY]
    assert list(Version.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_e3_vector_is_made_again_only_where_the_text_changed(meaning: None) -> None:
    save_records(records=[record(1)])
    rebuild()
    embed_some()
    before = Vector.objects.get()
    save_records(records=[record(2, comments="Ten pages")])
    embed_some()
    kept = Vector.objects.get()
    assert (kept.packed, kept.text_hash, kept.revision) == (before.packed, before.text_hash, before.revision + 1)
    save_records(records=[record(3, title="Zebra graphs")])
    embed_some()
    assert Vector.objects.get().text_hash != before.text_hash


def test_versions_are_not_lost_by_a_record_that_knows_fewer(client: Client) -> None:
    save_records(records=[record(3)])
    save_records(records=[record(3, versions=(), title="From a source without versions")])
    save_records(records=[record(1, versions=(RecordVersion(1, datetime(2026, 6, 1, 9, 30, tzinfo=UTC)),))])
    assert list(Version.objects.values_list("number", "size")) == [(1, 1_500_000), (2, 1_500_000), (3, 1_500_000)]
    assert Paper.objects.get().title == "From a source without versions"


def test_older_record_may_still_tell_of_its_announcement() -> None:
    save_records(records=[record(2, announced=())])
    save_records(records=[record(1, announced=(Announced(TUESDAY, "new", "observed"),))])
    assert set(Paper.objects.get().category_rows.values_list("day", flat=True)) == {TUESDAY}
