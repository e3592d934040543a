"""Records → rows, in batches: the only code that writes papers.

Guarantees: a batch is stored whole or not at all; storing the same record again changes nothing; what a record does not
know never erases what the row knows; an older version never replaces a newer one. Every paper that changed is put on
the index's list in the same transaction, and a message is sent when it is committed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import islice

from django.db import transaction
from django.utils import timezone

from coolpapers.bulk import insert_rows
from coolpapers.models import Alias, Announcement, Edition, Group, Paper, PaperCategory, Venue, Work
from ingest.record import Announced, PaperRecord, Place
from search.index import mark_due
from search.tasks import index_papers

BATCH = 1_000  # papers a transaction: about 3 MB of text, and a crash loses little work


@dataclass(frozen=True, slots=True)
class SaveReport:
    """How many records were new, changed something, or were known already."""

    new: int = 0
    changed: int = 0
    same: int = 0

    def __add__(self, other: "SaveReport") -> "SaveReport":
        return SaveReport(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def total(self) -> int:
        return self.new + self.changed + self.same


def save_records(
    *, records: Iterable[PaperRecord], progress: Callable[[int], object] | None = None, batch: int = BATCH
) -> SaveReport:
    """Store the records; `progress` is told the number stored after each batch."""
    report = SaveReport()
    stream = iter(records)
    while chunk := list(islice(stream, batch)):
        report += save_batch(records=chunk)
        if progress:
            progress(len(chunk))
    return report


@transaction.atomic
def save_batch(*, records: Sequence[PaperRecord]) -> SaveReport:
    """Store one batch in one transaction. Of several records of one key the last one counts."""
    by_key = {record.key: record for record in records}
    hashes = dict(Paper.objects.filter(key__in=list(by_key)).values_list("key", "record_hash"))
    groups = _ensure_groups(record.place for record in by_key.values() if record.place)
    now = timezone.now()
    new = [record for key, record in by_key.items() if key not in hashes]
    differing = [key for key, held in hashes.items() if held != by_key[key].hash()]
    changed = [
        paper
        for paper in Paper.objects.filter(key__in=differing)
        if _update_paper(paper, by_key[paper.key], groups, now)
    ]
    touched = _insert_papers(new, groups, now)
    _write_category_rows(touched, {key: by_key[key].announced for key in touched}, by_key)
    _add_announcements(touched, by_key)
    touched |= _update_listings(changed, by_key)
    _write_aliases(touched, by_key)
    _tell_index(touched)
    return SaveReport(len(new), len(changed), len(records) - len(new) - len(changed))


@dataclass(frozen=True, slots=True)
class _Row:
    """What the other tables need of a paper that was just written."""

    pk: int
    revision: int
    submitted: datetime | None
    ordinal: int


def _tell_index(touched: Mapping[str, _Row]) -> None:
    """Put the papers on the index's list, and send word when this transaction is committed."""
    if touched:
        mark_due((row.pk, row.revision) for row in touched.values())
        ids = [row.pk for row in touched.values()]
        # robust: a broker that is down costs a line in the log, and the sweep finds the papers
        transaction.on_commit(lambda: index_papers.delay(ids), robust=True)


# --- Papers ------------------------------------------------------------------------------------------------------
_FACTS = [
    "title",
    "abstract",
    "authors",
    "comments",
    "doi",
    "journal_ref",
    "licence",
    "source_url",
    "pdf_url",
    "version",
    "submitted",
    "submitted_day_only",
    "revised",
    "revised_day_only",
    "withdrawn",
    "withdrawn_reason",
    "ordinal",
]


def _facts(record: PaperRecord) -> dict[str, object]:
    facts: dict[str, object] = {name: getattr(record, name) for name in _FACTS}
    return facts | {"authors": list(record.authors)}


def _insert_papers(records: Sequence[PaperRecord], groups: Mapping[Place, Group], now: datetime) -> dict[str, _Row]:
    """New papers by key."""
    names = ("key", "branch", "group", "record_hash", "added", "changed", "revision", *_FACTS)
    insert_rows(
        Paper,
        names,
        (
            (r.key, r.branch, groups[_group_place(r.place)].pk if r.place else None, r.hash(), now, now, 1, *_values(r))
            for r in records
        ),
    )
    ids = dict(Paper.objects.filter(key__in=[record.key for record in records]).values_list("key", "pk"))
    return {record.key: _Row(ids[record.key], 1, record.submitted, record.ordinal) for record in records}


def _values(record: PaperRecord) -> Iterable[object]:
    return _facts(record).values()


def _update_paper(paper: Paper, record: PaperRecord, groups: Mapping[Place, Group], now: datetime) -> bool:
    """Bring the row up to the record; True when that changed something a reader or the index sees."""
    if record.version is not None and paper.version is not None and record.version < paper.version:
        return False
    wanted = _merged(paper, record)
    if record.place:
        wanted["group"] = groups[_group_place(record.place)]
    differing = [name for name, value in wanted.items() if getattr(paper, name) != value]
    changed = bool(differing) or _listings_differ(paper, record)
    for name in differing:
        setattr(paper, name, wanted[name])
    if changed:
        paper.revision += 1
        paper.changed = now
    paper.record_hash = record.hash()
    paper.save(update_fields=[*differing, "revision", "changed", "record_hash"])
    return changed


