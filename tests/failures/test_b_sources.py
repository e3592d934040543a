"""List B, and what lists C says of dates, where it is the parsers' business: answers as they should not be."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.clean import BadRecord
from ingest.record import PaperRecord
from ingest.sources.arxiv_api import RESULTS_A_PAGE, ApiError, EmptyPage, papers_by_id, search_papers
from ingest.sources.arxiv_bulk import parse_line
from ingest.sources.arxiv_feed import parse_feed
from ingest.sources.arxiv_oai import OaiPage, first_url, next_url, parse_page
from ingest.sources.base import Bad, BadPage
from tests.ingest.sources.session import FakeAnswer, FakeSession

DATA = Path(__file__).parents[1] / "data"
BASE = "http://127.0.0.1:1/oai"


# --- OAI-PMH -----------------------------------------------------------------------------------------------------
def raw(key: str = "2606.10001", *, title: str = "A title", fields: str = "", days: tuple[str, ...] = ("15",)) -> str:
    versions = "".join(
        f'<version version="v{number}"><date>Mon, {day} Jun 2026 10:00:00 GMT</date></version>'
        for number, day in enumerate(days, 1)
    )
    return (
        f"<record><header><identifier>oai:arXiv.org:{key}</identifier><datestamp>2026-06-16</datestamp></header>"
        f'<metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{key}</id>{versions}<title>{title}</title>'
        f"<authors>A. B.</authors><categories>cs.LG</categories>{fields}</arXivRaw></metadata></record>"
    )


def oai(*inside: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>', tail: str = "") -> bytes:
    return (
        f'{head}<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-06-17T02:31:07Z</responseDate>'
        f"<ListRecords>{''.join(inside)}{tail}</ListRecords></OAI-PMH>"
    ).encode()


def error(code: str) -> bytes:
    return oai().replace(b"<ListRecords></ListRecords>", f'<error code="{code}">A sentence.</error>'.encode())


def only(page: OaiPage) -> PaperRecord:
    assert page.bad == ()
    (record,) = page.records
    return record


@pytest.mark.parametrize(
    ("element", "token"),
    [
        ("", ""),
        ("<resumptionToken/>", ""),
        ("<resumptionToken>  </resumptionToken>", ""),
        ('<resumptionToken completeListSize="1001" cursor="1000"></resumptionToken>', ""),
        ("<resumptionToken>a|1</resumptionToken>", "a|1"),
        ("<resumptionToken expirationDate='2026-06-18T00:00:00Z'>\n verb%3DList \n</resumptionToken>", "verb%3DList"),
        ('<resumptionToken cursor="0">&lt;&amp;</resumptionToken>', "<&"),
    ],
)
def test_b4_an_absent_or_empty_token_ends_the_list_and_attributes_do_not_matter(element: str, token: str) -> None:
    page = parse_page(oai(raw(), tail=element))
    assert (page.token, page.error) == (token, "")


def test_b4_no_records_match_is_an_empty_success() -> None:
    page = parse_page(error("noRecordsMatch"))
    assert (page.records, page.bad, page.token, page.error) == ((), (), "", "")
    assert page.response_date == datetime(2026, 6, 17, 2, 31, 7, tzinfo=UTC)


@pytest.mark.parametrize("code", ["badResumptionToken", "badArgument", "cannotDisseminateFormat", "noSetHierarchy"])
def test_b4_an_error_in_a_good_answer_is_told_by_its_code(code: str) -> None:
    assert parse_page(error(code)).error == f"{code}: A sentence."


def test_b4_the_token_is_sent_as_it_came_and_until_never() -> None:
    assert (
        next_url(BASE, "verb%3DL%26skip%3D8|&")
        == f"{BASE}?verb=ListRecords&resumptionToken=verb%253DL%2526skip%253D8%7C%26"
    )
    first = first_url(BASE, since=date(2026, 6, 15), spec="cs:cs:AI", prefix="arXiv")
    assert first == f"{BASE}?verb=ListRecords&metadataPrefix=arXiv&from=2026-06-15&set=cs:cs:AI"
    assert first_url(BASE) == f"{BASE}?verb=ListRecords&metadataPrefix=arXivRaw"


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
NOT_WHOLE = {
    "nothing": b"",
    "only white space": b" \n ",
    "a maintenance page": b"<!DOCTYPE html><html><head><title>Down</title></head><body>Sorry<br></body></html>",
    "a maintenance page that is XML": b"<html><head><title>arXiv is down</title></head></html>",
    "text": b"Rate exceeded.",
    "an end that is missing": oai(raw(), raw("2606.10002"))[:-40],
    "an end in the middle of a record": oai(raw(), raw("2606.10002"))[:600],
    "an end in the middle of a character": oai(raw(title="Ünï"))[:-200] + "ü".encode()[:1],
    "no date": oai(raw()).replace(b"responseDate", b"answerDate"),
    "a date that is none": oai(raw()).replace(b"2026-06-17T02:31:07Z", b"yesterday"),
    "neither a list nor an error": oai().replace(b"ListRecords", b"ListSets"),
    "an entity bomb": oai(raw(title="&e11;"), head=f'<!DOCTYPE OAI-PMH [<!ENTITY e0 "ha">{BOMB}]>'),
    "an entity bomb in an attribute": oai(
        f'<record a="{"&e11;"}"/>', head=f'<!DOCTYPE OAI-PMH [<!ENTITY e0 "ha">{BOMB}]>'
    ),
    "a file of ours": oai(raw(title="&f;"), head='<!DOCTYPE OAI-PMH [<!ENTITY f SYSTEM "file:///etc/hostname">]>'),
    "a document type elsewhere": oai(raw(), head='<!DOCTYPE OAI-PMH SYSTEM "http://127.0.0.1:1/oai.dtd">'),
    "depth without end": b"<a>" * 100_000,
    "a charset that is none": oai(raw(), head='<?xml version="1.0" encoding="x-none"?>'),
    "another charset than it says": oai(raw(title="Ünï"), head='<?xml version="1.0" encoding="US-ASCII"?>'),
}


@pytest.mark.parametrize("body", NOT_WHOLE.values(), ids=NOT_WHOLE)
def test_b13_an_answer_that_is_not_whole_is_refused_whole(body: bytes) -> None:
    with pytest.raises(BadPage):
        parse_page(body)


@pytest.mark.parametrize("body", [NOT_WHOLE["an entity bomb"], NOT_WHOLE["a file of ours"], NOT_WHOLE["text"], b""])
def test_b13_feeds_and_the_api_refuse_the_same(body: bytes) -> None:
    with pytest.raises(BadPage):
        parse_feed(body)
    with pytest.raises(BadPage):
        papers_by_id(["2606.10001"], FakeSession(body))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_b13_any_charset_is_read_as_declared(encoding: str) -> None:
    text = oai(raw(title="Übung"), head=f'<?xml version="1.0" encoding="{encoding}"?>').decode()
    assert only(parse_page(text.encode(encoding))).title == "Übung"


def test_b13_bytes_of_another_charset_cost_their_record_and_not_the_page() -> None:
    body = oai(raw(title="Übung"), raw("2606.10002", title="Gut")).replace("Ü".encode(), "Ü".encode("latin-1"))
    page = parse_page(body)
    assert page.bad == (Bad("2606.10001", "it has bytes that are not UTF-8"),)
    assert [record.title for record in page.records] == ["Gut"]


def test_b13_bytes_of_another_charset_cost_their_entry_of_the_api() -> None:
    bad = entry("2606.00001v1").replace("A. B.", "Ü. B.")
    body = atom(bad, entry("2606.00002v1"), total=2).replace("Ü".encode(), "Ü".encode("latin-1"))
    answer = papers_by_id(["2606.00001", "2606.00002"], FakeSession(body))
    assert [record.key for record in answer.records] == ["2606.00002"]
    assert answer.bad == (Bad("2606.00001v1", "it has bytes that are not UTF-8"),)


@pytest.mark.parametrize("sign", ["\x0b", "&#11;", "&#x0B;", "\x00", "\uffff", "&#xFFFE;"])
def test_b13_characters_that_xml_forbids_are_dropped(sign: str) -> None:
    assert only(parse_page(oai(raw(title=f"A{sign} title")))).title == "A title"


def test_b14_order_namespaces_and_new_elements_do_not_matter() -> None:
    body = oai(raw(fields="<abstract>An abstract.</abstract>"))
    changed = (
        body.replace(b'"http://arxiv.org/OAI/arXivRaw/"', b'"https://arxiv.org/OAI/arXivRaw"')
        .replace(b"http://www.openarchives.org/OAI/2.0/", b"https://www.openarchives.org/OAI/2.1")
        .replace(b"<title>A title</title>", b"")
        .replace(b"<id>", b'<rating scale="5">4</rating><title lang="en">A title</title><id>')
    )
    assert parse_page(changed) == parse_page(body)


@pytest.mark.parametrize("form", ["arXiv", "arXivRaw"])
def test_b14_little_is_enough_for_a_paper(form: str) -> None:
    names = {"arXiv": "<author><keyname>Plato</keyname></author>", "arXivRaw": "Plato"}
    record = only(
        parse_page(
            oai(
                f'<record><metadata><{form} xmlns="http://arxiv.org/OAI/{form}/"><id>2606.10001</id>'
                f"<title>A title</title><authors>{names[form]}</authors><categories>cs.ZZ cs.LG</categories>"
                f"<license>http://example.org/new/9.0/</license></{form}></metadata></record>"
            )
        )
    )
    assert record.authors == ("Plato",)
    assert (record.abstract, record.submitted, record.revised, record.modified, record.announced) == (
        "",
        None,
        None,
        None,
        (),
    )
    assert (record.categories, record.licence) == (("cs.LG",), "http://example.org/new/9.0/")


def test_b14_an_unknown_category_is_left_out_and_told() -> None:
    page = parse_page(oai(raw(fields="").replace("cs.LG", "cs.LG cs.ZZ I.2.7 68T50 68-02")))
    assert only(page).categories == ("cs.LG",)
    assert page.notes == (Bad("2606.10001", "no category is known as 'cs.ZZ'"),)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_b15_of_a_paper_that_is_twice_in_a_page_the_later_state_counts(order: tuple[int, ...]) -> None:
    states = [
        raw(title="One"),
        raw(title="Two", days=("15", "16")).replace("2026-06-16<", "2026-06-17<"),
        raw(title="Three", days=("15", "16")).replace("2026-06-16<", "2026-06-18<"),
    ]
    assert only(parse_page(oai(*(states[at] for at in order)))).title == "Three"


def test_c6_a_paper_submitted_in_the_month_before_its_number_keeps_its_day() -> None:
    version = '<version version="v1"><date>Thu, 29 Dec 2011 21:00:00 GMT</date></version>'
    record = only(parse_page(oai(raw("1201.0001", days=(), fields=version))))
    assert record.submitted == datetime(2011, 12, 29, 21, tzinfo=UTC)
    assert [(told.day, told.evidence) for told in record.announced] == [(date(2012, 1, 2), "computed")]
    assert record.ordinal // 10**6 == 201201


@pytest.mark.parametrize(
    ("key", "created", "submitted", "revised"),
    [
        ("1201.0001", "2011-12-29", date(2011, 12, 29), None),  # before its month: only the first version can be
        ("1201.0001", "2012-01-05", None, None),  # in its month: of which version is not told
        ("1201.0001", "2011-12-31", None, None),  # the last day in one zone is the first in another
        ("1201.0001", "2012-02-01", None, None),
        ("1201.0001", "2012-02-02", None, date(2012, 2, 2)),  # after it: only a later version can be
        ("hep-th/9912001", "2026-06-15", None, date(2026, 6, 15)),
    ],
)
def test_c6_a_day_without_a_version_is_given_only_to_the_one_it_must_be(
    key: str, created: str, submitted: date | None, revised: date | None
) -> None:
    body = oai(
        f'<record><metadata><arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>{key}</id><created>{created}</created>'
        "<updated>2026-06-16</updated><title>A title</title><categories>cs.LG</categories></arXiv></metadata></record>"
    )
    record = only(parse_page(body))
    assert (record.submitted and record.submitted.date(), record.submitted_day_only) == (
        submitted,
        submitted is not None,
    )
    assert (record.revised and record.revised.date(), record.revised_day_only) == (revised, revised is not None)


# --- The API -----------------------------------------------------------------------------------------------------
def entry(name: str, *, published: str = "2026-06-15T10:00:00Z", updated: str = "2026-06-15T10:00:00Z") -> str:
    return (
        f"<entry><id>http://arxiv.org/abs/{name}</id><title>{name}</title><published>{published}</published>"
        f'<updated>{updated}</updated><summary>S</summary><author><name>A. B.</name></author><category term="cs.LG"/>'
        "</entry>"
    )


def atom(*entries: str, total: int | str = 0) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom">'
        f"<opensearch:totalResults>{total}</opensearch:totalResults>{''.join(entries)}</feed>"
    ).encode()


def error_entry(reason: str) -> str:
    return (
        f"<entry><id>https://arxiv.org/api/errors#{reason.replace(' ', '_')}</id><title>Error</title>"
        "<updated>2026-04-12T22:59:06Z</updated><published>2026-04-12T22:59:06Z</published>"
        f"<summary>{reason}</summary><author><name>arXiv api core</name></author></entry>"
    )


def numbered(first: int, last: int) -> list[str]:
    return [entry(f"2606.{number:05d}v1") for number in range(first, last + 1)]


def test_b8_a_short_page_moves_on_by_what_came() -> None:
    session = FakeSession(
        atom(*numbered(1, 4), total=9), atom(*numbered(5, 6), total=9), atom(*numbered(7, 9), total=9)
    )
    answer = search_papers("cat:cs.LG", session, 100)
    assert [record.key for record in answer.records] == [f"2606.{number:05d}" for number in range(1, 10)]
    assert session.asked("start") == ["0", "4", "6"]
    assert session.asked("max_results") == ["100", "96", "94"]
    assert answer.total == 9


@pytest.mark.parametrize("pages", [[atom(total=9)], [atom(*numbered(1, 4), total=9), atom(total=9)]])
def test_b8_an_empty_page_in_the_middle_of_a_search_is_an_error_that_says_try_again(pages: list[bytes]) -> None:
    with pytest.raises(EmptyPage, match="try again"):
        search_papers("cat:cs.LG", FakeSession(*pages), 100)


def test_b8_a_search_that_finds_nothing_is_no_error() -> None:
    assert search_papers("cat:cs.LG", FakeSession(atom(total=0)), 100).records == ()


def test_b8_no_more_is_asked_for_than_the_limit() -> None:
    session = FakeSession(atom(*numbered(1, 3), total=9))
    assert len(search_papers("cat:cs.LG", session, 2).records) == 2
    session = FakeSession(atom(*numbered(1, RESULTS_A_PAGE), total=9_999), atom(*numbered(501, 510), total=9_999))
    assert len(search_papers("cat:cs.LG", session, 510).records) == 510
    assert session.asked("max_results") == ["500", "10"]


@pytest.mark.parametrize("total", [0, 1, 2, "", "many"])
def test_b8_an_identifier_that_did_not_come_is_missing_whatever_the_total_says(total: int | str) -> None:
    session = FakeSession(atom(total=total))
    answer = papers_by_id(["2606.10001"], session)
    assert (answer.records, answer.missing, answer.bad) == ((), ("2606.10001",), ())
    assert answer.doubtful is (total in {1, 2})
    assert session.asked("id_list") == ["2606.10001"]


def test_b8_the_rest_of_a_list_is_asked_for_behind_a_short_page() -> None:
    session = FakeSession(atom(*numbered(1, 1), total=3), atom(*numbered(3, 3), total=3), atom(total=3))
    answer = papers_by_id(["2606.00001", "2606.00002", "2606.00003"], session)
    assert [record.key for record in answer.records] == ["2606.00001", "2606.00003"]
    assert (answer.missing, answer.doubtful) == (("2606.00002",), True)
    assert session.asked("start") == ["0", "1", "2"]


def test_b8_a_version_that_does_not_exist_is_missing_though_another_came() -> None:
    session = FakeSession(atom(entry("2606.10001v2"), total=1))
    assert papers_by_id(["2606.10001v99"], session).missing == ("2606.10001v99",)
    session = FakeSession(atom(entry("2606.10001v1"), total=1))
    assert [record.version for record in papers_by_id(["2606.10001v1"], session).records] == [1]


def test_b8_what_is_no_identifier_is_not_asked_for() -> None:
    assert papers_by_id(["abc", "2606.1/../x", ""], FakeSession()).missing == ("abc", "2606.1/../x", "")
    session = FakeSession(atom(entry("1406.2661v1"), total=1))
    assert papers_by_id(["1406.2661", "abc"], session).missing == ("abc",)
    assert session.asked("id_list") == ["1406.2661"]  # four digits, as it is


def test_b8_many_identifiers_are_asked_for_in_parts() -> None:
    keys = [f"2606.{number:05d}" for number in range(1, 451)]
    session = FakeSession(*(atom(*numbered(at + 1, min(at + 200, 450)), total=200) for at in (0, 200, 400)))
    answer = papers_by_id(keys, session)
    assert ([record.key for record in answer.records], answer.missing) == (keys, ())
    assert max(map(len, session.urls)) < 4_000


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("around", [(), numbered(1, 1)])
def test_b9_an_error_entry_is_raised_and_never_a_paper(status: int, around: tuple[str, ...]) -> None:
    body = atom(*around, error_entry("incorrect id format for abc"), total=1)
    for ask in (lambda s: papers_by_id(["2606.10001"], s), lambda s: search_papers("ti:x", s, 10)):
        with pytest.raises(ApiError, match="incorrect id format for abc"):
            ask(FakeSession(FakeAnswer(body, status)))


@pytest.mark.parametrize("body", [b"Internal Server Error", b"<html><body>Sorry</body></html>", atom(), b""])
def test_b9_a_bad_status_is_told(body: bytes) -> None:
    with pytest.raises(BadPage, match="status 500"):
        papers_by_id(["2606.10001"], FakeSession(FakeAnswer(body, 500)))


@pytest.mark.parametrize("absent", ["id", "published", "updated", "title"])
def test_b14_an_entry_without_what_every_paper_has_is_told(absent: str) -> None:
    good, bad = entry("2606.00001v1"), entry("2606.00002v1")
    start, end = bad.index(f"<{absent}>"), bad.index(f"</{absent}>")
    session = FakeSession(atom(good, bad[:start] + bad[end + len(absent) + 3 :], total=2))
    answer = papers_by_id(["2606.00001", "2606.00002"], session)
    assert [record.key for record in answer.records] == ["2606.00001"]
    assert len(answer.bad) == 1
    assert absent in answer.bad[0].reason


@pytest.mark.parametrize(
    "instant", ["soon", "2026-06-15", "", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
def test_b14_a_date_that_is_none_costs_its_entry_and_not_the_page(instant: str) -> None:
    session = FakeSession(atom(entry("2606.00001v1"), entry("2606.00002v1", updated=instant), total=2))
    answer = search_papers("ti:x", session, 10)
    assert "2606.00001" in [record.key for record in answer.records]


def test_b8_what_the_session_raises_passes_through_and_nothing_is_repeated() -> None:
    class Later(Exception):
        """Such as the governor's."""

    class Paused(FakeSession):
        def get(self, url: str, *, headers: object = None) -> FakeAnswer:
            self.urls.append(url)
            raise Later

    session = Paused()
    with pytest.raises(Later):
        papers_by_id(["2606.10001"], session)
    assert len(session.urls) == 1


