"""Lists C (what speaks of addresses) and D through the site's addresses."""

import re
from itertools import permutations

import pytest
from django.test import Client

from coolpapers.taxonomy import ALIASES, ARCHIVES
from ingest.store import save_records
from tests.coolpapers.test_feeds import feed, ids
from tests.coolpapers.test_lists import get, keys
from tests.library import arxiv_record

pytestmark = pytest.mark.django_db
CROSS = "2606.10001"  # in cs.CL and cs.LG


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("2025-13-40", "is not a day"),
        ("2025-02-29", "is not a day"),
        ("0000-01-01", "is not a day"),
        ("2026-W25-2", "is not a day"),
        ("20260615", "is not a day"),
        ("2026-6-5", "is not a day"),
        ("٢٠٢٦-٠٦-١٥", "is not a day"),
        ("today", "is not a day"),
        ("' OR 1=1 --", "is not a day"),
        ("2026-06-15\u2063", "is not a day"),
        ("1991-08-13", "before arXiv began"),
        ("2999-01-01", "has not come yet"),
        ("9999-12-31", "has not come yet"),
    ],
)
@pytest.mark.parametrize("path", ["/arxiv/cs.CL", "/arxiv/cs.CL/feed", "/arxiv/cs.CL+cs.LG"])
def test_c7_a_day_that_is_none_is_a_400_with_a_sentence(
    client: Client, library: None, path: str, day: str, sentence: str
) -> None:
    response = client.get(path, {"date": day})
    assert response.status_code == 400
    assert sentence in response.content.decode()


@pytest.mark.parametrize("day", ["1991-08-14", "2024-02-29", "2026-06-14"])
def test_c7_a_day_that_was_is_answered(client: Client, library: None, day: str) -> None:
    assert "Total: 0" in get(client, f"/arxiv/cs.CL?date={day}")


def test_d1_cross_listed_paper_is_in_each_category_and_once_in_a_union_and_its_feed(
    client: Client, library: None
) -> None:
    for name in ("cs.CL", "cs.LG", "cs.CL+cs.LG", "cs", "cs+hep-th"):
        assert keys(get(client, f"/arxiv/{name}?date=2026-06-16")).count(CROSS) == 1
        assert ids(feed(client, f"/arxiv/{name}/feed?date=2026-06-16")).count(f"http://testserver/arxiv/{CROSS}") == 1
    html = get(client, "/arxiv/cs.CL+cs.LG?date=2026-06-16")
    assert "Total: 3" in html
    assert len(keys(html)) == 3


def test_d2_difference_removes_papers_by_a_secondary_category(client: Client, library: None) -> None:
    assert CROSS not in keys(get(client, "/arxiv/cs.CL-cs.LG?date=2026-06-16"))
    assert keys(get(client, "/arxiv/-cs.CL?date=2026-06-16")) == []
    assert keys(get(client, "/arxiv/cs.CL-cs.CL")) == []


def test_d2_order_and_spelling_of_a_combination_do_not_matter(client: Client, library: None) -> None:
    expected = keys(get(client, "/arxiv/cs.CL+cs.LG-cs.CY?date=2026-06-16"))
    assert len(expected) == 2
    for first, second in permutations(["cs.CL", "CS.LG"]):
        for sign in ("+", "%2B", "%20", ","):
            response = client.get(f"/arxiv/{first}{sign}{second}-cs.CY?date=2026-06-16", follow=True)
            assert keys(response.content.decode()) == expected, (first, sign)


@pytest.mark.parametrize(("alias", "code"), sorted(ALIASES.items()))
def test_d3_both_spellings_of_a_category_are_one_list(client: Client, db: None, alias: str, code: str) -> None:
    save_records(records=[arxiv_record("2606.00001", categories=(code,))])
    for spelling in (alias, alias.lower(), code.upper()):
        response = client.get(f"/arxiv/{spelling}", follow=True)
        assert response.redirect_chain == [(f"/arxiv/{code}", 301)]
        assert keys(response.content.decode()) == ["2606.00001"]


@pytest.mark.parametrize(
    ("archive", "category"),
    [("astro-ph", "astro-ph.CO"), ("cond-mat", "cond-mat.mes-hall"), ("physics", "physics.acc-ph"),
     ("hep-th", "hep-th"), ("math", "math.NA"), ("math", "math-ph"), ("stat", "math.ST"),
     ("nlin", "nlin.CD"), ("q-bio", "q-bio.QM")],
)  # fmt: skip
def test_d4_archive_holds_its_categories(client: Client, db: None, archive: str, category: str) -> None:
    save_records(records=[arxiv_record("2606.00001", categories=(category,))])
    assert keys(get(client, f"/arxiv/{archive}")) == ["2606.00001"]


@pytest.mark.parametrize("archive", sorted(code for code, archive in ARCHIVES.items() if not archive.active))
def test_d4_retired_archive_leads_to_what_took_it_over(client: Client, db: None, archive: str) -> None:
    (code,) = ARCHIVES[archive].categories
    assert client.get(f"/arxiv/{archive}").headers["Location"] == f"/arxiv/{code}"


@pytest.mark.parametrize("name", ["physics.acc-ph", "cond-mat.mes-hall", "q-bio.QM", "nlin.CD", "hep-th", "econ.GN"])
def test_d5_category_is_known_in_any_case(client: Client, db: None, name: str) -> None:
    get(client, f"/arxiv/{name}")
    for spelling in (name.upper(), name.title()):
        if spelling != name:
            assert client.get(f"/arxiv/{spelling}").headers["Location"] == f"/arxiv/{name}"


@pytest.mark.parametrize("name", ["cs.", "cs.AAAAAAAA", "cs.A", ".AI", "cs.AI.", "cs..AI", "cs.АI", "hep-xx"])
def test_d5_what_is_no_category_is_a_404_that_names_it(client: Client, db: None, name: str) -> None:
    html = get(client, f"/arxiv/{name}", 404)
    assert re.search(rf"“{re.escape(name)}” is not a category of arXiv", html)
