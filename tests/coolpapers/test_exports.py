"""Any list as a file: its address, its part, its name, its links; what stands in it is in failures/test_f_exports."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coolpapers.exports import FORMATS
from coolpapers.exports.people import Person, split_name
from coolpapers.models import Paper, Venue
from ingest.record import Announced
from ingest.store import link_copies, save_records
from tests.coolpapers.test_lists import get, keys
from tests.exported import read_bibtex, read_csl, read_csv, read_ris
from tests.library import MONDAY, arxiv_record, venue_record

pytestmark = pytest.mark.django_db
LISTS = ("/arxiv/cs.CL", "/arxiv/cs.CL?date=2026-06-15", "/arxiv/cs.CL?week=2026-W25", "/arxiv/cs.CL?sort=submitted",
         "/arxiv/cs.CL+cs.LG-cs.CY",
         "/arxiv/hep-th", "/arxiv/2606.10002,2606.10001", "/arxiv/2606.10001", "/venue/ACL.2018",
         "/venue/ACL.2018?group=Short+Papers", "/venue/ACL", "/venue/latest", "/venue/P18-1002@ACL,P18-1001@ACL",
         "/search?query=attention", "/arxiv/search?query=study&sort=0", "/venue/search?query=parse&highlight=1",
         "/author/Ada%20Author", "/arxiv/2606.10001/related", "/venue/P18-1001@ACL/related")  # fmt: skip
READ: dict[str, Callable[[str], list[Any]]] = {
    "bibtex": read_bibtex,
    "ris": read_ris,
    "csl": read_csl,
    "csv": read_csv,
    "ids": str.splitlines,
    "markdown": lambda text: re.findall("^## ", text, re.M),
}
TYPES = {
    "bibtex": "application/x-bibtex; charset=utf-8",
    "ris": "application/x-research-info-systems; charset=utf-8",
    "csl": "application/vnd.citationstyles.csl+json",
    "markdown": "text/markdown; charset=utf-8",
    "csv": "text/csv; charset=utf-8; header=present",
    "ids": "text/plain; charset=utf-8",
}


def export_of(address: str, **more: object) -> str:
    """The address of the list's file."""
    path, _, query = address.partition("?")
    said = [query, *(f"{name}={value}" for name, value in more.items())]
    return f"{path}/export?{'&'.join(filter(None, said))}"


def ids(client: Client, address: str, **more: object) -> list[str]:
    return get(client, export_of(address, format="ids", **more)).splitlines()


def file_name(client: Client, address: str) -> str:
    return str(client.get(address).headers["Content-Disposition"])


# --- Which papers ---
@pytest.mark.parametrize("address", LISTS)
def test_every_list_is_a_file_in_every_format_with_its_papers_in_its_order(
    client: Client, indexed_library: None, address: str
) -> None:
    listed = keys(get(client, f"{address}{'&' if '?' in address else '?'}show=1000"))
    assert ids(client, address) == listed != []
    for name, read in READ.items():
        answer = client.get(export_of(address, format=name))
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == TYPES[name]
        assert answer.headers["Content-Disposition"].startswith("attachment; filename")
        assert len(read(answer.content.decode())) == len(listed), name
    assert set(READ) == set(FORMATS)


def test_file_holds_the_part_that_is_asked_for(client: Client, library: None) -> None:
    whole = ids(client, "/arxiv/cs.CL?date=2026-06-15")
    assert len(whole) == 30
    assert ids(client, "/arxiv/cs.CL?date=2026-06-15", show=7, skip=5) == whole[5:12]
    assert ids(client, "/arxiv/cs.CL?date=2026-06-15", skip=28) == whole[28:]
    assert ids(client, "/arxiv/cs.CL?date=2026-06-15", skip=30) == []


def test_file_has_a_thousand_papers_at_most_and_leads_on(client: Client, db: None) -> None:
    monday = (Announced(MONDAY, "new", "observed"),)
    save_records(records=[arxiv_record(f"2606.{n:05d}", announced=monday) for n in range(1, 1_102)])
    answer = client.get("/arxiv/cs.CL/export?format=ids&show=200000")
    assert len(answer.content.splitlines()) == 1_000
    (following,) = re.findall(r'<http://testserver(.+)>; rel="next"', answer.headers["Link"])
    rest = client.get(following)
    assert len(rest.content.splitlines()) == 101
    assert "Link" not in rest.headers
    assert rest.headers["Content-Disposition"] == 'attachment; filename="cs.CL-2026-06-15-from-1001.txt"'


