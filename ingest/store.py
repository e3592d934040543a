"""Records → rows, in batches: the only code that writes papers.

Guarantees: a batch is stored whole or not at all; storing the same record again changes nothing; what a record does not
know never erases what the row knows; an older record never replaces a newer one, whichever comes first; what arXiv's
feeds told of a paper before it came counts at once. Every paper that changed is put on the index's list in the same
transaction, and a message is sent when it is committed.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from coolpapers.bulk import insert_rows, update_rows
from coolpapers.models import Alias, Edition, Group, Paper, Venue, Work
from ingest.category_rows import Placed, insert_listings, update_listings
from ingest.listings import told_in_feeds
from ingest.record import Announced, PaperRecord, Place
from ingest.saved import SaveReport, tell_index
from ingest.versions import write_versions

__all__ = ["BATCH", "SaveReport", "link_copies", "save_batch", "save_records", "tell_of_works", "unlink_copy"]

BATCH = 1_000  # papers a transaction: about 3 MB of text, and a crash loses little work


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
    """Store one batch in one transaction. Records of one key are stored one after the other."""
    report = SaveReport()
    for by_key in _rounds(records):
        report += _save(by_key)
    return report


def _rounds(records: Iterable[PaperRecord]) -> list[dict[str, PaperRecord]]:
    """The records by key: the first of each key, then the second of those that have one, …"""
    rounds: list[dict[str, PaperRecord]] = []
    places: dict[str, int] = {}
    for record in records:
        place = places[record.key] = places.get(record.key, -1) + 1
        if place == len(rounds):
            rounds.append({})
        rounds[place][record.key] = record
    return rounds


@dataclass(frozen=True, slots=True)
class _Batch:
    """Records by key, and what they need."""

    records: Mapping[str, PaperRecord]
    feeds: Mapping[str, Sequence[Announced]]  # what feeds told of them
    groups: Mapping[Place, Group]
    now: datetime

    def told(self, record: PaperRecord) -> tuple[Announced, ...]:
        return (*record.announced, *self.feeds.get(record.key, ()))


def _save(by_key: Mapping[str, PaperRecord]) -> SaveReport:
    held = dict(Paper.objects.filter(key__in=list(by_key)).values_list("key", "record_hash"))
    batch = _Batch(
        by_key,
        told_in_feeds(key for key, record in by_key.items() if record.branch == "arxiv"),
        _ensure_groups(record.place for record in by_key.values() if record.place),
        timezone.now(),
    )
    differing = {key for key, held_hash in held.items() if held_hash != by_key[key].hash()}
    new = [record for key, record in by_key.items() if key not in held]
    _insert_papers(new, batch)
    changed = _update_papers(Paper.objects.filter(key__in=differing.union(batch.feeds).intersection(held)), batch)
    _note_touched(record for key, record in by_key.items() if key in held and key not in differing)
    _write_more([record for key, record in by_key.items() if key in differing or key not in held])
    return SaveReport(len(new), changed, len(by_key) - len(new) - changed)


def _note_touched(records: Iterable[PaperRecord]) -> None:
    """Records whose content is held already, with a newer date of their source: nobody else is told."""
    touched: dict[date, list[str]] = {}
    for record in records:
        if record.modified is not None:
            touched.setdefault(record.modified, []).append(record.key)
    for day, keys in touched.items():
        Paper.objects.filter(Q(modified=None) | Q(modified__lt=day), key__in=keys).update(modified=day)


def _write_more(records: Sequence[PaperRecord]) -> None:
    """Versions and aliases of papers that are held now. A key that a paper has is no other paper's alias."""
    Alias.objects.filter(key__in=[record.key for record in records if record.branch == "venue"]).delete()
    telling = [record for record in records if record.versions or record.aliases]
    if not telling:
        return
    ids = dict(Paper.objects.filter(key__in=[record.key for record in telling]).values_list("key", "pk"))
    write_versions((ids[record.key], record.versions) for record in telling)
    aliases = {alias: ids[record.key] for record in telling for alias in record.aliases}
    taken = set(Paper.objects.filter(key__in=list(aliases)).values_list("key", flat=True))
    pairs = ((alias, paper) for alias, paper in aliases.items() if alias not in taken)
    insert_rows(Alias, ("key", "paper"), pairs, ignore_conflicts=True)


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


