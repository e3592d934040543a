"""The app: its commands and tasks."""

from django.apps import AppConfig


class IngestConfig(AppConfig):
    name = "ingest"
