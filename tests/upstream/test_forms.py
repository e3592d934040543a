"""Answers of the fake arXiv have the form of recorded ones: elements, their order, attributes, and how dates look."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.programs import SHARED
from tests.upstream import api, feeds
from tests.upstream.fixtures import SMALL
from tests.upstream.oai import Oai
from tests.upstream.schedule import at
from tests.upstream.story import build_world
from tests.upstream.world import World

FIXTURES = SHARED / "data/fixtures"
NOON = at(date(2026, 3, 16), 12)

# What only some records have, or only other recordings than the one that is compared.
SOME = set(
    "doi journal_ref journal_reference journal-ref DOI comments comment msc-class acm-class license source_type "
    "updated suffix resumptionToken submitter forenames affiliation".split()
)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(SMALL)


def recorded(path: str) -> str:
    file = FIXTURES / path
    if not file.is_file():
        pytest.skip("the recorded answers of ../shared/data/fixtures are not here")
    text = file.read_text()
    return str(json.loads(text)["body"]) if path.endswith(".json") else text


def bare(tag: str) -> str:
    return tag.rpartition("}")[2]


def label(element: ElementTree.Element) -> str:
    """Links are told apart by what they are for."""
    return f"{element.tag}/{element.get('rel', '')}{element.get('title', '')}" if "link" in element.tag else element.tag


def orders(text: str) -> dict[str, set[tuple[str, str]]]:
    """Of every element, which of its children come before which."""
    found: dict[str, set[tuple[str, str]]] = {}
    for parent in ElementTree.fromstring(text.encode()).iter():
        names = list(dict.fromkeys(label(child) for child in parent))
        pairs = {(one, other) for number, one in enumerate(names) for other in names[number + 1 :]}
        found.setdefault(parent.tag, set()).update(pairs)
    return found


def attributes(text: str) -> dict[str, set[str]]:
    """Of every element, its attributes."""
    found: dict[str, set[str]] = {}
    for element in ElementTree.fromstring(text.encode()).iter():
        found.setdefault(element.tag, set()).update(element.keys())
    return found


def shapes(text: str, names: str) -> dict[str, set[str]]:
    """How the texts of some elements look: digits as 9, letters as a."""
    found: dict[str, set[str]] = {}
    for element in ElementTree.fromstring(text.encode()).iter():
        if bare(element.tag) in names.split() and element.text:
            found.setdefault(element.tag, set()).add(
                re.sub("[A-Za-z]+", "a", re.sub("[0-9]+", "9", element.text)).strip()
            )
    return found


def assert_same_form(ours: str, theirs: str, dates: str = "") -> None:
    us, them = orders(ours), orders(theirs)
    for tag in us.keys() & them.keys():
        turned = {pair for pair in us[tag] if pair[::-1] in them[tag]}
        assert not turned, f"{tag}: another order of {turned}"
    tags = {element.tag for element in ElementTree.fromstring(ours.encode()).iter()}
    recorded_tags = {element.tag for element in ElementTree.fromstring(theirs.encode()).iter()}
    assert {bare(tag) for tag in tags ^ recorded_tags} <= SOME
    for tag, names in attributes(theirs).items():
        if tag in tags:
            missing = {name for name in names - attributes(ours)[tag] if bare(name) not in ("until", "set", "from")}
            assert not missing, f"{tag} has no {missing}"
    looks = shapes(theirs, dates)
    for tag, look in shapes(ours, dates).items():
        assert look <= looks.get(tag, look), f"{tag} looks different"


def list_records(world: World, form: str, page: int = 300) -> str:
    asked = {"verb": ["ListRecords"], "metadataPrefix": [form], "from": ["2026-03-02"]}
    return Oai(world, page).answer(asked, NOON)


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ("arXiv", "oai/oai-arXiv-ListRecords-cs-2026-04-28.xml"),
        ("arXivRaw", "oai/oai-arXivRaw-ListRecords.xml"),
        ("arXivRaw", "oai/arxivraw_2026_records.xml"),
        ("arXivRaw", "oai/scirate_2014_arXivRaw_ListRecords.xml"),
    ],
)
def test_oai_records_have_the_recorded_form(world: World, form: str, path: str) -> None:
    theirs = recorded(path)
    ours = list_records(world, form)
    if "2014" in path:  # sizes of lists were told then
        theirs = re.sub(" (completeListSize|cursor)='[0-9]+'", "", theirs)
        theirs = re.sub(r"<request [^>]*>", '<request verb="ListRecords">', theirs)
        theirs = theirs.replace("<report-no>", "<comments>").replace("</report-no>", "</comments>")
        theirs = re.sub(r"<proxy>.*?</proxy>", "", theirs)
    else:
        theirs = re.sub(r"<resumptionToken>.*?</resumptionToken>", "", theirs)
    dates = "responseDate datestamp created date" if "2014" not in path else "responseDate datestamp"
    if path.endswith("arxivraw_2026_records.xml"):  # written by somebody else's parser: indented, no schemaLocation
        dates = "responseDate datestamp"
    assert_same_form(ours, theirs, dates)


def test_a_resumption_token_has_the_recorded_form(world: World) -> None:
    theirs = recorded("oai/oai-arXiv-ListRecords-cs-2026-04-28.xml")
    pattern = (
        r"<resumptionToken expirationDate='([0-9T:Z-]+)'>((?:[A-Za-z]+%3D[A-Za-z0-9-]+(?:%26)?)+)</resumptionToken>"
    )
    for text in (theirs, list_records(world, "arXiv", 50)):
        match = re.search(pattern, text)
        assert match
        assert match[1].endswith("T00:00:00Z")
        assert "skip%3D" in match[2]
        assert "cursor" not in text
        assert "completeListSize" not in text


def newest(world: World) -> Iterator[tuple[str, str]]:
    search = {"search_query": ["cat:cs.CL OR cat:math.*"], "max_results": ["200"]}
    for name in ("q_testing_s0_m100_cfe7536492ca", "q_testing_s9_m15_0b78d4b4d476"):
        yield api.query(world, search, NOON)[1], recorded(f"atom/{name}.json")


def test_api_answers_have_the_recorded_form(world: World) -> None:
    for ours, theirs in newest(world):
        assert_same_form(ours, theirs, "updated published")


def without_times(text: str) -> str:
    return re.sub(r"(<id>https://arxiv.org/api/)[^<]{27}<|<updated>[^<]+", r"\1", text).strip()


def test_an_empty_api_answer_and_an_error_have_the_recorded_form(world: World) -> None:
    empty = recorded("atom/id_0000.0000_s0_m100_8b51d9633a68.json")
    arguments = {"search_query": [""], "id_list": ["0000.0000"], "start": ["0"], "max_results": ["100"]}
    assert without_times(api.query(world, arguments, NOON)[1]) == without_times(empty)
    status, text = api.query(world, {**arguments, "id_list": ["abc"]}, NOON)
    assert status == 400
    assert without_times(text) == without_times(recorded("atom/id_abc_s0_m100_b79c8dcf6bc3.json"))


def test_a_feed_has_the_recorded_form(world: World) -> None:
    theirs = recorded("rss/atom-cs.AI-2025-08-20.xml")
    ours = feeds.feed(world, "atom", "cs.AI", NOON)[1]
    assert_same_form(ours, theirs, "updated published id")
    assert " \nAbstract: " in ours


def test_an_rss_feed_has_the_recorded_form(world: World) -> None:
    head = recorded("rss/rss2-cs.AI-2025-09-18-head-excerpt.xml.txt")
    head = head[: head.index("<item>")] + "</channel></rss>"
    ours = feeds.feed(world, "rss", "cs.AI", at(date(2026, 3, 15), 12))[1]  # Sunday: no items
    assert_same_form(ours, head, "lastBuildDate pubDate")
    text = Path(FIXTURES / "rss/arxiv-docs-rss_specifications.md").read_text()
    item = feeds.feed(world, "rss", "cs.AI", NOON)[1]
    for name in re.findall(r"\*\*&lt;([a-z:A-Z_]+)", text[text.index("RSS Item Elements") :]):
        assert f"<{name}" in item or bare(name.replace(":", "}")) in SOME


def test_instants_are_utc_and_days_are_eastern(world: World) -> None:
    late = datetime(2026, 3, 17, 3, 30, tzinfo=UTC)  # 23:30 on Monday the 16th in New York
    text = feeds.feed(world, "atom", "cs", late)[1]
    assert "<updated>2026-03-16T04:00:19." in text
    assert "<published>2026-03-16T00:00:00-04:00</published>" in text
    winter = feeds.feed(world, "atom", "cs", at(date(2026, 3, 6), 1))[1]
    assert "<published>2026-03-06T00:00:00-05:00</published>" in winter
    assert "<responseDate>2026-03-17T03:30:00Z</responseDate>" in Oai(world).answer({"verb": ["Identify"]}, late)
