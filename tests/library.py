"""A small library of made-up papers for tests of pages and feeds: every kind of list has something to show."""

from dataclasses import replace
from datetime import UTC, date, datetime

from ingest.record import Announced, PaperRecord, Place
from ingest.store import save_records

MONDAY, TUESDAY, THURSDAY = date(2026, 6, 15), date(2026, 6, 16), date(2026, 6, 18)


def arxiv_record(key: str, **changes: object) -> PaperRecord:
    """An arXiv record that was announced on the Tuesday, but for the changes."""
    yymm, _, number = key.partition(".")
    record = PaperRecord(
        key=key,
        branch="arxiv",
        title=f"Paper {key}",
        abstract="We study something.",
        authors=("Ada Author", "Ben Writer"),
        categories=("cs.CL",),
        announced=(Announced(TUESDAY, "new", "observed"),),
        source_url=f"https://arxiv.org/abs/{key}",
        pdf_url=f"https://arxiv.org/pdf/{key}",
        ordinal=int(f"20{yymm}") * 10**6 + int(number) if number else 199901_000001,
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def venue_record(key: str, group: str = "Long Papers", position: int = 0, **changes: object) -> PaperRecord:
    """A record of ACL.2018, but for the changes."""
    record = PaperRecord(
        key=key,
        branch="venue",
        title=f"Venue paper {key}",
        abstract="We parse something.",
        authors=("Ada Author",),
        place=Place("ACL", 2018, group, position),
        source_url=f"https://aclanthology.org/{key.split('@')[0]}/",
        pdf_url=f"https://aclanthology.org/{key.split('@')[0]}.pdf",
        ordinal=2018 * 10**8 + 999_999 - position,
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def fill_library() -> None:
    """Three papers on the Tuesday in cs.CL, thirty on the Monday, old ones, and a venue with two groups."""
    save_records(
        records=[
            arxiv_record("2606.10001", title="Attention for $O(n^2)$ graphs", categories=("cs.CL", "cs.LG")),
            arxiv_record("2606.10002", title="Schrödinger bridges", categories=("cs.CL", "cs.CY")),
            arxiv_record("2603.00003", title="An old friend", announced=(Announced(TUESDAY, "cross", "observed"),)),
            arxiv_record("2606.10004", categories=("cs.LG",), announced=(Announced(THURSDAY, "new", "observed"),)),
            *(
                arxiv_record(f"2606.{n:05d}", announced=(Announced(MONDAY, "new", "observed"),))
                for n in range(9001, 9031)
            ),
            arxiv_record(
                "hep-th/9901001",
                title="Strings",
                categories=("hep-th",),
                submitted=datetime(1999, 1, 4, tzinfo=UTC),
                submitted_day_only=True,
                announced=(Announced(date(1999, 1, 5), "new", "estimated"),),
                ordinal=199901_000001,
            ),
            venue_record("P18-1001@ACL", position=0),
            venue_record("P18-1002@ACL", position=1),
            venue_record("P18-2001@ACL", "Short Papers", position=2),
        ]
    )