def _merged(paper: Paper, record: PaperRecord) -> dict[str, object]:
    """The record's facts, but the row's where the record does not know; an exact instant is not lost to a day."""
    facts = _facts(record)
    for name in _FACTS:
        if facts[name] in (None, "", []) and name != "withdrawn_reason":
            facts[name] = getattr(paper, name)
    if record.version is None and not record.withdrawn:  # only a version that is told can clear a withdrawal
        facts["withdrawn"], facts["withdrawn_reason"] = paper.withdrawn, paper.withdrawn_reason
    for name in ("submitted", "revised"):
        exact_held = getattr(paper, name) is not None and not getattr(paper, f"{name}_day_only")
        if getattr(record, name) is None or (getattr(record, f"{name}_day_only") and exact_held):
            facts[name], facts[f"{name}_day_only"] = getattr(paper, name), getattr(paper, f"{name}_day_only")
    return facts


# --- Categories and announcements ----------------------------------------------------------------------------------
def _listings_differ(paper: Paper, record: PaperRecord) -> bool:
    categories = tuple(row.category_id for row in paper.category_rows.order_by("place"))
    told = {(row.day, row.kind, row.evidence) for row in paper.announcements.all()}
    known = any(evidence != "estimated" for _day, _kind, evidence in told)
    wanted = {(a.day, a.kind, a.evidence) for a in record.announced if not (known and a.evidence == "estimated")}
    return categories != record.categories or not wanted <= told


def _add_announcements(touched: Mapping[str, _Row], records: Mapping[str, PaperRecord]) -> None:
    """What the records tell of listings, beside what was told before."""
    insert_rows(
        Announcement,
        ("paper", "day", "kind", "evidence"),
        ((row.pk, a.day, a.kind, a.evidence) for key, row in touched.items() for a in records[key].announced),
        ignore_conflicts=True,
    )


def _update_listings(papers: Sequence[Paper], records: Mapping[str, PaperRecord]) -> dict[str, _Row]:
    """Announcements and category rows of papers that were held before; the papers by key."""
    touched = {paper.key: _Row(paper.pk, paper.revision, paper.submitted, paper.ordinal) for paper in papers}
    if not touched:
        return {}
    PaperCategory.objects.filter(paper__in=papers).delete()
    known = [paper for paper in papers if _tells_known_day(records[paper.key])]
    Announcement.objects.filter(paper__in=known, evidence="estimated").delete()
    _add_announcements(touched, records)
    told: dict[str, list[Announced]] = {}
    for row in Announcement.objects.filter(paper__in=papers).select_related("paper"):
        told.setdefault(row.paper.key, []).append(Announced(row.day, row.kind, row.evidence))
    _write_category_rows(touched, told, records)
    return touched


def _tells_known_day(record: PaperRecord) -> bool:
    return any(told.evidence != "estimated" for told in record.announced)


def _write_category_rows(
    touched: Mapping[str, _Row], told: Mapping[str, Sequence[Announced]], records: Mapping[str, PaperRecord]
) -> None:
    """Each paper's rows in its categories, with the day that day pages read."""
    insert_rows(
        PaperCategory,
        ("paper", "category", "place", "approximate", "day", "submitted", "ordinal"),
        (
            (row.pk, code, place, *_first_day(told.get(key, ())), row.submitted, row.ordinal)
            for key, row in touched.items()
            for place, code in enumerate(records[key].categories)
        ),
    )


def _first_day(told: Sequence[Announced]) -> tuple[bool, date | None]:
    """Whether it is approximate, and the day: a known one before an estimated one, then the earliest."""
    days = [(a.evidence == "estimated", a.day) for a in told if a.kind != "replace"]
    return min(days, default=(False, None))


def _write_aliases(touched: Mapping[str, _Row], records: Mapping[str, PaperRecord]) -> None:
    pairs = ((alias, row.pk) for key, row in touched.items() for alias in records[key].aliases)
    insert_rows(Alias, ("key", "paper"), pairs, ignore_conflicts=True)


# --- Venues ------------------------------------------------------------------------------------------------------
def _group_place(place: Place) -> Place:
    return Place(place.venue.lower(), place.year, place.group)


def _ensure_groups(places: Iterable[Place]) -> dict[Place, Group]:
    """The group of each place, with its edition and venue made where they are new."""
    groups: dict[Place, Group] = {}
    for place in places:
        if _group_place(place) in groups:
            continue
        venue = Venue.objects.filter(code__iexact=place.venue).first() or Venue.objects.create(code=place.venue)
        edition, _ = Edition.objects.get_or_create(venue=venue, year=place.year, defaults={"added": timezone.now()})
        groups[_group_place(place)], _ = Group.objects.get_or_create(edition=edition, name=place.group)
    return groups


# --- Works -------------------------------------------------------------------------------------------------------
@transaction.atomic
def link_copies(*, papers: Sequence[Paper]) -> Work:
    """Say that the papers are copies of one work; works that they belong to already are joined."""
    known = [paper.work_id for paper in papers if paper.work_id]
    work = Work.objects.get(pk=min(known)) if known else Work.objects.create()
    Paper.objects.filter(work__in=known).update(work=work)
    Paper.objects.filter(pk__in=[paper.pk for paper in papers]).update(work=work)
    Work.objects.filter(pk__in=set(known) - {work.pk}).delete()
    return work


@transaction.atomic
def unlink_copy(*, paper: Paper) -> None:
    """Undo: the paper stands alone again; a work with a single paper left is no work."""
    work_id = paper.work_id
    Paper.objects.filter(pk=paper.pk).update(work=None)
    if work_id and Paper.objects.filter(work=work_id).count() < 2:
        Work.objects.filter(pk=work_id).delete()
