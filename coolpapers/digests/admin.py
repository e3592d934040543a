"""The admin's view of digests: who gets what, and what became of each message. Addresses are personal data: they can be
looked at and deleted, and nobody is entered here."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from coolpapers.admin import ReadOnly
from coolpapers.clock import get_clock
from coolpapers.digests.models import Mail, Subscription
from coolpapers.digests.subscribing import next_slot


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Deleting one is what its link does. "Try again" is for one that was given up."""

    list_display = ("address", "name", "every", "confirmed", "next_at", "failing_since", "stopped")
    list_filter = ("every", ("stopped", admin.EmptyFieldListFilter), ("failing_since", admin.EmptyFieldListFilter))
    search_fields = ("address", "name")
    exclude = ("secret", "told", "mailbox", "seen")
    list_per_page = 50
    actions = ("try_again",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    @admin.action(description="Try again to send to addresses that were given up", permissions=["delete"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Subscription]) -> None:
        """By POST with a token against forgery, as all actions of the admin."""
        now = get_clock().now()
        given_up = queryset.filter(stopped__isnull=False)
        for subscription in given_up:
            again = Subscription.objects.filter(pk=subscription.pk)
            again.update(stopped=None, failing_since=None, next_at=next_slot(subscription.every, now))
        self.message_user(request, f"{len(given_up)} are tried again.")


@admin.register(Mail)
class MailAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Messages; gone with their subscriptions."""

    list_display = ("asked", "kind", "address", "subscription", "state", "total", "attempt", "ended", "error")
    list_filter = ("state", "kind")
    list_select_related = ("subscription",)
    exclude = ("papers", "told_of")
    date_hierarchy = "asked"
    list_per_page = 50

    @admin.display(description="address")
    def address(self, mail: Mail) -> str:
        return mail.subscription.address

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """With its subscription, too."""
        return admin.ModelAdmin.has_delete_permission(self, request, obj)
