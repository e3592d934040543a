"""Pulls of venues' editions: asked for, shown beforehand, performed, cancelled, and asked for again by their schedule.

A run of the job `pull-venue` says in its arguments all that it needs (venue, year, label, source, fields, upload): it
does what was asked for, whatever somebody changes meanwhile. Who asks wakes a worker (ingest.tasks.wake), or performs.
A preview does everything that a pull does, in a transaction that is rolled back. How papers are found: ingest.sources;
how they are saved: ingest.proceedings.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from coolpapers.clock import get_clock
from coolpapers.models import Edition
from ingest import runs
from ingest.models import Run, RunState, Upload
from ingest.outcomes import BadAnswer, TooLarge
from ingest.proceedings import Found, ProceedingsReport, save_proceedings
from ingest.record import PaperRecord, Place
from ingest.sources.base import Asked, BadPage, Source, check_fields
from ingest.sources.registry import SOURCES
from ingest.uploads import read_upload
from ingest.visited import Visits, forget_visits
from ingest.works import link_works

JOB = "pull-venue"
OPEN = (RunState.DUE, RunState.RUNNING)
BEAT = 1.0  # seconds of the machine's clock between two signs of life while a file is read


# --- Asking ------------------------------------------------------------------------------------------------------
class NotPullable(ValueError):
    """The edition can't be pulled as it is. The message says why, and what to do."""


def ask_preview(edition: Edition, *, by: str, upload: Upload | None = None) -> Run:
    """A run that finds the edition's papers, tells what they would change, and writes none. Raises NotPullable."""
    return _ask(edition, by, {"preview": True, **_upload(upload)})


def ask_pull(edition: Edition, *, by: str, upload: Upload | None = None, of: Run | None = None) -> Run:
    """A run that saves the edition's papers; `of`: the preview that was looked at, whose answers and settings it takes.
    `by` is empty for the schedule. Raises NotPullable."""
    if of is not None:
        return _ask(edition, by, {**of.arguments, "preview": False, "of": of.pk})
    return _ask(edition, by, {"preview": False, **_upload(upload)})


def _upload(upload: Upload | None) -> dict[str, int]:
    return {"upload": upload.pk} if upload else {}


def _ask(edition: Edition, by: str, more: Mapping[str, Any]) -> Run:
    if active_run(edition):
        raise NotPullable(f"{edition} is being pulled already: wait for it, or cancel it.")
    of_edition = {
        "venue": edition.venue.code,
        "year": edition.year,
        "label": edition.label,
        "source": edition.source,
        "fields": edition.fields,
    }
    return ask_run({**of_edition, **more}, by=by, edition=edition)


@transaction.atomic
def ask_run(arguments: Mapping[str, Any], *, by: str, edition: Edition | None = None) -> Run:
    """The run of these arguments, for an edition that may not be here yet. Raises NotPullable."""
    source = SOURCES.get(arguments["source"])
    if source is None:
        raise NotPullable("Choose the source that the papers are pulled from.")
    values, wrong = check_fields(source, arguments["fields"])
    if wrong:
        raise NotPullable(" ".join(wrong.values()))
    if source.reads_file and not (arguments.get("upload") or values.get("address")):
        raise NotPullable(f"{source.label} reads a file: give one, or its address.")
    run = runs.ask(JOB, {**arguments, "fields": values})
    run.asked_by, run.edition = by[:150], edition
    run.save(update_fields=["asked_by", "edition"])
    return run


def active_run(edition: Edition) -> Run | None:
    """The edition's run that is not over, if there is one."""
    return edition.runs.filter(state__in=OPEN).order_by("-pk").first()


def cancel(run: Run) -> bool:
    """End it without a result; whoever performs it notices within a page. False where it was over already."""
    if not runs.cancel(run):
        return False
    run.visited.all().delete()
    return True


def ask_for_due() -> list[Run]:
    """Runs for the editions whose schedule says so: `every` days after their last pull was asked for."""
    now, asked = get_clock().now(), []
    pulls = Q(runs__job=JOB) & ~Q(runs__arguments__preview=True)
    scheduled = Edition.objects.exclude(source="").filter(every__gt=0).select_related("venue")
    for edition in scheduled.annotate(last=Max("runs__asked", filter=pulls)):
        last, every = edition.last, timedelta(days=edition.every or 0)  # type: ignore[attr-defined]
        if last is not None and last + every > now:
            continue
        try:
            asked.append(ask_pull(edition, by=""))
        except NotPullable:
            continue  # it is being pulled, or is not filled in yet: its page says so
    return asked


# --- One attempt -------------------------------------------------------------------------------------------------
def pull_venue(run: Run) -> None:
    """Find, save or show, and link."""
    source, asked = _asked(run)
    if "linking" not in run.cursor:
        found = _find(run, source, asked)
        _save(run, found, asked)
    if not run.arguments.get("preview"):
        _link(run)
        forget_visits(run)


