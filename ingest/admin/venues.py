"""Venues and their editions in the admin: filled in, previewed, pulled, cancelled.

Nothing happens by GET. Each action asks for a run as the command does (ingest.editions), writes a line in the log, and
leads to the run's page, which follows it while it lasts.
"""

import re
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from coolpapers.clock import get_clock
from coolpapers.models import Edition, Paper, Venue, VenueName
from ingest import editions
from ingest.admin.forms import NameForm, PackForm, PullForm, VenueForm, edition_form, input_name
from ingest.editions import NotPullable
from ingest.jobs import VENUES
from ingest.models import Run, RunState, Upload
from ingest.pack_form import BadPack, Pack, pack_text
from ingest.packs import PackReport, apply_pack, write_pack
from ingest.sources.registry import SOURCES
from ingest.tasks import wake
from ingest.uploads import TooLong, keep_upload

SHOWN_RUNS = 10
OVER = {RunState.DONE, RunState.FAILED, RunState.CANCELLED}


class VenueNameInline(admin.TabularInline):  # type: ignore[type-arg]
    """Other names that lead to the venue."""

    model = VenueName
    form = NameForm
    extra = 1
    verbose_name, verbose_name_plural = "other name", "Other names, such as NIPS for NeurIPS"


@admin.register(Venue)
class VenueAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Venues, each with its editions."""

    form = VenueForm
    change_list_template, change_form_template = "admin/venues.html", "admin/venue.html"
    list_display = ("code", "name", "other_names", "number_of_editions", "newest")
    search_fields = ("code", "name", "names__code")
    inlines = (VenueNameInline,)
    readonly_fields = ("editions_held",)
    list_per_page = 100
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Venue]:
        return super().get_queryset(request).prefetch_related("names", "editions")

    def get_fields(self, request: HttpRequest, obj: Venue | None = None) -> Any:
        return ("code", "name", "editions_held") if obj else ("code", "name")

    def response_add(self, request: HttpRequest, obj: Venue, post_url_continue: str | None = None) -> HttpResponse:
        """On to its editions, unless the operator wants something else."""
        if "_addanother" in request.POST or "_popup" in request.POST:
            return super().response_add(request, obj, post_url_continue)
        self.message_user(request, f"{obj} is saved. Add its first edition below.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:coolpapers_venue_change", args=[obj.pk]))

    @admin.display(description="other names")
    def other_names(self, venue: Venue) -> str:
        return ", ".join(name.code for name in venue.names.all())

    @admin.display(description="editions")
    def number_of_editions(self, venue: Venue) -> int:
        return len(venue.editions.all())

    @admin.display(description="newest")
    def newest(self, venue: Venue) -> SafeString | str:
        newest = max(venue.editions.all(), key=lambda edition: edition.year, default=None)
        return _edition_link(newest, str(newest.year)) if newest else "none"

    @admin.display(description="editions")
    def editions_held(self, venue: Venue) -> SafeString:
        """Links to them, and to a form for one more."""
        held = sorted(venue.editions.all(), key=lambda edition: (-edition.year, edition.label))
        for edition in held:
            edition.venue = venue
        links = format_html_join(" · ", "{}", ((_edition_link(edition, str(edition)),) for edition in held))
        add = reverse("admin:coolpapers_edition_add")
        return format_html('{}{}<a href="{}?venue={}">Add an edition</a>', links, " · " if held else "", add, venue.pk)

    def has_delete_permission(self, request: HttpRequest, obj: Venue | None = None) -> bool:
        """Only of a venue without editions: papers are never deleted by the way."""
        return super().has_delete_permission(request, obj) and obj is not None and not obj.editions.exists()

    # --- Packs -------------------------------------------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("packs/", view(self.packs), name="venue_packs"),
            path("<int:pk>/pack/", view(self.export), name="venue_export"),
        ]
        return [*own, *super().get_urls()]

    def export(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The venue's pack, as a file."""
        venue = get_object_or_404(Venue, pk=pk)
        if not self.has_view_permission(request, venue):
            raise PermissionDenied
        name = f"{re.sub(r'[^a-z0-9]+', '-', venue.code.lower())}.toml"
        return HttpResponse(
            write_pack(venue),
            content_type="application/toml; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def packs(self, request: HttpRequest) -> HttpResponse:
        """Choose a pack, see what it would change, take it in."""
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied
        form = PackForm(request.POST or None, request.FILES or None)
        context: dict[str, Any] = {"form": form}
        if form.is_valid():
            try:
                pack = form.pack()
                report = apply_pack(pack, dry_run="take" not in request.POST)
            except BadPack as error:
                context["problems"] = error.problems
            else:
                if "take" in request.POST:
                    return self._taken(request, pack, report)
                context |= {"pack": pack, "report": report, "text": pack_text(pack)}
        title, each = "Take in a venue from a pack", self.admin_site.each_context(request)
        return render(request, "admin/packs.html", {**each, "title": title, "opts": self.opts, **context})

    def _taken(self, request: HttpRequest, pack: Pack, report: PackReport) -> HttpResponse:
        venue = Venue.objects.get(code__iexact=pack.code)
        told = f"{len(report.new)} new, {len(report.changed)} changed, {len(report.same)} as they were"
        self.log_change(request, venue, f"Taken in from a pack: {told}.")
        self.message_user(request, f"{venue} is taken in: {told}.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:coolpapers_venue_change", args=[venue.pk]))