def _insert_papers(records: Sequence[PaperRecord], batch: _Batch) -> None:
    """New papers, with their announcements and category rows."""
    groups, now = batch.groups, batch.now
    names = ("key", "branch", "group", "record_hash", "modified", "added", "changed", "revision", *_FACTS)
    insert_rows(
        Paper,
        names,
        (
            (r.key, r.branch, _group_id(r, groups), r.hash(), r.modified, now, now, 1, *_facts(r).values())
            for r in records
        ),
    )
    ids = dict(Paper.objects.filter(key__in=[record.key for record in records]).values_list("key", "pk"))
    insert_listings(Placed(ids[r.key], r.categories, r.submitted, r.ordinal, batch.told(r)) for r in records)
    tell_index((pk, 1) for pk in ids.values())


def _update_papers(papers: Iterable[Paper], batch: _Batch) -> int:
    """Bring papers that are held up to their records; in how many something changed that a reader or the index sees."""
    held = {paper.pk: paper for paper in papers}
    current: set[int] = set()
    changed: set[int] = set()
    placed = []
    for pk, paper in held.items():
        record, categories = batch.records[paper.key], None
        if _is_older(record, paper):
            is_changed = _learn_submission(paper, record)
        else:
            current.add(pk)
            categories = record.categories
            is_changed = _bring_up(paper, record, batch.groups)
        if is_changed:
            changed.add(pk)
        placed.append(Placed(pk, categories, paper.submitted, paper.ordinal, batch.told(record)))
    changed |= update_listings(placed)
    for pk in changed:
        held[pk].revision += 1
        held[pk].changed = batch.now
    _write_papers([held[pk] for pk in changed], ("group", "revision", "changed", "record_hash", "modified", *_FACTS))
    _write_papers([held[pk] for pk in current - changed], ("record_hash", "modified"))
    tell_index((pk, held[pk].revision) for pk in changed)
    return len(changed)


def _write_papers(papers: Sequence[Paper], names: Sequence[str]) -> None:
    attributes = ["group_id" if name == "group" else name for name in names]
    update_rows(Paper, names, ((paper.pk, *(getattr(paper, name) for name in attributes)) for paper in papers))


def _is_older(record: PaperRecord, paper: Paper) -> bool:
    """Whether the record is of an earlier state than the row: by the version, of the same one by its source's date of
    the record, and where a version is not told by the day of revision."""
    if record.version is not None and paper.version is not None and record.version != paper.version:
        return record.version < paper.version
    if record.modified is not None and paper.modified is not None and record.modified != paper.modified:
        return record.modified < paper.modified
    return (record.version is None or paper.version is None) and _revised_before(record.revised, paper.revised)


def _revised_before(one: datetime | None, other: datetime | None) -> bool:
    """By the day: often no more is known."""
    return one is not None and other is not None and one.date() < other.date()


def _learn_submission(paper: Paper, record: PaperRecord) -> bool:
    """An older record may know best when the first version was submitted, which no later one changes."""
    known = paper.submitted is not None and not paper.submitted_day_only
    if known or record.submitted is None or record.submitted_day_only:
        return False
    paper.submitted, paper.submitted_day_only = record.submitted, False
    return True


def _bring_up(paper: Paper, record: PaperRecord, groups: Mapping[Place, Group]) -> bool:
    """Set the row's attributes to the record; True when a fact changed."""
    wanted = _merged(paper, record)
    if record.place:
        wanted["group_id"] = _group_id(record, groups)
    differing = [name for name, value in wanted.items() if getattr(paper, name) != value]
    for name in differing:
        setattr(paper, name, wanted[name])
    paper.record_hash = record.hash()
    paper.modified = max(filter(None, (paper.modified, record.modified)), default=None)
    return bool(differing)


