"""The site's scripts: unit tests of the pure ones by Node's runner, and what none of them may hold."""

import gzip
import re
import subprocess
from pathlib import Path

import pytest

from tests.programs import require_program

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "coolpapers/static/coolpapers/js").glob("*.js"))
OURS = [path for path in SCRIPTS if path.name != "admin.js"]  # the operator's, which takes parts of pages as they are


def test_node_runs_the_unit_tests() -> None:
    command = [require_program("node"), "--test", *map(str, sorted(Path(__file__).parent.glob("*.test.mjs")))]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout
    assert re.search(r"^# pass [1-9][0-9]$", run.stdout, re.MULTILINE), run.stdout


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_no_script_makes_markup_of_text_or_runs_it(path: Path) -> None:
    text = path.read_text()
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "import(",
                 "XMLHttpRequest", "WebSocket", "sendBeacon", "http:"):  # fmt: skip
        assert word not in text, word


def test_all_scripts_together_are_small() -> None:
    assert sum(len(gzip.compress(path.read_bytes(), 6)) for path in OURS) <= 40_000
