"""The store and the pages as one Django app."""

from django.apps import AppConfig


class CoolPapersConfig(AppConfig):
    name = "coolpapers"
    verbose_name = "Cool Papers"

    def ready(self) -> None:
        from coolpapers import celery  # noqa: F401  (binds shared tasks to our broker in every process)