def test_a_thousand_papers_cost_as_many_queries_as_two(client: Client, db: None) -> None:
    save_records(records=[arxiv_record(f"2606.{n:05d}") for n in range(1, 1_001)])
    link_copies(papers=list(Paper.objects.all()[:2]))
    for name in FORMATS:
        counts = []
        for show in (2, 1_000):
            with CaptureQueriesContext(connection) as asked:
                client.get(f"/arxiv/cs.CL/export?format={name}&show={show}")
            counts.append(len(asked))
        assert counts[0] >= counts[1] - 1, name


def test_chosen_papers_of_both_branches_are_one_file(client: Client, library: None) -> None:
    chosen = "/export?ids=P18-1002@acl,2606.10001v2,2606.77777,nonsense,hep-th/9901001"
    assert get(client, f"{chosen}&format=ids").splitlines() == ["P18-1002@ACL", "2606.10001", "hep-th/9901001"]
    assert [entry["type"] for entry in read_bibtex(get(client, chosen))] == ["inproceedings", "misc", "misc"]
    assert file_name(client, chosen) == 'attachment; filename="3-papers.bib"'
    assert "ids= names no paper" in get(client, "/export", 400)
    assert "ids= names no paper" in get(client, "/export?ids=nonsense", 400)
    assert "one address takes 1,000" in get(client, f"/export?ids={','.join(['x'] * 1_001)}", 400)
    get(client, "/export?ids=2606.77777", 404)


# --- Formats ---
def test_without_a_format_it_is_bibtex_and_formats_have_other_names(client: Client, library: None) -> None:
    plain = client.get("/arxiv/cs.CL/export")
    assert plain.headers["Content-Type"] == TYPES["bibtex"]
    others = {"bib": "bibtex", "BibTeX": "bibtex", "csl-json": "csl", "json": "csl", "md": "markdown", "keys": "ids"}
    for other, name in others.items():
        assert client.get(f"/arxiv/cs.CL/export?format={other}").headers["Content-Type"] == TYPES[name]
    for wrong in ("x", "%00", "a" * 5_000, "<script>"):
        html = get(client, f"/arxiv/cs.CL/export?format={wrong}", 400)
        assert "Use one of: bibtex, ris, csl, markdown, csv, ids." in html
        assert "<script>" not in html.replace('<script type="module"', "")


def test_a_preprint_in_every_format(client: Client, library: None) -> None:
    facts = {"submitted": datetime(2026, 6, 15, 9, tzinfo=UTC), "journal_ref": "J. of Graphs 7", "doi": "10.1/x_y"}
    save_records(records=[arxiv_record("2606.10001", title="Of $x^2$", categories=("cs.CL", "cs.LG"), **facts)])
    (entry,) = read_bibtex(get(client, "/arxiv/2606.10001/export"))
    assert entry == {
        "type": "misc", "key": "author2026-2606.10001", "title": "{Of $x^2$}", "author": "Ada Author and Ben Writer",
        "year": "2026", "note": "J. of Graphs 7", "doi": "10.1/x_y", "url": "https://arxiv.org/abs/2606.10001",
        "eprint": "2606.10001", "archivePrefix": "arXiv", "primaryClass": "cs.CL",
    }  # fmt: skip
    (record,) = read_ris(get(client, "/arxiv/2606.10001/export?format=ris"))
    assert record == [
        ("TY", "UNPB"), ("ID", "author2026-2606.10001"), ("TI", "Of $x^2$"), ("AU", "Author, Ada"),
        ("AU", "Writer, Ben"), ("PY", "2026"), ("DA", "2026/06/15"), ("PB", "arXiv"), ("AN", "arXiv:2606.10001"),
        ("DO", "10.1/x_y"), ("UR", "https://arxiv.org/abs/2606.10001"), ("L1", "https://arxiv.org/pdf/2606.10001"),
        ("AB", "We study something."), ("KW", "cs.CL"), ("KW", "cs.LG"), ("N1", "J. of Graphs 7"), ("ER", ""),
    ]  # fmt: skip
    (item,) = read_csl(get(client, "/arxiv/2606.10001/export?format=csl"))
    assert item == {
        "id": "author2026-2606.10001", "type": "article", "title": "Of $x^2$",
        "author": [{"family": "Author", "given": "Ada"}, {"family": "Writer", "given": "Ben"}],
        "issued": {"date-parts": [[2026, 6, 15]]}, "abstract": "We study something.", "DOI": "10.1/x_y",
        "URL": "https://arxiv.org/abs/2606.10001", "keyword": "cs.CL, cs.LG", "note": "J. of Graphs 7",
        "archive": "arXiv", "archive_location": "2606.10001", "publisher": "arXiv", "number": "arXiv:2606.10001",
    }  # fmt: skip
    (row,) = read_csv(get(client, "/arxiv/2606.10001/export?format=csv"))
    assert (row["place"], row["submitted"], row["announced"]) == ("arXiv", "2026-06-15", "2026-06-16")
    assert row["url"] == "http://testserver/arxiv/2606.10001"
    text = get(client, "/arxiv/2606.10001/export?format=markdown")
    assert (
        "## [Of $x^2$](http://testserver/arxiv/2606.10001)\n\nAda Author, Ben Writer\n\ncs.CL, cs.LG · 2026-06-16"
        in text
    )


