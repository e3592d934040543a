"""The index follows the store: the database decides, the engine is told.

What is due stands in IndexDue, written in the transaction that changed the paper. Guarantees: a paper leaves that list
only when the index has the revision it was listed with; killed anywhere, nothing is lost and doing it again does no
harm; papers are read while no one else writes, so an older state never replaces a newer one. The functions that write
raise EngineUnavailable (IndexBusy, RebuildNeeded) and then leave what is due as it is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import islice

from django.utils import timezone

from coolpapers.bulk import insert_rows
from coolpapers.models import IndexDue, Paper
from search.document import Document, all_documents, load_documents
from search.engines import get_engine
from search.engines.base import Engine, Writer
from search.engines.fallback import FallbackEngine

BATCH = 1_000  # papers a commit
WAIT = 10.0  # seconds that a small change waits for other writers; then it stays due, and the sweep comes again
WAIT_REBUILD = 600.0
_UNSETTLED = 500  # rows in one DELETE


@dataclass(frozen=True, slots=True)
class IndexReport:
    """How many papers the index was given or told to forget, how many of those asked for were not due, and how many
    it would not take (they stay due, with its reason)."""

    written: int = 0
    forgotten: int = 0
    skipped: int = 0
    rejected: int = 0

    def __add__(self, other: "IndexReport") -> "IndexReport":
        return IndexReport(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class ReconcileReport:
    """What differed between store and index, and was mended: papers that the index lacked, had old, had too many."""

    missing: int
    outdated: int
    surplus: int

    @property
    def total(self) -> int:
        return self.missing + self.outdated + self.surplus


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """The index beside the store. `rebuild_reason` is "" where the index can be used as it is."""

    engine: str
    off: bool
    documents: int
    papers: int
    due: int
    rebuild_reason: str
    rejected: int = 0
    rejected_because: str = ""  # of the newest of them: its key and the engine's reason

    @property
    def needs_rebuild(self) -> bool:
        return bool(self.rebuild_reason)


def mark_due(papers: Iterable[tuple[int, int]]) -> None:
    """Put (id, revision) on the list, revision 0 for a deleted paper; for use inside the transaction that changes them.

    A paper that is listed already keeps its place in the line.
    """
    now = timezone.now()
    rows = ((pk, revision, now) for pk, revision in dict(papers).items())
    insert_rows(IndexDue, ("paper_id", "revision", "since"), rows, update=("revision",))


def index_papers(ids: Sequence[int], *, engine: Engine | None = None, timeout: float = WAIT) -> IndexReport:
    """Bring the index up to those of the papers that are due."""
    report = IndexReport()
    engine = engine or get_engine()
    wanted = iter(dict.fromkeys(ids))
    while batch := list(islice(wanted, BATCH)):
        if IndexDue.objects.filter(paper_id__in=batch).exists():
            report += _follow(engine, batch, timeout, only_due=True)
        else:
            report += IndexReport(skipped=len(batch))
    return report


def sweep(limit: int = 20 * BATCH, *, engine: Engine | None = None, timeout: float = WAIT) -> IndexReport:
    """Index what has been due longest, at most `limit` papers."""
    report = IndexReport()
    for start in range(0, limit, BATCH):
        ids = IndexDue.objects.oldest(min(BATCH, limit - start))
        report += index_papers(ids, engine=engine, timeout=timeout)
        if len(ids) < BATCH:
            break
    return report


def rebuild(progress: Callable[[int], object] | None = None, *, engine: Engine | None = None) -> int:
    """Build the index anew from all papers and swap it in; how many. `progress` is told how many more were read.

    Papers that change meanwhile are newest afterwards, or stay due, whether they were read before that or after.
    """
    engine = engine or get_engine()
    if engine.off:
        IndexDue.objects.all().delete()
        return 0
    rebuilt = engine.rebuild(_documents(progress), timeout=WAIT_REBUILD)
    _settle(engine)
    _note_rejected(rebuilt.rejected)
    return rebuilt.papers


def prepare_fallback() -> bool:
    """Build the index that stands in for the site's engine, where there is to be one and it is missing; True if so."""
    engine = get_engine()
    if not isinstance(engine, FallbackEngine) or not engine.fallback.state().rebuild_reason:
        return False
    follow_fallback(engine.fallback)
    return True


def follow_fallback(fallback: Engine) -> ReconcileReport:
    """Bring an index that stands in for the engine's up to the store, whatever is due; builds it where it must be."""
    if fallback.state().rebuild_reason:
        built = fallback.rebuild(_documents(None), timeout=WAIT_REBUILD)
        return ReconcileReport(built.papers, 0, 0)
    return _mend(fallback, lambda ids: _write(fallback, ids, WAIT))


def _documents(progress: Callable[[int], object] | None) -> Iterator[Document]:
    for batch in all_documents():
        yield from batch
        if progress:
            progress(len(batch))


def reconcile(*, engine: Engine | None = None) -> ReconcileReport:
    """Compare every paper's revision in the index and in the store, and write the difference."""
    engine = engine or get_engine()
    if engine.off:
        return ReconcileReport(0, 0, 0)
    return _mend(engine, lambda ids: _follow(engine, ids, WAIT, only_due=False))


