"""The simplest harvester of all against the fake arXiv: what incremental OAI-PMH gives, and what it cannot give."""

import re
from dataclasses import replace
from datetime import date, timedelta

from tests.upstream.fixtures import SMALL
from tests.upstream.oai import Oai
from tests.upstream.schedule import at
from tests.upstream.story import Plot, build_world
from tests.upstream.world import World

_RECORD = re.compile(r"<identifier>oai:arXiv.org:([^<]+)</identifier>\s*<datestamp>([0-9-]+)<.*?</record>", re.DOTALL)


def harvest(world: World, hour: int, minute: int) -> dict[str, str]:
    """Once a day at that hour in New York, from the date of the last answer: the last record of every paper."""
    oai, held, since = Oai(world, 100), dict[str, str](), ""
    for number in range((world.last - world.first).days + 1):
        now = at(world.first + timedelta(days=number), hour, minute)
        asked = {"verb": ["ListRecords"], "metadataPrefix": ["arXivRaw"]} | ({"from": [since]} if since else {})
        text = oai.answer(asked, now)
        since = text.partition("<responseDate>")[2][:10]
        while True:
            held |= {match[1]: match[0] for match in _RECORD.finditer(text)}
            token = re.search(r"<resumptionToken[^>]*>([^<]+)<", text)
            if token is None:
                break
            text = oai.answer({"verb": ["ListRecords"], "resumptionToken": [token[1]]}, now)
    return held


def missing(plot: Plot, hour: int, minute: int) -> list[str]:
    """Papers whose last state the harvester does not have."""
    world = build_world(plot)
    held = harvest(world, hour, minute)
    states = world.snapshot(at(world.last, hour, minute)).states
    versions = {key: record.count("<version ") for key, record in held.items()}
    return [key for key, state in states.items() if versions.get(key) != state.version.number]


def test_b6_from_the_date_of_the_last_answer_nothing_is_missed_at_any_hour() -> None:
    assert missing(SMALL, 22, 45) == []
    assert missing(SMALL, 9, 0) == []
    assert missing(SMALL, 20, 5) == []


def test_late_metadata_with_old_datestamps_are_missed_by_who_only_lists() -> None:
    stale = replace(SMALL, stale=True, lag_hours=26, lagging=(date(2026, 3, 4), date(2026, 3, 15)))
    lost = missing(stale, 22, 45)
    world = build_world(stale)
    late = {line.state.key for day in (5, 16) for line in world.announcements[date(2026, 3, day)]}
    assert lost
    assert set(lost) <= late


def test_the_world_of_the_shared_papers_is_told_too() -> None:
    world = build_world(Plot(days=4, papers_a_day=20, background=80, bulk=()))
    assert len(world.states) > 100
    assert world.announcements[date(2026, 3, 3)]