def _merged(paper: Paper, record: PaperRecord) -> dict[str, object]:
    """The record's facts, but the row's where the record does not know; an exact instant is not lost to a day."""
    facts = _facts(record)
    for name in _FACTS:
        if facts[name] in (None, "", []) and name != "withdrawn_reason":
            facts[name] = getattr(paper, name)
    revised = _revised_before(paper.revised, record.revised)
    if record.version is None and revised:  # a later version, whose number is not known
        facts["version"] = None
    if not record.withdrawn and not _tells_versions(record, paper) and not revised:
        facts["withdrawn"], facts["withdrawn_reason"] = paper.withdrawn, paper.withdrawn_reason
    elif record.withdrawn and not record.withdrawn_reason:
        facts["withdrawn_reason"] = paper.withdrawn_reason
    for name in ("submitted", "revised"):
        exact_held = getattr(paper, name) is not None and not getattr(paper, f"{name}_day_only")
        same_day = not (name == "revised" and revised)
        if getattr(record, name) is None or (getattr(record, f"{name}_day_only") and exact_held and same_day):
            facts[name], facts[f"{name}_day_only"] = getattr(paper, name), getattr(paper, f"{name}_day_only")
    return facts


def _tells_versions(record: PaperRecord, paper: Paper) -> bool:
    """Whether it can say that a withdrawal is over: another version can, and who lists the versions with their marks.
    Others go by the authors' words, and may find none."""
    return bool(record.versions) or (record.version is not None and record.version != paper.version)


def _group_id(record: PaperRecord, groups: Mapping[Place, Group]) -> int | None:
    return groups[_group_place(record.place)].pk if record.place else None


# --- Venues ------------------------------------------------------------------------------------------------------
def _group_place(place: Place) -> Place:
    return Place(place.venue.lower(), place.year, place.group, label=place.label.lower())


def _ensure_groups(places: Iterable[Place]) -> dict[Place, Group]:
    """The group of each place, with its edition and venue made where they are new."""
    groups: dict[Place, Group] = {}
    for place in places:
        if _group_place(place) in groups:
            continue
        groups[_group_place(place)], _ = Group.objects.get_or_create(edition=ensure_edition(place), name=place.group)
    return groups


def ensure_edition(place: Place) -> Edition:
    """The place's edition, made where it is new; a venue is known by each of its names."""
    venue = Venue.objects.known_as(place.venue) or Venue.objects.create(code=place.venue)
    editions = Edition.objects.filter(venue=venue, year=place.year, label__iexact=place.label)
    return editions.first() or Edition.objects.create(
        venue=venue, year=place.year, label=place.label, added=timezone.now()
    )


# --- Works -------------------------------------------------------------------------------------------------------
@transaction.atomic
def link_copies(*, papers: Sequence[Paper], tell: bool = True) -> Work:
    """Say that the papers are copies of one work; works that they belong to by now are joined. Who links many tells the
    index of them himself, by `tell_of_works` in the same transaction."""
    ids = [paper.pk for paper in papers]
    known = Paper.objects.works_among(ids)
    work = Work.objects.get(pk=min(known)) if known else Work.objects.create()
    joined = Paper.objects.filter(Q(pk__in=ids) | Q(work__in=known))
    _set_work(joined.exclude(work=work), work)
    if tell:
        tell_of_works([work.pk])
    Work.objects.filter(pk__in=known - {work.pk}).delete()
    return work


@transaction.atomic
def unlink_copy(*, paper: Paper) -> None:
    """Undo: the paper stands alone again; a work with a single paper left is no work."""
    works = Paper.objects.works_among([paper.pk])
    rest = list(Paper.objects.filter(work__in=works).exclude(pk=paper.pk).values_list("pk", flat=True))
    alone = len(rest) < 2
    if works:
        changed = Paper.objects.filter(pk__in=[paper.pk, *(rest if alone else ())])
        _set_work(changed, None)
        tell_index(changed.values_list("pk", "revision"))
    if alone:
        Work.objects.filter(pk__in=works).delete()


def tell_of_works(works: Collection[int]) -> None:
    """The index shows a work once: all copies of these are to be looked at."""
    tell_index(Paper.objects.filter(work__in=works).order_by().values_list("pk", "revision"))


def _set_work(papers: QuerySet[Paper], work: Work | None) -> None:
    papers.update(work=work, revision=F("revision") + 1)
