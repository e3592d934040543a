"""What sources answer, in the recorded forms, becomes exactly what the golden files say."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from ingest.clean import BadRecord
from ingest.sources import (
    aaai,
    acl,
    bibtex,
    csv_rows,
    cvf,
    ijcai,
    jsonl,
    ndss,
    neurips,
    openreview,
    paperlists,
    pmlr,
    usenix,
)
from ingest.sources.arxiv_api import ApiAnswer, papers_by_id
from ingest.sources.arxiv_bulk import parse_line
from ingest.sources.arxiv_feed import parse_feed
from ingest.sources.arxiv_oai import parse_page
from ingest.sources.base import Asked, Get, Part
from ingest.sources.pages import read_paper
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


def parse_notes(body: bytes) -> list[object]:
    notes, told = openreview.read_page(body)
    return [told, *(openreview.read_note(note, "ICLR.cc/2024/Conference") for note in notes)]


def parse_with(pull: Callable[[Asked, Get], Iterator[Part]]) -> Callable[[bytes], object]:
    """A file, as an edition's."""

    def get(url: str, *, expect: str = "", missing_ok: bool = False) -> Any:
        raise AssertionError("a file asks for nothing")

    return lambda body: [asdict(part) for part in pull(Asked("COLM", 2025, body=body), get)]


AT = "https://example.org/"
PARSERS: dict[str, Callable[[bytes], object]] = {
    "arxiv_oai": lambda body: asdict(parse_page(body)),
    "arxiv_feed": lambda body: asdict(parse_feed(body)) | {"truncated": parse_feed(body).truncated},
    "arxiv_api": lambda body: asdict(parse_api(body)),
    "arxiv_bulk": parse_lines,
    "openreview": parse_notes,
    "acl": lambda body: acl.read_volume(acl.read_collection(body), "2024.acl", "long"),
    "pmlr": lambda body: pmlr.read_entries(body.decode(), "v235"),
    "pmlr_list": lambda body: pmlr.read_list(body, f"{AT}v235/", "v235"),
    "cvf_list": lambda body: [asdict(link) for link in cvf.read_list(body, AT)],
    "citation_page": lambda body: read_paper(body, AT),
    "neurips_list": lambda body: [asdict(link) for link in neurips.read_list(body, AT, 2024)[0]],
    "aaai": lambda body: asdict(aaai.read_records(body, "38", {"AAAI:ML": "Machine Learning"})),
    "ijcai": lambda body: ijcai.read_page(body, f"{AT}proceedings/2024/1"),
    "usenix_list": lambda body: [asdict(link) for link in usenix.read_sessions(body, AT)],
    "usenix": lambda body: usenix.read_page(body, AT),
    "ndss": lambda body: ndss.read_page(body, AT),
    "paperlists": parse_with(paperlists.pull),
    "bibtex": parse_with(bibtex.pull),
    "csv": parse_with(csv_rows.pull),
    "jsonl": parse_with(jsonl.pull),
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
