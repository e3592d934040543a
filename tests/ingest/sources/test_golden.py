"""What sources answer, in the recorded forms, becomes exactly what the golden files say."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from ingest.clean import BadRecord
from ingest.sources.arxiv_api import ApiAnswer, papers_by_id
from ingest.sources.arxiv_bulk import parse_line
from ingest.sources.arxiv_feed import parse_feed
from ingest.sources.arxiv_oai import parse_page
from tests.ingest.sources.session import FakeSession

DATA = Path(__file__).parents[2] / "data"


def parse_api(body: bytes) -> ApiAnswer:
    return papers_by_id(["2606.10001", "hep-th/9901001", "2511.10003", "2606.10012", "2606.10013"], FakeSession(body))


def parse_lines(body: bytes) -> list[object]:
    def parse(line: bytes) -> object:
        try:
            return asdict(parse_line(line))
        except BadRecord as error:
            return str(error)

    return [parse(line) for line in body.splitlines()]


PARSERS: dict[str, Callable[[bytes], object]] = {
    "arxiv_oai": lambda body: asdict(parse_page(body)),
    "arxiv_feed": lambda body: asdict(parse_feed(body)) | {"truncated": parse_feed(body).truncated},
    "arxiv_api": lambda body: asdict(parse_api(body)),
    "arxiv_bulk": parse_lines,
}
CASES = [(name, path) for name in PARSERS for path in sorted((DATA / name / "in").iterdir())]


def without_defaults(value: Any) -> Any:
    """Only what says something: empty fields would drown it."""
    if isinstance(value, dict):
        told = {key: without_defaults(item) for key, item in value.items()}
        return {key: item for key, item in told.items() if item not in (None, "", False, [], {})}
    return [without_defaults(item) for item in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize(("name", "path"), CASES, ids=[f"{name}/{path.name}" for name, path in CASES])
def test_answer_is_read_as_recorded(name: str, path: Path, request: pytest.FixtureRequest) -> None:
    read = without_defaults(PARSERS[name](path.read_bytes()))
    text = json.dumps(read, default=str, ensure_ascii=False, indent=1) + "\n"
    golden = DATA / name / "out" / f"{path.name}.json"
    if request.config.getoption("--renew"):
        golden.write_text(text)
    assert text == golden.read_text()
