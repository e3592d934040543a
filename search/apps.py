"""Search as a Django app: it has no models of its own, only an index that follows those of coolpapers."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "search"

    def ready(self) -> None:
        from search import checks  # noqa: F401  (registers the system check)
