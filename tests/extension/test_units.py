"""The extension's own unit tests, by Node's runner, and what its files may not hold."""

import io
import json
import os
import re
import shutil
import struct
import subprocess
import zipfile
from pathlib import Path

import pytest

from coolpapers.packing import pack
from tests.programs import require_program

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "extension"
WEB_EXT = "10.7.0"


def test_node_runs_the_unit_tests() -> None:
    command = [require_program("node"), "--test", *sorted(map(str, Path(__file__).parent.glob("*.test.mjs")))]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout
    assert re.search(r"^# pass [1-9][0-9]$", run.stdout, re.MULTILINE), run.stdout


def test_each_of_the_originals_eight_faults_has_a_test() -> None:
    texts = "".join(path.read_text() for path in Path(__file__).parent.iterdir() if path.suffix in {".mjs", ".py"})
    assert {int(number) for number in re.findall(r"(?:test\('|def test_)fault[ _]([0-9])", texts)} == set(range(1, 9))


def test_it_asks_for_three_rights_and_for_no_host() -> None:
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    assert manifest["permissions"] == ["contextMenus", "activeTab", "storage"]
    for name in ("host_permissions", "content_scripts", "externally_connectable", "web_accessible_resources"):
        assert name not in manifest
    assert manifest["optional_permissions"] == ["scripting"]


MAY_ASK = {"words.js": "its own messages", "suggest.js": "the site, where that was allowed"}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.js")), ids=lambda path: path.name)
def test_fault_8_no_script_writes_markup_runs_text_or_asks_the_network(path: Path) -> None:
    text = path.read_text()
    if path.name in MAY_ASK:
        assert text.count("fetch(") == 1
        text = text.replace("fetch(", "")
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "fetch(",
                 "XMLHttpRequest", "import(", "WebSocket", "sendBeacon"):  # fmt: skip
        assert word not in text, word


def test_mozillas_linter_finds_no_error() -> None:
    npx = shutil.which("npx")
    if npx is None:
        pytest.skip("npx is not here: install npm")
    command = [npx, "--yes", f"web-ext@{WEB_EXT}", "lint", "--source-dir", str(FOLDER), "--output", "json"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if not run.stdout.startswith("{"):
        pytest.skip(f"web-ext could not be had: {run.stderr[-200:]}")
    told = json.loads(run.stdout)
    assert told["errors"] == told["notices"] == []
    # One folder for all: this key is Chrome's, and Firefox has `background.scripts`.
    assert {warning["code"] for warning in told["warnings"]} == {"BACKGROUND_SERVICE_WORKER_IGNORED"}


def test_both_languages_say_all_that_is_said() -> None:
    told = {path.parent.name: json.loads(path.read_text()) for path in FOLDER.glob("_locales/*/messages.json")}
    assert set(told) == {"en", "zh_CN"}
    assert told["en"].keys() == told["zh_CN"].keys()
    texts = "".join(
        path.read_text() for path in (*FOLDER.glob("*.js"), *FOLDER.glob("*.html"), FOLDER / "manifest.json")
    )
    said = set(re.findall(r"""say\('(\w+)'|data-say="(\w+)"|__MSG_(\w+)__""", texts))
    names = {name for found in said for name in found if name} | {"none_link", "none_page", "none_here"}
    names |= {"typed"} | {f"place_{name}" for name in ("arxiv", "openreview", "acl", "scholar")}
    assert names == told["en"].keys()


def test_it_is_packed_into_the_same_bytes_each_time_and_holds_only_what_browsers_need(tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    shutil.copytree(FOLDER, copied)
    for path in copied.rglob("*"):
        os.utime(path, (1, 10**9))
    packed = pack(FOLDER)
    assert packed == pack(copied)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = set(archive.namelist())
    assert {"manifest.json", "background.js", "identify.js", "sites.js", "icons/128.png"} <= names
    assert "package.json" not in names
    assert not any(name.startswith("store/") for name in names)
    assert not any(name.startswith(("/", ".")) for name in names)


def test_the_stores_pages_are_there_in_both_languages_with_pictures_of_their_size() -> None:
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    for language in ("en", "zh_CN"):
        text = (FOLDER / "store" / f"{language}.md").read_text()
        short = json.loads((FOLDER / "_locales" / language / "messages.json").read_text())["about"]["message"]
        assert len(short) <= 132, "what Chrome's store takes"
        assert short in text
        for right in (*manifest["permissions"], *manifest["optional_permissions"]):
            assert f"`{right}`" in text, "each right is explained"
    for name, size in {"menu": (1280, 800), "options": (1280, 800), "site": (1280, 800), "tile": (440, 280)}.items():
        head = (FOLDER / "store" / f"{name}.png").read_bytes()[:24]
        assert struct.unpack(">II", head[16:24]) == size
