"""The operator's pages of harvesting: what was done (`harvest`), and venues with their editions (`venues`)."""

from ingest.admin import harvest, venues

__all__ = ["harvest", "venues"]
