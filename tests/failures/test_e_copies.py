"""E4 to E6: a work of several copies in search, on cards and in BibTeX; and that a link is undone everywhere."""

import itertools
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bibtexparser
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coolpapers.models import IndexDue, Paper
from ingest.models import Copy
from ingest.store import link_copies, save_records, unlink_copy
from ingest.works import link_works
from search.engines import get_engine
from search.engines.base import Engine
from search.engines.elastic import ElasticEngine
from search.engines.elastic_cluster import Address, Cluster
from search.index import rebuild, sweep
from search.pipeline import SearchPage, run
from search.query import parse_query
from tests.elastic import Node
from tests.library import arxiv_record, venue_record

pytestmark = pytest.mark.django_db
TITLE = "Wombats that Dig Through Proofs"
ABSTRACT = "We let wombats dig through long proofs, and find the burrows that they make there to be short."
AUTHORS = ("Ada Author", "Ben Writer", "Cy Third")


def fill(others: int = 3) -> None:
    """A work of three copies (arXiv, OpenReview and PMLR) among others that say the same words."""
    work = {"title": TITLE, "abstract": ABSTRACT, "authors": AUTHORS}
    records = [
        arxiv_record("2606.29999", **work),
        venue_record("abcdefgh1@OpenReview", "Oral", 0, **work),
        venue_record("author24a@v235@PMLR", "", 1, **work, doi="10.1234/wombats"),
    ]
    for number in range(others):
        key = f"2606.2{number:04d}"
        records.append(
            arxiv_record(key, title=f"Other Animals {number}", abstract=f"A proof {number} without wombats.")
        )
    save_records(records=records)
    link_works()


