"""What a pull gets from a place, kept until nobody needs it any more: so an attempt goes on where the one before was
killed, and a pull takes what its preview looked at, without asking the place twice.

`Visits` is the `get` that a source is given (ingest.sources.base.Get). Each new answer is saved in one transaction with
the run's progress, by whoever holds the run (ingest.runs); a run that was cancelled is noticed there.
"""

import gzip
import time
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from coolpapers.clock import get_clock
from ingest import runs
from ingest.models import Run, RunState, Visited
from ingest.sources.base import Got
from ingest.visit import visit

PATIENT = 60.0  # seconds of the machine's clock after which a long pull lets others go first
LOOKED = 5.0  # seconds between two looks whether somebody waits


class GiveWay(Exception):
    """Another pull waits: this one goes on after it."""

    def __init__(self) -> None:
        self.until, self.reason = get_clock().now(), "Another pull goes first."
        super().__init__(self.reason)


class Visits:
    """The answers of one attempt. `count`: those that the source has seen."""

    def __init__(self, run: Run, *, patient: float = PATIENT, looked: float = LOOKED) -> None:
        self.run, self.count, self.patient, self.looked = run, 0, patient, looked
        self._runs = [run.pk, *filter(None, [run.arguments.get("of")])]
        self._began = self._looked = time.monotonic()

    def __call__(self, url: str, *, expect: str = "", missing_ok: bool = False) -> Got:
        """What was got before, or the answer of the place."""
        held = Visited.objects.filter(run__in=self._runs, url=url[:1000]).first()
        self.count += 1
        if held is not None:
            return Got(held.final_url, gzip.decompress(held.body), held.content_type)
        self._let_others_go_first()
        answer = visit(url, expect=expect, missing_ok=missing_ok)
        got = Got(
            answer.url, answer.body if answer.status == 200 else b"", answer.headers.get("Content-Type", "")[:200]
        )
        self._keep(url, got)
        return got

    def _keep(self, url: str, got: Got) -> None:
        with transaction.atomic():
            Visited.objects.create(
                run=self.run,
                url=url[:1000],
                final_url=got.url[:1000],
                content_type=got.content_type,
                at=get_clock().now(),
                body=gzip.compress(got.body, 5),
            )
            self.run.requests += 1
            self.run.cursor["pages"] = self.count
            runs.beat(self.run)

    def _let_others_go_first(self) -> None:
        now = time.monotonic()
        if now - self._began < self.patient or now - self._looked < self.looked:
            return
        self._looked = now
        waiting = runs.due_runs([self.run.job]).exclude(pk=self.run.pk)
        if waiting.exists():
            raise GiveWay


# --- Forgetting --------------------------------------------------------------------------------------------------
KEPT = timedelta(days=7)  # a preview's answers wait so long for the pull, and a failed run's for another try


def forget_visits(run: Run) -> None:
    """A pull is over: neither its answers nor those of its preview are needed any more."""
    Visited.objects.filter(Q(run=run) | Q(run=run.arguments.get("of"))).delete()


def forget_old_visits() -> int:
    """Answers of runs that ended long ago, or were cancelled; how many."""
    over = Q(run__ended__lt=get_clock().now() - KEPT) | Q(run__state=RunState.CANCELLED)
    return Visited.objects.filter(over).delete()[0]
