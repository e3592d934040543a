"""`manage.py prepare`: what a site needs before it serves, where it is missing; for who starts its services singly."""

from typing import Any

from django.core.management.base import BaseCommand

from coolpapers.preparing import prepare


class Command(BaseCommand):
    help = "Prepare what is missing: tables, static files, the shipped papers in an empty store, the search index."

    def handle(self, **options: Any) -> None:
        prepare()
