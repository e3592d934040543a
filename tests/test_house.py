"""The rules of the house that a machine can hold: order of imports, pinned packages, settings, names, migrations."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from coolpapers.bootstrap import requirement_blocks

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("coolpapers", "ingest", "search")

# Bottom to top: a module may import from its own layer and from those above it in this table, never from below.
# The longest name that fits a module decides.
LAYERS = {
    "pure": (
        "coolpapers.bootstrap",
        "coolpapers.framing",
        "coolpapers.identifiers",
        "coolpapers.kept",
        "coolpapers.mail",
        "coolpapers.mathml",
        "coolpapers.packing",
        "coolpapers.rendering",
        "coolpapers.sites",
        "coolpapers.taxonomy",
        "coolpapers.tex",
    ),
    "store": (
        "coolpapers.models",
        "coolpapers.querysets",
        "coolpapers.broker",
        "coolpapers.bulk",
        "coolpapers.memory",
        "coolpapers.cache",
        "coolpapers.clock",
        "coolpapers.locks",
        "coolpapers.marks",
        "coolpapers.stars",
    ),
    "search": ("search",),
    "ingest": ("ingest",),
    "pages": (
        *("coolpapers.pages", "coolpapers.exports", "coolpapers.feeds", "coolpapers.admin", "coolpapers.templatetags"),
        *("coolpapers.digests", "coolpapers.languages", "coolpapers.limits", "ingest.admin"),
    ),
    "program": ("coolpapers",),  # settings, urls, celery, commands, and what they start
}
# The one place where papers are handed on: ingest.saved marks what changed and wakes the worker.
INGEST_TO_SEARCH = {
    "ingest.saved": {"search.index.mark_due", "search.tasks.index_papers"},
    "ingest.matching": {"search.names.fit", "search.names.name_keys", "search.titles.title_key"},
    "ingest.proceedings": {"search.titles.title_key"},
    "ingest.works": {"search.titles.title_key"},
}
SOURCE_MAY_IMPORT = ("ingest.record", "ingest.clean", "ingest.fetch", "ingest.sources", "coolpapers.identifiers")


# --- Imports -----------------------------------------------------------------------------------------------------
@cache
def modules() -> dict[str, Path]:
    """Our modules by name, without migrations."""
    found = {}
    for path in sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if ".migrations" not in name:
            found[name] = path
    return found


def imports_of(name: str) -> Iterator[str]:
    """What a module imports of ours, anywhere in it: `module` or `module.name`."""
    for node in ast.walk(ast.parse(modules()[name].read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in PACKAGES)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name} imports by a relative name"
            if node.module and node.module.split(".")[0] in PACKAGES:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


def layer_of(name: str) -> int:
    prefixes = [(prefix, number) for number, names in enumerate(LAYERS.values()) for prefix in names]
    return max((len(prefix), number) for prefix, number in prefixes if is_within(name, prefix))[1]


def test_imports_go_only_downwards() -> None:
    wrong = [
        f"{name} imports {imported}"
        for name in modules()
        for imported in imports_of(name)
        if layer_of(imported) > layer_of(name)
    ]
    assert wrong == []


def test_ingest_touches_search_in_one_place() -> None:
    found = {
        name: {imported for imported in imports_of(name) if is_within(imported, "search")}
        for name in modules()
        if is_within(name, "ingest")
    }
    assert {name: imported for name, imported in found.items() if imported} == INGEST_TO_SEARCH


def test_a_source_knows_only_records_fetching_and_identifiers() -> None:
    wrong = [
        f"{name} imports {imported}"
        for name in modules()
        if is_within(name, "ingest.sources")
        for imported in imports_of(name)
        if not any(is_within(imported, allowed) for allowed in SOURCE_MAY_IMPORT)
    ]
    assert wrong == []


# --- Requirements ------------------------------------------------------------------------------------------------
def pinned(name: str) -> dict[str, str]:
    """The packages of a requirements file with their lines."""
    return requirement_blocks(str(ROOT / name))


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-torch.txt"])
def test_every_requirement_is_pinned_with_hashes(name: str) -> None:
    text = (ROOT / name).read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "    --hash=sha256:"))]
    assert [line for line in lines if not re.match(r"[a-z0-9.-]+==[^ ]+( ; .+)? \\$", line)] == []
    assert [package for package, block in pinned(name).items() if "--hash=sha256:" not in block] == []


def test_torch_and_what_only_it_needs_are_in_their_own_file() -> None:
    plain, torch = set(pinned("requirements.txt")), set(pinned("requirements-torch.txt"))
    assert plain & torch == set()
    assert "torch" in torch
    assert [name for name in plain if name.startswith(("torch", "nvidia-", "cuda-", "triton"))] == []


def test_requirements_hold_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    held = pinned("requirements.txt")
    for text in project["project"]["dependencies"] + project["dependency-groups"]["test"]:
        wanted = Requirement(text)
        block = held.get(canonicalize_name(wanted.name), "")
        versions = re.findall(r"^[^ =]+==([^ ]+)", block, re.MULTILINE)
        assert versions, f"{text}: run `make lock`"
        assert all(wanted.specifier.contains(version) for version in versions), f"{text}: run `make lock`"


def test_the_site_tells_the_version_of_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == settings.VERSION


# --- Files of the repository -------------------------------------------------------------------------------------
@cache
def repository_texts() -> dict[str, str]:
    """Every file that is or could be committed and is text, by its path."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        pytest.skip("this is not a git checkout")
    texts = {}
    for name in filter(None, run.stdout.split("\0")):
        if (ROOT / name).is_file():
            try:
                texts[name] = (ROOT / name).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
    return texts


