"""OAI-PMH of the fake arXiv: lists are whole and end, tokens expire, errors are those of the protocol."""

import re
from datetime import date, datetime, timedelta

import pytest

from tests.upstream.fixtures import SMALL
from tests.upstream.oai import Oai
from tests.upstream.schedule import at
from tests.upstream.story import build_world

NOON = at(date(2026, 3, 16), 12)
_KEY = re.compile(r"<identifier>oai:arXiv.org:([^<]+)<")


def ask(oai: Oai, now: datetime = NOON, **arguments: str) -> str:
    given = {name.rstrip("_"): [value] for name, value in arguments.items()}
    return oai.answer(given, now)


def token_of(text: str) -> str:
    match = re.search(r"<resumptionToken[^>]*>([^<]+)<", text)
    return match[1] if match else ""


def pages(oai: Oai, **arguments: str) -> list[str]:
    found = [ask(oai, verb="ListRecords", **arguments)]
    while token := token_of(found[-1]):
        found.append(ask(oai, verb="ListRecords", resumptionToken=token))
    return found


def error_of(text: str) -> str:
    match = re.search(r"<error code='(\w+)'", text)
    return match[1] if match else ""


@pytest.mark.parametrize("size", [7, 100, 10_000])
def test_pages_hold_every_record_once_in_the_order_of_datestamps(size: int) -> None:
    world = build_world(SMALL)
    found = pages(Oai(world, size), metadataPrefix="arXiv", from_="2026-03-05")
    keys = [key for page in found for key in _KEY.findall(page)]
    states = world.snapshot(NOON).states
    assert sorted(keys) == sorted(k for k, state in states.items() if state.datestamp >= date(2026, 3, 5))
    stamps = [states[key].datestamp for key in keys]
    assert stamps == sorted(stamps)
    assert all(len(_KEY.findall(page)) <= size for page in found)


def test_a_set_holds_the_papers_of_its_categories_under_both_names() -> None:
    world = build_world(SMALL)
    oai = Oai(world, 10_000)
    sets = {"cs:cs:CV": ("cs.CV",), "math:math:NA": ("math.NA", "cs.NA"), "physics:hep-th": ("hep-th",)}
    for spec, names in sets.items():
        keys = set(_KEY.findall(ask(oai, verb="ListRecords", metadataPrefix="arXiv", set=spec)))
        states = world.snapshot(NOON).states
        assert keys == {key for key, state in states.items() if set(names) & set(state.paper.categories)}
    archive = _KEY.findall(ask(oai, verb="ListRecords", metadataPrefix="arXiv", set="physics:cond-mat"))
    group = _KEY.findall(ask(oai, verb="ListRecords", metadataPrefix="arXiv", set="physics"))
    assert 0 < len(archive) < len(group)


def test_metadata_are_those_of_the_instant() -> None:
    oai = Oai(build_world(SMALL), 10_000)
    asked = {"verb": "ListRecords", "metadataPrefix": "arXiv", "from_": "2026-03-10"}
    evening = at(date(2026, 3, 9), 22, 4)
    assert error_of(ask(oai, evening, **asked)) == "noRecordsMatch"
    assert len(_KEY.findall(ask(oai, evening + timedelta(minutes=37), **asked))) > 20


def test_b3_a_token_is_good_until_midnight_utc_and_then_is_not() -> None:
    oai = Oai(build_world(SMALL), 50)
    token = token_of(ask(oai, verb="ListRecords", metadataPrefix="arXiv"))
    midnight = datetime.combine(NOON.date() + timedelta(days=1), datetime.min.time(), NOON.tzinfo)
    asked = {"verb": "ListRecords", "resumptionToken": token}
    assert error_of(ask(oai, midnight - timedelta(seconds=1), **asked)) == ""
    assert error_of(ask(oai, midnight, **asked)) == "badResumptionToken"
    assert error_of(ask(oai, verb="ListRecords", resumptionToken="never given")) == "badResumptionToken"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "badVerb"),
        ({"verb": "Destroy"}, "badVerb"),
        ({"verb": "ListRecords"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "marc"}, "cannotDisseminateFormat"),
        ({"verb": "ListRecords", "metadataPrefix": "arXiv", "from_": "yesterday"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "arXiv", "from_": "2026-13-01"}, "badArgument"),
        (
            {"verb": "ListRecords", "metadataPrefix": "arXiv", "from_": "2026-03-09", "until": "2026-03-08"},
            "badArgument",
        ),
        ({"verb": "ListRecords", "metadataPrefix": "arXiv", "set": "cs:cs:XX"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "arXiv", "resumptionToken": "x"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "arXiv", "from_": "2027-01-01"}, "noRecordsMatch"),
        ({"verb": "ListRecords", "metadataPrefix": "arXiv", "until": "2006-01-01", "set": "econ"}, "noRecordsMatch"),
        ({"verb": "GetRecord", "metadataPrefix": "arXiv"}, "badArgument"),
        ({"verb": "GetRecord", "metadataPrefix": "arXiv", "identifier": "oai:arXiv.org:2603.99999"}, "idDoesNotExist"),
    ],
)
def test_b4_errors_are_told_with_their_code(arguments: dict[str, str], code: str) -> None:
    assert error_of(ask(Oai(build_world(SMALL)), **arguments)) == code


def test_one_record_can_be_had_in_both_forms() -> None:
    oai = Oai(build_world(SMALL))
    for form in ("arXiv", "arXivRaw"):
        text = ask(oai, verb="GetRecord", metadataPrefix=form, identifier="oai:arXiv.org:2603.00001")
        assert f"<{form} " in text
        assert _KEY.findall(text) == ["2603.00001"]


def test_identify_and_the_sets_are_told() -> None:
    oai = Oai(build_world(SMALL))
    assert "<earliestDatestamp>2005-09-16</earliestDatestamp>" in ask(oai, verb="Identify")
    sets = re.findall("<setSpec>([^<]+)<", ask(oai, verb="ListSets"))
    assert set("cs cs:cs cs:cs:AI physics:hep-th physics:cond-mat:soft cs:cs:NA math:math:NA".split()) <= set(sets)
    assert len(sets) == len(set(sets))
    assert re.findall("<metadataPrefix>([^<]+)<", ask(oai, verb="ListMetadataFormats")) == ["arXiv", "arXivRaw"]
