"""Who may do what in the admin: administrators (superusers) everything, editors what venues need.

`make_editors` makes the group Editors where it is missing, and gives it its rights, after each migration. Rights that
somebody adds stay.
"""

from typing import Any

from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

EDITORS = "Editors"
# What an editor may do, by model: nothing of theirs is ever deleted but another name of a venue.
RIGHTS = {
    "venue": ("view", "add", "change"),
    "venuename": ("view", "add", "change", "delete"),
    "edition": ("view", "add", "change"),
    "paper": ("view",),
    "copy": ("view", "change"),
    "run": ("view",),
    "request": ("view",),
    "incident": ("view",),
    "ledgerline": ("view",),
}


def make_editors(sender: Any, **more: Any) -> None:
    """For post_migrate. Rights are rows that each app's migration makes; those of the two apps are made here first."""
    using = more.get("using", "default")
    held = {"apps": more["apps"]} if "apps" in more else {}  # of a migration; where tables were emptied there are none
    for label in ("coolpapers", "ingest"):
        create_permissions(sender.apps.get_app_config(label), verbosity=0, using=using, **held)
    wanted = Q()
    for model, actions in RIGHTS.items():
        wanted |= Q(codename__in=[f"{action}_{model}" for action in actions])
    rights = Permission.objects.using(using).filter(wanted, content_type__app_label__in=("coolpapers", "ingest"))
    Group.objects.using(using).get_or_create(name=EDITORS)[0].permissions.add(*rights)
