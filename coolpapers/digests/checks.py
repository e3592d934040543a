"""The invariant: a site that sends mail says from whom, and where its links lead."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ValidationError
from django.core.validators import validate_email


@register
def check_mail(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """digests.E001: no sender; digests.E002: no address of the site; digests.E003: an hour that no day has."""
    if not settings.DIGESTS:
        return []
    found: list[CheckMessage] = []
    try:
        validate_email(settings.DEFAULT_FROM_EMAIL)
    except ValidationError:
        hint = "Set EMAIL_FROM to an address at your domain, such as papers@papers.example."
        found.append(Error("EMAIL_URL is set, and EMAIL_FROM is no mail address.", hint=hint, id="digests.E001"))
    if not settings.SITE_URL.startswith(("http://", "https://")):
        hint = "Set SITE_URL to where readers find this site, such as https://papers.example."
        found.append(Error("EMAIL_URL is set, and SITE_URL is no address.", hint=hint, id="digests.E002"))
    if settings.DIGEST_HOUR > 23:
        found.append(Error("DIGEST_HOUR is an hour of the day in UTC, 0 to 23.", id="digests.E003"))
    return found
