"""F7: what is exported stays what it was, in every format, whatever it holds."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from coolpapers.exports.formulas import _drawing, safe_formula
from coolpapers.models import Paper
from ingest.record import record_from_json
from ingest.store import link_copies, save_records
from tests.exported import read_bibtex, read_csl, read_csv, read_ris
from tests.library import arxiv_record, venue_record

pytestmark = pytest.mark.django_db
INJECTIONS = [
    "Ends here}}\n@misc{evil, title = {Evil}}",
    "Ends here}, note = {evil",
    'Quotes " and } alone',
    "{ alone", "} alone", "\\} alone", "\\{ alone", "\\", "\\\\}", "%", "Half of 100% and # and & and _ and ^ and ~",
    "TY  - evil\r\nER  - \r\nTY  - JOUR", "=HYPERLINK(\"http://evil\")", "+1", "-1", "@SUM(A1)", "\t=1", "＝1",
    "Cells, \"with\" quotes\nand; lines", "</title><script>alert(1)</script>", "![x](http://evil/x.png)",
    "[click](javascript:alert(1))", "# Heading", "1. List", "- list", "> quote", "`code`", "<http://evil>", "a | b",
    "a ]( b", "&lt;b&gt;", "$\\input{/etc/passwd}$", "$^^5cinput{x}$", "$\\write18{rm}$", "$x%$", "$a}b{c$", "$\\}$",
    "from $5 to $10 each", "costs \\$5", "Ünïcödé 漢字 and — dashes", "@comment{x}", "$@Misc{x}$", "a" * 1_900,
]  # fmt: skip


def save(text: str, key: str = "2606.30001") -> Paper:
    """A paper of arXiv that says the text wherever it can, as a source would hand it on."""
    row = {"id": key, "title": f"T {text}", "abstract": text, "authors": [f"Bo {text}"[:200], "Ada Author"],
           "categories": ["cs.CL"], "journal_ref": text[:200], "announced": "2026-06-16"}  # fmt: skip
    save_records(records=[record_from_json(row)])
    return Paper.objects.get(key=key)


def export(client: Client, form: str, keys: Sequence[str] = ("2606.30001",)) -> str:
    answer = client.get(f"/arxiv/{','.join(keys)}/export?format={form}")
    assert answer.status_code == 200
    return answer.content.decode()


# --- What was told stays where it belongs ------------------------------------------------------------------------
@pytest.mark.parametrize("text", INJECTIONS)
def test_f7_no_text_leaves_its_entry_record_item_or_cell(client: Client, db: None, text: str) -> None:
    paper = save(text)
    (entry,) = read_bibtex(export(client, "bibtex"))
    assert entry["eprint"] == "2606.30001"
    assert set(entry) <= {"type", "key", "title", "author", "year", "note", "url", "eprint", "archivePrefix",
                          "primaryClass"}  # fmt: skip
    (record,) = read_ris(export(client, "ris"))
    plain = paper.title.replace("\\$", "$")
    assert [value for tag, value in record if tag == "TI"] == [plain]
    assert [tag for tag, _ in record].count("AU") == 2
    (item,) = read_csl(export(client, "csl"))
    assert (item["title"], item["abstract"]) == (plain, paper.abstract.replace("\\$", "$"))
    (row,) = read_csv(export(client, "csv"))
    assert row["title"] == plain
    assert row["abstract"].removeprefix("'") == item["abstract"]
    assert row["key"] == export(client, "ids").strip() == "2606.30001"


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.sampled_from("{}\\$%#&_^~@,\"'=+-\n\rab[]()<>!`*|é 1.;"), min_size=1, max_size=60))
def test_f7_no_mixture_of_signs_does(client: Client, db: None, text: str) -> None:
    save(f"x {text}")
    assert len(read_bibtex(export(client, "bibtex"))) == 1
    assert len(read_ris(export(client, "ris"))) == 1
    assert len(read_csl(export(client, "csl"))) == 1
    assert len(read_csv(export(client, "csv"))) == 1


@pytest.mark.parametrize("text", INJECTIONS)
def test_f7_markdown_shows_text_and_no_markup_of_it(client: Client, db: None, text: str) -> None:
    paper = save(text)
    tokens = MarkdownIt("commonmark").parse(export(client, "markdown"))
    blocks = ("html", "fence", "code", "bullet", "ordered", "hr", "block")
    assert [token.type for token in tokens if token.type.startswith(blocks)] == []
    assert [t.tag for t in tokens if t.type == "heading_open"] == ["h1", "h2"]
    inline = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inline} <= {"text", "text_special", "softbreak", "link_open", "link_close",
                                                "em_open", "em_close", "strong_open", "strong_close"}  # fmt: skip
    links = [str(child.attrGet("href")) for child in inline if child.type == "link_open"]
    ours = (
        "http://testserver/arxiv/2606.30001",
        "https://arxiv.org/abs/2606.30001",
        "https://arxiv.org/pdf/2606.30001",
    )
    assert [link for link in links if not link.startswith(ours)] == []
    if "$" not in text:
        shown = "".join(child.content for child in inline)
        assert paper.title in shown
        assert paper.abstract in shown


def test_f7_csv_cells_that_a_spreadsheet_would_run_have_an_apostrophe(client: Client, db: None) -> None:
    for number, sign in enumerate("=+-@", start=1):
        save_records(records=[arxiv_record(f"2606.3000{number}", title=f"{sign}1+1", authors=(f"{sign}cmd",))])
    rows = read_csv(export(client, "csv", [f"2606.3000{number}" for number in range(1, 5)]))
    assert [row["title"] for row in rows] == ["'=1+1", "'+1+1", "'-1+1", "'@1+1"]
    assert [row["authors"] for row in rows] == ["'=cmd", "'+cmd", "'-cmd", "'@cmd"]


# --- BibTeX ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("title", "escaped"),
    [
        ("R&D at 50% of #1", r"R\&D at 50\% of \#1"),
        ("snake_case ~tilde ^hat", r"snake\_case \textasciitilde{}tilde \textasciicircum{}hat"),
        ("a { b } c \\ d", r"a \textbraceleft{} b \textbraceright{} c \textbackslash{} d"),
        ("p < .05 | q > 1", r"p \textless{} .05 \textbar{} q \textgreater{} 1"),
        ("Costs $5 and more", r"Costs \$5 and more"),
        ("from $5 to $10 each", r"from \$5 to \$10 each"),
        ("costs \\$5", r"costs \$5"),
        ("in $O(n^{2} \\log n)$ time", r"in $O(n^{2} \log n)$ time"),
        ("with \\(x_1\\) in it", "with $x_1$ in it"),
        ("by $\\mathcal{L}_{\\text{a b}}$", r"by $\mathcal{L}_{\text{a b}}$"),
        ("Schrödinger, 漢字", "Schrödinger, 漢字"),
    ],
)
def test_f7_bibtex_escapes_what_means_something_to_tex(client: Client, db: None, title: str, escaped: str) -> None:
    save_records(records=[arxiv_record("2606.30001", title=title)])
    (entry,) = read_bibtex(export(client, "bibtex"))
    assert entry["title"] == f"{{{escaped}}}", "in braces of its own: no style makes its capitals small"


@pytest.mark.parametrize(
    "formula",
    ["$\\input{/etc/passwd}$", "$\\write18{x}$", "$^^5cinput{x}$", "$\\csname input\\endcsname$", "$\\def\\a{b}$",
     "$\\begin{filecontents}x$", "$x % y$", "$x # y$", "$a & b$", "$\\{x$", "$x\\}$", "$}{$", "$\\href{x}{y}$",
     "$\\notknown{x}$", "$\\$", "$$", "$ $", "$a@b$", "$\\catcode`@=11$", "$\\includegraphics{x}$"],
)  # fmt: skip
def test_f7_formula_that_does_more_than_draw_is_text(formula: str) -> None:
    assert safe_formula(formula) == ""


def test_f7_no_command_that_draws_reads_writes_or_defines() -> None:
    words = "input include read write openin openout immediate special csname catcode def edef gdef xdef let futurelet"
    more = "newcommand renewcommand loop jobname expandafter usepackage verb label ref cite url href includegraphics"
    assert (
        not {f"\\{word}" for word in f"{words} {more} begin end else fi if relax global long outer".split()}
        & _drawing()
    )


def test_f7_authors_stay_in_order_and_whole(client: Client, db: None) -> None:
    authors = ("Zoë Last", "Guido van der Berg", "Alfonso de la Cruz Jr.", "The ATLAS Collaboration", "Smith and Sons",
               "Madonna", "王小明", "Hanumanthappa J.", "Conan O’Neil", "Loring Tu III", "Ito Ii")  # fmt: skip
    save_records(records=[arxiv_record("2606.30001", authors=authors)])
    (entry,) = read_bibtex(export(client, "bibtex"))
    assert entry["author"].split(" and ") == [
        "Zoë Last", "Guido van der Berg", "de la Cruz, Jr., Alfonso", "{The ATLAS Collaboration}", "{Smith",
        "Sons}", "Madonna", "王小明", "Hanumanthappa, J.", "Conan O’Neil", "Tu, III, Loring", "Ito Ii",
    ]  # fmt: skip
    (record,) = read_ris(export(client, "ris"))
    assert [value for tag, value in record if tag == "AU"] == [
        "Last, Zoë", "van der Berg, Guido", "de la Cruz, Alfonso, Jr.", "The ATLAS Collaboration", "Smith and Sons",
        "Madonna", "王小明", "Hanumanthappa, J.", "O’Neil, Conan", "Tu, Loring, III", "Ii, Ito",
    ]  # fmt: skip
    (item,) = read_csl(export(client, "csl"))
    assert item["author"][1:4] == [
        {"family": "Berg", "given": "Guido", "non-dropping-particle": "van der"},
        {"family": "Cruz", "given": "Alfonso", "non-dropping-particle": "de la", "suffix": "Jr."},
        {"literal": "The ATLAS Collaboration"},
    ]
    assert read_csv(export(client, "csv"))[0]["authors"] == "; ".join(authors)


# --- Keys --------------------------------------------------------------------------------------------------------
def keys(client: Client, address: str) -> list[str]:
    return [entry["key"] for entry in read_bibtex(client.get(f"{address}/export").content.decode())]


def test_f7_keys_are_unique_where_everything_else_is_the_same(client: Client, db: None) -> None:
    same = {"title": "Attention", "authors": ("Ada Author",)}
    ids = [f"2606.{number:05d}" for number in range(1, 101)]
    save_records(records=[arxiv_record(key, **same) for key in ids])
    found = keys(client, f"/arxiv/{','.join(ids)}")
    assert len(set(found)) == 100
    assert found[0] == "author2026-2606.00001"


def test_f7_keys_are_unique_where_only_signs_or_cases_differ(client: Client, db: None) -> None:
    names = ["a_b@X1@CVF", "a-b@X1@CVF", "A_b@X1@CVF", "sun21c@v139@PMLR", "sun21C@v139@PMLR"]
    save_records(records=[venue_record(key, position=place) for place, key in enumerate(names)])
    assert len(keys(client, "/venue/ACL.2018")) == len(names)  # read_bibtex looks that they differ


def test_f7_key_is_the_same_in_every_export(client: Client, indexed_library: None) -> None:
    (alone,) = keys(client, "/arxiv/2606.10001")
    for address in ("/arxiv/cs.CL", "/arxiv/cs.CL-cs.CY", "/arxiv/2606.10002,2606.10001", "/author/Ada%20Author"):
        assert alone in keys(client, address), address
    assert alone in client.get("/search/export?query=attention").content.decode()
    assert keys(client, "/arxiv/2606.10002,2606.10001") == keys(client, "/arxiv/2606.10001,2606.10002")[::-1]


def test_f7_key_outlives_a_new_version_and_publication(client: Client, library: None) -> None:
    before = keys(client, "/arxiv/2606.10001")
    later = datetime(2026, 7, 1, tzinfo=UTC)
    save_records(records=[arxiv_record("2606.10001", title="Another title", version=2, revised=later, submitted=later)])
    assert keys(client, "/arxiv/2606.10001") == before
    link_copies(papers=list(Paper.objects.filter(key__in=["2606.10001", "P18-1001@ACL"])))
    entries = read_bibtex(client.get("/venue/P18-1001@ACL/export").content.decode())
    assert [(entry["key"], entry["type"]) for entry in entries] == [(before[0], "inproceedings")]


def test_f7_long_and_foreign_names_make_plain_keys(client: Client, db: None) -> None:
    long = f"{'Park_SplineGS_' * 12}@CVPR2025@CVF"
    for number, authors in enumerate([("Юрий Манин",), (), ("Łukasz Kaiser",), ("Elsa van Ørsted",)], start=1):
        save_records(records=[arxiv_record(f"2606.0000{number}", authors=authors)])
    save_records(records=[venue_record(long)])
    found = keys(client, "/arxiv/2606.00001,2606.00002,2606.00003,2606.00004")
    assert found[:2] == ["paper2026-2606.00001", "paper2026-2606.00002"]
    assert found[2:] == ["kaiser2026-2606.00003", "orsted2026-2606.00004"]
    assert len(keys(client, "/venue/ACL.2018")[0]) < 80
