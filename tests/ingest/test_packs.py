"""Venue packs by `read_pack`, `apply_pack`, `write_pack` and `manage.py venue_pack`, and those that are shipped."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given
from hypothesis import strategies as st

from coolpapers.models import Edition, Paper, Venue, VenueName
from ingest.models import Run
from ingest.pack_form import CODE, LABEL, LIMIT, NAME, NOTE, BadPack, Pack, PackEdition, pack_text, read_pack
from ingest.packs import SHIPPED, apply_pack, check_pack, shipped_pack, shipped_packs, write_pack
from ingest.sources.registry import SOURCES
from tests.factories import make_paper
from tests.ingest import shelf
from tests.ingest.clocks import NOON

MENU = (
    "AAAI ACL COLM COLT CoRL CVPR ECCV EMNLP FAST ICCV ICLR ICML IJCAI INTERSPEECH IWSLT MICCAI MLSYS NAACL NDSS"
    " NeurIPS OSDI UAI USENIX-Sec"
).split()
TEXT = """
schema = 1
code = "COLM"
name = "Conference on Language Modeling"
names = ["LMC"]

[[editions]]
year = 2024
source = "shelf"
fields = { pages = "3" }
expected = 299
every = 7
licence_note = "CC BY 4.0"

[[editions]]
year = 2025
label = "Fall"
also_of = ["ACL"]
"""


@pytest.fixture(autouse=True)
def source() -> Iterator[None]:
    with shelf.registered():
        yield


def rows() -> list[Any]:
    """All that a pack can touch."""
    editions = Edition.objects.order_by("pk").values_list(
        "pk", "label", "source", "fields", "expected", "every", "added"
    )
    return [
        *Venue.objects.order_by("pk").values_list("pk", "code", "name"),
        *VenueName.objects.order_by("pk").values_list("pk", "code", "venue"),
        *editions,
        *Edition.objects.order_by("pk", "also_of").values_list("pk", "also_of", "licence_note"),
    ]


def problems(text: str) -> str:
    """What is said against a pack."""
    with pytest.raises(BadPack) as caught:
        apply_pack(read_pack(text.encode()))
    return str(caught.value)


# --- Reading -----------------------------------------------------------------------------------------------------
def test_a_pack_is_read_with_all_its_keys() -> None:
    first = PackEdition(2024, "", (), "shelf", {"pages": "3"}, 299, 7, "CC BY 4.0")
    second = PackEdition(2025, "Fall", ("ACL",))
    wanted = Pack("COLM", "Conference on Language Modeling", ("LMC",), (first, second))
    assert read_pack(TEXT.encode()) == wanted


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("schema = 1", "", "schema: this version reads packs of schema 1. Write `schema = 1`."),
        ("schema = 1", "schema = 2", "schema: this version reads packs of schema 1."),
        ("schema = 1", "schema = true", "schema: this version reads packs of schema 1."),
        ('code = "COLM"', "", 'code: it is missing. Write it like "COLM".'),
        ('code = "COLM"', 'code = "<COLM>"', "code: '<COLM>' can't be right."),
        ('code = "COLM"', "code = 7", "code: 7 can't be right."),
        ('name = "Conf', 'name = "\\u0000Conf', "name: '\\x00Conf"),
        ('names = ["LMC"]', 'names = "LMC"', "names: 'LMC' can't be right. Write venues in brackets"),
        ('names = ["LMC"]', 'names = ["colm"]', "names: colm is there twice."),
        ("year = 2024", "yaer = 2024", "editions[0].yaer: there is no such key. The keys here are year,"),
        ("year = 2024", "", "editions[0].year: it is missing."),
        ("year = 2024", 'year = "2024"', "editions[0].year: '2024' can't be right. Write a number from 1900 to 2200"),
        ("year = 2024", "year = 20240", "editions[0].year: 20240 can't be right."),
        ("year = 2024", 'year = 2025\nlabel = "fall"', "editions[0]: COLM.2025-fall is there twice."),
        ('"Fall"', '"late fall"', "editions[1].label: 'late fall' can't be right."),
        ('["ACL"]', '["LMC"]', "editions[1].also_of: LMC is the venue itself."),
        ("expected = 299", "expected = -1", "editions[0].expected: -1 can't be right."),
        ("every = 7", "every = true", "editions[0].every: True can't be right."),
        ('pages = "3"', "pages = 3", "editions[0].fields: {'pages': 3} can't be right. Write texts in quotes"),
        ('source = "shelf"', "", "editions[0].fields: they belong to a source."),
        ("[[editions]]\nyear = 2024", "[editions]\nyear = 2024", "The file is no TOML"),
        ("schema = 1", "schema = 1\nextra = 1", "extra: there is no such key."),
        ("schema = 1", "schema = ", "The file is no TOML: Invalid value (at line 2"),
        ("schema = 1", "schema = " + "[" * 20_000, "The file is no TOML: too deep"),
        ("schema = 1", "schema = " + "1" * 20_000, "The file is no TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_path_and_what_to_do(old: str, new: str, says: str) -> None:
    assert old in TEXT
    with pytest.raises(BadPack) as caught:
        read_pack(TEXT.replace(old, new, 1).encode())
    assert says in str(caught.value)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(BadPack) as caught:
        read_pack(TEXT.replace("2024", "24").replace("299", "-1").replace('"COLM"', '""').encode())
    assert [problem.partition(":")[0] for problem in caught.value.problems] == [
        "code",
        "editions[0].year",
        "editions[0].expected",
    ]


@pytest.mark.parametrize("body", [b"\xff", b"#" * (LIMIT + 1)])
def test_bytes_that_are_no_pack_are_refused(body: bytes) -> None:
    with pytest.raises(BadPack, match=r"not UTF-8|longer than 1 MB"):
        read_pack(body)


# --- Taking in ---------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_pack_makes_a_venue_with_its_names_and_editions() -> None:
    report = apply_pack(read_pack(TEXT.encode()))
    assert report.new == ["COLM", "name LMC", "COLM.2024", "COLM.2025-Fall", "ACL"]
    edition = Edition.objects.named("lmc", 2024)
    assert edition is not None
    assert (edition.source, edition.fields, edition.expected, edition.every, edition.licence_note) == (
        "shelf",
        {"shelf": "colm", "pages": "3"},
        299,
        7,
        "CC BY 4.0",
    )
    assert [venue.code for venue in Edition.objects.get(label="Fall").also_of.all()] == ["ACL"]
    assert not Run.objects.exists()


@pytest.mark.django_db
def test_a_pack_taken_in_twice_changes_nothing() -> None:
    apply_pack(read_pack(TEXT.encode()))
    before = rows()
    report = apply_pack(read_pack(TEXT.lower().replace("fall", "FALL").encode()))
    assert (report.new, [name for name, _ in report.changed]) == (
        [],
        ["COLM", "COLM.2024"],
    )  # name and note in lower case
    apply_pack(read_pack(TEXT.encode()))
    assert rows() == before
    report = apply_pack(read_pack(TEXT.encode()))
    assert (report.new, report.changed) == ([], [])
    assert report.same == ["COLM", "name LMC", "COLM.2024", "COLM.2025-Fall"]


@pytest.mark.django_db
def test_a_preview_tells_the_same_and_writes_nothing() -> None:
    pack = read_pack(TEXT.encode())
    assert apply_pack(pack, dry_run=True).new == ["COLM", "name LMC", "COLM.2024", "COLM.2025-Fall", "ACL"]
    assert not Venue.objects.exists()


@pytest.mark.django_db
def test_what_a_pack_changes_is_told_and_what_it_does_not_say_stays() -> None:
    paper = make_paper(key="paper1@COLM.2024", venue="COLM", year=2024)
    held = Edition.objects.get()
    Venue.objects.create(code="EMNLP")
    held.also_of.add(Venue.objects.get(code="EMNLP"))
    VenueName.objects.create(code="OLD", venue=held.venue)
    Edition.objects.create(venue=held.venue, year=2023, added=NOON)
    Edition.objects.filter(pk=held.pk).update(every=30, licence_note="Ours.", source="shelf", fields={"pages": "1"})
    text = 'schema = 1\ncode = "COLM"\n[[editions]]\nyear = 2024\nexpected = 5\nalso_of = ["ACL"]\n'
    report = apply_pack(read_pack(text.encode()))
    assert (report.new, report.changed, report.same) == (["ACL"], [("COLM.2024", ["expected", "also_of"])], ["COLM"])
    held.refresh_from_db()
    assert (held.every, held.licence_note, held.source, held.fields) == (30, "Ours.", "shelf", {"pages": "1"})
    assert {venue.code for venue in held.also_of.all()} == {"ACL", "EMNLP"}
    assert (Edition.objects.count(), VenueName.objects.count(), Paper.objects.get()) == (2, 1, paper)


@pytest.mark.django_db
def test_a_default_that_is_filled_in_is_no_change() -> None:
    venue = Venue.objects.create(code="COLM")
    Edition.objects.create(venue=venue, year=2024, source="shelf", fields={"pages": "3"}, added=NOON)
    text = 'schema = 1\ncode = "COLM"\n[[editions]]\nyear = 2024\nsource = "shelf"\n'
    whole = f'{text}fields = {{ pages = "3", shelf = "colm" }}\n'
    assert apply_pack(read_pack(whole.encode())).changed == []
    assert apply_pack(read_pack(text.encode())).changed == [("COLM.2024", ["fields"])]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"shelf"', '"nowhere"', "editions[0].source: this version has no source nowhere for COLM.2024. It has "),
        ('"3"', '"x"', "editions[0].fields.pages: 'x' can't be right: write it like 3. (COLM.2024)"),
        ("pages =", "sheets =", "editions[0].fields.sheets: Shelf has no field sheets. (COLM.2024)"),
    ],
)
def test_fields_that_a_source_would_not_take_are_refused(old: str, new: str, says: str) -> None:
    assert says in problems(TEXT.replace(old, new))
    assert not Venue.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("venue", "name", "joint", "says"),
    [
        ("LMC", "", False, "names: LMC leads to LMC here. Leave it out of the pack, or delete or rename that one."),
        ("LREC", "LMC", False, "names: LMC leads to LREC here."),
        (
            "LREC",
            "COLM",
            False,
            "code: COLM is another name of LREC here. Write LREC as the code, or delete that name.",
        ),
        (
            "ACL",
            "",
            False,
            "editions[1].also_of: ACL.2025-fall is an edition of its own here. Leave ACL out of the pack.",
        ),
        ("LREC", "", True, "editions[1]: COLM.2025-Fall is LREC.2025-fall here, a joint edition."),
    ],
)
def test_what_another_venue_has_is_a_conflict_and_nothing_is_written(
    venue: str, name: str, joint: bool, says: str
) -> None:
    held = Venue.objects.create(code=venue)
    edition = Edition.objects.create(venue=held, year=2025, label="fall", added=NOON)
    if name:
        VenueName.objects.create(code=name, venue=held)
    if joint:
        edition.also_of.add(Venue.objects.create(code="COLM"))
    before = rows()
    assert says in problems(TEXT)
    assert rows() == before


# --- There and back ----------------------------------------------------------------------------------------------
def codes(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True)


editions = st.builds(
    PackEdition,
    year=st.integers(1900, 2200),
    label=st.just("") | codes(LABEL),
    also_of=st.lists(st.sampled_from(["AAA", "BBB & C"]), unique=True).map(lambda names: tuple(sorted(names))),
    expected=st.none() | st.integers(0, 2**31 - 1),
    every=st.none() | st.integers(0, 2**15 - 1),
    licence_note=st.just("") | codes(NOTE),
)


@given(
    code=codes(CODE).filter(lambda code: code.lower() not in {"aaa", "bbb & c"}),
    name=st.just("") | codes(NAME),
    told=st.lists(editions, max_size=5, unique_by=lambda one: (one.year, one.label.lower())),
    pages=st.integers(0, 9),
)
def test_what_was_written_is_read_again_as_it_was(code: str, name: str, told: list[PackEdition], pages: int) -> None:
    """Pure: without the store."""
    filled = [
        PackEdition(
            one.year, one.label, one.also_of, "shelf", {"pages": str(pages)}, one.expected, one.every, one.licence_note
        )
        for one in told
    ]
    pack = Pack(code, name, (), tuple(filled))
    assert read_pack(pack_text(pack).encode()) == pack


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        'schema = 1\ncode = "A"\n',
        'schema = 1\ncode = "B & C"\nname = "Ünïcödé \\"quoted\\" \\\\ 会议"\nnames = ["b-c", "B 1"]\n',
        TEXT.replace('"CC BY 4.0"', '"""Two\nlines, \\t and a \\"quote\\"."""'.replace("\\t", "a tab's place")),
        TEXT.replace("every = 7", "every = 0").replace("299", "0"),
        TEXT.replace('["ACL"]', '["ZZZ", "ACL", "B & C"]'),
    ],
)
def test_what_was_exported_changes_nothing_when_it_is_imported(text: str) -> None:
    code = read_pack(text.encode()).code
    apply_pack(read_pack(text.encode()))
    before = rows()
    written = write_pack(Venue.objects.get(code=code))
    report = apply_pack(read_pack(written.encode()))
    assert (report.new, report.changed) == ([], [])
    assert rows() == before
    Venue.objects.all().delete()
    apply_pack(read_pack(written.encode()))
    assert write_pack(Venue.objects.get(code=code)) == written


# --- What is shipped ---------------------------------------------------------------------------------------------
def test_the_venues_of_the_menu_are_shipped() -> None:
    assert sorted(pack.code for pack in shipped_packs()) == sorted(MENU)
    assert {path.stem for path in SHIPPED.iterdir()} == {code.lower() for code in MENU}


def test_no_name_is_in_two_packs() -> None:
    names = [name.lower() for pack in shipped_packs() for name in (pack.code, *pack.names)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("pack", shipped_packs(), ids=lambda pack: pack.code)
def test_a_shipped_pack_has_known_sources_and_fields_that_they_take(pack: Pack) -> None:
    assert pack.editions
    assert check_pack(pack) == []
    assert all(edition.source and edition.licence_note for edition in pack.editions)


@pytest.mark.parametrize("pack", shipped_packs(), ids=lambda pack: pack.code)
def test_a_shipped_pack_starts_no_schedule(pack: Pack) -> None:
    assert [edition.year for edition in pack.editions if edition.every is not None] == []


@pytest.mark.parametrize(("name", "code"), [("NIPS", "NeurIPS"), ("usenix security", "USENIX-Sec"), ("acl", "ACL")])
def test_a_shipped_pack_is_found_by_any_of_its_names(name: str, code: str) -> None:
    pack = shipped_pack(name)
    assert pack is not None
    assert pack.code == code


def test_the_example_of_the_guide_can_be_taken_in() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "venues.md").read_text()
    pack = read_pack(guide.partition("```toml\n")[2].partition("```")[0].encode())
    assert (len(pack.editions), check_pack(pack)) == (2, [])


def test_the_guide_names_every_source() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "venues.md").read_text()
    sources = [name for name in SOURCES if name != shelf.SOURCE.name]
    assert [name for name in sources if f"\n| `{name}` |" not in guide] == []


# --- The command -------------------------------------------------------------------------------------------------
def command(*words: str) -> str:
    out = StringIO()
    call_command("venue_pack", *words, stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_takes_in_lists_and_writes_a_pack(tmp_path: Path) -> None:
    (tmp_path / "colm.toml").write_text(TEXT)
    assert "That was a preview" in command("import", str(tmp_path / "colm.toml"), "--dry-run")
    assert not Venue.objects.exists()
    assert "  new      COLM.2024\n" in command("import", str(tmp_path / "colm.toml"))
    assert "COLM: 0 new, 0 changed, 4 already here." in command("import", str(tmp_path / "colm.toml"))
    listed = {line.split()[0]: line.split()[1:] for line in command("list").splitlines()[1:]}
    assert (listed["COLM"], listed["ACL"][1:], len(listed)) == (["2", "2", "0"], ["0", "0"], len(MENU))
    command("export", "lmc", "--output", str(tmp_path / "out.toml"))
    assert (
        (tmp_path / "out.toml").read_text() == command("export", "COLM") == write_pack(Venue.objects.get(code="COLM"))
    )


@pytest.mark.django_db
def test_an_export_that_could_not_be_imported_says_so() -> None:
    venue = Venue.objects.create(code="COLM")
    Edition.objects.create(venue=venue, year=2024, source="shelf", fields={"pages": "x"}, added=NOON)
    assert "Look: editions[0].fields.pages: 'x' can't be right" in command("export", "COLM")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["export", "COLM"], "There is no venue COLM here"),
        (["import", "/nowhere/at.all"], "can't be read"),
        (["import", "--shipped", "XYZ"], "ships no pack XYZ. It has AAAI, ACL"),
        (["import"], "one of the arguments FILE --shipped is required"),
    ],
)
def test_what_makes_no_sense_is_told(words: list[str], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        command(*words)


@pytest.mark.django_db
def test_of_several_packs_those_that_fit_are_taken_in_and_the_others_are_named() -> None:
    VenueName.objects.create(code="NIPS", venue=Venue.objects.create(code="Old"))
    with pytest.raises(CommandError, match=r"Not taken in: NeurIPS\. Nothing of it was written\."):
        command("import", "--shipped", "all")
    held = set(Venue.objects.values_list("code", flat=True))
    assert held == {"Old", *MENU} - {"NeurIPS"}