def _mend(engine: Engine, write: Callable[[Sequence[int]], object]) -> ReconcileReport:
    stored = Paper.objects.order_by("pk").values_list("pk", "revision").iterator()
    differing: list[int] = []
    missing = outdated = surplus = 0
    for pk, wanted, held in _side_by_side(stored, engine.revisions()):
        if wanted == held:
            continue
        missing += held is None
        surplus += wanted is None
        outdated += None not in (wanted, held)
        differing.append(pk)
    for start in range(0, len(differing), BATCH):
        write(differing[start : start + BATCH])
    return ReconcileReport(missing, outdated, surplus)


def status(*, engine: Engine | None = None) -> IndexStatus:
    """What the engine holds beside what the store holds."""
    engine = engine or get_engine()
    state = engine.state()
    return IndexStatus(
        engine=engine.name,
        off=engine.off,
        documents=state.documents,
        papers=Paper.objects.count(),
        due=IndexDue.objects.count(),
        rebuild_reason=str(state.rebuild_reason),
        rejected=IndexDue.objects.rejected().count(),
        rejected_because=_newest_reason(),
    )


def _newest_reason() -> str:
    newest = IndexDue.objects.rejected().first()
    if newest is None:
        return ""
    key = Paper.objects.filter(pk=newest.paper_id).values_list("key", flat=True).first()
    return f"{key or newest.paper_id}: {newest.problem}"


def _follow(engine: Engine, ids: Sequence[int], timeout: float, *, only_due: bool) -> IndexReport:
    """Give the engine these papers as the store has them now, then take them off the list.

    The list is read first and the papers after it: a change between the two leaves a revision on the list that is not
    the one read, and so stays there.
    """
    if engine.off:
        due = dict(IndexDue.objects.filter(paper_id__in=ids).values_list("paper_id", "revision"))
        _take_off(due.items())
        return IndexReport(skipped=len(ids))
    with engine.writing(timeout=timeout, mending=not only_due) as writer:
        due = dict(IndexDue.objects.filter(paper_id__in=ids).values_list("paper_id", "revision"))
        wanted = [pk for pk in ids if pk in due] if only_due else list(ids)
        written, gone = _put(writer, wanted)
    _take_off((pk, revision) for pk, revision in due.items() if pk not in writer.rejected)
    _note_rejected(writer.rejected)
    rejected = len(writer.rejected)
    return IndexReport(written - rejected, gone, len(ids) - len(wanted), rejected)


def _write(engine: Engine, ids: Sequence[int], timeout: float) -> None:
    with engine.writing(timeout=timeout, mending=True) as writer:
        _put(writer, ids)


def _put(writer: Writer, ids: Sequence[int]) -> tuple[int, int]:
    """Papers as the store has them now; how many there are, and how many are gone."""
    documents = load_documents(ids)
    gone = set(ids) - {document.paper_id for document in documents}
    writer.put(documents)
    writer.forget(gone)
    return len(documents), len(gone)


def _note_rejected(rejected: Mapping[int, str]) -> None:
    """Papers that the engine would not take are due, with its reason, and come last."""
    now = timezone.now()
    known = dict(Paper.objects.filter(pk__in=list(rejected)).values_list("pk", "revision"))
    rows = ((pk, known.get(pk, 0), now, reason[:500]) for pk, reason in rejected.items())
    insert_rows(IndexDue, ("paper_id", "revision", "since", "problem"), rows, update=("since", "problem"))


def _take_off(rows: Iterable[tuple[int, int]]) -> None:
    """Remove exactly these (id, revision) from the list."""
    by_revision: dict[int, list[int]] = {}
    for pk, revision in rows:
        by_revision.setdefault(revision, []).append(pk)
    for revision, ids in by_revision.items():
        for start in range(0, len(ids), _UNSETTLED):
            IndexDue.objects.filter(revision=revision, paper_id__in=ids[start : start + _UNSETTLED]).delete()


def _settle(engine: Engine) -> None:
    """Take off the list whatever the index shows already. What is gone from the store is gone from a new index too."""
    rows = IndexDue.objects.order_by("paper_id").values_list("paper_id", "revision")
    if not rows.exists():
        return
    settled = [
        (pk, revision)
        for pk, revision, held in _side_by_side(rows.iterator(), engine.revisions())
        if revision is not None and (revision == held or (held is None and revision == 0))
    ]
    _take_off(settled)


def _side_by_side(
    left: Iterable[tuple[int, int]], right: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, int | None, int | None]]:
    """Two streams of (id, revision) by rising id → (id, left revision, right revision), None where a side lacks it."""
    one, other = iter(left), iter(right)
    a, b = next(one, None), next(other, None)
    while a is not None or b is not None:
        if b is None or (a is not None and a[0] < b[0]):
            assert a is not None
            yield a[0], a[1], None
            a = next(one, None)
        elif a is None or b[0] < a[0]:
            yield b[0], None, b[1]
            b = next(other, None)
        else:
            yield a[0], a[1], b[1]
            a, b = next(one, None), next(other, None)
