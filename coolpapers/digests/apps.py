"""E-mail digests as a Django app of their own."""

from django.apps import AppConfig


class DigestsConfig(AppConfig):
    name = "coolpapers.digests"
    label = "digests"
    verbose_name = "Digests"

    def ready(self) -> None:
        from coolpapers.digests import checks  # noqa: F401  (registers itself)