@pytest.fixture(params=["embedded", "elasticsearch"])
def engine(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> Iterator[Engine]:
    """Either engine, without an index yet."""
    if request.param == "embedded":
        settings.SEARCH_URL = f"embedded://{tmp_path / 'index'}"
        yield get_engine()
        return
    node: Node = request.getfixturevalue("elasticsearch")
    elastic = ElasticEngine(Cluster(Address((node.url,), f"test-{secrets.token_hex(4)}")), timeout=20)
    yield elastic
    pattern = f"{elastic.indices.read}*"
    elastic.indices.cluster.call(
        lambda client: [client.indices.delete(index=name) for name in client.indices.get(index=pattern)]
    )


def look(text: str, *, engine: Engine | None = None, branch: str | None = None, **more: Any) -> SearchPage:
    asked = {"sort": "relevance", "offset": 0, "limit": 25, **more}
    page = run(parse_query(text, branch=branch), engine=engine, **asked)
    assert not page.failed
    return page


def keys(text: str, **more: Any) -> list[str]:
    ids = look(text, **more).paper_ids
    by_id = dict(Paper.objects.filter(pk__in=ids).values_list("pk", "key"))
    return [by_id[pk] for pk in ids]


COPIES = {"2606.29999", "abcdefgh1@OpenReview", "author24a@v235@PMLR"}


@pytest.mark.parametrize("sort", ["relevance", "date", "submitted"])
def test_e6_search_shows_a_work_once_and_counts_it_once(engine: Engine, sort: str) -> None:
    fill()
    rebuild(engine=engine)
    found = keys("wombats", engine=engine, sort=sort)
    assert len(COPIES & set(found)) == 1
    page = look("wombats", engine=engine, sort=sort)
    assert page.total == len(found) == 4


def test_e6_a_place_that_is_asked_for_shows_its_copy(engine: Engine) -> None:
    fill()
    rebuild(engine=engine)
    assert keys("burrows", branch="arxiv", engine=engine) == ["2606.29999"]
    assert keys("burrows", branch="venue", engine=engine)[0] in COPIES - {"2606.29999"}
    assert len(keys("burrows", branch="venue", engine=engine)) == 1
    assert set(keys("burrows venue:ACL", engine=engine)) <= COPIES - {"2606.29999"}


def test_e6_pages_hold_each_work_once_and_the_total_is_what_they_hold(engine: Engine, monkeypatch: Any) -> None:
    """Also where the list is longer than the window that is ranked."""
    monkeypatch.setattr("search.pipeline.WORDS_WINDOW", 10)
    fill(others=40)
    rebuild(engine=engine)
    for sort in ("relevance", "date"):
        seen: list[str] = []
        for offset in range(0, 60, 7):
            seen += keys("proof*", engine=engine, sort=sort, offset=offset, limit=7)
        assert len(seen) == len(set(seen)) == 41
        assert len(COPIES & set(seen)) == 1
        assert {look("proof*", engine=engine, sort=sort, offset=at, limit=7).total for at in (0, 14, 35)} == {41}


def test_e6_each_card_shows_the_other_copies(client: Client, indexed_library: None) -> None:
    fill()
    sweep()
    page = client.get("/search?query=burrows").content.decode()
    below = page[page.index('class="metainfo copies"') :].partition("</p>")[0]
    assert below.count("<a ") == 2
    for address in ("/arxiv/2606.29999", "/venue/abcdefgh1@OpenReview", "/venue/author24a@v235@PMLR"):
        assert address in page
    assert client.get("/arxiv/2606.29999,2606.20000").content.decode().count('class="metainfo copies"') == 1


def test_e6_copies_cost_one_query_a_page(client: Client, library: None, django_assert_num_queries: Any) -> None:
    fill()
    with CaptureQueriesContext(connection) as without:
        client.get("/arxiv/2606.20000,2606.20001")
    with django_assert_num_queries(len(without) + 1):
        client.get("/arxiv/2606.20000,2606.29999")


def entry(client: Client, address: str) -> dict[str, str]:
    """The one entry that is there, as a reader of BibTeX has it."""
    answer = client.get(address)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    library = bibtexparser.parse_string(answer.content.decode())
    assert (len(library.entries), library.failed_blocks) == (1, [])
    told = library.entries[0]
    return {"type": told.entry_type, "key": told.key, **{field.key: field.value for field in told.fields}}


@pytest.mark.parametrize("address", ["/arxiv/2606.29999/bibtex", "/venue/abcdefgh1@OpenReview/bibtex"])
def test_e6_bibtex_is_of_the_published_copy_with_eprint(client: Client, library: None, address: str) -> None:
    fill()
    told = entry(client, address)
    assert told["type"] == "inproceedings"
    assert told["doi"] == "10.1234/wombats"
    assert (told["eprint"], told["archivePrefix"], told["primaryClass"]) == ("2606.29999", "arXiv", "cs.CL")
    assert told["booktitle"] == "ACL 2018"
    assert told["author"] == " and ".join(AUTHORS)
    assert told["key"] in {"author2026-2606.29999", "author2018-abcdefgh1-OpenReview"}, "of the copy that was first"


def test_e6_bibtex_of_a_preprint_alone(client: Client, library: None) -> None:
    fill()
    told = entry(client, "/arxiv/2606.20000/bibtex")
    assert (told["type"], told["eprint"]) == ("misc", "2606.20000")
    assert "booktitle" not in told


def test_e6_a_work_named_twice_is_one_entry(client: Client, library: None) -> None:
    fill()
    text = client.get("/arxiv/2606.29999,2606.20000,2606.20001/bibtex").content.decode()
    found = bibtexparser.parse_string(text)
    assert len(found.entries) == 3
    assert len({one.key for one in found.entries}) == 3
    assert client.get("/arxiv/2699.99999/bibtex").status_code == 404


def test_e6_bibtex_of_many_papers_takes_no_more_queries(client: Client, library: None) -> None:
    fill()
    counts = []
    for keys in ("2606.29999,2606.20000", "2606.29999,2606.20000,2606.20001,2606.20002"):
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/arxiv/{keys}/bibtex")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_e6_bibtex_of_a_venue_does_not_cite_the_doi_of_arxiv(client: Client, library: None) -> None:
    save_records(records=[venue_record("author24b@v235@PMLR", "", 1, title=TITLE, doi="10.48550/arXiv.2606.29999")])
    assert "doi" not in entry(client, "/venue/author24b@v235@PMLR/bibtex")


HOSTILE = [
    "Braces } that { end @misc{x, title={y}}",
    "100% of \\LaTeX & \\input{/etc/passwd} #1 _under_ ~tilde ^hat",
    "A $\\frac{1}{2$ Broken formula",
    "Costs $5 and more",
    "Whole $x^{2} \\leq 3$ formula",
    "Trailing backslash \\",
    "Ümläuts, 漢字 and — dashes",
    "$@Misc{x}$",
]


@pytest.mark.parametrize("title", HOSTILE)
def test_f7_bibtex_keeps_what_it_exports_in_one_entry(client: Client, library: None, title: str) -> None:
    save_records(records=[arxiv_record("2606.30001", title=title, authors=("Bo {Li", "Smith and Sons", "O'Neil, Jr."))])
    told = entry(client, "/arxiv/2606.30001/bibtex")
    assert told["eprint"] == "2606.30001"
    assert len(told["author"].split(" and ")) == 4, "with the braces of the name that holds one"
    assert re.findall(r"[A-Z][a-z]+|[\u4e00-\u9fff]+", title)[0] in told["title"]


def test_e6_copies_that_lie_pages_apart_are_one_work_on_all_pages(engine: Engine, monkeypatch: Any) -> None:
    """A copy far behind the window, whose other copy is before it, behind it or found by its meaning alone."""
    monkeypatch.setattr("search.pipeline.WORDS_WINDOW", 5)
    records = []
    for number in range(12):
        work = {"title": f"Burrow {number}", "authors": AUTHORS}
        text = f"wombats {'wombats ' * number}dig burrow {number} " + "words that are many and say little " * 3
        records.append(arxiv_record(f"2606.2{number:04d}", **work, abstract=text))
        again = text + "more of this is said in the proceedings " * 9
        records.append(venue_record(f"burrow{number:02d}@v1@PMLR", "", number, **work, abstract=again))
    save_records(records=records)
    link_works()
    rebuild(engine=engine)
    for sort in ("relevance", "date", "submitted", "announced"):
        found = [keys("wombats", engine=engine, sort=sort, offset=at, limit=4) for at in range(0, 16, 4)]
        assert list(map(len, found)) == [4, 4, 4, 0]
        works = Paper.objects.filter(key__in=itertools.chain(*found)).values_list("work", flat=True)
        assert len(set(works)) == 12
        assert {look("wombats", engine=engine, sort=sort, offset=at, limit=4).total for at in (0, 8, 40)} == {12}


def test_e6_a_facet_counts_works_and_finds_as_many(engine: Engine) -> None:
    fill()
    rebuild(engine=engine)
    facets = engine.facets(parse_query("burrows"), limit=10)
    assert (facets.years, facets.venues, facets.categories) == (((2026, 1), (2018, 1)), (("ACL", 1),), (("cs.CL", 1),))
    for text in ("burrows date:2018", "burrows date:2026", "burrows venue:ACL", "burrows cat:cs.CL"):
        assert look(text, engine=engine).total == 1


def test_e6_a_feed_has_a_work_once(client: Client, indexed_library: None) -> None:
    fill()
    sweep()
    feed = client.get("/search/feed?query=burrows").content.decode()
    assert feed.count("<entry>") == 1
    assert client.get("/author/Cy%20Third/feed").content.decode().count(TITLE) == 1
    assert client.get("/venue/ACL.2018/feed").content.decode().count(TITLE) == 1


def test_e6_a_list_has_a_work_once(client: Client, library: None) -> None:
    held = client.get("/venue/ACL.2018").content.decode()
    total = int(re.findall(r"Total: (\d+)", held)[0])
    fill()
    page = client.get("/venue/ACL.2018?show=500").content.decode()
    assert re.findall(r"Total: (\d+)", page) == [str(total + 1)]
    assert page.count('class="metainfo copies"') == 1
    assert "author24a@v235@PMLR" in page, "two copies at one place are told apart"


def test_e5_what_is_taken_apart_in_the_admin_is_two_again(client: Client, indexed_library: None) -> None:
    fill()
    sweep()
    assert len(keys("burrows")) == 1
    client.force_login(User.objects.create_superuser("root"))
    one = list(Copy.objects.filter(one__key="2606.29999").values_list("pk", flat=True)[:1])
    for action, works in (("refuse", 2), ("accept", 1), ("refuse", 2)):
        client.post("/admin/ingest/copy/", {"action": action, "_selected_action": one})
        sweep()
        assert len(keys("burrows")) == look("burrows").total == works
        page = client.get("/search?query=burrows").content.decode()
        assert page.count('class="metainfo copies"') == 1
        of_page = page.partition('class="metainfo copies"')[2].partition("</p>")[0]
        assert of_page.count("<a ") == 3 - works


def test_e5_the_index_is_told_of_every_paper_whose_work_changed(library: None) -> None:
    fill()
    sweep()
    arxiv, first, second = (Paper.objects.get(key=key) for key in sorted(COPIES))
    unlink_copy(paper=first)
    assert set(IndexDue.objects.values_list("paper_id", flat=True)) == {first.pk}
    unlink_copy(paper=first)
    sweep()
    unlink_copy(paper=second)
    assert set(IndexDue.objects.values_list("paper_id", flat=True)) == {arxiv.pk, second.pk}
    assert not Paper.objects.filter(work__isnull=False).exists()
    sweep()
    link_copies(papers=[arxiv, second])
    sweep()
    link_copies(papers=[arxiv, first])
    assert first.pk in set(IndexDue.objects.values_list("paper_id", flat=True))
