"""A fake arXiv for tests: in this process, on a free port, with a clock file of its own."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from coolpapers.clock import FileClock
from tests.upstream.schedule import at
from tests.upstream.server import FakeArxiv
from tests.upstream.story import Plot

# Two weeks: a holiday that is taken on 10 March, one that is not on the 12th, one that nobody said on the 17th, DST on
# the 8th, late metadata of the mailing of the 4th, datestamps of all old papers changed on the 11th.
SMALL = Plot(
    first=date(2026, 3, 1),
    days=21,
    papers_a_day=25,
    background=300,
    texts="sample",
    holidays=(date(2026, 3, 10),),
    not_taken=(date(2026, 3, 12),),
    unpublished=(date(2026, 3, 17),),
    lagging=(date(2026, 3, 4),),
    bulk=(date(2026, 3, 11),),
)


def make_clock(path: Path, plot: Plot = SMALL) -> Path:
    """A clock that stands at noon of the first day."""
    path.write_text(at(plot.first, 12).isoformat())
    return path


@pytest.fixture
def fake_arxiv(tmp_path: Path) -> Iterator[FakeArxiv]:
    """A small month, its clock at noon (New York) of 1 March 2026; the site's settings are `fake_arxiv.settings`."""
    with FakeArxiv(SMALL, clock_file=make_clock(tmp_path / "clock"), oai_page=100) as arxiv:
        yield arxiv


@pytest.fixture
def arxiv(fake_arxiv: FakeArxiv, settings: Any, tmp_path: Path) -> FakeArxiv:
    """The same, and the site under test asks it and goes by its clock."""
    settings.CLOCK_FILE = str(tmp_path / "clock")
    settings.DATA_DIR = tmp_path
    for name, value in fake_arxiv.settings.items():
        setattr(settings, name, value)
    return fake_arxiv


@pytest.fixture
def clock(tmp_path: Path) -> FileClock:
    """The clock of `arxiv`."""
    return FileClock(tmp_path / "clock")
