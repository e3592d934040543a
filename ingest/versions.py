"""Versions of papers, as rows. What one record knows of a version, another that knows less does not take away."""

from collections.abc import Iterable, Sequence

from coolpapers.bulk import insert_rows, update_rows
from coolpapers.models import Version
from ingest.record import RecordVersion


def write_versions(papers: Iterable[tuple[int, Sequence[RecordVersion]]]) -> None:
    """Add versions of papers (by id) that are not held, and what is not known of those that are: two queries read or
    write any number, none where no version is told."""
    told = {(pk, version.number): version for pk, versions in papers for version in versions}
    if not told:
        return
    rows = Version.objects.filter(paper__in={pk for pk, _number in told})
    held = {
        (paper, number): (pk, size, withdrawn)
        for pk, paper, number, size, withdrawn in rows.values_list("pk", "paper_id", "number", "size", "withdrawn")
    }
    insert_rows(
        Version,
        ("paper", "number", "submitted", "size", "withdrawn"),
        (
            (pk, v.number, v.submitted, v.size, v.withdrawn)
            for (pk, _n), v in told.items()
            if (pk, v.number) not in held
        ),
    )
    update_rows(Version, ("size", "withdrawn"), _known_better(told, held))


def _known_better(
    told: dict[tuple[int, int], RecordVersion], held: dict[tuple[int, int], tuple[int, int | None, bool]]
) -> Iterable[tuple[int, int | None, bool]]:
    """Rows of which more is known now: (id, size, withdrawn)."""
    for place, (pk, size, withdrawn) in held.items():
        if (version := told.get(place)) is None:
            continue
        wanted = (version.size if size is None else size, withdrawn or version.withdrawn)
        if wanted != (size, withdrawn):
            yield pk, *wanted