def _asked(run: Run) -> tuple[Source, Asked]:
    told = run.arguments
    source = SOURCES.get(told["source"])
    if source is None:
        raise runs.Hopeless(f"This version has no source {told['source']!r}.")
    body = None
    if told.get("upload"):
        upload = Upload.objects.filter(pk=told["upload"]).first()
        if upload is None:
            raise runs.Hopeless("The file is not here any more: give it again.")
        body = read_upload(upload)
    return source, Asked(told["venue"], told["year"], told.get("label", ""), told["fields"], body)


def _find(run: Run, source: Source, asked: Asked) -> Found:
    """All of the edition's papers, in order."""
    found, visits, last = Found(), Visits(run), time.monotonic()
    run.bad, run.notes = 0, []
    try:
        for part in source.pull(asked, visits):
            found.records += (replace(record, place=_place(record, asked)) for record in part.records)
            found.bad += part.bad
            found.unaccepted += part.unaccepted
            found.told = part.told if part.told is not None else found.told
            run.bad += len(part.bad)
            run.notes += [f"{bad.key}: {bad.reason}" if bad.key else bad.reason for bad in part.bad]
            run.cursor |= {"papers": len(found.records), "pages": visits.count}
            if part.pages is not None:
                run.cursor["of"] = part.pages
            if time.monotonic() - last > BEAT:
                runs.beat(run)
                last = time.monotonic()
    except BadPage as error:
        raise runs.Hopeless(f"{source.label}'s answer can't be used: {error}.") from error
    except (BadAnswer, TooLarge) as error:
        raise runs.Hopeless(str(error)) from error
    if not found.records:
        reason = f" The first of {len(found.bad):,} entries: {found.bad[0].reason}." if found.bad else ""
        raise runs.Hopeless(f"{source.label} has no accepted paper for {asked.venue}.{asked.year}.{reason}")
    runs.beat(run)
    return found


def _place(record: PaperRecord, asked: Asked) -> Place:
    """In the edition that was asked for, whatever the source calls it."""
    place = record.place or Place(asked.venue, asked.year)
    return replace(place, venue=asked.venue, year=asked.year, label=asked.label)


def _save(run: Run, found: Found, asked: Asked) -> None:
    """In one transaction, with the run's report; of a preview only the report stays."""
    place = Place(asked.venue, asked.year, label=asked.label)
    with transaction.atomic():
        report = save_proceedings(place=place, found=found, told=lambda papers: None)
        _refuse_landslide(run, report)
        edition = report.edition
        expected = run.arguments.get("expected")
        edition.expected = edition.expected if expected is None else expected
        told = report.as_json(found, edition.expected)
        if run.arguments.get("preview"):
            transaction.set_rollback(True)
        else:
            if edition.pulled is None and not report.held_before:
                edition.added = get_clock().now()  # its papers came now, whenever somebody made the row
            edition.pulled = get_clock().now()
            if run.arguments.get("keep_source") or not edition.source:
                edition.source, edition.fields = run.arguments["source"], run.arguments["fields"]
            edition.save(update_fields=["added", "pulled", "source", "fields", "expected"])
            run.edition = edition
            Run.objects.filter(pk=run.pk).update(edition=edition)
            run.cursor["linking"] = list(report.ids)
            _count(run, told)
            runs.beat(run)
    if run.arguments.get("preview"):
        _count(run, told)
        runs.beat(run)


def _count(run: Run, told: dict[str, Any]) -> None:
    run.report = told
    run.new, run.changed, run.same = told["new"], told["changed"], told["same"]


def _refuse_landslide(run: Run, report: ProceedingsReport) -> None:
    """The schedule never marks most of an edition as missing: then the place has changed, and somebody should look."""
    if not run.asked_by and report.held_before and 2 * len(report.gone) > report.held_before:
        raise runs.Hopeless(
            f"{len(report.gone):,} of {report.held_before:,} papers held were not found. Nothing was changed: look at a"
            " preview, and pull by hand if that is right."
        )


def _link(run: Run) -> None:
    """Copies of the new and changed papers, such as on arXiv."""
    if ids := run.cursor.get("linking"):
        linked = link_works(ids=ids, told=lambda papers: _beat_now_and_then(run))
        run.report["linked"], run.report["doubtful"] = linked.linked, linked.waiting
    run.cursor["linking"] = []
    runs.beat(run)


def link_all(run: Run) -> None:
    """Copies among all venues' papers: for those whose copy on arXiv came after them."""
    report = link_works(told=lambda papers: _beat_now_and_then(run))
    run.changed += report.linked


def _beat_now_and_then(run: Run) -> None:
    if run.lease_until and run.lease_until - get_clock().now() < runs.LEASE - timedelta(seconds=20):
        runs.beat(run)
