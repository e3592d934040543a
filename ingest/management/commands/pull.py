"""`manage.py pull arxiv …` and `pull venue …`: one run, performed in this process, with a progress bar.

Exit codes: 0 done; 1 failed; 2 what was asked for makes no sense; 130 stopped by Ctrl-C: the run goes on from there
with `--run`, or a day later by the workers. Where a worker is faster and has the run, this watches it.
"""

import re
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from coolpapers.clock import get_clock
from coolpapers.identifiers import identify_text, parse_arxiv_id
from coolpapers.models import Edition
from ingest import editions, jobs, runs
from ingest.models import Run, RunState, Upload
from ingest.sources.registry import SOURCES
from ingest.uploads import keep_upload

EARLIEST = date(1991, 8, 14)  # arXiv's first day
REST = timedelta(days=1)  # what somebody stopped, the workers leave alone for a while
WATCHED = 0.5  # seconds between two looks
COMMAND = "the command line"  # who asks
EDITION = re.compile(
    r"(?P<venue>[A-Za-z][A-Za-z0-9 &-]{0,59})\.(?P<year>(?:19|20|21)[0-9]{2})(?:-(?P<label>[A-Za-z0-9]{1,20}))?"
)
SET = re.compile(r"[a-z-]+(:[a-z-]+(:[A-Za-z-]+)?)?")


def day(text: str) -> date:
    """YYYY-MM-DD that arXiv can have listed something on."""
    try:
        value = date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day: write it as 2026-06-15") from None
    if not EARLIEST <= value <= get_clock().now().date():
        raise ArgumentTypeError(f"{text} is not between {EARLIEST} and today")
    return value


def identifier(text: str) -> str:
    """The key of an arXiv identifier or address, however it is written."""
    if alone := parse_arxiv_id(text, today=get_clock().now().date()):
        return alone.id
    target = identify_text(text)
    if target and target.kind == "arxiv" and len(target.keys) == 1:
        return target.keys[0]
    raise ArgumentTypeError(f"{text!r} is no identifier of an arXiv paper")


def set_spec(text: str) -> str:
    """A set of OAI-PMH: group, group:archive or group:archive:CATEGORY."""
    if SET.fullmatch(text):
        return text
    raise ArgumentTypeError(f"{text!r} is no set: write it as cs, cs:cs:AI or physics:hep-th")


