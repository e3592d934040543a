"""What the site says in other languages: each catalog has every word of pages and scripts, with its placeholders, and
its compiled file says the same."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.programs import require_program

ROOT = Path(__file__).resolve().parents[1]
CATALOGS = Path("coolpapers/locale/zh_Hans/LC_MESSAGES")
SCRIPTS = [path for path in sorted((ROOT / "coolpapers/static/coolpapers/js").glob("*.js")) if path.name != "admin.js"]
HOW = (
    "manage.py makemessages -l zh_Hans -d {} --no-location --no-wrap --no-obsolete, translate, "
    "manage.py compilemessages -i .venv"
)

each_domain = pytest.mark.parametrize("domain", ["djangojs", "django"])

Key = tuple[str, str, str]  # context, text, plural


@dataclass(frozen=True)
class Entry:
    """One text in another language, in each of that language's plural forms."""

    said: tuple[str, ...]
    fuzzy: bool = False


def read_entries(text: str) -> dict[Key, Entry]:
    """The entries of a .po file without its header."""
    found = {}
    for block in text.split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for part in re.finditer(r'^(msg\w+(?:\[\d\])?)? ?(".*")$', block, re.MULTILINE):
            name = part[1] or name
            fields[name] = fields.get(name, "") + ast.literal_eval(part[2])
        key = fields.get("msgctxt", ""), fields.get("msgid", ""), fields.get("msgid_plural", "")
        said = tuple(text for name, text in fields.items() if name.startswith("msgstr"))
        found[key] = Entry(said, re.search(r"^#,.*\bfuzzy\b", block, re.MULTILINE) is not None)
    return {key: entry for key, entry in found.items() if key[1]}


def committed(domain: str) -> dict[Key, Entry]:
    return read_entries((ROOT / CATALOGS / f"{domain}.po").read_text())


@cache
def extracted(domain: str) -> dict[Key, Entry]:
    """What there is to translate, as Django finds it in a copy of the tree without catalogs."""
    require_program("gettext")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("coolpapers", "ingest", "search", "templates"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("locale", "__pycache__"))
        shutil.copy(ROOT / "manage.py", copy)
        (copy / CATALOGS).mkdir(parents=True)
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "coolpapers.settings", "DATA_DIR": str(copy / "var")}
        command = [sys.executable, "manage.py", "makemessages", "-l", "zh_Hans", "-d", domain]
        run = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        return read_entries((copy / CATALOGS / f"{domain}.po").read_text())


@each_domain
def test_a_catalog_has_every_text_and_no_other(domain: str) -> None:
    wanted, held = set(extracted(domain)), set(committed(domain))
    assert wanted
    assert (sorted(wanted - held), sorted(held - wanted)) == ([], []), HOW.format(domain)


@each_domain
def test_every_text_is_translated_for_certain(domain: str) -> None:
    text = (ROOT / CATALOGS / f"{domain}.po").read_text()
    assert "\n#~" not in text, "what nothing says any more"
    entries = committed(domain)
    assert [key for key, entry in entries.items() if entry.fuzzy or not entry.said or "" in entry.said] == []


@each_domain
def test_a_translation_has_the_placeholders_of_its_text(domain: str) -> None:
    def places(text: str) -> list[str]:
        return sorted(re.findall(r"\{\w+\}|%\(\w+\)[a-z]|%[sd]", text))

    wrong = [
        (text, said)
        for (_, text, plural), entry in committed(domain).items()
        for said in entry.said
        if places(said) != places(plural or text)
    ]
    assert wrong == []


@each_domain
def test_chinese_is_written_as_chinese(domain: str) -> None:
    """Full-width punctuation, and a space between Chinese and Latin letters or digits, but in patterns of dates."""
    han = r"[\u4e00-\u9fff]"
    bad = rf"{han}[A-Za-z0-9,;:!?.()]|[A-Za-z0-9,;:!?()]{han}|[\u3001-\u3011\uff01-\uff1f] "
    entries = committed(domain).items()
    said = [
        text for key, entry in entries for text in entry.said if not re.fullmatch(r"[A-Za-z](\W+[A-Za-z])*", key[1])
    ]
    assert [text for text in said if re.search(bad, text)] == []


@each_domain
def test_what_is_compiled_is_what_is_written(domain: str) -> None:
    require_program("gettext")
    command = ["msgunfmt", "--no-wrap", str(ROOT / CATALOGS / f"{domain}.mo")]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert read_entries(run.stdout) == committed(domain), HOW.format(domain)


# --- What only scripts can get wrong ---
TEXT = r"'((?:[^'\\\n]|\\.)*)'"
CALLS = re.compile(r"(?<![.\w])n?gettext\(")
GIVEN = re.compile(rf"(?<![.\w])(?:gettext\({TEXT}\)|ngettext\({TEXT}, {TEXT}, )")
COMMENTS = re.compile(r"/\*.*?\*/|(?:^|(?<=\s))// [^\n]*", re.DOTALL)
# How sentences, names of buttons and counted things begin, and no selector or name of an event does.
PROSE = re.compile(r"['`](?:\[?[A-Z][a-z]+|[a-z]{2,} [a-z]{2,}|[^'`\n]*\$?\{[^}\n]*\} [a-z]{2,})[^'`\n]*['`]")
COMMON = re.findall(r"'(about .*)'", (ROOT / "coolpapers/static/coolpapers/js/likes.js").read_text())[0]
# A key, a header, an error that is caught, words that are looked for in papers.
UNSAID = {"'Enter'", "'Escape'", "'Content-Type'", "'no authors'", f"'{COMMON}'"}


def test_scripts_name_their_texts_where_they_are_found() -> None:
    texts = [COMMENTS.sub("", path.read_text()) for path in SCRIPTS]
    given = [call for text in texts for call in GIVEN.findall(text)]
    assert len(given) == sum(len(CALLS.findall(text)) for text in texts), "called with the words themselves"
    said = {(ast.literal_eval(f"'{alone or one}'"), ast.literal_eval(f"'{many}'")) for alone, one, many in given}
    assert said == {(text, many) for _, text, many in extracted("djangojs")}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_say_nothing_in_english_alone(path: Path) -> None:
    text = GIVEN.sub("", COMMENTS.sub("", path.read_text()))
    assert set(PROSE.findall(text)) - UNSAID == set()
