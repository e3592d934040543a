"""Administrators made on the server: by the command, at a terminal too, and by the settings of a first start."""

import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from coolpapers.administrators import make_first_administrator, new_administrator, save_with_password
from coolpapers.preparing import prepare_administrator
from tests.instance import ROOT, environment, wait_for
from tests.programs import require_program

PASSWORD = "correct horse battery"


@pytest.fixture
def first_start(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("ADMIN_NAME", "ADMIN_PASSWORD", "ADMIN_PASSWORD_FILE"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    return path


def may_sign_in(name: str, password: str) -> bool:
    client = Client()
    answer = client.post("/admin/login/?next=/admin/auth/user/", {"username": name, "password": password})
    return answer.status_code == 302 and client.get("/admin/auth/user/").status_code == 200


# --- The command -------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_command_makes_somebody_who_may_do_everything(secret: Path, settings: Any) -> None:
    settings.SITE_URL = "https://papers.example/"
    said = StringIO()
    call_command("make_admin", name="ada", password_file=secret, stdout=said)
    assert said.getvalue() == "ada is an administrator now, and can sign in at https://papers.example/admin/\n"
    assert may_sign_in("ada", PASSWORD)


@pytest.mark.django_db
def test_the_password_may_come_from_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_ADA", f" {PASSWORD}")
    call_command("make_admin", name="ada", password_env="OF_ADA", stdout=StringIO())
    assert may_sign_in("ada", f" {PASSWORD}")
    assert not may_sign_in("ada", PASSWORD)


@pytest.mark.django_db
def test_a_name_that_is_here_is_left_alone(secret: Path) -> None:
    User.objects.create_user("ada", password="her own secret")
    with pytest.raises(CommandError, match=r"ada is here already: choose another name, or .* changepassword ada"):
        call_command("make_admin", name="ａda ", password_file=secret)  # the same to the admin's sign-in
    assert not User.objects.get().is_superuser
    assert User.objects.get().check_password("her own secret")


@pytest.mark.django_db
def test_a_name_that_somebody_took_meanwhile_is_left_alone() -> None:
    late = new_administrator("ada")
    User.objects.create_user("ada")
    with pytest.raises(CommandError, match="ada is here already"):
        save_with_password(late, PASSWORD)
    assert not User.objects.get().is_superuser


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("ada", b"short\n", "This password can't be taken: .*at least 8 characters"),
        ("ada", b"password1", "This password can't be taken: .*too common"),
        ("adalovelace", b"adalovelace1", "This password can't be taken: .*too similar to the username"),
        ("ada", b"\n", "password is empty"),
        ("ada", b"correct horse\nbattery", "more than one line"),
        ("ada", b"\xff\xfe\xff\xfe", "can't be read from .*password: it is no text"),
        ("ada", None, "can't be read from .*password: No such file or directory"),
        ("a b", b"correct horse", "The name 'a b' can't be taken: Enter a valid username"),
        (" ", b"correct horse", "The name ' ' can't be taken"),
        ("a" * 151, b"correct horse", "can't be taken: Ensure this value has at most 150 characters"),
    ],
)
def test_what_can_not_be_taken_is_told(name: str, content: bytes | None, told: str, secret: Path) -> None:
    secret.unlink()
    if content is not None:
        secret.write_bytes(content)
    with pytest.raises(CommandError, match=told):
        call_command("make_admin", name=name, password_file=secret)
    assert not User.objects.exists()


@pytest.mark.django_db
def test_a_variable_that_is_not_set_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OF_ADA", raising=False)
    with pytest.raises(CommandError, match="OF_ADA is empty"):
        call_command("make_admin", name="ada", password_env="OF_ADA")


