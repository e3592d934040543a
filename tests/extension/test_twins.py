"""extension/identify.js and coolpapers/identifiers.py are twins: the same rules, and the same answer to anything."""

import json
import random
import re
import subprocess
from collections.abc import Iterable, Sequence
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from coolpapers.identifiers import resolve_text, resolve_url
from tests.coolpapers.test_identifiers import TEXTS, TODAY, URLS
from tests.programs import require_program

ROOT = Path(__file__).parents[2]
BASE = "https://lab.example.org:8443/papers/"
GENERATED = 20_000
Question = tuple[str, str, str | None]


def ask(questions: Iterable[Question]) -> list[str | None]:
    """What the extension says."""
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    command = [require_program("node"), str(ROOT / "tests/extension/ask.mjs"), TODAY.isoformat() + "T12:00:00"]
    run = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def told_here(question: Question) -> str | None:
    what, text, base = question
    return (resolve_url if what == "url" else resolve_text)(text, TODAY, base=base)


def differences(questions: Sequence[Question]) -> list[tuple[Question, str | None, str | None]]:
    answers = ask(questions)
    assert len(answers) == len(questions)
    both = zip(questions, map(told_here, questions), answers, strict=True)
    return [(question, here, there) for question, here, there in both if here != there]


def test_the_extensions_rules_are_the_sites() -> None:
    printed = StringIO()
    call_command("extension", "table", stdout=printed)
    held = (ROOT / "extension/sites.js").read_text()
    assert held == printed.getvalue(), "run `manage.py extension table > extension/sites.js`"


@pytest.mark.parametrize(("what", "cases"), [("url", URLS), ("text", TEXTS)])
def test_the_extension_leads_where_the_tables_say(what: str, cases: Sequence[tuple[str, str | None]]) -> None:
    answers = ask((what, text, None) for text, _ in cases)
    assert [(text, path) for (text, _), path in zip(cases, answers, strict=True)] == cases


# --- Generated -----------------------------------------------------------------------------------------------------
SIGNS = (
    " \t\n\r\x00\x1f\x85\xa0\u2028/%?#&=@.,;:()[]<>{}'\"\\^`|~_-+*!$0123456789aZvVxX"
    "éÉßİıſK漢字（）：％／。—–−\u200b\u00ad\ufeff\u202e１ａ😀"
)
PIECES = [
    "arXiv:", "v2", ".pdf", "https://", "http://", "//", "www.", "%2F", "%40", "%E6%BC%A2", "%ff", "%00", "../", "./",
    "?id=", "&q=", "#x", "10.48550/arXiv.", "10.18653/v1/", "2401.01234", "1406.02661", "cs/0309136", "math.GT/0309136",
    "hep-th/9901001", "P18-1001", "2024.acl-long.1", "@OpenReview", "@ACL", "@v139@PMLR", "@2024@IJCAI", "@AAAI",
    "@COLM.2025", "forum?id=", "https://r.jina.ai/", "https://www.google.com/url?q=", "https://web.archive.org/web/2020/",
    "chrome-extension://abcdefgh/viewer.html?file=", "https://arxiv-org.translate.goog/", "https://doi.org/", BASE,
    "https://papers.cool/arxiv/", "https://papers.cool/venue/", "et al. (", ", and ", "https%3A%2F%2F",
]  # fmt: skip


def mutated(text: str, chance: random.Random) -> str:
    """The text with up to four changes."""
    for _ in range(chance.randint(0, 4)):
        at, end = sorted(chance.randint(0, len(text)) for _ in range(2))
        kind = chance.randrange(6)
        if kind == 0:
            text = text[:at] + chance.choice(SIGNS) + text[at:]
        elif kind == 1:
            text = text[:at] + text[at + 1 :]
        elif kind == 2:
            text = text[:at] + chance.choice(PIECES) + text[at:]
        elif kind == 3:
            text = text[:at] + text[at:end].swapcase() + text[end:]
        elif kind == 4:
            text = text[:at] + re.sub(r"[0-9]", lambda _: str(chance.randrange(10)), text[at:end]) + text[end:]
        else:
            text = text[:end] + text[at:]
    return text


def generated(count: int, seed: int) -> list[Question]:
    """Cases, bent; pieces of addresses and texts, strung together."""
    chance = random.Random(seed)
    known = [text for text, _ in URLS + TEXTS]
    found: list[Question] = []
    for _ in range(count):
        text = (
            chance.choice(known) if chance.random() < 0.7 else "".join(chance.choices(PIECES, k=chance.randint(1, 5)))
        )
        what = chance.choice(("url", "text"))
        found.append((what, mutated(text, chance), BASE if chance.random() < 0.3 else None))
    return found


def test_both_say_the_same_of_twenty_thousand_generated_inputs() -> None:
    questions = generated(GENERATED, seed=9)
    assert len({told_here(question) for question in questions[:2_000]}) > 150, "the inputs mean something"
    assert differences(questions) == []


LONG = [
    "a" * 100_000, "https://arxiv.org/abs/" + "1" * 100_000, "2401.01234, " * 9_000, "(" * 100_000, "%2e" * 33_000,
    "https://" + "a." * 50_000, "10.1/" * 20_000, "@" * 100_000, "arxiv:" * 16_000, "https://r.jina.ai/" * 5_000,
    "漢字" * 50_000, "\u0301" * 100_000, "https://arxiv.org/abs/2401.01234 " * 3_000, "a-" * 50_000, "1." * 50_000,
    "\ud800" * 100_000, "😀" * 50_000,
]  # fmt: skip


def test_both_say_the_same_of_endless_inputs_and_the_extension_says_it_in_20_ms() -> None:
    questions: list[Question] = [(what, text, None) for text in LONG for what in ("url", "text")]
    assert differences([(what, text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), base)
                        for what, text, base in questions]) == []  # fmt: skip
    probe = ROOT / "tests/extension/time.mjs"
    run = subprocess.run([require_program("node"), str(probe)], input=json.dumps([text for _, text, _ in questions]),
                         capture_output=True, text=True, timeout=120, check=True)  # fmt: skip
    slowest, name = json.loads(run.stdout)
    assert slowest < 20, name


def test_a_day_that_is_not_told_is_today() -> None:
    newest = f"{date.today():%y%m}.00001"
    command = f"import {{ resolveUrl }} from './extension/identify.js'; console.log(resolveUrl('https://arxiv.org/abs/{newest}'))"
    run = subprocess.run([require_program("node"), "--input-type=module", "-e", command], cwd=ROOT, capture_output=True,
                         text=True, check=True)  # fmt: skip
    assert run.stdout.strip() == f"/arxiv/{newest}"
