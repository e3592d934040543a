"""From sources to rows, as one Django app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class IngestConfig(AppConfig):
    name = "ingest"
    verbose_name = "Harvesting"

    def ready(self) -> None:
        from ingest import checks, roles  # noqa: F401  (checks registers itself)

        post_migrate.connect(roles.make_editors, sender=self)
