"""Lists of days, categories and venues, through their addresses."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coolpapers.models import Category, Edition, Paper, PaperCategory, Venue, VenueName
from coolpapers.pages.lists import PaperList
from coolpapers.pages.options import ListOptions
from coolpapers.taxonomy import parse_expression
from ingest.record import Announced
from ingest.store import save_records
from tests.factories import make_group, make_paper
from tests.ingest import shelf
from tests.library import MONDAY, TUESDAY, arxiv_record

pytestmark = pytest.mark.django_db
plans_of_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="reads how SQLite plans a query")


def keys(html: str) -> list[str]:
    """Keys of the cards on a page, in order."""
    return re.findall(r'<div id="([^"]+)" class="panel paper', html)


def get(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, (url, response.status_code, response.headers.get("Location"))
    return response.content.decode()


# --- Days ---
def test_category_shows_its_newest_day_and_nothing_older(client: Client, library: None) -> None:
    html = get(client, "/arxiv/cs.CL")
    assert keys(html) == ["2606.10002", "2606.10001", "2603.00003"]
    assert "Total: 3" in html
    assert "2026-06-16" in html


def test_day_is_chosen_by_date(client: Client, library: None) -> None:
    html = get(client, "/arxiv/cs.CL?date=2026-06-15")
    assert "Total: 30" in html
    assert len(keys(html)) == 25
    assert "1–25 of 30" in html


def test_days_are_linked_to_their_neighbours(client: Client, library: None) -> None:
    html = get(client, "/arxiv/cs.LG?date=2026-06-16")
    assert 'href="/arxiv/cs.LG?date=2026-06-18"' in html
    assert 'href="/arxiv/cs.CL?date=2026-06-15"' in get(client, "/arxiv/cs.CL")


def test_day_without_papers_says_so_and_leads_on(client: Client, library: None) -> None:
    html = get(client, "/arxiv/cs.CL?date=2026-06-17")
    assert "Total: 0" in html
    assert "No paper in cs.CL is known to have been announced on 2026-06-17." in html
    assert "2026-06-16</a> is the day before that has papers" in html
    assert "open-filter" not in html, "there is nothing to filter"


def test_cross_listed_paper_is_named_so(client: Client, library: None) -> None:
    html = get(client, "/arxiv/cs.CL")
    assert "(cross-listed)" in html.split('id="2603.00003"')[1]


def test_category_without_known_day_shows_newest_by_submission(client: Client, library: None) -> None:
    html = get(client, "/arxiv/hep-th")
    assert keys(html) == ["hep-th/9901001"]
    assert "Newest by submission" in html
    assert '<span class="date-data">1999-01-04</span>' in html


def test_estimated_day_is_marked_approximate(client: Client, library: None) -> None:
    html = get(client, "/arxiv/hep-th?date=1999-01-05")
    assert "≈ 1999-01-05" in html
    assert "estimated" in html


def test_known_category_without_papers_says_so(client: Client, library: None) -> None:
    html = get(client, "/arxiv/q-bio.TO")
    assert "No paper in q-bio.TO is held here yet." in html
    assert "Total: 0" in html


# --- Expressions ---
def test_union_counts_a_paper_once(client: Client, library: None) -> None:
    html = get(client, "/arxiv/cs.CL+cs.LG?date=2026-06-16")
    assert "Total: 3" in html
    assert sorted(keys(html)) == ["2603.00003", "2606.10001", "2606.10002"]


def test_union_shows_the_newest_day_of_any(client: Client, library: None) -> None:
    assert keys(get(client, "/arxiv/cs.CL+cs.LG")) == ["2606.10004"]


def test_difference_removes_secondary_categories_too(client: Client, library: None) -> None:
    assert keys(get(client, "/arxiv/cs.CL-cs.CY-cs.LG")) == ["2603.00003"]


def test_difference_with_itself_is_empty(client: Client, library: None) -> None:
    assert "Total: 0" in get(client, "/arxiv/cs.CL-cs.CL")


def test_difference_alone_is_taken_from_all_categories(client: Client, library: None) -> None:
    assert keys(get(client, "/arxiv/-cs.CL?date=2026-06-16")) == []
    assert sorted(keys(get(client, "/arxiv/-cs.CY?date=2026-06-16"))) == ["2603.00003", "2606.10001"]
    # not the newest day of all, on which only papers of cs were announced
    assert keys(get(client, "/arxiv/-cs")) == ["hep-th/9901001"]


@plans_of_sqlite
@pytest.mark.parametrize("expression", ["cs.CL", "cs.CL+cs.LG", "cs", "-cs.CL", "-cs", "cs-cs.CL"])
def test_day_of_any_combination_is_found_in_the_index(library: None, expression: str) -> None:
    """A scan of all rows, or of all estimated days, grows with the number of papers (at 221,779: 60 and 24 ms)."""
    rows = PaperCategory.objects.in_expression(parse_expression(expression)).announced_on(TUESDAY)
    with CaptureQueriesContext(connection) as captured:
        rows.count_day()
    plans = [rows.explain(), connection.cursor().execute(f"EXPLAIN QUERY PLAN {captured[0]['sql']}").fetchall()]
    for plan in map(str, plans):
        assert "USING INDEX category_day (category_id=? AND day=?)" in plan
        assert "SCAN coolpapers" not in plan


@plans_of_sqlite
def test_newest_known_day_is_one_step_in_the_index(library: None) -> None:
    """Also where a category has thousands of days that are only estimated before it, or no other."""
    with CaptureQueriesContext(connection) as captured:
        Category.objects.newest_day(("cs.CL", "hep-th"))
        Category.objects.with_newest_days()
    for query in captured:
        plan = str(connection.cursor().execute(f"EXPLAIN QUERY PLAN {query['sql']}").fetchall())
        assert "INDEX category_known_day (category_id=? AND approximate=? AND day>?)" in plan


def test_l10_combination_without_any_known_day_is_found_once_for_many_readers(client: Client, library: None) -> None:
    save_records(records=[arxiv_record("math/0309136", categories=("math.GT",), announced=(), ordinal=200309_000136)])
    with CaptureQueriesContext(connection) as first:
        assert keys(get(client, "/arxiv/hep-th+math.GT")) == ["hep-th/9901001", "math/0309136"]
    with CaptureQueriesContext(connection) as again:
        html = get(client, "/arxiv/hep-th+math.GT")
    assert keys(html) == ["hep-th/9901001", "math/0309136"]
    assert "Total: 2" in html
    assert len(again) == len(first) - 2
    for other in ("?sort=announced", "?skip=1", "?show=1", "/feed"):  # none of which is the remembered part
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/arxiv/hep-th+math.GT{other}")
        assert len(captured) == len(first) - 1


def test_archive_holds_its_categories(client: Client, library: None) -> None:
    assert keys(get(client, "/arxiv/cs?date=2026-06-16")) == ["2606.10002", "2606.10001", "2603.00003"]


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [("cs.NA", "math.NA"), ("CS.cl", "cs.CL"), ("alg-geom", "math.AG"), ("cs.CL+cs.CL", "cs.CL"),
     ("cs.LG+cs.CL", "cs.CL+cs.LG"), ("cs.LG,cs.CL", "cs.CL+cs.LG"), ("cs.CL,cs.LG", "cs.CL+cs.LG"),
     ("cs.CL%20cs.LG", "cs.CL+cs.LG"), ("cs.CL+cs.LG-cs.LG", "cs.CL-cs.LG"),
     ("cs.LG-cs.CY-cs.CL", "cs.LG-cs.CL-cs.CY")],
)  # fmt: skip
def test_other_spellings_redirect_to_the_one_address(client: Client, library: None, asked: str, canonical: str) -> None:
    for feed in ("", "/feed"):
        response = client.get(f"/arxiv/{asked}{feed}?show=5")
        assert (response.status_code, response.headers["Location"]) == (301, f"/arxiv/{canonical}{feed}?show=5")
        assert client.get(f"/arxiv/{canonical}{feed}?show=5").status_code == 200


def test_unknown_category_is_a_404_that_helps(client: Client, library: None) -> None:
    html = get(client, "/arxiv/cs.ML", 404)
    assert "cs.ML" in html
    assert "stat.ML" in html  # one that may have been meant
    assert 'class="papers"' in html
    assert "Total: 0" in html


# --- Parts and orders ---
def test_pages_hold_every_paper_once(client: Client, library: None) -> None:
    seen = []
    for skip in range(0, 30, 7):
        seen += keys(get(client, f"/arxiv/cs.CL?date=2026-06-15&show=7&skip={skip}"))
    assert len(seen) == len(set(seen)) == 30


def test_paging_keeps_the_filters(client: Client, library: None) -> None:
    html = get(client, "/arxiv/cs.CL?date=2026-06-15&sort=submitted&show=10")
    (link,) = re.findall(r'<a rel="next" href="([^"]+skip[^"]+)"', html)
    assert set(link.split("?")[1].split("&amp;")) == {"date=2026-06-15", "sort=submitted", "show=10", "skip=10"}


def test_page_past_the_end_says_so(client: Client, library: None) -> None:
    html = get(client, "/arxiv/cs.CL?date=2026-06-15&skip=30")
    assert "This list ends at 30." in html
    assert not keys(html)


def test_last_page_has_no_next(client: Client, library: None) -> None:
    html = get(client, "/arxiv/cs.CL?date=2026-06-15&show=15&skip=15")
    assert "16–30 of 30" in html
    assert "Next ›" not in html


def test_show_above_a_thousand_serves_a_thousand_and_links_on(client: Client, db: None) -> None:
    monday = (Announced(MONDAY, "new", "observed"),)
    save_records(records=[arxiv_record(f"2606.{n:05d}", announced=monday) for n in range(1, 1003)])
    html = get(client, "/arxiv/cs.CL?show=200000")
    assert len(keys(html)) == 1000
    assert "at most 1,000" in html
    assert "1–1000 of 1002" in html
    rest = get(client, "/arxiv/cs.CL?show=200000&skip=1000")
    assert len(keys(rest)) == 2


@pytest.mark.parametrize("sort", ["0", "1", "relevance", "submitted", "announced"])
@pytest.mark.parametrize("path", ["/arxiv/cs.CL", "/arxiv/hep-th", "/venue/ACL.2018", "/arxiv/2606.10001,2606.10002"])
def test_every_list_takes_every_sort(client: Client, library: None, path: str, sort: str) -> None:
    assert keys(get(client, f"{path}?sort={sort}"))


@pytest.mark.parametrize(
    "query",
    ["sort=best", "sort=,", "sort=word," + 51 * "x", "sort=" + ",".join(map(str, range(21))), "show=0",
     "show=-1", "show=ten", "show=٣", "skip=-1", "skip=1e3", "show=9999999999999",
     "date=2025-13-40", "date=today", "date=2025-02-29", "date=0000-01-01", "date=1990-01-01", "date=2999-01-01",
     "date=' OR 1=1 --"],
)  # fmt: skip
def test_nonsense_is_a_400_with_a_sentence(client: Client, library: None, query: str) -> None:
    html = get(client, f"/arxiv/cs.CL?{query}", 400)
    assert "This address makes no sense" in html
    sentence = re.search(r'<p class="empty">([^<]{15,})</p>', html)
    assert sentence, html


def test_old_day_with_one_paper_shows_one(client: Client, library: None) -> None:
    # the original once filled up such a day with older papers
    assert len(keys(get(client, "/arxiv/cs.LG"))) == 1


def test_rows_grow_and_queries_do_not(client: Client, library: None, django_assert_num_queries: Any) -> None:
    counts = []
    for show in (2, 25):
        for url in (f"/arxiv/cs.CL?date=2026-06-15&show={show}", f"/arxiv/cs.CL-hep-th?date=2026-06-15&show={show}"):
            with CaptureQueriesContext(
                connection,
            ) as captured:
                get(client, url)
            counts.append(len(captured))
    assert counts[0] == counts[2]
    assert counts[1] == counts[3]
    assert max(counts) <= 9


def test_withdrawn_paper_has_a_badge_and_no_pdf(client: Client, library: None) -> None:
    Paper.objects.filter(key="2606.10001").update(withdrawn=True, withdrawn_reason="An error in Theorem 1")
    card = get(client, "/arxiv/cs.CL").split('id="2606.10001"')[1].split("<hr")[0]
    assert '<span class="badge">withdrawn</span>' in card
    assert "An error in Theorem 1" in card
    assert "[PDF]" not in card


def test_many_authors_are_folded_in_lists_and_whole_on_the_page(client: Client, db: None) -> None:
    names = tuple(f"Author {n}" for n in range(3303))
    save_records(records=[arxiv_record("2507.06261", authors=names)])
    html = get(client, "/arxiv/cs.CL")
    assert "et al. (3263 more)" in html
    assert html.count('class="author notranslate"') == 40
    assert get(client, "/arxiv/2507.06261").count('class="author notranslate"') == 3303


# --- Venues ---
def test_edition_lists_in_the_order_of_its_proceedings(client: Client, library: None) -> None:
    html = get(client, "/venue/ACL.2018")
    assert keys(html) == ["P18-1001@ACL", "P18-1002@ACL", "P18-2001@ACL"]
    assert "Total: 3" in html


def test_group_is_a_part_of_the_edition(client: Client, library: None) -> None:
    for spelling in ("Short+Papers", "Short%20Papers"):
        html = get(client, f"/venue/ACL.2018?group={spelling}")
        assert keys(html) == ["P18-2001@ACL"]
    assert '<a class="subject-1" href="/venue/ACL.2018?group=Short%20Papers">ACL.2018 - Short Papers</a>' in html


def test_groups_stand_in_the_order_of_the_proceedings_with_counts(client: Client, library: None) -> None:
    make_paper(venue="ACL", year=2018, group="Demonstrations")
    html = get(client, "/venue/ACL.2018")
    assert re.findall(
        r'<a class="notranslate" href="/venue/ACL.2018\?group=[^"]+">(.+?) <small>(\d+)</small></a>', html
    ) == [
        ("Long Papers", "2"),
        ("Short Papers", "1"),
        ("Demonstrations", "1"),
    ]


def test_unknown_group_names_the_groups(client: Client, library: None) -> None:
    assert "Long Papers, Short Papers" in get(client, "/venue/ACL.2018?group=Oral", 404)


def test_venue_alone_is_its_newest_edition(client: Client, library: None) -> None:
    assert len(keys(get(client, "/venue/ACL"))) == 3
    assert len(keys(get(client, "/venue/latest"))) == 3


@pytest.mark.parametrize(("asked", "canonical"), [("acl.2018", "ACL.2018"), ("acl", "ACL"), ("ACL.2018/", "ACL.2018")])
def test_other_spellings_of_a_venue_redirect(client: Client, library: None, asked: str, canonical: str) -> None:
    response = client.get(f"/venue/{asked}")
    assert (response.status_code, response.headers["Location"]) == (301, f"/venue/{canonical}")


@pytest.mark.parametrize(
    "path", ["/venue/NOPE", "/venue/ACL.1999", "/venue/ACL.20180", "/venue/..", "/venue/a%00b", "/venue/%FF"]
)
def test_unknown_venue_is_a_404_that_helps(client: Client, library: None, path: str) -> None:
    assert "home page" in get(client, path, 404) or "categories and venues" in get(client, path, 404)


def edition_with(**fields: Any) -> Edition:
    """The library's edition, with these fields."""
    Edition.objects.update(**fields)
    return Edition.objects.get()


