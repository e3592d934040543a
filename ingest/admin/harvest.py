"""The admin's view of harvesting: runs with "again", requests, incidents and the ledger, all read-only.

What is asked for here becomes a run of its own, as by the command, and the workers perform it.
"""

from datetime import timedelta

from django.contrib import admin, messages
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from coolpapers.admin import ReadOnly
from coolpapers.clock import get_clock
from coolpapers.models import Paper
from ingest.jobs import JOBS
from ingest.models import Copy, CopyState, Feed, Incident, LedgerLine, Request, Run
from ingest.runs import ask
from ingest.tasks import wake
from ingest.works import accept, refuse

COUNTS = ("new", "changed", "same", "bad", "requests")


@admin.register(Run)
class RunAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Runs; the action "again" asks for a new one with the same arguments."""

    list_display = ("job", "slot", "state", "asked", "duration", "attempt", *COUNTS, "problem")
    list_filter = ("state", "job", ("asked", admin.DateFieldListFilter))
    date_hierarchy = "asked"
    list_per_page = 50
    actions = ("again",)
    readonly_fields = ("duration", "error_text")
    exclude = ("error",)

    @admin.display(description="took")
    def duration(self, run: Run) -> timedelta | None:
        """Of the last attempt, so far or in all."""
        if run.started is None:
            return None
        took = (run.ended or get_clock().now()) - run.started
        return timedelta(seconds=round(took.total_seconds()))

    @admin.display(description="error")
    def problem(self, run: Run) -> str:
        """Its last line, which is the error of a traceback."""
        return (run.error.strip().splitlines() or [""])[-1][:120]

    @admin.display(description="error")
    def error_text(self, run: Run) -> SafeString:
        return format_html("<pre>{}</pre>", run.error)

    @admin.action(description="Again: ask for new runs with the same arguments", permissions=["ask"])
    def again(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        """By POST with a token against forgery, as all actions of the admin."""
        known = [run for run in queryset.order_by("pk") if run.job in JOBS]
        for run in known:
            again = ask(run.job, run.arguments)
            Run.objects.filter(pk=again.pk).update(edition=run.edition, asked_by=str(request.user)[:150])
            self.log_change(request, run, f"Asked for it again (run {again.pk}).")
            wake(again, JOBS[run.job].queue)
        self.message_user(request, f"{len(known)} run(s) were asked for.", messages.SUCCESS)
        if unknown := queryset.count() - len(known):
            self.message_user(request, f"{unknown} name a job that this version does not have.", messages.WARNING)

    def has_ask_permission(self, request: HttpRequest) -> bool:
        """Who may add a run, though not by a form."""
        return request.user.has_perm("ingest.add_run")


@admin.register(Request)
class RequestAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("at", "service", "status", "size", "milliseconds", "url", "problem")
    list_filter = ("service", "status", ("at", admin.DateFieldListFilter))
    show_full_result_count = False


@admin.register(Incident)
class IncidentAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("subject", "began", "ended", "text")
    list_filter = (("ended", admin.EmptyFieldListFilter),)


class GapFilter(admin.SimpleListFilter):
    """Whole, or with papers missing."""

    title = parameter_name = "gap"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("1", "papers missing"), ("0", "whole")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LedgerLine]) -> QuerySet[LedgerLine]:
        gap = ~Q(held=F("expected"))
        return queryset.filter({"1": gap, "0": ~gap}[value]) if (value := self.value()) in {"0", "1"} else queryset


@admin.register(LedgerLine)
class LedgerLineAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("day", "category", "expected", "held", "indexed", "whole", "checked")
    list_filter = (GapFilter, "whole")
    search_fields = ("category__code",)
    date_hierarchy = "day"


@admin.register(Feed)
class FeedAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "day", "received", "entries", "truncated")
    list_filter = ("truncated",)
    search_fields = ("name",)
    exclude = ("body",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feed]:
        return super().get_queryset(request).defer("body")


@admin.register(Copy)
class CopyAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Copies of works; the doubtful first by the filter, and two actions that each undo the other."""

    list_display = ("first", "second", "state", "why", "found")
    list_display_links = None  # the first column is a link of its own
    list_filter = ("state", ("found", admin.DateFieldListFilter))
    list_select_related = ("one", "other")
    list_per_page = 50
    search_fields = ("one__key", "other__key")
    show_full_result_count = False
    actions = ("accept", "refuse")

    @admin.display(description="one", ordering="one")
    def first(self, copy: Copy) -> SafeString:
        return self._paper(copy.one)

    @admin.display(description="other", ordering="other")
    def second(self, copy: Copy) -> SafeString:
        return self._paper(copy.other)

    def _paper(self, paper: Paper) -> SafeString:
        who = ", ".join(paper.authors[:3])
        return format_html(
            '<a href="{}">{}</a><br>{}<br><small>{}</small>', paper.get_absolute_url(), paper.key, paper.title, who
        )

    @admin.action(description="They are the same: link them", permissions=["decide"])
    def accept(self, request: HttpRequest, queryset: QuerySet[Copy]) -> None:
        for copy in queryset.exclude(state=CopyState.LINKED):
            accept(copy)
            self.log_change(request, copy, "Linked.")
        self.message_user(request, "They are copies of one work.", messages.SUCCESS)

    @admin.action(description="They are not the same: take them apart", permissions=["decide"])
    def refuse(self, request: HttpRequest, queryset: QuerySet[Copy]) -> None:
        for copy in queryset.exclude(state=CopyState.REFUSED):
            refuse(copy)
            self.log_change(request, copy, "Taken apart.")
        self.message_user(request, "They stand apart, and are not linked by themselves again.", messages.SUCCESS)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("ingest.change_copy")
