"""Administrators made on the server, where nobody has signed in yet: by a command, or by the settings of a first start.

Input: a name and a password, which may come from a file. Output: a user who may do everything in the admin. Guarantees:
whoever is there already is left alone; the settings make somebody only where no administrator is, and are not looked at
otherwise; a name or a password that can't be taken is refused with a CommandError that says what to do.
"""

import os
from pathlib import Path

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError
from django.db import IntegrityError, transaction

from coolpapers.settings import env, env_text


def has_administrator() -> bool:
    """One who was switched off counts: that was somebody's decision."""
    return User.objects.filter(is_superuser=True).exists()


def new_administrator(name: str) -> User:
    """Not saved yet, and without a password."""
    user = User(username=User.normalize_username(name.strip()), is_staff=True, is_superuser=True)
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        raise CommandError(f"The name {name!r} can't be taken: {' '.join(error.messages)}") from None
    if User.objects.filter(username=user.username).exists():
        raise taken(user.username)
    return user


def taken(name: str) -> CommandError:
    return CommandError(
        f"{name} is here already: choose another name, or give {name} a new password with "
        f"`manage.py changepassword {name}`."
    )


def save_with_password(user: User, password: str) -> User:
    """Refused are the passwords that the admin refuses, too."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise CommandError(f"This password can't be taken: {' '.join(error.messages)}") from None
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:  # made by somebody else meanwhile
        raise taken(user.username) from None
    return user


def read_password(path: Path) -> str:
    """What the file holds, without the end of its line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise CommandError(f"The password can't be read from {path}: {reason}.") from None
    return one_line(text.removesuffix("\n").removesuffix("\r"), str(path))


def one_line(password: str, origin: str) -> str:
    """The password, unless it is none: nobody can type a second line."""
    if not password or "\n" in password:
        problem = "has more than one line" if password else "is empty"
        raise CommandError(f"{origin} {problem}: it has to hold the password alone.")
    return password


def make_first_administrator() -> User | None:
    """As ADMIN_NAME and its password say, where no administrator is. No process started from here inherits the
    password."""
    password = env_text("ADMIN_PASSWORD")
    os.environ.pop("ADMIN_PASSWORD", None)
    name, file = env("ADMIN_NAME"), env("ADMIN_PASSWORD_FILE")
    if not (name or password or file) or has_administrator():
        return None
    if not name:
        raise CommandError("A password is set for an administrator without a name: set ADMIN_NAME, too.")
    if bool(password) == bool(file):
        raise CommandError("ADMIN_NAME needs a password: set one of ADMIN_PASSWORD_FILE and ADMIN_PASSWORD.")
    try:
        user = new_administrator(name)
        return save_with_password(user, read_password(Path(file)) if file else one_line(password, "ADMIN_PASSWORD"))
    except CommandError as error:
        if has_administrator():  # another start, at the same time, was faster
            return None
        raise CommandError(f"ADMIN_NAME makes no administrator. {error}") from None