@pytest.mark.parametrize(
    ("expected", "text", "css"),
    [(3, "3 of 3 expected", "ledger"), (5, "3 of 5 expected: 2 not held yet", "ledger gap"),
     (2, "3 held, 2 expected", "ledger")],
)  # fmt: skip
def test_edition_says_how_much_of_it_is_here_and_since_when(
    client: Client, library: None, expected: int, text: str, css: str
) -> None:
    edition_with(expected=expected, pulled=datetime(2026, 6, 15, 4, 10, tzinfo=UTC))
    for path in ("/venue/ACL.2018", "/venue/ACL.2018?group=Short+Papers", "/venue/ACL", "/venue/latest"):
        html = get(client, path)
        in_all = "in all " if "group" in path else ""
        assert re.search(rf'<span class="{css}" title="[^"]+">{in_all}{text}</span>', html), path
        assert 'pulled <time datetime="2026-06-15T04:10:00+00:00">2026-06-15 04:10 UTC</time>' in html


def test_edition_of_which_nothing_is_known_says_nothing(client: Client, library: None) -> None:
    html = get(client, "/venue/ACL.2018")
    for word in ("expected", "pulled", "Source:", "no longer"):
        assert word not in html


def test_edition_says_its_source_and_what_that_allows(client: Client, library: None) -> None:
    with shelf.registered():
        edition_with(source="shelf", licence_note="Metadata under <CC BY 4.0>.")
        source, licence = (
            f'<span class="notranslate">{name}</span>' for name in ("Shelf", "Metadata under &lt;CC BY 4.0&gt;.")
        )
        assert f'<p class="origin">Source: {source}. {licence}</p>' in get(client, "/venue/ACL.2018")
    assert "Source:" not in get(client, "/venue/ACL.2018")  # a version that does not have the source


