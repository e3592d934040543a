"""What the admin's first page tells an operator to look at."""

from datetime import timedelta

from django import template

from coolpapers.clock import get_clock
from coolpapers.models import Edition
from ingest.models import Copy, CopyState, Run, RunState

register = template.Library()
LATELY = timedelta(days=7)
SHOWN = 5


@register.inclusion_tag("admin/look.html")
def needs_a_look() -> dict[str, object]:
    """Editions without the expected number of papers, copies in doubt, editions whose last run failed."""
    expecting = Edition.objects.select_related("venue").filter(expected__isnull=False).with_held()
    off = [edition for edition in expecting if edition.held != edition.expected]
    failed = Run.objects.filter(state=RunState.FAILED, ended__gte=get_clock().now() - LATELY).count()
    return {
        "off": off[:SHOWN],
        "more": max(0, len(off) - SHOWN),
        "doubtful": Copy.objects.filter(state=CopyState.WAITING).count(),
        "failed": failed,
    }