def test_published_copy_is_cited_with_its_eprint_in_every_citing_format(client: Client, library: None) -> None:
    Venue.objects.update(name="Annual Meeting of the ACL")
    link_copies(papers=list(Paper.objects.filter(key__in=["2606.10001", "P18-1001@ACL"])))
    for address in ("/arxiv/2606.10001", "/venue/P18-1001@ACL"):
        (entry,) = read_bibtex(get(client, f"{address}/export"))
        assert (entry["type"], entry["booktitle"], entry["year"], entry["eprint"]) == (
            "inproceedings", "Annual Meeting of the ACL 2018", "2018", "2606.10001",
        )  # fmt: skip
        (record,) = read_ris(get(client, f"{address}/export?format=ris"))
        assert {("TY", "CONF"), ("T2", "Annual Meeting of the ACL 2018"), ("PY", "2018"), ("C3", "ACL.2018"),
                ("AN", "arXiv:2606.10001")} <= set(record)  # fmt: skip
        (item,) = read_csl(get(client, f"{address}/export?format=csl"))
        assert (item["type"], item["container-title"], item["archive_location"], item["issued"]) == (
            "paper-conference", "Annual Meeting of the ACL 2018", "2606.10001", {"date-parts": [[2018]]},
        )  # fmt: skip
    assert ids(client, "/arxiv/2606.10001") == ["2606.10001"], "a list of papers stays what it is"


def test_withdrawn_paper_is_marked_and_has_no_pdf(client: Client, library: None) -> None:
    save_records(records=[arxiv_record("2606.10001", withdrawn=True, version=2)])
    assert read_bibtex(get(client, "/arxiv/2606.10001/export"))[0]["note"] == "Withdrawn"
    (record,) = read_ris(get(client, "/arxiv/2606.10001/export?format=ris"))
    assert ("N1", "Withdrawn") in record
    assert "L1" not in dict(record)
    (row,) = read_csv(get(client, "/arxiv/2606.10001/export?format=csv"))
    assert (row["withdrawn"], row["pdf"]) == ("withdrawn", "")
    assert "**Withdrawn** · cs.CL" in get(client, "/arxiv/2606.10001/export?format=markdown")


@pytest.mark.parametrize("name", FORMATS)
def test_file_of_an_empty_list_is_empty(client: Client, library: None, name: str) -> None:
    assert READ[name](get(client, f"/arxiv/cs.CL/export?date=2026-06-17&format={name}")) == []


# --- Names of files ---
@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/arxiv/cs.CL/export", "cs.CL-2026-06-16.bib"),
        ("/arxiv/cs.CL+cs.LG/export?format=ris", "cs.CL+cs.LG-2026-06-18.ris"),
        ("/venue/ACL.2018/export?group=Short+Papers&format=csl", "ACL.2018-Short-Papers.json"),
        ("/author/Ada%20Author/export?format=csv", "Ada-Author.csv"),
        ("/arxiv/2606.10001/export?format=markdown", "2606.10001.md"),
        ("/arxiv/hep-th/9901001/export", "hep-th-9901001.bib"),
        ("/venue/P18-1001@ACL/export", "P18-1001-ACL.bib"),
        ("/arxiv/2606.10001,2606.10002/export?format=ids", "2-papers.txt"),
        ("/search/export?query=attention", "attention-Search.bib"),
    ],
)
def test_file_is_named_after_its_list(client: Client, indexed_library: None, address: str, name: str) -> None:
    assert file_name(client, address) == f'attachment; filename="{name}"'


def test_name_of_a_file_is_one_on_every_system(client: Client, indexed_library: None) -> None:
    hostile = '../../etc/passwd\r\nX: y "quoted" <b> 漢字:*?|%00'
    name = client.get("/search/export", {"query": f"attention OR ({hostile})"}).headers["Content-Disposition"]
    assert re.fullmatch(r"attachment; filename\*=utf-8''[A-Za-z0-9%._+-]+", name)
    assert not re.search("%2F|%5C|%0|%22|%3C", name)
    assert not name.split("''")[1].startswith(".")