def test_paper_that_its_source_lists_no_longer_is_marked_and_kept(client: Client, library: None) -> None:
    mark = "No longer listed by its source since 2026-06-15; kept here."
    assert mark not in get(client, "/venue/ACL.2018")
    Paper.objects.filter(key="P18-1002@ACL").update(missing_since=datetime(2026, 6, 15, tzinfo=UTC))
    html = get(client, "/venue/ACL.2018")
    assert "Total: 3" in html
    assert "1 of these papers is no longer listed by its source" in html
    assert html.count(mark) == 1
    assert mark in html.split('id="P18-1002@ACL"')[1].split("<hr")[0]
    assert mark in get(client, "/venue/P18-1002@ACL")
    assert "no longer" not in get(client, "/venue/ACL.2018?group=Short+Papers").lower()
    assert "P18-1002@ACL" in get(client, "/venue/ACL.2018/feed")
    Paper.objects.update(missing_since=None)
    assert mark not in get(client, "/venue/ACL.2018")


def test_group_of_another_case_redirects(client: Client, library: None) -> None:
    response = client.get("/venue/ACL.2018/feed?group=short+papers&show=1")
    assert (response.status_code, response.headers["Location"]) == (
        301,
        "/venue/ACL.2018/feed?group=Short+Papers&show=1",
    )