class Command(BaseCommand):
    help = "Pull papers from arXiv or an edition of a venue from where its proceedings live, as the schedule does."

    def add_arguments(self, parser: CommandParser) -> None:
        places = parser.add_subparsers(dest="place", required=True, metavar="{arxiv,venue}")
        add_arxiv(places.add_parser("arxiv", help="what was announced, what changed, or papers by their identifiers"))
        add_venue(places.add_parser("venue", help="an edition, such as COLM.2025"))

    def handle(self, **options: Any) -> None:
        find = self.find_arxiv if options["place"] == "arxiv" else self.find_venue
        run = self.find_run(options["run"]) if options["run"] else find(options)
        try:
            self.follow(run, quiet=options["verbosity"] == 0)
        except KeyboardInterrupt:
            self.stop(run, options["place"])

    def find_arxiv(self, options: Mapping[str, Any]) -> Run:
        """The run for what is wanted of arXiv."""
        if options["spec"] and not options["since"]:
            raise CommandError("--set goes with --from.", returncode=2)
        return self.ask_for(*wanted(options))

    def find_venue(self, options: Mapping[str, Any]) -> Run:
        """The run for an edition; what is not said is taken from the edition, where it is here."""
        if options["edition"] is None:
            raise CommandError("Say which edition, such as COLM.2025.", returncode=2)
        venue, year, label = options["edition"]
        edition = Edition.objects.named(venue, year, label)
        source = options["source"] or (edition.source if edition else "")
        if not source:
            raise CommandError(f"Say by --source where it is pulled from: {', '.join(SOURCES)}.", returncode=2)
        held = edition.fields if edition and source == edition.source else {}
        arguments = {
            "venue": edition.venue.code if edition else venue,
            "year": year,
            "label": edition.label if edition else label,
            "source": source,
            "fields": held | dict(options["fields"] or ()),
            "preview": options["dry_run"],
            "keep_source": options["source"] is not None,
            "expected": options["expect"],
        }
        if options["file"]:
            arguments["upload"] = self.keep(options["file"]).pk
        try:
            return editions.ask_run(arguments, by=COMMAND, edition=edition)
        except editions.NotPullable as error:
            raise CommandError(str(error), returncode=2) from error

    def keep(self, path: Path) -> Upload:
        """The file, as the run will read it."""
        try:
            with path.open("rb") as file:
                return keep_upload(name=path.name, body=file, by=COMMAND)
        except (OSError, ValueError) as error:
            raise CommandError(f"{path} can't be read: {error}", returncode=2) from error

    def ask_for(self, job: str, arguments: Mapping[str, Any]) -> Run:
        if job not in jobs.JOBS:
            raise CommandError(f"This version has no job {job}.", returncode=2)
        return runs.ask(job, arguments)

    def find_run(self, run_id: int) -> Run:
        run = Run.objects.filter(pk=run_id, state__in=(RunState.DUE, RunState.RUNNING)).first()
        if run is None or run.job not in jobs.JOBS:
            raise CommandError(f"Run {run_id} is over, or there is none.", returncode=2)
        runs.hurry(run)
        return run

    def follow(self, run: Run, *, quiet: bool) -> None:
        """Attempt after attempt, until it is over."""
        with tqdm(unit=" papers", desc=run.job, disable=quiet) as bar, runs.watched(lambda seen: draw(bar, seen)):
            draw(bar, run)
            while run.state in (RunState.DUE, RunState.RUNNING):
                if run.state == RunState.DUE:
                    self.wait(run, bar)
                if jobs.perform(run.pk) is None:
                    time.sleep(WATCHED)  # a worker was faster
                run.refresh_from_db()
                draw(bar, run)
        self.tell(run, quiet=quiet)

    def wait(self, run: Run, bar: "tqdm[Any]") -> None:
        """Until it may be tried again, with a line that says why and till when."""
        clock = get_clock()
        seconds = (run.not_before - clock.now()).total_seconds()
        if seconds > 0:
            why = (run.error.strip().splitlines() or ["It was stopped."])[-1]
            bar.write(f"{why} Tried again at {run.not_before:%Y-%m-%d %H:%M:%S} UTC.", file=sys.stderr)
            clock.sleep(seconds)

    def tell(self, run: Run, *, quiet: bool) -> None:
        """How it ended."""
        if run.state == RunState.FAILED:
            self.list_notes(run)
            raise CommandError(f"Run {run.pk} failed: {(run.error.strip().splitlines() or [''])[-1]}")
        if run.state == RunState.CANCELLED:
            raise CommandError(f"Run {run.pk} was cancelled.")
        if run.report:
            self.tell_report(run, quiet=quiet)
        if not quiet:
            counts = f"{run.new:,} new, {run.changed:,} changed, {run.same:,} already here, {run.bad:,} bad"
            self.stdout.write(f"Run {run.pk} is done: {counts}; {run.requests:,} requests.")
            if run.arguments.get("preview"):
                self.stdout.write("That was a preview: no paper was written.")

    def tell_report(self, run: Run, *, quiet: bool) -> None:
        """What of an edition was found, and what somebody should look at; warnings also where it is to be quiet."""
        report = run.report
        if not quiet:
            for name, count in report["groups"].items():
                self.stdout.write(f"  {count:>6,} {name or 'without a group'}")
            for paper in report["samples"]:
                self.stdout.write(f"    {paper['key']}  {paper['title'][:90]}")
        self.list_notes(run)
        for line in report["warnings"]:
            self.stderr.write(f"Look: {line}")

    def list_notes(self, run: Run) -> None:
        """What could not be read, line by line, as far as the run keeps that."""
        for note in run.notes:
            self.stderr.write(f"  {note}")

    def stop(self, run: Run, place: str) -> None:
        """After Ctrl-C: it goes on from its cursor when somebody says so, at the latest in a day."""
        if runs.put_off(run, get_clock().now() + REST):
            self.stderr.write(f"Stopped; `manage.py pull {place} --run {run.pk}` goes on from here.")
        else:
            self.stderr.write(f"A worker has run {run.pk}, and goes on with it.")
        raise SystemExit(130)


