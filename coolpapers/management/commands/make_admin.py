"""`manage.py make_admin`: an administrator for the admin; what `make admin` runs. A password is never an
argument, since everybody on the server can read a command line."""

import getpass
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from coolpapers.administrators import new_administrator, one_line, read_password, save_with_password
from coolpapers.bootstrap import say


class Command(BaseCommand):
    help = "Make an administrator, who may do everything in the admin. Asks for what is not given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", help="to sign in with")
        password = parser.add_mutually_exclusive_group()
        password.add_argument("--password-file", type=Path, metavar="FILE", help="a file that holds the password alone")
        password.add_argument("--password-env", metavar="VARIABLE", help="the environment variable that holds it")

    def handle(self, **options: Any) -> None:
        if User._meta.db_table not in connection.introspection.table_names():
            raise CommandError(
                "The database has no tables yet: start the site once, by `make run` or `manage.py prepare`."
            )
        try:
            user = self.make(options["name"], options["password_file"], options["password_env"])
        except (KeyboardInterrupt, EOFError):
            raise CommandError("Nobody was made.") from None
        address = f"{settings.SITE_URL.rstrip('/')}/{settings.ADMIN_PATH}"
        self.stdout.write(f"{user.username} is an administrator now, and can sign in at {address}")

    def make(self, name: str | None, file: Path | None, variable: str | None) -> User:
        """Name first, so that nobody types a password for nothing."""
        if not sys.stdin.isatty() and not (name and (file or variable)):
            raise CommandError("Nobody can be asked here: give --name, and --password-file or --password-env.")
        user = new_administrator(name or input("Name: "))
        if file:
            return save_with_password(user, read_password(file))
        if variable:
            return save_with_password(user, one_line(os.environ.get(variable, ""), variable))
        return self.ask_password(user)

    def ask_password(self, user: User) -> User:
        """Until one can be taken."""
        while True:
            password = getpass.getpass("Password: ")
            if password != getpass.getpass("Password, once more: "):
                say("The two differ: type it again.")
                continue
            try:
                return save_with_password(user, password)
            except CommandError as error:
                say(str(error))
