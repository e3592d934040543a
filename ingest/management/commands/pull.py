"""`manage.py pull arxiv …`: one run, performed in this process, with a progress bar.

Exit codes: 0 done; 1 failed; 2 what was asked for makes no sense; 130 stopped by Ctrl-C: the run goes on from there
with `--run`, or a day later by the workers. Where a worker is faster and has the run, this watches it.
"""

import re
import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from coolpapers.clock import get_clock
from coolpapers.identifiers import identify_text, parse_arxiv_id
from ingest import jobs, runs
from ingest.models import Run, RunState

EARLIEST = date(1991, 8, 14)  # arXiv's first day
REST = timedelta(days=1)  # what somebody stopped, the workers leave alone for a while
WATCHED = 0.5  # seconds between two looks
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
    help = (
        "Ask arXiv for papers, as the schedule does: what was announced on a day, all that changed from a date on, or "
        "papers by their identifiers. Requests take arXiv's turns (one in 3 s, over all processes)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", choices=["arxiv"])
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--day", type=day, metavar="DAY", help="what was announced on this day (YYYY-MM-DD)")
        what.add_argument("--from", dest="since", type=day, metavar="DATE", help="what is new or changed since then")
        what.add_argument("--id", dest="ids", nargs="+", type=identifier, metavar="ID", help="these papers")
        what.add_argument("--search", metavar="QUERY", help="200 papers for a query in arXiv's syntax (ti:attention)")
        what.add_argument("--run", type=int, metavar="ID", help="go on with a run that was stopped")
        parser.add_argument(
            "--set", dest="spec", type=set_spec, metavar="SPEC", help="with --from: only of cs:cs:AI, say"
        )

    def handle(self, **options: Any) -> None:
        if options["spec"] and not options["since"]:
            raise CommandError("--set goes with --from.", returncode=2)
        run = self.find_run(options["run"]) if options["run"] else self.ask_for(*wanted(options))
        try:
            self.follow(run, quiet=options["verbosity"] == 0)
        except KeyboardInterrupt:
            self.stop(run)

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
            while run.state not in (RunState.DONE, RunState.FAILED):
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
            raise CommandError(f"Run {run.pk} failed: {(run.error.strip().splitlines() or [''])[-1]}")
        if not quiet:
            counts = f"{run.new:,} new, {run.changed:,} changed, {run.same:,} already here, {run.bad:,} bad"
            self.stdout.write(f"Run {run.pk} is done: {counts}; {run.requests:,} requests.")

    def stop(self, run: Run) -> None:
        """After Ctrl-C: it goes on from its cursor when somebody says so, at the latest in a day."""
        if runs.put_off(run, get_clock().now() + REST):
            self.stderr.write(f"Stopped; `manage.py pull arxiv --run {run.pk}` goes on from here.")
        else:
            self.stderr.write(f"A worker has run {run.pk}, and goes on with it.")
        raise SystemExit(130)


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