def _edition_link(edition: Edition, text: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse("admin:coolpapers_edition_change", args=[edition.pk]), text)


class StateFilter(admin.SimpleListFilter):
    """What an operator looks for."""

    title, parameter_name = "papers", "papers"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("mismatch", "not the expected number"), ("none", "none held yet"), ("scheduled", "pulled by schedule")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Edition]) -> QuerySet[Edition]:
        wanted = {
            "mismatch": Q(expected__isnull=False) & ~Q(held=F("expected")),
            "none": Q(held=0),
            "scheduled": Q(every__gt=0),
        }
        return queryset.filter(wanted.get(self.value() or "", Q()))


@admin.register(Edition)
class EditionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Editions: where they are pulled from, what is held, and the runs that pulled them."""

    list_display = ("edition", "source_label", "held", "expected_or_not", "every", "pulled", "last_run")
    list_filter = (StateFilter, "source", "year")
    search_fields = ("venue__code", "venue__names__code", "year", "label")
    search_help_text = "A venue's name, or a year"
    list_select_related = ("venue",)
    list_per_page = 50
    show_full_result_count = False
    autocomplete_fields = ("venue", "also_of")
    view_on_site = False  # its page here has a link, which does not need a request of its own
    actions = None
    change_form_template = "admin/edition.html"

    class Media:
        js = ("coolpapers/js/admin.js",)

    # --- The list ----------------------------------------------------------------------------------------------------
    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        last = Run.objects.filter(edition=OuterRef("pk")).order_by("-pk").values("state")[:1]
        return Edition.objects.with_held().annotate(last_state=Subquery(last))

    @admin.display(description="edition", ordering=("venue__code"))
    def edition(self, edition: Edition) -> str:
        return str(edition)

    @admin.display(description="source", ordering="source")
    def source_label(self, edition: Edition) -> str:
        return _label(edition.source)

    @admin.display(description="papers", ordering="held")
    def held(self, edition: Edition) -> str:
        return f"{edition.held:,}"

    @admin.display(description="expected", ordering="expected")
    def expected_or_not(self, edition: Edition) -> str | SafeString:
        if edition.expected is None:
            return ""
        if edition.expected == edition.held:
            return f"{edition.expected:,}"
        return format_html('<strong class="mismatch">{} expected</strong>', f"{edition.expected:,}")

    @admin.display(description="last run")
    def last_run(self, edition: Edition) -> str:
        return edition.last_state or ""  # type: ignore[attr-defined]

    # --- The form ----------------------------------------------------------------------------------------------------
    def get_form(self, request: HttpRequest, obj: Edition | None = None, change: bool = False, **more: Any) -> Any:
        return super().get_form(request, obj, change, **{"form": edition_form(), **more})

    def get_fieldsets(self, request: HttpRequest, obj: Edition | None = None) -> Any:
        """The edition, then a part for each source that asks for something."""
        told: list[Any] = [(None, {"fields": ("venue", "year", "source")})]
        for source in SOURCES.values():
            about = source.about
            if source.unverified:
                about += f" Unverified: it rests on {source.unverified}"
            if source.licence:
                about += f" {source.licence}"
            names = tuple(input_name(source, field) for field in source.fields)
            part = {"fields": names, "description": escape(about), "classes": (f"source source-{source.name}",)}
            told.append((source.label, part))
        told.append(("Checks and schedule", {"fields": ("expected", "every", "licence_note")}))
        told.append(("Several in one year, and joint editions", {"fields": ("label", "also_of")}))
        return told

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        newest = get_clock().now().year
        return {"year": newest, **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Edition, form: Any, change: bool) -> None:
        if not change:
            obj.added = get_clock().now()
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Edition, post_url_continue: str | None = None) -> HttpResponse:
        """On to its preview, unless the operator wants something else."""
        if "_addanother" in request.POST or "_popup" in request.POST:
            return super().response_add(request, obj, post_url_continue)
        self.message_user(request, f"{obj} is saved. Look at a preview before its papers are pulled.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:coolpapers_edition_change", args=[obj.pk]))

    def has_delete_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        """Only of an edition without papers."""
        empty = obj is not None and not Paper.objects.filter(group__edition=obj).exists()
        return super().has_delete_permission(request, obj) and empty

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        edition = self.get_object(request, object_id)
        more = self._pulling(request, edition) if edition is not None else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    def _pulling(self, request: HttpRequest, edition: Edition) -> dict[str, Any]:
        source = SOURCES.get(edition.source)
        return {
            "edition": edition,
            "pull_source": source,
            "pull_form": PullForm() if source and source.reads_file else None,
            "active": editions.active_run(edition),
            "runs": edition.runs.defer("report", "notes", "cursor")[:SHOWN_RUNS],
            "missing": Paper.objects.filter(group__edition=edition, missing_since__isnull=False).count(),
            "may_pull": self.has_change_permission(request, edition),
        }

    # --- Actions -----------------------------------------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        own: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "preview": ("<int:pk>/preview/", self.preview),
            "pull": ("<int:pk>/pull/", self.pull),
            "run": ("<int:pk>/run/<int:run>/", self.run_page),
            "cancel": ("<int:pk>/run/<int:run>/cancel/", self.cancel),
            "pull_previewed": ("<int:pk>/run/<int:run>/pull/", self.pull_previewed),
        }
        urls = [path(at, self.admin_site.admin_view(view), name=f"edition_{name}") for name, (at, view) in own.items()]
        return [*urls, *super().get_urls()]

    def _edition(self, request: HttpRequest, pk: int) -> Edition:
        edition = get_object_or_404(Edition.objects.select_related("venue"), pk=pk)
        if not self.has_change_permission(request, edition):
            raise PermissionDenied
        return edition

    def _run(self, request: HttpRequest, pk: int, run: int) -> tuple[Edition, Run]:
        edition = self._edition(request, pk)
        found = edition.runs.filter(pk=run).first()
        if found is None:
            raise Http404("This edition has no such run.")
        return edition, found

    def _asked(
        self, request: HttpRequest, edition: Edition, what: str, ask: Callable[[Upload | None], Run]
    ) -> HttpResponse:
        """Ask for a run, and on to its page; back to the edition where that can't be."""
        try:
            upload = self._upload(request)
            with transaction.atomic():
                run = ask(upload)
                self.log_change(request, edition, f"Asked for {what} (run {run.pk}).")
                wake(run, VENUES)
        except (NotPullable, TooLong) as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:coolpapers_edition_change", args=[edition.pk]))
        return _to_run(edition, run)

    def _upload(self, request: HttpRequest) -> Upload | None:
        file = request.FILES.get("file")
        return keep_upload(name=file.name or "file", body=file.file, by=str(request.user)) if file else None  # type: ignore[arg-type]

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: ask for a preview."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        edition, by = self._edition(request, pk), str(request.user)
        return self._asked(
            request, edition, "a preview", lambda file: editions.ask_preview(edition, by=by, upload=file)
        )

    def pull(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: ask for a pull."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        edition, by = self._edition(request, pk), str(request.user)
        return self._asked(request, edition, "a pull", lambda file: editions.ask_pull(edition, by=by, upload=file))

    def pull_previewed(self, request: HttpRequest, pk: int, run: int) -> HttpResponse:
        """POST: ask for a pull of what a preview showed."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        edition, previewed = self._run(request, pk, run)
        by = str(request.user)
        return self._asked(
            request,
            edition,
            f"a pull of what run {previewed.pk} showed",
            lambda file: editions.ask_pull(edition, by=by, of=previewed),
        )

    def cancel(self, request: HttpRequest, pk: int, run: int) -> HttpResponse:
        """POST: end a run."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        edition, found = self._run(request, pk, run)
        if editions.cancel(found):
            self.log_change(request, edition, f"Cancelled run {found.pk}.")
        else:
            self.message_user(request, "It was over already.", messages.WARNING)
        return _to_run(edition, found)

    def run_page(self, request: HttpRequest, pk: int, run: int) -> HttpResponse:
        """How a run stands; `?part` gives only what changes."""
        edition, found = self._run(request, pk, run)
        told = found.report
        held, of = found.cursor.get("pages", 0), found.cursor.get("of")
        context = {
            **self.admin_site.each_context(request),
            "title": f"{'Preview' if found.arguments.get('preview') else 'Pull'} of {edition}",
            "opts": self.opts,
            "edition": edition,
            "run": found,
            "from": _label(found.arguments.get("source", "")),
            "is_preview": bool(found.arguments.get("preview")),
            "over": found.state in OVER,
            "pages": held,
            "of": max(of, held) if of else None,
            "papers": found.cursor.get("papers", 0),
            "problem": (found.error.strip().splitlines() or [""])[-1],
            "report": told,
            "groups": sorted(told.get("groups", {}).items(), key=lambda group: -group[1]),
            "may_be_pulled": found.state == RunState.DONE and editions.active_run(edition) is None,
        }
        return render(request, "admin/run_part.html" if "part" in request.GET else "admin/run.html", context)


def _label(name: str) -> str:
    """What an operator calls a source."""
    source = SOURCES.get(name)
    return source.label if source else name or "none"


def _to_run(edition: Edition, run: Run) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:edition_run", args=[edition.pk, run.pk]))