def test_b14_entries_that_the_package_does_not_read_are_not_passed_over() -> None:
    body = atom(entry("2606.00001v1"), total=1).replace(b"http://www.w3.org/2005/Atom", b"http://www.w3.org/2027/Atom")
    with pytest.raises(BadPage, match="0 of 1 entries"):
        papers_by_id(["2606.00001"], FakeSession(body))


def test_c9_what_was_published_after_its_update_has_no_known_submission() -> None:
    later = entry("2511.00001v2", published="2025-11-14T10:00:00Z", updated="2025-11-10T10:00:00Z")
    first = entry("2511.00002v1", published="2025-11-14T10:00:00Z", updated="2025-11-10T10:00:00Z")
    good = entry("2511.00003v2", published="2025-11-10T10:00:00Z", updated="2025-11-14T10:00:00Z")
    answer = papers_by_id(["2511.00001", "2511.00002", "2511.00003"], FakeSession(atom(later, first, good, total=3)))
    dates = [(record.submitted, record.revised, len(record.announced)) for record in answer.records]
    tenth, fourteenth = datetime(2025, 11, 10, 10, tzinfo=UTC), datetime(2025, 11, 14, 10, tzinfo=UTC)
    assert dates == [(None, tenth, 0), (None, None, 0), (tenth, fourteenth, 1)]


