"""What every format is written from: papers as a list has them, and where the list is."""

from collections.abc import Sequence
from dataclasses import dataclass

from coolpapers.models import Paper


@dataclass(frozen=True, slots=True)
class Sheet:
    """Papers with all that a card shows (PaperQuerySet.for_cards), the list's name, its address and its site's."""

    name: str
    address: str
    site: str  # https://papers.example
    papers: Sequence[Paper]
    notes: tuple[str, ...] = ()

    def address_of(self, paper: Paper) -> str:
        """The paper's page here."""
        return f"{self.site}{paper.get_absolute_url()}"