# --- Like every list ---
def test_unchanged_file_is_a_304_and_a_changed_one_is_not(client: Client, library: None) -> None:
    for name in FORMATS:
        first = client.get(f"/arxiv/cs.CL/export?format={name}")
        tagged = {"If-None-Match": first.headers["ETag"]}
        assert client.get(f"/arxiv/cs.CL/export?format={name}", headers=tagged).status_code == 304
    first = client.get("/arxiv/cs.CL/export")
    save_records(records=[arxiv_record("2606.10001", title="Changed")])
    assert client.get("/arxiv/cs.CL/export", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_file_answers_bad_addresses_like_its_page(client: Client, library: None) -> None:
    assert client.get("/arxiv/cs.XX/export").status_code == 404
    assert client.get("/arxiv/cs.CL/export?sort=x").status_code == 400
    assert client.get("/arxiv/cs.CL/export?show=0").status_code == 400
    assert client.get("/arxiv/2606.77777/export").status_code == 404
    assert client.get("/arxiv/cs.NA/export?show=3").headers["Location"] == "/arxiv/math.NA/export?show=3"
    assert client.get("/arxiv/2606.10001v2/export").headers["Location"] == "/arxiv/2606.10001/export"
    assert client.get("/venue/acl.2018/export?format=ris").headers["Location"] == "/venue/ACL.2018/export?format=ris"


def test_search_that_is_away_gives_a_sentence_and_no_empty_file(client: Client, library: None, settings: Any) -> None:
    settings.SEARCH_URL = "elasticsearch://127.0.0.1:1/nobody"
    for address in ("/search/export?query=attention", "/author/Ada%20Author/export?format=csv"):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/plain; charset=utf-8")
        assert "Content-Disposition" not in answer.headers
        assert answer.headers["Retry-After"]
        assert re.search(r"search engine", answer.content.decode())


# --- Where a reader finds it ---
def test_lists_offer_all_and_what_is_shown(client: Client, library: None) -> None:
    html = get(client, "/arxiv/cs.CL?date=2026-06-15")
    for part in ("All 30", "These 25"):
        assert f"<dt>{part}</dt>" in html
    for name in FORMATS:
        assert f'href="/arxiv/cs.CL/export?date=2026-06-15&amp;format={name}"' in html
        assert f'href="/arxiv/cs.CL/export?date=2026-06-15&amp;show=25&amp;format={name}"' in html
    assert "<dt>26 to 30</dt>" in get(client, "/arxiv/cs.CL?date=2026-06-15&skip=25")
    assert "These" not in get(client, "/arxiv/cs.CL")
    assert "/export" not in get(client, "/arxiv/cs.CL?date=2026-06-17"), "nothing of nothing"


def test_every_link_to_a_file_leads_to_it(client: Client, indexed_library: None) -> None:
    for address in (*LISTS, "/arxiv/cs.CL?date=2026-06-15&skip=25&show=2", "/venue/ACL.2018?show=2"):
        links = re.findall(r'href="([^"]+/export[^"]*)"', get(client, address))
        assert len(links) >= 4, address
        for link in links:
            assert client.get(link.replace("&amp;", "&")).status_code == 200, link


def test_paper_page_offers_citations_and_shows_bibtex(client: Client, library: None) -> None:
    save_records(records=[venue_record("P18-1001@ACL", title="Of <b> & 50%")])
    html = get(client, "/venue/P18-1001@ACL")
    assert 'href="/venue/P18-1001@ACL/bibtex"' in html
    assert 'href="/venue/P18-1001@ACL/export?format=ris"' in html
    assert "title = {{Of \\textless{}b\\textgreater{} \\&amp; 50\\%}}," in html
    shown = client.get("/venue/P18-1001@ACL/bibtex")
    assert shown.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert shown.content == client.get("/venue/P18-1001@ACL/export").content


# --- Names ---
@pytest.mark.parametrize(
    ("printed", "person"),
    [
        ("Ada Lovelace", Person("Lovelace", "Ada")),
        ("Jean-Pierre van der Berg", Person("Berg", "Jean-Pierre", "van der")),
        ("Nguyen Van An", Person("An", "Nguyen Van")),
        ("Martin Luther King Jr.", Person("King", "Martin Luther", suffix="Jr.")),
        ("Henry VIII Tudor III", Person("Tudor", "Henry VIII", suffix="III")),
        ("Ito Ii", Person("Ii", "Ito")),
        ("Lovelace, Ada", Person("Lovelace", "Ada")),
        ("The ATLAS Collaboration", Person(whole="The ATLAS Collaboration")),
        ("LIGO Scientific Collaboration", Person(whole="LIGO Scientific Collaboration")),
        ("Madonna", Person(whole="Madonna")),
        ("von Neumann", Person("Neumann", "von")),
        ("X, Y, Z and others", Person(whole="X, Y, Z and others")),
        ("", Person()),
    ],
)
def test_name_is_split_where_that_is_no_guess(printed: str, person: Person) -> None:
    assert split_name(printed) == person