def test_index_of_venues_has_every_venue_with_its_editions_newest_first(client: Client, library: None) -> None:
    acl = edition_with(expected=4).venue
    acl.name = "Association for <Computational> Linguistics"
    acl.save()
    VenueName.objects.create(code="ACL Anthology", venue=acl)
    make_paper(venue="ACL", year=2020)
    make_paper(venue="aaai", year=2019)
    make_group(venue="ICML", year=2020)  # and no paper
    html = get(client, "/venue")
    assert re.findall(r'<h2 class="notranslate"><a href="([^"]+)">', html) == ["/venue/aaai", "/venue/ACL"]
    acl_part = html.split('<a href="/venue/ACL">')[1]
    editions = re.findall(r'<li><a href="/venue/(.+)" aria-label="\1">(.+)</a> <small>(.+)</small>', acl_part)
    assert editions == [("ACL.2020", "2020", "1"), ("ACL.2018", "2018", "3 of 4")]
    assert "Association for &lt;Computational&gt; Linguistics" in acl_part
    assert "ACL Anthology" in acl_part
    assert 'href="/venue/ACL/feed"' in acl_part
    assert '<a class="notranslate" href="/venue/latest">aaai.2019</a>' in html
    assert 'href="/venue/latest/feed"' in html
    assert "ICML" not in html
    assert "2 venues" in html