# --- The command as a person meets it ----------------------------------------------------------------------------
@pytest.fixture(scope="module")
def own_site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a site that has tables and nobody in them."""
    own = environment(DATA_DIR=str(tmp_path_factory.mktemp("site")), SEARCH_URL="null://", ARXIV="0")
    manage = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(manage, cwd=ROOT, env=own, check=True, capture_output=True)
    return own


def make_admin(own: dict[str, str], arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(require_program("make")), "admin", f"ARGS={arguments}"]
    return subprocess.run(
        command, cwd=ROOT, env=own, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def test_make_admin_asks_nothing_where_all_is_given(own_site: dict[str, str], secret: Path) -> None:
    run = make_admin(own_site, f"--name eve --password-file {secret}")
    assert run.stdout == "eve is an administrator now, and can sign in at /admin/\n", run.stderr


def test_where_nobody_can_be_asked_the_arguments_are_named(own_site: dict[str, str]) -> None:
    run = make_admin(own_site, "--name bob")
    assert run.returncode != 0
    assert "Nobody can be asked here: give --name, and --password-file or --password-env." in run.stderr


def test_before_the_first_start_it_says_what_comes_first(tmp_path: Path, secret: Path) -> None:
    own = environment(DATA_DIR=str(tmp_path / "empty"), SEARCH_URL="null://", ARXIV="0")
    run = make_admin(own, f"--name ada --password-file {secret}")
    assert "The database has no tables yet: start the site once, by `make run` or `manage.py prepare`." in run.stderr
    assert "Traceback" not in run.stderr


class Terminal:
    """`make admin` at a terminal of its own, whose screen is read and whose keys are typed here."""

    def __init__(self, own: dict[str, str]) -> None:
        self.keys, terminal = pty.openpty()
        self.shown = b""
        command = ["setsid", "--ctty", str(require_program("make")), "admin"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=own, stdin=terminal, stdout=terminal, stderr=terminal)
        os.close(terminal)
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self) -> None:
        try:
            while shown := os.read(self.keys, 4096):
                self.shown += shown
        except OSError:  # closed, by them or by us
            return

    def answer(self, question: str, times: int, text: str) -> None:
        """Types once the question was shown so many times."""
        wait_for(f"{question!r} in {self.shown!r}", lambda: self.shown.count(question.encode()) == times)
        os.write(self.keys, text.encode())

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.keys)


@pytest.fixture
def terminal(own_site: dict[str, str]) -> Iterator[Terminal]:
    with closing(Terminal(own_site)) as opened:
        yield opened


def test_at_a_terminal_it_asks_until_the_answers_can_be_taken(terminal: Terminal) -> None:
    terminal.answer("Name: ", 1, "ada\n")
    for number, (once, again) in enumerate([("horse", "house"), ("horse", "horse"), (PASSWORD, PASSWORD)], start=1):
        terminal.answer("Password: ", number, f"{once}\n")
        terminal.answer("Password, once more: ", number, f"{again}\n")
    assert terminal.process.wait(20) == 0
    wait_for("the screen", lambda: b"ada is an administrator now" in terminal.shown)
    assert b"The two differ: type it again." in terminal.shown
    assert b"at least 8 characters" in terminal.shown
    assert b"horse" not in terminal.shown


def test_a_ctrl_c_at_a_question_makes_nobody(terminal: Terminal) -> None:
    terminal.answer("Name: ", 1, "zoe\n")
    terminal.answer("Password: ", 1, "\x03")
    assert terminal.process.wait(20) != 0
    wait_for("the screen", lambda: b"Nobody was made." in terminal.shown)
    assert b"Traceback" not in terminal.shown


# --- The settings of a first start -------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("how", ["ADMIN_PASSWORD", "ADMIN_PASSWORD_FILE"])
def test_the_first_start_makes_the_one_whom_the_settings_name(
    how: str, first_start: pytest.MonkeyPatch, secret: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first_start.setenv("ADMIN_NAME", "ada")
    first_start.setenv(how, str(secret) if how.endswith("FILE") else PASSWORD)
    prepare_administrator()
    assert "ada is the first administrator." in capsys.readouterr().out
    assert may_sign_in("ada", PASSWORD)


@pytest.mark.django_db
def test_no_later_start_changes_anybody(first_start: pytest.MonkeyPatch) -> None:
    ada = User.objects.create_superuser("ada", password="her own secret")
    for active in (True, False):
        User.objects.update(is_active=active)
        for name in ("ada", "bob"):
            first_start.setenv("ADMIN_NAME", name)
            first_start.setenv("ADMIN_PASSWORD", PASSWORD)
            assert make_first_administrator() is None
    assert User.objects.get() == ada
    assert User.objects.get().check_password("her own secret")


@pytest.mark.django_db
def test_a_password_that_is_gone_after_the_first_start_stops_none(first_start: pytest.MonkeyPatch) -> None:
    User.objects.create_superuser("ada", password="her own secret")
    first_start.setenv("ADMIN_NAME", "ada")
    first_start.setenv("ADMIN_PASSWORD_FILE", "/nowhere/password")
    assert make_first_administrator() is None


@pytest.mark.django_db
def test_without_these_settings_nobody_is_made(first_start: pytest.MonkeyPatch) -> None:
    assert make_first_administrator() is None
    assert not User.objects.exists()


@pytest.mark.django_db
def test_somebody_else_of_that_name_is_not_raised(first_start: pytest.MonkeyPatch) -> None:
    User.objects.create_user("ada", password="her own secret", is_staff=True)
    first_start.setenv("ADMIN_NAME", "ada")
    first_start.setenv("ADMIN_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match=r"ADMIN_NAME makes no administrator\. ada is here already"):
        make_first_administrator()
    assert not User.objects.get().is_superuser


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"ADMIN_NAME": "ada"}, "ADMIN_NAME needs a password: set one of"),
        ({"ADMIN_NAME": "ada", "ADMIN_PASSWORD": "x", "ADMIN_PASSWORD_FILE": "/y"}, "set one of"),
        ({"ADMIN_PASSWORD": PASSWORD}, "set ADMIN_NAME, too"),
        ({"ADMIN_PASSWORD_FILE": "/y"}, "set ADMIN_NAME, too"),
        ({"ADMIN_NAME": "ada", "ADMIN_PASSWORD": "short"}, r"ADMIN_NAME makes no administrator\. This password"),
        ({"ADMIN_NAME": "ada", "ADMIN_PASSWORD_FILE": "/nowhere/password"}, "can't be read from /nowhere/password"),
    ],
)
def test_settings_that_make_nobody_stop_the_first_start(
    given: dict[str, str], told: str, first_start: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        first_start.setenv(name, value)
    with pytest.raises(CommandError, match=told):
        prepare_administrator()
    assert not User.objects.exists()


@pytest.mark.django_db
def test_no_process_started_later_knows_the_password(first_start: pytest.MonkeyPatch) -> None:
    first_start.setenv("ADMIN_NAME", "ada")
    for _ in range(2):  # when it makes somebody, and when it does not
        first_start.setenv("ADMIN_PASSWORD", PASSWORD)
        make_first_administrator()
        assert "ADMIN_PASSWORD" not in os.environ


@pytest.mark.django_db(transaction=True)
def test_two_first_starts_at_once_make_one(first_start: pytest.MonkeyPatch) -> None:
    """As where each machine prepares itself: the other one saves after we looked whether the name is taken."""
    first_start.setenv("ADMIN_NAME", "ada")
    first_start.setenv("ADMIN_PASSWORD", PASSWORD)
    is_made = False

    def other_start(execute: Any, sql: str, *rest: Any) -> Any:
        nonlocal is_made
        found = execute(sql, *rest)
        if '"username" =' in sql and not is_made:
            is_made = True
            User.objects.create_superuser("ada", password="of the other one")
        return found

    with connection.execute_wrapper(other_start):
        assert make_first_administrator() is None
    assert is_made
    assert User.objects.get().check_password("of the other one")