def add_arxiv(parser: ArgumentParser) -> None:
    parser.description = "Ask arXiv for papers. Requests take arXiv's turns (one in 3 s, over all processes)."
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--day", type=day, metavar="DAY", help="what was announced on this day (YYYY-MM-DD)")
    what.add_argument("--from", dest="since", type=day, metavar="DATE", help="what is new or changed since then")
    what.add_argument("--id", dest="ids", nargs="+", type=identifier, metavar="ID", help="these papers")
    what.add_argument("--search", metavar="QUERY", help="200 papers for a query in arXiv's syntax (ti:attention)")
    what.add_argument("--run", type=int, metavar="ID", help="go on with a run that was stopped")
    parser.add_argument("--set", dest="spec", type=set_spec, metavar="SPEC", help="with --from: only of cs:cs:AI, say")


def add_venue(parser: ArgumentParser) -> None:
    parser.description = (
        "Pull an edition of a venue. Venue and edition are made where they are new. A paper that is held and not found"
        " is marked, never deleted. Sources and their fields: docs/sources.md."
    )
    parser.add_argument("edition", nargs="?", type=edition_name, metavar="VENUE.YEAR[-LABEL]", help="such as COLM.2025")
    parser.add_argument("--source", choices=sorted(SOURCES), help="where from; without it as the edition has it")
    parser.add_argument(
        "--field",
        dest="fields",
        action="append",
        type=field_value,
        metavar="NAME=VALUE",
        help="what the source asks for",
    )
    parser.add_argument(
        "--file",
        type=Path,
        metavar="FILE",
        help="of a source that reads files (docs/files.md); gzip, xz and zip are unpacked",
    )
    parser.add_argument(
        "--expect", type=int, metavar="PAPERS", help="warn where there are more or fewer, now and later"
    )
    parser.add_argument("--dry-run", action="store_true", help="find the papers, tell what would change, write none")
    parser.add_argument("--run", type=int, metavar="ID", help="go on with a run that was stopped")


def edition_name(text: str) -> tuple[str, int, str]:
    """Venue, year and label."""
    if match := EDITION.fullmatch(text):
        return match["venue"], int(match["year"]), match["label"] or ""
    raise ArgumentTypeError(f"{text!r} is no edition: write it as COLM.2025")


def field_value(text: str) -> tuple[str, str]:
    """NAME=VALUE."""
    name, sign, value = text.partition("=")
    if not sign:
        raise ArgumentTypeError(f"{text!r} is no field: write it as volume=v235")
    return name.strip(), value


def wanted(options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The job and its arguments."""
    if options["day"]:
        return "pull-day", {"day": options["day"].isoformat()}
    if options["ids"]:
        return "pull-papers", {"keys": list(dict.fromkeys(options["ids"]))}
    if options["search"]:
        return "pull-search", {"query": options["search"]}
    return "pull-oai", {"from": options["since"].isoformat(), "set": options["spec"] or ""}


def draw(bar: "tqdm[Any]", run: Run) -> None:
    """What the run has by now."""
    bar.set_postfix(requests=run.requests, bad=run.bad, refresh=False)
    bar.update(run.new + run.changed + run.same - bar.n)
