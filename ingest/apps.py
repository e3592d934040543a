"""From sources to rows, as one Django app."""

from django.apps import AppConfig


class IngestConfig(AppConfig):
    name = "ingest"
