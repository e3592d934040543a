"""The admin's view of the store: papers are looked up by their key, and changed by nobody.

ReadOnly is for all that only the program writes.
"""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest

from coolpapers.models import Announcement, Paper, PaperCategory, Version

admin.site.site_title = admin.site.site_header = "Cool Papers"
admin.site.index_title = "Operating the site"
admin.site.enable_nav_sidebar = False


class ReadOnly:
    """Nothing is added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AnnouncementInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Announcement


class CategoryInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = PaperCategory


class VersionInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Version


@admin.register(Paper)
class PaperAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Found by its key, whole or its beginning: titles are what the site's search is for."""

    list_display = ("key", "title", "version", "submitted", "changed", "withdrawn")
    search_fields = ("key__startswith",)
    search_help_text = "A key, such as 2606.10001, or how it begins"
    ordering = ("-pk",)
    show_full_result_count = False
    list_per_page = 50
    inlines = (CategoryInline, AnnouncementInline, VersionInline)


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Who changed what here, and when."""

    list_display = ("action_time", "user", "content_type", "object_repr", "what")
    list_filter = ("content_type", ("action_time", admin.DateFieldListFilter))
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "user__username")
    date_hierarchy = "action_time"
    show_full_result_count = False

    @admin.display(description="what")
    def what(self, entry: LogEntry) -> str:
        return entry.get_change_message()
