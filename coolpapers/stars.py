"""Stars that count for others: one for each paper from each voter, whatever is sent how often.

Input: a paper, and who gives or takes back its star: an account, or the random name in a signed cookie. Output: how
many stars the paper has then. Guarantees: what is stored of who gave it is a keyed hash of both, so that without the
site's secret key nobody can tell which stars are one person's; `Paper.stars` is the number of rows, counted anew with
each change; no revision is raised, and nothing is indexed.
"""

from collections.abc import Callable
from datetime import date

from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.crypto import salted_hmac

from coolpapers.models import Paper, Star


def voter_of(who: str, paper: Paper) -> str:
    """What stands for a person beside this one paper."""
    return salted_hmac("coolpapers.stars", f"{who}\n{paper.key}", algorithm="sha256").hexdigest()[:32]


def give_star(*, paper: Paper, voter: str, day: date, may_add: Callable[[], bool] = lambda: True) -> tuple[int, bool]:
    """Stars of the paper, and whether this voter's is among them. `may_add` is asked only where it is not there yet."""
    if not Star.objects.filter(paper=paper, voter=voter).exists():
        if not may_add():
            return paper.stars, False
        with transaction.atomic():
            Star.objects.bulk_create([Star(paper=paper, voter=voter, day=day)], ignore_conflicts=True)
            _count(paper)
    return _stars(paper), True


def take_star(*, paper: Paper, voter: str) -> int:
    """Stars of the paper without this voter's."""
    if Star.objects.filter(paper=paper, voter=voter).exists():
        with transaction.atomic():
            Star.objects.filter(paper=paper, voter=voter).delete()
            _count(paper)
    return _stars(paper)


def _count(paper: Paper) -> None:
    given = Star.objects.filter(paper=OuterRef("pk")).order_by().values("paper").annotate(n=Count("pk")).values("n")
    Paper.objects.filter(pk=paper.pk).update(stars=Coalesce(Subquery(given, output_field=IntegerField()), 0))


def _stars(paper: Paper) -> int:
    return Paper.objects.values_list("stars", flat=True).get(pk=paper.pk)