def test_index_of_venues_is_filtered_by_any_name(client: Client, library: None) -> None:
    VenueName.objects.create(code="Assoc", venue=edition_with().venue)
    make_paper(venue="AAAI", year=2019)
    shown = r'<section class="venue" id="v\d+" data-names="([^"]+)">'
    for name, found in {"acl": ["acl, assoc"], "ASSO": ["acl, assoc"], "a": ["aaai", "acl, assoc"], "x": []}.items():
        html = get(client, f"/venue?name={name}")
        assert re.findall(shown, html) == found, name
        assert f"{len(found)} of 2 venues" in html
        assert f'value="{name}"' in html
        assert ('id="none" hidden' in html) == bool(found)


def test_empty_index_of_venues_says_how_to_add_one(client: Client, db: None) -> None:
    html = get(client, "/venue")
    assert "manage.py pull venue" in html
    assert "docs/venues.md" in html


def test_index_of_venues_has_one_address(client: Client, library: None) -> None:
    assert client.get("/venue/").headers["Location"] == "/venue"
    assert client.get("/venue/?name=a").headers["Location"] == "/venue?name=a"


def test_queries_grow_neither_with_venues_nor_with_editions(client: Client, library: None) -> None:
    VenueName.objects.create(code="NACL", venue=edition_with(expected=9).venue)
    paths = ("/", "/venue", "/venue/ACL", "/venue/ACL.2018", "/venue/ACL.2018/feed", "/venue/latest",
             "/venue/NOPE.2018", "/venue/ACL.1999", "/venue/P18-1001@ACL", "/sitemap-editions.xml")  # fmt: skip

    def count(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(path)
        return len(captured)

    before = [count(path) for path in paths]
    for venue in ("ACL", "AAAI", "ICML", "ICLR"):
        for year in range(2019, 2024):
            paper = make_paper(venue=venue, year=year)
            assert paper.group
            paper.group.edition.expected = 5
            paper.group.edition.save()
            paper.group.edition.also_of.add(Venue.objects.get(code="ACL"))
    assert [count(path) for path in paths] == before
    assert max(before) <= 12


# --- Home ---
def test_home_lists_categories_and_venues(client: Client, library: None) -> None:
    html = get(client, "/")
    assert re.search(
        r'<p class="category-item"><a class="notranslate" target="_blank" href="/arxiv/cs\.CL">cs\.CL</a>', html
    )
    assert re.search(
        r'<p class="venue-item[^"]*">.*<a target="_blank" href="/venue/ACL\.2018">ACL\.2018</a> <small>3</small>', html
    )
    assert str(TUESDAY) in html


def test_empty_home_says_what_to_do(client: Client, db: None) -> None:
    assert "load_records" in get(client, "/")


def test_arxiv_alone_leads_home(client: Client, db: None) -> None:
    assert client.get("/arxiv").headers["Location"] == "/#arxiv"


# --- Totals ---
def test_list_of_which_only_a_part_was_counted_says_more_than() -> None:
    def part(skip: int, count: int, **changes: Any) -> PaperList:
        options = ListOptions(show=25, skip=skip, sort=None, asked=25)
        return PaperList("n", "h", "/search", "all", [Paper()] * count, 100, options, **changes)

    counted, uncounted = part(75, 25), part(75, 25, total_is_exact=False)
    assert (counted.total_text, counted.next_url) == ("100", None)
    assert (uncounted.total_text, uncounted.next_url) == ("more than 100", "/search?skip=100")
    assert uncounted.all_url is None
    assert part(100, 10, total_is_exact=False).next_url is None