def files_with(pattern: str) -> list[str]:
    return [name for name, text in repository_texts().items() if re.search(pattern, text)]


def test_no_file_names_a_package_registry() -> None:
    names = ("pypi", "org"), ("pythonhosted", "org"), ("registry.npmjs", "org"), ("registry.yarnpkg", "com")
    more = ("download.pytorch", "org"), ("deb.debian", "org"), ("crates", "io"), ("proxy.golang", "org")
    assert files_with("|".join(rf"\b{re.escape('.'.join(name))}\b" for name in names + more)) == []


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    homes = r"(?<![\w.~/-])/(root|home/\w+|Users/\w+)/"
    here = rf"|{re.escape(str(ROOT))}/" if len(ROOT.parts) > 2 else ""
    assert files_with(homes + here) == []


def test_every_make_target_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z][\w-]*):(.*)$", makefile, re.MULTILINE)
    assert {"help", "run", "test"} <= {target for target, _ in targets}
    assert [target for target, rest in targets if "## " not in rest] == []


def test_every_module_has_a_docstring() -> None:
    written = {name: path.read_text() for name, path in modules().items()}
    written |= {str(path.relative_to(ROOT)): path.read_text() for path in (ROOT / "tests").rglob("*.py")}
    assert [name for name, text in written.items() if text.strip() and not ast.get_docstring(ast.parse(text))] == []


def test_every_setting_is_documented() -> None:
    read = r"\b(?:env|env_flag|env_list|env_number|env_text|whole_number)\(\s*\"([A-Z][A-Z_]+)\""
    names = {name for path in modules().values() for name in re.findall(read, path.read_text())}
    assert {"DATA_DIR", "PORT", "SECRET_KEY"} <= names
    manual = "".join((ROOT / name).read_text() for name in ("README.md", "docs/deploy.md"))
    assert sorted(name for name in names if f"`{name}`" not in manual) == []


# --- Django ------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_l5_production_settings_pass_the_deployment_check(tmp_path: Path) -> None:
    production = {"HTTPS": "1", "SECRET_KEY": "k9" * 16 + "vw31" * 8, "ALLOWED_HOSTS": "papers.example"}
    settings = {"DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "coolpapers.settings", "SEARCH_URL": ""}
    run = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=os.environ | settings | production,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
