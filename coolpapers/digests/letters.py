"""A message of the outbox as it is sent: plain text and the same as simple HTML, with the headers of a list.

Guarantees: no header holds a line break, whatever a list is called; titles and names are escaped in HTML; every link
leads straight to this site, and nothing in it tells that it was opened or followed (no picture, no detour). A
confirmation holds no word that somebody typed into the form, so that nobody writes to others through it.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coolpapers.digests.lists import DigestList
from coolpapers.digests.models import Every, Mail, MailKind
from coolpapers.digests.subscribing import confirm_token, never_token, stop_token
from coolpapers.models import Paper
from coolpapers.rendering import plain_text

SHOWN = 50  # papers of one message: the list has the rest
AUTHORS = 5
ABSTRACT = 400  # characters; larger messages are cut off by some mail programs at 100 kB


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper in a message, as plain text."""

    title: str
    authors: str
    place: str
    abstract: str
    url: str


def make_message(mail: Mail, wanted: DigestList, doubtful: list[Mail]) -> EmailMultiAlternatives | None:
    """The message, in its subscription's language; `doubtful` are earlier ones that may not have arrived. None where no
    paper of it is left."""
    with translation.override(mail.subscription.language):
        return _make(mail, wanted, doubtful)


def _make(mail: Mail, wanted: DigestList, doubtful: list[Mail]) -> EmailMultiAlternatives | None:
    if mail.kind == MailKind.CONFIRM:
        return _message(mail, "confirm", _confirmation(mail, wanted), stoppable=False)
    papers = Paper.objects.for_cards(mail.papers)
    if not papers:
        return None
    return _message(mail, "digest", _digest(mail, wanted, papers, doubtful), stoppable=True)


def site_url(path: str) -> str:
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def _confirmation(mail: Mail, wanted: DigestList) -> dict[str, object]:
    return {
        "subject": _("Papers by e-mail: please confirm"),
        "name": _("a search") if wanted.quotes else wanted.name,
        "every": Every(mail.every).label,
        "confirm_url": site_url(f"/digest/confirm/{confirm_token(mail.subscription, mail.every, mail.asked)}"),
        "never_url": site_url(f"/digest/never/{never_token(mail.subscription)}"),
        "site": site_url("/"),
    }


def _digest(mail: Mail, wanted: DigestList, papers: list[Paper], doubtful: list[Mail]) -> dict[str, object]:
    subject = ngettext("{name}: {total} new paper{days}", "{name}: {total} new papers{days}", mail.total)
    return {
        "subject": subject.format(name=wanted.name, total=mail.total, days=_days(mail)),
        "name": wanted.name,
        "total": mail.total,
        "entries": [_entry(paper) for paper in papers],
        "rest": mail.total - len(papers),
        "list_url": site_url(list_path(mail, wanted)),
        "doubtful": [(earlier.asked.date(), site_url(list_path(earlier, wanted))) for earlier in doubtful],
        "stop_url": site_url(f"/digest/stop/{stop_token(mail.subscription)}"),
        "address": mail.subscription.address,
        "every": Every(mail.every).label,
        "site": site_url("/"),
    }


def list_path(mail: Mail, wanted: DigestList) -> str:
    """Where the site lists what the message tells of: the days of an expression, else the whole list, newest first."""
    if wanted.expression is not None and mail.first and mail.last:
        return wanted.address(**{"from": str(mail.first), "to": str(mail.last)})
    return wanted.address(sort="announced") if wanted.search is not None else wanted.address()


def _days(mail: Mail) -> str:
    if mail.first is None or mail.last is None:
        return ""
    told = _(", {first} to {last}") if mail.first < mail.last else _(", {first}")
    return told.format(first=mail.first, last=mail.last)


def _entry(paper: Paper) -> Entry:
    names = ", ".join(paper.authors[:AUTHORS])
    if len(paper.authors) > AUTHORS:
        names = _("{names}, et al.").format(names=names)
    abstract = plain_text(paper.abstract)
    if len(abstract) > ABSTRACT:
        abstract = f"{abstract[:ABSTRACT].rsplit(' ', 1)[0]} …"
    place = str(paper.group) if paper.group else ", ".join(paper.codes)
    return Entry(plain_text(paper.title), names, place, abstract, site_url(paper.get_absolute_url()))


def _message(mail: Mail, name: str, context: dict[str, object], *, stoppable: bool) -> EmailMultiAlternatives:
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    headers = {
        "Message-ID": f"<{mail.kind}-{mail.pk}.{mail.subscription.secret[:12]}@{host}>",  # the same at each attempt
        "Auto-Submitted": "auto-generated",
    }
    if stoppable:  # RFC 8058
        headers |= {
            "List-Id": f"<digest.{host}>",
            "List-Unsubscribe": f"<{context['stop_url']}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    message = EmailMultiAlternatives(
        subject=" ".join(str(context["subject"]).split())[:200],
        body=render_to_string(f"digests/mail/{name}.txt", context),
        from_email=f"Cool Papers <{settings.DEFAULT_FROM_EMAIL}>",
        to=[mail.subscription.address],
        headers=headers,
    )
    message.attach_alternative(render_to_string(f"digests/mail/{name}.html", context), "text/html")
    return message
