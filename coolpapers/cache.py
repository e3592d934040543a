"""Django's cache in a SQLite file of its own: shared by all web processes, with no service (docs/decisions/0007).

settings.CACHES and settings.DATABASES name it where there is no Redis; its first connection makes the table.
"""

from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.db import transaction


class FileCache(DatabaseCache):
    """Django's own, with a count that none of several processes loses: it reads and writes within one lock."""

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        with transaction.atomic(using="cache"):  # BEGIN IMMEDIATE, by the database's settings
            return super().incr(key, delta, version)


class CacheRouter:
    """Sends the cache's table to the database `cache`, and nothing else there."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "cache" if model._meta.app_label == "django_cache" else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == "cache" else None