# --- Anything ----------------------------------------------------------------------------------------------------
GOLDEN = {
    name: sorted((DATA / name / "in").iterdir()) for name in ("arxiv_oai", "arxiv_feed", "arxiv_api", "arxiv_bulk")
}
PARSERS: dict[str, tuple[Callable[[bytes], object], type[Exception]]] = {
    "arxiv_oai": (parse_page, BadPage),
    "arxiv_feed": (parse_feed, BadPage),
    "arxiv_api": (lambda body: search_papers("ti:x", FakeSession(*[body] * 9), 9), BadPage),
    "arxiv_bulk": (parse_line, BadRecord),
}


@st.composite
def damaged(draw: st.DrawFn, bodies: list[bytes]) -> bytes:
    """An answer with pieces cut out, doubled, or replaced by anything."""
    body = draw(st.sampled_from(bodies))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 60)))
        piece = draw(st.one_of(st.binary(max_size=20), st.just(body[start:end] * 2), st.text(max_size=9).map(replaced)))
        body = body[:start] + piece + body[end:]
    return body


def replaced(text: str) -> bytes:
    return escape(text).encode("utf-8", "replace")


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_b13_no_bytes_make_a_parser_raise_anything_but_its_own_error(name: str, data: st.DataObject) -> None:
    parse, expected = PARSERS[name]
    bodies = [
        line
        for path in GOLDEN[name]
        for line in (path.read_bytes().splitlines() if "bulk" in name else [path.read_bytes()])
    ]
    body = data.draw(st.one_of(st.binary(max_size=200), damaged(bodies)))
    with suppress(expected):
        parse(body)


def anything() -> st.SearchStrategy[object]:
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    )


@settings(max_examples=150, deadline=None)
@given(
    values=st.dictionaries(
        st.sampled_from(
            ["authors", "title", "categories", "versions", "update_date", "authors_parsed", "license", "id", "doi"]
        ),
        anything() | st.lists(st.dictionaries(st.sampled_from(["version", "created"]), anything()), max_size=2),
    )
)
def test_b13_no_json_makes_the_bulk_parser_raise_anything_but_its_own_error(values: dict[str, object]) -> None:
    line = {"id": "2606.10001", "title": "A title", "categories": "cs.LG"} | values
    with suppress(BadRecord):
        parse_line(json.dumps(line).encode())
